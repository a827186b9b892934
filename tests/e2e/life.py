"""The life of an estate, driven as an outsider would: by settings, manifests, the command line and the API.

Takes a folder, a story and a server, plays every chapter in order. A story says of a system what there is and what
happens to it; the chapters are the same for all. They run against the sandbox and against real servers; a difference is
a bug of the sandbox.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from reconciler import inventory
from reconciler.cli.app import run
from reconciler.model import Address
from reconciler.paths import parse_path, value_at
from tests.conformance.bodies import alike, differences
from tests.conformance.subjects import At, Body, Row, System

TARGET = "there"
CREDENTIAL = "LIFE_CREDENTIAL"
EMPTY = "Plan: 0 to create, 0 to update, 0 to replace, 0 to delete."


@dataclass(frozen=True)
class Thing:
    """An object: its identity, and what a manifest or a person says of it."""

    kind: str
    name: str
    spec: Body = field(default_factory=dict)


@dataclass(frozen=True)
class Story:
    """What there is on a server of a system, and what happens to it."""

    system: System
    auth: Mapping[str, Any]
    """What the target's settings say; the credential is in the variable `LIFE_CREDENTIAL`."""
    by_hand: tuple[Thing, ...]
    """There before, and declared by nobody."""
    estate: tuple[Thing, ...]
    """What is declared; the first is what happens to."""
    born: str
    """The last line of the plan that makes it."""
    edited: At
    """What somebody sets in declared fields of the first."""
    shown: tuple[str, ...]
    """What the report of drift shows of that: the old and the new value of a field."""
    undeclared: At
    """What somebody sets in other fields of it."""
    shorter: tuple[Thing, ...]
    """Manifests of the estate that declare less."""
    gone: tuple[Thing, ...]
    """What the server then holds in place of what they do not declare any more."""
    equal: Thing
    """Made by hand, then declared with the same words."""
    other: Thing
    """Made by hand, then declared with the words of the next."""
    mine: Thing
    newer: Thing
    """The same thing, changed in git, and by hand between plan and apply."""
    moved: At
    lost: Thing
    """A thing of the estate that others refer to, and that somebody deletes."""
    pruned: tuple[Thing, ...]
    """What leaves the manifests; of what is always there, what the server then holds."""
    own: tuple[Callable[[Life], None], ...] = ()
    """Chapters that only this system has."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Variables that manifests name."""


class Life:
    """A folder with manifests, and the server that they are for."""

    def __init__(self, folder: Path, story: Story, url: str, credential: str, token: str) -> None:
        self.story = story
        self.folder = folder
        self.credential = credential
        self.declared: dict[tuple[str, str], Thing] = {}
        (folder / "manifests").mkdir(parents=True)
        target = {"system": story.system.name, "url": url, "auth": story.auth}
        settings = {"apiVersion": "reconciler/v1", "targets": {TARGET: target}}
        (folder / "reconciler.yaml").write_text(json.dumps(settings))
        self.hands = story.system.hands(url, token)

    def __enter__(self) -> Life:
        return self

    def __exit__(self, *_: object) -> None:
        self.hands.close()

    # --- commands -----------------------------------------------------------------------------

    @property
    def environment(self) -> dict[str, str]:
        """What every command finds in its environment."""
        return {CREDENTIAL: self.credential, **self.story.secrets}

    def reconciler(self, *arguments: str, expect: int = 0) -> str:
        """Run a command; gives stdout. Fails the test with everything that was said, if the exit code is another."""
        code, out, err = self.run(arguments)
        assert code == expect, f"reconciler {' '.join(arguments)} gave {code}\n{out}\n{err}"
        for secret in self.environment.values():
            assert secret not in out + err or secret == "sandbox"
        return out

    def run(self, arguments: tuple[str, ...]) -> tuple[int, str, str]:
        """Run a command as a process of its own; gives exit code, stdout and stderr."""
        done = subprocess.run(
            [sys.executable, "-m", "reconciler", *arguments],
            cwd=self.folder,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def json(self, *arguments: str, expect: int = 0) -> dict[str, Any]:
        """Run a command with JSON output."""
        document: dict[str, Any] = json.loads(self.reconciler(*arguments, "-o", "json", expect=expect))
        return document

    def last_line(self, *arguments: str, expect: int = 0) -> str:
        """Give the last line that a command says."""
        return self.reconciler(*arguments, expect=expect).splitlines()[-1]

    def settles(self) -> None:
        """Nothing is left to do, nothing has drifted, and the server holds what is declared and what was by hand."""
        assert self.last_line("plan", "--detailed-exitcode") == EMPTY
        self.reconciler("drift")
        for thing in (*self.story.by_hand, *self.declared.values()):
            self.holds(thing)

    # --- manifests ----------------------------------------------------------------------------

    def declare(self, *things: Thing) -> None:
        """Write manifests, as a person would, but in JSON, which is YAML."""
        for thing in things:
            self.declared[thing.kind, thing.name] = thing
            document = {
                "apiVersion": f"{self.story.system.name}/v1",
                "kind": thing.kind,
                "metadata": {"name": thing.name},
                "spec": thing.spec,
            }
            self._file(thing).write_text(json.dumps(document, indent=2))

    def remove(self, *things: Thing) -> None:
        """Remove manifests."""
        for thing in things:
            del self.declared[thing.kind, thing.name]
            self._file(thing).unlink()

    def _file(self, thing: Thing) -> Path:
        return self.folder / "manifests" / f"{thing.kind}-{thing.name}.yaml"

    # --- the server ---------------------------------------------------------------------------

    def row(self, thing: Thing) -> Row:
        """Read an object; of what a server has one of, the one."""
        (found,) = [row for row in self.hands.rows(thing.kind) if row.name in (thing.name, "")]
        return found

    def value(self, thing: Thing, path: str) -> Any:
        """Read a field of an object."""
        return value_at(self.row(thing).body, parse_path(path))

    def holds(self, thing: Thing) -> None:
        """The server holds all that is said of a thing, but for secrets, which it shows to nobody."""
        shown = {name: value for name, value in thing.spec.items() if not _is_secret(value)}
        assert list(differences(shown, self.row(thing).body, self._id_of)) == [], thing

    def holds_nothing_else(self, *things: Thing) -> None:
        """What comes and goes is there, once each, and nothing beside it."""
        for kind in sorted({thing.kind for thing in self.story.by_hand}):
            meant = sorted(thing.name for thing in things if thing.kind == kind)
            assert sorted(row.name for row in self.hands.rows(kind)) == meant

    def make(self, thing: Thing) -> Row:
        """Make an object behind Reconciler's back."""
        self.hands.create(thing.kind, thing.name, thing.spec)
        return self.row(thing)

    def edit(self, thing: Thing, changes: At) -> None:
        """Change an object behind Reconciler's back."""
        self.hands.edit(thing.kind, self.row(thing), changes)

    def _id_of(self, ref: str) -> Any:
        entries = inventory.open_store("file", ".reconciler/inventory.json", self.folder).load().entries
        return self.story.system.id_of(str(entries[Address(TARGET, *ref.split("/"))].id))


class InProcess(Life):
    """A life whose commands start no process, which takes a tenth of the time."""

    def run(self, arguments: tuple[str, ...]) -> tuple[int, str, str]:
        """Run a command in this process; gives exit code, stdout and stderr."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.chdir(self.folder)
            for name, value in self.environment.items():
                patch.setenv(name, value)
            code = run(arguments)
        return code, out.getvalue(), err.getvalue()


def _is_secret(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"env"}


# --- the chapters ---------------------------------------------------------------------------------


def made_by_hand(life: Life) -> None:
    """Objects that were there before; nobody declares them."""
    for thing in life.story.by_hand:
        life.make(thing)


def created(life: Life) -> None:
    """An estate whose things refer to each other: planned, applied, and nothing is left."""
    life.declare(*life.story.estate)
    life.reconciler("validate")
    assert life.last_line("plan", "--detailed-exitcode", expect=2) == life.story.born
    life.reconciler("apply", "--yes")
    life.settles()


def drifted(life: Life) -> None:
    """A change behind our back is drift, said field by field, and git wins; what nobody declares is not touched."""
    thing = life.story.estate[0]
    life.edit(thing, {**life.story.edited, **life.story.undeclared})
    report = life.json("drift", expect=2)
    address = f"{TARGET}/{thing.kind}/{thing.name}"
    assert {(item["path"], item["address"]) for item in report["drift"]} == {
        (path, address) for path in life.story.edited
    }
    text = life.reconciler("drift", expect=2)
    assert [word for word in life.story.shown if word not in text] == []
    life.reconciler("apply", "--yes")
    life.settles()
    for path, value in life.story.undeclared.items():
        assert life.value(thing, path) == value


def a_field_removed(life: Life) -> None:
    """A field that leaves the manifest goes back to its default."""
    life.declare(*life.story.shorter)
    life.reconciler("apply", "--yes")
    life.settles()
    for thing in life.story.gone:
        for path, held in thing.spec.items():
            assert alike(held, life.value(thing, path)), (thing.name, path)


def adopted(life: Life) -> None:
    """An equal object is adopted; one that differs is refused until a person says so."""
    before = life.make(life.story.equal)
    life.make(life.story.other)
    life.declare(life.story.equal)
    assert life.last_line("plan") == EMPTY[:-1] + ", 1 to adopt."
    life.reconciler("apply", "--yes")
    life.settles()
    assert life.row(life.story.equal) == before
    life.declare(life.story.mine)
    life.reconciler("plan", expect=5)
    life.reconciler("apply", "--yes", expect=5)
    life.holds(life.story.other)
    life.reconciler("apply", "--yes", "--adopt")
    life.settles()


def a_saved_plan(life: Life) -> None:
    """A saved plan is applied exactly, and refused when the world has moved."""
    thing = life.story.newer
    life.declare(thing)
    life.reconciler("plan", "--out", "my.plan")
    life.edit(thing, life.story.moved)
    life.reconciler("apply", "my.plan", expect=6)
    assert {path: life.value(thing, path) for path in life.story.moved} == dict(life.story.moved)
    life.reconciler("plan", "--out", "my.plan")
    life.reconciler("show", "my.plan")
    life.reconciler("apply", "my.plan")
    life.settles()


def deleted_outside(life: Life) -> None:
    """What was deleted behind our back comes back, and what refers to it gets its new id."""
    life.declare(*life.story.estate)
    life.reconciler("apply", "--yes")
    life.settles()
    life.hands.delete(life.story.lost.kind, life.row(life.story.lost))
    life.reconciler("drift", expect=2)
    life.reconciler("apply", "--yes")
    life.settles()


def pruned(life: Life) -> None:
    """A manifest that is removed takes its object with it, and nothing else."""
    life.remove(*life.story.pruned)
    number = str(len(life.story.pruned))
    plan = life.last_line("plan", "--allow-deletes", number)
    assert plan == f"Plan: 0 to create, 0 to update, 0 to replace, {number} to delete."
    life.reconciler("plan", expect=5)
    life.reconciler("apply", "--yes", "--allow-deletes", number)
    life.settles()
    life.holds_nothing_else(*life.story.by_hand, *life.declared.values())
    for thing in life.story.pruned:
        for path, held in thing.spec.items():
            assert alike(held, life.value(thing, path)), thing


def an_empty_folder(life: Life) -> None:
    """An empty set of manifests looks like a wrong folder, and is refused."""
    kept = tuple(life.declared.values())
    life.remove(*kept)
    life.reconciler("plan", "--allow-deletes", "99", expect=5)
    life.declare(*kept)


def destroyed(life: Life) -> None:
    """Destroy takes what is ours and leaves what was made by hand."""
    life.reconciler("destroy", "--yes", expect=5)
    life.reconciler("destroy", "--yes", "--allow-deletes", "9")
    life.holds_nothing_else(*life.story.by_hand)
    assert life.json("inventory", "list")["entries"] == []
    kept = [path for path in sorted(life.folder.rglob("*")) if path.is_file()]
    for secret in life.environment.values():
        assert secret == "sandbox" or not any(secret.encode() in path.read_bytes() for path in kept)


def play(life: Life) -> None:
    """Play the whole story."""
    own = life.story.own
    for chapter in (made_by_hand, created, drifted, a_field_removed, adopted, *own, a_saved_plan, deleted_outside):
        chapter(life)
    for chapter in (pruned, an_empty_folder, destroyed):
        chapter(life)
