"""A run of Reconciler in the simulated world: it may be killed at any moment, and trouble strikes it.

Takes what shall befall it, gives every moment a number. A process that was killed does nothing any more: whatever it
still tries, on the network or on the disk, ends it again.
"""

from __future__ import annotations

import random
from collections import Counter
from contextvars import ContextVar
from dataclasses import dataclass, field, replace

from tests.simulation.faults import NETWORK


class Killed(BaseException):
    """The process was killed here: nothing that comes after happens."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What befalls one run; a seed draws it, and the shrinker takes parts of it away."""

    rate: float = 0.0
    """How much of the network fails, if it fails at all."""
    until: int = 0
    """Only so many exchanges are struck."""
    menu: tuple[str, ...] = NETWORK
    """Which faults."""
    only_writes: bool = False
    """Reads are spared: the run gets to its writes before anything fails."""
    kill: int = 0
    """At which moment it is killed, counted from its first write to a disk or a server; 0: never."""
    stop: int = 0
    """At which exchange a person interrupts it; 0: never."""
    disk: str = ""
    """`full` or `read-only`, from the moment `disk_at` on."""
    disk_at: int = 0

    def without(self, name: str) -> Trouble:
        """Give the same without one part of it."""
        return replace(self, **{name: getattr(CALM, name)})


CALM = Trouble()


@dataclass(slots=True)
class Process:
    """One run, and what it did so far."""

    name: str
    trouble: Trouble
    dice: random.Random
    is_dead: bool = False
    moments: int = 0
    exchanges: int = 0
    disk_moments: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)
    """What befell it, in words."""
    has_written: bool = False
    interrupted: bool = False

    def moment(self, name: str) -> None:
        """Let a moment pass; raise `Killed` where it is the last one."""
        if self.is_dead:
            raise Killed
        if not self.has_written:
            return
        self.moments += 1
        if self.moments == self.trouble.kill:
            self.kill(name)

    def kill(self, where: str) -> None:
        """End it."""
        self.is_dead = True
        self.struck["killed"] += 1
        self.told.append(f"killed {where}")
        raise Killed

    def begin_writing(self) -> None:
        """Note that from now on something may be half done."""
        self.has_written = True

    def draw(self, *, is_read: bool) -> str:
        """Give the fault that strikes the next exchange, or nothing."""
        self.exchanges += 1
        if is_read and self.trouble.only_writes:
            return ""
        strikes = self.dice.random() < self.trouble.rate and self.exchanges <= self.trouble.until
        return self.dice.choice(self.trouble.menu) if strikes else ""

    def strike(self, fault: str, where: str) -> None:
        """Note that a fault struck."""
        self.struck[fault] += 1
        self.told.append(f"{fault} at {where}")

    @property
    def was_lied_to(self) -> bool:
        """Whether a server told what is not so: then nobody can know better."""
        return any(name.startswith("lie:") for name in self.struck)

    @property
    def disk_failed(self) -> bool:
        """Whether the disk refused something."""
        return any(name.startswith("disk:") for name in self.struck)


CURRENT: ContextVar[Process | None] = ContextVar("process", default=None)
"""Whose code runs; None is the world itself."""
