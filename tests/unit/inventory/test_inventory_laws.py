"""The laws of `reconciler.inventory.base`, run against every store.

A store joins by a line in `STORES`: a function that opens it in a folder, twice the same place if called twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from reconciler.errors import InventoryConflict, InventoryError, Locked
from reconciler.inventory import Journal, Store, open_store
from reconciler.model import Entry, Inventory, Phase

from .inventory_samples import entry

Open: TypeAlias = Callable[[], Store]

STORES: dict[str, Callable[[Path], Store]] = {
    "file": lambda folder: open_store("file", ".reconciler/inventory.json", folder),
}


@pytest.fixture(params=sorted(STORES))
def open_it(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Open the same place once more, as another process would."""
    return lambda: STORES[request.param](tmp_path)


def record(journal: Journal, *entries: Entry) -> None:
    async def record_all() -> None:
        await asyncio.gather(*(journal.record(item.address, item) for item in entries))

    asyncio.run(record_all())


def forget(journal: Journal, *entries: Entry) -> None:
    async def forget_all() -> None:
        await asyncio.gather(*(journal.record(item.address, None) for item in entries))

    asyncio.run(forget_all())


def save(store: Store, *entries: Entry) -> Inventory:
    with store.lock(0):
        journal = store.begin(store.load())
        record(journal, *entries)
        return store.commit(journal)


def names(inventory: Inventory) -> list[str]:
    return [address.name for address in sorted(inventory.entries)]


class TestEveryStore:
    def test_starts_empty_and_new_each_time(self, open_it: Open) -> None:
        first, second = open_it().load(), open_it().load()
        assert first.serial == 0
        assert not first.entries
        assert first.id != second.id
        assert len(bytes.fromhex(first.salt)) == 32

    def test_gives_back_what_was_saved(self, open_it: Open) -> None:
        saved = save(open_it(), entry("b"), entry("a", phase=Phase.PENDING, live_id=None))
        assert saved.serial == 1
        assert open_it().load() == saved
        assert names(saved) == ["a", "b"]

    def test_id_and_salt_stay_and_the_serial_counts(self, open_it: Open) -> None:
        first = save(open_it(), entry("a"))
        second = save(open_it(), entry("b"))
        assert (second.id, second.salt, second.serial) == (first.id, first.salt, 2)
        assert names(second) == ["a", "b"]

    def test_remembers_the_last_record_of_an_address(self, open_it: Open) -> None:
        store = open_it()
        save(store, entry("a"), entry("b"), entry("c"))
        with store.lock(0):
            journal = store.begin(store.load())
            record(journal, entry("a", phase=Phase.PENDING))
            record(journal, entry("a", phase=Phase.UNKNOWN))
            forget(journal, entry("b"), entry("never there"))
            assert journal.inventory.entries[entry("a").address].phase is Phase.UNKNOWN
            saved = store.commit(journal)
        assert names(saved) == ["a", "c"]
        assert open_it().load() == saved

    def test_the_view_of_a_journal_is_a_value(self, open_it: Open) -> None:
        store = open_it()
        with store.lock(0):
            journal = store.begin(store.load())
            before = journal.inventory
            record(journal, entry("a"))
            assert names(before) == []
            assert names(journal.inventory) == ["a"]

    def test_a_run_that_broke_off_is_replayed(self, open_it: Open) -> None:
        saved = save(open_it(), entry("a"), entry("b"))
        store = open_it()
        with store.lock(0):
            journal = store.begin(store.load())
            record(journal, entry("c", phase=Phase.PENDING))
            forget(journal, entry("a"))
        again = open_it().load()
        assert names(again) == ["b", "c"]
        assert again.serial == saved.serial
        store = open_it()
        with store.lock(0):
            journal = store.begin(store.load())
            record(journal, entry("c"))
            third = store.commit(journal)
        assert names(third) == ["b", "c"]
        assert third.serial == 2
        assert open_it().load() == third

    def test_the_first_run_that_broke_off_keeps_id_and_salt(self, open_it: Open) -> None:
        store = open_it()
        fresh = store.load()
        with store.lock(0):
            record(store.begin(fresh), entry("a"))
        again = open_it().load()
        assert (again.id, again.salt, again.serial, names(again)) == (fresh.id, fresh.salt, 0, ["a"])

    def test_a_replayed_journal_is_saved_even_if_nothing_is_added(self, open_it: Open) -> None:
        store = open_it()
        with store.lock(0):
            record(store.begin(store.load()), entry("a"))
        with store.lock(0):
            saved = store.commit(store.begin(store.load()))
        assert (saved.serial, names(saved)) == (1, ["a"])
        assert open_it().load() == saved

    def test_nothing_recorded_is_nothing_saved(self, open_it: Open) -> None:
        fresh = open_it()
        with fresh.lock(0):
            assert fresh.commit(fresh.begin(fresh.load())).serial == 0
        saved = save(open_it(), entry("a"))
        store = open_it()
        with store.lock(0):
            assert store.commit(store.begin(store.load())) == saved
        assert open_it().load() == saved

    def test_refuses_to_start_from_what_is_no_longer_current(self, open_it: Open) -> None:
        late = open_it()
        loaded = late.load()
        saved = save(open_it(), entry("a"))
        with late.lock(0), pytest.raises(InventoryConflict, match="another run saved it"):
            late.begin(loaded)
        save(open_it(), entry("b"))
        with late.lock(0), pytest.raises(InventoryConflict, match="save 2 now, was 1"):
            late.begin(saved)
        assert names(open_it().load()) == ["a", "b"]

    @pytest.mark.parametrize("first", [(), (entry("z"),)])
    def test_refuses_to_start_beside_a_journal_that_was_not_seen(self, open_it: Open, first: tuple[Entry, ...]) -> None:
        if first:
            save(open_it(), *first)
        late = open_it()
        loaded = late.load()
        other = open_it()
        with other.lock(0):
            record(other.begin(other.load()), entry("a"))
        with late.lock(0), pytest.raises(InventoryConflict, match="another run broke off"):
            late.begin(loaded)
        assert names(open_it().load()) == ["a", *(item.address.name for item in first)]

    def test_a_lock_keeps_others_out_and_says_whose_it_is(self, open_it: Open) -> None:
        with open_it().lock(0):
            with pytest.raises(Locked, match=r"@.*, process \d+, for \d+ s") as caught, open_it().lock(0):
                pytest.fail("two hold the lock")
            assert "inventory unlock" in caught.value.hint
        with open_it().lock(0):
            pass

    def test_a_lock_ends_with_its_context_also_on_an_error(self, open_it: Open) -> None:
        with pytest.raises(ZeroDivisionError), open_it().lock(0):
            raise ZeroDivisionError
        assert open_it().unlock() == "The inventory is not locked."
        with open_it().lock(0):
            pass

    def test_writes_only_under_its_lock(self, open_it: Open) -> None:
        store = open_it()
        with pytest.raises(InventoryError, match="not locked by this run"):
            store.begin(store.load())
        with store.lock(0):
            journal = store.begin(store.load())
            record(journal, entry("a"))
        with pytest.raises(InventoryError, match="not locked by this run"):
            store.commit(journal)
        with pytest.raises(InventoryError, match="the run is over"):
            record(journal, entry("b"))
        assert names(open_it().load()) == ["a"]

    def test_a_journal_is_committed_once(self, open_it: Open) -> None:
        store = open_it()
        with store.lock(0):
            journal = store.begin(store.load())
            record(journal, entry("a"))
            saved = store.commit(journal)
            with pytest.raises(InventoryError, match="committed already"):
                store.commit(journal)
            again = store.begin(saved)
            record(again, entry("b"))
            assert store.commit(again).serial == 2
        assert names(open_it().load()) == ["a", "b"]
