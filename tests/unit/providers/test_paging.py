from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.errors import Malformed
from reconciler.providers import paging
from reconciler.providers.paging import Paging, announced, links, numbered, offsets, totalled, under, whole, with_query

A, B, C = {"n": 1}, {"n": 2}, {"n": 3}


def _walk(walk: Paging, path: str, answers: dict[str, Any], body: Any = None) -> tuple[list[Any], list[str]]:
    asked: list[str] = []

    async def fetch(where: str, given: Any) -> Any:
        assert given is body
        asked.append(where)
        return answers[where]

    async def run() -> list[Any]:
        return [row async for rows in walk(fetch, path, body) for row in rows]

    return asyncio.run(run()), asked


@pytest.mark.parametrize(
    ("walk", "path", "answers"),
    [
        (whole, "/l", {"/l": [A, B]}),
        (under("data"), "/l", {"/l": {"data": [A, B], "total": 2}}),
        (offsets(None, size=2), "/l", {"/l?limit=2&offset=0": [A, B], "/l?limit=2&offset=2": []}),
        (
            offsets("items", size=1, skip="skip"),
            "/l?x=1",
            {
                "/l?x=1&limit=1&skip=0": {"items": [A]},
                "/l?x=1&limit=1&skip=1": {"items": [B]},
                "/l?x=1&limit=1&skip=2": {"items": []},
            },
        ),
        (numbered("items"), "/l", {"/l?page=1": {"items": [A, B]}, "/l?page=2": {"items": []}}),
        (
            announced("results"),
            "/l/?size=1",
            {
                "/l/?size=1&page=1": {"results": [A], "next": "http://another.host/l/?page=7"},
                "/l/?size=1&page=2": {"results": [B], "next": None},
            },
        ),
        (announced("results"), "/l/", {"/l/?page=1": [A, B]}),
        (
            links("results"),
            "/l/",
            {
                "/l/": {"results": [A], "next": "https://h/l/?page=2"},
                "https://h/l/?page=2": {"results": [B], "next": None},
            },
        ),
        (
            links("items", to_next=("_links", "next", "href")),
            "/v2/l",
            {"/v2/l": {"items": [A], "_links": {"next": {"href": "?offset=1"}}}, "/v2/l?offset=1": {"items": [B]}},
        ),
        (
            totalled("items", size=1, total="count", to_next=("_links", "next", "href")),
            "/v2/l",
            {
                "/v2/l?limit=1": {"items": [A], "count": 2, "_links": {"next": {"href": "/v2/l?page=b"}}},
                "/v2/l?page=b": {"items": [B], "count": 2},
            },
        ),
        (
            totalled("items", size=2, total="count"),
            "/l",
            {"/l?limit=2": {"items": [A], "count": 2}, "/l?limit=2&offset=1": {"items": [B], "count": 2}},
        ),
        (totalled("items", size=9, total="count"), "/l", {"/l?limit=9": {"items": [A, B]}}),
    ],
)
def test_every_form_gives_every_row_and_asks_no_more_than_needed(
    walk: Paging, path: str, answers: dict[str, Any]
) -> None:
    rows, asked = _walk(walk, path, answers)
    assert rows == [A, B]
    assert asked == list(answers)


@pytest.mark.parametrize(
    ("walk", "answer"),
    [
        (whole, {"data": []}),
        (whole, None),
        (whole, [1]),
        (under("data"), []),
        (under("data"), {"items": []}),
        (under("data"), {"data": {"a": 1}}),
        (numbered(None), "x"),
        (announced("results"), "x"),
    ],
)
def test_another_shape_is_malformed(walk: Paging, answer: Any) -> None:
    path = "/l?page=1" if walk is not whole and isinstance(answer, str) else "/l"
    with pytest.raises(Malformed, match="is not a list of objects"):
        _walk(walk, "/l", {path: answer})


ENDLESS = [
    pytest.param(offsets(None, size=1), lambda n: [{"n": n}], id="offsets"),
    pytest.param(numbered(None), lambda n: [{"n": n}], id="numbered"),
    pytest.param(announced("r"), lambda n: {"r": [{"n": n}], "next": "x"}, id="announced"),
    pytest.param(links("r"), lambda n: {"r": [C], "next": f"/l?{n}"}, id="links"),
    pytest.param(totalled("r", size=1, total="n"), lambda n: {"r": [C], "next": f"/l?{n}"}, id="totalled"),
]
"""A list, and its nth page."""


def _endless(walk: Paging, page: Callable[[int], Any]) -> None:
    class Endless(dict[str, Any]):
        asked = 0

        def __missing__(self, key: str) -> Any:
            self.asked += 1
            return page(self.asked)

    _walk(walk, "/l", Endless())


@pytest.mark.parametrize(("walk", "page"), ENDLESS)
def test_a_list_without_end_is_malformed(
    walk: Paging, page: Callable[[int], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "MAX_PAGES", 3)
    with pytest.raises(Malformed, match="more than 3 pages"):
        _endless(walk, page)


@pytest.mark.parametrize(("walk", "page"), ENDLESS)
def test_a_list_that_goes_round_in_a_circle_is_malformed_at_once(walk: Paging, page: Callable[[int], Any]) -> None:
    with pytest.raises(Malformed, match=r"the same page again|leads back to a page that was read"):
        _endless(walk, lambda n: page(min(n, 2)))


@pytest.mark.parametrize("link", ["http://[", "//[::1", "/l"])
def test_a_next_page_that_is_no_address_is_malformed(link: str) -> None:
    with pytest.raises(Malformed, match="leads back"):
        _endless(links("r"), lambda n: {"r": [C], "next": link})


def test_a_query_is_added() -> None:
    assert with_query("/l", {"a b": "c&d"}) == "/l?a+b=c%26d"


def test_a_list_that_shows_fewer_rows_than_it_says_is_not_taken_for_whole() -> None:
    answers = {"/l?limit=2": {"items": [A], "count": 3}, "/l?limit=2&offset=1": {"items": [], "count": 3}}
    with pytest.raises(Malformed, match="says that it holds 2 rows more, and shows none"):
        _walk(totalled("items", size=2, total="count"), "/l", answers)
