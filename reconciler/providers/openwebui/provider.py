"""Speaks Open WebUI's API: a route table, and what is odd about it.

Takes and gives bodies in the spelling of manifests. Never reads a 401 as "log in again": on an update or delete it
says gone or forbidden, on a create taken or forbidden, and only reading again tells which (0.12.4, observed).
"""
# ruff: noqa: ARG002 - nothing here has a parent, which the protocol provides for

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, ClassVar

from reconciler.errors import Ambiguous, Malformed, NotFound, ProviderError, Rejected
from reconciler.model import Account, Body, Change, Desired, Diagnostic, Json, Kind, Live, Move, Observed, Review
from reconciler.providers.base import Wanted
from reconciler.providers.credential import Login
from reconciler.providers.openwebui import lint, wire
from reconciler.providers.openwebui.account import identify
from reconciler.providers.openwebui.groups import Groups
from reconciler.providers.openwebui.models import Models
from reconciler.providers.openwebui.names import Directory, Listing
from reconciler.providers.paging import rows_of
from reconciler.providers.rest import RestProvider
from reconciler.providers.routes import Route
from reconciler.providers.session import Answer

PUBLISHED_PREFIX = "/api"
_DOUBTFUL = (400, 401, 403, 404)
"""Statuses that may mean "it is not there", and may mean "you may not"."""


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
        self._models = Models(self)
        self._groups = Groups(self, self._directory)

    # --- the protocol -------------------------------------------------------------------------

    async def identify(self) -> Account:
        """Say whom the credential speaks for: an admin, or `Unauthorized`; a server too old is `Unavailable`."""
        async with self._identifying:
            self._known = self._known or await identify(self, self.root)
        account, self.version = self._known
        return account

    async def fetch(self, kind: Kind, parent: Live | None, wanted: Wanted | None) -> AsyncIterator[Live]:
        """List models or groups, or read the default models."""
        await self.identify()
        if kind.name == "Model":
            rows = await self._models.rows(wanted)
        elif kind.name == "Group":
            rows = await self._groups.rows(wanted)
        else:
            rows = [await self.get("/configs/models")]
        for row in rows:
            yield self.object(kind, row, None)

    async def create(self, kind: Kind, body: Body, parent: Live | None) -> Live:
        """Create a model or a group; the default models exist always, and are updated."""
        await self.identify()
        if kind.name == "Model":
            return await self._models.create(kind, body)
        if kind.name == "Group":
            return await self._groups.create(kind, body)
        return await super().create(kind, body, parent)

    async def update(self, live: Live, body: Body, changes: Sequence[Change]) -> Live:
        """Send the complete form; a model's grants and a group's members are steps of their own."""
        await self.identify()
        if live.kind.name == "Model":
            return await self._models.update(live, body, changes)
        if live.kind.name == "Group":
            return await self._groups.update(live, body, changes)
        return await super().update(live, body, changes)

    async def delete(self, live: Live) -> None:
        """Delete; before 0.12 a group that is gone already is reported as deleted (0.11.4, observed)."""
        await self.identify()
        route = self.route(live.kind)
        method, path = self.filled(route.delete, live.kind, live, None)
        body = route.delete_body(live) if route.delete_body is not None else None
        answer = await self.session.send(method, self.base + path, reads=False, body=body)
        exists = self._models.exists if live.kind.name == "Model" else self._groups.exists
        await self.require_there(live, answer, lambda: exists(live.id))
        self.result(method, answer, reads=False)
        self._directory.groups.wrote()

    async def resolve_names(self, kind: Kind, spec: Body) -> Body:
        """Give ids for the names of groups and users in a model's grants; a group's members stay e-mails."""
        name = {"Model": "access_grants", "Group": "members"}.get(kind.name, "")
        items = spec.get(name)
        if not items:
            return spec
        resolve = self._directory.grants if kind.name == "Model" else self._directory.emails
        resolved = await resolve(items, (name,))
        return spec if resolved is items else {**spec, name: resolved}

    async def review(self, desired: Desired, observed: Observed, moves: Sequence[Move]) -> Review:
        """Warn of models that are stored as declared and would not work for the people they are shared with."""
        return Review(diagnostics=tuple(await self._lint(desired, observed)))

    async def _lint(self, desired: Desired, observed: Observed) -> Sequence[Diagnostic]:
        here = lint.survey(self.target.name, desired, observed, self._directory)
        if here is None:
            return ()
        found = [*lint.unreadable_bases(here, self.version), *lint.writes_without_reads(here)]
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
        if kind.name == "Model":
            return wire.model_form(body, live, note=self.note, published=self.published)
        return wire.group_form(body, live) if kind.name == "Group" else wire.defaults_form(body)

    def decode(self, kind: Kind, row: Body, parent: Live | None) -> Live:
        """Give a row as it is, but for the published page's grants and the comma lists."""
        if kind.name == "Model":
            model_id = row["id"]
            version = row.get("version_id") or str(row["updated_at"])
            return Live(kind, model_id, (model_id,), wire.read_model(row) if self.published else row, None, version)
        if kind.name == "Group":
            return Live(kind, row["id"], (row["name"],), row, None, str(row["updated_at"]))
        return Live(kind, "models", (), wire.read_defaults(row))

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
