"""From what is live to manifests: name → express → lay out → write.

Takes what was read, gives files, and what could not be said in them. Never speaks to a server.
"""

from reconciler.export.draft import Draft, Drafts, draft
from reconciler.export.express import Loss
from reconciler.export.files import write
from reconciler.export.verdict import LOST, Exported, exported

__all__ = ["LOST", "Draft", "Drafts", "Exported", "Loss", "draft", "exported", "write"]
