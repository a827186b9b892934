"""The file store: what it writes, what it refuses, and crashes between any two steps."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import InventoryConflict, InventoryError, SettingsError, Unreadable
from reconciler.inventory import FileStore, Journal, codec, open_store
from reconciler.model import Entry, Inventory

from .inventory_samples import SALT, entry, inventory

PATH = ".reconciler/inventory.json"


def store_in(folder: Path) -> FileStore:
    return FileStore(folder / PATH, name=PATH, new_id=lambda: "id-1", new_salt=lambda: SALT)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def write(folder: Path, value: Inventory | bytes, journal: bytes = b"") -> None:
    (folder / ".reconciler").mkdir(exist_ok=True)
    (folder / PATH).write_bytes(value if isinstance(value, bytes) else codec.encode(value))
    if journal:
        (folder / (PATH + ".journal")).write_bytes(journal)


def journal_of(head: Inventory, *entries: Entry) -> bytes:
    return codec.encode_head(head) + b"".join(codec.encode_record(item.address, item) for item in entries)


def record(journal: Journal, *entries: Entry) -> None:
    async def record_in_turn() -> None:
        for item in entries:
            await journal.record(item.address, item)

    asyncio.run(record_in_turn())


def names(value: Inventory) -> list[str]:
    return [address.name for address in sorted(value.entries)]


# --- opening ------------------------------------------------------------------------------------


def test_an_unknown_store_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no store 'consul'") as caught:
        open_store("consul", "x", tmp_path)
    assert "file" in caught.value.hint


def test_messages_name_the_file_as_a_person_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, b"{")
    monkeypatch.chdir(tmp_path / ".reconciler")
    with pytest.raises(Unreadable, match=r"^inventory\.json:1:2: "):
        open_store("file", PATH, tmp_path).load()
    monkeypatch.chdir("/")
    (tmp_path / "x").mkdir()
    monkeypatch.chdir(tmp_path / "x")
    with pytest.raises(Unreadable, match=f"^{tmp_path}/.reconciler/inventory.json:1:2: "):
        open_store("file", PATH, tmp_path).load()


def test_the_path_may_be_absolute(tmp_path: Path) -> None:
    write(tmp_path, inventory("a", serial=4))
    assert open_store("file", str(tmp_path / PATH), Path("/nowhere")).load().serial == 4


# --- what is written ----------------------------------------------------------------------------


def test_loading_writes_nothing(tmp_path: Path) -> None:
    assert store_in(tmp_path).load() == inventory()
    assert files(tmp_path) == []
    assert store_in(tmp_path).unlock() == "The inventory is not locked."
    assert files(tmp_path) == []


def test_nothing_recorded_leaves_no_file(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    with store.lock(0):
        assert store.commit(store.begin(store.load())) == inventory()
    assert files(tmp_path) == [".reconciler"]


def test_a_commit_leaves_one_private_file(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    with store.lock(0):
        journal = store.begin(store.load())
        record(journal, entry("b"), entry("a"))
        assert files(tmp_path) == [".reconciler", PATH + ".journal", PATH + ".lock"]
        assert store.commit(journal) == inventory("b", "a", serial=1)
    assert files(tmp_path) == [".reconciler", PATH]
    assert (tmp_path / PATH).read_bytes() == codec.encode(inventory("a", "b", serial=1))
    assert (tmp_path / PATH).stat().st_mode & 0o777 == 0o600


def test_a_wider_mode_is_narrowed(tmp_path: Path) -> None:
    write(tmp_path, inventory("a", serial=1))
    (tmp_path / (PATH + ".tmp")).write_text("left by a crash, and longer than what follows" * 1000)
    (tmp_path / (PATH + ".tmp")).chmod(0o666)
    store = store_in(tmp_path)
    with store.lock(0):
        journal = store.begin(store.load())
        record(journal, entry("b"))
        saved = store.commit(journal)
    assert (tmp_path / PATH).stat().st_mode & 0o777 == 0o600
    assert store_in(tmp_path).load() == saved
    assert files(tmp_path) == [".reconciler", PATH]


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("saved", "journal", "problem"),
    [
        (b"\x00\x01", b"", r"inventory\.json:1:1: not JSON"),
        (inventory("a", serial=2), b"{}\n", r"inventory\.json\.journal:1:1: this is not an inventory"),
        (inventory("a", serial=2), journal_of(inventory(serial=3)), "continues save 3, but .* is save 2"),
        (inventory("a", serial=2), journal_of(inventory(serial=2)).replace(b"id-1", b"id-2"), "another inventory"),
        (None, journal_of(inventory(serial=2)), "continues .*inventory.json, which is missing"),
    ],
)
def test_refuses_what_does_not_fit(tmp_path: Path, saved: Any, journal: bytes, problem: str) -> None:
    write(tmp_path, saved or b"", journal)
    if saved is None:
        (tmp_path / PATH).unlink()
    before = files(tmp_path)
    with pytest.raises(Unreadable, match=problem) as caught:
        store_in(tmp_path).load()
    assert caught.value.exit_code == 3
    assert caught.value.hint
    assert files(tmp_path) == before


@pytest.mark.parametrize(
    "torn", [b"", b"{", codec.encode_head(inventory())[:-1], codec.encode_head(inventory(serial=1))]
)
def test_ignores_a_journal_that_holds_nothing_new(tmp_path: Path, torn: bytes) -> None:
    write(tmp_path, inventory("a", serial=2), torn or b"x")
    (tmp_path / (PATH + ".journal")).write_bytes(torn)
    store = store_in(tmp_path)
    assert store.load() == inventory("a", serial=2)
    with store.lock(0):
        journal = store.begin(store.load())
        record(journal, entry("b"))
        assert store_in(tmp_path).load() == inventory("a", "b", serial=2)
        assert store.commit(journal) == inventory("a", "b", serial=3)


def test_a_torn_end_is_cut_off_before_more_is_written(tmp_path: Path) -> None:
    whole = journal_of(inventory(serial=2), entry("b"))
    for length in range(len(codec.encode_head(inventory(serial=2))), len(whole)):
        write(tmp_path, inventory("a", serial=2), whole[:length])
        store = store_in(tmp_path)
        with store.lock(0):
            record(store.begin(store.load()), entry("c"))
        assert names(store_in(tmp_path).load()) == ["a", "c"]


def test_a_journal_from_before_the_last_commit_is_removed(tmp_path: Path) -> None:
    write(tmp_path, inventory("a", serial=2), journal_of(inventory(serial=1), entry("b")))
    store = store_in(tmp_path)
    assert store.load() == inventory("a", serial=2)
    with store.lock(0):
        store.commit(store.begin(store.load()))
    assert files(tmp_path) == [".reconciler", PATH]


def test_a_file_that_changes_under_the_run_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path, inventory("a", serial=1))
    store = store_in(tmp_path)
    with store.lock(0):
        journal = store.begin(store.load())
        record(journal, entry("b"))
        write(tmp_path, inventory("z", serial=2))
        with pytest.raises(InventoryConflict, match="save 2 now, was 1") as caught:
            store.commit(journal)
        assert caught.value.exit_code == 1
        (tmp_path / PATH).unlink()
        with pytest.raises(InventoryConflict, match="it was removed"):
            store.commit(journal)
        assert not (tmp_path / PATH).exists()


def test_a_lock_that_was_removed_under_the_run_stops_the_commit(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    with store.lock(0):
        journal = store.begin(store.load())
        record(journal, entry("a"))
        (tmp_path / (PATH + ".lock")).unlink()
        with pytest.raises(InventoryConflict, match="its lock was removed"):
            store.commit(journal)
    assert names(store_in(tmp_path).load()) == ["a"]


# --- a disk that says no ------------------------------------------------------------------------


def test_names_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / PATH).mkdir(parents=True)
    with pytest.raises(InventoryError, match=r"^cannot read .reconciler/inventory.json: Is a directory"):
        store_in(tmp_path).load()
    store = store_in(tmp_path)
    with store.lock(0), pytest.raises(InventoryError, match="cannot read"):
        store.begin(inventory())


def test_names_a_folder_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(os, "mkdir", refuse)
        with pytest.raises(InventoryError, match=r"create the folder of .*: Read-only"), store_in(tmp_path).lock(0):
            pytest.fail("held without a lock")
    (tmp_path / ".reconciler").write_text("a file")
    with pytest.raises(InventoryError, match=r"cannot lock .*: Not a directory"), store_in(tmp_path).lock(0):
        pytest.fail("held without a lock")


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    write(tmp_path, inventory("a", serial=1))
    store = store_in(tmp_path)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with store.lock(0):
        journal = store.begin(store.load())
        record(journal, entry("b"))
        with monkeypatch.context() as patch:
            patch.setattr(os, call, full)
            with pytest.raises(InventoryError, match=r"cannot write \.reconciler/inventory\.json: No space left"):
                store.commit(journal)
        assert (tmp_path / PATH).read_bytes() == codec.encode(inventory("a", serial=1))
        assert PATH + ".tmp" not in files(tmp_path)
        assert store.commit(journal) == inventory("a", "b", serial=2)
