"""Gives the four verbs of a provider from a table of routes.

Takes a target and a system's `routes`, gives `Live` objects in the spelling of manifests. A system overrides the verb
that is odd, `encode` and `decode` where it spells things otherwise, and never repeats what stands here.
"""
# ruff: noqa: ARG002 - these are the protocol's arguments, and most systems need but some of them

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from reconciler.errors import Ambiguous, Conflict, Malformed, NotFound, ProviderError, Rejected
from reconciler.model import (
    Account,
    Body,
    Change,
    Desired,
    Identity,
    Json,
    Kind,
    Live,
    Move,
    Observed,
    Review,
    Target,
)
from reconciler.paths import parse_path
from reconciler.providers.answer import Answer
from reconciler.providers.base import Wanted
from reconciler.providers.credential import Credential, Login
from reconciler.providers.failures import failure
from reconciler.providers.guard import guard
from reconciler.providers.pace import Clock, Pace
from reconciler.providers.retry import RetryPolicy, named_wait
from reconciler.providers.routes import NO_HEADERS, Route, fill, places
from reconciler.providers.session import Session
from reconciler.providers.transport import Transport

if TYPE_CHECKING:
    import httpx

_CLOCK = Clock()
_POLICY = RetryPolicy()


class RestProvider:
    """A provider whose verbs are one request each, unless a subclass says otherwise."""

    prefix: ClassVar[str] = ""
    """Where the API is mounted, if the target does not say."""
    routes: ClassVar[Mapping[str, Route]] = {}
    login: ClassVar[Login | None] = None
    concurrency: ClassVar[int] = 8
    requests_per_second: ClassVar[float | None] = None
    requests_per_minute: ClassVar[int | None] = None
    """In any minute, however they are spread; what a target says by the second takes its place."""
    serial_writes: ClassVar[bool] = False
    headers: ClassVar[Mapping[str, str]] = {}
    """What every request carries."""

    def __init_subclass__(cls) -> None:
        guard(cls)

    def __init__(
        self,
        target: Target,
        credential: Credential,
        *,
        note: str = "",
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock = _CLOCK,
        policy: RetryPolicy = _POLICY,
    ) -> None:
        self.target = target
        self.note = note
        self.clock = clock
        self.policy = policy
        self.credential = credential
        self.passed_over = 0
        """How many rows were seen that are built in, or belong to another account."""
        self.base = self.prefix if target.prefix is None else target.prefix.rstrip("/")
        width = target.concurrency or self.concurrency
        pace = Pace(
            clock,
            concurrency=width,
            per_second=target.requests_per_second or self.requests_per_second,
            per_minute=None if target.requests_per_second else self.requests_per_minute,
            serial_writes=self.serial_writes,
        )
        connections = Transport(target.url, connections=width, timeout=target.timeout, given=transport)
        self.session = Session(
            target,
            credential,
            connections,
            pace,
            clock=clock,
            policy=policy,
            reading=self,
            headers=self.headers,
            login_prefix=self.base,
        )

    # --- the protocol -------------------------------------------------------------------------

    async def identify(self) -> Account:
        """Log in or send the credential once; a system that can say whom it speaks for overrides this."""
        await self.session.authorize()
        return Account("")

    async def fetch(self, kind: Kind, parent: Live | None, wanted: Wanted | None) -> AsyncIterator[Live]:
        """List the kind; a singleton is read."""
        route = self.route(kind)
        if route.list is None:
            yield await self.read(kind, None, parent)
            return
        method, path = fill(route.list, places(None, parent, self.target.options), route.quoting)

        async def page(where: str, body: Json) -> Json:
            full = where if "://" in where or where.startswith(f"{self.base}/") else self.base + where
            return await self.call(method, full, reads=True, body=body, headers=route.headers)

        async for rows in route.paging(page, path, route.list_body):
            for row in rows:
                live = self.decoded(kind, row, parent)
                if live is not None:
                    yield live

    async def create(self, kind: Kind, body: Body, parent: Live | None) -> Live:
        """Create; where the endpoint would overwrite, look first."""
        route = self.route(kind)
        if route.upserts:
            await self._require_absent(kind, body, parent)
        answer = await self._write(route.create, kind, None, parent, self.encode(kind, body, None))
        return await self._written(kind, answer, body, parent)

    async def update(self, live: Live, body: Body, changes: Sequence[Change]) -> Live:
        """Send the complete body, or where the route is partial the changed top-level fields."""
        route = self.route(live.kind)
        wire = self.encode(live.kind, body, live)
        if route.partial:
            touched = {str(parse_path(change.path)[0]) for change in changes}
            wire = {key: wire.get(key) for key in sorted(touched)}
        answer = await self._write(route.update, live.kind, live, live.parent, wire)
        return await self._written(live.kind, answer, body, live.parent, live)

    async def delete(self, live: Live) -> None:
        """Delete; `NotFound` where it is gone already."""
        route = self.route(live.kind)
        body = route.delete_body(live) if route.delete_body is not None else None
        await self._write(route.delete, live.kind, live, live.parent, body)

    async def resolve_names(self, kind: Kind, spec: Body) -> Body:
        """Nothing but ids is understood here."""
        return spec

    async def review(self, desired: Desired, observed: Observed, moves: Sequence[Move]) -> Review:
        """References say it all."""
        return Review()

    async def close(self) -> None:
        """Release connections."""
        await self.session.close()

    # --- what a system may override -----------------------------------------------------------

    def encode(self, kind: Kind, body: Body, live: Live | None) -> Body:
        """Give a body in the API's spelling; `live` is what it replaces."""
        return body

    def decode(self, kind: Kind, row: Body, parent: Live | None) -> Live | None:
        """Give an object of an answer in the spelling of manifests, or None where it is not ours to see (a built-in).

        Raises KeyError or TypeError where the answer is not what the contract says.
        """
        return Live(kind, str(row[self.route(kind).id]), _identity(kind, row, parent), row, parent)

    def retry_after(self, answer: Answer) -> float | None:
        """Give the seconds that the body of a refusal names; headers are understood already."""
        return None

    def is_busy(self, answer: Answer) -> bool:
        """Say whether the server has had enough for now, and stored nothing."""
        return answer.status == 429

    def is_expired(self, answer: Answer) -> bool:
        """Say whether the login has run out: nothing was done, and a new one will do."""
        return False

    # --- building blocks ----------------------------------------------------------------------

    def route(self, kind: Kind) -> Route:
        """Give the kind's row of the table."""
        route = self.routes.get(kind.name)
        if route is None:
            raise Rejected(f"{self.target.name}: {kind.system} serves no kind {kind.name}")
        return route

    async def call(
        self, method: str, path: str, *, reads: bool, body: Json = None, headers: Mapping[str, str] = NO_HEADERS
    ) -> Json:
        """Send a request to a path under the target's URL; give the decoded answer of a success, or raise."""
        answer = await self.session.send(method, path, reads=reads, body=body, headers=headers)
        return self.result(method, answer, reads=reads)

    def result(self, method: str, answer: Answer, *, reads: bool) -> Json:
        """Give the decoded answer of a success, or raise what the status means."""
        what = f"{self.target.name}: {method} {answer.place}"
        if not reads and answer.is_page and 400 <= answer.status < 500 and answer.status != 429:
            said = (
                f"{what}: HTTP {answer.status} and a web page, which is not the API's; whether it was stored is unknown"
            )
            raise Ambiguous(said, hint="look at what stands between here and the server, and plan again")
        if not 200 <= answer.status < 300:
            wait = self.retry_after(answer) or named_wait(answer.headers, self.clock.wall())
            raise failure(what, answer.status, answer.text, reads=reads, retry_after=wait)
        try:
            return answer.json()
        except Malformed as error:
            if reads:
                raise
            raise Ambiguous(f"{what}: {error.message}; whether it was stored is unknown", hint=error.hint) from error

    async def read(self, kind: Kind, live: Live | None, parent: Live | None) -> Live:
        """Read one object by its route; raises `NotFound`."""
        route = self.route(kind)
        method, path = self.filled(route.read, kind, live, parent)
        answer = await self.call(method, self.base + path, reads=True, headers=route.headers)
        return self.object(kind, answer, parent)

    async def read_again(self, live: Live) -> Live | None:
        """Give what the server holds of an object now, or None where it is gone."""
        if self.route(live.kind).read is not None:
            try:
                return await self.read(live.kind, live, live.parent)
            except NotFound:
                return None
        return await self._find(live.kind, live.identity, live.parent)

    async def _find(self, kind: Kind, identity: Identity, parent: Live | None) -> Live | None:
        async for found in self.fetch(kind, parent, {identity: frozenset()}):
            if found.identity == identity:
                return found
        return None

    async def _require_absent(self, kind: Kind, body: Body, parent: Live | None) -> None:
        identity = _identity(kind, body, parent)
        if await self._find(kind, identity, parent) is not None:
            raise Conflict(f"{self.target.name}: {kind.name} {'/'.join(identity)} exists already")

    async def _write(self, verb: str | None, kind: Kind, live: Live | None, parent: Live | None, body: Json) -> Json:
        method, path = self.filled(verb, kind, live, parent)
        return await self.call(method, self.base + path, reads=False, body=body, headers=self.route(kind).headers)

    def filled(self, verb: str | None, kind: Kind, live: Live | None, parent: Live | None) -> tuple[str, str]:
        if verb is None:
            raise Rejected(f"{self.target.name}: the API has no such verb for {kind.name}")
        return fill(verb, places(live, parent, self.target.options), self.route(kind).quoting)

    async def _written(
        self, kind: Kind, answer: Json, body: Body, parent: Live | None, live: Live | None = None
    ) -> Live:
        """Give what the server holds after a write, reading again where the answer does not say."""
        try:
            return self.object(kind, answer, parent)
        except Malformed as error:
            problem: ProviderError = error
        identity = _identity(kind, body, parent)
        found = await self.read_again(live) if live is not None else await self._find(kind, identity, parent)
        if found is None:
            raise Ambiguous(f"{problem.message}, and it cannot be found; whether it was stored is unknown")
        return found

    def object(self, kind: Kind, answer: Json, parent: Live | None) -> Live:
        item = self.route(kind).item
        row = answer.get(item) if item is not None and isinstance(answer, dict) else answer
        live = self.decoded(kind, row, parent)
        if live is None:
            raise Malformed(f"{self.target.name}: the answer holds no {kind.name}")
        return live

    def decoded(self, kind: Kind, row: Json, parent: Live | None) -> Live | None:
        try:
            live = self.decode(kind, row, parent)
            if live is not None:
                "".join((live.id, *live.identity))  # asks whether all are texts, which nothing looks at again
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise Malformed(
                f"{self.target.name}: the answer is not a {kind.name} as the API's contract describes it"
                + (f": it has no {error}" if isinstance(error, KeyError) else ""),
                hint="check `url` and `prefix` of the target, and which versions of the server are supported",
            ) from error
        self.passed_over += live is None
        return live


def _identity(kind: Kind, body: Body, parent: Live | None) -> Identity:
    """Give the identity of a body or row; the parent's comes first, and only once."""
    above = parent.identity if parent is not None else ()
    return (*above, *(str(body[name]) for name in kind.identity[len(above) :]))
