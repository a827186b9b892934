"""Lays drafts out in files: one for each object, foldered by target and kind, long texts in files of their own.

Takes drafts and a folder, gives what was written. Never overwrites: it looks before the first file, and each file is
made only if it is not there yet.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath

from reconciler import redact
from reconciler.errors import UsageError
from reconciler.export.draft import Draft
from reconciler.export.dump import dump
from reconciler.model import Address, Field, Json, Path
from reconciler.paths import replace_at
from reconciler.planning.canonical import child_field, item_field

_LONG = 120
"""A text of one line up to here reads best where it stands."""
_SUFFIXES = {"text/x-python": ".py"}
"""What a text is written in → how its file ends; prose, which most texts are, is Markdown."""


def write(made: Mapping[Address, Draft], folder: FilePath, root: FilePath) -> dict[Address, FilePath]:
    """Write drafts below a folder; `root` is what paths in manifests count from. Gives the file of each manifest."""
    files: dict[FilePath, str] = {}
    places = {}
    for address, draft in made.items():
        home = folder / address.target / address.kind
        document = draft.document
        for path, text, field in _long_texts(document["spec"], draft.kind.root, ()):
            file = _free(home, f"{address.name}.{_named(path)}", _SUFFIXES.get(field.media_type, ".md"), files)
            files[file] = text
            document = replace_at(document, ("spec", *path), {"file": _counted_from(root, file)})
        places[address] = home / f"{address.name}.yaml"
        files[places[address]] = dump(document)
    _write_all(files)
    return places


def _write_all(files: Mapping[FilePath, str]) -> None:
    for file, text in files.items():
        if os.path.lexists(file):
            raise _taken(file)
        if redact.gives_away(text):
            hint = "the server shows it in a field that is none for secrets: take it out there, and make a new one"
            raise UsageError(f"{file} would hold a secret of this run; nothing was written", hint=hint)
    for file, text in files.items():
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("x", encoding="utf-8", newline="") as stream:
                stream.write(text)
        except FileExistsError as error:
            raise _taken(file) from error
        except OSError as error:
            raise UsageError(
                f"cannot write {file}: {error.strerror}", hint="name a folder that can be written"
            ) from error


def _taken(file: FilePath) -> UsageError:
    hint = "export never overwrites: name another folder with --to, or declare that folder under `manifests`"
    return UsageError(f"{file} is there already", hint=hint)


def _long_texts(value: Json, field: Field, path: Path) -> Iterator[tuple[Path, str, Field]]:
    if isinstance(value, str):
        if field.long_text and ("\n" in value or len(value) > _LONG) and not value.startswith("\ufeff"):
            yield path, value, field
    elif isinstance(value, dict):
        for name, below in value.items():
            yield from _long_texts(below, child_field(field, name), (*path, name))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _long_texts(below, item_field(field), (*path, index))


def _named(path: Path) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", ".".join(str(step) for step in path))


def _free(home: FilePath, stem: str, suffix: str, files: Mapping[FilePath, str]) -> FilePath:
    file, number = home / f"{stem}{suffix}", 1
    while file in files:
        number += 1
        file = home / f"{stem}-{number}{suffix}"
    return file


def _counted_from(root: FilePath, file: FilePath) -> str:
    return FilePath(os.path.relpath(file, root)).as_posix()
