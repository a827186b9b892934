"""What every decision of a run shares, and who else an object may belong to.

Takes entries and secrets, gives the entry that holds an object. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model import Address, Entry, Identity, Live, Resource
from reconciler.planning import match
from reconciler.planning.work import Secrets


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What every decision of a run shares."""

    salt: str
    today: str
    adopt: bool
    secrets: Mapping[Address, Secrets]
    held: Mapping[tuple[str, str, str], Entry]
    """(target, kind, live id) → the entry, without a manifest of its own, that holds this object."""
    begun: Mapping[tuple[str, str, Identity], Entry] = field(default_factory=dict)
    """(target, kind, identity) → the entry, likewise, of a create that was cut short."""
    declared: Mapping[tuple[str, str, str], Entry] = field(default_factory=dict)
    """(target, kind, live id) → the entry of a manifest that holds this object, even if it will let go of it."""
    renamed: Mapping[Address, Entry] = field(default_factory=dict)
    """The entry that a renamed manifest's object still has under an earlier name."""

    def holder(self, live: Live, resource: Resource) -> Entry | None:
        """Give the leftover entry whose object goes over to this resource."""
        place = (resource.address.target, resource.kind.name)
        begun = self.begun.get((*place, live.identity))
        if begun is not None and not match.is_our_creation(begun, live, self.salt):
            begun = None
        return self.held.get((*place, live.id)) or begun

    def other_owner(self, live: Live, resource: Resource) -> Address | None:
        """Give the manifest whose object this still is, where that is another one than this resource's."""
        entry = self.declared.get((resource.address.target, resource.kind.name, live.id))
        is_its = entry is not None and entry.identity == live.identity  # servers reuse ids
        return entry.address if entry is not None and is_its and entry.address != resource.address else None

    def is_leftover(self, live: Live, resource: Resource) -> bool:
        """Say whether a live object is what a replace of this very resource, cut short, has still to delete."""
        held = self.held.get((resource.address.target, resource.kind.name, live.id))
        return held is not None and held.address.name.startswith(f"{resource.address.name}~")
