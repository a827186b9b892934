"""What a system's module hands to the sandbox, so that one process can serve them all.

Takes nothing and does nothing: two records and two names for types.
It never knows which systems there are; `app.py` lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from starlette.responses import Response
from starlette.types import ASGIApp

from reconciler.sandbox.store import Row, Store

CREDENTIAL = "sandbox"
"""The word that every system takes for a credential."""

Clock: TypeAlias = Callable[[], float]
"""Gives epoch seconds."""

Seeds: TypeAlias = Mapping[str, list[Row]]
"""Bodies by kind, as a seed file gives them for one system."""


@dataclass(frozen=True, slots=True)
class Served:
    """One system, ready to answer."""

    app: ASGIApp
    is_read: Callable[[str, str], bool]
    """Says of a method and a path whether it only reads; a stale read strikes these alone."""
    too_many: Callable[[str, float], Response]
    """Gives the system's refusal of a request too many, from the value of a 429 (see `faults`) and epoch seconds."""


@dataclass(frozen=True, slots=True)
class System:
    """A system that the sandbox can serve: `build(store, clock, dialect, seeds)` makes it answer."""

    name: str
    dialects: tuple[str, ...]
    """The first one is served where none is named."""
    build: Callable[[Store, Clock, str, Seeds], Served]
    settings: tuple[str, ...] = ("auth: {bearer: {env: SANDBOX_TOKEN}}",)
    """The lines that a target of it has in `reconciler.yaml`, beyond its system and its url; none of a system that is
    served, but that no provider speaks to yet."""
