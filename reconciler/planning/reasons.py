"""Says why an object is updated, in words for a person.

Takes a decision whose changes are found, gives a text; nothing is ever decided by it. Pure: no I/O, no clock.
"""

from __future__ import annotations

from reconciler import redact
from reconciler.model import Address, Body, Entry, Live, Phase, Resource
from reconciler.paths import format_path, parse_path, value_at
from reconciler.planning import refs
from reconciler.planning.canonical import digest_leaf, field_at, spec_digest
from reconciler.planning.diff import leaf_of
from reconciler.planning.work import Decision


def why(decision: Decision, salt: str, *, is_ours: bool) -> str:
    """Say why an object is updated."""
    if not is_ours:
        return "taken over"
    if any(change.after == redact.CHANGED and change.sensitive for change in decision.changes):
        return "a secret changed"
    if decision.entry is not None and decision.entry.phase is not Phase.SETTLED:
        return "the last write was cut short"
    if decision.resource is None or decision.entry is None:
        return "differs"
    if decision.entry.digest != spec_digest(salt, decision.resource.spec):
        return "manifest changed"
    return _what_moved(decision, decision.resource, decision.entry, salt)


def _what_moved(decision: Decision, resource: Resource, entry: Entry, salt: str) -> str:
    """Say what moved where the manifest did not."""
    if decision.live is not None and decision.live.id != entry.id:
        return "its id on the server changed"
    followed = refs.awaited(resource, decision.want or {}) or _followed(decision, resource, entry, salt)
    return f"follows {', '.join(f'{to.kind}/{to.name}' for to in followed)}" if followed else "changed outside"


def _followed(decision: Decision, resource: Resource, entry: Entry, salt: str) -> tuple[Address, ...]:
    """Give what a resource refers to where it changes, if on the server all of that is as it was applied."""
    root, found = resource.kind.root, set()
    for change in decision.changes:
        path = leaf_of(parse_path(change.path), root)
        field, want, have = field_at(root, path), value_at(decision.want, path), value_at(_body(decision.live), path)
        if digest_leaf(salt, have, want, field) != entry.applied.get(format_path(path)):
            return ()
        found |= {ref.to for ref in resource.refs if ref.path[: len(path)] == path}
    return tuple(sorted(found))


def _body(live: Live | None) -> Body:
    return live.body if live is not None else {}
