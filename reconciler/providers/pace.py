"""Decides when the next request of a target may start.

Takes a target's limits and an injected clock, gives slots: so many requests at once, so many per second, none while
the server has asked us to wait. Never sends anything, and never gives up: how long to go on is `retry`'s decision.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Clock:
    """Time and chance, injected so that tests need neither."""

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    """Seconds since the epoch: dates in headers are compared with it."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: Callable[[], float] = random.SystemRandom().random
    """Gives 0 <= x < 1."""


class Pace:
    """The limits of one target, shared by all that is sent to it."""

    def __init__(
        self,
        clock: Clock,
        *,
        concurrency: int,
        per_second: float | None = None,
        per_minute: int | None = None,
        serial_writes: bool = False,
    ) -> None:
        self._clock = clock
        self._last_minute: deque[float] | None = deque(maxlen=per_minute) if per_minute else None
        self._slots = asyncio.Semaphore(concurrency)
        self._writes = asyncio.Lock() if serial_writes else None
        self._spacing = 1 / per_second if per_second else 0.0
        self._next = 0.0
        self._open_at = 0.0

    @asynccontextmanager
    async def slot(self, *, reads: bool) -> AsyncIterator[None]:
        """Wait until one more request may be in flight, and count it until the block ends."""
        async with AsyncExitStack() as held:
            if self._writes is not None and not reads:
                await held.enter_async_context(self._writes)
            await held.enter_async_context(self._slots)
            await self._turn()
            yield

    def _free_at(self) -> float:
        """Say from when on one more request is within the allowance of a minute."""
        starts = self._last_minute
        return starts[0] + MINUTE if starts is not None and len(starts) == starts.maxlen else 0.0

    def hold(self, seconds: float) -> None:
        """Let nothing start for so long."""
        self._open_at = max(self._open_at, self._clock.monotonic() + seconds)

    async def _turn(self) -> None:
        if not self._spacing and not self._open_at and self._last_minute is None:
            return
        start = max(self._clock.monotonic(), self._next, self._free_at())
        self._next = start + self._spacing
        if self._last_minute is not None:
            self._last_minute.append(start)
        while (wait := max(start, self._open_at) - self._clock.monotonic()) > 0:
            await self._clock.sleep(wait)
