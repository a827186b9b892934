"""Speaks Open WebUI's API: a route table, and what is odd about it.

Takes and gives bodies in the spelling of manifests. Never reads a 401 as "log in again": on an update or delete it
says gone or forbidden, on a create taken or forbidden, and only reading again tells which (0.12.4, observed).
"""
# ruff: noqa: ARG002 - nothing here has a parent, which the protocol provides for

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Protocol

from reconciler.errors import Ambiguous, Malformed, NotFound, ProviderError, Rejected
from reconciler.model import Account, Body, Change, Desired, Diagnostic, Json, Kind, Live, Move, Observed, Review
from reconciler.providers.base import Wanted
from reconciler.providers.credential import Login
from reconciler.providers.openwebui import lint, uses, wire
from reconciler.providers.openwebui.account import identify
from reconciler.providers.openwebui.groups import Groups
from reconciler.providers.openwebui.models import Models
from reconciler.providers.openwebui.names import Directory, Listing
from reconciler.providers.openwebui.workspace import WAYS, Workspace
from reconciler.providers.paging import rows_of
from reconciler.providers.rest import RestProvider
from reconciler.providers.routes import Route
from reconciler.providers.session import Answer

PUBLISHED_PREFIX = "/api"

_DOUBTFUL = (400, 401, 403, 404)
"""Statuses that may mean "it is not there", and may mean "you may not"."""


class Verbs(Protocol):
    """What one kind is made of."""

    async def rows(self, wanted: Wanted | None) -> Sequence[Body]:
        """Give every wanted object."""
        ...

    async def create(self, kind: Kind, body: Body) -> Live:
        """Create an object."""
        ...

    async def update(self, live: Live, body: Body, changes: Sequence[Change]) -> Live:
        """Make an object be as the body says."""
        ...

    async def exists(self, object_id: str, /) -> bool:
        """Say whether an object has the id."""
        ...


class OpenWebUI(RestProvider):
    """One Open WebUI server."""

    prefix = "/api/v1"
    login = Login("/auths/signin", username="email", token="token")  # noqa: S106 - the name of a key
    routes: ClassVar = {
        "Model": Route(
            list="GET /models/all",
            read="GET /models/model?id={id}",
            create="POST /models/create",
            update="POST /models/model/update",
            delete="POST /models/model/delete",
            delete_body=lambda live: {"id": live.id},
        ),
        "Group": Route(
            list="GET /groups/",
            read="GET /groups/id/{id}",
            create="POST /groups/create",
            update="POST /groups/id/{id}/update",
            delete="DELETE /groups/id/{id}/delete",
        ),
        "Prompt": Route(
            list="GET /prompts/list",
            read="GET /prompts/id/{id}",
            create="POST /prompts/create",
            update="POST /prompts/id/{id}/update",
            delete="DELETE /prompts/id/{id}/delete",
        ),
        "Tool": Route(
            list="GET /tools/export",
            read="GET /tools/id/{id}",
            create="POST /tools/create",
            update="POST /tools/id/{id}/update",
            delete="DELETE /tools/id/{id}/delete",
        ),
        "Function": Route(
            list="GET /functions/export",
            read="GET /functions/id/{id}",
            create="POST /functions/create",
            update="POST /functions/id/{id}/update",
            delete="DELETE /functions/id/{id}/delete",
        ),
        "Knowledge": Route(
            list="GET /knowledge/search",
            read="GET /knowledge/{id}",
            create="POST /knowledge/create",
            update="POST /knowledge/{id}/update",
            delete="DELETE /knowledge/{id}/delete",
        ),
        "DefaultModels": Route(read="GET /configs/models", update="POST /configs/models"),
    }

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.published = self.base == PUBLISHED_PREFIX
        self.root = self.base.removesuffix("/v1")
        """Where `/version` and the list of providers' models are served."""
        self.version: tuple[int, ...] = ()
        self._known: tuple[Account, tuple[int, ...]] | None = None
        self._identifying = asyncio.Lock()
        self._directory = Directory(
            self.target.name,
            groups=Listing("group", "name", lambda: self.rows("/groups/")),
            users=Listing("user", "email", lambda: self.rows("/users/all", "users")),
        )
        self._verbs: Mapping[str, Verbs] = {
            "Model": Models(self),
            "Group": Groups(self, self._directory),
            **{name: Workspace(self, name) for name in WAYS},
        }

    # --- the protocol -------------------------------------------------------------------------

    async def identify(self) -> Account:
        """Say whom the credential speaks for: an admin, or `Unauthorized`; a server too old is `Unavailable`."""
        async with self._identifying:
            self._known = self._known or await identify(self, self.root)
        account, self.version = self._known
        return account

    async def fetch(self, kind: Kind, parent: Live | None, wanted: Wanted | None) -> AsyncIterator[Live]:
        """List a kind, or read the default models."""
        await self.identify()
        verbs = self._verbs.get(kind.name)
        for row in await verbs.rows(wanted) if verbs is not None else [await self.get("/configs/models")]:
            yield self.object(kind, row, None)

    async def create(self, kind: Kind, body: Body, parent: Live | None) -> Live:
        """Create an object; the default models exist always, and are updated."""
        await self.identify()
        verbs = self._verbs.get(kind.name)
        return await verbs.create(kind, body) if verbs is not None else await super().create(kind, body, parent)

    async def update(self, live: Live, body: Body, changes: Sequence[Change]) -> Live:
        """Send the complete form; grants, switches and a group's members are steps of their own."""
        await self.identify()
        verbs = self._verbs.get(live.kind.name)
        updated = verbs.update(live, body, changes) if verbs is not None else super().update(live, body, changes)
        held = await updated
        return await self._as_stored(held) if any(map(_is_equal_in_python, changes)) else held

    async def _as_stored(self, held: Live) -> Live:
        """Read again: a server that finds the new value equal to the old one answers the new, and keeps the old."""
        stored = await self.read_again(held)
        return held if stored is None else replace(stored, body={**held.body, **stored.body})

    async def delete(self, live: Live) -> None:
        """Delete; a function that is gone already, and before 0.12 a group, is reported as deleted (observed)."""
        await self.identify()
        route = self.route(live.kind)
        method, path = self.filled(route.delete, live.kind, live, None)
        body = route.delete_body(live) if route.delete_body is not None else None
        answer = await self.session.send(method, self.base + path, reads=False, body=body)
        await self.require_there(live, answer, lambda: self._verbs[live.kind.name].exists(live.id))
        self.result(method, answer, reads=False)
        self._directory.groups.wrote()

    async def resolve_names(self, kind: Kind, spec: Body) -> Body:
        """Give ids for the names of groups and users in grants; a group's members stay e-mails."""
        name = "members" if kind.name == "Group" else "access_grants"
        items = spec.get(name)
        if not items:
            return spec
        resolve = self._directory.emails if kind.name == "Group" else self._directory.grants
        resolved = await resolve(items, (name,))
        return spec if resolved is items else {**spec, name: resolved}

    async def review(self, desired: Desired, observed: Observed, moves: Sequence[Move]) -> Review:
        """Warn of models that are stored as declared and would not work, or not for those they are shared with."""
        return Review(diagnostics=tuple(await self._lint(desired, observed)))

    async def _lint(self, desired: Desired, observed: Observed) -> Sequence[Diagnostic]:
        here = lint.survey(self.target.name, desired, observed, self._directory)
        if here is None:
            return ()
        found = [
            *lint.unreadable_bases(here, self.version),
            *lint.writes_without_reads(here),
            *uses.useless(self.target.name, desired, observed),
        ]
        candidates = lint.unknown_bases(here)
        if not candidates or self.published:
            return found
        try:
            answer = await self.call("GET", f"{self.root}/models/base", reads=True)
            answering = {row.get("id") for row in rows_of(answer, "data", "/models/base")}
        except ProviderError as error:
            return [*found, lint.unchecked(here, candidates, error)]
        silent = {base: names for base, names in candidates.items() if base not in answering}
        return [*found, *lint.unanswered_bases(here, silent)]

    # --- the spelling -------------------------------------------------------------------------

    def encode(self, kind: Kind, body: Body, live: Live | None) -> Body:
        """Give the complete form."""
        forms: Mapping[str, Callable[[], Body]] = {
            "Model": lambda: wire.model_form(body, live, note=self.note, published=self.published),
            "Group": lambda: wire.group_form(body, live),
            "Prompt": lambda: wire.prompt_form(body, live, note=self.note),
            "Tool": lambda: wire.plugin_form(body, live, note=self.note),
            "Function": lambda: wire.plugin_form(body, live, note=self.note),
            "Knowledge": lambda: wire.knowledge_form(body, live),
        }
        return forms.get(kind.name, lambda: wire.defaults_form(body))()

    def decode(self, kind: Kind, row: Body, parent: Live | None) -> Live:
        """Give a row as it is, but for the published page's grants and the comma lists."""
        if kind.name == "Model":
            model_id = row["id"]
            version = row.get("version_id") or str(row["updated_at"])
            return Live(kind, model_id, (model_id,), wire.read_model(row) if self.published else row, None, version)
        if kind.singleton:
            return Live(kind, "models", (), wire.read_defaults(row))
        return Live(kind, row["id"], tuple(row[name] for name in kind.identity), row, None, str(row["updated_at"]))

    # --- what the kinds are made of -----------------------------------------------------------

    async def get(self, path: str) -> Json:
        """Read a path under the prefix."""
        return await self.call("GET", self.base + path, reads=True)

    async def rows(self, path: str, key: str | None = None) -> list[Body]:
        """Read a list that has no pages."""
        return list(rows_of(await self.get(path), key, path))

    async def post(self, path: str, form: Json) -> Answer:
        """Send a write to a path under the prefix, and give any answer."""
        return await self.session.send("POST", self.base + path, reads=False, body=form)

    def held(self, kind: Kind, answer: Answer) -> Live:
        """Give what the answer to a write says that the server holds."""
        row = self.result("POST", answer, reads=False)
        try:
            return self.object(kind, row, None)
        except Malformed as error:
            raise Ambiguous(f"{error.message}; whether it was stored is unknown", hint=error.hint) from error

    async def require_there(self, live: Live, answer: Answer, exists: Callable[[], Awaitable[bool]]) -> None:
        """Raise `NotFound` where a doubtful answer means that the object is gone, not that we may not."""
        if answer.status not in _DOUBTFUL:
            return
        if not await exists():
            raise NotFound(f"{self.target.name}: {live.kind.name} {live.id} is gone")
        if answer.status == 404:
            raise Rejected(f"{self.target.name}: {live.kind.name} {live.id}: HTTP 404: {answer.text}")

    async def back_off(self, attempt: int) -> None:
        """Wait before an attempt that reading has shown to be safe."""
        await self.clock.sleep(self.policy.backoff(attempt, self.clock.random))


def _is_equal_in_python(change: Change) -> bool:
    """Say whether the server, which is written in Python, takes both values for one: true for 1 (0.12.4, observed)."""
    return change.before is not None and bool(change.before == change.after)
