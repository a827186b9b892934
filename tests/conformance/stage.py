"""Where a case is played: a folder with settings and manifests, the engine in this process, and a server.

Takes a subject and a peer; gives cases their verbs, and checks what must hold after every one of them. Knows nothing of
any system.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Any

from reconciler import engine, history, inventory, providers, schema, settings, survey
from reconciler.engine import Applied
from reconciler.model import Action, Consent, Entry, Outcome, Plan, Request, Status
from reconciler.paths import parse_path, value_at
from reconciler.sandbox.control import Seen
from reconciler.settings import InventorySettings, Settings
from tests.conformance.bodies import declared, differences, laid, resolved
from tests.conformance.peers import Peer
from tests.conformance.subjects import At, Body, Hands, Manifest, Row, Subject, System, Variant

IT = "it"
"""The name of the object under test."""
BYSTANDER = "bystander"
"""The name of what was made by hand, in every kind, before every case."""
TARGET = "there"
SECRET = "sandbox"
"""What the secret of a manifest is, wherever one has any; it stands in the file `secret`."""
_ALL = Consent(deletes=99, updates=99)
_KINDS = schema.load_kinds()


class Stage:
    """One case's folder and server."""

    def __init__(self, system: System, variant: Variant, subject: Subject, peer: Peer, hands: Hands, folder: Path):
        self.system = system
        self.subject = subject
        self.base = subject.base
        self.hands = hands
        self.sent: list[Seen] = []
        """What the last verb asked of the server."""
        self.it = f"{subject.kind}/{IT}"
        self._peer = peer
        self._variant = variant
        self._folder = folder
        self._connect = partial(providers.connect, clock=system.clock)
        self._by_hand: dict[tuple[str, str], Any] = {}
        self._inventory = folder / ".reconciler" / "inventory.json"
        (folder / "manifests").mkdir()
        (folder / "token").write_text(peer.token)
        (folder / "secret").write_text(SECRET)
        self.aim(peer.url)

    def aim(self, url: str) -> None:
        """Let the settings name a server."""
        target = {"system": self.system.name, "url": url, **self.system.settings}
        if self._variant.prefix is not None:
            target["prefix"] = self._variant.prefix
        document = {"apiVersion": "reconciler/v1", "targets": {TARGET: target}}
        (self._folder / "reconciler.yaml").write_text(json.dumps(document))
        self._settings = settings.load(self._folder / "reconciler.yaml")
        self.address = url

    # --- before and after every case ----------------------------------------------------------

    def open(self) -> None:
        """Empty the server but for one thing of every kind made by hand, and write what the subject leans on."""
        self._peer.faults.clear()
        subjects = self.system.subjects(self._variant)
        for subject in subjects:
            if subject.is_singleton:
                self.hands.reset(subject.kind)
            else:
                self._empty(subject)
        for subject in reversed(subjects):
            if not subject.is_singleton:
                self._stand_by(subject)
        for manifest in self.subject.support:
            self.write(manifest.spec, manifest.name, manifest.kind)
        if self.subject.always or any(manifest.kind == self.subject.kind for manifest in self.subject.support):
            self.apply()  # else what is meant to strike the object under test would strike these

    def _empty(self, subject: Subject) -> None:
        kept = False
        for row in self.hands.rows(subject.kind):
            if row.name == subject.named(BYSTANDER) and not kept:
                kept = True
            else:
                self.hands.delete(subject.kind, row)

    def _stand_by(self, subject: Subject) -> None:
        there = [row for row in self.hands.rows(subject.kind) if row.name == subject.named(BYSTANDER)]
        if there:
            self._by_hand[subject.kind, there[0].id] = there[0].raw
        else:
            self.by_hand(BYSTANDER, {**subject.plain, **subject.bystander}, subject.kind)

    def close(self, left: Mapping[str, Action]) -> None:
        """Check what holds after every case: an empty plan or the explained one, no orphan, nobody's things touched."""
        self._peer.faults.clear()
        plan = self.plan()
        assert plan.complete
        assert self.actions(plan) == left
        assert all(operation.reason for operation in plan.operations)
        assert plan.drift == () or left, plan.drift
        held = self._held()
        kinds = self._kinds()
        ours = {(e.address.kind, e.id) for e in self.entries() if e.id is not None and e.address.kind in kinds}
        assert set(held) - ours == set(self._by_hand), "an object is nobody's, or was made by hand and is gone"
        assert ours <= set(held), "the inventory holds what is not there"
        for place, row in self._by_hand.items():
            assert held[place] == row, "what was made by hand was touched"
        assert list(self._peer.problems) == [], "an exchange is not as the vendor publishes it"

    def _held(self) -> dict[tuple[str, str], Any]:
        return {(kind, row.id): row.raw for kind in self._kinds() for row in self.hands.rows(kind)}

    def _kinds(self) -> list[str]:
        """Give the kinds that objects come and go of."""
        return [subject.kind for subject in self.system.subjects(self._variant) if not subject.is_singleton]

    def _subject(self, kind: str) -> Subject | None:
        return next((subject for subject in self.system.subjects(self._variant) if subject.kind == kind), None)

    # --- manifests ----------------------------------------------------------------------------

    def write(self, spec: Body, name: str = IT, kind: str = "") -> None:
        """Write a manifest."""
        kind = kind or self.subject.kind
        document = {
            "apiVersion": f"{self.system.name}/v1",
            "kind": kind,
            "metadata": {"name": name},
            "spec": self._identified(spec, name, kind),
        }
        (self._folder / "manifests" / f"{kind}-{name}.yaml").write_text(json.dumps(document))

    def _identified(self, spec: Body, name: str, kind: str) -> Body:
        """Give the spec with its identity, where `metadata.name` cannot stand in for it."""
        subject = self._subject(kind)
        if subject is None or subject.identity is None or subject.identity in spec:
            return spec
        falls_back = schema.fallback_identity(_KINDS.get(self.system.name, kind)) == subject.identity
        return spec if falls_back and subject.named(name) == name else {subject.identity: subject.named(name), **spec}

    def as_other(self, name: str) -> Body:
        """Give the base with the identity of what a case calls by another name."""
        return laid(self.base, {self.subject.identity or "": self.subject.named(name)})

    def remove(self, name: str = IT, kind: str = "") -> None:
        """Remove a manifest."""
        (self._folder / "manifests" / f"{kind or self.subject.kind}-{name}.yaml").unlink()

    # --- the verbs ----------------------------------------------------------------------------

    def begin(self, spec: Body | None = None) -> Row:
        """Create the object under test, from the base where no other spec is given."""
        self.write(self.base if spec is None else spec)
        self.apply()
        return self.holds(self.base if spec is None else spec)

    def elsewhere(self, name: str) -> tuple[Settings, Callable[..., Any]]:
        """Give settings for the same server with manifests and an inventory of their own, and how it is reached."""
        kept = InventorySettings(path=f".{name}/inventory.json")
        return replace(self._settings, manifests=(name,), inventory=kept), self._connect

    def plan(self, **said: Any) -> Plan:
        """Plan."""
        made: Plan = self._run(lambda: engine.make_plan(self._settings, _request(**said), connect=self._connect))
        return made

    def drift(self) -> Plan:
        """Look for drift."""
        found: Plan = self._run(lambda: engine.find_drift(self._settings, Request(), connect=self._connect))
        return found

    def apply(self, *ends: Status, then: Callable[[], object] = lambda: None, **said: Any) -> Applied:
        """Apply; what happens to the object under test ends as one of `ends` (done, if none is named), the rest well.

        `then` happens when the plan is made and nothing is written yet.
        """

        def confirm(_: Plan) -> bool:
            then()
            return True

        applied: Applied = self._run(
            lambda: engine.apply_plan(self._settings, _request(**said), confirm=confirm, connect=self._connect)
        )
        self._peer.faults.clear()
        assert applied.plan.complete
        for outcome in applied.outcomes:
            allowed = ends if self._name(outcome) == self.it and ends else (Status.DONE,)
            assert outcome.status in allowed, outcome
        return applied

    def destroy(self) -> Applied:
        """Delete everything that is ours."""
        request = Request(consent=_ALL, destroy=True)
        done: Applied = self._run(lambda: engine.apply_plan(self._settings, request, connect=self._connect))
        assert [outcome.status for outcome in done.outcomes] == [Status.DONE] * len(done.plan.operations)
        return done

    def roll_back(self) -> Plan:
        """Roll the last apply back, by a saved plan; gives that plan."""
        (record,) = history.records(survey.open_store(self._settings), 1)
        request, saved = Request(consent=_ALL, rollback=record.name), self._folder / "undo.plan"
        plan: Plan = self._run(lambda: engine.make_plan(self._settings, request, connect=self._connect))
        assert not plan.refused, plan.diagnostics
        engine.save_plan(plan, saved)
        done: Applied = self._run(
            lambda: engine.apply_plan(self._settings, Request(), engine.open_plan(saved), connect=self._connect)
        )
        assert [outcome.status for outcome in done.outcomes] == [Status.DONE] * len(plan.operations), done.outcomes
        return plan

    def apply_nothing(self, **asked: Any) -> Applied:
        """Apply, and say no or stop before the first write."""
        applied: Applied = self._run(
            lambda: engine.apply_plan(self._settings, Request(), connect=self._connect, **asked)
        )
        return applied

    def _run(self, verb: Callable[[], Any]) -> Any:
        asked = len(self._peer.requests)
        result = asyncio.run(verb())
        self.sent = list(self._peer.requests)[asked:]
        return result

    def fail(self, *faults: str, times: int | None = 1) -> None:
        """Let faults strike from now on, each so many times, until an apply has ended."""
        self._peer.faults.set(*({"fault": fault, "times": times} for fault in faults))

    def stumble(self, *faults: Mapping[str, Any]) -> None:
        """The same, each fault with its own number of times."""
        self._peer.faults.set(*faults)

    def failing(self, *faults: str, times: int | None = 1) -> Callable[[], None]:
        """Give the same as an act for `then`."""
        return lambda: self.fail(*faults, times=times)

    # --- what was planned, done and sent ------------------------------------------------------

    @property
    def first(self) -> Action:
        """What a first manifest leads to."""
        return Action.UPDATE if self.subject.is_singleton else Action.CREATE

    @property
    def writes(self) -> list[Seen]:
        """What the last verb sent that was no read."""
        return [seen for seen in self.sent if not self.system.is_read(seen.method, seen.path)]

    def written(self, route: str) -> list[Seen]:
        """Give the writes of the last verb to a route."""
        return [seen for seen in self.writes if _is_to(route, seen)]

    def asked(self, route: str) -> list[Seen]:
        """Give the requests of the last verb to a route."""
        return [seen for seen in self.sent if _is_to(route, seen)]

    def actions(self, plan: Plan) -> dict[str, Action]:
        """Give what a plan would do."""
        return {f"{op.address.kind}/{op.address.name}": op.action for op in plan.operations}

    def paths(self, plan: Plan) -> set[str]:
        """Give the fields of the object under test that a plan would change."""
        return {change.path for op in plan.operations if self._name(op) == self.it for change in op.changes}

    def fields(self, plan: Plan, of: Iterable[str]) -> set[str | None]:
        """Give which of some fields a plan would change; None where it would change another."""
        return {declared(path, of) for path in self.paths(plan)}

    def drifted(self, plan: Plan, classification: str = "drift") -> set[str]:
        """Give the fields of the object under test that moved."""
        items = [item for item in plan.drift if f"{item.address.kind}/{item.address.name}" == self.it]
        return {item.path for item in items if item.classification == classification}

    def outcome(self, applied: Applied) -> Outcome:
        """Give how it ended for the object under test."""
        (found,) = [outcome for outcome in applied.outcomes if self._name(outcome) == self.it]
        return found

    def _name(self, of: Any) -> str:
        return f"{of.address.kind}/{of.address.name}"

    # --- the server ---------------------------------------------------------------------------

    def rows(self, name: str = IT) -> list[Row]:
        """Give the objects of the kind under test that bear a name."""
        rows = self.hands.rows(self.subject.kind)
        return rows if self.subject.identity is None else [row for row in rows if row.name == self.subject.named(name)]

    def row(self, name: str = IT) -> Row:
        """Give the only object of a name."""
        (found,) = self.rows(name)
        return found

    def holds(self, spec: Body, name: str = IT) -> Row:
        """Check that the server holds all that a spec says, once; gives the row."""
        row = self.row(name)
        assert list(differences(spec, row.body, self._live_id)) == []
        return row

    def value(self, path: str, name: str = IT) -> Any:
        """Give what the server holds at a path."""
        return value_at(self.row(name).body, parse_path(path))

    def pointed(self, manifest: Manifest, path: str) -> Any:
        """Give what the server holds at a path of another object."""
        subject = self._subject(manifest.kind)
        name = manifest.name if subject is None else subject.named(manifest.name)
        (found,) = [row for row in self.hands.rows(manifest.kind) if row.name == name]
        return value_at(found.body, parse_path(path))

    def by_hand(self, name: str, spec: Body, kind: str = "") -> str:
        """Create an object that nobody but a person knows of; it must stay as it is."""
        kind = kind or self.subject.kind
        subject = self._subject(kind)
        live_id = self.hands.create(kind, subject.named(name) if subject else name, resolved(spec, self._live_id))
        self._leave(kind, live_id)
        return live_id

    def edit(self, changes: At, name: str = IT) -> None:
        """Change the object under test behind Reconciler's back."""
        self.hands.edit(self.subject.kind, self.row(name), self.meant(changes))

    def meant(self, values: At) -> dict[str, Any]:
        """Give values with what stands on the server for their references."""
        return {path: resolved(value, self._live_id) for path, value in values.items()}

    def delete(self, name: str = IT) -> None:
        """Delete the object under test behind Reconciler's back."""
        self.hands.delete(self.subject.kind, self.row(name))

    def takes(self, live_id: str) -> None:
        """What was made by hand becomes Reconciler's."""
        del self._by_hand[self.subject.kind, live_id]

    def leaves(self, live_id: str) -> None:
        """What was Reconciler's becomes a person's."""
        self._leave(self.subject.kind, live_id)

    def _leave(self, kind: str, live_id: str) -> None:
        (self._by_hand[kind, live_id],) = [row.raw for row in self.hands.rows(kind) if row.id == live_id]

    # --- the inventory ------------------------------------------------------------------------

    def entries(self) -> tuple[Entry, ...]:
        """Give what Reconciler thinks it owns."""
        store = inventory.open_store("file", str(self._inventory), self._folder)
        return tuple(store.load().entries.values())

    def entry(self) -> Entry | None:
        """Give the entry of the object under test."""
        return next((entry for entry in self.entries() if self._name(entry) == self.it), None)

    def lose_inventory(self) -> None:
        """Remove the inventory."""
        self._inventory.unlink()

    def files(self) -> dict[str, bytes]:
        """Give every file of the folder."""
        return {str(path): path.read_bytes() for path in sorted(self._folder.rglob("*")) if path.is_file()}

    # --- small facts --------------------------------------------------------------------------

    def _live_id(self, ref: str) -> Any:
        """Give what stands on the server for a reference; None where its object is not there."""
        kind, _, name = ref.rpartition("/")
        kind = kind or self.subject.kind
        ids = (e.id for e in self.entries() if (e.address.kind, e.address.name) == (kind, name) and e.id is not None)
        return next((self.system.id_of(live_id) for live_id in ids), None)


def _is_to(route: str, seen: Seen) -> bool:
    """Say whether a request went to a route, `[METHOD ]PATH`: its path ends so, `*` standing for anything."""
    method, _, path = route.rpartition(" ")
    return method in ("", seen.method) and fnmatchcase(seen.path, f"*{path.removesuffix('$')}")


def _request(adopt: bool = False, deletes: int | None = None, updates: int | None = None) -> Request:
    return Request(consent=Consent(adopt, deletes, updates))
