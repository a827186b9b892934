"""What an apply leaves behind: who did what, when, how each operation ended, and how the objects were before.

Takes a plan with the decisions behind it, and later the outcomes; gives a `Receipt` and its `Ending`. No secret gets
into either: secret fields are left out, and named. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from reconciler import redact
from reconciler.model import (
    Action,
    Address,
    Body,
    Change,
    Entry,
    Field,
    Json,
    Kind,
    Live,
    Outcome,
    Path,
    Plan,
    Status,
)
from reconciler.paths import format_path
from reconciler.planning.canonical import ANY, item_field
from reconciler.planning.work import Decision

_STORED = (Status.DONE, Status.DIVERGED)
_ENDS = (Action.DELETE, Action.FORGET)
NO_ENDING = "the apply did not get as far as to say how it ended"


@dataclass(frozen=True, slots=True)
class Author:
    """Who applied: a user and a machine, and the pipeline's job where there is one."""

    user: str
    job: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """An object as it was: all that its schema describes, but no secrets."""

    id: str
    body: Body
    left_out: tuple[str, ...] = ()
    """Paths of secrets, and of what no read shows: what they held is unknown."""


@dataclass(frozen=True, slots=True)
class Ownership:
    """What the inventory knew of an object before."""

    managed: tuple[str, ...]
    needs: tuple[Address, ...] = ()
    protect: bool = False
    on_remove: str = "delete"


@dataclass(frozen=True, slots=True)
class Deed:
    """One operation, and what it found."""

    action: Action
    address: Address
    system: str
    reason: str
    changes: tuple[Change, ...] = ()
    before: Image | None = None
    """None where there was nothing."""
    owned: Ownership | None = None
    """None where it was not ours."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Written before the first write of an apply."""

    began: str
    author: Author
    plan: str
    """The plan's fingerprint."""
    deeds: tuple[Deed, ...]
    commit: str = ""
    inventory_id: str = ""
    inventory_serial: int = 0
    destroy: bool = False
    rollback: str = ""
    """The receipt that this apply rolled back."""
    tool_version: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """How one operation ended, and what the server then held."""

    outcome: Outcome
    after: Image | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """Written after the last write of an apply."""

    ended: str
    results: tuple[Result, ...]
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """A receipt under its name, with its ending where there is one."""

    name: str
    receipt: Receipt
    ending: Ending | None = None

    @property
    def results(self) -> Mapping[Address, Result]:
        """How each operation ended; without an ending nobody knows."""
        known = {result.outcome.address: result for result in (self.ending.results if self.ending else ())}
        unknown = (deed for deed in self.receipt.deeds if deed.address not in known)
        return {**known, **{d.address: Result(Outcome(d.address, d.action, Status.UNKNOWN)) for d in unknown}}

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """How each operation ended, in address order; what is unknown says why."""
        found = sorted(self.results.items(), key=lambda item: item[0])
        outcomes = (result.outcome for _, result in found)
        return tuple(o if self.ending else replace(o, error=NO_ENDING) for o in outcomes)


def begun(plan: Plan, decisions: Mapping[Address, Decision], author: Author, began: str) -> Receipt:
    """Give the receipt of a plan that is about to be carried out."""
    return Receipt(
        began=began,
        author=author,
        plan=plan.fingerprint,
        deeds=tuple(
            Deed(
                operation.action,
                operation.address,
                _system(decisions[operation.address]),
                operation.reason,
                operation.changes,
                image(decisions[operation.address].live),
                _ownership(decisions[operation.address].entry),
            )
            for operation in plan.operations
        ),
        commit=plan.commit,
        inventory_id=plan.inventory_id,
        inventory_serial=plan.inventory_serial,
        destroy=plan.destroy,
        rollback=plan.rollback,
        tool_version=plan.tool_version,
    )


def ended(
    outcomes: tuple[Outcome, ...], lives: Mapping[Address, Live], moment: str, *, interrupted: bool = False
) -> Ending:
    """Give the ending of an apply; `lives` is what the server holds now of what was written."""
    held = {o.address: lives.get(o.address) for o in outcomes if o.status in _STORED and o.action not in _ENDS}
    return Ending(moment, tuple(Result(o, image(held.get(o.address))) for o in outcomes), interrupted)


def image(live: Live | None) -> Image | None:
    """Give what may be kept of a live object."""
    if live is None:
        return None
    left: list[Path] = [(name,) for name in live.unseen]
    body = _described(live.body, live.kind.root, (), left)
    shown = {name: value for name, value in body.items() if name not in live.unseen}
    return Image(live.id, shown, tuple(sorted(map(format_path, dict.fromkeys(left)))))


def is_kept(path: Path, kind: Kind) -> bool:
    """Say whether a receipt holds what stands at a path: neither it nor what holds it is secret or never read."""
    field = kind.root
    for step in path:
        inner = item_field(field) if isinstance(step, int) else _inner(field, step)
        if inner is None or _is_left_out(inner):
            return False
        field = inner
    return True


def _inner(field: Field, key: str) -> Field | None:
    """Give the field of a key; None where the schema closes the object to it."""
    return field.properties.get(key) or field.extra or (None if field.properties else ANY)


def _is_left_out(field: Field) -> bool:
    return redact.is_sensitive(field) or field.write_only or (field.items is not None and _is_secret(field.items))


def _is_secret(item: Field) -> bool:
    return redact.is_sensitive(item) or redact.holds_secrets(item)


def _described(value: Json, field: Field, path: Path, left: list[Path]) -> Json:
    """Give what the schema describes of a value; what is left out is noted. A list that holds secrets goes whole."""
    if isinstance(value, list):
        return [_described(item, item_field(field), path, left) for item in value]
    if not isinstance(value, dict):
        return value
    kept: Body = {}
    for key, item in value.items():
        inner = _inner(field, key)
        if inner is None:
            continue  # the server's own: the schema does not know it, and nobody knows what it may hold
        if _is_left_out(inner):
            left.append((*path, key))
        else:
            kept[key] = _described(item, inner, (*path, key), left)
    return kept


def _system(decision: Decision) -> str:
    if decision.resource is not None:
        return decision.resource.kind.system
    return decision.live.kind.system if decision.live is not None else decision.entry.system if decision.entry else ""


def _ownership(entry: Entry | None) -> Ownership | None:
    if entry is None or entry.id is None:
        return None
    return Ownership(tuple(sorted(entry.applied)), entry.needs, entry.protect, entry.on_remove)
