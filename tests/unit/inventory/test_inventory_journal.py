"""The journal beside an inventory file: shared writes, failures, cancellation."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
from pathlib import Path

import pytest

from reconciler.errors import InventoryError
from reconciler.inventory import codec
from reconciler.inventory.journal import FileLines, RunJournal

from .inventory_samples import entry, inventory


def journal_in(folder: Path) -> RunJournal:
    lines = FileLines(folder / "j", codec.encode_head(inventory()), name="j")
    return RunJournal(inventory(), lines, name="j")


def names_in(path: Path) -> list[str]:
    return [address.name for address in codec.decode_records(path.read_bytes(), "j").entries]


def test_records_that_wait_share_one_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    syncs: list[int] = []
    sync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: (syncs.append(threading.get_ident()), sync(file)))
    journal = journal_in(tmp_path)

    async def record_many() -> None:
        items = [entry(f"m{number:03}") for number in range(200)]
        await asyncio.gather(*(journal.record(item.address, item) for item in items))

    asyncio.run(record_many())
    assert len(names_in(tmp_path / "j")) == 200
    assert len(syncs) <= 4  # the file's and, for the first write, its folder's
    assert threading.get_ident() not in syncs


def test_is_on_the_disk_before_it_returns(tmp_path: Path) -> None:
    journal = journal_in(tmp_path)

    async def record_in_turn() -> None:
        for number in range(3):
            item = entry(f"m{number}")
            await journal.record(item.address, item)
            assert names_in(tmp_path / "j") == [f"m{n}" for n in range(number + 1)]

    asyncio.run(record_in_turn())
    assert (tmp_path / "j").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("before", [0, 1])
def test_a_full_disk_is_told_to_all_who_wait_and_leaves_no_torn_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    journal = journal_in(tmp_path)
    write = os.write

    def write_half(file: int, data: bytes) -> int:
        if len(data) < 10:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, data[: len(data) // 2])

    async def story() -> None:
        for number in range(before):
            await journal.record(entry(f"early{number}").address, entry(f"early{number}"))
        monkeypatch.setattr(os, "write", write_half)
        waits = [journal.record(entry(name).address, entry(name)) for name in ("a", "b")]
        results = await asyncio.gather(*waits, return_exceptions=True)
        assert [str(result) for result in results] == ["cannot write j: No space left on device"] * 2
        monkeypatch.undo()
        await journal.record(entry("c").address, entry("c"))

    asyncio.run(story())
    assert names_in(tmp_path / "j") == [*(f"early{n}" for n in range(before)), "c"]


def test_a_journal_that_cannot_be_cut_back_stays_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = journal_in(tmp_path)

    def refuse(file: int, length: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "ftruncate", refuse)
    with pytest.raises(InventoryError, match="cannot write j: Input/output error"):
        asyncio.run(journal.record(entry("a").address, entry("a")))
    journal.close()


def test_whoever_waits_may_be_cancelled(tmp_path: Path) -> None:
    journal = journal_in(tmp_path)

    async def story() -> None:
        first = asyncio.create_task(journal.record(entry("a").address, entry("a")))
        second = asyncio.create_task(journal.record(entry("b").address, entry("b")))
        await asyncio.sleep(0)
        first.cancel()
        await second
        with pytest.raises(asyncio.CancelledError):
            await first

    asyncio.run(story())
    assert names_in(tmp_path / "j") == ["a", "b"]


def test_a_surprise_reaches_those_who_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = journal_in(tmp_path)

    def surprise(file: int, data: bytes) -> int:
        raise MemoryError

    monkeypatch.setattr(os, "write", surprise)
    with pytest.raises(MemoryError):
        asyncio.run(journal.record(entry("a").address, entry("a")))
    journal.close()


def test_refuses_after_it_is_closed(tmp_path: Path) -> None:
    journal = journal_in(tmp_path)
    journal.close()
    with pytest.raises(InventoryError, match="the run is over"):
        asyncio.run(journal.record(entry("a").address, entry("a")))
    assert not (tmp_path / "j").exists()
