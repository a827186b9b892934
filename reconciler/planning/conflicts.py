"""Says what a rollback would take back beside what its receipt did: whatever was changed since.

Takes the record of an apply and what is live now, gives a refusal per object, or a warning where a person said to
overwrite. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.model import Action, Body, Diagnostic, Json, Kind, Live, Path, Status
from reconciler.paths import format_path, parse_path, value_at
from reconciler.planning import match
from reconciler.planning.canonical import field_at, matches
from reconciler.planning.receipts import Deed, Record, Result, is_kept
from reconciler.planning.rollback import touched
from reconciler.planning.selection import selects
from reconciler.planning.work import Facts


def conflicts(record: Record, facts: Facts) -> Iterator[Diagnostic]:
    """Yield what moved since, object by object; what is as it was before already is no conflict."""
    for deed in record.receipt.deeds:
        result = record.results[deed.address]
        if result.outcome.status is Status.SKIPPED or not _concerns(deed, facts):
            continue
        kind = facts.kind_of(deed.system, deed.address.kind)
        what = _moved(deed, result, kind, _now(deed, kind, facts))
        if what:
            yield _conflict(deed, what, facts, is_known=record.ending is not None)


def _concerns(deed: Deed, facts: Facts) -> bool:
    resource = facts.desired.resources.get(deed.address)
    is_back = resource is not None or deed.address in (facts.desired.leaving or {})
    read = (deed.address.target, deed.address.kind) in facts.observed.live
    return is_back and read and selects(facts.request.selection, deed.address, resource.labels if resource else None)


def _now(deed: Deed, kind: Kind, facts: Facts) -> Live | None:
    """Give the object that is ours at this address now."""
    there = match.index(facts.observed.live.get((deed.address.target, deed.address.kind), ()))
    found = match.owned(facts.inventory.entries.get(deed.address), there)
    return found or (there.by_id.get(deed.before.id) if kind.singleton and deed.before is not None else None)


def _moved(deed: Deed, result: Result, kind: Kind, now: Live | None) -> str:
    """Say in words what moved; "" for nothing."""
    before = deed.before.body if deed.before is not None else {}
    if now is None:
        return "it was deleted since" if deed.action in (Action.UPDATE, Action.REPLACE) else ""
    if deed.action is Action.DELETE:
        left = {parse_path(change.path): change.after for change in deed.changes}
        managed = map(parse_path, deed.owned.managed if deed.owned is not None else ())
        moved = [p for p in managed if not _is(before, now, p, kind) and not _is_left(left, now, p, kind)]
        return "it was made anew since" if moved else ""
    if result.after is None:
        is_back = deed.before is not None and all(_is(before, now, path, kind) for path in touched(deed, kind))
        return "" if is_back else "what the apply left behind is not known"
    if result.after.id != now.id and not kind.renumbered:
        return "another object has taken its place since"
    moved = [path for path in touched(deed, kind) if not _is(result.after.body, now, path, kind)]
    if deed.before is not None:
        moved = [path for path in moved if not _is(before, now, path, kind)]
    return f"{', '.join(sorted(map(format_path, moved)))} changed since" if moved else ""


def _held(now: Live, path: Path) -> Json:
    return value_at(now.body, path)


def _is_left(left: Mapping[Path, Json], now: Live, path: Path, kind: Kind) -> bool:
    """Say whether a singleton holds at a path what it went back to."""
    return path in left and matches(left[path], _held(now, path), field_at(kind.root, path))


def _is(body: Body, now: Live, path: Path, kind: Kind) -> bool:
    """Say whether an object still, or again, is at a path what it was; what nobody can see counts as such."""
    field, value, held = field_at(kind.root, path), value_at(body, path), _held(now, path)
    if path[0] in now.unseen or field.read_only or not is_kept(path, kind):
        return True
    if field.shared is not None and isinstance(value, list):
        return isinstance(held, list) and all(item in held for item in value)
    return matches(value, held, field)


def _conflict(deed: Deed, what: str, facts: Facts, *, is_known: bool) -> Diagnostic:
    address, overwrites = deed.address, facts.request.consent.overwrite
    leave = f"`--exclude {address.kind}/{address.name}` leaves it as it is"
    return Diagnostic(
        "warning" if overwrites else "error",
        f"{address}: {what}",
        "" if is_known else "the apply broke off, so its receipt does not say how it ended",
        leave if overwrites else f"{leave}, `--overwrite` rolls it back all the same",
        address,
        code="rollback.conflict" if overwrites else "guard.conflict",
    )
