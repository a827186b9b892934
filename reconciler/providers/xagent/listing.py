"""Reads the whole list of models.

Takes a function that fetches one page, gives every row once. Never gives a list that may have holes: pages are cut by
place, and on PostgreSQL a row that is changed moves to the end (0.8.4, observed).
"""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.errors import Malformed
from reconciler.model import Json
from reconciler.providers.paging import Page, offsets

PAGE = 1000
"""The most rows that the server gives at once."""
READS = 6
"""So often a list of several pages is read before it is given up."""


async def every_row(fetch: Page, path: str, size: int = PAGE) -> Sequence[Json]:
    """Give every row; a list of several pages is read again until two reads in a row give the same models."""
    walk = offsets(None, size=size, skip="skip")
    before = None
    for _ in range(READS):
        pages = [page async for page in walk(fetch, path, None)]
        rows = {row.get("id"): row for page in pages for row in page}
        if len(pages) == 1 or rows.keys() == before:
            return list(rows.values())
        before = rows.keys()
    raise Malformed(
        f"the list of {path} is another one each time it is read: it has more than {size} rows, and they keep changing",
        hint="try again when nobody changes models",
    )
