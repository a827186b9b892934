"""A folder with settings and manifests, the servers that it is for, and the command line as processes of their own.

Takes addresses and credentials; gives processes, and what servers, inventory and files hold. Reconciler is never called
in this process: only its inventory is read here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, MutableSequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from reconciler import settings, survey
from reconciler.model import Inventory
from reconciler.sandbox import app
from reconciler.sandbox.control import Seen
from reconciler.sandbox.faults import Faults
from tests.conformance.registry import SYSTEMS
from tests.conformance.subjects import Hands, Manifest, Row, Subject, System
from tests.crashes.estates import Estate

APPLY = ("apply", "--yes", "--allow-deletes", "500", "--allow-updates", "500", "--lock-timeout", "20")
PLAN = ("plan", "--detailed-exitcode", "--allow-deletes", "500", "--allow-updates", "500")
PATIENCE_SECONDS = 120.0
_KNOWN = {system.name: system for system in SYSTEMS}

Key = tuple[str, str, str]
"""System, kind, id."""


@dataclass(frozen=True)
class Ground:
    """Servers: each system's target in settings, a person's hands on it, and what all were asked."""

    targets: Mapping[str, Mapping[str, Any]]
    hands: Mapping[str, Hands]
    requests: MutableSequence[Seen]
    faults: Faults
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Variables that hold the credentials."""
    words: tuple[str, ...] = ()
    """Which of these no file and no output may hold."""

    def rows(self) -> dict[Key, Row]:
        """Give everything that the servers hold."""
        return {
            (name, subject.kind, row.id): row
            for name, hands in self.hands.items()
            for subject in subjects_of(name)
            for row in hands.rows(subject.kind)
        }

    def clear(self, foreign: Mapping[Key, Row]) -> None:
        """Delete by hand what is not foreign; kinds come in an order in which what leans on others goes first."""
        for (system, kind, live_id), row in self.rows().items():
            (subject,) = [subject for subject in subjects_of(system) if subject.kind == kind]
            if subject.is_singleton:
                self.hands[system].reset(kind)
            elif (system, kind, live_id) not in foreign:
                self.hands[system].delete(kind, row)


def subjects_of(system: str) -> tuple[Subject, ...]:
    """Give the kinds of a system, as its newest version has them."""
    found = _KNOWN[system]
    return found.subjects(next(variant for variant in found.variants if variant.newest))


def system_of(name: str) -> System:
    """Give a system of the conformance cases."""
    return _KNOWN[name]


@contextmanager
def sandboxes(systems: tuple[str, ...]) -> Iterator[Ground]:
    """Serve these systems on a port, with an object of every kind that somebody made by hand."""
    with ExitStack() as around:
        url, sandbox = around.enter_context(app.running())
        targets = {name: yaml.safe_load(app.example_settings(url))["targets"][name] for name in systems}
        hands: dict[str, Hands] = {}
        for name in systems:
            hands[name] = around.enter_context(closing(_KNOWN[name].hands(f"{url}/{name}", "sandbox")))
            make_by_hand(hands[name], name)
        yield Ground(targets, hands, sandbox.requests, sandbox.faults, {"SANDBOX_TOKEN": "sandbox"})


def make_by_hand(hands: Hands, system: str) -> None:
    """Make one object of every kind that can be made; what leans on others comes last."""
    for subject in reversed(subjects_of(system)):
        if not subject.is_singleton and subject.kind not in _LEANING:
            hands.create(subject.kind, subject.named("byhand"), {**subject.plain, **subject.bystander})


_LEANING = {"Variation", "Optimization", "AgentGraph", "Targeting"}
"""Kinds whose smallest object needs another."""


@dataclass(frozen=True)
class Place:
    """A folder, and the servers that it is for."""

    folder: Path
    ground: Ground
    secrets: dict[str, str]
    """Variables that manifests name, as they are now."""
    canaries: set[str]
    """All that were ever secret here."""

    @property
    def inventory(self) -> Path:
        """Where the inventory is, if it is a file."""
        return self.folder / "state" / "inventory.json"

    @property
    def journal(self) -> Path:
        """Where its journal is."""
        return self.inventory.with_name("inventory.json.journal")

    @property
    def receipts(self) -> Path:
        """Where its receipts are."""
        return self.inventory.with_name("inventory.json.receipts")

    def declare(self, estate: Estate, secrets: Mapping[str, str]) -> None:
        """Write the manifests of an estate in place of those that were there, and set its secrets."""
        for system, manifests in estate.manifests.items():
            text = "\n---\n".join(json.dumps(_document(system, manifest)) for manifest in manifests)
            (self.folder / "manifests" / f"{system}.yaml").write_text(text)
        self.secrets.update(secrets)
        self.canaries.update(secrets.values())

    def start(self, *arguments: str, said: str = "said.txt") -> subprocess.Popen[bytes]:
        """Start a command; what it says goes into a file."""
        with (self.folder / said).open("wb") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "reconciler", *arguments],
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def run(self, *arguments: str, said: str = "said.txt") -> int:
        """Run a command to its end; gives its exit code."""
        return self.start(*arguments, said=said).wait(PATIENCE_SECONDS)

    def must(self, *arguments: str, expect: int = 0) -> str:
        """Run a command that has to end so; gives what it said."""
        code = self.run(*arguments)
        text = (self.folder / "said.txt").read_text()
        assert code == expect, f"reconciler {' '.join(arguments)} ended with {code}, not {expect}:\n{text}"
        return text

    def known(self) -> Inventory:
        """Give the inventory with its journal, as the next run will see it."""
        return survey.open_store(settings.load(self.folder / "reconciler.yaml")).load()

    def texts(self) -> Iterator[tuple[Path, bytes]]:
        """Give every file that is in the folder, whoever wrote it."""
        for path in sorted(self.folder.rglob("*")):
            if path.is_file():
                yield path, path.read_bytes()

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TZ") if name in os.environ}
        own = {name: str(self.folder / name.lower()) for name in ("HOME", "TMPDIR")}
        return {**kept, **own, **self.ground.secrets, **self.secrets}


def make_place(folder: Path, ground: Ground, where: Mapping[str, Any] | None = None) -> Place:
    """Make a folder with settings for those servers; `where` is what they say of the inventory."""
    for name in ("manifests", "state", "home", "tmpdir"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    said = {
        "apiVersion": "reconciler/v1",
        "inventory": dict(where or {"store": "file", "path": "state/inventory.json"}),
        "targets": {name: dict(target) for name, target in ground.targets.items()},
    }
    (folder / "reconciler.yaml").write_text(yaml.safe_dump(said))
    return Place(folder, ground, {}, set(ground.words))


def _document(system: str, manifest: Manifest) -> dict[str, Any]:
    (identity,) = [subject.identity for subject in subjects_of(system) if subject.kind == manifest.kind]
    named = {identity: manifest.name} if identity is not None else {}
    return {
        "apiVersion": f"{system}/v1",
        "kind": manifest.kind,
        "metadata": {"name": manifest.name, "target": system},
        "spec": {**named, **manifest.spec},
    }
