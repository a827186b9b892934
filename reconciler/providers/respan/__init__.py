"""Respan, formerly Keywords AI: custom models and custom providers, in the three generations of its API.

Takes nothing and gives nothing: `provider.py` speaks, `rules.py` judges manifests before any network. Neither is
imported here, so that whoever needs one does not load the other.
"""
