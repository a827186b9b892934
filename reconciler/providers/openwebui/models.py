"""Lists, creates, updates and deletes Open WebUI models.

Takes complete bodies, gives what the server then holds. Never trusts one status: a 401 is told apart by reading, and
a 500 on create is followed by a look before anything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reconciler.errors import Ambiguous, Conflict, Incomplete, NotFound, ProviderError
from reconciler.model import Body, Change, Kind, Live, Path
from reconciler.paths import parse_path, remove_at, replace_at, value_at
from reconciler.providers.answer import Answer
from reconciler.providers.base import Wanted
from reconciler.providers.openwebui import wire
from reconciler.providers.routes import quote_part

if TYPE_CHECKING:
    from reconciler.providers.openwebui.provider import OpenWebUI

LIST_ALL_SINCE = (0, 11, 1)
_ATTEMPTS = 5
_TAKEN_OR_FORBIDDEN = (400, 401, 409)
"""400 as the published page has it, 401 as the real server answers."""


class Models:
    """The model verbs of one server."""

    def __init__(self, api: OpenWebUI) -> None:
        self._api = api
        self._listed = False

    async def rows(self, wanted: Wanted | None) -> Sequence[Body]:
        """Give all models; once they were listed, a single one is read by itself."""
        if wanted is not None and len(wanted) == 1 and self._listed:
            ((model_id,),) = wanted
            answer = await self._ask(model_id)
            if answer.status == 404:
                return []
            row = self._api.result("GET", answer, reads=True) if answer.status == 200 else None
            if row is not None and row.get("write_access") is not False:  # a mere reader is shown no params
                return [row]
        rows = await self._all()
        self._listed = True
        return rows

    async def create(self, kind: Kind, body: Body) -> Live:
        """Create; a taken id is a `Conflict`, and a 500 is repeated only where reading shows nothing."""
        form, attempt = self._api.encode(kind, body, None), 1
        while True:
            answer = await self._api.post("/models/create", form)
            if answer.status in _TAKEN_OR_FORBIDDEN and await self.exists(body["id"]):
                raise Conflict(f"{self._api.target.name}: a model with the id {body['id']!r} exists already")
            if answer.status != 500 or attempt == _ATTEMPTS or await self._was_stored(body["id"]):
                return self._api.held(kind, answer)
            await self._api.back_off(attempt)
            attempt += 1

    async def update(self, live: Live, body: Body, changes: Sequence[Change]) -> Live:
        """Send the complete form, then the grants where the answer still has others (since 0.12.4 always)."""
        wanted, before, attempt = body, live, 1
        while True:
            answer = await self._api.post("/models/model/update", self._api.encode(live.kind, wanted, before))
            if answer.status != 409 or attempt == _ATTEMPTS:
                break
            await self._api.back_off(attempt)
            attempt += 1
            before = await self._again(live)
            wanted = overlaid(before.body, body, changes)
        await self._api.require_there(live, answer, lambda: self.exists(live.id))
        return await self._share(self._api.held(live.kind, answer), wanted)

    async def exists(self, model_id: str) -> bool:
        """Say whether a model has the id, whoever may see it."""
        answer = await self._ask(model_id)
        if answer.status == 200:
            return self._api.result("GET", answer, reads=True) is not None
        return answer.status != 404 and any(row.get("id") == model_id for row in await self._all())

    async def _was_stored(self, model_id: str) -> bool:
        """Look for what a create that failed may have left; raise `Ambiguous` where looking fails too."""
        try:
            return await self.exists(model_id)
        except ProviderError as error:
            raise Ambiguous(
                f"{self._api.target.name}: creating model {model_id} failed with HTTP 500, and so did looking for it; "
                f"whether it was stored is unknown: {error.message}",
                hint="plan again: it reads what the server holds",
            ) from error

    async def _share(self, live: Live, wanted: Body) -> Live:
        """Bring the grants in line; only after an update, for this route makes a row where there is none."""
        grants = wire.triples(wanted.get("access_grants"))
        if set(grants) == set(wire.triples(live.body.get("access_grants"))):
            return live
        form = {
            "id": live.id,
            "name": live.body.get("name"),
            "access_grants": wire.grants_form(grants, published=self._api.published),
        }
        try:
            return self._api.held(live.kind, await self._api.post("/models/model/access/update", form))
        except Ambiguous:
            raise
        except ProviderError as error:
            raise Incomplete(
                f"{error.message}; everything but the access grants was stored", live, hint=error.hint
            ) from error

    async def _again(self, live: Live) -> Live:
        answer = await self._ask(live.id)
        if answer.status == 404:
            raise NotFound(f"{self._api.target.name}: model {live.id} is gone")
        return self._api.object(live.kind, self._api.result("GET", answer, reads=True), None)

    async def _ask(self, model_id: str) -> Answer:
        path = f"{self._api.base}/models/model?id={quote_part(model_id)}"
        return await self._api.session.send("GET", path, reads=True)

    async def _all(self) -> Sequence[Body]:
        if self._api.version >= LIST_ALL_SINCE:
            return await self._api.rows("/models/all")
        return [*await self._api.rows("/models/export"), *await self._api.rows("/models/base")]


def overlaid(fresh: Body, body: Body, changes: Sequence[Change]) -> Body:
    """Give `fresh` with what we change taken from `body`: somebody else's edit of another field survives."""
    if not changes:
        return body
    result = fresh
    for change in changes:
        path = _leaf(parse_path(change.path))
        above = value_at(body, path[:-1])
        if isinstance(above, dict) and path[-1] in above:
            result = replace_at(result, path, above[path[-1]])
        else:
            result = remove_at(result, path)
    return result


def _leaf(path: Path) -> Path:
    """Cut a path at its first list index: lists are sent whole."""
    for position, step in enumerate(path):
        if isinstance(step, int):
            return path[:position]
    return path
