"""From files to the graph of what should be: load → check → link.

Takes folders of YAML, gives `Desired`, or every diagnostic with its position. Never speaks to a server.
"""

from reconciler.manifests.accept import Edits, accept
from reconciler.manifests.findings import object_to
from reconciler.manifests.git import default_branch, head
from reconciler.manifests.graph import link
from reconciler.manifests.load import load
from reconciler.manifests.locate import locate
from reconciler.manifests.manifest import Loaded, Manifest
from reconciler.manifests.since import changed_since, with_dependents
from reconciler.manifests.validate import check

__all__ = [
    "Edits",
    "Loaded",
    "Manifest",
    "accept",
    "changed_since",
    "check",
    "default_branch",
    "head",
    "link",
    "load",
    "locate",
    "object_to",
    "with_dependents",
]
