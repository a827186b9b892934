"""A list of several pages is whole, or told to be unknown."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from reconciler.errors import Malformed
from reconciler.providers.xagent.listing import PAGE, READS, every_row

from .sandboxes import Place
from .xagent_place import BOTH, ids, play

SIZE = 3


class Server:
    """Gives pages of its rows; before the page of a number a row moves to the end, as after a change on PostgreSQL."""

    def __init__(self, rows: int, moves: dict[int, int]) -> None:
        self.rows = [{"id": number} for number in range(rows)]
        self.moves = moves
        self.asked: list[str] = []

    async def __call__(self, path: str, body: Any) -> Any:
        self.asked.append(path)
        moved = self.moves.get(len(self.asked))
        if moved is not None:
            self.rows.append(self.rows.pop(moved))
        query = parse_qs(urlsplit(path).query)
        skip = int(query["skip"][0])
        return self.rows[skip : skip + int(query["limit"][0])]


def _read(server: Server) -> list[int]:
    return sorted(row["id"] for row in asyncio.run(every_row(server, "/models/?is_active=true", SIZE)))


@pytest.mark.parametrize(
    ("rows", "moves", "pages"),
    [
        (0, {}, 1),
        (2, {}, 1),
        (3, {}, 4),  # a full page, an empty one, and both again
        (7, {}, 6),
        (7, {2: 0}, 9),  # a row of the first page moves behind the reader's back: it is skipped and read again
        (7, {3: 0}, 9),
        (7, {1: 4}, 6),
    ],
)
def test_every_row_is_given_once(rows: int, moves: dict[int, int], pages: int) -> None:
    server = Server(rows, moves)
    assert _read(server) == list(range(rows))
    assert len(server.asked) == pages
    assert server.asked[0] == f"/models/?is_active=true&limit={SIZE}&skip=0"


def test_a_list_that_never_stands_still_is_unknown() -> None:
    server = Server(7, {})
    reads = iter(range(100))

    async def shifting(path: str, body: Any) -> Any:
        return [{"id": next(reads)} for _ in await server(path, body)]

    with pytest.raises(Malformed, match="is another one each time it is read") as caught:
        asyncio.run(every_row(shifting, "/models/", SIZE))
    assert "try again" in caught.value.hint
    assert len(server.asked) == READS * 3


@BOTH
def test_more_models_than_the_server_gives_at_once(dialect: str) -> None:
    names = [f"m-{number:04}" for number in range(PAGE + 1)]
    seeds = {"Model": [{"model_id": name, "model_name": "n"} for name in names]}

    async def story(place: Place) -> None:
        assert await ids(place) == names
        assert place.sent == ["GET /models/"] * 5

    play(story, seeds, dialect)
