"""What moved outside git.

Takes a decision and its entry, gives the fields whose live value is no longer what we last applied.
Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from reconciler import moments, redact
from reconciler.model import Address, DriftItem, Field, Identity, Json, Kind, Live, Path, Phase, Source
from reconciler.paths import parse_path, value_at
from reconciler.planning.canonical import digest_leaf, field_at, is_hidden, matches
from reconciler.planning.diff import display
from reconciler.planning.removals import going_back
from reconciler.planning.work import Decision, Secrets

PRESENT, ABSENT = "(present)", "(absent)"
AS_APPLIED = "(as last applied)"


def drifted(address: Address, decision: Decision, kind: Kind, secrets: Secrets, salt: str) -> Iterator[DriftItem]:
    """Yield every managed field of one owned object that moved.

    Where the last write is unsettled nobody knows what was applied: whatever is not as declared counts.
    """
    entry = decision.entry
    if entry is None or decision.blocked or (decision.live is None and entry.phase is not Phase.SETTLED):
        return
    if decision.live is None:
        mark = _fingerprint(address, entry.identity, "", (PRESENT, ABSENT), redact.UNKEYED)
        yield DriftItem(address, "", "drift", PRESENT, ABSENT, mark, _declared_at(decision))
        return
    at, by = _last_write(decision.live)
    for text in sorted(entry.applied):
        path = parse_path(text)
        field = field_at(kind.root, path)
        if is_hidden(path, field, decision.live) or path in secrets.leaves:
            continue
        item = _moved(address, decision, text, field, entry.applied[text], salt)
        if item is not None and not _is_ignored(decision, path):
            yield replace(item, source=_declared_at(decision), changed_at=at, changed_by=by)


def _moved(address: Address, decision: Decision, text: str, field: Field, applied: str, salt: str) -> DriftItem | None:
    path = parse_path(text)
    live, wanted = value_at(decision.live.body if decision.live else None, path), value_at(decision.want, path)
    is_declared = _is_declared(decision.want, path)
    if is_declared and matches(wanted, live, field):  # before any digest: of most objects one field in many moved
        return None
    settled = decision.entry is not None and decision.entry.phase is Phase.SETTLED
    if settled and applied in (digest_leaf(salt, live, wanted, field), *_each(live, field, salt)):
        return None
    if not is_declared and (not settled or _is_back(decision.live, path, field)):
        return None
    meant = digest_leaf(salt, wanted, wanted, field)
    still_meant = meant == applied or (not settled and {*meant.split()} <= {*applied.split()})
    changed_in_git = not is_declared or not still_meant
    value = display(live, wanted, field)
    is_secret = redact.is_sensitive(field) or redact.holds_secrets(field)
    identity = decision.live.identity if decision.live is not None else ()
    values = (wanted if is_declared else AS_APPLIED, value)
    return DriftItem(
        address,
        text,
        "conflict" if changed_in_git else "drift",
        redact.shown(field, wanted) if is_declared else AS_APPLIED,
        redact.shown(field, value),
        _fingerprint(address, identity, text, values, salt if is_secret else redact.UNKEYED),
    )


def _is_back(live: Live | None, path: Path, field: Field) -> bool:
    """Say whether a field that left the manifest is already what it would go back to: both moved to the same."""
    back = going_back(live.kind, path) if live is not None and not field.kept else None
    return live is not None and back is not None and matches(back.value, value_at(live.body, path), field)


def _declared_at(decision: Decision) -> Source | None:
    return decision.resource.source if decision.resource is not None else None


def _last_write(live: Live) -> tuple[str, str]:
    """Give when an object was last written, and by whom, as far as its system tells."""
    at = by = ""
    for name, field in live.kind.root.properties.items():
        value = live.body.get(name)
        if field.changed == "by" and isinstance(value, str):
            by = value
        elif field.changed and value is not None:
            at = moments.iso(value, field.changed)
    return at, by


def _is_declared(want: Json, path: Path) -> bool:
    """Say whether a path stands in what is wanted; a null that stands there clears."""
    holder = value_at(want, path[:-1])
    return isinstance(holder, dict) and path[-1] in holder


def _each(live: Json, field: Field, salt: str) -> Iterator[str]:
    """Yield the digest of every value of a field that may hold several: what was applied may be among them still."""
    if field.among and isinstance(live, list):
        yield from (digest_leaf(salt, value, value, field) for value in live)


def _is_ignored(decision: Decision, path: Path) -> bool:
    """An ignore rule has taken the path out of what is wanted, though the manifest declares it."""
    declared = decision.resource is not None and _is_declared(decision.resource.spec, path)
    return declared and not _is_declared(decision.want, path)


def _fingerprint(address: Address, identity: Identity, path: str, values: tuple[Json, Json], salt: str) -> str:
    """Give an id that stays while the same field of the same object differs in the same way.

    It is made of what the object is, not of what its manifest is called; `salt` keys it where values are secret.
    """
    return redact.digest(salt, [address.target, address.kind, list(identity), path, *values])[:16]
