"""What a plan is made from, and what stands behind an operation while the process lives.

Holds the full desired and live values that a plan must not show or store. Never leaves memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from reconciler.model import (
    Action,
    Address,
    Body,
    Change,
    Desired,
    Diagnostic,
    Entry,
    Identity,
    Inventory,
    Kind,
    Limits,
    Live,
    Observed,
    Path,
    Request,
    Resource,
    Target,
)
from reconciler.planning.diff import Removal


@dataclass(frozen=True, slots=True)
class Secrets:
    """What is known of the secrets of one resource: the leaves that hold some, and their keyed digests."""

    leaves: tuple[Path, ...] = ()
    digests: dict[str, str] | None = None
    """Leaf path → digest of the whole leaf; a leaf is missing where a secret in it is not set."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What should happen to one address, and everything that apply will need for it."""

    action: Action | None
    """None: nothing to do."""
    reason: str = ""
    changes: tuple[Change, ...] = ()
    resource: Resource | None = None
    want: Body | None = None
    """The spec with references resolved as far as the plan can know."""
    live: Live | None = None
    entry: Entry | None = None
    identity: Identity | None = None
    removals: tuple[Removal, ...] = ()
    ignored: tuple[Path, ...] = ()
    """Paths that ignore rules take out of the comparison and out of updates."""
    refusals: tuple[Diagnostic, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    blocked: bool = False
    """Nothing can be said: its target, or what it needs, could not be read."""
    outside: bool = False
    """Not selected: neither changed nor remembered anew by this run."""
    spared: tuple[Path, ...] = ()
    """Fields that a run limited to drift leaves as they are, though they differ."""
    made_anew: bool = False
    """What it lives in is replaced by this run, and takes it along: it is only created again."""
    owner: Address | None = None
    """Of a leftover entry: the address that its object goes over to."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a plan is made from."""

    desired: Desired
    observed: Observed
    inventory: Inventory
    request: Request
    limits: Limits
    targets: Mapping[str, Target]
    kind_of: Callable[[str, str], Kind]
    """(system, kind name) → kind; for what has no manifest any more."""
    today: str
    """ISO date; ignore rules expire by it."""
    secrets: Mapping[Address, Secrets] = field(default_factory=dict)
