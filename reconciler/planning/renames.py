"""What becomes of an object whose manifest has another name now (`metadata.previousNames`).

Takes what is desired and what we own, gives the entry that the object still has under an earlier name, and says whether
it can be renamed with its manifest. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from reconciler.model import Address, Entry, Identity, Phase, Resource
from reconciler.planning.work import Facts


def renamed(facts: Facts) -> dict[Address, Entry]:
    """Give the entry that each renamed manifest's object still has under an earlier name.

    Once a manifest has a settled entry of its own, it was renamed by an earlier run: older names mean nothing any more.
    """
    entries, resources = facts.inventory.entries, facts.desired.resources
    found: dict[Address, Entry] = {}
    for address, resource in resources.items():
        if not resource.previous_names:
            continue
        own = entries.get(address)
        if own is None or own.phase is not Phase.SETTLED:
            before = next((place for place in previous(resource) if place in entries and place not in resources), None)
            if before is not None:
                found[address] = entries[before]
    return found


def previous(resource: Resource) -> Iterator[Address]:
    """Yield the addresses that a manifest had before."""
    return (replace(resource.address, name=name) for name in resource.previous_names)


def moved_fields(resource: Resource, before: Identity, after: Identity) -> tuple[str, ...]:
    """Give the fields in which two identities of a kind differ."""
    pairs = zip(resource.kind.identity, before, after, strict=True)
    return tuple(name for name, old, new in pairs if old != new)


def is_rename(resource: Resource, before: Identity, after: Identity) -> bool:
    """Say whether the object goes along: its manifest says that it was renamed, and the server can do it in place."""
    fields = resource.kind.root.properties
    moved = moved_fields(resource, before, after)
    return bool(resource.previous_names) and all(fields[name].renamable for name in moved)
