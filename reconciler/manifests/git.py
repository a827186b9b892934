"""Reads manifests and the files that they name from a git revision, without a checkout.

Takes a revision that a person typed, gives the same answers as the work tree would after a checkout of it. Only runs
git's plumbing; never changes the repository, its index or the work tree.
"""

# ruff: noqa: PTH100, PTH117
# Paths inside a revision are strings, no files.

from __future__ import annotations

import os
import posixpath
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.errors import ManifestError, UsageError
from reconciler.git import run as _git
from reconciler.manifests.files import (
    SUFFIXES,
    WorkTree,
    find_repository,
    is_above,
    missing_file,
    outside,
    shown,
    shown_folder,
)
from reconciler.manifests.text import MAX_BYTES, refusal, too_large
from reconciler.model import Diagnostic
from reconciler.redact import vendor_text
from reconciler.schema import nearest

MAX_LINKS = 40
_LINK, _SUBMODULE = "120000", "160000"


def head(root: Path) -> str:
    """Give the commit that is checked out, or "" outside git, before the first commit, or where git is not there."""
    repository = find_repository(root)
    if repository is None:
        return ""
    try:
        return _git(repository, "rev-parse", "--verify", "--quiet", "HEAD^{commit}").decode("ascii").strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def merge_base(root: Path, since: str, rev: str | None) -> str:
    """Give the commit at which what is read (`rev`, or what is checked out) left the history of `since`."""
    repository = find_repository(root)
    if repository is None:
        raise UsageError(f"--since {since}: {root} is in no git work tree", hint="leave --since out")
    other, here = _commit(repository, since, "--since"), _commit(repository, "HEAD" if rev is None else rev)
    try:
        return _git(repository, "merge-base", other, here).decode("ascii").split()[0]
    except (subprocess.CalledProcessError, IndexError) as error:
        hint = "fetch the whole history: a shallow clone does not reach that far back"
        raise UsageError(f"--since {since}: no common commit with what is checked out", hint=hint) from error


def default_branch(root: Path) -> str:
    """Give the branch that the remote `origin` calls its own, or "" where nothing says so."""
    repository = find_repository(root)
    if repository is None:
        return ""
    try:
        named = _git(repository, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
    except (OSError, subprocess.CalledProcessError):
        return ""
    return named.decode("utf-8", "replace").strip().removeprefix("origin/")


@dataclass(frozen=True, slots=True)
class _Entry:
    mode: str
    oid: str
    size: int


class Revision:
    """The files as they were committed in a revision; `commit` is its full id."""

    def __init__(self, root: Path, rev: str) -> None:
        repository = find_repository(root)
        if repository is None:
            raise UsageError(f"--rev {rev}: {root} is in no git work tree", hint="leave --rev out")
        self._repository = repository
        self.commit = _commit(repository, rev)
        self._shown_root = shown_folder(root)
        self._root = os.path.abspath(root)
        self._base = os.path.relpath(os.path.realpath(root), repository)
        self._entries = _entries(repository, self.commit)
        self._folders = {parent for path in self._entries for parent in _parents(path)} | {"."}
        self._blobs: dict[str, bytes] = {}

    def discover(self, folder: str) -> tuple[list[str], list[Diagnostic]]:
        """Give every manifest file under a folder (or the file itself), sorted, and what was refused."""
        start_shown = shown(self._shown_root, folder)
        try:
            start = self._resolve(self._place(folder), start_shown)
        except ManifestError as error:
            return [], list(error.diagnostics)
        if start in self._entries:
            return [start_shown], []
        refused: list[Diagnostic] = []
        found = sorted(self._scan(start, start_shown, set(), refused))
        if start not in self._folders:
            hint = "name a revision that has it, or correct the path where it is named"
            summary = f"no such file or folder in {self.commit[:12]}"
            refused.extend(refusal(start_shown, (0, 0), summary, hint).diagnostics)
        self._fetch(found)
        return found, refused

    def locate(self, path: str) -> str:
        """Name the file at a path that counts from the settings' folder."""
        file = shown(self._shown_root, path)
        place = self._resolve(self._place(path), file)
        if place not in self._entries:
            beside = [posixpath.basename(p) for p in self._entries if posixpath.dirname(p) == posixpath.dirname(place)]
            raise missing_file(file, path, beside)
        return file

    def read(self, file: str) -> bytes:
        """Give the bytes of a file."""
        entry = self._entry(file)
        if entry.size > MAX_BYTES:
            raise too_large(file)
        if entry.oid not in self._blobs:
            self._fetch([file])
        return self._blobs[entry.oid]

    def refuse_outside(self, path: str) -> None:
        """Raise ManifestError where a path that counts from the settings' folder leaves the repository."""
        self._resolve(self._place(path), path)
        WorkTree(Path(self._root)).refuse_outside(path)  # a secret is read from there

    def prefetch(self, paths: Callable[[], Iterable[str]]) -> None:
        """Read those of the paths that exist, all at once."""
        files = []
        for path in paths():
            try:
                files.append(self.locate(path))
            except ManifestError:
                continue  # `locate` says so again to whoever needs the file
        self._fetch(files)

    def _place(self, path: str) -> str:
        full = os.path.relpath(path, self._repository) if os.path.isabs(path) else posixpath.join(self._base, path)
        return posixpath.normpath(full)

    def _entry(self, file: str) -> _Entry:
        path = os.path.relpath(os.path.abspath(file), self._root)
        entry = self._entries.get(self._resolve(self._place(path), file))
        if entry is None or entry.mode == _SUBMODULE:
            raise missing_file(file, path, ())
        return entry

    def _resolve(self, place: str, file: str, links: int = 0) -> str:
        if place == ".." or place.startswith("../"):
            raise outside(file, links > 0)
        parts = place.split("/")
        for n in range(1, len(parts) + 1):
            entry = self._entries.get("/".join(parts[:n]))
            if entry is not None and entry.mode == _LINK:
                if links == MAX_LINKS:
                    raise refusal(file, (0, 0), "symbolic links in a circle", "name the file itself")
                target = os.fsdecode(self._read_blobs([entry.oid])[entry.oid])
                if posixpath.isabs(target):
                    raise outside(file, True)
                place = posixpath.normpath(posixpath.join(*parts[: n - 1], target, *parts[n:]))
                return self._resolve(place, file, links + 1)
        return place

    def _scan(self, start: str, called: str, followed: set[str], refused: list[Diagnostic]) -> list[str]:
        found = []
        prefix = "" if start == "." else f"{start}/"
        for path, entry in self._entries.items():
            name = path[len(prefix) :]
            if not path.startswith(prefix) or any(part.startswith(".") for part in name.split("/")):
                continue
            file = os.path.normpath(f"{called}/{name}")
            if entry.mode == _LINK:
                found += self._follow(path, file, followed, refused)
            elif entry.mode != _SUBMODULE and name.endswith(SUFFIXES):
                found.append(file)
        return found

    def _follow(self, path: str, file: str, followed: set[str], refused: list[Diagnostic]) -> list[str]:
        try:
            place = self._resolve(path, file)
        except ManifestError as error:
            refused.extend(error.diagnostics)
            return []
        if place in self._folders:
            if place in followed or place == "." or is_above(place, path):
                return []  # it would never end
            followed.add(place)
            return self._scan(place, file, followed, refused)
        return [file] if file.endswith(SUFFIXES) else []

    def _fetch(self, files: Iterable[str]) -> None:
        wanted = []
        for file in files:
            try:
                entry = self._entry(file)
            except ManifestError:
                continue  # `read` says so
            if entry.size <= MAX_BYTES and entry.oid not in self._blobs:
                wanted.append(entry.oid)
        self._blobs.update(self._read_blobs(list(dict.fromkeys(wanted))))

    def _read_blobs(self, oids: Sequence[str]) -> dict[str, bytes]:
        output = _git(self._repository, "cat-file", "--batch", stdin="".join(f"{oid}\n" for oid in oids).encode())
        blobs, start = {}, 0
        for oid in oids:
            end = output.index(b"\n", start)
            size = int(output[start:end].rsplit(b" ", 1)[1])
            blobs[oid] = output[end + 1 : end + 1 + size]
            start = end + 1 + size + 1
        return blobs


def _commit(repository: Path, rev: str, flag: str = "--rev") -> str:
    if not rev or rev.startswith(("-", "^")):  # an option, or all but a commit
        raise UsageError(f"{flag} {rev!r} is no revision", hint="name a commit, a tag or a branch")
    try:
        return _git(repository, "rev-parse", "--verify", "--quiet", f"{rev}^{{commit}}").decode("ascii").strip()
    except OSError as error:
        raise UsageError(f"{flag} {rev}: git cannot be run ({error.strerror})", hint="install git") from error
    except subprocess.CalledProcessError as error:
        said = vendor_text(error.stderr.decode("utf-8", "replace"))
        if said:
            raise UsageError(f"{flag} {rev}: git says: {said}", hint="`git status` says more") from error
        close = nearest(rev, _names_of_revisions(repository))
        hint = f"did you mean `{close}`?" if close else "fetch it, or name a commit, a tag or a branch"
        raise UsageError(f"{flag} {rev}: no such revision in {repository}", hint=hint) from error


def _names_of_revisions(repository: Path) -> list[str]:
    return _git(repository, "for-each-ref", "--format=%(refname:short)").decode("utf-8", "replace").split()


def _entries(repository: Path, commit: str) -> dict[str, _Entry]:
    entries = {}
    for row in _git(repository, "ls-tree", "-r", "-l", "-z", "--full-tree", commit).split(b"\0")[:-1]:
        facts, path = row.split(b"\t", 1)
        mode, _, oid, size = facts.decode("ascii").split()
        entries[os.fsdecode(path)] = _Entry(mode, oid, 0 if size == "-" else int(size))
    return entries


def _parents(path: str) -> Iterable[str]:
    while path := posixpath.dirname(path):
        yield path
