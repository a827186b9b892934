"""The routes that read many models: lists, their summary, the public catalogue.

Takes what was asked, gives models that whoever asks may see.
It never tells how many there are in all: `count` is what is on the page, and a page after the last is empty.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from reconciler.sandbox.respan import filters, shown
from reconciler.sandbox.respan.answers import INVALID_PAGE, Asked, answer, refused
from reconciler.sandbox.respan.state import State
from reconciler.sandbox.store import Row

PAGE = 100


def read_by_get(state: State, asked: Asked) -> Response:
    """All models where `all=true` says so, else those of a page; the answer does not tell the one from the other."""
    rows = _sorted(state, [shown.model(state, row) for row in _visible(state, asked)], asked)
    return answer(rows if _is_true(asked, "all") else page(state, asked, rows)["results"])


def read_by_post(state: State, asked: Asked) -> Response:
    """A page of the models that meet the filters."""
    conditions = filters.parse(asked.body.get("filters", {}))
    rows = filters.matching(state, _visible(state, asked), conditions)
    found = _sorted(state, [shown.model(state, row) for row in rows], asked)
    return answer({**page(state, asked, found), "current_filters": filters.normalised(conditions)})


def summarise(state: State, asked: Asked) -> Response:
    """How many models meet the filters."""
    rows = filters.matching(state, _visible(state, asked), filters.parse(asked.body.get("filters", {})))
    builtin = sum(shown.is_builtin(row) for row in rows)
    counts = {"total_count": len(rows), "global_count": builtin, "custom_count": len(rows) - builtin}
    return answer({"summary": counts})


def read_public(state: State, asked: Asked) -> Response:
    """The built-in models as anybody may see them."""
    rows = [shown.public(row) for row in state.builtins()]
    return answer(rows if _is_true(asked, "unnest") else {"models": rows})


def page(state: State, asked: Asked, rows: list[Row]) -> Row:
    """Give the page of the rows that was asked for."""
    number = _number(asked.query.get("page", "1"))
    if number is None:
        raise refused(404, INVALID_PAGE)
    size = min(_number(asked.query.get("page_size", "")) or PAGE, state.dialect.largest_page)
    found = rows[(number - 1) * size : number * size]
    return {
        "count": len(found),
        "next": _link(asked, number + 1) if number * size < len(rows) else None,
        "previous": _link(asked, number - 1) if number > 1 else None,
        "results": found,
    }


def _visible(state: State, asked: Asked) -> list[Row]:
    """Give the built-in models, and the organisation's own to its members."""
    return [*state.builtins(), *(state.models.all() if asked.member else [])]


def _sorted(state: State, rows: list[Row], asked: Asked) -> list[Row]:
    told = asked.query.get("sort_by", "model_name")
    key = told.removeprefix("-") if told.removeprefix("-") in state.dialect.model_keys else "model_name"
    by_name = sorted(rows, key=lambda row: str(row["model_name"]))
    return sorted(by_name, key=lambda row: _rank(row[key]), reverse=told.startswith("-"))


def _is_true(asked: Asked, name: str) -> bool:
    return asked.query.get(name, "").lower() in {"true", "1"}


def _rank(value: Any) -> tuple[bool, Any]:
    """Nulls first; what has no order of its own by how it is written."""
    return value is not None, value if isinstance(value, (int, float)) else str(value)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and int(text) > 0 else None


def _link(asked: Asked, number: int) -> str:
    return f"{asked.address}?{urlencode({**asked.query, 'page': number})}"
