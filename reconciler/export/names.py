"""Gives live objects the names that manifests will know them by, and leaves out what is no matter of an export.

Takes what was read and what is declared already, gives an address for each object that can be written down, and what
became of the others. Pure: no I/O, no clock.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler.export.express import Loss, is_unset
from reconciler.model import Address, Desired, Identity, Live, Observed
from reconciler.planning.refs import identity_of

_LONGEST = 100
_REFUSED = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Named:
    """Every live object that a manifest names, or will."""

    fresh: Mapping[Address, Live]
    """Those that nobody declares yet, in address order."""
    declared: Mapping[Address, Live]
    foreign: tuple[Loss, ...]
    """Those that somebody else decides about."""
    alike: tuple[Loss, ...]
    """Those that nobody can tell apart."""


def name_all(observed: Observed, desired: Desired) -> Named:
    """Name every object; a name that is taken gets a number."""
    known = _declared(desired)
    fresh: dict[Address, Live] = {}
    declared: dict[Address, Live] = {}
    foreign: list[Loss] = []
    alike: list[Loss] = []
    for (target, kind), objects in observed.live.items():
        here = [address for address in desired.resources if (address.target, address.kind) == (target, kind)]
        taken = {address.name.lower() for address in here}
        bearers = Counter(live.identity for live in objects)
        for live in sorted(objects, key=lambda live: (live.identity, live.id)):
            there = known.get((target, kind, live.identity))
            if there is not None:
                declared[there] = live
            elif live.owner is not None:
                address = Address(target, kind, _fitting(live))
                foreign.append(Loss(address, "", f"it is in the hands of {live.owner}"))
            elif bearers[live.identity] > 1:
                why = f"{bearers[live.identity]} objects bear this identity, and no manifest can tell which is meant"
                alike.append(Loss(Address(target, kind, _fitting(live)), "", why))
            elif not (live.kind.singleton and is_unset(live)):
                fresh[Address(target, kind, _free(_fitting(live), taken))] = live
    return Named(dict(sorted(fresh.items())), declared, tuple(foreign), tuple(dict.fromkeys(alike)))


def _declared(desired: Desired) -> dict[tuple[str, str, Identity], Address]:
    """Give (target, kind, identity) → the manifest that declares it."""
    found = {}
    for address, resource in desired.resources.items():
        identity = identity_of(resource, desired.resources)
        if identity is not None:
            found[address.target, address.kind, identity] = address
    return found


def _fitting(live: Live) -> str:
    """Give the name that says which object it is: what identifies it, as far as names may hold that."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", ".".join(live.identity)) if not unicodedata.combining(c))
    text = _REFUSED.sub("-", plain).strip("-._")
    return text[:_LONGEST].rstrip("-._") or ("default" if live.kind.singleton else live.kind.name.lower())


def _free(name: str, taken: set[str]) -> str:
    """Give a name that nobody has; upper and lower case count as one, as they do in the folders of some systems."""
    found = next(one for one in _numbered(name) if one.lower() not in taken)
    taken.add(found.lower())
    return found


def _numbered(name: str) -> Iterator[str]:
    yield name
    for number in range(2, 1_000_000):
        yield f"{name[: _LONGEST - 8]}-{number}"
