"""When a run asked which provider for which write: what the order of operations is judged by.

Takes a provider, gives one that does the same and notes every write, with its beginning and its end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Call:
    """One write that a run asked a provider for; times are seconds of the world."""

    target: str
    kind: str
    verb: str
    identity: tuple[Any, ...]
    began: float
    ended: float | None = None
    worked: bool = False


class Watched:
    """A provider with a witness."""

    def __init__(self, provider: Any, calls: list[Call], now: Callable[[], float]) -> None:
        self._provider = provider
        self._calls = calls
        self._now = now

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)

    async def create(self, kind: Any, body: Any, parent: Any) -> Any:
        """Create."""
        identity = tuple(body.get(name) for name in kind.identity)
        return await self._noted(kind.name, "create", identity, self._provider.create(kind, body, parent))

    async def update(self, live: Any, body: Any, changes: Any) -> Any:
        """Update."""
        return await self._noted(live.kind.name, "update", live.identity, self._provider.update(live, body, changes))

    async def delete(self, live: Any) -> None:
        """Delete."""
        await self._noted(live.kind.name, "delete", live.identity, self._provider.delete(live))

    async def _noted(self, kind: str, verb: str, identity: tuple[Any, ...], work: Any) -> Any:
        call = Call(self._provider.target.name, kind, verb, identity, self._now())
        self._calls.append(call)
        try:
            result = await work
            call.worked = True
            return result
        finally:
            call.ended = self._now()
