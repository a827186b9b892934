"""Loads kinds, each when it is first asked for.

Takes a folder of schemas, gives `Kinds`; every schema is checked against the vocabulary before it is compiled.
Never reads a file that nobody asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from reconciler import extensions
from reconciler.errors import SchemaError
from reconciler.model import Kind
from reconciler.schema import files
from reconciler.schema.compile import compile_kind
from reconciler.schema.spelling import did_you_mean
from reconciler.schema.vocabulary import check_kind, check_schema


def load_kinds(folder: Path | None = None) -> Kinds:
    """Give the kinds of a folder, by default of the packaged one; raise `SchemaError` where it holds none."""
    root = folder or files.folder()
    found = files.find(root)
    if not found:
        raise SchemaError(f"{root}: no schema there", hint="a schema is named <system>/<Kind>.json")
    return Kinds(found, open_to_others=folder is None)


class Kinds:
    """The kinds of all systems; a kind is read, checked and compiled once, when it is first asked for."""

    def __init__(self, found: Mapping[tuple[str, str], Path], *, open_to_others: bool = False) -> None:
        self._files = dict(found)
        self._open_to_others = open_to_others
        self._kinds: dict[tuple[str, str], Kind] = {}

    def get(self, system: str, name: str) -> Kind:
        """Give a kind; raise `SchemaError`, with the nearest name, where there is none or its schema is wrong."""
        if (system, name) not in self._kinds:
            self._kinds[system, name] = self._load(system, name)
        return self._kinds[system, name]

    def knows(self, system: str) -> bool:
        """Say whether there is such a system: here, or in an installed package that brings it."""
        if system in self.systems():
            return True
        brought = extensions.find(system) if self._open_to_others else None
        if brought is None:
            return False
        self._files |= {
            (name, kind): path for (name, kind), path in files.find(brought.SCHEMAS).items() if name == system
        }
        return True

    def names(self) -> tuple[tuple[str, str], ...]:
        """Give (system, kind name) of every kind, sorted; of another package's once somebody asked for its system."""
        return tuple(sorted(self._files))

    def everything(self) -> tuple[tuple[str, str], ...]:
        """Give what `names` gives, with the kinds of every installed package that brings a system."""
        for system in extensions.names():
            self.knows(system)
        return self.names()

    def systems(self) -> tuple[str, ...]:
        """Give the names of the systems, sorted."""
        return tuple(dict.fromkeys(system for system, _ in self.names()))

    def of(self, system: str) -> tuple[str, ...]:
        """Give the names of a system's kinds, sorted."""
        return tuple(name for of, name in self.names() if of == system)

    def file(self, system: str, name: str) -> Path:
        """Give the file of a kind's schema; raise `SchemaError`, with the nearest name, where there is none."""
        known = self.knows(system)
        path = self._files.get((system, name))
        if not known:
            raise SchemaError(f"no system is called {system!r}", hint=did_you_mean(system, self.systems()))
        if path is None:
            raise SchemaError(f"{system} has no kind {name!r}", hint=did_you_mean(name, self.of(system)))
        return path

    def _load(self, system: str, name: str) -> Kind:
        path = self.file(system, name)
        raw = files.read(path)
        _refuse(path, check_schema(raw) or misplaced(raw, path) or check_schema(raw, self.of(system)))
        try:
            kind = compile_kind(files.bundle(raw, path))
        except SchemaError as error:
            raise SchemaError(f"{path}: {error.message}") from error
        _refuse(path, check_kind(kind))
        return kind


def _refuse(path: Path, problems: list[str]) -> None:
    if problems:
        raise SchemaError("\n".join(f"{path}: {problem}" for problem in problems))


def misplaced(schema: Mapping[str, Mapping[str, str]], path: Path) -> list[str]:
    """Say where a schema names another system or kind than its file does."""
    resource = schema["x-resource"]
    places = (("system", path.parent.name, "folder"), ("name", path.stem, "file"))
    return [
        f"x-resource.{word} is {resource[word]!r}, but the {what} is called {called!r}"
        for word, called, what in places
        if resource[word] != called
    ]
