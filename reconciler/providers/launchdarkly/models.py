"""Lists, creates, changes and deletes model configs, and restricts models.

Takes complete bodies, gives what the server then holds. Never touches a model of the catalog that every project sees,
but to restrict it: the list mixes both, and says which is which.
"""
# ruff: noqa: ARG002 - these are the protocol's arguments, and most kinds need but some of them

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence, Set
from typing import TYPE_CHECKING

from reconciler import redact
from reconciler.errors import Ambiguous, Incomplete, NotFound, Rejected
from reconciler.model import Body, Change, Kind, Live
from reconciler.providers.base import Wanted
from reconciler.providers.launchdarkly.plain import Plain
from reconciler.providers.launchdarkly.routes import MODELS, RESTRICTED
from reconciler.providers.paging import rows_of

if TYPE_CHECKING:
    from reconciler.providers.launchdarkly.provider import LaunchDarkly


class Models(Plain):
    """The verbs of model configs."""

    looks_first = True

    def __init__(self, api: LaunchDarkly) -> None:
        super().__init__(api)
        self.rows: Sequence[Body] = ()
        """The last list, catalog and all."""
        self._patches: bool | None = None

    async def fetch(self, kind: Kind, parent: Live | None, wanted: Wanted | None) -> AsyncIterator[Live]:
        """List the project's own."""
        for row in await self.list():
            live = self.api.decoded(kind, row, parent)
            if live is not None:
                yield live

    async def list(self) -> Sequence[Body]:
        """Give every row: those of the catalog, and the project's own."""
        path = self.api.path(MODELS)
        self.rows = rows_of(await self.api.call("GET", path, reads=True), None, path, ("key", "id"))
        return self.rows

    async def model_of(self, key: str) -> str | None:
        """Give the provider's id of a model config's model, None where there is no such model config."""
        if not self.rows:
            await self.list()
        return next((str(row["id"]) for row in self.rows if row["key"] == key), None)

    async def can_change(self) -> bool:
        """Say whether this server changes a model config in place: a read that came with that shows it."""
        if self._patches is None:
            keys = sorted((bool(row.get("global")), str(row["key"])) for row in self.rows)
            self._patches = not keys or await self._has_versions(keys[0][1])
        return self._patches

    async def _has_versions(self, key: str) -> bool:
        try:
            await self.api.call("GET", self.api.path(f"{MODELS}/{{id}}/versions?limit=1", id=key), reads=True)
        except (NotFound, Rejected):
            return False
        return True


class Restricted(Plain):
    """The verbs of the list of restricted models, which every project has."""

    def __init__(self, api: LaunchDarkly, models: Models) -> None:
        super().__init__(api)
        self._models = models

    async def fetch(self, kind: Kind, parent: Live | None, wanted: Wanted | None) -> AsyncIterator[Live]:
        """Read which models are restricted off the list of all."""
        yield await self._read(kind)

    async def update(self, live: Live, body: Body, changes: Sequence[Change]) -> Live:
        """Take keys off the list, then put others on it; the server says of each key whether it did the latter."""
        before, after = set(live.body.get("keys") or ()), set(body.get("keys") or ())
        path = self.api.path(RESTRICTED)
        if before - after:
            await self._release(live.kind, path, before - after)
        refused: list[str] = []
        if after - before:
            answer = await self.api.call("POST", path, reads=False, body={"keys": sorted(after - before)})
            errors = rows_of(answer, "errors", path, ("key", "message"))
            refused = [f"{error['key']} ({redact.vendor_text(str(error['message']))})" for error in errors]
        held = await self._read(live.kind)
        if refused:
            raise Incomplete(f"{self.api.target.name}: not restricted: {', '.join(refused)}", held)
        return held

    async def _release(self, kind: Kind, path: str, keys: Set[str]) -> None:
        try:
            await self.api.call("DELETE", path, reads=False, body={"keys": sorted(keys)})
        except Ambiguous:
            held = await self._read(kind)
            if keys & set(held.body["keys"]):
                raise

    async def _read(self, kind: Kind) -> Live:
        keys = sorted(row["key"] for row in await self._models.list() if row.get("isRestricted"))
        return Live(kind, "restricted", (), {"keys": keys})
