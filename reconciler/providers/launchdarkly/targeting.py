"""Reads which variation of a config is served to whom, and changes it by semantic patches.

Takes bodies that name variations by their keys; the API shows them by their places in a list and takes their ids, both
of which change, so that every write begins with a read. Never uses an id that an earlier read gave, and never parses
with a model: the vendor's own refuses what the server answers.
"""
# ruff: noqa: ARG002 - these are the protocol's arguments, and this kind needs but some of them

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from typing import TYPE_CHECKING

from reconciler.errors import Conflict, Incomplete, Malformed, NotFound, ProviderError, Rejected
from reconciler.model import Body, Change, Json, Kind, Live
from reconciler.paths import parse_path
from reconciler.providers.base import Wanted
from reconciler.providers.launchdarkly import instructions, served
from reconciler.providers.launchdarkly.plain import Plain
from reconciler.providers.launchdarkly.routes import CONFIGS, SEMANTIC_PATCH, TARGETING
from reconciler.providers.launchdarkly.served import FIELDS, Served

if TYPE_CHECKING:
    from reconciler.providers.launchdarkly.provider import LaunchDarkly


class Targetings(Plain):
    """The verbs of targeting; there is one for every config and environment, always."""

    def __init__(self, api: LaunchDarkly) -> None:
        super().__init__(api)
        self.seen: dict[str, Served] = {}
        """What each config's last read showed; good for a judgement, and for no write."""

    async def fetch(self, kind: Kind, parent: Live | None, wanted: Wanted | None) -> AsyncIterator[Live]:
        """Read the targeting of every config that is wanted, all environments in one request."""
        if wanted is None:
            configs = sorted(row["key"] for row in await self.api.rows(CONFIGS, ("key",)))
        else:
            configs = sorted({identity[0] for identity in wanted})
        for config, found in zip(configs, await asyncio.gather(*map(self.find, configs)), strict=True):
            if found is not None:
                for environment in found.environments:
                    yield _live(kind, config, environment, found)

    async def create(self, kind: Kind, body: Body, parent: Live | None) -> Live:
        """Set what is declared in the targeting of a config that was made just now."""
        told = {name: value for name, value in body.items() if name in FIELDS}
        return await self._set(kind, body, told, None)

    async def update(self, live: Live, body: Body, changes: Sequence[Change]) -> Live:
        """Set what changes, all of it in one patch."""
        touched = {str(parse_path(change.path)[0]) for change in changes} & FIELDS
        told = {name: body.get(name) for name in sorted(touched)}
        if "fallthrough" in told:
            told["fallthrough"] = _fallthrough(body.get("fallthrough") or {}, changes)
        return await self._set(live.kind, body, told, live)

    async def find(self, config: str) -> Served | None:
        """Read the targeting of a config, None where there is no such config."""
        path = self.api.path(TARGETING, AIConfig=config)
        try:
            answer = await self.api.call("GET", path, reads=True)
        except NotFound:
            self.seen.pop(config, None)
            return None
        return self._read(config, answer)

    # --- small steps --------------------------------------------------------------------------

    async def _set(self, kind: Kind, body: Body, told: Body, before: Live | None) -> Live:
        config, environment = str(body["config"]), str(body["environment"])
        found = await self._with(config, served.variations_of(told))
        held = found.environments.get(environment)
        if held is None:
            there = ", ".join(sorted(found.environments))
            raise Rejected(f"{self.api.target.name}: there is no environment {environment}", hint=f"there are: {there}")
        if before is not None and _number(held.version) > _number(before.version or ""):
            moved = [name for name in told if held.body.get(name) != before.body.get(name)]
        else:
            moved = []  # a read that lags behind the plan's says nothing
        if moved:
            what = f"{', '.join(moved)} of {kind.name} {config}/{environment}"
            raise Conflict(f"{self.api.target.name}: {what} moved since the plan was made", hint="plan again")
        steps = instructions.of(told, held.body, held.rule_ids, found.ids)
        if steps:
            found = await self._patch(config, environment, steps, body)
        live = _live(kind, config, environment, found)
        if any(step["kind"] == instructions.REPLACE_RULES for step in steps):
            return await self._track(live, told["rules"], found, body)
        return live

    async def _track(self, live: Live, rules: Json, found: Served, body: Body) -> Live:
        """Let rules that were made just now track their events: only now they have ids."""
        config, environment = live.identity
        later = instructions.tracking(rules, found.environments[environment].rule_ids)
        if not later:
            return live
        try:
            found = await self._patch(config, environment, later, body)
        except ProviderError as error:
            said = f"{error.message}; all is set but `trackEvents` of the rules"
            raise Incomplete(said, live, hint=error.hint) from error
        return _live(live.kind, config, environment, found)

    async def _patch(self, config: str, environment: str, steps: Sequence[Body], body: Body) -> Served:
        comment = body.get("comment") or self.api.note
        form = {"environmentKey": environment, "instructions": steps, **({"comment": comment} if comment else {})}
        path = self.api.path(TARGETING, AIConfig=config)
        return self._read(config, await self.api.call("PATCH", path, reads=False, body=form, headers=SEMANTIC_PATCH))

    async def _with(self, config: str, variations: Collection[str]) -> Served:
        """Read the targeting; one that does not know a variation yet that was made just now is read again."""

        async def look() -> Served | None:
            found = await self.find(config)
            return found if found is not None and found.ids.keys() >= set(variations) else None

        found = await self.api.awaited(look)
        if found is None:
            what = ", ".join(sorted(variations))
            raise Rejected(f"{self.api.target.name}: the targeting of {config} does not know {what}", hint="plan again")
        return found

    def _read(self, config: str, answer: Json) -> Served:
        try:
            self.seen[config] = served.read(answer)
        except (AttributeError, IndexError, KeyError, TypeError) as error:
            raise Malformed(
                f"{self.api.target.name}: the targeting of {config} is not as the API's contract describes it"
            ) from error
        return self.seen[config]


def _number(version: str) -> int:
    return int(version) if version.isdecimal() else 0


def _live(kind: Kind, config: str, environment: str, found: Served) -> Live:
    """Give an environment; while an experiment or a rollout owns it, what is served is nobody's to compare."""
    held = found.environments[environment]
    identity = (config, environment)
    body = {"config": config, "environment": environment, **held.body}
    unseen = FIELDS if held.owner else frozenset[str]()
    return Live(kind, "/".join(identity), identity, body, None, held.version, held.owner or None, unseen)


def _fallthrough(body: Body, changes: Sequence[Change]) -> Body | None:
    """Give which of a variation and a rollout is meant, None for neither: a complete body may hold what is live too."""
    paths = [parse_path(change.path) for change in changes if not change.removed]
    told = {str(path[1]) for path in paths if path[0] == "fallthrough" and len(path) > 1}
    name = next((name for name in ("rollout", "variation") if name in told), None)
    return {name: body[name]} if name is not None else None
