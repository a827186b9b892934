"""The verbs of a kind that is found by its key: list, POST, PATCH with what changed, DELETE.

Takes a provider, gives four verbs; a kind that is odd overrides one. Never sends a change that changes nothing. Where
nobody is to look after a thing, a creation cannot say so, and the server chooses somebody; a model config's creation
takes a maintainer without a word and forgets it: then a second write says it.
"""
# ruff: noqa: ARG002 - these are the protocol's arguments, and most kinds need but some of them

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from reconciler.errors import Conflict, Incomplete, NotFound, ProviderError
from reconciler.model import Body, Change, Kind, Live
from reconciler.providers.base import Wanted
from reconciler.providers.launchdarkly import wire

if TYPE_CHECKING:
    from reconciler.providers.launchdarkly.provider import LaunchDarkly


class Plain:
    """The verbs of one kind, or of several that are alike."""

    looks_first = False
    """Whether it is unknown, or known to be odd, what a second creation of a key answers."""

    def __init__(self, api: LaunchDarkly) -> None:
        self.api = api

    def fetch(self, kind: Kind, parent: Live | None, wanted: Wanted | None) -> AsyncIterator[Live]:
        """List the kind."""
        return self.api.listed(kind, parent)

    async def create(self, kind: Kind, body: Body, parent: Live | None) -> Live:
        """Create; what exists already is never overwritten. Then say who looks after it, where that is another."""
        if self.looks_first:
            await self._require_absent(kind, str(body["key"]))
        made = await self.api.post(kind, wire.new(kind, body), body, parent)
        told = {name: body[name] for name in wire.MAINTAINERS if name in body and body[name] != made.body.get(name)}
        if not told:
            return made
        try:
            return await self.api.patch(made, wire.maintainer(kind, told), body)
        except ProviderError as error:
            what = f"{error.message}; the {kind.name} itself was stored"
            raise Incomplete(what, made, hint=error.hint) from error

    async def update(self, live: Live, body: Body, changes: Sequence[Change]) -> Live:
        """Send what changes, and nothing where the server holds it already."""
        form = wire.patch(live, body, changes)
        return await self.api.patch(live, form, body) if form else await self.again(live)

    async def delete(self, live: Live) -> None:
        """Delete; `NotFound` where it is gone already."""
        await self.api.remove(live)

    async def again(self, live: Live) -> Live:
        """Read what the server holds now; raise `NotFound` where it is gone."""
        return await self.api.read(live.kind, live, live.parent)

    async def _require_absent(self, kind: Kind, key: str) -> None:
        method, path = self.api.one(kind, key)
        try:
            row = await self.api.call(method, path, reads=True, headers=self.api.route(kind).headers)
        except NotFound:
            return
        if isinstance(row, dict) and row.get("global"):
            raise Conflict(
                f"{self.api.target.name}: {key} is a model of LaunchDarkly's own catalog, which nobody can change",
                hint="choose another key; variations may name it as it is",
            )
        raise Conflict(f"{self.api.target.name}: {kind.name} {key} exists already", hint="plan again")
