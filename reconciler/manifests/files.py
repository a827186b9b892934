"""Finds and reads manifests, overlays and the files that they name, in the work tree.

Takes paths that count from the settings' folder, gives sorted names of files and their bytes. Never follows a path or
a symbolic link out of the git work tree that holds the settings (without git: out of their folder).
"""

# ruff: noqa: PTH100, PTH110, PTH112, PTH114, PTH118, PTH119, PTH120, PTH208
# Ten thousand files are found by strings and os: pathlib would cost more than reading them does.

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from reconciler.errors import ManifestError
from reconciler.manifests.text import MAX_BYTES, refusal, too_large
from reconciler.model import Diagnostic
from reconciler.schema import nearest

SUFFIXES = (".yaml", ".yml")


class Tree(Protocol):
    """Where files are read from: the work tree, or a git revision.

    Files are named as a person would type them: see `shown_folder`.
    """

    def discover(self, folder: str) -> tuple[list[str], list[Diagnostic]]:
        """Give every manifest file under a folder (or the file itself), sorted, and what was refused."""
        ...

    def locate(self, path: str) -> str:
        """Name the file at a path that counts from the settings' folder; raise ManifestError if there is none."""
        ...

    def read(self, file: str) -> bytes:
        """Give the bytes of a file; raise ManifestError where it cannot be read or is larger than 10 MB."""
        ...

    def refuse_outside(self, path: str) -> None:
        """Raise ManifestError where a path that counts from the settings' folder leaves the repository."""
        ...

    def prefetch(self, paths: Callable[[], Iterable[str]]) -> None:
        """Hear which paths `locate` and `read` may be asked for next; some trees read better all at once."""
        ...


def shown_folder(root: Path) -> str:
    """Name a folder as a person would type it: relative to the current one where that holds it or lies in it."""
    here, there = Path.cwd(), Path(os.path.abspath(root))  # a link stays a link
    if there.is_relative_to(here) or here.is_relative_to(there):
        return os.path.relpath(there, here)
    return str(there)


def find_repository(folder: Path) -> Path | None:
    """Give the top of the git work tree that holds a folder, or None."""
    real = Path(os.path.realpath(folder))
    return next((parent for parent in (real, *real.parents) if (parent / ".git").exists()), None)


def shown(root: str, path: str) -> str:
    """Name what lies at a path below a folder that is called `root`."""
    place = os.path.normpath(os.path.join(root, path))
    return os.path.relpath(place) if root.startswith("..") else place  # `../manifests` may be where we are


class WorkTree:
    """The files as they are on disk now."""

    def __init__(self, root: Path) -> None:
        self._root = shown_folder(root)
        self._boundary = os.path.realpath(find_repository(root) or root)
        self._real_folders: dict[str, str] = {}

    def discover(self, folder: str) -> tuple[list[str], list[Diagnostic]]:
        """Give every manifest file under a folder (or the file itself), sorted, and what was refused."""
        start = shown(self._root, folder)
        try:
            self._refuse_outside(start)
        except ManifestError as error:
            return [], list(error.diagnostics)
        if not os.path.exists(start):
            close = nearest(os.path.basename(start), _names_beside(start))
            hint = "create it, or correct the path where it is named"
            if close is not None:
                hint = f"did you mean `{os.path.join(os.path.dirname(start), close)}`?"
            return [], list(refusal(start, (0, 0), "no such file or folder", hint).diagnostics)
        if not os.path.isdir(start):
            return [start], []
        refused: list[Diagnostic] = []
        return sorted(self._scan(start, refused)), refused

    def locate(self, path: str) -> str:
        """Name the file at a path that counts from the settings' folder."""
        file = shown(self._root, path)
        self._refuse_outside(file)
        if not os.path.lexists(file):
            raise missing_file(file, path, _names_beside(file))
        return file

    def read(self, file: str) -> bytes:
        """Give the bytes of a file."""
        try:
            descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe must not block
            try:
                return _read_all(descriptor, file)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise unreadable(file, error) from error

    def refuse_outside(self, path: str) -> None:
        """Raise ManifestError where a path that counts from the settings' folder leaves the repository."""
        self._refuse_outside(shown(self._root, path))

    def prefetch(self, paths: Callable[[], Iterable[str]]) -> None:
        """Do nothing: reading one by one is quick here."""

    def _scan(self, start: str, refused: list[Diagnostic]) -> Iterator[str]:
        folders, followed = [start], set[str]()
        while folders:
            folder = folders.pop()
            prefix = "" if folder == "." else f"{folder}/"
            for entry in _entries(folder, refused):
                if entry.name.startswith("."):
                    continue
                path, is_folder = prefix + entry.name, entry.is_dir()
                if not is_folder and not entry.name.endswith(SUFFIXES):
                    continue
                if entry.is_symlink() and not self._may_follow(path, is_folder, followed, refused):
                    continue
                if is_folder:
                    folders.append(path)
                else:
                    yield path

    def _may_follow(self, path: str, is_folder: bool, followed: set[str], refused: list[Diagnostic]) -> bool:
        try:
            self._refuse_outside(path)
        except ManifestError as error:
            refused.extend(error.diagnostics)
            return False
        real = os.path.realpath(path)
        if is_folder and (real in followed or is_above(real, self._real_folders[os.path.dirname(path)])):
            return False  # it would never end
        followed.add(real)
        return True

    def _refuse_outside(self, path: str) -> None:
        folder, name = os.path.split(path)
        real = self._real_folders.get(folder)
        if real is None:
            real = self._real_folders[folder] = os.path.realpath(folder)
        real = os.path.join(real, name)
        if os.path.islink(real) or name in ("", ".", ".."):
            real = os.path.realpath(path)
        if not is_above(self._boundary, real):
            raise outside(path, os.path.islink(path))
        if ".git" in real[len(self._boundary) :].split("/"):
            raise refusal(path, (0, 0), "git's own folder, which may hold credentials", "name a file of yours")


class Edited:
    """A tree in which some files hold something else."""

    def __init__(self, tree: Tree, edits: Mapping[str, bytes]) -> None:
        self.discover, self.locate, self.refuse_outside = tree.discover, tree.locate, tree.refuse_outside
        self.prefetch, self._tree, self._edits = tree.prefetch, tree, edits

    def read(self, file: str) -> bytes:
        """Give the bytes of a file, edited or not."""
        return self._edits[file] if file in self._edits else self._tree.read(file)


def _entries(folder: str, refused: list[Diagnostic]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        refused.extend(unreadable(folder, error).diagnostics)
        return []


def unreadable(file: str, error: OSError) -> ManifestError:
    """Make the error for a file or folder that the system does not let us read."""
    return refusal(file, (0, 0), f"cannot be read: {error.strerror}", "check the path and its mode")


def is_above(folder: str, path: str) -> bool:
    """Say whether a path is a folder or lies in it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def outside(path: str, is_link: bool) -> ManifestError:
    """Make the error for a path that leaves the repository."""
    what = "a symbolic link out of the repository" if is_link else "outside the repository"
    return refusal(path, (0, 0), what, "keep what manifests need inside it")


def missing_file(file: str, path: str, names: Sequence[str]) -> ManifestError:
    """Make the error for a file that is not there; `path` is what was written, `names` are what lies beside it."""
    close = nearest(os.path.basename(path), names)
    hint = "the path counts from the folder of reconciler.yaml"
    if close is not None:
        hint = f"did you mean `{os.path.join(os.path.dirname(path), close)}`?"
    return refusal(file, (0, 0), "no such file", hint)


def _names_beside(file: str) -> list[str]:
    try:
        return sorted(os.listdir(os.path.dirname(file) or "."))
    except OSError:
        return []


def _read_all(descriptor: int, file: str) -> bytes:
    info = os.fstat(descriptor)
    if not stat.S_ISREG(info.st_mode):
        raise refusal(file, (0, 0), "no regular file", "name a file")
    if info.st_size > MAX_BYTES:
        raise too_large(file)
    data = os.read(descriptor, info.st_size + 1)
    if data and len(data) == info.st_size:
        return data
    while len(data) <= MAX_BYTES and (more := os.read(descriptor, MAX_BYTES)):
        data += more
    return data
