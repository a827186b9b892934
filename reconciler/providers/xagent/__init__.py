"""Xagent 0.8.4: models and default models.

Takes bodies in the spelling of manifests and speaks the API as it was observed on real servers, on SQLite and on
PostgreSQL. The provider stands in `provider.py`; here is nothing, so that the rules can be read without the network.
"""
