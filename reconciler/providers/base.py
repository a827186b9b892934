"""The protocol that every system's module fulfils, and its laws.

A provider takes bodies in the spelling of manifests and gives `Live` objects in the same spelling.
It knows nothing of manifests, plans or inventory. Each law is a conformance test:

* create never overwrites: where the endpoint upserts, it looks first and raises `Conflict`;
* a verb may take several calls; if the object exists but is not finished it raises `Incomplete(live)`;
* after create, fetch yields the object, equal to the body but for write-only fields;
* create and update return what the server now holds, reading again where the answer does not say;
* delete of a missing object raises `NotFound`;
* only `ProviderError`s come out;
* a write is repeated only where the answer proves that nothing was stored, or it provably was not sent;
  otherwise it raises `Ambiguous`;
* bodies are never logged.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import ClassVar, Protocol, TypeAlias

from reconciler.model import (
    Account,
    Body,
    Change,
    Desired,
    Identity,
    Kind,
    Live,
    Move,
    Observed,
    Review,
    Target,
)

Wanted: TypeAlias = Mapping[Identity, frozenset[str]]
"""Which objects a run needs, and which top-level fields of each; lets a provider read details only where needed."""


class Provider(Protocol):
    """Speaks one system's API to one target."""

    target: Target
    concurrency: ClassVar[int]
    """How many operations may be in flight where the target does not say."""

    async def identify(self) -> Account:
        """Say whom the credential speaks for; raise `Unauthorized` or `Unavailable`. Called once per run, first."""
        ...

    def fetch(self, kind: Kind, parent: Live | None, wanted: Wanted | None) -> AsyncIterator[Live]:
        """Yield every wanted object that exists (all, with all fields, if None). May yield more."""
        ...

    async def create(self, kind: Kind, body: Body, parent: Live | None) -> Live:
        """Create the object and give what the server holds."""
        ...

    async def update(self, live: Live, body: Body, changes: Sequence[Change]) -> Live:
        """Make the object be `body` (complete: live fields that nobody declared are in it, but for those that inherit);
        give what the server holds.

        A singleton is created and unset by this verb too.
        """
        ...

    async def delete(self, live: Live) -> None:
        """Delete the object; raise `NotFound` where it is gone already."""
        ...

    async def resolve_names(self, kind: Kind, spec: Body) -> Body:
        """Replace names that only this system understands by ids (an e-mail, a live group's name).

        `spec` is shared: copy what changes. Raises `UnresolvedName`.
        """
        ...

    async def review(self, desired: Desired, observed: Observed, moves: Sequence[Move]) -> Review:
        """Say what only this system's rules know of a plan for this target. Sends nothing but reads.

        The order of moves that no reference expresses, updates that this server can only do as a replace, refusals,
        and warnings about anything that is desired or live.
        """
        ...

    async def close(self) -> None:
        """Release connections."""
        ...
