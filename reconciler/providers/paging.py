"""Reads a list page by page.

Takes a function that fetches one page and gives rows, one page at a time. Never holds more than a page, and raises
`Malformed` where a page is not of the promised shape: a list that may be cut short must not look whole.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TypeAlias
from urllib.parse import urlencode, urljoin

from reconciler import redact
from reconciler.errors import Malformed
from reconciler.model import Json
from reconciler.words import counted

Page: TypeAlias = Callable[[str, Json], Awaitable[Json]]
"""Fetches one page: (path or URL, body) → decoded answer."""
Paging: TypeAlias = Callable[[Page, str, Json], AsyncIterator[Sequence[Json]]]
"""Walks a list: (fetch, path, body) → rows, page by page."""

MAX_PAGES = 10_000
"""A server that always names a next page would never end otherwise."""


async def whole(fetch: Page, path: str, body: Json) -> AsyncIterator[Sequence[Json]]:
    """The whole list is one bare array."""
    yield rows_of(await fetch(path, body), None, path)


def under(key: str) -> Paging:
    """The whole list stands under one key."""

    async def walk(fetch: Page, path: str, body: Json) -> AsyncIterator[Sequence[Json]]:
        yield rows_of(await fetch(path, body), key, path)

    return walk


def offsets(key: str | None, *, size: int, skip: str = "offset", limit: str = "limit") -> Paging:
    """Pages by offset and limit; a page shorter than `size` is the last."""

    async def walk(fetch: Page, path: str, body: Json) -> AsyncIterator[Sequence[Json]]:
        before: Sequence[Json] = ()
        for number in range(MAX_PAGES):
            rows = rows_of(await fetch(with_query(path, {limit: size, skip: number * size}), body), key, path)
            _require_new(rows, before, path)
            yield rows
            if len(rows) < size:
                return
            before = rows
        raise _endless(path)

    return walk


def numbered(key: str | None, *, page: str = "page") -> Paging:
    """Pages by number from 1, the size being the server's; an empty page is the last."""

    async def walk(fetch: Page, path: str, body: Json) -> AsyncIterator[Sequence[Json]]:
        before: Sequence[Json] = ()
        for number in range(1, MAX_PAGES + 1):
            rows = rows_of(await fetch(with_query(path, {page: number}), body), key, path)
            if not rows:
                return
            _require_new(rows, before, path)
            yield rows
            before = rows
        raise _endless(path)

    return walk


def announced(key: str, *, more: str = "next", page: str = "page") -> Paging:
    """Pages by number from 1, each saying under `more` whether another follows; a bare array is the whole list.

    A link to the next page is not followed: it may name the server as a proxy knows it.
    """

    async def walk(fetch: Page, path: str, body: Json) -> AsyncIterator[Sequence[Json]]:
        before: Sequence[Json] = ()
        for number in range(1, MAX_PAGES + 1):
            answer = await fetch(with_query(path, {page: number}), body)
            rows = rows_of(answer, None if isinstance(answer, list) else key, path)
            _require_new(rows, before, path)
            yield rows
            if isinstance(answer, list) or not answer.get(more):
                return
            before = rows
        raise _endless(path)

    return walk


def links(key: str, *, to_next: Sequence[str] = ("next",)) -> Paging:
    """Pages that name the next one, at `to_next` inside the answer; where it is missing or null, that was the last."""

    async def walk(fetch: Page, path: str, body: Json) -> AsyncIterator[Sequence[Json]]:
        here, been = path, {path}
        for _ in range(MAX_PAGES):
            answer = await fetch(here, body)
            yield rows_of(answer, key, here)
            link = _at(answer, to_next)
            if not link:
                return
            here = _next(here, link, been)
        raise _endless(path)

    return walk


def totalled(key: str, *, size: int, total: str, to_next: Sequence[str] = ("next",)) -> Paging:
    """Pages that name the next one, and how many rows there are at `total`: where none is named, the number decides."""

    async def walk(fetch: Page, path: str, body: Json) -> AsyncIterator[Sequence[Json]]:
        here, seen = with_query(path, {"limit": size}), 0
        been = {here}
        for _ in range(MAX_PAGES):
            answer = await fetch(here, body)
            rows = rows_of(answer, key, here)
            yield rows
            seen += len(rows)
            link, promised = _at(answer, to_next), answer.get(total)
            missing = (promised if isinstance(promised, int) else 0) - seen
            if not link and missing <= 0:
                return
            if not link and not rows:
                raise Malformed(f"{path} says that it holds {counted(missing, 'row')} more, and shows none")
            here = _next(here, link or with_query(path, {"limit": size, "offset": seen}), been)
        raise _endless(path)

    return walk


def rows_of(answer: Json, key: str | None, path: str, having: Iterable[str] = ()) -> Sequence[Json]:
    """Give the rows of a page; objects only, each with what every one of them must have."""
    rows = answer if key is None else answer.get(key) if isinstance(answer, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        shape = "a list of objects" if key is None else f"a list of objects under {key!r}"
        raise Malformed(
            f"the answer to {redact.vendor_text(path)} is not {shape}", hint="check `url` and `prefix` of the target"
        )
    lacking = next((name for row in rows for name in having if name not in row), None)
    if lacking is not None:
        raise Malformed(f"the answer to {redact.vendor_text(path)} has a row without {lacking!r}", hint="report it")
    return rows


def _at(answer: Json, steps: Sequence[str]) -> Json:
    for step in steps:
        answer = answer.get(step) if isinstance(answer, Mapping) else None
    return answer


def with_query(path: str, query: Mapping[str, Json]) -> str:
    """Add parameters to a path that may have some."""
    return f"{path}{'&' if '?' in path else '?'}{urlencode(query)}"


def _next(here: str, link: Json, been: set[str]) -> str:
    """Give the address of the next page; raise `Malformed` where the list was there already."""
    try:
        onward = urljoin(here, str(link))
    except ValueError:  # brackets that are no IPv6 address
        onward = here
    if onward in been:
        raise Malformed(f"{redact.vendor_text(here)} leads back to a page that was read", hint="report it")
    been.add(onward)
    return onward


def _require_new(rows: Sequence[Json], before: Sequence[Json], path: str) -> None:
    if rows and rows == before:
        raise Malformed(f"{path} gives the same page again and again", hint="report it: the list never ends")


def _endless(path: str) -> Malformed:
    return Malformed(f"{path} names more than {MAX_PAGES} pages", hint="report it: the list never ends")
