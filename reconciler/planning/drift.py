"""What moved outside git.

Takes a decision and its entry, gives the fields whose live value is no longer what we last applied.
Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler import redact
from reconciler.model import Address, DriftItem, Field, Json, Kind, Path, Phase
from reconciler.paths import parse_path, value_at
from reconciler.planning.canonical import digest_leaf, field_at, is_hidden, matches
from reconciler.planning.diff import display
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
        yield DriftItem(address, "", "drift", PRESENT, ABSENT, _fingerprint(address, "", ABSENT))
        return
    for text in sorted(entry.applied):
        path = parse_path(text)
        field = field_at(kind.root, path)
        if is_hidden(path, field, decision.live) or path in secrets.leaves or _is_ignored(decision, path):
            continue
        item = _moved(address, decision, text, field, entry.applied[text], salt)
        if item is not None:
            yield item


def _moved(address: Address, decision: Decision, text: str, field: Field, applied: str, salt: str) -> DriftItem | None:
    path = parse_path(text)
    live, wanted = value_at(decision.live.body if decision.live else None, path), value_at(decision.want, path)
    digest = digest_leaf(salt, live, wanted, field)
    settled = decision.entry is not None and decision.entry.phase is Phase.SETTLED
    if settled and applied in (digest, *_each(live, field, salt)):
        return None
    is_declared = _is_declared(decision.want, path)
    if is_declared and matches(wanted, live, field):
        return None
    if not settled and not is_declared:
        return None
    meant = digest_leaf(salt, wanted, wanted, field)
    still_meant = meant == applied or (not settled and {*meant.split()} <= {*applied.split()})
    changed_in_git = not is_declared or not still_meant
    value = display(live, wanted, field)
    return DriftItem(
        address,
        text,
        "conflict" if changed_in_git else "drift",
        redact.shown(field, wanted) if is_declared else AS_APPLIED,
        redact.shown(field, value),
        _fingerprint(address, text, digest if redact.is_sensitive(field) else value),
    )


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


def _fingerprint(address: Address, path: str, live: Json) -> str:
    """Give an id that stays while the same field has the same live value."""
    return redact.digest(redact.UNKEYED, [str(address), path, live])[:16]
