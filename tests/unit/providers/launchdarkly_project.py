"""A project of LaunchDarkly: its provider beside a sandbox, or a folder whose runs go there. No socket."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from reconciler.model import Auth, Body, Change, Live, ValueSource

from . import sandboxes
from .folder import Folder, actions, ends, needs, told
from .sandboxes import Place

__all__ = ["Project", "actions", "change", "ends", "kind", "make", "needs", "opened", "play", "told"]

Result = TypeVar("Result")

CONFIGS = "/ai-configs"
MODELS = f"{CONFIGS}/model-configs"
SEMANTIC = "application/json; domain-model=launchdarkly.semanticpatch"
TOKEN = Auth("header", ValueSource("env", "SANDBOX_TOKEN"), "Authorization")

MODEL: Body = {"key": "OpenAI.support", "id": "gpt-4o", "name": "Support", "provider": "OpenAI"}
BOT: Body = {"key": "bot", "name": "Bot", "mode": "agent"}


def kind(name: str) -> Any:
    """A kind of LaunchDarkly."""
    return sandboxes.kind(name, "launchdarkly")


def play(story: Callable[[Place], Awaitable[Result]], dialect: str = "v25", seeds: Any = None, **fields: Any) -> Result:
    """Run a story with a provider and a fresh project that holds the seeds."""
    about = {"auth": TOKEN, "options": {"project": "default"}, **fields}
    return sandboxes.play(story, seeds, dialect=dialect, system="launchdarkly", **about)


def change(*paths: str, removed: bool = False) -> list[Change]:
    """Changes of fields; a provider looks at their paths, and whether they were removed."""
    return [Change(path, None, None, removed=removed) for path in paths]


async def make(place: Place, name: str, body: Body, parent: Live | None = None) -> Live:
    """Create an object."""
    made: Live = await place.provider.create(kind(name), body, parent)
    return made


async def find(place: Place, name: str, parent: Live | None = None, wanted: Any = None) -> list[Live]:
    """Fetch a kind."""
    return [live async for live in place.provider.fetch(kind(name), parent, wanted)]


class Project(Folder):
    """A folder with manifests, and the project that its only target leads to."""

    system = "launchdarkly"
    prefix = "/api/v2/projects/default"
    token = "sandbox"
    target: ClassVar = {
        "project": "default",
        "auth": {"header": {"name": "Authorization", "value": {"env": "SANDBOX_TOKEN"}}},
    }

    def config(self, key: str) -> Body:
        """Give a config, as the API shows it."""
        found: Body = self.ask("GET", f"{CONFIGS}/{key}")
        return found

    def variation(self, config: str, key: str) -> Body:
        """Give the newest version of a variation."""
        versions = [row for row in self.config(config)["variations"] if row["key"] == key]
        return max(versions, key=lambda row: int(row["version"]))

    def served(self, config: str, environment: str) -> Body:
        """Give the targeting of an environment, by the names of variations."""
        shown = self.ask("GET", f"{CONFIGS}/{config}/targeting")
        names = [variation["name"] for variation in shown["variations"]]
        held = shown["environments"][environment]
        return {"fallthrough": names[held["fallthrough"]["variation"]], "rules": held["rules"]}

    def restricted(self) -> list[str]:
        """Give what is on the list of restricted models."""
        return [row["key"] for row in self.ask("GET", f"{MODELS}?restricted=true")]


@contextmanager
def opened(folder: Path, dialect: str = "v25", **seeds: Any) -> Iterator[Project]:
    """A fresh project that holds the seeds, and a folder without manifests."""
    with Project.opened(folder, dialect, **seeds) as project:
        yield project
