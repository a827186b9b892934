"""Time and chance of the simulated world: a second passes when nothing else is to be done, and a seed says the rest.

Takes a seed, gives an event loop and a clock. No thread ever runs, so that one seed has one course.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from reconciler.providers.pace import Clock

BEGINNING = 1_800_000_000.0
"""Epoch seconds at which every world begins."""
AGES = 7 * 24 * 3600.0
"""A run that has slept so long does not end any more."""


class Endless(AssertionError):
    """Nobody would wait for that."""


class Loop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next thing that is to happen."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.set_exception_handler(lambda loop, context: None)  # what a killed run leaves is nobody's to collect

    def time(self) -> float:
        """Give the seconds since the world began."""
        return self.now

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Do now what would go to a thread."""
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except BaseException as error:
            done.set_exception(error)
        return done

    def _run_once(self) -> None:
        scheduled: list[Any] = self._scheduled  # type: ignore[attr-defined]
        if not self._ready and scheduled:  # type: ignore[attr-defined]
            self.now = max(self.now, scheduled[0].when())
            if self.now > AGES:
                raise Endless("a run of this world waits for days")
        super()._run_once()  # type: ignore[misc]

    def clock(self, dice: random.Random) -> Clock:
        """Give the same time to what takes its clock as an argument."""
        return Clock(self.time, lambda: BEGINNING + self.now, asyncio.sleep, dice.random)


@contextmanager
def chance(dice: random.Random) -> Iterator[None]:
    """Let every id and every secret that is made up come from the dice."""
    with (
        patch.object(uuid, "uuid4", lambda: uuid.UUID(int=dice.getrandbits(128), version=4)),
        patch.object(secrets, "token_hex", lambda size=32: dice.randbytes(size).hex()),
        patch.object(secrets, "token_urlsafe", lambda size=32: dice.randbytes(size).hex()),
    ):
        yield
