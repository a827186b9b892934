"""The provider of the tiny system, and the server behind it.

The server is plain data that a test changes behind Reconciler's back; `Oddities` says in which ways it misbehaves.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.errors import Ambiguous, Conflict, NotFound, ProviderError, Rejected, UnresolvedName
from reconciler.model import (
    Account,
    Body,
    Change,
    Desired,
    Kind,
    Live,
    Move,
    Observed,
    Review,
    Target,
)
from reconciler.paths import parse_path
from reconciler.providers.base import Wanted


@dataclass
class Oddities:
    """How the server misbehaves; each verb's errors are taken one by one."""

    ignores: tuple[str, ...] = ()
    """Fields that a write accepts and does not store."""
    hides: tuple[str, ...] = ()
    """Fields that are stored and not shown."""
    inherits: dict[str, Any] = field(default_factory=dict)
    """Fields that are shown with this value where they are not stored."""
    chooses: dict[str, Any] = field(default_factory=dict)
    """Fields that a create sets to this value, whatever it is asked for."""
    errors: dict[str, list[ProviderError]] = field(default_factory=dict)
    """verb → what it raises, before anything is stored."""
    after: dict[str, list[ProviderError]] = field(default_factory=dict)
    """verb → what it raises, after it was stored."""
    keeps_deleted: bool = False
    latency: float = 0.0
    fetches_before_errors: int = 0
    """How many fetches work before the errors of `fetch` are raised."""


@dataclass
class Server:
    """What the tiny system holds: kind → id → body."""

    objects: dict[str, dict[str, Body]] = field(default_factory=dict)
    odd: Oddities = field(default_factory=Oddities)
    calls: list[str] = field(default_factory=list)
    ids: int = 0
    at_once: int = 0
    most_at_once: int = 0
    watch: Callable[[str], None] = lambda moment: None
    """Called right before and right after each write: `before create Item one`."""
    rules: Callable[[Sequence[Move]], Review] = lambda moves: Review()
    """What its own rules say of moves."""

    async def work(self) -> None:
        """Take the time that a write takes, and count how many do so at once."""
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(self.odd.latency)
        self.at_once -= 1

    def put(self, kind: str, body: Body) -> str:
        """Make an object behind Reconciler's back."""
        self.ids += 1
        key = {"Group": f"g{self.ids}", "Item": str(body.get("key")), "Default": "default"}.get(kind, f"p{self.ids}")
        self.objects.setdefault(kind, {})[key] = {**body, **({"id": key} if kind == "Group" else {})}
        return key


class Tiny:
    """Fulfils `reconciler.providers.base.Provider`."""

    concurrency = 4

    def __init__(self, target: Target, server: Server) -> None:
        self.target = target
        self.server = server

    async def identify(self) -> Account:
        self._raise("identify", self.server.odd.errors)
        return Account("account-1", "tiny", "1.0")

    async def fetch(self, kind: Kind, parent: Live | None, wanted: Wanted | None) -> AsyncIterator[Live]:
        self._note("fetch", kind, parent.id if parent else "")
        self.server.odd.fetches_before_errors -= 1
        if self.server.odd.fetches_before_errors < 0:
            self._raise("fetch", self.server.odd.errors)
        if kind.name == "Default":
            self.server.objects.setdefault(kind.name, {}).setdefault("default", {"item": None})
        for area in ("north", "south") if kind.name == "Area" else ():
            self.server.objects.setdefault(kind.name, {}).setdefault(area, {"area": area, "note": "", "limit": 10})
        for key, body in list(self.server.objects.get(kind.name, {}).items()):
            if parent is None or body.get("item") == parent.id:
                yield self._live(kind, key, body, parent)

    async def create(self, kind: Kind, body: Body, parent: Live | None) -> Live:
        call = self._note("create", kind, str(body.get("key") or body.get("name")))
        self.server.watch(f"before {call}")
        await self.server.work()
        self._raise("create", self.server.odd.errors)
        identity = [body.get(name) for name in kind.identity]
        if kind.singleton:
            held = self.server.objects[kind.name][identity[0]]
            return await self.update(self._live(kind, identity[0], held, parent), {**held, **body}, ())
        for other in self.server.objects.get(kind.name, {}).values():
            if kind.name == "Item" and [other.get(name) for name in kind.identity] == identity:
                raise Conflict(f"{kind.name} {identity} exists")
        key = self.server.put(
            kind.name,
            {
                **self._stored(kind, body, {}),
                **({"version": 1} if kind.name == "Item" else {}),
                **self.server.odd.chooses,
            },
        )
        self.server.watch(f"after {call}")
        self._raise("create", self.server.odd.after)
        return self._live(kind, key, self.server.objects[kind.name][key], parent)

    async def update(self, live: Live, body: Body, changes: Sequence[Change]) -> Live:
        call = self._note("update", live.kind, live.id)
        self.server.watch(f"before {call}")
        await self.server.work()
        self._raise("update", self.server.odd.errors)
        held = self.server.objects.get(live.kind.name, {}).get(live.id)
        if held is None:
            raise NotFound(f"{live.id} is gone")
        new = self._stored(live.kind, body, held)
        if live.kind.name == "Area" and changes:  # of an area, what changes is sent alone
            touched = {parse_path(change.path)[0] for change in changes}
            new = {**held, **{name: value for name, value in new.items() if name in touched}}
        if "people" in new:
            gone = {*live.body.get("people", ())} - {*body.get("people", ())}
            new["people"] = sorted({*held.get("people", ()), *body.get("people", ())} - gone)
        if live.kind.name == "Item":
            new["version"] = held.get("version", 1) + 1
        self.server.objects[live.kind.name][live.id] = new
        self.server.watch(f"after {call}")
        self._raise("update", self.server.odd.after)
        return self._live(live.kind, live.id, new, live.parent)

    async def delete(self, live: Live) -> None:
        call = self._note("delete", live.kind, live.id)
        self.server.watch(f"before {call}")
        await self.server.work()
        self._raise("delete", self.server.odd.errors)
        if live.id not in self.server.objects.get(live.kind.name, {}):
            raise NotFound(f"{live.id} is gone")
        if not self.server.odd.keeps_deleted:
            del self.server.objects[live.kind.name][live.id]
            if live.kind.name == "Item":
                parts = self.server.objects.get("Part", {})
                self.server.objects["Part"] = {key: body for key, body in parts.items() if body["item"] != live.id}
        self.server.watch(f"after {call}")
        self._raise("delete", self.server.odd.after)

    async def resolve_names(self, kind: Kind, spec: Body) -> Body:
        self._raise("resolve_names", self.server.odd.errors)
        if kind.name == "Item" and spec.get("group") == "nobody":
            raise UnresolvedName("no group is called 'nobody'", ("group",), hint="make one")
        if kind.name == "Item" and spec.get("group") == "first":
            return {**spec, "group": "g1"}
        return spec

    async def review(self, desired: Desired, observed: Observed, moves: Sequence[Move]) -> Review:
        return self.server.rules(moves)

    async def close(self) -> None:
        return None

    def _note(self, verb: str, kind: Kind, key: str) -> str:
        call = f"{verb} {kind.name} {key}".strip()
        self.server.calls.append(call)
        return call

    def _raise(self, verb: str, errors: dict[str, list[ProviderError]]) -> None:
        if errors.get(verb):
            raise errors[verb].pop(0)

    def _stored(self, kind: Kind, body: Body, held: Body) -> Body:
        new = {key: copy.deepcopy(value) for key, value in body.items() if key not in self.server.odd.ignores}
        kept = {key: value for key, value in held.items() if key in (*self.server.odd.ignores, *self.server.odd.hides)}
        for grant in new.get("grants") or []:
            grant.setdefault("id", f"grant-{grant.get('who')}")
        return {**kept, **new} if self.server.odd.hides else {**new, **kept}

    def _live(self, kind: Kind, key: str, body: Body, parent: Live | None) -> Live:
        hidden = frozenset(self.server.odd.hides)
        shown: dict[str, Any] = {
            name: value
            for name, value in copy.deepcopy(body).items()
            if name not in ("secret", "override", "sharing", *hidden)
        }
        identity = tuple(str(body.get(name)) for name in kind.identity)
        shown = {**self.server.odd.inherits, **shown}
        chosen = frozenset(name for name, value in self.server.odd.chooses.items() if body.get(name) == value)
        return Live(kind, key, identity, shown, parent, str(body.get("version", "")), unseen=hidden, defaulted=chosen)


def lost_answer(verb: str) -> Ambiguous:
    """The answer to a write did not come."""
    return Ambiguous(f"the answer to {verb} was lost")


def refusal(text: str) -> Rejected:
    """The server says no."""
    return Rejected(text)


SERVERS: dict[str, Server] = {}
"""url → server; a test puts one here."""


def connect(target: Target, root: Path, note: str) -> Tiny:
    """Connect to the server at the target's url."""
    return Tiny(target, SERVERS[target.url])
