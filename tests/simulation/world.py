"""A simulated world: the sandbox's systems, a folder, people, and runs of Reconciler in one process.

Takes a seed's corners and a folder, gives the verbs that people have, each with the trouble that befalls it. Judges
nothing: that is done in `invariants.py`.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from reconciler import engine, estate, inventory, providers, settings
from reconciler.model import Consent, Entry, Outcome, Plan, Request
from reconciler.providers.base import Provider
from reconciler.sandbox import app
from reconciler.settings import Settings
from tests.conformance.subjects import Hands, Row
from tests.simulation import virtual
from tests.simulation.calls import Watched
from tests.simulation.estate import Corner, Declared, secrets_of
from tests.simulation.process import CALM, CURRENT, Process, Trouble
from tests.simulation.run import Run, words_of
from tests.simulation.wire import ADDRESS, Network, Wire

WILLING = Request(consent=Consent(adopt=True, deletes=999, updates=999))
CHILDREN = {("launchdarkly", "Variation")}
"""Kinds whose ids hold that of their parent, which no reference to them does."""
LATER = 0.2
"""Seconds after which a second run starts."""
Key = tuple[str, str, str]
"""Target, kind, id."""


class World:
    """Everything there is."""

    def __init__(self, corners: Mapping[str, Corner], folder: Path, dice: random.Random) -> None:
        self.corners = corners
        self.folder = folder
        self.loop = virtual.Loop()
        self.dice = dice
        self.secret_turn = 0
        self.declared = Declared(corners)
        self.commits: list[Declared] = []
        self.inventories: list[bytes] = []
        self.foreign: dict[Key, Any] = {}
        """What was made by hand, or is nobody's, as it must stay."""
        self.let_go = False
        """Whether objects were forgotten: what of ours stands in a set that others share is others' from then on."""
        self.struck: dict[str, int] = {}
        seeds = {name: dict(corner.variant.seeds) for name, corner in corners.items()}
        dialects = {name: corner.variant.version for name, corner in corners.items()}
        options = app.Options(dialects=dialects, seeds=seeds, clock=lambda: virtual.BEGINNING + self.loop.now)
        self.sandbox = app.create_app(options)
        self.wire = Wire(
            self.sandbox,
            lambda system, method, path: self.corners[system].system.is_read(method, path),
            lambda: self.sandbox.faults.set({"fault": "stale-read", "times": 1}),
        )
        self.hands: dict[str, Hands] = {
            name: corner.system.hands(f"{ADDRESS}/{name}", "sandbox", self.wire.by_hand())
            for name, corner in corners.items()
        }
        self._held: dict[tuple[str, str], list[Row]] = {}
        self._mark: Any = None
        self._entries: tuple[list[bytes], dict[tuple[str, str, str], Entry]] | None = None
        self._write_settings()

    def _write_settings(self) -> None:
        (self.folder / "manifests").mkdir()
        targets = {}
        for name, corner in self.corners.items():
            told = json.loads(json.dumps(dict(corner.system.settings)).replace('{"file": "token"}', '{"env": "@"}'))
            text = json.dumps({"system": name, "url": f"{ADDRESS}/{name}", **told})
            targets[name] = json.loads(text.replace("@", f"TOKEN_{name}".upper()))
        document = {"apiVersion": "reconciler/v1", "targets": targets}
        (self.folder / "reconciler.yaml").write_text(json.dumps(document))
        self.settings: Settings = settings.load(self.folder / "reconciler.yaml")
        self.rotate_secrets()

    def rotate_secrets(self) -> None:
        """Give every secret of the manifests another value."""
        self.secret_turn += 1
        os.environ.update(secrets_of(self.corners, self.secret_turn))

    def write_manifests(self) -> None:
        """Bring the files to what is declared."""
        text = "\n---\n".join(json.dumps(document) for document in self.declared.documents())
        (self.folder / "manifests" / "all.yaml").write_text(text + "\n")

    # --- what there is ------------------------------------------------------------------------

    def rows(self) -> dict[Key, Row]:
        """Give every object of every server that comes and goes."""
        return {
            (name, subject.kind, row.id): row
            for name, corner in self.corners.items()
            for subject in corner.listed
            for row in self.held(name, subject.kind)
        }

    def held(self, target: str, kind: str) -> list[Row]:
        """Give every object of a kind; a server is asked again only after something was written."""
        if self._mark is not self.sandbox.store._last:
            self._held.clear()
        if (target, kind) not in self._held:
            self._held[target, kind] = self.hands[target].rows(kind)
            self._mark = self.sandbox.store._last
        return self._held[target, kind]

    def entries(self) -> dict[tuple[str, str, str], Entry]:
        """Give what Reconciler thinks it owns, by target, kind and name."""
        here = self.inventory_file
        files = [here, here.with_name("inventory.json.journal")]
        content = [file.read_bytes() if file.exists() else b"" for file in files]
        if self._entries is not None and self._entries[0] == content:
            return self._entries[1]
        place = self.settings.inventory
        owned = inventory.open_store(place.store, place.path, self.folder, place.options).load().entries
        found = {(a.target, a.kind, a.name): entry for a, entry in owned.items()}
        self._entries = (content, found)
        return found

    def owned(self) -> set[Key]:
        """Give the objects that are ours."""
        rows, found = self.rows(), set()
        for (target, kind, _), entry in self.entries().items():
            row = rows.get((target, kind, entry.id or ""))
            # A number that a server gives away again is not the object that bore it before.
            if entry.id is not None and (row is None or row.name in map(str, entry.identity)):
                found.add((target, kind, entry.id))
        return found

    def live_id(self, target: str, kind: str, ref: str) -> Any:
        """Give what stands on a server for a reference."""
        named, _, name = ref.rpartition("/")
        entry = self.entries().get((target, named or kind, name))
        if entry is None or entry.id is None:
            return None
        known_by = entry.id.rpartition("/")[2] if (target, entry.address.kind) in CHILDREN else entry.id
        return self.corners[target].system.id_of(known_by)

    def remember_foreign(self, key: Key) -> None:
        """From now on an object is nobody's, and must stay as it is."""
        self.foreign[key] = self.rows()[key].raw

    def disown(self) -> None:
        """Whatever the inventory does not know is nobody's: a person who loses it says so."""
        owned, limbo = self.owned(), {(t, k) for (t, k, _), e in self.entries().items() if e.id is None}
        for key in self.rows():
            if key not in owned and key[:2] not in limbo:
                self.remember_foreign(key)

    def take_stock(self) -> None:
        """Note what became ours, what is gone, and how what is nobody's looks now."""
        owned, rows = self.owned(), self.rows()
        self.foreign = {key: rows[key].raw for key in self.foreign if key in rows and key not in owned}

    def files(self) -> dict[str, bytes]:
        """Give every file of the folder."""
        return {str(path): path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file()}

    @property
    def inventory_file(self) -> Path:
        """Where the inventory is kept."""
        return self.folder / ".reconciler" / "inventory.json"

    # --- verbs --------------------------------------------------------------------------------

    def plan(self, trouble: Trouble = CALM, request: Request = WILLING) -> Run:
        """Plan."""
        return self.run("plan", trouble, lambda c, r, s: engine.make_plan(self.settings, request, connect=c))

    def drift(self, trouble: Trouble = CALM) -> Run:
        """Look for drift."""
        return self.run("drift", trouble, lambda c, r, s: engine.find_drift(self.settings, Request(), connect=c))

    def apply(
        self,
        trouble: Trouble = CALM,
        request: Request = WILLING,
        saved: Plan | None = None,
        then: Callable[[], object] = lambda: None,
    ) -> Run:
        """Apply; `then` happens once the plan is shown and nothing is written yet."""
        return self.run("apply", trouble, self._applying(request, saved, then))

    def _applying(self, request: Request, saved: Plan | None, then: Callable[[], object]) -> Any:
        def start(connect: Any, run: Run, stop: asyncio.Event) -> Coroutine[Any, Any, Any]:
            def confirm(plan: Plan) -> bool:
                run.plan = plan
                then()
                return True

            def note(outcome: Outcome, done: int, total: int) -> None:
                run.outcomes.append(outcome)

            return engine.apply_plan(
                self.settings, request, saved, confirm=confirm, on_outcome=note, stop=stop, connect=connect
            )

        return start

    def adopt(self, names: list[str], trouble: Trouble = CALM) -> Run:
        """Take objects over as they are."""
        return self.run("adopt", trouble, lambda c, r, s: estate.adopt(self.settings, Request(), names, connect=c))

    def forget(self, names: list[str], trouble: Trouble = CALM) -> Run:
        """Let go of objects."""
        return self.run("forget", trouble, lambda c, r, s: estate.forget(self.settings, Request(), names))

    def run(self, verb: str, trouble: Trouble, start: Any) -> Run:
        """Carry out one verb."""
        (run,) = self.together([(verb, trouble, start)])
        return run

    def apply_twice(self, first: Trouble, second: Trouble) -> list[Run]:
        """Start two applies at once; the second comes while the first is at work."""
        return self.together([("apply", one, self._applying(WILLING, None, lambda: None)) for one in (first, second)])

    def together(self, verbs: list[tuple[str, Trouble, Any]]) -> list[Run]:
        """Carry out verbs at the same time, each a little later than the one before."""
        seen, runs, everyone = len(self.wire.sent), [], []
        for number, (verb, trouble, start) in enumerate(verbs):
            run = Run(verb, Process(f"{verb} {number}", trouble, random.Random(self.dice.random())))
            runs.append(run)
            everyone.append(self._alone(run, start, LATER * number))
        asyncio.set_event_loop(self.loop)
        tasks = [self.loop.create_task(one) for one in everyone]
        self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._bury()
        self.sandbox.faults.clear()
        for run in runs:
            run.sent = [sent for sent in self.wire.sent[seen:] if sent.process == run.process.name]
            for name, number in run.process.struck.items():
                self.struck[name] = self.struck.get(name, 0) + number
            run.said = words_of(run)
        return runs

    async def _alone(self, run: Run, start: Any, later: float) -> None:
        CURRENT.set(run.process)
        stop = asyncio.Event()
        await asyncio.sleep(later)
        network = Network(self.wire, stop.set)
        real = partial(providers.connect, transport=network, clock=self.loop.clock(run.process.dice))

        def connect(*args: Any, **options: Any) -> dict[str, Provider]:
            return {
                name: Watched(provider, run.calls, self.loop.time)  # type: ignore[misc]
                for name, provider in real(*args, **options).items()
            }

        try:
            run.done = await start(connect, run, stop)
        except BaseException as error:
            run.error = error
        if run.plan is None:
            run.plan = run.done if isinstance(run.done, Plan) else getattr(run.done, "plan", None)

    def _bury(self) -> None:
        """End what a killed run has left in the loop, without letting it do anything."""
        left = asyncio.all_tasks(self.loop)
        for task in left:
            task.cancel()
        if left:
            self.loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))

    def close(self) -> None:
        """End the world."""
        for hands in self.hands.values():
            hands.close()
        asyncio.set_event_loop(None)
        self.loop.close()
