"""An account of Runtype: its provider beside a sandbox, or a folder whose runs go there. No socket."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from reconciler.model import Body, Change
from reconciler.sandbox.app import Sandbox

from . import sandboxes
from .folder import Folder, actions, ends, needs, told
from .peer import FakeTime
from .sandboxes import Place

__all__ = ["Account", "actions", "change", "ends", "needs", "opened", "play", "table", "told"]

Result = TypeVar("Result")

ORGANIZATION = {"orgId": "org_1", "orgSlug": "acme", "orgRole": "org:admin"}
KEY = {"provider": "openai", "name": "ours", "apiKey": "sk-ours-12345678"}
CONFIG = {"provider": "openai", "modelId": "gpt-4o"}
CONFIGS, KEYS = "/model-configs", "/provider-keys"


def play(story: Callable[[Place], Awaitable[Result]], dialect: str = "C", **seeds: Any) -> Result:
    """Run a story with a provider and a fresh account that holds the seeds."""
    return sandboxes.play(story, seeds, dialect=dialect, system="runtype")


def change(*paths: str) -> list[Change]:
    """Changes of fields; a provider looks at their paths alone."""
    return [Change(path, None, None) for path in paths]


def table(place: Place, name: str) -> list[Body]:
    """What the account stores, past every list."""
    rows: list[Body] = place.sandbox.store.table(f"runtype.{name}").all()
    return rows


class Account(Folder):
    """A folder with manifests, and the account that its only target leads to."""

    system = "runtype"
    prefix = "/v1"

    def __init__(self, folder: Path, sandbox: Sandbox, time: FakeTime) -> None:
        super().__init__(folder, sandbox, time)
        (folder / "secret").write_text("sk-ours-12345678")

    def stored(self, name: str) -> dict[str, Body]:
        """What the account stores, by id."""
        return {row["id"]: row for row in self.sandbox.store.table(f"runtype.{name}").all()}


@contextmanager
def opened(folder: Path, dialect: str = "C", **seeds: Any) -> Iterator[Account]:
    """A fresh account that holds the seeds, and a folder without manifests."""
    with Account.opened(folder, dialect, **seeds) as account:
        yield account
