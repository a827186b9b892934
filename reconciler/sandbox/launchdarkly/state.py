"""What one LaunchDarkly account holds, and the few questions that several operations ask of it.

Takes keys, gives rows. A config's row holds its variations and its targeting; a thing with versions holds them all,
oldest first. It never answers a request.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.sandbox.launchdarkly.answers import Refusal
from reconciler.sandbox.store import Row, Store, Table
from reconciler.sandbox.system import Clock


@dataclass(frozen=True, slots=True)
class Dialect:
    """What an age of the server could do."""

    model_versions: bool = True
    """A model config can be changed, and a variation is pinned to a version of it."""


DIALECTS = {"v25": Dialect(), "v23": Dialect(model_versions=False)}

ACCOUNT = "60b1f5d0c1d5a90a1f0e4c11"
MEMBER: Row = {
    "_id": "60b1f5d0c1d5a90a1f0e4c12",
    "email": "admin@example.com",
    "role": "owner",
    "firstName": "Ada",
    "lastName": "Example",
}
"""To whom the token belongs."""

ENVIRONMENTS: tuple[Row, ...] = ({"key": "production", "name": "Production"}, {"key": "test", "name": "Test"})

GLOBAL_MODELS: tuple[Row, ...] = (
    {
        "key": "Anthropic.claude-sonnet-4-5",
        "id": "claude-sonnet-4-5",
        "name": "claude-sonnet-4-5",
        "provider": "Anthropic",
        "costPerInputToken": 3e-06,
        "costPerOutputToken": 1.5e-05,
        "costPerCachedInputToken": 3e-07,
    },
    {
        "key": "Bedrock.anthropic.claude-haiku-4-5-20251001-v1:0",
        "id": "anthropic.claude-haiku-4-5-20251001-v1:0",
        "name": "claude-haiku-4-5",
        "provider": "Bedrock",
        "costPerInputToken": 1e-06,
        "costPerOutputToken": 5e-06,
    },
    {
        "key": "OpenAI.gpt-4o",
        "id": "gpt-4o",
        "name": "gpt-4o",
        "provider": "OpenAI",
        "costPerInputToken": 2.5e-06,
        "costPerOutputToken": 1e-05,
    },
)
"""A few of the catalog that every project sees."""


class State:
    """One account's tables, clock and dialect; it has one project."""

    project = "default"

    def __init__(self, store: Store, clock: Clock, dialect: Dialect) -> None:
        self.dialect = dialect
        self._clock = clock
        self._store = store
        self.models = self.table("models")
        self.restricted = self.table("restricted")
        self.configs = self.table("configs")
        self.graphs = self.table("graphs")
        self.optimizations = self.table("optimizations")
        self.results = self.table("results")
        self.metrics = self.table("metrics")
        self.environments = self.table("environments")
        self.segments = self.table("segments")
        self.members = self.table("members")
        self.teams = self.table("teams")
        self.lagging: set[tuple[str, str]] = set()
        """Variations whose last change the next read does not show yet."""
        self.refused_once: set[str] = set()
        """Configs whose first deletion was refused."""
        if self.members.get(MEMBER["_id"]) is None:
            self.members.put(MEMBER["_id"], MEMBER)
            for environment in ENVIRONMENTS:
                self.environments.put(environment["key"], environment)

    def table(self, name: str) -> Table:
        """Give one of the account's tables."""
        return self._store.table(f"launchdarkly.{name}")

    def now(self) -> int:
        """Give the time in epoch milliseconds, as every row counts it."""
        return int(self._clock() * 1000)

    def new_id(self) -> str:
        """Give an id of the kind that the server makes up."""
        return str(uuid.uuid4())

    def variations(self) -> Iterator[tuple[Row, Row]]:
        """Yield every variation as it is now, with its config."""
        for config in self.configs.all():
            for versions in config["variations"].values():
                yield config, versions[-1]

    def config(self, key: str) -> Row:
        """Give a config; raise 404 where there is none."""
        return found(self.configs.get(key), "AI Config", key)

    def environment(self, key: str) -> Row:
        """Give an environment; raise 404 where there is none."""
        return found(self.environments.get(key), "environment", key)


def found(row: Row | None, noun: str, key: str) -> Row:
    """Give the row; raise 404 where there is none."""
    if row is None:
        raise Refusal(404, f"Unknown {noun} key {key}")
    return row
