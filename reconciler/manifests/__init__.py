"""From files to the graph of what should be: load → check → link.

Takes folders of YAML, gives `Desired`, or every diagnostic with its position. Never speaks to a server.
"""

from reconciler.manifests.findings import object_to
from reconciler.manifests.git import default_branch, head
from reconciler.manifests.graph import link
from reconciler.manifests.load import load
from reconciler.manifests.locate import locate
from reconciler.manifests.manifest import Loaded, Manifest
from reconciler.manifests.nearby import chooser
from reconciler.manifests.since import changed_since, with_dependents
from reconciler.manifests.validate import check

__all__ = [
    "Loaded",
    "Manifest",
    "changed_since",
    "check",
    "chooser",
    "default_branch",
    "head",
    "link",
    "load",
    "locate",
    "object_to",
    "with_dependents",
]
