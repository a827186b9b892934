"""`kill -9` at random moments of an apply of 200 objects, each followed by a rerun that must converge.

Two moments a test: while everything is made from nothing, and while most of it is changed, replaced and removed.
`RECONCILER_KILLS` says how many moments there are; a seed always gives the same ones.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reconciler import inventory
from reconciler.sandbox import app
from reconciler.sandbox.app import Sandbox
from tests.conformance.systems.openwebui_by_hand import ADMIN, ByHand

MOMENTS_OF_A_TEST = 2
SEEDS = range(int(os.environ.get("RECONCILER_KILLS", "6")) // MOMENTS_OF_A_TEST)
ROOT = Path(__file__).parents[2]

GROUPS, MODELS, RENAMED = 55, 135, 5
"""And as many groups and models again as are renamed, of each: 200 objects."""
MOVED = 20
"""So many groups and models leave, and so many come."""
MEMBERS_EVERY = 3
"""Every third group has a member, which is a request of its own."""
LATENCY_MS = 5
REQUESTS = ((6, 240), (25, 400))
"""How many requests a run has sent when its first write is out, and when all are."""
APPLY = ("apply", "--yes", "--allow-deletes", "200", "--allow-updates", "400")

Spec = dict[str, Any]


def estate(version: int) -> dict[str, dict[str, Spec]]:
    """Give the specs of a version of the estate, by kind and name; every model is granted to groups that change too."""
    first = version * MOVED
    groups: dict[str, Spec] = {f"group-{n}": {"description": f"{n * version}"} for n in range(first, first + GROUPS)}
    for spec in list(groups.values())[version::MEMBERS_EVERY]:
        spec["members"] = [ADMIN]
    groups |= {f"moving-group-{n}": {"name": f"moving-group-{n}-{version}"} for n in range(RENAMED)}
    names = list(groups)

    def model(number: int) -> Spec:
        granted = [names[(number * 7 + shift + version) % len(names)] for shift in range(3)]
        grants = [
            {"principal_type": "group", "principal_id": {"ref": f"Group/{name}"}, "permission": "read"}
            for name in granted
        ]
        return {"name": f"Model {version}", "params": {"seed": number + version}, "meta": {}, "access_grants": grants}

    models = {f"model-{n}": model(n) for n in range(first, first + MODELS)}
    models |= {f"moving-model-{n}": {**model(n), "id": f"moving-model-{n}-{version}"} for n in range(RENAMED)}
    return {"Group": groups, "Model": models}


@dataclass(frozen=True)
class Place:
    """A folder and the sandbox that it aims at."""

    folder: Path
    sandbox: Sandbox
    hands: ByHand
    by_hand: dict[str, Any]

    def write(self, version: int) -> None:
        """Write the manifests of a version."""
        documents = [
            {"apiVersion": "openwebui/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}
            for kind, specs in estate(version).items()
            for name, spec in specs.items()
        ]
        (self.folder / "manifests" / "all.yaml").write_text("\n---\n".join(map(json.dumps, documents)))

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a command; what it says goes into `said`."""
        with self.said.open("wb") as said:
            return subprocess.Popen(
                [sys.executable, "-m", "reconciler", *arguments],
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(ROOT), "SANDBOX_TOKEN": "sandbox"},
                stdout=said,
                stderr=said,
            )

    @property
    def said(self) -> Path:
        """Where the last command's output is."""
        return self.folder / "said.txt"

    def run(self, *arguments: str) -> None:
        """Run a command that must succeed."""
        assert self.start(*arguments).wait() == 0, self.said.read_text()

    def kill_at(self, requests: int, seconds: float) -> bool:
        """Kill an apply so long after it has sent so many requests; say whether it was still at work."""
        self.sandbox.faults.set(f"latency={LATENCY_MS}")
        before = len(self.sandbox.requests)
        process = self.start(*APPLY)
        while process.poll() is None and len(self.sandbox.requests) - before < requests:
            time.sleep(0.0005)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        code = process.wait()
        self.sandbox.faults.clear()
        return code == -signal.SIGKILL

    def check(self, version: int) -> None:
        """Nothing is twice, nothing is nobody's, nothing made by hand was touched, and nothing is left to do."""
        held = {kind: self.hands.rows(kind) for kind in ("Group", "Model")}
        for kind, field in (("Group", "name"), ("Model", "id")):
            meant = [spec.get(field, name) for name, spec in estate(version)[kind].items()]
            theirs = [row.name for row in held[kind] if row.id in self.by_hand]
            assert sorted(row.name for row in held[kind]) == sorted(meant + theirs)
        rows = {row.id: row.raw for kind in held for row in held[kind]}
        entries = inventory.open_store("file", ".reconciler/inventory.json", self.folder).load().entries
        assert {entry.id for entry in entries.values()} == set(rows) - set(self.by_hand)
        assert {live_id: rows[live_id] for live_id in self.by_hand} == self.by_hand
        self.run("plan", "--detailed-exitcode")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with app.running(app.Options()) as (url, sandbox):
        hands = ByHand(f"{url}/openwebui", "sandbox")
        (tmp_path / "manifests").mkdir()
        (tmp_path / "reconciler.yaml").write_text(app.example_settings(url))
        group = hands.create("Group", "group-by-hand", {"description": "by hand"})
        grant = {"principal_type": "group", "principal_id": group, "permission": "read"}
        hands.create("Model", "model-by-hand", {"name": "By hand", "base_model_id": "x", "access_grants": [grant]})
        hands.create("Model", "group-0", {"name": "Named as a group is"})
        by_hand = {row.id: row.raw for kind in ("Group", "Model") for row in hands.rows(kind)}
        yield Place(tmp_path, sandbox, hands, by_hand)
        hands.close()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_apply_is_finished_by_the_next(place: Place, seed: int) -> None:
    dice = random.Random(f"kill {seed}")
    for version in range(MOMENTS_OF_A_TEST):
        place.write(version)
        requests, seconds = dice.randint(*REQUESTS[version]), dice.uniform(0, 4 * LATENCY_MS / 1000)
        was_at_work = place.kill_at(requests, seconds)
        print(f"moment {seed}.{version}: after {requests} requests and {seconds * 1000:.0f} ms, at work: {was_at_work}")
        at_the_end = requests > 0.9 * REQUESTS[version][1]
        assert was_at_work or at_the_end, "nothing was killed: a run sends fewer requests now"
        place.run(*APPLY)
        place.check(version)
