"""Every exception that Reconciler raises.

Takes nothing, gives one tree, never prints. Below the engine errors are exceptions; above it they are
diagnostics and outcomes. A message says what, where and what to do next; it never holds a request or
response body, and vendor text is cut to 200 characters and redacted before it gets here.

ReconcilerError                     exit 1
├ UsageError                        exit 3   flags that contradict each other, a missing --yes
├ SettingsError                     exit 3
├ SchemaError                       exit 3
├ ManifestError(diagnostics)        exit 3
├ GraphError                        exit 3
│ ├ Cycle
│ └ DanglingRef
├ SecretMissing                     exit 3   (a secret of a manifest that apply would send)
├ UnresolvedName                    exit 3   (a name in a manifest that no or several live objects bear)
├ PlanError                         exit 3   (a plan file that cannot be read)
│ ├ UnsafePlan(diagnostics)         exit 5
│ └ StalePlan(diagnostics)          exit 6
├ OwnershipError                    exit 5
├ NotAPath                          exit 3   (in an inventory or a receipt; where a person wrote it, it is a finding)
├ InventoryError                    exit 1
│ ├ Locked                          exit 1
│ ├ InventoryConflict               exit 1   (somebody saved in between)
│ ├ NotAllowed                      exit 7   (its store refused the credential, or none is set)
│ ├ NoReceipt                       exit 3   (what was asked for is no receipt of its store)
│ └ Unreadable                      exit 3
└ ProviderError                     exit 1
  ├ Unauthorized                    exit 7
  ├ NotFound
  ├ Conflict
  ├ Rejected
  ├ RateLimited(retry_after)
  ├ Unavailable                     exit 8
  ├ Incomplete(live)
  ├ Ambiguous
  └ Malformed
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from reconciler.model import Diagnostic, Live, Path


class ReconcilerError(Exception):
    """Anything that a person can be told about; `exit_code` is what the process ends with."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(ReconcilerError):
    """The command line contradicts itself or lacks a consent."""

    exit_code = 3


class SettingsError(ReconcilerError):
    """`reconciler.yaml` is missing, unreadable or wrong; the message holds file:line:column."""

    exit_code = 3


class SchemaError(ReconcilerError):
    """A kind schema is not valid against `schemas/meta.json`, or does not exist."""

    exit_code = 3


class DiagnosticsError(ReconcilerError):
    """An error that carries every finding, not just the first."""

    exit_code = 3

    def __init__(self, message: str, diagnostics: tuple[Diagnostic, ...] = (), *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.diagnostics = diagnostics


class ManifestError(DiagnosticsError):
    """One or more manifests are wrong; each diagnostic has its position."""


class GraphError(DiagnosticsError):
    """The references between manifests do not form a directed acyclic graph."""


class Cycle(GraphError):
    """References go round in a circle; the message prints the path."""


class DanglingRef(GraphError):
    """A reference names a manifest that does not exist."""


class SecretMissing(DiagnosticsError):
    """A secret that apply would send is not set."""


class UnresolvedName(ReconcilerError):
    """A name in a spec stands for no live object, or for several; `path` is its place in the spec."""

    exit_code = 3

    def __init__(self, message: str, path: Path, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.path = path


class PlanError(DiagnosticsError):
    """A plan file cannot be read."""


class UnsafePlan(PlanError):
    """A guard refused the plan."""

    exit_code = 5


class StalePlan(PlanError):
    """The world, the manifests or the clock moved since the plan was saved."""

    exit_code = 6


class OwnershipError(ReconcilerError):
    """An object belongs to somebody else."""

    exit_code = 5


class NotAPath(ReconcilerError, ValueError):
    """A text that should name a field does not; files that we wrote hold none, unless they were changed."""

    exit_code = 3


class InventoryError(ReconcilerError):
    """The inventory could not be read, locked or written."""


class Locked(InventoryError):
    """Another run holds the lock."""


class InventoryConflict(InventoryError):
    """Another run saved the inventory since this one loaded it."""


class NotAllowed(InventoryError):
    """The credential for the inventory's store is missing, wrong, or may not do this."""

    exit_code = 7


class NoReceipt(InventoryError):
    """No receipt is called so."""

    exit_code = 3


class Unreadable(InventoryError):
    """The inventory or its journal is not what this version wrote."""

    exit_code = 3


class ProviderError(ReconcilerError):
    """A system answered something else than success."""


class Unauthorized(ProviderError):
    """The credential is missing, wrong, or may not do this."""

    exit_code = 7


class NotFound(ProviderError):
    """The object does not exist (any more)."""


class Conflict(ProviderError):
    """The object exists already, or changed under a write."""


class Rejected(ProviderError):
    """The system refused the body; nothing was stored."""


class RateLimited(ProviderError):
    """Too many requests; nothing was stored."""

    def __init__(self, message: str, *, retry_after: float | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class Unavailable(ProviderError):
    """The system could not be reached, or kept failing on a read."""

    exit_code = 8


class Incomplete(ProviderError):
    """The object exists, but a later step of the same operation failed; `live` holds its id."""

    def __init__(self, message: str, live: Live, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.live = live


class Ambiguous(ProviderError):
    """A write was sent and its outcome cannot be known without reading."""


class Malformed(ProviderError):
    """The answer is not what the contract says (not JSON, a missing key, a wrong type)."""
