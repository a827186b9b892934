"""Runtype: provider keys, model configurations, and the default among them.

Takes bodies in the spelling of manifests and speaks the API as the vendor's reference and its own client 5.5.0 describe
it, older generations included. No account of the real service was at hand: where these are silent, nothing is taken
for granted. Never reads one object by its id, for which there is no route, and never unsets a default.
"""
