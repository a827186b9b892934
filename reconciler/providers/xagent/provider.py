"""One Xagent server, spoken to with one account.

Takes bodies in the spelling of manifests, gives what the server then holds. Never trusts an id: the server finds a
model by the number of its row, by its `model_id` or by its `model_name`, over all accounts (0.8.4, observed), so that
each write goes to a number, after a look that this number still bears the model that is meant.
"""
# ruff: noqa: ARG002 - these are the protocol's arguments, and no kind has a parent

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from reconciler.errors import Conflict, Incomplete, NotFound, ProviderError, Rejected
from reconciler.model import Account, Body, Change, Desired, Json, Kind, Live, Move, Observed, Review
from reconciler.paths import parse_path
from reconciler.providers.answer import Answer
from reconciler.providers.base import Wanted
from reconciler.providers.credential import Login
from reconciler.providers.rest import RestProvider
from reconciler.providers.routes import Route, quote_part, quote_twice
from reconciler.providers.xagent import own_defaults, review, steps
from reconciler.providers.xagent.account import identify
from reconciler.providers.xagent.config_types import NEEDS, misfit
from reconciler.providers.xagent.listing import every_row
from reconciler.providers.xagent.survey import Survey

_TAKEN = "Model ID already exists"
_MISFIT = "is incompatible with model category"
_EXPIRED = "TokenExpired"


class Xagent(RestProvider):
    """The models and default models of an account."""

    prefix = "/api"
    login = Login("/auth/login")
    routes: ClassVar = {
        "Model": Route(
            list="GET /models/",
            read="GET /models/by-id/{id}",
            create="POST /models/register",
            update="PUT /models/by-id/{id}",
            delete="DELETE /models/by-id/{id}",
        ),
        "DefaultModel": Route(
            read="GET /models/user-default/{id}",
            update="POST /models/user-default",
            delete="DELETE /models/user-default/{id}",
        ),
    }

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.is_admin = False
        self._rows: dict[int, Body] = {}
        """Every model that was seen, those of other accounts too."""
        self._released: Mapping[str, Sequence[str]] = {}
        """Number of a model → types of default that the plan sets anew once the model was replaced."""

    # --- the protocol -------------------------------------------------------------------------

    async def identify(self) -> Account:
        """Say whom the credential speaks for; no server of a package tells its version (0.8.4, observed)."""
        me = await identify(self)
        self.is_admin = bool(me.get("is_admin"))
        return Account(str(me["id"]), str(me.get("username") or ""))

    async def fetch(self, kind: Kind, parent: Live | None, wanted: Wanted | None) -> AsyncIterator[Live]:
        """List the account's own models, inactive ones too, or read the defaults of the types that are wanted."""
        if kind.name == "DefaultModel":
            types = list(NEEDS) if wanted is None else sorted(identity[0] for identity in wanted)
            for default in await asyncio.gather(*(self._default(kind, config_type) for config_type in types)):
                yield default
            return
        for row in await self._every_model():
            live = self.decoded(kind, row, None)
            if live is not None:
                yield live

    async def create(self, kind: Kind, body: Body, parent: Live | None) -> Live:
        """Create a model, and set what a create does not store; a default is set."""
        if kind.name == "DefaultModel":
            return await self._set_default(kind, body)
        try:
            made = await super().create(kind, body, parent)
        except Rejected as error:
            if _TAKEN not in error.message:
                raise
            raise await self._why_taken(body["model_id"]) from error
        self._rows[made.body["id"]] = made.body
        form = steps.missing(made.body, body)
        if not form:
            return made
        try:
            return await self._put(made, form)
        except ProviderError as error:
            raise Incomplete(f"{error.message}; the model itself was stored", made, hint=error.hint) from error

    async def update(self, live: Live, body: Body, changes: Sequence[Change]) -> Live:
        """Send what changes; a default is set or unset."""
        if live.kind.name == "DefaultModel":
            return await (self._unset_default(live) if body["model_id"] is None else self._set_default(live.kind, body))
        await self._require(live)
        touched = dict.fromkeys(str(parse_path(change.path)[0]) for change in changes)
        held = live
        for form in steps.forms(live.body, body, tuple(touched)):
            try:
                held = await self._put(held, form)
            except ProviderError as error:
                if held is live:
                    raise
                raise Incomplete(f"{error.message}; {_so_far(held)}", held, hint=error.hint) from error
        return held

    async def delete(self, live: Live) -> None:
        """Delete a model; where the plan sets defaults on it anew, they are unset first: the server asks for that."""
        if live.kind.name == "DefaultModel":
            await super().delete(live)
            return
        await self._require(live)
        for config_type in self._released.get(live.id, ()):
            await self._unset(config_type)
        await super().delete(live)
        self._rows.pop(live.body["id"], None)

    async def review(self, desired: Desired, observed: Observed, moves: Sequence[Move]) -> Review:
        """Say which moves go first since the server would refuse them otherwise, and what other accounts lose."""
        defaults = {
            live.identity[0]: live.body["model_id"]
            for live in observed.live.get((self.target.name, "DefaultModel"), ())
        }
        unread = [config_type for config_type in NEEDS if config_type not in defaults]
        if unread and own_defaults.are_concerned(moves):
            answers = await asyncio.gather(*(self._read_default(config_type) for config_type in unread))
            defaults |= {one: answer["model_id"] for one, answer in zip(unread, answers, strict=True)}
        here = Survey(self.target.name, self.is_admin, tuple(self._rows.values()), defaults, desired, tuple(moves))
        self._released = own_defaults.released(here)
        return review.judge(here)

    # --- the spelling -------------------------------------------------------------------------

    def decode(self, kind: Kind, row: Body, parent: Live | None) -> Live | None:
        """Give a model of the account's own, or a default; what is written as `share_with_users` reads `is_shared`."""
        if kind.name == "DefaultModel":
            return Live(kind, row["config_type"], (row["config_type"],), {**row, "model_id": row["model_id"]})
        if not row["is_owner"]:
            return None
        body = {**row, steps.SHARED: row["is_shared"]}
        return Live(
            kind,
            str(row["id"]),
            (row["model_id"],),
            body,
            version=row["updated_at"] or row["created_at"],
            defaulted=steps.chosen_by_server(row),
        )

    def is_expired(self, answer: Answer) -> bool:
        """A token is good for two hours; what else is wrong with one, a new login does not mend."""
        return answer.status == 401 and answer.headers.get("error-type") == _EXPIRED

    # --- models -------------------------------------------------------------------------------

    async def _every_model(self) -> Sequence[Json]:
        """Give the rows of active and inactive models: no query asks for both."""

        async def page(path: str, _: Json) -> Json:
            return await self.call("GET", path, reads=True)

        paths = [f"{self.base}/models/?is_active={word}" for word in ("true", "false")]
        active, inactive = await asyncio.gather(*(every_row(page, path) for path in paths))
        rows = [*active, *inactive]
        self._rows = {row["id"]: row for row in rows if "id" in row}
        return rows

    async def _require(self, live: Live) -> None:
        """Look that a number still bears the model that is meant; raise `NotFound` where it is gone."""
        row = await self._at(live.id)
        if row is None or row.get("model_id") != live.identity[0]:
            raise NotFound(f"{self.target.name}: the model {live.identity[0]!r} is gone from the number {live.id}")

    async def _at(self, number: str | int) -> Body | None:
        """Read the model of a number; None where it is another's: the server then looks for a name of these digits."""
        try:
            row = await self.call("GET", f"{self.base}/models/by-id/{quote_part(str(number))}", reads=True)
        except NotFound:
            return None
        return row if isinstance(row, dict) and str(row.get("id")) == str(number) else None

    async def _put(self, live: Live, form: Body) -> Live:
        """Send one write of an update; the next one is refused where this one did not take."""
        answer = await self._write(self.route(live.kind).update, live.kind, live, None, form)
        return await self._written(live.kind, answer, live.body, None, live)

    async def _why_taken(self, model_id: str) -> Conflict:
        """Say what stands in the way of a new `model_id`, as far as this account can see it."""
        why, hint = "is taken", "choose another model_id"
        try:
            row = await self.call("GET", f"{self.base}/models/by-id/{quote_twice(model_id)}", reads=True)
        except NotFound:
            why = "is held by a model that this account does not see, as its `model_id` or its `model_name`"
            hint = "choose another model_id, or ask an administrator of the server whose it is"
        except ProviderError:
            pass  # the refusal itself is what counts
        else:
            if row.get("model_id") == model_id:
                why = "exists already, for this account" if row.get("is_owner") else "is held by another account"
            else:
                why = f"is the `model_name` of the model {row.get('model_id')!r}"
                hint = "choose another model_id, or give that model another model_name: the server finds models by both"
        return Conflict(f"{self.target.name}: the model_id {model_id!r} {why}", hint=hint)

    # --- defaults -----------------------------------------------------------------------------

    async def _default(self, kind: Kind, config_type: str) -> Live:
        live = self.decoded(kind, await self._read_default(config_type), None)
        assert live is not None  # noqa: S101 - every default is ours to see
        return live

    async def _read_default(self, config_type: str) -> Body:
        """Read the account's own default of a type; null means that there is none."""
        row = await self.call("GET", f"{self.base}/models/user-default/{config_type}", reads=True)
        return {"config_type": config_type, "model_id": None} if row is None else row

    async def _set_default(self, kind: Kind, body: Body) -> Live:
        """Set a default, after a look that the number still bears the model that it bore when the plan was made."""
        number, config_type = body["model_id"], body["config_type"]
        row, known = await self._at(number), self._rows.get(number)
        if row is None or (known is not None and row.get("model_id") != known["model_id"]):
            raise Rejected(f"{self.target.name}: the model of the number {number} is gone", hint="plan again")
        form = {"model_id": number, "config_type": config_type}
        try:
            answer = await self._write(self.route(kind).update, kind, None, None, form)
        except Rejected as error:
            why = (
                misfit(config_type, str(row.get("category")), row.get("abilities") or ())
                if _MISFIT in error.message
                else None
            )
            if why is None:
                raise
            raise Rejected(
                f"{self.target.name}: the model {row.get('model_id')!r} cannot be this default: {why}"
            ) from error
        return await self._written(kind, answer, body, None, Live(kind, config_type, (config_type,), body))

    async def _unset_default(self, live: Live) -> Live:
        await self._unset(live.id)
        return replace(live, body={"config_type": live.id, "model_id": None})

    async def _unset(self, config_type: str) -> None:
        """Forget a default; where there is none, that is what we want."""
        try:
            await self.call("DELETE", f"{self.base}/models/user-default/{config_type}", reads=False)
        except NotFound:
            pass


def _so_far(held: Live) -> str:
    return "it was un-shared, and is not shared again" if not held.body[steps.SHARED] else "the rest was stored"
