"""A run may be killed at any moment, with no chance to say a word: run again, it ends where it would have ended.

What a killed run leaves is what stands in the inventory's store and on the server. So a moment is a copy of both, taken
right before and right after each write to the server and whenever something became durable in the store; each is then
brought back and run from. The stores are a file, and a bucket: git and PostgreSQL share all that is above a write with
the bucket.
"""

from __future__ import annotations

import copy
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import obstore
import pytest
from obstore.store import MemoryStore

from reconciler import engine
from reconciler.inventory import bucket
from reconciler.model import Consent, Phase, Request, Status
from tests.tiny import provider as tiny
from tests.unit.execution.estate import Estate, document, item, operations, statuses

REQUEST = Request(consent=Consent(deletes=9), parallelism=1)
"""One write at a time: then a moment is one state of the disk and the server, not a mixture of two."""

ANCHOR = document("Item", "anchor", "title: stays")


@dataclass(frozen=True, slots=True)
class Moment:
    """The world as a run that is killed here leaves it."""

    name: str
    kept: Mapping[str, bytes]
    objects: dict[str, dict[str, Any]]
    ids: int


THE_BEGINNING = Moment("the beginning", {}, {}, 0)


class Files:
    """The folder of an inventory in a file."""

    def __init__(self, estate: Estate, patch: pytest.MonkeyPatch, note: Callable[[str], None]) -> None:
        self.folder = estate.folder / ".reconciler"
        patch.setattr(os, "fsync", lambda file: note("after a write to the disk"))

    def content(self) -> dict[str, bytes]:
        files = [path for path in sorted(self.folder.rglob("*")) if path.is_file()]
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in files}

    def bring_back(self, content: Mapping[str, bytes]) -> None:
        shutil.rmtree(self.folder)
        self.folder.mkdir()
        for name, data in content.items():
            (self.folder / name).parent.mkdir(exist_ok=True)
            (self.folder / name).write_bytes(data)


class Bucket:
    """The objects of an inventory in a bucket, which the library keeps in memory."""

    def __init__(self, estate: Estate, patch: pytest.MonkeyPatch, note: Callable[[str], None]) -> None:
        self.store = MemoryStore()
        patch.setattr(bucket, "connect", lambda *_: self.store)
        for name in ("put", "delete"):
            patch.setattr(obstore, name, _noting(getattr(obstore, name), f"after a {name} in the bucket", note))
        settings = estate.folder / "reconciler.yaml"
        settings.write_text(f"{settings.read_text()}inventory: {{store: s3, path: bucket/inventory.json}}\n")

    def content(self) -> dict[str, bytes]:
        paths = sorted(meta["path"] for batch in obstore.list(self.store) for meta in batch)
        return {path: bytes(obstore.get(self.store, path).bytes()) for path in paths}

    def bring_back(self, content: Mapping[str, bytes]) -> None:
        self.store = MemoryStore()
        for path, data in content.items():
            obstore.put(self.store, path, data)


def _noting(real: Callable[..., Any], name: str, note: Callable[[str], None]) -> Callable[..., Any]:
    def call(*args: Any, **options: Any) -> Any:
        answer = real(*args, **options)
        note(name)
        return answer

    return call


@dataclass(slots=True)
class Recorder:
    """Copies the world whenever a run has changed it."""

    estate: Estate
    moments: list[Moment]
    store: Any = None

    def note(self, name: str) -> None:
        server = self.estate.server
        # The lock is not part of it: that of a dead process does not hold anybody up.
        kept = {name: data for name, data in self.store.content().items() if not name.endswith(".lock")}
        moment = Moment(name, kept, copy.deepcopy(server.objects), server.ids)
        last = self.moments[-1] if self.moments else None
        if last is None or (last.kept, last.objects) != (moment.kept, moment.objects):
            self.moments.append(replace(moment, name=f"{len(self.moments)}: {name}"))

    def bring_back(self, moment: Moment) -> None:
        server = self.estate.server
        self.store.bring_back(moment.kept)
        server.objects, server.ids, server.odd = copy.deepcopy(moment.objects), moment.ids, tiny.Oddities()


@pytest.fixture(params=[Files, Bucket])
def recorder(estate: Estate, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Recorder:
    found = Recorder(estate, [])
    found.store = request.param(estate, monkeypatch, found.note)
    estate.server.watch = found.note
    return found


def moments_of(recorder: Recorder, before: tuple[str, ...], after: tuple[str, ...]) -> list[Moment]:
    """Bring the world to `before`, then watch how it gets to `after`."""
    estate = recorder.estate
    estate.declare(*before)
    estate.apply(REQUEST)
    estate.declare(*after)
    recorder.moments.clear()
    estate.apply(REQUEST)
    recorder.note("the end")
    return list(recorder.moments)


def held(estate: Estate) -> dict[str, list[dict[str, Any]]]:
    """What the server holds, but for what it makes up itself; an id of a group reads as its name."""
    names = {key: body.get("name") for key, body in estate.holds("Group").items()}

    def plain(body: dict[str, Any]) -> dict[str, Any]:
        return {key: names.get(str(value), value) for key, value in body.items() if key not in ("id", "version")}

    kinds = sorted(kind for kind, bodies in estate.server.objects.items() if bodies)
    return {kind: sorted(map(plain, estate.holds(kind).values()), key=str) for kind in kinds}


def part(size: int, name: str = "p") -> str:
    return document("Part", name, f"item: {{ref: one}}, key: a, size: {size}")


def group(name: str, note: str = "n") -> str:
    return document("Group", "g", f"name: {name}, note: {note}")


def user_of_group(title: str = "A") -> str:
    return document("Item", "one", f"group: {{ref: g}}, title: {title}")


DEFAULT = document("Default", "d", "item: {ref: one}")
SECRET = document("Item", "one", "secret: {env: FIRST}, token: {env: FIRST}")
STORIES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "create": ((), (group("g"), user_of_group())),
    "create of a secret": ((), (SECRET,)),
    "update": ((item("one", title="A"),), (item("one", title="B"),)),
    "a secret changes": ((SECRET,), (SECRET.replace("FIRST", "SECOND"),)),
    "a field is removed": ((document("Item", "one", "title: A, note: N, price: 3"),), (item("one", title="B"),)),
    "delete": ((group("g"), user_of_group()), ()),
    "a singleton is unset": ((item("one"), DEFAULT), (item("one"),)),
    "a new address": ((item("one"),), (document("Item", "two", "key: one, title: T"),)),
    "a new address and an update": ((item("one"),), (document("Item", "two", "key: one, title: B"),)),
    "a new identity": ((group("old"), user_of_group()), (group("new"), user_of_group())),
    "replace, delete first": (
        (document("Item", "one", "mode: agent"),),
        (document("Item", "one", "mode: completion"),),
    ),
    "replace, create first": ((item("one"), part(1)), (item("one"), part(2))),
    "replace, the parent too": (
        (document("Item", "one", "mode: agent"), part(1)),
        (document("Item", "one", "mode: completion"), part(2)),
    ),
    "replace at a new address": ((item("one"), part(1)), (item("one"), part(2, "q"))),
    "renamed in place": (
        (document("Group", "g", "note: n"), user_of_group()),
        (document("Group", "h", "note: m", "previousNames: [g]"), user_of_group().replace("{ref: g}", "{ref: h}")),
    ),
    "renamed, and cannot be": ((item("one"),), (document("Item", "two", "title: B", "previousNames: [one]"),)),
    "renamed, and the same": ((item("one"),), (document("Item", "two", "key: one, title: T", "previousNames: [one]"),)),
}


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRST", "the first secret")
    monkeypatch.setenv("SECOND", "the second secret")


def faults_of(estate: Estate, applied: engine.Applied, end: dict[str, Any], owned: set[str]) -> list[object]:
    """What is wrong after a run that should have brought everything to its end."""
    plan = estate.plan()
    checks: list[tuple[bool, object]] = [
        (applied.confirmed, applied.plan.diagnostics),
        (all(outcome.status is Status.DONE for outcome in applied.outcomes), applied.outcomes),
        (held(estate) == end, held(estate)),
        (not plan.operations and not plan.refused and not plan.drift, plan),
        (estate.inventory() == dict.fromkeys(sorted(owned), Phase.SETTLED), estate.inventory()),
    ]
    return [found for is_right, found in checks if not is_right]


@pytest.mark.parametrize("way", ["on", "back", "out"])
@pytest.mark.parametrize("story", STORIES)
def test_whenever_a_run_is_killed_the_next_one_ends_it(story: str, way: str, recorder: Recorder) -> None:
    """Nothing is lost, doubled or left behind.

    The next run may go on to what was meant, back to what was before, or want none of it any more.
    """
    estate = recorder.estate
    before, after = ((ANCHOR, *documents) for documents in STORIES[story])
    goal = {"on": after, "back": before, "out": (ANCHOR,)}[way]
    moments_of(recorder, after if way == "back" else before, goal)
    end, owned = held(estate), set(estate.inventory())
    recorder.bring_back(THE_BEGINNING)
    moments = moments_of(recorder, before, after)
    assert len(moments) > 3, "a harness that sees nothing proves nothing"
    wrong = {}
    for moment in moments:
        recorder.bring_back(moment)
        estate.declare(*goal)
        faults = faults_of(estate, estate.apply(REQUEST), end, owned)
        if faults:
            wrong[moment.name] = faults
    assert wrong == {}


def the_moment(recorder: Recorder, name: str, *after: str) -> Estate:
    """The world at one moment of a first run."""
    moments = moments_of(recorder, (ANCHOR,), (ANCHOR, *after))
    recorder.bring_back(next(moment for moment in moments if moment.name.endswith(name)))
    return recorder.estate


@pytest.mark.parametrize(
    ("documents", "says"),
    [
        ((document("Item", "two", "key: one, title: T"),), ["forget one", "adopt two"]),
        ((document("Item", "one", "key: another, title: T"),), ["replace one"]),
        ((document("Item", "two", "key: another, title: T"),), ["delete one", "create two"]),
        ((), ["delete one"]),
    ],
)
def test_what_a_killed_create_made_is_never_forgotten(
    recorder: Recorder, documents: tuple[str, ...], says: list[str]
) -> None:
    """The journal knows what was meant and no id yet: whatever its manifest has become, the object is still ours."""
    estate = the_moment(recorder, "after create Item one", item("one"))
    estate.declare(ANCHOR, *documents)
    assert operations(estate.plan()) == says
    assert set(statuses(estate.apply(REQUEST))) == {"done"}
    assert len(estate.holds("Item")) == 1 + len(documents)
    assert estate.plan().operations == ()


@pytest.mark.parametrize("held_now", [{"title": "edited by hand"}, {"title": None}], ids=["edited", "empty"])
@pytest.mark.parametrize(
    ("documents", "request_"),
    [((), Request()), ((document("Item", "one", "key: another"),), Request()), ((), Request(destroy=True))],
    ids=["its manifest is gone", "its manifest means another", "destroy"],
)
def test_what_may_be_somebody_elses_by_now_is_neither_deleted_nor_called_gone(
    recorder: Recorder, documents: tuple[str, ...], request_: Request, held_now: dict[str, Any]
) -> None:
    """A killed create left no id, and what bears its name is not what was meant: nothing is deleted on a guess."""
    estate = the_moment(recorder, "after create Item one", item("one"))
    estate.holds("Item")["one"].update(held_now)
    estate.declare(ANCHOR, *documents)
    plan = estate.plan(request_)
    assert [d.code for d in plan.diagnostics if d.code.startswith("prune.")] == ["prune.uncertain"]
    assert not [o for o in plan.operations if o.live_id == "one" or "gone" in o.reason]


def test_what_may_be_somebody_elses_by_now_is_not_taken_over_at_a_new_address(recorder: Recorder) -> None:
    estate = the_moment(recorder, "after create Item one", item("one"))
    estate.holds("Item")["one"]["title"] = "edited by hand"
    estate.declare(ANCHOR, document("Item", "two", "key: one, title: T"))
    assert [d.code for d in estate.plan().diagnostics if d.severity == "error"] == ["guard.ownership"]


def test_what_a_killed_create_left_half_made_is_finished(recorder: Recorder) -> None:
    """A create may be of two steps, a group and then its members: the first of them alone contradicts nothing."""
    whole = document("Group", "g", "note: n, members: [ann@example.com]")
    estate = the_moment(recorder, "after create Group g", whole)
    (made,) = estate.holds("Group").values()
    made["members"] = []
    assert operations(estate.plan()) == ["update g"]
    assert statuses(estate.apply(REQUEST)) == ["done"]
    assert [body["members"] for body in estate.holds("Group").values()] == [["ann@example.com"]]


def test_a_secret_that_the_server_masks_does_not_make_a_killed_create_foreign(recorder: Recorder) -> None:
    """Many servers show `sec***`: a secret can say nothing about whose object it is."""
    estate = the_moment(recorder, "after create Item one", SECRET)
    estate.holds("Item")["one"]["token"] = "sec***"
    plan = estate.plan()
    assert (operations(plan), plan.refused) == (["update one"], False)
