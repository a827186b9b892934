"""A run may die between any two steps of any store, and others may come in between: what was acknowledged is there.

A step is whatever changes what is stored: a change of the disk, a push, a request, a statement. A run dies before it,
after it with nobody to hear, or, where it is a write to the disk, in the middle of it.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.inventory import Journal, Store, codec, holder
from reconciler.model import Inventory

from .conftest import make_place
from .inventory_places import Place, Step
from .inventory_samples import entry, inventory


class Crashed(BaseException):
    """The process is gone."""


def crash_at(patch: pytest.MonkeyPatch, steps: tuple[Step, ...], number: int, how: str) -> Callable[[], bool]:
    """Let the process die at its n-th step; says afterwards whether there was one."""
    calls = 0

    def dying(real: Callable[..., Any], step: Step) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            nonlocal calls
            if not step.counts(args):
                return real(*args, **options)
            calls += 1
            if calls == number and how == "half" and step.is_write:
                real(args[0], args[1][: len(args[1]) // 2])
            if calls == number and how == "after":
                real(*args, **options)
            if calls >= number:
                raise Crashed
            return real(*args, **options)

        return call

    for step in steps:
        patch.setattr(step.owner, step.name, dying(getattr(step.owner, step.name), step))
    return lambda: calls >= number


@pytest.fixture(scope="session")
def dead() -> str:
    """The mark of a process of this machine that is over."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        return holder.mark(process.pid)


STORY = (
    (entry("c"), entry("c")),
    (entry("a"), None),
    (entry("d"), entry("d", live_id=None)),
    (entry("d"), entry("d")),
)
"""Records in turn: (whose address, entry)."""


def after(base: Inventory, count: int) -> dict[str, str | None]:
    known = {item.address.name: item.id for item in base.entries.values()}
    for item, value in STORY[:count]:
        known.pop(item.address.name, None)
        if value is not None:
            known[item.address.name] = value.id
    return known


def play(store: Store, acknowledged: list[int]) -> None:
    async def record_all(journal: Journal) -> None:
        for number, (item, value) in enumerate(STORY, start=1):
            await journal.record(item.address, value)
            acknowledged.append(number)

    with store.lock(0):
        journal = store.begin(store.load())
        asyncio.run(record_all(journal))
        store.commit(journal)


def ids(found: Inventory) -> dict[str, str | None]:
    return {item.address.name: item.id for item in found.entries.values()}


STARTS: dict[str, tuple[Inventory | None, bytes]] = {
    "nothing": (None, b""),
    "a save and an old journal": (
        inventory("a", "b", serial=3),
        codec.encode_head(inventory(serial=2)) + codec.encode_record(entry("z").address, entry("z")),
    ),
}


@pytest.mark.parametrize("how", ["before", "after", "half"])
@pytest.mark.parametrize("start", STARTS)
def test_a_crash_between_any_two_steps_loses_nothing(
    place: Place,
    start: str,
    how: str,
    dead: str,
    request: pytest.FixtureRequest,
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if how == "half" and not any(step.is_write for step in place.steps):
        return  # each of its steps is whole or not at all
    saved, journal = STARTS[start]
    name, crashed, step = request.node.callspec.params["place"], True, 0
    while crashed:
        step += 1
        place = make_place(name, tmp_path, request)
        if saved is not None:
            place.put(place.inventory, codec.encode(saved))
        if journal:
            place.put(place.batch(1, 2), journal)
        base = saved or place.open().load()
        acknowledged = [0]
        with monkeypatch.context() as patch:
            patch.setattr(holder, "mark", lambda pid: dead)
            did_crash = crash_at(patch, place.steps, step, how)
            try:
                play(place.open(), acknowledged)
            except Crashed:
                pass
            crashed = did_crash()
        found = place.open().load()
        assert ids(found) in [after(base, count) for count in range(acknowledged[-1], len(STORY) + 1)], f"step {step}"
        if saved is not None:
            assert (found.id, found.salt) == (saved.id, saved.salt)
        if not crashed:
            assert place.beside_the_lock().keys() == {place.inventory}
        play(place.open(), [])
        again = place.open().load()
        assert ids(again) == after(base, len(STORY))
        assert acknowledged[-1] == 0 or again.id == found.id
        assert place.beside_the_lock().keys() == {place.inventory}, f"step {step}"
    assert step > len(STORY) + 1  # the story has as many steps as that


# --- several processes --------------------------------------------------------------------------

OPEN = """
import asyncio, json, pathlib, sys
from reconciler.errors import InventoryConflict
from reconciler.inventory import open_store
from reconciler.model import Address, Entry, Phase
store, path, root, options = json.loads(sys.argv[1])
def open_it():
    return open_store(store, path, pathlib.Path(root), options)
def record(journal, name):
    address = Address("t", "Model", name)
    asyncio.run(journal.record(address, Entry(address, "s", "i", (), Phase.SETTLED)))
"""

WRITER = f"""{OPEN}
who, count = sys.argv[2], int(sys.argv[3])
for number in range(count):
    store_ = open_it()
    early = store_.load() if number % 2 else None
    with store_.lock(60):
        try:
            journal = store_.begin(early or store_.load())
        except InventoryConflict:
            journal = store_.begin(store_.load())
        record(journal, f"{{who}}-{{number}}")
        store_.commit(journal)
"""


def start(script: str, place: Place, *arguments: str, **options: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, json.dumps(place.arguments), *arguments]
    return subprocess.Popen(command, text=True, **options)


def test_processes_that_race_lose_nothing(place_of_processes: Place) -> None:
    place, rounds = place_of_processes, 4
    writers = [start(WRITER, place, who, str(rounds)) for who in ("x", "y", "z")]
    assert [writer.wait(120) for writer in writers] == [0, 0, 0]
    found = place.open().load()
    assert sorted(ids(found)) == sorted(f"{who}-{number}" for who in "xyz" for number in range(rounds))
    assert found.serial == 3 * rounds
    assert place.beside_the_lock().keys() == {place.inventory}


ENDLESS = f"""{OPEN}
store_ = open_it()
with store_.lock(0):
    journal = store_.begin(store_.load())
    for number in range(10**6):
        record(journal, f"n{{number}}")
        print(number, flush=True)
"""


@pytest.mark.parametrize("records", [1, 5])
def test_what_a_killed_process_recorded_is_there_and_its_lock_holds_nobody_up(
    place_of_processes: Place, records: int
) -> None:
    place = place_of_processes
    with start(ENDLESS, place, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for number in range(records):
            assert process.stdout.readline() == f"{number}\n"
        os.kill(process.pid, signal.SIGKILL)
        said = [*range(records), *map(int, process.stdout.read().split())]
    found = ids(place.open().load())
    assert {f"n{number}" for number in said} <= found.keys() <= {f"n{number}" for number in range(len(said) + 1)}
    store = place.open()
    with store.lock(10):  # a server needs a moment to see that a connection is gone
        saved = store.commit(store.begin(store.load()))
    assert ids(saved) == found
    assert place.beside_the_lock().keys() == {place.inventory}
