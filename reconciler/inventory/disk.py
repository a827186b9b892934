"""Reads and writes files so that a crash at any moment leaves the old content or the new, whole.

Takes paths and bytes; what the system refuses raises `InventoryError` that names the file. It never waits for a lock.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from reconciler.errors import InventoryError

PRIVATE = 0o600
"""Names and digests of what a company runs are nobody else's business."""


@contextmanager
def named(verb: str, name: str) -> Iterator[None]:
    """Give an `OSError` the words that a person needs: `cannot write .reconciler/inventory.json: disk full`."""
    try:
        yield
    except OSError as error:
        raise InventoryError(f"cannot {verb} {name}: {error.strerror or error}") from error


def read(path: Path, name: str) -> bytes | None:
    """Give the content of a file, None where there is none."""
    with named("read", name):
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None


def write_all(file: int, data: bytes) -> None:
    """Write all of `data`; the system may take it in pieces."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]


def replace(path: Path, data: bytes, name: str) -> None:
    """Put `data` in the place of a file: a crash, or a full disk, leaves the old content."""
    draft = path.with_name(path.name + ".tmp")
    with named("write", name):
        try:
            file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE)
            try:
                os.fchmod(file, PRIVATE)
                write_all(file, data)
                os.fsync(file)
            finally:
                os.close(file)
            draft.replace(path)
        except OSError:
            with suppress(OSError):  # the first error is the one to tell
                draft.unlink()
            raise
        sync_folder(path.parent)


def remove(path: Path, name: str) -> None:
    """Remove a file for good; a missing one is no error."""
    with named("remove", name), suppress(FileNotFoundError):
        path.unlink()
        sync_folder(path.parent)


def make_folder(path: Path, name: str) -> None:
    """Create a folder and those above it, for good."""
    with named("create the folder of", name):
        missing = [folder for folder in (path, *path.parents) if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(exist_ok=True)
            sync_folder(folder.parent)


def sync_folder(path: Path) -> None:
    """Make names that were added to, or removed from, a folder survive a crash."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
