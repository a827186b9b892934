"""Lists, looks up and writes whole the custom models of a Respan organization.

Takes what a run needs, gives rows as the API answers them. Never takes a list for whole without asking how many models
there are: generation 3 answers whoever has no valid key too, with the built-in models alone (vendor's client 0.1.49).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reconciler.errors import Conflict, Malformed, NotFound, Rejected, Unavailable
from reconciler.model import Body, Change, Json, Kind, Live
from reconciler.providers.base import Wanted
from reconciler.providers.paging import announced, with_query
from reconciler.providers.respan import wire
from reconciler.providers.routes import quote_but_slash

if TYPE_CHECKING:
    from reconciler.providers.respan.provider import Respan

_BY_POST = "/models/list/?page_size=1000&sort_by=model_name"
_BY_GET = "/models/?all=true&sort_by=model_name"
_CUSTOM = {"filters": {"affiliation_category": {"operator": "", "value": ["custom"]}}}
"""`custom` is the one word for whose model it is that every generation has."""
_NO_ROUTE = (404, 405)


class Models:
    """The model verbs of one server that are more than a request."""

    def __init__(self, api: Respan) -> None:
        self._api = api
        self._by_post: bool | None = None
        """Whether lists are asked for by POST, as since generation 2; None before the first answer."""
        self._listed = False

    async def custom(self, kind: Kind, wanted: Wanted | None) -> Sequence[Live]:
        """Give all custom models; once they were listed, a single one is read by itself."""
        if wanted is not None and len(wanted) == 1 and self._listed:
            ((name,),) = wanted
            row = await self.named(name)
            return self._lives(kind, [] if row is None else [row])
        lives = await self._whole_list(kind)
        self._listed = True
        return lives

    async def named(self, name: str) -> Body | None:
        """Give a model by its whole name, a custom or a built-in one; None where there is none."""
        try:
            row = await self._api.call("GET", self._path(name), reads=True)
        except NotFound:
            return None
        if not isinstance(row, dict):
            raise Malformed(f"{self._api.target.name}: the answer about the model {name} is no object")
        return row

    async def require_free(self, kind: Kind, name: str) -> None:
        """Raise `Conflict` where a model bears the name: a create would overwrite it."""
        row = await self.named(name)
        if row is None:
            return
        if self._api.decoded(kind, row, None) is not None:
            raise Conflict(f"{self._api.target.name}: a model called {name!r} exists already")
        raise Conflict(
            f"{self._api.target.name}: {name!r} is a built-in model of Respan, which nobody can change",
            hint="choose another `model_name`; a built-in model can be the `base_model_name` of yours",
        )

    async def replaces(self) -> bool:
        """Say whether the server can write an object whole (PUT); it came with the lists by POST (generation 2)."""
        if self._by_post is None:
            await self._page(with_query("/models/list/", {"page": 1, "page_size": 1}), _CUSTOM)
        return bool(self._by_post)

    async def write_whole(self, live: Live, body: Body, changes: Sequence[Change]) -> Json:
        """Replace a model, so that fields lose the values that they had; gives the answer."""
        if not await self.replaces():
            lost = ", ".join(wire.beyond_patch(live, body, changes))
            raise Rejected(f"{self._api.target.name}: this server has no way to unset {lost} of the model {live.id}")
        row = await self.named(live.id)
        if row is None:
            raise NotFound(f"{self._api.target.name}: the model {live.id} is gone")
        now = self._api.object(live.kind, row, None)
        base = await self._base(now)
        form = wire.whole_form(now, body, changes, base)
        return await self._api.call("PUT", self._path(live.id), reads=False, body=form)

    async def _base(self, live: Live) -> Body | None:
        name = live.body.get(wire.BASE)
        if name is None:
            return None
        row = await self.named(name)
        if row is None:
            raise Rejected(
                f"{self._api.target.name}: the base {name} of the model {live.id} cannot be read, "
                "so that nobody can say what it inherits",
                hint="first let it have a base that is there, a built-in one by its whole name such as openai/gpt-4o",
            )
        return self._api.object(live.kind, {**row, "affiliation_category": "custom"}, None).body  # built in or not

    # --- lists --------------------------------------------------------------------------------

    async def _whole_list(self, kind: Kind) -> list[Live]:
        """Give the list if it has every model that the server counts; somebody may create one between two requests."""
        for _ in range(2):
            lives = self._lives(kind, await self._list())
            count = await self._count() if self._by_post else 0
            if len(lives) >= count:
                return lives
        raise Unavailable(
            f"{self._api.target.name}: the list has {len(lives)} of {count} custom models",
            hint="check that the key is valid, and what it may see",
        )

    def _lives(self, kind: Kind, rows: Sequence[Body]) -> list[Live]:
        return [live for row in rows if (live := self._api.decoded(kind, row, None)) is not None]

    async def _list(self) -> list[Body]:
        """Give all models; without a list by POST, the built-in ones among them."""
        if self._by_post is not False:
            rows = [row async for page in announced("results")(self._page, _BY_POST, _CUSTOM) for row in page]
            if self._by_post:
                return rows
        return [row async for page in announced("results")(self._api.page, _BY_GET, None) for row in page]

    async def _page(self, where: str, body: Json) -> Json:
        """Ask for a page by POST; nothing, where the first answer shows that there is no such list."""
        path = self._api.base + where
        answer = await self._api.session.send("POST", path, reads=True, body=body)
        if self._by_post is None:
            self._by_post = answer.status not in _NO_ROUTE
        return self._api.result("POST", answer, reads=True) if self._by_post else []

    async def _count(self) -> int:
        path = f"{self._api.base}/models/summary/"
        answer = await self._api.call("POST", path, reads=True, body=_CUSTOM)
        summary = answer.get("summary") if isinstance(answer, dict) else None
        count = summary.get("custom_count") if isinstance(summary, dict) else None
        if not isinstance(count, int):
            raise Malformed(f"{self._api.target.name}: {path} does not tell how many custom models there are")
        return count

    def _path(self, name: str) -> str:
        return f"{self._api.base}/models/{quote_but_slash(name)}/"
