"""Speaks LaunchDarkly's REST API v2 to one project of one account.

Takes bodies in the spelling of manifests and sends what the API takes of them. Never uses a typed client: the vendor's
drops fields that it does not know, and refuses answers that the server gives.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import Any, ClassVar, TypeVar

from reconciler.errors import Malformed, NotFound, Rejected, Unauthorized, Unavailable
from reconciler.model import Account, Body, Change, Desired, Json, Kind, Live, Move, Observed, Review
from reconciler.providers.answer import Answer
from reconciler.providers.base import Wanted
from reconciler.providers.failures import failure
from reconciler.providers.launchdarkly import refusals, wire
from reconciler.providers.launchdarkly.configs import Configs
from reconciler.providers.launchdarkly.graphs import Graphs
from reconciler.providers.launchdarkly.models import Models, Restricted
from reconciler.providers.launchdarkly.plain import Plain
from reconciler.providers.launchdarkly.review import review
from reconciler.providers.launchdarkly.routes import PAGES, ROUTES, VERSION
from reconciler.providers.launchdarkly.targeting import Targetings
from reconciler.providers.launchdarkly.variations import Variations
from reconciler.providers.paging import rows_of
from reconciler.providers.rest import RestProvider
from reconciler.providers.retry import named_wait
from reconciler.providers.routes import fill, places

Result = TypeVar("Result")

SHOWN_WITHIN, FIRST_WAIT, LONGEST_WAIT = 30.0, 0.25, 2.0
"""In seconds: how long a write may take to be seen (the vendor's Terraform provider 3.1.3), and how often to look."""
BUSY_SECONDS = 2.0
"""How long to wait where a limit is told in a disguise that names no time: the vendor's own tests pause as long."""


class LaunchDarkly(RestProvider):
    """One project of a LaunchDarkly account."""

    prefix = "/api/v2"
    routes = ROUTES
    headers = VERSION
    concurrency: ClassVar[int] = 4
    """The vendor's Terraform provider has 1: limits are shared by all tokens of an account, and are not published."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        one_at_a_time = asyncio.Lock()
        self.configs = Configs(self, one_at_a_time)
        self.variations = Variations(self, one_at_a_time, self.configs)
        self.models = Models(self)
        self._plain = Plain(self)
        self.targetings = Targetings(self)
        self._verbs: dict[str, Plain] = {
            "AIConfig": self.configs,
            "AgentGraph": Graphs(self),
            "ModelConfig": self.models,
            "RestrictedModels": Restricted(self, self.models),
            "Targeting": self.targetings,
            "Variation": self.variations,
        }

    # --- the protocol -------------------------------------------------------------------------

    async def identify(self) -> Account:
        """Say which account and which token it is."""
        auth = self.target.auth
        if auth is None or auth.scheme == "bearer":
            raise Unauthorized(
                f"{self.target.name}: LaunchDarkly takes the bare token in the header Authorization",
                hint="write `auth: {header: {name: Authorization, value: {env: LAUNCHDARKLY_TOKEN}}}` in the target",
            )
        try:
            caller = await self.call("GET", f"{self.base}/caller-identity", reads=True)
            account, token = str(caller["accountId"]), caller.get("tokenName") or caller.get("memberId") or ""
        except (Malformed, NotFound, Rejected, AttributeError, KeyError, TypeError) as error:
            raise Unavailable(
                f"{self.target.name}: no LaunchDarkly API at {self.target.url}{self.base}",
                hint="check `url` and `prefix` of the target; the usual prefix is /api/v2",
            ) from error
        return Account(account, str(token))

    def fetch(self, kind: Kind, parent: Live | None, wanted: Wanted | None) -> AsyncIterator[Live]:
        """Yield what exists of a kind."""
        return self._of(kind).fetch(kind, parent, wanted)

    async def create(self, kind: Kind, body: Body, parent: Live | None) -> Live:
        """Create an object."""
        return await self._of(kind).create(kind, body, parent)

    async def update(self, live: Live, body: Body, changes: Sequence[Change]) -> Live:
        """Change an object."""
        return await self._of(live.kind).update(live, body, changes)

    async def delete(self, live: Live) -> None:
        """Delete an object."""
        await self._of(live.kind).delete(live)

    async def review(self, desired: Desired, observed: Observed, moves: Sequence[Move]) -> Review:
        """Say what only this system's rules know of a plan."""
        return await review(self, desired, observed, moves)

    def _of(self, kind: Kind) -> Plain:
        return self._verbs.get(kind.name, self._plain)

    # --- how answers are read -----------------------------------------------------------------

    def decode(self, kind: Kind, row: Body, parent: Live | None) -> Live | None:
        """Give an object, by its keys: the ids that the server makes up change with each version."""
        if row.get("global"):
            return None
        above = parent.identity if parent is not None else ()
        identity = (*above, str(row["key"]))
        body = wire.read(kind, row)
        if above:
            body[kind.identity[0]] = above[0]
        version = row.get("version", row.get("updatedAt"))
        return Live(
            kind,
            "/".join(identity),
            identity,
            body,
            parent,
            str(version),
            unseen=wire.unseen(kind, row),
            defaulted=wire.chosen(kind),
        )

    def is_busy(self, answer: Answer) -> bool:
        """Say whether it is a 429, or the 400 that older servers made of one."""
        return answer.status == 429 or (answer.status == 400 and refusals.RATE_LIMITED.search(answer.text) is not None)

    def retry_after(self, answer: Answer) -> float | None:
        """Give a wait for a limit in disguise, which names none."""
        return BUSY_SECONDS if answer.status == 400 else None

    def result(self, method: str, answer: Answer, *, reads: bool) -> Json:
        """Give the decoded answer of a success, or raise what the refusal means."""
        if answer.status >= 400:
            what = f"{self.target.name}: {method} {answer.place}"
            if self.is_busy(answer):
                wait = named_wait(answer.headers, self.clock.wall())
                raise failure(what, 429, answer.text, reads=reads, retry_after=wait)
            meaning = refusals.meaning(what, method, answer.url, answer.status, answer.text)
            if meaning is not None:
                raise meaning
        return super().result(method, answer, reads=reads)

    # --- what the kinds are made of -----------------------------------------------------------

    def listed(self, kind: Kind, parent: Live | None) -> AsyncIterator[Live]:
        """List a kind by its route."""
        return super().fetch(kind, parent, None)

    async def rows(self, template: str, having: Iterable[str] = (), **keys: str) -> Sequence[Body]:
        """Read a list with pages, all of it; every row has to have some fields."""

        async def page(where: str, body: Json) -> Json:
            return await self.call("GET", where, reads=True, body=body)

        path = self.path(template, **keys)
        return rows_of([row async for rows in PAGES(page, path, None) for row in rows], None, path, having)

    async def awaited(self, look: Callable[[], Awaitable[Result | None]]) -> Result | None:
        """Look until there is something to see, at most half a minute: reads may lag behind writes by a moment."""
        wait, until = FIRST_WAIT, self.clock.monotonic() + SHOWN_WITHIN
        while True:
            found = await look()
            if found is not None or self.clock.monotonic() + wait > until:
                return found
            await self.clock.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)

    async def post(self, kind: Kind, form: Body, body: Body, parent: Live | None) -> Live:
        """Send a creation; give what the server then holds."""
        return await self._written(
            kind, await self._write(self.route(kind).create, kind, None, parent, form), body, parent
        )

    async def patch(self, live: Live, form: Body, body: Body) -> Live:
        """Send a change; give what the server then holds."""
        answer = await self._write(self.route(live.kind).update, live.kind, live, live.parent, form)
        return await self._written(live.kind, answer, body, live.parent, live)

    async def remove(self, live: Live) -> None:
        """Send a deletion."""
        await self._write(self.route(live.kind).delete, live.kind, live, live.parent, None)

    def filled(self, verb: str | None, kind: Kind, live: Live | None, parent: Live | None) -> tuple[str, str]:
        """Give method and path of a verb; the last of an object's keys is its place in a path."""
        if verb is None or live is None:
            return super().filled(verb, kind, live, parent)
        return fill(verb, {**places(None, parent, self.target.options), "id": live.identity[-1]})

    def one(self, kind: Kind, key: str, parent: Live | None = None) -> tuple[str, str]:
        """Give method and whole path of the read of an object, by its key."""
        method, path = fill(self.route(kind).read or "", {**places(None, parent, self.target.options), "id": key})
        return method, self.base + path

    def path(self, template: str, **keys: str) -> str:
        """Give the whole path of a template."""
        _, path = fill(f"- {template}", {**places(None, None, self.target.options), **keys})
        return self.base + path
