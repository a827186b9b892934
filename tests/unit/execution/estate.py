"""A folder with manifests for the tiny system, and the servers that they are for: what runs are played on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from reconciler import engine, settings
from reconciler.inventory import open_store
from reconciler.model import Body, Entry, Phase, Plan, Request
from tests.tiny import provider as tiny

PLAIN = Request()
URLS = {"one": "http://127.0.0.1:9", "two": "http://127.0.0.1:10"}


class Estate:
    """A folder with settings for two targets, and the two servers."""

    def __init__(self, folder: Path, servers: dict[str, tiny.Server]) -> None:
        self.folder = folder
        self.servers = servers
        targets = "".join(f"  {name}: {{system: tiny, url: '{url}'}}\n" for name, url in URLS.items())
        (folder / "reconciler.yaml").write_text(f"apiVersion: reconciler/v1\ntargets:\n{targets}")
        (folder / "manifests").mkdir()

    @property
    def settings(self) -> settings.Settings:
        return settings.load(self.folder / "reconciler.yaml")

    def declare(self, *documents: str) -> None:
        text = "---\n".join(f"apiVersion: tiny/v1\n{document}\n" for document in documents)
        (self.folder / "manifests" / "all.yaml").write_text(text)

    def items(self, number: int, target: str = "one", title: str = "T") -> None:
        self.declare(*(item(f"i{n:03}", target, title) for n in range(number)))

    def plan(self, request: Request = PLAIN) -> Plan:
        return asyncio.run(engine.make_plan(self.settings, request))

    def apply(self, request: Request = PLAIN, **options: object) -> engine.Applied:
        return asyncio.run(engine.apply_plan(self.settings, request, **options))  # type: ignore[arg-type]

    def drift(self, request: Request = PLAIN) -> Plan:
        return asyncio.run(engine.find_drift(self.settings, request))

    def entries(self) -> dict[str, Entry]:
        place = self.settings.inventory
        found = open_store(place.store, place.path, self.folder, place.options).load().entries
        return {str(address): entry for address, entry in found.items()}

    def inventory(self) -> dict[str, Phase]:
        return {address: entry.phase for address, entry in self.entries().items()}

    @property
    def server(self) -> tiny.Server:
        return self.servers["one"]

    def holds(self, kind: str) -> dict[str, Body]:
        """What the first server holds of a kind, by id."""
        return self.server.objects.get(kind, {})


def document(kind: str, name: str, spec: str = "", meta: str = "", target: str = "one") -> str:
    """A manifest; `spec` and `meta` are what stands between the braces."""
    known = ", ".join(filter(None, (f"name: {name}, target: {target}", meta)))
    return f"kind: {kind}\nmetadata: {{{known}}}\nspec: {{{spec}}}"


def item(name: str, target: str = "one", title: str = "T") -> str:
    return document("Item", name, f"title: {title}", target=target)


def group(name: str) -> str:
    return document("Group", name, "note: n")


def statuses(applied: engine.Applied) -> list[str]:
    return [outcome.status.value for outcome in applied.outcomes]


def operations(plan: Plan) -> list[str]:
    return [f"{operation.action.value} {operation.address.name}" for operation in plan.operations]


REPLACED = [
    (document("Group", "g", "name: old"), document("Group", "g", "name: new")),
    (document("Item", "g", "mode: agent"), document("Item", "g", "mode: completion")),
    (
        document("Part", "g", "item: {ref: p}, key: a, size: 1"),
        document("Part", "g", "item: {ref: p}, key: a, size: 2"),
    ),
]
"""One replace of each sort; the third needs the item `p`."""


@pytest.fixture
def estate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Estate:
    servers = {name: tiny.Server() for name in URLS}
    for name, url in URLS.items():
        monkeypatch.setitem(tiny.SERVERS, url, servers[name])
    return Estate(tmp_path, servers)
