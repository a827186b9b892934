"""Keeps the inventory in a ref of the repository that holds the manifests, pushed with a lease.

Takes a repository and a name, gives a `Store`. It needs what the pipeline has anyhow, git and its credential, and it
touches no branch, no work tree and no index.

    refs/reconciler/<name>                  one commit: the inventory, its journal and its lock, as blobs of its tree
    refs/reconciler/<name>.receipts/<n>     one commit: the receipts of ten saves

A push names the commit that it replaces, so of two writers one loses, and looks again. Since lock, journal and
inventory are one ref, a run whose lock was removed cannot write anything any more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from reconciler.errors import InventoryError, SettingsError
from reconciler.inventory.blobs import LOCK, Blob, BlobMedium
from reconciler.inventory.claim import BlobLock
from reconciler.inventory.holder import Owner, this_process
from reconciler.inventory.refs import Refs, choose_remote
from reconciler.inventory.store import LockedStore, Moved
from reconciler.manifests.files import find_repository

PAUSE_SECONDS = 2.0
"""How often a run that waits for the lock asks the remote again."""

ATTEMPTS = 5
_SAVES_OF_A_BLOCK = 1
"""So many digits of a receipt's save are left out of its ref: receipts of ten saves share one."""


def open_git(name: str, root: Path, *, remote: str = "", identify: Callable[[], Owner] = this_process) -> LockedStore:
    """Open the inventory `name` of the repository that holds `root`; raise `SettingsError` where there is none."""
    repository = find_repository(root)
    if repository is None:
        hint = "`git init`, or another store: `inventory: {store: file}`"
        raise SettingsError(f"inventory.store: git keeps it in a repository, and {root} is in none", hint=hint)
    refs = Refs(repository, choose_remote(repository, remote))
    place = GitRef(refs, f"refs/reconciler/{name}")
    return LockedStore(
        BlobMedium(place, GitBlocks(refs, f"refs/reconciler/{name}.receipts")),
        BlobLock(place, pause=PAUSE_SECONDS, identify=identify),
    )


class GitRef:
    """The blobs of the one commit that a ref names."""

    def __init__(self, refs: Refs, ref: str, tip: str | None = None) -> None:
        self.name = f"{ref} of {refs.remote}" if refs.remote else ref
        self._refs = refs
        self._ref = ref
        self._see(tip)

    def called(self, key: str) -> str:
        """Name a blob as git does."""
        return f"{self._ref}:{_entry(key)}"

    def refresh(self) -> None:
        """Read the ref anew."""
        for _ in range(ATTEMPTS):
            tip = self._refs.find(self._ref).get(self._ref)
            if tip == self._tip:
                return
            if tip is None or self._refs.obtain({self._ref: tip}):
                self._see(tip)
                return
        raise InventoryError(f"{self.name} moves faster than it can be read", hint="try again in a moment")

    def keys(self, folder: str) -> tuple[str, ...]:
        """Give the keys in a folder, sorted."""
        begin = f"{folder}-"
        return tuple(sorted(f"{folder}/{name[len(begin) :]}" for name in self._entries if name.startswith(begin)))

    def read(self, key: str) -> Blob | None:
        """Give a blob of the commit that was seen last."""
        oid = self._entries.get(_entry(key))
        return None if oid is None else Blob(self._refs.blob(oid), oid)

    def write(self, key: str, data: bytes, over: str | None, drop: Sequence[str] = ()) -> str:
        """Put a commit in the place of the one that was seen last; look again where that is another by now."""
        oid = self._refs.add_blob(data)
        for _ in range(ATTEMPTS):
            if self._entries.get(_entry(key)) != over:
                raise Moved
            dropped = {_entry(gone) for gone in drop}
            entries = {name: held for name, held in self._entries.items() if name not in dropped} | {_entry(key): oid}
            commit = self._refs.add_commit(entries, key)
            refused = self._refs.swap(self._ref, self._tip, commit)
            if not refused:
                self._see(commit, entries)
                return oid
            seen, lock = self._tip, self._entries.get(LOCK)
            self.refresh()
            if self._tip == seen:
                hint = "does a rule of the server or a hook protect the refs below refs/reconciler?"
                raise InventoryError(f"{self.name} cannot be written: {refused}", hint=hint)
            if self._entries.get(LOCK) != lock:  # whoever wrote thinks that it is theirs
                raise Moved
        raise InventoryError(f"{self.name} moves faster than it can be written", hint="try again in a moment")

    def _see(self, tip: str | None, entries: Mapping[str, str] | None = None) -> None:
        self._tip = tip
        self._entries = dict(entries) if entries else self._refs.entries(tip) if tip else {}


class GitBlocks:
    """Receipts in refs of their own, a few in each: nobody who reads an inventory has to fetch them."""

    def __init__(self, refs: Refs, prefix: str) -> None:
        self.name = f"{prefix} of {refs.remote}" if refs.remote else prefix
        self._refs = refs
        self._prefix = prefix

    def called(self, key: str) -> str:
        """Name a blob as git does."""
        return self._block(key).called(key)

    def refresh(self) -> None:
        """Do nothing: a block is always read anew."""

    def keys(self, folder: str) -> tuple[str, ...]:
        """Give the keys of all blocks, sorted."""
        for _ in range(ATTEMPTS):
            found = self._refs.find(f"{self._prefix}/*")
            if not found:
                return ()
            if self._refs.obtain(found):
                blocks = [GitRef(self._refs, ref, tip) for ref, tip in found.items()]
                return tuple(key for block in blocks for key in block.keys(folder))
        raise InventoryError(f"{self.name} moves faster than it can be read", hint="try again in a moment")

    def read(self, key: str) -> Blob | None:
        """Give a blob as it is now."""
        block = self._block(key)
        block.refresh()
        return block.read(key)

    def write(self, key: str, data: bytes, over: str | None, drop: Sequence[str] = ()) -> str:
        """Write into the block of a key."""
        block = self._block(key)
        block.refresh()
        return block.write(key, data, over, drop)

    def _block(self, key: str) -> GitRef:
        save = key.partition("/")[2].partition("-")[0]
        return GitRef(self._refs, f"{self._prefix}/{save[:-_SAVES_OF_A_BLOCK]}")


def _entry(key: str) -> str:
    return key.replace("/", "-")
