"""Lists prompts, tools, functions and knowledge bases, so that what is missing from a list is missing on the server.

Takes a server, gives rows as it has them, code included. Never takes a list for whole because it ended: pages repeat
and miss rows of one second or one name, and an error inside the server reads as an empty list (read in the source of
0.8.12 to 0.12.4).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from reconciler.errors import Malformed, Unavailable
from reconciler.model import Body
from reconciler.providers.paging import MAX_PAGES, rows_of, with_query

if TYPE_CHECKING:
    from reconciler.providers.openwebui.provider import OpenWebUI

_ORDERS = ("name", "created_at")
"""What is equal in one order, and may be on two pages or on none, is hardly so in the other."""
_ESCAPES = "\\"
"""How a search reads it depends on the database."""


async def prompts(api: OpenWebUI) -> list[Body]:
    """Give all prompts: the active ones are one list, and only where there are others are pages turned."""
    active = {row["id"]: row for row in await api.rows("/prompts/")}
    return await _pages(api, "/prompts/list", active)


async def tools(api: OpenWebUI) -> list[Body]:
    """Give all tools; the list without `export` has no code, and tool servers among them."""
    return await api.rows("/tools/export")


async def functions(api: OpenWebUI) -> list[Body]:
    """Give all functions."""
    return await api.rows("/functions/export")


async def knowledge(api: OpenWebUI) -> list[Body]:
    """Give all knowledge bases; where there seem to be none, the server is asked once more."""
    return await _pages(api, "/knowledge/search", {}) or await _pages(api, "/knowledge/", {})


async def search(api: OpenWebUI, path: str, text: str) -> list[Body] | None:
    """Give what has a text somewhere, or None where a search for it may miss something."""
    return None if _ESCAPES in text else await _pages(api, with_query(path, {"query": text}), {})


async def _pages(api: OpenWebUI, path: str, known: Mapping[str, Body]) -> list[Body]:
    """Turn pages until as many objects are known as the server counts; raise `Unavailable` where they do not turn up.

    `known` are rows that were read already, by id.
    """
    found, total = dict(known), 0
    for order in _ORDERS:
        for number in range(1, MAX_PAGES + 1):
            page = await api.get(with_query(path, {"order_by": order, "direction": "asc", "page": number}))
            rows = rows_of(page, "items", path)
            total = page.get("total")
            if not isinstance(total, int):
                raise Malformed(f"{api.target.name}: the answer to {path} does not count its objects")
            found |= {row["id"]: row for row in rows}
            if len(found) >= total:
                return list(found.values())
            if not rows:
                break
    raise Unavailable(
        f"{api.target.name}: {path} counts {total} objects and shows {len(found)}",
        hint="try again: somebody may be changing them at this moment",
    )
