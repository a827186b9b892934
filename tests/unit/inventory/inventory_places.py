"""Where every store keeps an inventory while it is tested, and what a crash may come between.

Takes a folder and a server, gives a `Place`. A store joins the laws by a line in `PLACES`.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import obstore
import psycopg
from obstore.store import MemoryStore

from reconciler import git
from reconciler.inventory import FileStore, Store, bucket, open_store, sql

FILE = ".reconciler/inventory.json"


@dataclass(frozen=True)
class Step:
    """Something that changes what is stored: a function, and which of its calls do."""

    owner: Any
    name: str
    counts: Callable[[tuple[Any, ...]], bool] = lambda args: True
    is_write: bool = False
    """Its second argument is what is written: it may be written by half."""


@dataclass
class Place:
    """A store, opened as often as a test likes, and what lies in it as bytes."""

    folder: Path
    steps: tuple[Step, ...] = ()
    frees_itself: bool = False
    """Its lock goes with its holder; there is nothing to read, or to remove, afterwards."""
    inventory: str = "inventory"
    """What `content` calls the inventory, and what its journal begins with."""
    journal: str = "journal"
    lock: str = "lock"
    name_of_a_lost_lock: str = "is not locked by this run, or its lock was removed"
    """What a message says to a run whose lock was taken away."""
    arguments: tuple[Any, ...] = field(default=(), init=False)
    """What `open_store` takes, in another process too."""

    def open(self) -> Store:
        store, path, root, options = self.arguments
        return open_store(store, path, Path(root), options)

    def content(self) -> dict[str, bytes]:
        raise AssertionError

    def put(self, name: str, data: bytes) -> None:
        """Write behind the store's back."""
        raise AssertionError

    def drop(self, name: str) -> None:
        """Remove behind the store's back."""
        raise AssertionError

    def batch(self, number: int, serial: int = 0) -> str:
        """Give what `content` calls a part of the journal."""
        return f"{self.journal}-{serial:010}-{number:06}"

    def break_lock(self) -> None:
        """Take the lock away from whoever holds it."""
        self.drop(self.lock)

    def beside_the_lock(self) -> dict[str, bytes]:
        return {name: data for name, data in self.content().items() if name != self.lock}


_DISK = tuple(
    Step(os, name, is_write=name == "write")
    for name in ("open", "write", "fsync", "ftruncate", "fchmod", "replace", "unlink", "mkdir")
)


class Files(Place):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder, _DISK, True, "inventory.json", "inventory.json.journal", "inventory.json.lock")
        self.arguments = ("file", FILE, str(folder), {})

    def content(self) -> dict[str, bytes]:
        found = (self.folder / FILE).parent
        return {str(path.relative_to(found)): path.read_bytes() for path in found.rglob("*") if path.is_file()}

    def put(self, name: str, data: bytes) -> None:
        path = (self.folder / FILE).with_name(name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)

    def drop(self, name: str) -> None:
        (self.folder / FILE).with_name(name).unlink()

    def batch(self, number: int, serial: int = 0) -> str:
        return self.journal


def run_git(folder: Path, *arguments: str, data: bytes = b"") -> str:
    settings = ("-c", "user.name=n", "-c", "user.email=n@example.com", "-c", "init.defaultBranch=main")
    done = subprocess.run(
        ["git", "-C", str(folder), *settings, *arguments], input=data, capture_output=True, check=True
    )
    return done.stdout.decode()


class Git(Place):
    """A clone; `remote`: of a bare repository, which then is where the inventory lies."""

    def __init__(self, folder: Path, *, remote: bool = True, shallow: bool = False) -> None:
        moving = ("push", "update-ref")
        step = Step(git, "run", counts=lambda args: any(verb in args for verb in moving))
        super().__init__(folder, (step,))
        self.repository = folder / "clone"
        self.keeper = folder / "remote.git" if remote else self.repository
        if not self.repository.exists():
            _make_repositories(folder, remote=remote, shallow=shallow)
        self.ref = "refs/reconciler/prod"
        self.arguments = ("git", "prod", str(self.repository), {})

    def content(self) -> dict[str, bytes]:
        found = {}
        rows = run_git(self.keeper, "for-each-ref", "--format=%(refname)", "refs/reconciler").split()
        for ref in rows:
            for line in run_git(self.keeper, "ls-tree", ref).splitlines():
                name = line.split("\t")[1]
                found[ref.removeprefix(self.ref).lstrip(".") + ("/" if ref != self.ref else "") + name] = run_git(
                    self.keeper, "cat-file", "blob", f"{ref}:{name}"
                ).encode()
        return found

    def put(self, name: str, data: bytes) -> None:
        self._rewrite({name: run_git(self.keeper, "hash-object", "-w", "--stdin", data=data).strip()})

    def drop(self, name: str) -> None:
        self._rewrite({name: ""})

    def _rewrite(self, changes: dict[str, str]) -> None:
        refs = run_git(self.keeper, "for-each-ref", self.ref).split()
        rows = run_git(self.keeper, "ls-tree", self.ref).splitlines() if self.ref in refs else []
        entries = {row.split("\t")[1]: row.split()[2] for row in rows} | changes
        text = "".join(f"100644 blob {oid}\t{name}\n" for name, oid in entries.items() if oid)
        tree = run_git(self.keeper, "mktree", data=text.encode()).strip()
        run_git(self.keeper, "update-ref", self.ref, run_git(self.keeper, "commit-tree", tree, "-m", "x").strip())


def _make_repositories(folder: Path, *, remote: bool, shallow: bool) -> None:
    first = folder / "first"
    first.mkdir(parents=True)
    run_git(first, "init", "-q", "--template=")
    for number in range(2):
        run_git(first, "commit", "-q", "--allow-empty", "-m", str(number))
    if not remote:
        first.rename(folder / "clone")
        return
    run_git(folder, "clone", "-q", "--bare", "--template=", str(first), "remote.git")
    depth = ("--depth", "1") if shallow else ()
    run_git(folder, "clone", "-q", "--template=", *depth, f"file://{folder / 'remote.git'}", "clone")


class Objects(Place):
    """Objects below a prefix of a bucket."""

    def __init__(self, folder: Path, store: Any) -> None:
        steps = (Step(obstore, "put"), Step(obstore, "delete"))
        super().__init__(folder, steps, inventory="i.json", journal="i.json.journal", lock="i.json.lock")
        self.store = store
        self.prefix = folder.name

    def content(self) -> dict[str, bytes]:
        paths = [meta["path"] for batch in obstore.list(self.store, self.prefix) for meta in batch]
        return {path.removeprefix(f"{self.prefix}/"): bytes(obstore.get(self.store, path).bytes()) for path in paths}

    def put(self, name: str, data: bytes) -> None:
        obstore.put(self.store, f"{self.prefix}/{name}", data)

    def drop(self, name: str) -> None:
        obstore.delete(self.store, f"{self.prefix}/{name}")

    def batch(self, number: int, serial: int = 0) -> str:
        return f"{self.journal}/{serial:010}-{number:06}"


class Memory(Objects):
    """The library's own store in memory, for its speed; what is above the library is the same for every bucket."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, MemoryStore())

    def open(self) -> Store:
        return bucket.open_place(bucket.BucketPlace(self.store, f"{self.prefix}/i.json", "memory://i.json"))


class Bucket(Objects):
    """A bucket of a server, whose credentials are in the environment."""

    def __init__(self, folder: Path, store: str, name: str, endpoint: str = "", region: str = "") -> None:
        super().__init__(folder, bucket.connect(store, name, endpoint, region))
        self.arguments = (store, f"{name}/{self.prefix}/i.json", "/", {"endpoint": endpoint, "region": region})


class Postgres(Place):
    """Rows of one inventory."""

    def __init__(self, folder: Path, url: str) -> None:
        writes = Step(psycopg.Connection, "execute", counts=lambda args: args[1] in (sql.WRITE, sql.TABLE))
        super().__init__(folder, (writes,), frees_itself=True, name_of_a_lost_lock="terminating connection")
        self.url = url
        self.arguments = ("postgres", folder.name, "/", {"url": url})

    def content(self) -> dict[str, bytes]:
        statement = "select key, data from reconciler_inventory where inventory = %s"
        try:
            rows = self.execute(statement, self.folder.name)
        except psycopg.errors.UndefinedTable:
            return {}
        return {key.replace("/", "-") if key.startswith("journal/") else key: bytes(data) for key, data in rows}

    def put(self, name: str, data: bytes) -> None:
        self.execute(sql.TABLE)
        insert = (
            "insert into reconciler_inventory values (%s, %s, %s) on conflict (inventory, key) do update set data = "
        )
        self.execute(f"{insert} excluded.data", self.folder.name, name.replace("journal-", "journal/"), data)

    def drop(self, name: str) -> None:
        delete = "delete from reconciler_inventory where inventory = %s and key = %s"
        self.execute(delete, self.folder.name, name.replace("journal-", "journal/"))

    def break_lock(self) -> None:
        self.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'reconciler %%'"
            " and pid in (select pid from pg_locks where locktype = 'advisory')"
        )

    def execute(self, statement: str, *values: Any) -> list[Any]:
        with psycopg.connect(self.url, autocommit=True) as connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []


Make = Callable[[Path], Place]


def file_store(folder: Path, **options: Any) -> FileStore:
    """A file store whose every choice is the test's."""
    return FileStore(folder / FILE, name=FILE, **options)


def all_files(folder: Path) -> Iterator[Path]:
    yield from (path for path in folder.rglob("*") if path.is_file())
