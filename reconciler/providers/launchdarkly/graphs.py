"""Lists, creates and changes agent graphs.

Takes complete bodies, gives what the server then holds. Never sends a root without edges, or edges without a root: the
API refuses half of the pair. Their list leaves the edges out.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from reconciler.errors import NotFound
from reconciler.model import Body, Change, Kind, Live
from reconciler.providers.base import Wanted
from reconciler.providers.launchdarkly import wire
from reconciler.providers.launchdarkly.plain import Plain

PAIR = frozenset({"rootConfigKey", "edges"})


class Graphs(Plain):
    """The verbs of agent graphs."""

    looks_first = True

    async def fetch(self, kind: Kind, parent: Live | None, wanted: Wanted | None) -> AsyncIterator[Live]:
        """List the graphs; read those by themselves of which a root or edges are wanted that the list leaves out."""
        listed = [live async for live in self.api.listed(kind, parent)]
        read = await asyncio.gather(*(self._whole(live, wanted) for live in listed))
        for live in read:
            if live is not None:
                yield live

    async def update(self, live: Live, body: Body, changes: Sequence[Change]) -> Live:
        """Send what changes, root and edges together."""
        form = wire.patch(live, body, changes)
        if form.keys() & PAIR:
            form |= {name: value for name, value in wire.settable(live.kind, body).items() if name in PAIR}
        return await self.api.patch(live, form, body) if form else await self.again(live)

    async def _whole(self, live: Live, wanted: Wanted | None) -> Live | None:
        fields = PAIR if wanted is None else wanted.get(live.identity, frozenset()) & PAIR
        if fields <= live.body.keys():
            return live
        try:
            return await self.again(live)
        except NotFound:  # it went in between
            return None
