"""Lists, creates, changes and deletes AI Configs.

Takes complete bodies, gives what the server then holds. One write at a time: making a config makes a flag, and that
call's limit is tight. Never creates without looking: the answer to a second creation says `invalid variation` (seen by
a lab).
"""
# ruff: noqa: ARG002 - these are the protocol's arguments, and most kinds need but some of them

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from reconciler.errors import Rejected
from reconciler.model import Body, Change, Kind, Live
from reconciler.providers.base import Wanted
from reconciler.providers.launchdarkly.plain import Plain
from reconciler.providers.launchdarkly.refusals import CANNOT_DELETE_YET

if TYPE_CHECKING:
    from reconciler.providers.launchdarkly.provider import LaunchDarkly

DELETE_AGAIN_AFTER, DELETE_WITHIN = 2.0, 45.0
"""For how long a deletion is refused for no reason, in seconds (the vendor's Terraform provider 3.1.3)."""


class Configs(Plain):
    """The verbs of AI Configs; they know which configs were written since they were listed."""

    looks_first = True

    def __init__(self, api: LaunchDarkly, one_at_a_time: asyncio.Lock) -> None:
        super().__init__(api)
        self._writing = one_at_a_time
        self._listed: dict[str, Body] = {}

    def is_fresh(self, live: Live) -> bool:
        """Say whether a config is as the last list showed it, and nothing of it was written since."""
        return self._listed.get(live.id) is live.body

    def wrote(self, key: str) -> None:
        """Take note that a config, or what is in it, is about to be written."""
        self._listed.pop(key, None)

    async def fetch(self, kind: Kind, parent: Live | None, wanted: Wanted | None) -> AsyncIterator[Live]:
        """List the configs, with their variations in them."""
        async for live in self.api.listed(kind, parent):
            self._listed[live.id] = live.body
            yield live

    async def create(self, kind: Kind, body: Body, parent: Live | None) -> Live:
        """Create; the maintainer, where none is declared, is the server's choice."""
        async with self._writing:
            return await super().create(kind, body, parent)

    async def update(self, live: Live, body: Body, changes: Sequence[Change]) -> Live:
        """Send what changes."""
        self.wrote(live.id)
        async with self._writing:
            return await super().update(live, body, changes)

    async def delete(self, live: Live) -> None:
        """Delete, with all that is in it; again where the server is not ready for that."""
        self.wrote(live.id)
        until = self.api.clock.monotonic() + DELETE_WITHIN
        while True:
            try:
                async with self._writing:
                    return await super().delete(live)
            except Rejected as error:
                is_late = self.api.clock.monotonic() + DELETE_AGAIN_AFTER > until
                if is_late or CANNOT_DELETE_YET.search(error.message) is None:
                    raise
            await self.api.clock.sleep(DELETE_AGAIN_AFTER)
