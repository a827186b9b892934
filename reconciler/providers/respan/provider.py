"""Speaks Respan's API: a route table, and what is odd about it.

Takes and gives bodies in the spelling of manifests. Which of the API's three generations answers is read off its
answers (`docs/systems/respan.md`), never off settings; what is known of them is the vendor's documentation of
March 2026 and its clients 0.1.16 to 0.1.49. Never manages a built-in model.
"""
# ruff: noqa: ARG002 - nothing here has a parent, which the protocol provides for

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, ClassVar

from reconciler.errors import Conflict, Malformed, NotFound, Rejected, Unauthorized, Unavailable
from reconciler.model import Account, Body, Change, Desired, Json, Kind, Live, Move, Observed, Review
from reconciler.providers.answer import Answer
from reconciler.providers.base import Wanted
from reconciler.providers.paging import announced
from reconciler.providers.respan import review, wire
from reconciler.providers.respan.models import Models
from reconciler.providers.rest import RestProvider
from reconciler.providers.routes import Route, quote_but_slash

_PROVIDERS = "/providers/?page_size=1000"
_FIXED = ("Cannot modify", "Cannot delete")
"""How a 403 begins that is about the object and not about the key (vendor's documentation)."""


class Respan(RestProvider):
    """One organization at Respan, as one API key sees it."""

    prefix = "/api"
    requests_per_minute = 60
    serial_writes = True
    routes: ClassVar = {
        "Model": Route(
            read="GET /models/{id}/",
            create="POST /models/",
            update="PATCH /models/{id}/",
            delete="DELETE /models/{id}/",
            quoting=quote_but_slash,
        ),
        "Provider": Route(
            create="POST /providers/",
            update="PATCH /providers/{id}/",
            delete="DELETE /providers/{id}/",
        ),
    }

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._models = Models(self)
        self._keys_inside = False
        """Whether a provider's key stands in its settings; it moved there when the list of providers got pages."""
        self._just_listed: list[Body] | None = None
        """The providers that `identify` was answered with, for whoever asks for them next."""

    # --- the protocol -------------------------------------------------------------------------

    async def identify(self) -> Account:
        """Ask for the providers, which nobody is shown without a valid key; no answer tells whose key it is."""
        await self.session.authorize()
        try:
            self._just_listed = await self._providers()
        except Unauthorized as error:
            raise Unauthorized(
                f"{self.target.name}: {self.target.url} refuses the credential from the {self.credential.place}: "
                f"{error.message.removeprefix(f'{self.target.name}: ')}",
                hint="use a valid API key of the organization and environment that is meant",
            ) from error
        except (Malformed, NotFound, Rejected) as error:
            raise Unavailable(
                f"{self.target.name}: no Respan API at {self.target.url}{self.base}: {error.message}",
                hint="check `url` and `prefix` of the target; usual are https://api.respan.ai and /api",
            ) from error
        return Account("", version="3" if self._keys_inside else "1 or 2")

    async def fetch(self, kind: Kind, parent: Live | None, wanted: Wanted | None) -> AsyncIterator[Live]:
        """List models or providers."""
        if kind.name == "Model":
            for live in await self._models.custom(kind, wanted):
                yield live
            return
        rows, self._just_listed = self._just_listed, None
        for row in await self._providers() if rows is None else rows:
            found = self.decoded(kind, row, parent)
            if found is not None:
                yield found

    async def create(self, kind: Kind, body: Body, parent: Live | None) -> Live:
        """Create after a look: POST changes the model that it finds, and in generation 1 the provider too."""
        self._just_listed = None
        name = str(body[kind.identity[0]])
        if kind.name == "Model":
            await self._models.require_free(kind, name)
        else:
            await self._require_absent(kind, body, parent)
        method, path = self.filled(self.route(kind).create, kind, None, parent)
        form = wire.form(kind, body, wire.settable(kind))
        answer = await self.session.send(method, self.base + path, reads=False, body=form)
        live = await self._written(kind, self.result(method, answer, reads=False), body, parent)
        if answer.status == 200:
            raise Conflict(
                f"{self.target.name}: {kind.name} {name!r} was made by somebody else after we had looked, and this "
                "create has changed it: the server answered 200, not the 201 of something new",
                hint="plan again: it compares the two, and offers to take it over",
            )
        return live

    async def update(self, live: Live, body: Body, changes: Sequence[Change]) -> Live:
        """Send what changes; where a value must go, everything that stays."""
        self._just_listed = None
        try:
            answer = await self._updated(live, body, changes)
        except NotFound:
            await self._require_unlisted(live)
            raise
        return await self._written(live.kind, answer, body, None, live)

    async def delete(self, live: Live) -> None:
        """Delete; `NotFound` where it is gone already."""
        self._just_listed = None
        try:
            await super().delete(live)
        except NotFound:
            await self._require_unlisted(live)
            raise

    async def review(self, desired: Desired, observed: Observed, moves: Sequence[Move]) -> Review:
        """Say what no PATCH can do, what the server's generation does not take, and what others would lose."""
        replaces = await self._models.replaces() if any(map(review.needs_whole, moves)) else True
        server = review.Server(self.target.name, keys_inside=self._keys_inside, replaces=replaces)
        return review.of(server, desired, observed, moves)

    # --- the spelling -------------------------------------------------------------------------

    def decode(self, kind: Kind, row: Body, parent: Live | None) -> Live | None:
        """Give an object of the organization's own; what Respan looks after is not ours to see."""
        if kind.name == "Model":
            if not wire.is_custom(row):
                return None
            live_id, body = str(row["model_name"]), wire.read_model(kind, row)
        else:
            if row.get("is_managed") is True:
                return None
            live_id, body = str(row["provider_id"]), wire.read_provider(row)
        return Live(kind, live_id, (live_id,), body, unseen=wire.unseen(kind, body))

    def result(self, method: str, answer: Answer, *, reads: bool) -> Json:
        """Give the decoded answer; a 403 about an object that nobody may change says nothing about the key."""
        if answer.status == 403 and answer.text.startswith(_FIXED):
            raise Rejected(f"{self.target.name}: {method} {answer.place}: HTTP 403: {answer.text}")
        return super().result(method, answer, reads=reads)

    def retry_after(self, answer: Answer) -> float | None:
        """Give the seconds that the body of a 429 names (vendor's documentation)."""
        if answer.status != 429 or not answer.is_json:
            return None
        try:
            body = answer.json()
        except Malformed:
            return None
        seconds = body.get("retry_after") if isinstance(body, dict) else None
        return float(seconds) if isinstance(seconds, (int, float)) and seconds >= 0 else None

    # --- what the verbs are made of -----------------------------------------------------------

    async def page(self, where: str, body: Json) -> Json:
        """Read a page of a list."""
        return await self.call("GET", self.base + where, reads=True)

    async def _providers(self) -> list[Body]:
        async def page(where: str, body: Json) -> Json:
            answer = await self.page(where, body)
            self._keys_inside = isinstance(answer, dict)
            return answer

        return [row async for rows in announced("results")(page, _PROVIDERS, None) for row in rows]

    async def _updated(self, live: Live, body: Body, changes: Sequence[Change]) -> Json:
        """Write an update in the one way that does it; gives the answer."""
        kind, names, verb = live.kind, wire.touched(changes), self.route(live.kind).update
        if kind.name == "Model":
            if wire.beyond_patch(live, body, changes):
                return await self._models.write_whole(live, body, changes)
        elif wire.KEY in wire.removed(changes) and not self._keys_inside and await self._models.replaces():
            verb, names = "PUT /providers/{id}/", set(wire.changeable(kind)) - {wire.KEY}
        elif wire.KWARGS in names:
            names |= {wire.KEY}  # whether a write of the settings leaves the key alone is not documented
        form = wire.form(kind, wire.unmasked(body, live.body), names)
        return await self._write(verb, kind, live, None, form)

    async def _require_unlisted(self, live: Live) -> None:
        """Raise `Rejected` where what is said to be missing is listed: generation 1 asks for a provider's number."""
        if live.kind.name == "Provider" and not self._keys_inside and await self.read_again(live) is not None:
            raise Rejected(
                f"{self.target.name}: the server lists the provider {live.id}, and does not know it by its id: "
                "it wants its number in the database, which no answer tells",
                hint="change or delete it on Respan's own pages",
            )
