"""What must hold after every step of a simulated world, whatever befell it.

Takes a world before and after a run, gives what is wrong, in words. What it needs of references, identities and values
it reads by itself: nothing here asks the product what it thinks is right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reconciler import history, survey
from reconciler.errors import ReconcilerError
from reconciler.model import Action, Diagnostic, Entry, Operation, Outcome, Phase, Status
from tests.conformance.bodies import differences
from tests.conformance.subjects import Row
from tests.simulation.estate import KINDS, Declared, Place, visible
from tests.simulation.process import Killed
from tests.simulation.run import Run
from tests.simulation.wire import CANARY
from tests.simulation.world import Key, World

_LEFT_OUT = (": None is not False", ": None is not ''", ": None is not 0")
"""How a default looks that a server does not show."""
MAKES = (Action.CREATE, Action.REPLACE)
_ENDS = (Action.DELETE, Action.FORGET)
_REMOVES = (Action.DELETE, Action.REPLACE)


@dataclass(frozen=True, slots=True)
class Before:
    """The world before a step."""

    rows: dict[Key, Row]
    foreign: dict[Key, Any]
    owned: set[Key]
    entries: dict[tuple[str, str, str], Entry]
    files: dict[str, bytes]
    declared: Declared
    """What the last plan that was carried out was made from: the edges that deletes must respect."""


def look(w: World) -> Before:
    """Remember the world as it is."""
    return Before(dict(w.rows()), dict(w.foreign), w.owned(), w.entries(), w.files(), w.declared.copy())


def wrongs(w: World, before: Before, runs: list[Run], *, meddled: bool) -> Iterator[str]:
    """Say what is wrong after a step; `meddled`: a person changed the servers in the middle of it."""
    yield from _ended_well(runs)
    yield from _kept_secrets(w, runs)
    yield from _only_read(w, before, runs)
    yield from _took_turns(runs)
    for run in runs:
        if run.plan is not None:
            yield from _respected_edges(w, before, run)
    if not meddled:
        yield from _named(w, before, runs)
        yield from _told_the_truth(w, runs)
    yield from _receipt_agrees(w, runs)
    yield from _was_not_clean(w, runs, meddled)


def _ended_well(runs: list[Run]) -> Iterator[str]:
    """Whatever goes wrong is told in words: no traceback, ever."""
    for run in runs:
        if run.error is not None and not isinstance(run.error, ReconcilerError | Killed):
            yield f"a bug: {run.verb} ended with {run.error!r}\n{run.said}"


def _kept_secrets(w: World, runs: list[Run]) -> Iterator[str]:
    yield from w.wire.leaks
    for name, content in w.files().items():
        if CANARY in content:
            yield f"a secret stands in {name.removeprefix(str(w.folder))}"
    for run in runs:
        if CANARY.decode() in run.said:
            yield f"a secret was shown by {run.verb}"


def _only_read(w: World, before: Before, runs: list[Run]) -> Iterator[str]:
    """What reads writes nothing, and an apply writes nothing before its plan is shown."""
    for run in runs:
        writes = [sent for sent in run.sent if not sent.is_read]
        if writes and (run.verb != "apply" or run.plan is None or not run.plan.operations):
            yield f"{run.verb} sent {writes[0].method} {writes[0].path}, and its plan names nothing"
    if runs and all(run.verb in ("plan", "drift") for run in runs) and _kept(w.files()) != _kept(before.files):
        yield "a verb that reads changed the inventory"


def _kept(files: dict[str, bytes]) -> dict[str, bytes]:
    return {name: content for name, content in files.items() if "/.reconciler/" in name}


def _took_turns(runs: list[Run]) -> Iterator[str]:
    """Of two runs at once, one writes."""
    writers = [run for run in runs if any(not sent.is_read for sent in run.sent) and run.calls]
    for one in writers:
        for other in writers:
            if one is not other and min(c.began for c in one.calls) <= min(c.began for c in other.calls):
                ends = [c.ended if c.ended is not None else c.began for c in one.calls]
                if not one.was_killed and min(c.began for c in other.calls) < max(ends):
                    yield "two runs wrote at the same time"


# --- order ------------------------------------------------------------------------------------


def _respected_edges(w: World, before: Before, run: Run) -> Iterator[str]:
    """Nothing is made before what it refers to, and nothing is removed before what refers to it."""
    operations = run.plan.operations if run.plan else ()
    names = {Place(o.address.target, o.address.kind, o.address.name) for o in operations}
    kept = {Place(o.address.target, o.address.kind, o.address.name) for o in operations if o.action not in _ENDS}
    for place in kept:
        if place in w.declared.specs:
            for need in sorted(w.declared.needs(place)):
                if need in kept and need in w.declared.specs:
                    yield from _after(w.declared, run, place, need, ("create", "update"))
    for place in names:
        if place in before.declared.specs and place not in w.declared.specs:
            for need in sorted(before.declared.needs(place)):
                if need in names and need not in w.declared.specs and need in before.declared.specs:
                    yield from _after(before.declared, run, need, place, ("delete",))


def _after(declared: Declared, run: Run, later: Place, sooner: Place, verbs: tuple[str, ...]) -> Iterator[str]:
    first = [c.began for c in _calls(declared, run, later, verbs)]
    last = [c.ended for c in _calls(declared, run, sooner, verbs)]
    if first and last and any(end is None or end > min(first) for end in last):
        yield f"{verbs[0]} of {'/'.join(later)} began before {'/'.join(sooner)} was through"
    elif first and _failed_before(run, sooner):
        yield f"{'/'.join(later)} was written although {'/'.join(sooner)} had failed"


def _calls(declared: Declared, run: Run, place: Place, verbs: tuple[str, ...]) -> list[Any]:
    identity = declared.identity(place)
    mine = [c for c in run.calls if (c.target, c.kind) == place[:2] and c.verb in verbs]
    return [c for c in mine if not identity or identity in c.identity]


def _failed_before(run: Run, place: Place) -> bool:
    said = [o.status for o in run.outcomes if Place(o.address.target, o.address.kind, o.address.name) == place]
    return bool(said) and said[0] in (Status.FAILED, Status.UNKNOWN)  # a later word is of the look after all deletes


# --- what the plan named ----------------------------------------------------------------------


def _named(w: World, before: Before, runs: list[Run]) -> Iterator[str]:
    """No object is touched that no shown plan named, and nobody's object least of all."""
    operations = [op for run in runs if run.plan is not None for op in run.plan.operations]
    outcomes = [outcome for run in runs for outcome in run.outcomes]
    rows = w.rows()
    warned = {d.address.target for run in runs if run.plan for d in run.plan.diagnostics if goes_along(d) and d.address}
    for key in sorted(set(before.rows) | set(rows)):
        old, new = before.rows.get(key), rows.get(key)
        if (old is not None and new is not None and old.raw == new.raw) or key[0] in warned:
            continue
        if not any(_names(w, op, key, old or new, outcomes) for op in operations):
            if key in w.foreign and not (old and new and follows(key, old, new)):
                yield f"{'/'.join(key)} is nobody's, no plan named it, and it was touched"
            elif new is None or old is None:
                yield f"{'/'.join(key)} {'went' if new is None else 'came'}, and no plan named it"
            elif _declared_part(w, key, old) != _declared_part(w, key, new):
                yield f"{'/'.join(key)} changed, and no plan named it"
        elif new is None and not any(_removes(op, key) for op in operations):
            yield f"{'/'.join(key)} went, and the plan has no delete of it"


def goes_along(said: Diagnostic) -> bool:
    """Say whether a plan tells that a server itself will touch objects of others, as it does with a key that goes."""
    return said.code == "plan.goes-along"


def _names(w: World, op: Operation, key: Key, row: Row | None, outcomes: list[Outcome]) -> bool:
    if (op.address.target, op.address.kind) != key[:2] or op.action is Action.FORGET:
        return False
    made = [o.live_id for o in outcomes if o.address == op.address]
    place = Place(op.address.target, op.address.kind, op.address.name)
    called = w.declared.identity(place) if place in w.declared.specs else None
    return op.live_id == key[2] or key[2] in made or (op.action in MAKES and row is not None and row.name == called)


def follows(key: Key, old: Row, new: Row) -> bool:
    """Say whether a row only shows what another one, that it is based on, was changed to."""
    return key[:2] == ("respan", "Model") and old.body.get("base_model_name") == new.body.get("base_model_name") != ""


def _removes(op: Operation, key: Key) -> bool:
    return op.action in _REMOVES and (op.address.target, op.address.kind) == key[:2] and op.live_id == key[2]


def _declared_part(w: World, key: Key, row: Row) -> Any:
    """Give the fields that its manifest sets; the rest is the server's own book-keeping."""
    places = [p for p in w.declared.specs if p[:2] == key[:2] and w.declared.identity(p) == row.name]
    return [row.body.get(name) for place in places for name in w.declared.specs[place]]


# --- what was said of the end -----------------------------------------------------------------


def _told_the_truth(w: World, runs: list[Run]) -> Iterator[str]:
    """Done is done: the server holds what the manifest says, and the inventory knows it."""
    for run in runs:
        if run.verb != "apply" or run.process.was_lied_to or run.was_killed or len(runs) > 1:
            continue
        entries = w.entries()
        final = {outcome.address: outcome for outcome in run.outcomes}
        for address, outcome in sorted(final.items()):
            place = Place(address.target, address.kind, address.name)
            if outcome.status is Status.DONE:
                yield from _is_done(w, place, outcome, entries, disk_failed=run.process.disk_failed)


def _is_done(w: World, place: Place, outcome: Outcome, entries: Any, *, disk_failed: bool) -> Iterator[str]:
    entry, name = entries.get(tuple(place)), "/".join(place)
    if outcome.action in (Action.CREATE, Action.UPDATE, Action.REPLACE) and place in w.declared.specs:
        yield from (f"{name} is called done, and {left}" for left in unlike(w, place, entry))
    if disk_failed:
        return
    if outcome.action is Action.DELETE and entry is not None:
        yield f"{name} is deleted, and the inventory holds it still"
    kept = outcome.action in (Action.CREATE, Action.UPDATE, Action.REPLACE, Action.ADOPT)
    if kept and (entry is None or entry.phase is not Phase.SETTLED):
        yield f"{name} is called done, and the inventory says {entry and entry.phase}"


def unlike(w: World, place: Place, entry: Entry | None) -> Iterator[str]:
    """Say where a server does not hold what a manifest says."""
    subject, rows = w.corners[place.target].subject(place.kind), w.held(place.target, place.kind)
    if subject is None:
        return
    if subject.is_singleton:
        found = [r for r in rows if r.name == w.declared.identity(place)]
    else:
        found = [r for r in rows if entry is not None and r.id == entry.id]
    if len(found) != 1:
        yield f"{place.kind} {place.name}: the server holds {len(found)} of it"
        return

    def id_of(ref: str) -> Any:
        return w.live_id(place.target, place.kind, ref)

    want = {name: value for name, value in w.declared.specs[place].items() if name != subject.identity}
    for difference in differences(visible(want), found[0].body, id_of):
        if not difference.endswith(_LEFT_OUT) and not (w.let_go and _is_others(place, difference)):
            yield difference


def _is_others(place: Place, difference: str) -> bool:
    """Say whether a difference is only what others have in a set that they share with us."""
    shared = [name for name, f in KINDS.get(*place[:2]).root.properties.items() if f.shared is not None]
    return difference.endswith("is too many") and any(difference.startswith(f".{name}:") for name in shared)


def _receipt_agrees(w: World, runs: list[Run]) -> Iterator[str]:
    """The receipt of an apply says of each operation what the apply said."""
    for run in runs:
        if run.verb != "apply" or run.error is not None or run.was_killed or run.process.disk_failed or len(runs) > 1:
            continue
        if run.done is None or not run.done.confirmed or not run.done.outcomes:
            continue
        records = history.records(survey.open_store(w.settings), 99)
        kept = [{a: r.outcome.status for a, r in record.results.items()} for record in records]
        said = {outcome.address: outcome.status for outcome in run.done.outcomes}
        if said not in kept:
            yield f"no receipt says what the apply said: {said}"


def _was_not_clean(w: World, runs: list[Run], meddled: bool) -> Iterator[str]:
    """Unknown is never clean: who says that there is nothing to do has seen that everything is as declared."""
    for run in runs[-1:]:
        plan = run.plan
        if meddled or run.verb != "plan" or plan is None or run.process.was_lied_to or len(runs) > 1:
            continue
        if plan.complete and not plan.operations and not plan.refused and not plan.destroy:
            yield from (f"the plan is clean, and {left}" for left in unlike_anything(w))


def unlike_anything(w: World) -> Iterator[str]:
    """Say where the servers do not hold what the manifests say."""
    entries = w.entries()
    for place in sorted(w.declared.specs):
        yield from (f"{'/'.join(place)}: {left}" for left in unlike(w, place, entries.get(tuple(place))))
