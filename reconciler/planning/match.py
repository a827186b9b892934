"""Pairs what is desired or owned with what is live.

Takes live objects and an entry or an identity, gives at most one object. An id alone is no proof: servers reuse ids,
so an owned object is found by id and identity together; where its kind is one whose ids change on the server, the
identity will do once the id is gone. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler import redact
from reconciler.model import Entry, Field, Identity, Live, Phase
from reconciler.paths import parse_path, value_at
from reconciler.planning.canonical import digest_leaf, field_at, is_hidden


@dataclass(frozen=True, slots=True)
class LiveIndex:
    """The live objects of one kind of one target, by id and by identity."""

    by_id: Mapping[str, Live]
    by_identity: Mapping[Identity, tuple[Live, ...]]


def index(objects: Iterable[Live]) -> LiveIndex:
    """Index live objects; an id that a list repeats across pages counts once."""
    by_id = {live.id: live for live in objects}
    by_identity: dict[Identity, tuple[Live, ...]] = {}
    for live in by_id.values():
        others = by_identity.get(live.identity)
        by_identity[live.identity] = (live,) if others is None else (*others, live)
    return LiveIndex(by_id, by_identity)


NOTHING = LiveIndex({}, {})

Indexes = Mapping[tuple[str, str], LiveIndex]
"""(target, kind name) → what is live there."""


def owned(entry: Entry | None, live: LiveIndex) -> Live | None:
    """Give the object of an entry: its id must still bear its identity, or be gone where it may have been changed."""
    if entry is None or entry.id is None:
        return None
    found = live.by_id.get(entry.id)
    if found is not None:
        return found if found.identity == entry.identity else None
    bearers = live.by_identity.get(entry.identity, ())
    return bearers[0] if len(bearers) == 1 and bearers[0].kind.renumbered else None


def claimed(identity: Identity | None, live: LiveIndex) -> tuple[Live, ...]:
    """Give every object that bears an identity; more than one is for a person to decide."""
    return live.by_identity.get(identity, ()) if identity is not None else ()


def parent_of(identity: Identity, parents: Iterable[Live]) -> Live | None:
    """Give the object that one of this identity lives in: its own identity begins with that of its parent."""
    return next((live for live in parents if identity[: len(live.identity)] == live.identity), None)


def is_our_creation(entry: Entry | None, live: Live, salt: str, *, whole: bool = False) -> bool:
    """Say whether `live` can be what a create of ours, cut short, has left behind.

    It is where nothing in it contradicts what we meant to send; what a later step would have set may be missing, or
    be the server's own choice, unless `whole` is asked for: nothing is deleted on a guess.
    """
    if entry is None or entry.id is not None or entry.phase is Phase.SETTLED:
        return False
    return all(_as_intended(live, path, digest, salt, whole=whole) for path, digest in entry.applied.items())


def _as_intended(live: Live, path_text: str, digest: str, salt: str, *, whole: bool) -> bool:
    path = parse_path(path_text)
    field, value = field_at(live.kind.root, path), value_at(live.body, path)
    if is_hidden(path, field, live) or redact.is_sensitive(field):
        return True
    is_open = not whole and (path[0] in live.defaulted or _is_unset(value, field))
    return is_open or digest_leaf(salt, value, value, field) == digest


def _is_unset(value: object, field: Field) -> bool:
    return value in (None, [], {}) or value == field.default
