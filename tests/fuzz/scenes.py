"""What the providers do, recorded against the sandbox: each call, and the answers that it got.

Takes a system's example, gives its scenes: a scene makes one call again, of a provider that is connected to `Replay`,
a server that answers the same but for the one answer that a fuzzer has written.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import httpx
import yaml

from reconciler import engine, providers
from reconciler.errors import ProviderError
from reconciler.model import Change, Consent, Live, Request
from reconciler.report import view
from reconciler.report.about import PLAN
from reconciler.report.formats import FORMATS
from reconciler.sandbox.app import Options, create_app
from reconciler.sandbox.system import CREDENTIAL
from reconciler.settings import Settings, load
from tests.fuzz.mutate import SECRET
from tests.unit.providers.peer import FakeTime

EXAMPLES = Path(__file__).parents[2] / "examples"
MOST_REQUESTS = 300
"""After so many the server is gone: a list without an end is another test's matter."""
OF_A_KIND = 3
"""So many scenes of one verb and kind are enough."""

_ALL = Consent(deletes=1000, updates=1000)
_heard: ContextVar[list[Answered] | None] = ContextVar("heard", default=None)


@dataclass(frozen=True)
class Answered:
    """A request, and what the server answered."""

    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True)
class Scene:
    """One call, and the answers that it got."""

    name: str
    play: Callable[[Any], Awaitable[object]]
    """Takes a provider, or a way to connect where it `plans`."""
    tape: Sequence[Answered]
    plans: bool = False


@dataclass
class Recording:
    """What was recorded of one system."""

    settings: Settings
    scenes: dict[str, Scene] = field(default_factory=dict)
    answers: dict[tuple[str, str], Answered] = field(default_factory=dict)
    """The last answer to every request of all."""

    def keep(self, verb: str, kind: str, play: Callable[[Any], Awaitable[object]], tape: list[Answered]) -> None:
        """Add a scene, unless there are enough like it."""
        name = next((f"{verb}/{kind}/{n}" for n in range(OF_A_KIND) if f"{verb}/{kind}/{n}" not in self.scenes), None)
        if name is not None and tape:
            self.scenes[name] = Scene(name, play, tape)


class Recorder(httpx.AsyncBaseTransport):
    """Hands requests on to a sandbox in this process."""

    def __init__(self, recording: Recording, app: Any) -> None:
        self._recording = recording
        self._sandbox = httpx.ASGITransport(app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._sandbox.handle_async_request(request)
        content = await response.aread()
        headers = {name: value for name, value in response.headers.items() if name != "content-length"}
        answered = Answered(request.method, str(request.url), response.status_code, headers, content)
        self._recording.answers[answered.method, answered.url] = answered
        heard = _heard.get()
        if heard is not None:
            heard.append(answered)
        return httpx.Response(response.status_code, headers=headers, content=content)


class Watched:
    """A provider whose calls become scenes."""

    def __init__(self, provider: Any, recording: Recording) -> None:
        self._provider = provider
        self._recording = recording

    def __getattr__(self, name: str) -> Any:
        verb = getattr(self._provider, name)
        if name not in ("identify", "create", "update", "delete", "resolve_names", "review"):
            return verb

        async def call(*given: Any) -> Any:
            kept = deepcopy(given, _by_identity(given))
            with _listening() as tape:
                result = await verb(*given)
            self._recording.keep(name, _kind_of(given), lambda provider: getattr(provider, name)(*kept), tape)
            return result

        return call

    async def fetch(self, *given: Any) -> AsyncIterator[Live]:
        """Fetch, all at once."""
        with _listening() as tape:
            found = [live async for live in self._provider.fetch(*given)]
        self._recording.keep("fetch", _kind_of(given), partial(_drained, given), tape)
        for live in found:
            yield live


async def _drained(given: Sequence[Any], provider: Any) -> list[Live]:
    return [live async for live in provider.fetch(*given)]


def _kind_of(given: Sequence[Any]) -> str:
    first = given[0] if given else None
    kind = first.kind if isinstance(first, Live) else first
    return getattr(kind, "name", "") if getattr(kind, "root", None) is not None else ""


def _by_identity(given: Sequence[Any]) -> dict[int, Any]:
    """Let a copy share the kinds, which never change and are large."""
    kinds = [value.kind if isinstance(value, Live) else value for value in given]
    return {id(kind): kind for kind in kinds if getattr(kind, "root", None) is not None}


@contextmanager
def _listening() -> Any:
    tape: list[Answered] = []
    before = _heard.get()
    _heard.set(tape)
    try:
        yield tape
    finally:
        _heard.set(before)


class Replay(httpx.AsyncBaseTransport):
    """Answers as was recorded, but for the answers from number `at` on that `tampered` takes the place of."""

    def __init__(self, recording: Recording, scene: Scene) -> None:
        self._answers = recording.answers
        self._tape: dict[tuple[str, str], list[Answered]] = defaultdict(list)
        for answered in scene.tape:
            self._tape[answered.method, answered.url].append(answered)
        self.tampered: httpx.Response | None = None
        self.at = 0
        self.sticks = False
        self._number = 0
        self._total = 0

    def restart(self) -> None:
        """Count the answers from here on."""
        self._number = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._total += 1
        if self._total > MOST_REQUESTS:
            raise httpx.ConnectError("the server is gone")
        number, self._number = self._number, self._number + 1
        asked = request.method, str(request.url)
        if self.tampered is not None and (number == self.at or (self.sticks and number > self.at)):
            new = self.tampered
            return httpx.Response(new.status_code, headers=new.headers, stream=httpx.ByteStream(new.content))
        known = self._tape.get(asked)
        answered = (known.pop(0) if len(known) > 1 else known[0]) if known else self._answers.get(asked)
        if answered is None:
            return httpx.Response(404, json={"detail": "Not Found"})
        return httpx.Response(answered.status, headers=answered.headers, content=answered.content)


def connect_to(replay: Replay) -> Callable[..., Mapping[str, Any]]:
    """Give `providers.connect` with a network and a clock of its own."""
    return partial(providers.connect, transport=replay, clock=FakeTime().clock)


@cache
def recorded(system: str) -> Recording:
    """Play a system's example in a folder of its own: apply, plan, update, destroy."""
    folder = Path(mkdtemp(prefix="fuzz-"))
    shutil.copytree(EXAMPLES / system, folder, dirs_exist_ok=True)
    credentials = _let_sandbox_answer(folder, system)
    recording = Recording(load(folder / "reconciler.yaml"))
    time = FakeTime()
    sandbox = create_app(Options(clock=lambda: time.now, reset_error=httpx.ReadError))
    plain = partial(providers.connect, transport=Recorder(recording, sandbox), clock=time.clock)

    def connect(*given: Any, **named: Any) -> dict[str, Any]:
        return {name: Watched(provider, recording) for name, provider in plain(*given, **named).items()}

    asyncio.run(_play_all(recording, connect, plain))
    for name in credentials:
        os.environ[name] = SECRET
    sandbox.store.close()
    return recording


async def _play_all(recording: Recording, connect: Any, plain: Any) -> None:
    settings = recording.settings
    applied = await engine.apply_plan(settings, Request(consent=_ALL), connect=connect)
    assert {outcome.status.value for outcome in applied.outcomes} == {"done"}, applied
    for name, verb in (("plan", engine.make_plan), ("drift", engine.find_drift)):
        with _listening() as tape:
            await verb(settings, Request(show_unmanaged=True), connect=plain)
        recording.scenes[name] = Scene(name, partial(_shown, verb, settings), tape, plans=True)
    await engine.make_plan(settings, Request(show_unmanaged=True), connect=connect)
    await _update_all(recording, connect)
    elsewhere = settings.root / "elsewhere"
    shutil.copytree(settings.root / ".reconciler", elsewhere / ".reconciler")
    settings = replace(settings, root=elsewhere, manifests=())
    await engine.apply_plan(settings, Request(consent=_ALL, destroy=True), connect=connect)


async def _shown(verb: Any, settings: Settings, connect: Any) -> None:
    """Plan, and write the plan in the formats that people and machines read."""
    plan = await verb(settings, Request(show_unmanaged=True), connect=connect)
    shown = view.of_plan(plan) if verb is engine.make_plan else view.of_drift(plan)
    for form in ("text", "json"):
        FORMATS[form](shown, PLAN)


async def _update_all(recording: Recording, connect: Any) -> None:
    """Update what was created, as if each of its fields had another value before."""
    (provider,) = connect(recording.settings.targets, recording.settings.root).values()
    await provider.identify()
    loaded = engine.check(recording.settings).resources.values()
    seen: Counter[str] = Counter()
    lives = {(live.kind.name, live.identity): live for live in await _all_lives(provider, loaded)}
    for (kind, _), live in sorted(lives.items()):
        fields = [name for name in live.body if name in live.kind.root.properties and name not in live.kind.identity]
        if seen[kind] == OF_A_KIND:
            continue
        seen[kind] += 1
        before = replace(live, body={**live.body, **dict.fromkeys(fields)})
        changes = [Change(name, None, live.body[name]) for name in sorted(fields)]
        with _listening() as tape:
            try:
                await provider._provider.update(before, live.body, changes)
            except (ProviderError, TypeError, KeyError, AttributeError):
                continue  # no honest server holds null there
        call = (before, live.body, changes)
        recording.keep("update", kind, lambda again, call=call: again.update(*call), tape)
    await provider.close()


async def _all_lives(provider: Any, resources: Any) -> list[Live]:
    kinds = {resource.kind.name: resource.kind for resource in resources}
    found: list[Live] = []
    for name, kind in sorted(kinds.items(), key=lambda item: (item[1].parent is not None, item[0])):
        parents = [live for live in found if live.kind.name == kind.parent] if kind.parent is not None else [None]
        assert parents, name
        found += [live for parent in parents async for live in provider.fetch(kind, parent, None)]
    return found


def _let_sandbox_answer(folder: Path, system: str) -> list[str]:
    """Aim the settings at the sandbox and set every secret; gives the names of those that are its credential."""
    file = folder / "reconciler.yaml"
    document = yaml.safe_load(file.read_text())
    for target in document["targets"].values():
        target["url"] = f"http://127.0.0.1:1/{system}"
    file.write_text(yaml.safe_dump(document))
    for path in folder.rglob("*.yaml"):
        text = path.read_text().replace("protect: true", "protect: false")
        path.write_text(text)
        for name in re.findall(r"env: (\w+)", text):
            os.environ[name] = SECRET
    credentials = re.findall(r"env: (\w+)", file.read_text())
    for name in credentials:
        os.environ[name] = CREDENTIAL
    return credentials
