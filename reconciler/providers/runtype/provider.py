"""Speaks Runtype's API: a route table, and what is odd about it.

Takes and gives bodies in the spelling of manifests. Never reads one object by its id, for which there is no route;
never repeats a 409, and follows what an organization has taken over once.
"""
# ruff: noqa: ARG002 - nothing here has a parent, which the protocol provides for

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar

from reconciler.errors import (
    Ambiguous,
    Incomplete,
    Malformed,
    NotFound,
    ProviderError,
    Rejected,
    Unavailable,
)
from reconciler.model import Account, Body, Change, Desired, Diagnostic, Json, Kind, Live, Move, Observed, Review
from reconciler.paths import parse_path
from reconciler.providers.base import Wanted
from reconciler.providers.paging import rows_of
from reconciler.providers.rest import RestProvider
from reconciler.providers.retry import named_wait
from reconciler.providers.routes import Route, fill
from reconciler.providers.runtype import foresight, migration, notes, wire
from reconciler.providers.runtype.listing import Listing
from reconciler.providers.runtype.migration import Ask
from reconciler.providers.runtype.scene import Scene
from reconciler.providers.session import Answer

_ID = "default"
"""What stands for the id of the default: it is a mark on a configuration, and has none of its own."""
_LACKS = "give the API key the permission for model configurations and provider keys, or use one that has `*`"
_USAGE = "/model-configs/usage"


class Runtype(RestProvider):
    """One account of Runtype, a user's or an organization's."""

    prefix = "/v1"
    concurrency = 4
    routes: ClassVar = {
        "ProviderKey": Route(
            create="POST /provider-keys",
            update="PATCH /provider-keys/{id}",
            delete="DELETE /provider-keys/{id}",
            item="providerKey",
        ),
        "ModelConfig": Route(
            create="POST /model-configs",
            update="PUT /model-configs/{id}",
            delete="DELETE /model-configs/{id}",
        ),
        "DefaultModelConfig": Route(update="PATCH /model-configs/{id}/default", item="data"),
    }

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._keys = Listing(lambda: self._list("/provider-keys", "providerKeys"))
        self._configs = Listing(lambda: self._list("/model-configs", "data"))
        self._connections: Mapping[str, str] = {}
        """Old id of a key → id of the connection that it became, as far as rows tell both."""
        self._in_organization = False
        self._since = 0.0
        """When this run began, by the server's clock where it tells it."""

    # --- the protocol -------------------------------------------------------------------------

    async def identify(self) -> Account:
        """Say whom the credential speaks for: an organization where there is one, else a user."""
        await self.session.authorize()
        answer = await self.session.send("GET", f"{self.base}/auth/me", reads=True)
        try:
            me = self.result("GET", answer, reads=True)
            user, organization = me["userId"], me.get("orgId")
        except (Malformed, NotFound, Rejected, KeyError, TypeError, AttributeError) as error:
            said = error.message if isinstance(error, ProviderError) else "/auth/me tells no user"
            raise Unavailable(
                f"{self.target.name}: no Runtype API at {self.target.url}{self.base}: {said}",
                hint="check `url` and `prefix` of the target; the usual ones are https://api.runtype.com and /v1",
            ) from error
        self._in_organization = bool(organization)
        self._since = _moment(answer, self.clock.wall())
        return Account(str(organization or user), str(me.get("orgSlug") or user))

    async def fetch(self, kind: Kind, parent: Live | None, wanted: Wanted | None) -> AsyncIterator[Live]:
        """List the kind; the default is the configuration that bears the mark."""
        rows = await (self._keys if kind.name == "ProviderKey" else self._configs).rows()
        if kind.name == "DefaultModelConfig":
            yield _default(kind, wire.defaults(rows))
            return
        if kind.name == "ModelConfig":
            self._connections = wire.aliases(rows)
        for row in rows:
            live = self.decoded(kind, row, None)
            assert live is not None  # noqa: S101 - none of them is hidden
            yield live

    async def create(self, kind: Kind, body: Body, parent: Live | None) -> Live:
        """Create, then set in one more write what a create has no room for, or did not do."""
        verb, further = self._verb(kind, "create"), self._verb(kind, "update")
        whole = wire.form(body, wire.CHANGED[kind.name])
        made = await self._write_to(kind, Ask(verb, "", wire.form(body, wire.CREATED[kind.name]), whole))
        rest = wire.not_held({name: whole[name] for name in wire.SHOWN[kind.name] if name in whole}, made)
        if not rest:
            return made
        try:
            return await self._write_to(kind, Ask(further, made.id, rest, whole))
        except ProviderError as error:
            said = f"{error.message}; it was created, but for {', '.join(rest)}"
            raise Incomplete(said, made, hint=error.hint) from error

    async def update(self, live: Live, body: Body, changes: Sequence[Change]) -> Live:
        """Send the fields that change, each whole; to a configuration that nobody has decided, all that is wanted."""
        verb = self._verb(live.kind, "update")
        if live.kind.name == "DefaultModelConfig":
            return await self._set_default(live.kind, verb, str(body.get("modelConfigId")))
        touched = {parse_path(change.path)[0] for change in changes}
        whole = wire.form(body, wire.CHANGED[live.kind.name])
        partial = {name: value for name, value in whole.items() if name in touched}
        return await self._write_to(live.kind, Ask(verb, live.id, partial or whole, whole))

    async def delete(self, live: Live) -> None:
        """Delete; `NotFound` where it is gone already, as what went along with an endpoint's key."""
        await self._send(Ask(self._verb(live.kind, "delete"), live.id))

    async def resolve_names(self, kind: Kind, spec: Body) -> Body:
        """Give the connection's id for the id that a key had before, where a row of the list tells both."""
        key = spec.get("providerKeyId") if kind.name == "ModelConfig" else None
        connection = self._connections.get(key) if isinstance(key, str) else None
        return spec if connection is None else {**spec, "providerKeyId": connection}

    async def review(self, desired: Desired, observed: Observed, moves: Sequence[Move]) -> Review:
        """Say what a list made, what goes along with a key, what a delete ends, and what must come first."""
        scene = Scene(self.target.name, desired, moves, (), self._in_organization, self._since)
        if self._configs.last is None and foresight.takes_along(scene):
            await self._configs.rows()
        scene = replace(scene, configs=[wire.read_config(row) for row in self._configs.last or ()])
        found = foresight.review(scene)
        usage = await self._usage(replace(scene, replaced=frozenset(found.replaces)))
        return replace(found, diagnostics=(*found.diagnostics, *usage))

    # --- the spelling -------------------------------------------------------------------------

    def decode(self, kind: Kind, row: Body, parent: Live | None) -> Live:
        """Give a row with one spelling of its key; what nobody has decided, or what it leaves out, is unknown."""
        if kind.name == "DefaultModelConfig":
            return _default(kind, wire.defaults([row]))
        body = wire.read_config(row) if kind.name == "ModelConfig" else row
        identity = tuple(_text(body[name]) for name in kind.identity)
        return Live(kind, _text(body["id"]), identity, body, unseen=wire.unseen(kind.name, body))

    def result(self, method: str, answer: Answer, *, reads: bool) -> Json:
        """Give the decoded answer of a success, or raise what the status means, with what this vendor means by it."""
        try:
            return super().result(method, answer, reads=reads)
        except ProviderError as error:
            code, _ = migration.code_of(answer)
            error.hint = _LACKS if answer.status == 403 else migration.HINTS.get(code, error.hint)
            raise

    def retry_after(self, answer: Answer) -> float | None:
        """Give what `Retry-After` asks for; the end of the hour, told with every answer, counts only without it."""
        return named_wait(answer.headers, self.clock.wall(), resets=False)

    # --- what the verbs are made of -----------------------------------------------------------

    async def _list(self, path: str, key: str) -> Sequence[Body]:
        answer = await self.call("GET", self.base + path, reads=True)
        rows = rows_of(answer, key, path)
        total = answer.get("total")
        if isinstance(total, int) and total > len(rows):
            raise Malformed(
                f"{self.target.name}: {path} shows {len(rows)} of {total} rows",
                hint="the API has begun to page its lists, which this version of Reconciler cannot read",
            )
        return rows

    async def _send(self, ask: Ask) -> Json:
        """Send a write, and once for each reason to what has taken its place; gives the answer of a success."""
        followed: set[str] = set()
        while True:
            method, path = fill(ask.verb, {"id": ask.id})
            try:
                answer = await self.session.send(method, self.base + path, reads=False, body=ask.body)
            finally:
                self._keys.wrote()
                self._configs.wrote()
            code, told = migration.code_of(answer)
            further = None if code in followed else migration.onward(ask, code, told)
            if further is None:
                return self.result(method, answer, reads=False)
            followed.add(code)
            ask = further

    def _verb(self, kind: Kind, name: str) -> str:
        verb: str | None = getattr(self.route(kind), name)
        if verb is None:
            raise Rejected(f"{self.target.name}: the API has no {name} for {kind.name}")
        return verb

    async def _write_to(self, kind: Kind, ask: Ask) -> Live:
        """Send a write, and give what the answer says that the server holds."""
        answer = await self._send(ask)
        try:
            return self.object(kind, answer, None)
        except Malformed as error:
            raise Ambiguous(f"{error.message}; whether it was stored is unknown", hint=error.hint) from error

    async def _set_default(self, kind: Kind, verb: str, config_id: str) -> Live:
        try:
            live = await self._write_to(kind, Ask(verb, config_id, {}))
        except NotFound as error:
            raise Rejected(error.message, hint="check modelConfigId: the account has no such configuration") from error
        if live.body["modelConfigId"] is not None:
            return live
        return _default(kind, wire.defaults(await self._configs.rows()))  # the answer does not show the mark

    async def _usage(self, scene: Scene) -> Sequence[Diagnostic]:
        """Say how much what would be deleted is used; asked only where something would."""
        if not scene.ending("ModelConfig"):
            return ()
        try:
            answer = await self.call("GET", self.base + _USAGE, reads=True)
            return notes.used(scene, rows_of(answer, "data", _USAGE))
        except ProviderError as error:
            return notes.use_unknown(scene, error)


def _default(kind: Kind, config_id: Json) -> Live:
    return Live(kind, _ID, (), {"modelConfigId": config_id})


def _moment(answer: Answer, now: float) -> float:
    """Give when the server answered, by its own clock where it tells the time."""
    try:
        return parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
    except ValueError:
        return now


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
