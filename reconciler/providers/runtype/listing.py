"""Reads one list of an account for whoever asks.

Takes how it is read, gives its rows. Never keeps them for a later question: only who asks while the list is under way
gets the same rows, and nobody those of a list that began before a write of ours ended. Two lists at once of an account
without configurations could make two first ones.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from reconciler.model import Body

Read = Callable[[], Awaitable[Sequence[Body]]]


class Listing:
    """One list."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._under_way: asyncio.Future[Sequence[Body]] | None = None
        self.last: Sequence[Body] | None = None
        """What it held when it was read last; None before that."""

    async def rows(self) -> Sequence[Body]:
        """Read the list, or wait for who is reading it."""
        if self._under_way is None:
            self._under_way = asyncio.ensure_future(self._read())
        reading = self._under_way
        try:
            self.last = await asyncio.shield(reading)
        finally:
            if self._under_way is reading:
                self._under_way = None
        return self.last

    def wrote(self) -> None:
        """Say that a list that is under way may not show what was written."""
        self._under_way = None
