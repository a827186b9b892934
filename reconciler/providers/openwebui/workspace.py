"""Lists, creates and updates prompts, tools, functions and knowledge bases.

Takes complete bodies, gives what the server then holds. Never takes an update for all of it: grants are a step of
their own, since 0.12.4 no update applies them and before some did; so are the switches, which a server flips and does
not set, so that each is read, compared, flipped where it differs, and looked at again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.errors import Ambiguous, Conflict, Incomplete, NotFound, ProviderError, Rejected, Unavailable
from reconciler.model import Body, Change, Kind, Live
from reconciler.paths import parse_path
from reconciler.providers.base import Wanted
from reconciler.providers.openwebui import lists, wire
from reconciler.providers.routes import fill
from reconciler.providers.session import Answer

if TYPE_CHECKING:
    from reconciler.providers.openwebui.provider import OpenWebUI


@dataclass(frozen=True, slots=True)
class Ways:
    """How a kind is spoken to, beyond its routes."""

    list: Callable[[OpenWebUI], Awaitable[list[Body]]]
    search: str | None = None
    """Where objects are looked for by name; None where the name is the id."""
    access: str | None = None
    """What sets the grants."""
    switches: Mapping[str, str] = field(default_factory=dict)
    """Field → what flips it."""
    is_unique: bool = True
    """No two objects bear one identity: a 400 on create may say that it is taken."""
    hides_code: bool = False
    """The answer to a create leaves the code out."""
    admins: str | None = None
    """A list that only an admin may read: it tells a 401 that means missing from one that means forbidden."""
    off: str = ""
    """What is switched off where a list is empty and objects are there all the same."""


_SEE_LOG = "if it is about the code, the server's log says more"

WAYS: Mapping[str, Ways] = {
    "Prompt": Ways(
        lists.prompts,
        search="/prompts/list",
        access="POST /prompts/id/{id}/access/update",
        switches={"is_active": "POST /prompts/id/{id}/toggle"},
    ),
    "Tool": Ways(lists.tools, access="POST /tools/id/{id}/access/update", hides_code=True),
    "Function": Ways(
        lists.functions,
        switches={"is_active": "POST /functions/id/{id}/toggle", "is_global": "POST /functions/id/{id}/toggle/global"},
        hides_code=True,
        admins="/functions/list",
        off="functions are switched off there: set ENABLE_FUNCTIONS and ENABLE_PLUGINS to true",
    ),
    "Knowledge": Ways(
        lists.knowledge, search="/knowledge/search", access="POST /knowledge/{id}/access/update", is_unique=False
    ),
}


class Workspace:
    """The verbs of one of these kinds on one server."""

    def __init__(self, api: OpenWebUI, name: str) -> None:
        self._api = api
        self._name = name
        self._ways = WAYS[name]
        self._route = api.routes[name]
        self._apart = {"access_grants", *self._ways.switches}
        self._listed = False

    async def rows(self, wanted: Wanted | None) -> Sequence[Body]:
        """Give all objects; once they were listed, a single one is looked for by itself."""
        names = [name for (name,) in wanted or ()]
        if self._listed and len(names) == 1:
            found = await self._named(names[0])
            if found is not None:
                return found
        rows = await self._ways.list(self._api)
        if not rows and self._ways.off and any(await asyncio.gather(*map(self.exists, names))):
            told = f"{self._api.target.name}: the server lists no {self._name}, and has some"
            raise Unavailable(told, hint=self._ways.off)
        self._listed = True
        return rows

    async def create(self, kind: Kind, body: Body) -> Live:
        """Create with its grants, then flip what a new object has otherwise; a taken identity is a `Conflict`."""
        _, path = self._api.filled(self._route.create, kind, None, None)
        answer = await self._api.post(path, self._api.encode(kind, body, None))
        if answer.status == 400 and self._ways.is_unique:
            await self._require_free(kind, str(body[kind.identity[0]]))
        made = await self._switch(self._held(kind, answer), body, is_stored=True)
        return await self._with_code(made)

    async def update(self, live: Live, body: Body, changes: Sequence[Change]) -> Live:
        """Send the complete form, the grants and the switches, each only where it changes."""
        touched = {str(parse_path(change.path)[0]) for change in changes} or {"", *self._apart}
        held: Live | None = None
        if touched - self._apart:
            held = await self._post(live, self._route.update, self._api.encode(live.kind, body, live))
        if "access_grants" in touched and self._ways.access is not None:
            held = await self._share(held or live, body, is_stored=held is not None)
        if touched & set(self._ways.switches):
            held = await self._switch(held or await self._read(live), body, is_stored=held is not None)
        return held or live

    async def exists(self, object_id: str) -> bool:
        """Say whether an object has the id."""
        return await self._find(object_id) is not None

    # --- looking ------------------------------------------------------------------------------

    async def _find(self, object_id: str) -> Body | None:
        method, path = fill(self._route.read or "", {"id": object_id})
        answer = await self._api.session.send(method, self._api.base + path, reads=True)
        if answer.status == 404:
            return None
        if answer.status == 401 and self._ways.admins is not None:
            await self._api.rows(self._ways.admins)
            return None
        found: Body = self._api.result(method, answer, reads=True)
        return found

    async def _named(self, name: str) -> list[Body] | None:
        """Give all that may bear a name, without listing everything; None where only that tells."""
        if self._ways.search is not None:
            return await lists.search(self._api, self._ways.search, name)
        row = await self._find(name)
        if row is None:
            return []
        return [row] if row.get("write_access") is not False else None  # a mere reader is shown no code

    async def _read(self, live: Live) -> Live:
        row = await self._find(live.id)
        if row is None:
            raise NotFound(f"{self._api.target.name}: {self._name} {live.id} is gone")
        return self._api.object(live.kind, row, None)

    async def _with_code(self, made: Live) -> Live:
        """Read what the answer to a create left out: the server may have rewritten it."""
        if not self._ways.hides_code or "content" in made.body:
            return made
        try:
            return await self._read(made)
        except ProviderError as error:
            raise Ambiguous(f"{error.message}; it was created, and could not be read", hint=error.hint) from error

    async def _require_free(self, kind: Kind, identity: str) -> None:
        key, rows = kind.identity[0], await self._named(identity)
        if any(row.get(key) == identity for row in (await self._ways.list(self._api) if rows is None else rows)):
            raise Conflict(f"{self._api.target.name}: a {self._name} with the {key} {identity!r} exists already")

    # --- the steps of a write -----------------------------------------------------------------

    async def _share(self, live: Live, body: Body, *, is_stored: bool) -> Live:
        grants = wire.triples(body.get("access_grants"))
        if set(grants) == set(wire.triples(live.body.get("access_grants"))):
            return live
        with _after(live if is_stored else None, "its access grants"):
            return await self._post(
                live, self._ways.access, {"access_grants": wire.grants_form(grants, published=False)}
            )

    async def _switch(self, live: Live, body: Body, *, is_stored: bool) -> Live:
        """Flip each switch that is not as wanted; what it is now must have been read just before."""
        for name, verb in self._ways.switches.items():
            wanted = body.get(name)
            if wanted is None or live.body.get(name) == wanted:
                continue
            with _after(live if is_stored else None, name):
                live = await self._post(live, verb, None)
                if live.body.get(name) != wanted:
                    raise Conflict(f"{self._api.target.name}: somebody flipped {name} of {live.identity[0]} meanwhile")
            is_stored = True
        return live

    async def _post(self, live: Live, verb: str | None, form: Body | None) -> Live:
        _, path = self._api.filled(verb, live.kind, live, None)
        answer = await self._api.post(path, form)
        await self._api.require_there(live, answer, lambda: self.exists(live.id))
        return self._held(live.kind, answer)

    def _held(self, kind: Kind, answer: Answer) -> Live:
        try:
            return self._api.held(kind, answer)
        except Rejected as error:
            hint = error.hint or (_SEE_LOG if self._ways.hides_code else "")
            raise Rejected(error.message, hint=hint) from error


@contextmanager
def _after(stored: Live | None, what: str) -> Iterator[None]:
    """Turn the failure of a later step into `Incomplete`, so that what was stored before keeps its id."""
    try:
        yield
    except Ambiguous:
        raise
    except ProviderError as error:
        if stored is None:
            raise
        raise Incomplete(f"{error.message}; everything but {what} was stored", stored, hint=error.hint) from error
