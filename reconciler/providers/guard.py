"""Keeps the law that only `ProviderError`s come out of a provider, whatever a server answers.

Takes the class of a provider, wraps its verbs: an answer that is not what the contract says, found where it is used and
not where it is decoded, is `Malformed` after a read and `Ambiguous` after a write. Never hides where it was found: the
cause stays with the error.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import wraps
from typing import Any, TypeAlias

from reconciler.errors import Ambiguous, Malformed, ProviderError

Verb: TypeAlias = Callable[..., Any]

UNEXPECTED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What code raises that meets another shape than it was told of."""

_READS = ("identify", "resolve_names", "review")
_WRITES = ("create", "update", "delete")
_HINT = "check `url` and `prefix` of the target, and which versions of the server are supported"


def guard(provider: type) -> None:
    """Wrap the verbs that a class defines itself."""
    for name, error in (*((name, Malformed) for name in _READS), *((name, Ambiguous) for name in _WRITES)):
        if name in vars(provider):
            setattr(provider, name, _guarded(vars(provider)[name], error))
    if "fetch" in vars(provider):
        provider.fetch = _guarded_fetch(vars(provider)["fetch"])  # type: ignore[attr-defined]


def _guarded(verb: Callable[..., Awaitable[Any]], error: type[ProviderError]) -> Verb:
    @wraps(verb)
    async def call(self: Any, *given: Any, **named: Any) -> Any:
        try:
            return await verb(self, *given, **named)
        except UNEXPECTED as found:
            raise _told(self, verb, error) from found

    return call


def _guarded_fetch(verb: Callable[..., AsyncIterator[Any]]) -> Verb:
    @wraps(verb)
    async def fetch(self: Any, *given: Any, **named: Any) -> AsyncIterator[Any]:
        try:
            async for live in verb(self, *given, **named):
                yield live
        except UNEXPECTED as found:
            raise _told(self, verb, Malformed) from found

    return fetch


def _told(provider: Any, verb: Callable[..., Any], error: type[ProviderError]) -> ProviderError:
    unknown = "; whether it was stored is unknown" if error is Ambiguous else ""
    return error(
        f"{provider.target.name}: {verb.__name__}: an answer is not as the API's contract describes it{unknown}",
        hint=_HINT,
    )
