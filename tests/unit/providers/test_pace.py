from __future__ import annotations

import asyncio

from reconciler.providers.pace import Clock, Pace

from .peer import FakeTime


def test_so_many_at_once() -> None:
    async def run() -> tuple[int, int]:
        pace, gate = Pace(FakeTime().clock, concurrency=3), asyncio.Event()
        busy = widest = 0

        async def one() -> None:
            nonlocal busy, widest
            async with pace.slot(reads=True):
                busy += 1
                widest = max(widest, busy)
                await gate.wait()
                busy -= 1

        tasks = [asyncio.create_task(one()) for _ in range(7)]
        await asyncio.sleep(0.01)
        before = busy
        gate.set()
        await asyncio.gather(*tasks)
        return before, widest

    assert asyncio.run(run()) == (3, 3)


def test_writes_one_after_the_other_while_reads_go_on() -> None:
    async def run() -> list[str]:
        pace, events = Pace(FakeTime().clock, concurrency=5, serial_writes=True), []

        async def one(name: str, *, reads: bool) -> None:
            async with pace.slot(reads=reads):
                events.append(f"+{name}")
                await asyncio.sleep(0.01 if reads else 0.02)
                events.append(f"-{name}")

        await asyncio.gather(one("w1", reads=False), one("w2", reads=False), one("r", reads=True))
        return events

    assert asyncio.run(run()) == ["+w1", "+r", "-r", "-w1", "+w2", "-w2"]


def test_so_many_in_a_minute_and_not_one_more() -> None:
    time = FakeTime()

    async def run() -> list[float]:
        pace, starts = Pace(time.clock, concurrency=1, per_minute=3), []

        async def one() -> None:
            async with pace.slot(reads=True):
                starts.append(time.now - 1000)

        await asyncio.gather(*(one() for _ in range(7)))
        time.now += 61
        for _ in range(2):
            await one()
        return starts

    starts = asyncio.run(run())
    assert starts == [0, 0, 0, 60, 60, 60, 120, 181, 181]
    assert all(later - earlier >= 60 for earlier, later in zip(starts, starts[3:], strict=False))


def test_requests_are_spaced() -> None:
    time = FakeTime()

    async def run() -> list[float]:
        pace, starts = Pace(time.clock, concurrency=1, per_second=4), []
        for _ in range(3):
            async with pace.slot(reads=True):
                starts.append(time.now)
        time.now += 10  # an idle while earns no burst
        for _ in range(2):
            async with pace.slot(reads=True):
                starts.append(time.now)
        return starts

    assert asyncio.run(run()) == [1000.0, 1000.25, 1000.5, 1010.5, 1010.75]


def test_a_hold_stops_everybody_and_the_longest_counts() -> None:
    time = FakeTime()

    async def run() -> float:
        pace = Pace(time.clock, concurrency=2)
        pace.hold(5)
        pace.hold(2)
        async with pace.slot(reads=False):
            return time.now

    assert asyncio.run(run()) == 1005.0


def test_a_hold_that_comes_while_waiting_is_kept() -> None:
    time = FakeTime()

    async def run() -> float:
        pace = Pace(Clock(lambda: time.now, lambda: time.now, extending, lambda: 0.0), concurrency=2)
        pace.hold(1)

        async def enter() -> float:
            async with pace.slot(reads=True):
                return time.now

        extend.append(pace)
        return await enter()

    extend: list[Pace] = []

    async def extending(seconds: float) -> None:
        if extend:
            extend.pop().hold(3)
        await time.sleep(seconds)

    assert asyncio.run(run()) == 1003.0


def test_the_real_clock_runs() -> None:
    clock = Clock()
    assert clock.monotonic() <= clock.monotonic()
    assert clock.wall() > 1e9
    assert 0 <= clock.random() < 1
