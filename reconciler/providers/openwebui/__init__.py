"""Open WebUI, 0.8 and newer: models and what they are made of, groups, and the default models.

Takes bodies in the spelling of manifests and speaks the API as it was observed on 0.8.12 to 0.12.4, or, where a
target's prefix is `/api`, as its published page describes it. Never uses the bulk routes `/import` and `/sync`, which
merge silently or delete everything else.
"""

from reconciler.providers.openwebui.provider import OpenWebUI

__all__ = ["OpenWebUI"]
