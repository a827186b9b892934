"""Finds, creates, changes and deletes the variations of AI Configs.

Takes complete bodies, gives what the server then holds: an answer to a write says it, and reads lag behind by a
moment, so that a write is over when a read shows it, or after half a minute. Never counts on a new version: a change
that changes nothing makes none.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import TYPE_CHECKING

from reconciler.errors import Incomplete, NotFound, ProviderError
from reconciler.model import Body, Change, Kind, Live
from reconciler.providers.base import Wanted
from reconciler.providers.launchdarkly import wire
from reconciler.providers.launchdarkly.configs import Configs
from reconciler.providers.launchdarkly.plain import Plain
from reconciler.providers.paging import rows_of

if TYPE_CHECKING:
    from reconciler.providers.launchdarkly.provider import LaunchDarkly

_NEVER_SHOWN = frozenset({"config", "comment"})
_OF_A_VERSION = frozenset({"_id", "_links", "_access", "color", "createdAt", "_publishedAt", "_archivedAt"})


class Variations(Plain):
    """The verbs of variations."""

    def __init__(self, api: LaunchDarkly, one_at_a_time: asyncio.Lock, configs: Configs) -> None:
        super().__init__(api)
        self._writing = one_at_a_time
        self._configs = configs
        self.leaving: frozenset[str] = frozenset()
        """Configs that this run takes away, or makes anew: what is in them goes along."""

    async def fetch(self, kind: Kind, parent: Live | None, wanted: Wanted | None) -> AsyncIterator[Live]:
        """Give the variations that the config's own row shows; read one by itself where that leaves out too much."""
        if parent is None or (wanted is not None and not any(name[:1] == parent.identity for name in wanted)):
            return
        everything = frozenset(kind.root.properties) - _NEVER_SHOWN
        rows = newest(await self._rows(parent))
        asked = [
            row
            for row in rows
            if (everything if wanted is None else wanted.get((*parent.identity, row["key"]), frozenset()))
            - row.keys()
            - _NEVER_SHOWN
        ]
        read = await asyncio.gather(*(self._newest(kind, parent, row["key"]) for row in asked))
        whole = {row["key"]: row for row in read if row is not None}
        for row in rows:
            yield self.api.object(kind, whole.get(row["key"], row), parent)

    async def create(self, kind: Kind, body: Body, parent: Live | None) -> Live:
        """Create; one that shall be archived is so in a second step."""
        assert parent is not None  # noqa: S101 - a variation lives in a config
        self._configs.wrote(parent.id)
        form = {**wire.new(kind, body), **self._comment(body)}
        async with self._writing:
            made = await self.api.post(kind, form, body, parent)
        if body.get("state") == "archived":
            try:
                made = await self._send(made, {"state": "archived"}, body)
            except ProviderError as error:
                raise Incomplete(f"{error.message}; it is there, and not archived", made, hint=error.hint) from error
        return await self._shown(made)

    async def update(self, live: Live, body: Body, changes: Sequence[Change]) -> Live:
        """Send what changes: of `state` a move alone, since the server refuses one to where it is."""
        form = wire.patch(live, body, changes)
        if not form:
            return await self.again(live)
        if "model" in form and not any(change.path == "model.modelName" for change in changes):
            form["model"] = await self._unfilled(form["model"], live)
        return await self._shown(await self._send(live, {**form, **self._comment(body)}, body))

    async def delete(self, live: Live) -> None:
        """Delete; what goes with its config is left to that."""
        config = live.identity[0]
        if config in self.leaving:
            return
        self._configs.wrote(config)
        async with self._writing:
            await super().delete(live)

    async def again(self, live: Live) -> Live:
        """Read the newest version; raise `NotFound` where there is none."""
        row = await self._newest(live.kind, live.parent, live.identity[-1])
        if row is None:
            raise NotFound(f"{self.api.target.name}: {live.kind.name} {live.id} is gone")
        return self.api.object(live.kind, row, live.parent)

    # --- small steps --------------------------------------------------------------------------

    async def _send(self, live: Live, form: Body, body: Body) -> Live:
        self._configs.wrote(live.identity[0])
        async with self._writing:
            return await self.api.patch(live, form, body)

    async def _unfilled(self, model: Body, live: Live) -> Body:
        """Leave out the name that the server has filled in: with another model config it would be the wrong one."""
        key = live.body.get("modelConfigKey")
        if key is None or model.get("modelName") != await self.api.models.model_of(str(key)):
            return model
        return {name: value for name, value in model.items() if name != "modelName"}

    def _comment(self, body: Body) -> Body:
        comment = body.get("comment") or self.api.note
        return {"comment": comment} if comment else {}

    async def _rows(self, parent: Live) -> Sequence[Body]:
        row = parent.body
        if not self._configs.is_fresh(parent):
            method, path = self.api.one(parent.kind, parent.id)
            try:
                row = await self.api.call(method, path, reads=True)
            except NotFound:
                return ()
        return rows_of(row, "variations", f"GET AI Config {parent.id}", wire.VERSIONED)

    async def _newest(self, kind: Kind, parent: Live | None, key: str) -> Body | None:
        method, path = self.api.one(kind, key, parent)
        try:
            versions = rows_of(await self.api.call(method, path, reads=True), "items", path, wire.VERSIONED)
        except NotFound:
            return None
        return next(iter(newest(versions)), None)

    async def _shown(self, made: Live) -> Live:
        """Wait until a read shows what a write made, so that the next plan sees it; gives what the write's answer said.

        That a read fails, or lags for longer, makes what the server said no less true.
        """

        async def look() -> Live | None:
            try:
                held = await self.again(made)
            except NotFound:
                return None
            except ProviderError:
                return made
            return made if _is_as_new(held, made) else None

        return await self.api.awaited(look) or made


def newest(versions: Iterable[Body]) -> list[Body]:
    """Give the newest version of each variation, in the order of their first appearance; versions come in any."""
    found: dict[str, Body] = {}
    for version in versions:
        held = found.get(version["key"])
        if held is None or version["version"] > held["version"]:
            found[version["key"]] = version
    return list(found.values())


def _is_as_new(held: Live, made: Live) -> bool:
    if int(held.version or 0) > int(made.version or 0):
        return True  # somebody else has changed it since
    shown = (held.body.keys() & made.body.keys()) - _OF_A_VERSION
    return all(held.body[name] == made.body[name] for name in shown)
