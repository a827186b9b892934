"""RestProvider against a small server of its own: nested kinds, pages, PATCH, upserts, answers that say little."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from urllib.parse import parse_qs

import httpx
import pytest

from reconciler.errors import Ambiguous, Conflict, Malformed, NotFound, ProviderError, RateLimited, Rejected
from reconciler.model import Account, Body, Change, Desired, Field, Kind, Live, Observed, Review
from reconciler.providers import credential
from reconciler.providers.answer import Answer
from reconciler.providers.base import Provider
from reconciler.providers.credential import Login
from reconciler.providers.paging import links, offsets, under
from reconciler.providers.rest import RestProvider
from reconciler.providers.routes import Route, quote_but_slash

from .peer import FakeTime, target

Result = TypeVar("Result")


def _kind(name: str, *identity: str, parent: str | None = None, singleton: bool = False) -> Kind:
    return Kind("shop", name, name, {}, Field(), identity, parent, singleton=singleton)


SHELF, BOOK = _kind("Shelf", "key"), _kind("Book", "shelf", "title", parent="Shelf")
TAG, HOURS, GHOST, LABEL = _kind("Tag", "name"), _kind("Hours", singleton=True), _kind("Ghost"), _kind("Label", "name")


class Shop(RestProvider):
    """A system with a little of everything."""

    prefix: ClassVar[str] = "/api"
    login = Login("/login")
    routes: ClassVar = {
        "Shelf": Route(
            list="GET /{shop}/shelves",
            create="POST /{shop}/shelves",
            update="PATCH /{shop}/shelves/{id}",
            delete="DELETE /{shop}/shelves/{id}",
            id="key",
            item="shelf",
            paging=offsets("items", size=2),
            partial=True,
        ),
        "Book": Route(
            list="POST /{shop}/shelves/{Shelf}/books/list/",
            list_body={"filters": {}},
            read="GET /{shop}/shelves/{Shelf}/books/{id}/",
            create="POST /{shop}/shelves/{Shelf}/books/",
            update="PUT /{shop}/shelves/{Shelf}/books/{id}/",
            delete="DELETE /{shop}/shelves/{Shelf}/books/{id}/",
            delete_body=lambda live: {"title": live.body["title"]},
            id="isbn",
            paging=links("results"),
        ),
        "Tag": Route(
            list="GET /tags",
            create="POST /tags",
            update="PUT /tags/{id}",
            id="name",
            paging=under("data"),
            upserts=True,
            quoting=quote_but_slash,
        ),
        "Hours": Route(read="GET /hours", update="PUT /hours"),
        "Label": Route(list="GET /labels", create="POST /labels", update="PUT /labels/{id}", id="name"),
    }

    def decode(self, kind: Kind, row: Body, parent: Live | None) -> Live | None:
        """Built-in tags are nobody's; the hours have no id."""
        if kind is HOURS:
            return Live(kind, "hours", (), row)
        return None if row.get("builtin") else super().decode(kind, row, parent)

    def retry_after(self, answer: Answer) -> float | None:
        """The wait stands in the body."""
        found: float | None = json.loads(answer.content).get("retry_after") if answer.status == 429 else None
        return found


class Server:
    """The shop's server: answers from tables, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.bodies: list[Any] = []
        self.shelves: dict[str, Body] = {}
        self.books: dict[str, Body] = {}
        self.tags: dict[str, Body] = {"new": {"name": "new", "builtin": True}}
        self.labels: dict[str, Body] = {}
        self.mute = False
        self.answers: list[httpx.Response] = []

    def serve(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode().removeprefix("/api")
        self.asked.append(f"{request.method} {path}")
        body = json.loads(request.content) if request.content else None
        self.bodies.append(body)
        if self.answers:
            return self.answers.pop(0)
        status, answer = self._answer(request.method, path, body)
        return httpx.Response(status, json=answer) if answer is not None else httpx.Response(status)

    def _answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        route, _, query = path.partition("?")
        parts = [part for part in route.split("/") if part]
        if parts[0] == "hours":
            return 200, body or {"open": "9"}
        if parts[0] == "labels":
            return self._label(method, body)
        if parts[0] == "tags":
            return self._tag(method, body)
        if "books" in parts:
            return self._book(method, parts, query, body)
        return self._shelf(method, parts, query, body)

    def _label(self, method: str, body: Any) -> tuple[int, Any]:
        if method == "GET":
            return 200, list(self.labels.values())
        if not self.mute:
            self.labels[body["name"]] = body
        return 200, {"success": True}

    def _tag(self, method: str, body: Any) -> tuple[int, Any]:
        if method == "GET":
            return 200, {"data": list(self.tags.values())}
        self.tags[body["name"]] = body
        return 200, None if self.mute else body

    def _shelf(self, method: str, parts: list[str], query: str, body: Any) -> tuple[int, Any]:
        if method == "GET":
            skip = int(parse_qs(query)["offset"][0])
            return 200, {"items": list(self.shelves.values())[skip : skip + 2]}
        if method == "POST":
            self.shelves[body["key"]] = body
            return 201, {"shelf": body}
        if parts[2] not in self.shelves:
            return 404, {"message": "no such shelf"}
        if method == "DELETE":
            del self.shelves[parts[2]]
            return 204, None
        self.shelves[parts[2]].update(body)
        return 200, {"shelf": self.shelves[parts[2]]}

    def _book(self, method: str, parts: list[str], query: str, body: Any) -> tuple[int, Any]:
        if parts[-1] == "list":
            rows, start = list(self.books.values()), int(query.removeprefix("from=") or 0)
            onward = f"https://h.example/api/{'/'.join(parts)}/?from={start + 1}" if start + 1 < len(rows) else None
            return 200, {"results": rows[start : start + 1], "next": onward}
        if method == "POST":
            isbn = f"i{len(self.books)}"
            self.books[isbn] = {**body, "isbn": isbn}
            return 200, self.books[isbn]
        if parts[-1] not in self.books:
            return 404, {}
        if method == "GET":
            return 200, self.books[parts[-1]]
        if method == "DELETE":
            del self.books[parts[-1]]
            return 200, None
        self.books[parts[-1]] = {**body, "isbn": parts[-1]}
        return 200, {"success": True}


def _play(story: Callable[[Shop, Server], Awaitable[Result]], **fields: Any) -> Result:
    async def run() -> Result:
        server = Server()
        aimed = target("https://h.example", **{"options": {"shop": "main street"}, **fields})
        shop = Shop(
            aimed,
            credential.read(aimed, Path(), Shop.login),
            transport=httpx.MockTransport(server.serve),
            clock=FakeTime().clock,
        )
        provider: Provider = shop  # mypy: the protocol is fulfilled
        try:
            return await story(shop, server)
        finally:
            await provider.close()

    return asyncio.run(run())


async def _all(shop: Shop, kind: Kind, parent: Live | None = None) -> list[Live]:
    return [live async for live in shop.fetch(kind, parent, None)]


def _change(path: str) -> Change:
    return Change(path, None, None)


def test_pages_patch_and_delete() -> None:
    async def story(shop: Shop, server: Server) -> None:
        for key in ("a", "b", "c"):
            await shop.create(SHELF, {"key": key, "name": key.upper()}, None)
        shelves = await _all(shop, SHELF)
        assert [live.identity for live in shelves] == [("a",), ("b",), ("c",)]
        assert server.asked[3:] == [f"GET /main%20street/shelves?limit=2&offset={n}" for n in (0, 2)]

        changed = {"key": "a", "name": "Z", "size": {"w": 2}}
        updated = await shop.update(shelves[0], changed, [_change("name"), _change("size.w"), _change("gone")])
        assert server.bodies[-1] == {"name": "Z", "size": {"w": 2}, "gone": None}
        assert (updated.id, updated.body["name"]) == ("a", "Z")
        await shop.delete(updated)
        assert server.bodies[-1] is None
        with pytest.raises(NotFound, match=r"peer: DELETE https://h.example/api/main%20street/shelves/a: HTTP 404: no"):
            await shop.delete(updated)

    _play(story)


def test_children_live_under_their_parent() -> None:
    async def story(shop: Shop, server: Server) -> None:
        shelf = await shop.create(SHELF, {"key": "sci/fi"}, None)
        made = await shop.create(BOOK, {"title": "Dune", "pages": 1}, shelf)
        await shop.create(BOOK, {"title": "Solaris"}, shelf)
        assert (made.id, made.identity, made.parent) == ("i0", ("sci/fi", "Dune"), shelf)
        server.asked.clear()
        assert [live.identity[1] for live in await _all(shop, BOOK, shelf)] == ["Dune", "Solaris"]
        where = "/main%20street/shelves/sci%2Ffi/books"
        assert server.asked[0] == f"POST {where}/list/"
        assert server.asked[1].endswith("/books/list/?from=1")
        assert server.bodies[-1] == {"filters": {}}

        server.asked.clear()
        updated = await shop.update(made, {"title": "Dune", "pages": 2}, [_change("pages")])
        assert updated.body["pages"] == 2
        assert server.asked == [f"PUT {where}/i0/", f"GET {where}/i0/"]  # the answer did not say
        await shop.delete(updated)
        assert server.bodies[-1] == {"title": "Dune"}
        assert await shop.read_again(updated) is None

    _play(story)


def test_an_object_that_vanishes_under_an_update_is_unknown() -> None:
    async def story(shop: Shop, server: Server) -> None:
        shelf = await shop.create(SHELF, {"key": "s"}, None)
        made = await shop.create(BOOK, {"title": "Dune"}, shelf)
        server.answers = [httpx.Response(200, json={"success": True})]
        server.books.clear()
        with pytest.raises(Ambiguous, match="it cannot be found; whether it was stored is unknown"):
            await shop.update(made, {"title": "Dune"}, [])

    _play(story)


def test_an_endpoint_that_would_overwrite_is_asked_first() -> None:
    async def story(shop: Shop, server: Server) -> None:
        made = await shop.create(TAG, {"name": "openai/x", "n": 1}, None)
        assert server.asked == ["GET /tags", "POST /tags"]
        with pytest.raises(Conflict, match="peer: Tag openai/x exists already"):
            await shop.create(TAG, {"name": "openai/x", "n": 2}, None)
        assert server.tags["openai/x"]["n"] == 1
        await shop.update(made, {"name": "openai/x", "n": 3}, [])
        assert server.asked[-1] == "PUT /tags/openai/x"

    _play(story)


def test_an_answer_that_does_not_say_is_followed_by_reading() -> None:
    async def story(shop: Shop, server: Server) -> None:
        made = await shop.create(LABEL, {"name": "l", "n": 1}, None)
        assert made.body == {"name": "l", "n": 1}
        assert server.asked == ["POST /labels", "GET /labels"]
        assert (await shop.update(made, {"name": "l", "n": 2}, [])).body["n"] == 2
        server.mute = True
        server.labels.clear()
        with pytest.raises(Ambiguous, match="it has no 'name', and it cannot be found"):
            await shop.create(LABEL, {"name": "k"}, None)

    _play(story)


def test_built_ins_are_not_live() -> None:
    async def story(shop: Shop, server: Server) -> None:
        server.tags["mine"] = {"name": "mine"}
        assert [live.id for live in await _all(shop, TAG)] == ["mine"]
        server.answers = [httpx.Response(200, json={"name": "x", "builtin": True})]
        with pytest.raises(Ambiguous, match="the answer holds no Tag, and it cannot be found"):
            await shop.update(Live(TAG, "x", ("x",), {}), {"name": "x"}, [])

    _play(story)


def test_a_singleton_is_read() -> None:
    async def story(shop: Shop, server: Server) -> None:
        (hours,) = await _all(shop, HOURS)
        assert (hours.id, hours.body) == ("hours", {"open": "9"})
        assert (await shop.update(hours, {"open": "10"}, [])).body == {"open": "10"}

    _play(story)


def test_verbs_and_kinds_that_do_not_exist() -> None:
    async def story(shop: Shop, server: Server) -> None:
        with pytest.raises(Rejected, match="peer: the API has no such verb for Tag"):
            await shop.delete(Live(TAG, "x", ("x",), {}))
        with pytest.raises(Rejected, match="peer: shop serves no kind Ghost"):
            await _all(shop, GHOST)

    _play(story)


def test_a_setting_of_the_system_that_is_missing() -> None:
    async def story(shop: Shop, server: Server) -> None:
        with pytest.raises(Rejected, match="needs shop"):
            await _all(shop, SHELF)

    _play(story, options={})


@pytest.mark.parametrize(
    ("row", "message"),
    [({"n": 1}, "it has no 'name'$"), ({"name": None, "builtin": 0}, None)],
)
def test_a_row_that_is_not_what_the_contract_says(row: Body, message: str | None) -> None:
    async def story(shop: Shop, server: Server) -> None:
        server.tags["x"] = row
        if message is None:
            assert len(await _all(shop, TAG)) == 1
            return
        with pytest.raises(Malformed, match=message):
            await _all(shop, TAG)

    _play(story)


def test_a_wait_in_the_body_is_understood() -> None:
    async def story(shop: Shop, server: Server) -> None:
        server.answers = [httpx.Response(429, json={"detail": "slow", "retry_after": 30})]
        await shop.create(TAG, {"name": "t"}, None)
        assert shop.clock.monotonic() == 1030.25
        server.answers = [httpx.Response(429, json={"retry_after": 9999})]
        with pytest.raises(RateLimited) as caught:
            await _all(shop, TAG)
        assert caught.value.retry_after == 9999

    _play(story)


@pytest.mark.parametrize(("method", "error"), [("GET", Malformed), ("POST", Ambiguous)])
def test_a_web_page_where_an_answer_was_due(method: str, error: type[ProviderError]) -> None:
    async def story(shop: Shop, server: Server) -> None:
        server.answers = [httpx.Response(200, html="<html>")]
        with pytest.raises(error, match="answered text/html") as caught:
            await shop.call(method, "/api/x", reads=method == "GET")
        assert "`url` or `prefix`" in caught.value.hint

    _play(story)


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
def test_a_refusal_of_a_write_that_is_a_web_page_says_nothing_of_what_was_stored(status: int) -> None:
    """A proxy may have made it, after the API had carried the write out."""

    async def story(shop: Shop, server: Server) -> None:
        server.answers = [httpx.Response(status, html="<html>Not here</html>")]
        with pytest.raises(Ambiguous, match=f"HTTP {status} and a web page, .* whether it was stored is unknown"):
            await shop.call("POST", "/api/x", reads=False)

    _play(story)


def test_a_web_page_that_says_too_many_was_stored_by_nobody() -> None:
    """Proxies limit rates with pages of their own: a 429 is one whatever it looks like."""

    async def story(shop: Shop, server: Server) -> None:
        with pytest.raises(RateLimited):
            shop.result("POST", Answer(429, {"content-type": "text/html"}, b"{}", "http://h/x"), reads=False)

    _play(story)


def test_the_hooks_that_most_systems_need_not() -> None:
    async def story(shop: Shop, server: Server) -> None:
        spec: Body = {"a": 1}
        assert await shop.resolve_names(TAG, spec) is spec
        assert await shop.review(Desired({}, {}), Observed({}), ()) == Review()
        assert await shop.identify() == Account("")
        assert RestProvider.retry_after(shop, Answer(429, {}, b"", "u")) is None
        assert server.asked == []

    _play(story)


@pytest.mark.parametrize(
    ("fields", "width"), [({}, 8), ({"concurrency": 3}, 3), ({"concurrency": 2, "requests_per_second": 5.0}, 2)]
)
def test_the_targets_limits_hold(fields: dict[str, Any], width: int) -> None:
    async def story(shop: Shop, server: Server) -> tuple[int, float]:
        await asyncio.gather(*(shop.call("GET", "/api/hours", reads=True) for _ in range(6)))
        return shop.session._pace._slots._value, shop.clock.monotonic()

    found, end = _play(story, **fields)
    assert found == width
    assert end == pytest.approx(1001.0 if "requests_per_second" in fields else 1000.0)
