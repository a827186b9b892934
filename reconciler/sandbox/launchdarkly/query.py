"""Lists as callers ask for them: filtered, sorted, a page at a time.

Takes rows and a call, gives a page with the links to its neighbours. It never looks beyond the rows.

    filter   FIELD anyOf ["a", "b"], FIELD equals "a"; several are joined with commas, and all must hold
    sort     FIELD, or -FIELD for the last first; lastModified is what was changed last
    limit    20 where it is left out; more than 100 gives 100 (neither is documented: the user interface asks so)
    offset   how many rows to pass over
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

import orjson

from reconciler.sandbox.launchdarkly.answers import Refusal, link
from reconciler.sandbox.launchdarkly.call import Call
from reconciler.sandbox.store import Row

PAGE = 20
LARGEST_PAGE = 100

_CONDITION = re.compile(r'\s*(\w+)\s+(?:anyOf|equals)\s+((?P<json>\[[^\]]*\]|"[^"]*"|\d+)|(?P<word>\w+))\s*(?:,|\Z)')


def page(call: Call, rows: Sequence[Row], show: Callable[[Row], Row] = lambda row: row, **beside: Any) -> Row:
    """Give one page of what `filter` leaves, in the order that `sort` names, and what the list says beside them."""
    if call.query.get("filter") or call.query.get("sort"):
        rows, show = chosen(call, [show(row) for row in rows]), lambda row: row
    limit, offset = min(number(call, "limit", PAGE, least=1), LARGEST_PAGE), number(call, "offset", 0)
    places = {"self": offset}
    if len(rows) > limit or offset:
        places |= {"first": 0, "last": max(len(rows) - 1, 0) // limit * limit}
        places |= {"next": offset + limit} if offset + limit < len(rows) else {}
        places |= {"prev": max(offset - limit, 0)} if offset else {}
    links = {name: _page_link(call, limit, place) for name, place in places.items()}
    items = [show(row) for row in rows[offset : offset + limit]]
    return {"_links": links, **beside, "items": items, "totalCount": len(rows)}


def chosen(call: Call, rows: list[Row]) -> list[Row]:
    """Give the rows that `filter` leaves, in the order that `sort` names."""
    conditions = _conditions(call)
    kept = [row for row in rows if all(_holds(row, *condition) for condition in conditions)]
    field = call.query.get("sort", "")
    name = field.removeprefix("-")
    return sorted(kept, key=lambda row: _sortable(row, name), reverse=field.startswith("-")) if name else kept


def number(call: Call, name: str, default: int | None = None, *, least: int = 0) -> int:
    """Give a whole number of the query; raise the refusal where it is none, or missing without a default."""
    text = call.query.get(name)
    if text is None and default is not None:
        return default
    if text is None or not re.fullmatch(r"\d{1,15}", text) or int(text) < least:
        raise Refusal(400, f"invalid value for parameter {name}: {text!r}")
    return int(text)


def _page_link(call: Call, limit: int, offset: int) -> Row:
    others = {name: value for name, value in call.query.items() if name not in {"limit", "offset"}}
    return link(f"{call.path}?{urlencode({**others, 'limit': limit, 'offset': offset})}")


def _conditions(call: Call) -> list[tuple[str, list[Any]]]:
    rest, found = call.query.get("filter", ""), []
    while rest:
        match = _CONDITION.match(rest)
        try:
            value = orjson.loads(match["json"] or f'"{match["word"]}"') if match is not None else None
        except orjson.JSONDecodeError:
            value = None
        if match is None or value is None:
            raise Refusal(400, f"invalid filter: {rest}")
        found.append((match[1], value if isinstance(value, list) else [value]))
        rest = rest[match.end() :]
    return found


def _holds(row: Row, field: str, values: list[Any]) -> bool:
    held = row.get(field)
    return any(item in values for item in held) if isinstance(held, list) else held in values


def _sortable(row: Row, name: str) -> tuple[str, Any]:
    held = row.get("updatedAt", row.get("createdAt", 0)) if name == "lastModified" else row.get(name, "")
    return type(held).__name__, held
