"""Reads and moves refs of a git repository, on a remote of it where it has one.

Takes a repository, gives what its refs hold, and swaps a ref for a commit of its own making. With a remote nothing in
the clone is changed, no ref, object, index, work tree or setting: objects pass through a folder of this process.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path

from reconciler import git
from reconciler.errors import InventoryError, SettingsError
from reconciler.redact import vendor_text

NETWORK_TIMEOUT_SECONDS = 60.0
PAUSES_SECONDS = (0.5, 2.0)
"""How long to wait before each new attempt at a remote that could not be reached."""

# Nobody's hooks, signatures, submodules or housekeeping: what is pushed is no code.
_SETTINGS = (
    "core.hooksPath=/dev/null",
    "commit.gpgSign=false",
    "push.gpgSign=false",
    "push.followTags=false",
    "push.recurseSubmodules=no",
    "gc.auto=0",
    "maintenance.auto=false",
)
_READS = ("ls-remote", "fetch")
"""Of what speaks to a remote; an interrupt may end these, and must not end a push."""
_FETCH = (
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-prune",
    "--refmap=",
    "--no-write-fetch-head",
    "--no-recurse-submodules",
)
_AUTHOR = {
    f"GIT_{who}_{what}": text
    for who in ("AUTHOR", "COMMITTER")
    for what, text in (("NAME", "Reconciler"), ("EMAIL", "reconciler@localhost"))
}
_PASSING = re.compile(
    r"Could not resolve|timed out|Connection (refused|reset|closed)|n't connect|unexpected disconnect|early EOF"
    r"|RPC failed|Empty reply|returned error: (429|5\d\d)|hung up|Broken pipe|kex_exchange",
    re.IGNORECASE,
)
_REFUSED = re.compile(r"could not read (Username|Password)|Authentication failed|Permission denied|error: 40[134]")
_READABLE = "it takes a credential that may read this repository; `persist-credentials: false` leaves none"
_HINTS = {
    "push": "the credential must be allowed to push to this repository",
    "ls-remote": _READABLE,
    "fetch": _READABLE,
}
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


def choose_remote(repository: Path, wanted: str) -> str:
    """Give the remote that keeps the inventory: the one wanted, else origin, else the only one; "" where there is none.

    Raises `SettingsError` where that leaves a doubt.
    """
    try:
        known = git.run(repository, "remote").decode("utf-8", "replace").split()
    except (OSError, subprocess.SubprocessError) as error:
        raise SettingsError(f"inventory: git says nothing of {repository}: {_words(error)}") from error
    if wanted and wanted not in known:
        hint = f"the remotes are: {', '.join(known)}" if known else "this repository has no remote"
        raise SettingsError(f"inventory.remote: there is no remote {wanted!r}", hint=hint)
    if wanted or not known:
        return wanted
    if "origin" not in known and len(known) > 1:
        hint = f"write `remote: {known[0]}` beside it"
        raise SettingsError(f"inventory: which of the remotes keeps it? There are {', '.join(known)}", hint=hint)
    return "origin" if "origin" in known else known[0]


class Refs:
    """The refs of a remote, or of the repository itself where `remote` is ""."""

    def __init__(self, repository: Path, remote: str = "", *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.remote = remote
        self._repository = repository
        self._sleep = sleep
        self._environment: dict[str, str] = {}
        self._known_address = ""

    def find(self, pattern: str) -> dict[str, str]:
        """Give the ref of this name, or all below it where it ends with `/*`, with their commits; sorted."""
        if self.remote:
            rows = self._ask("ls-remote", "--refs", "--", self._address(), pattern).decode().splitlines()
            found = {ref: oid for oid, ref in (row.split("\t") for row in rows)}
        else:
            rows = self._run("for-each-ref", "--format=%(refname) %(objectname)", "--", pattern).decode().splitlines()
            found = dict(row.split(" ") for row in rows)
        # Git also gives refs that only end like this, or lie below it.
        folder = pattern.removesuffix("*") if pattern.endswith("/*") else None
        return {ref: found[ref] for ref in sorted(found) if (ref.startswith(folder) if folder else ref == pattern)}

    def obtain(self, wanted: Mapping[str, str]) -> bool:
        """Bring the commits of refs here; say whether they came, or their refs moved on in the meantime."""
        if self.remote and not self._has(wanted):
            self._ask(*_FETCH, "--", self._address(), *(f"+{ref}" for ref in wanted))
        return self._has(wanted)

    def entries(self, commit: str) -> dict[str, str]:
        """Give the names and ids of the blobs in a commit's tree."""
        rows = self._run("ls-tree", "-z", commit).decode().split("\0")[:-1]
        return {name: facts.split(" ")[2] for facts, name in (row.split("\t", 1) for row in rows)}

    def blob(self, oid: str) -> bytes:
        """Give a blob's content."""
        return self._run("cat-file", "blob", oid)

    def add_blob(self, data: bytes) -> str:
        """Write a blob, and give its id."""
        return self._run("hash-object", "-w", "--stdin", stdin=data).decode().strip()

    def add_commit(self, entries: Mapping[str, str], subject: str) -> str:
        """Write a commit without parents that holds these blobs, and give its id.

        Without parents, what a fetch brings never grows, and a shallow clone is as good as a whole one.
        """
        rows = "".join(f"100644 blob {oid}\t{name}\0" for name, oid in sorted(entries.items()))
        tree = self._run("mktree", "-z", stdin=rows.encode()).decode().strip()
        return self._run("commit-tree", tree, "-m", subject, more=_AUTHOR).decode().strip()

    def swap(self, ref: str, old: str | None, new: str) -> str:
        """Let a ref name `new` where it names `old` (None: where there is none); give "", or why it was refused."""
        try:
            if not self.remote:
                self._run("update-ref", "--no-deref", ref, new, old or "0" * len(new))
            else:
                lease = f"--force-with-lease={ref}:{old or ''}"
                self._ask("push", "--porcelain", "--no-verify", lease, "--", self._address(), f"{new}:{ref}")
        except _GitFailed as failed:
            refused = re.search(r"^!\t[^\t]*\t(.*)$", failed.said, re.MULTILINE)
            if self.remote and not refused:
                raise
            return vendor_text(refused[1]) if refused else failed.message
        return ""

    def _address(self) -> str:
        """Give where the remote is pushed to.

        It is read from there as well; and a remote that git does not know by its name has no copies of its refs here,
        which a push would bring up to date.
        """
        if not self._known_address:
            for key in ("pushurl", "url"):
                found = self._run("config", "--default", "", "--get", f"remote.{self.remote}.{key}")
                self._known_address = self._known_address or found.decode().removesuffix("\n")
        return self._known_address

    def _has(self, wanted: Mapping[str, str]) -> bool:
        text = "".join(f"{oid}^{{tree}}\n" for oid in wanted.values()).encode()
        return b" missing\n" not in self._run("cat-file", "--batch-check", stdin=text)

    def _ask(self, *arguments: str) -> bytes:
        """Speak to the remote; try again where it could not be reached: every push names what it writes over."""
        for pause in PAUSES_SECONDS:
            try:
                return self._run(*arguments, timeout=NETWORK_TIMEOUT_SECONDS)
            except _GitFailed as failed:
                if not _PASSING.search(failed.said):
                    raise
                self._sleep(pause)
        return self._run(*arguments, timeout=NETWORK_TIMEOUT_SECONDS)

    def _run(
        self, *arguments: str, stdin: bytes = b"", timeout: float | None = None, more: Mapping[str, str] | None = None
    ) -> bytes:
        options = [word for setting in _SETTINGS for word in ("-c", setting)]
        try:
            return git.run(
                self._repository,
                *options,
                *arguments,
                stdin=stdin,
                environment=self._objects() | dict(more or {}),
                timeout=timeout,
                undisturbed=arguments[0] not in _READS,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise _GitFailed(arguments[0], error) from error

    def _objects(self) -> dict[str, str]:
        """Say where objects go: with a remote, into a folder that goes with this value."""
        if self.remote and not self._environment:
            own = git.run(self._repository, "rev-parse", "--git-path", "objects").decode().removesuffix("\n")
            folder = tempfile.mkdtemp(prefix="reconciler-")
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            quoted = str(self._repository / own).replace("\\", "\\\\").replace('"', '\\"')
            self._environment = {"GIT_OBJECT_DIRECTORY": folder, "GIT_ALTERNATE_OBJECT_DIRECTORIES": f'"{quoted}"'}
        return self._environment


class _GitFailed(InventoryError):
    """Git said no; `said` is all of it."""

    def __init__(self, verb: str, error: Exception) -> None:
        self.said = _said(error)
        hint = _HINTS.get(verb, "") if verb not in _READS or _REFUSED.search(self.said) else ""
        super().__init__(f"git {verb}: {_words(error)}", hint=hint)


def _said(error: Exception) -> str:
    if not isinstance(error, subprocess.CalledProcessError):
        return str(error)
    return b"\n".join((error.stdout or b"", error.stderr or b"")).decode("utf-8", "replace")


def _words(error: Exception) -> str:
    """Give the line that says why, without credentials."""
    if isinstance(error, subprocess.TimeoutExpired):
        return f"no answer within {error.timeout:g} seconds"
    if isinstance(error, OSError):
        return f"cannot be run ({os.strerror(error.errno) if error.errno else error})"
    lines = _said(error).strip().splitlines()
    telling = [line for line in lines if line.startswith(("fatal:", "error:", "remote:", "ssh:"))] or lines
    return vendor_text(_CREDENTIALS.sub("", " ".join(telling))) or "it failed without a word"
