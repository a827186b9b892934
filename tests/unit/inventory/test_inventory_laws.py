"""The laws of `reconciler.inventory.base`, run against every store, wherever it keeps an inventory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import TypeAlias

import pytest

from reconciler.errors import InventoryConflict, InventoryError, Locked, Unreadable
from reconciler.inventory import Journal, Store, codec, name_receipt
from reconciler.model import Entry, Inventory, Phase

from .inventory_places import Place
from .inventory_samples import entry, inventory

Open: TypeAlias = Callable[[], Store]


@pytest.fixture
def open_it(place: Place) -> Open:
    """Open the same place once more, as another process would."""
    return place.open


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
            assert "--lock-timeout" in caught.value.hint
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


class TestWhatIsWritten:
    def test_loading_writes_nothing(self, open_it: Open, place: Place) -> None:
        open_it().load()
        assert open_it().unlock() == "The inventory is not locked."
        assert open_it().receipts() == ()
        assert place.content() == {}
        save(open_it(), entry("a"))
        store = open_it()
        with store.lock(0):
            record(store.begin(store.load()), entry("b"))
        before = place.content()
        assert names(open_it().load()) == ["a", "b"]
        assert place.content() == before

    def test_nothing_recorded_is_nothing_written(self, open_it: Open, place: Place) -> None:
        store = open_it()
        with store.lock(0):
            store.commit(store.begin(store.load()))
        assert place.beside_the_lock() == {}

    def test_a_commit_leaves_the_inventory_alone(self, open_it: Open, place: Place) -> None:
        for number in range(2):
            saved = save(open_it(), entry("b"), entry(f"a{number}"))
            assert place.beside_the_lock() == {place.inventory: codec.encode(saved)}
        assert not place.content().get(place.lock)


class TestWhoeverComesSecond:
    def test_loses_where_somebody_saved_without_the_lock(self, open_it: Open, place: Place) -> None:
        save(open_it(), entry("a"))
        store = open_it()
        with store.lock(0):
            journal = store.begin(store.load())
            record(journal, entry("b"))
            theirs = codec.encode(inventory("z", serial=2))
            place.put(place.inventory, theirs)
            with pytest.raises(InventoryConflict) as caught:
                store.commit(journal)
        assert "since this run loaded it" in caught.value.message
        assert "run it again" in caught.value.hint
        assert place.content()[place.inventory] == theirs

    def test_loses_where_the_inventory_is_gone(self, open_it: Open, place: Place) -> None:
        save(open_it(), entry("a"))
        store = open_it()
        with store.lock(0):
            journal = store.begin(store.load())
            record(journal, entry("b"))
            place.drop(place.inventory)
            with pytest.raises(InventoryConflict, match="it was removed since"):
                store.commit(journal)

    def test_loses_where_its_lock_was_removed_and_keeps_its_journal(self, open_it: Open, place: Place) -> None:
        store = open_it()
        with suppress(InventoryError), store.lock(0):  # what becomes of the lock afterwards is asked elsewhere
            journal = store.begin(store.load())
            record(journal, entry("a"))
            place.break_lock()
            with pytest.raises(InventoryError, match=place.name_of_a_lost_lock):
                store.commit(journal)
        assert names(open_it().load()) == ["a"]

    def test_cannot_write_into_the_journal_of_another(self, shared_place: Place) -> None:
        """A file knows no other writer than the one with the kernel's lock; every other store must."""
        first, second = shared_place.open(), shared_place.open()
        with suppress(InventoryError), first.lock(0):
            slow = first.begin(first.load())
            record(slow, entry("a"))
            shared_place.break_lock()
            with second.lock(0):
                quick = second.begin(second.load())
                record(quick, entry("b"))
                with pytest.raises(InventoryError):
                    record(slow, entry("c"))
                with pytest.raises(InventoryError):
                    first.commit(slow)
                saved = second.commit(quick)
        assert names(saved) == ["a", "b"]
        assert shared_place.open().load() == saved


class TestWhatCannotBeRead:
    def test_is_named_with_its_position(self, open_it: Open, place: Place) -> None:
        place.put(place.inventory, codec.encode(inventory("a", serial=3)).replace(b'"settled"', b'"done"'))
        before = place.content()
        with pytest.raises(Unreadable, match=r":2:\d+: entries\[0\]\.phase: expected pending") as caught:
            open_it().load()
        assert caught.value.exit_code == 3
        assert caught.value.hint
        assert place.content() == before

    @pytest.mark.parametrize(
        ("saved", "journal", "problem"),
        [
            (inventory("a"), b"{}\n", ":1:1: this is not an inventory"),
            (inventory("a"), codec.encode_head(inventory()) + b"{}\n", ":2:1: address is missing"),
            (inventory("a"), codec.encode_head(inventory()).replace(b"id-1", b"id-2"), ":1:1: .* another inventory"),
            (inventory("a"), codec.encode_head(inventory(serial=1)), "continues save 1, but .* is save 0"),
            (None, codec.encode_head(inventory(serial=1)), "continues .*, which is missing"),
        ],
    )
    def test_is_a_journal_too(
        self, open_it: Open, place: Place, saved: Inventory | None, journal: bytes, problem: str
    ) -> None:
        if saved is not None:
            place.put(place.inventory, codec.encode(saved))
        place.put(place.batch(1, 1 if b'"serial": 1' in journal else 0), journal)
        with pytest.raises(Unreadable, match=problem):
            open_it().load()
        store = open_it()
        with store.lock(0), pytest.raises(Unreadable, match=problem):
            store.begin(saved or inventory())


MOMENT = datetime(2026, 1, 31, 10, 11, 12, 345, tzinfo=UTC)


class TestReceipts:
    def test_are_kept_in_the_order_of_their_names(self, open_it: Open) -> None:
        moments = [MOMENT, MOMENT + timedelta(microseconds=1), MOMENT - timedelta(days=400)]
        kept = {
            name_receipt(serial, moment): f"{serial} {moment}".encode() for serial in (9, 10, 110) for moment in moments
        }
        for name in sorted(kept, key=hash):
            open_it().keep(name, kept[name])
        assert open_it().receipts() == tuple(sorted(kept))
        assert {name: open_it().receipt(name) for name in kept} == kept

    def test_any_bytes_survive(self, open_it: Open) -> None:
        data, name = bytes(range(256)) * 3000, name_receipt(1, MOMENT)
        open_it().keep(name, data)
        assert open_it().receipt(name) == data

    def test_are_kept_under_the_lock_and_without_it(self, open_it: Open) -> None:
        store = open_it()
        with store.lock(0):
            journal = store.begin(store.load())
            record(journal, entry("a"))
            saved = store.commit(journal)
            store.keep(name_receipt(saved.serial, MOMENT), b"under the lock")
        store.keep(name_receipt(2, MOMENT), b"without it")
        assert [open_it().receipt(name) for name in open_it().receipts()] == [b"under the lock", b"without it"]
        assert open_it().load() == saved

    def test_are_never_replaced(self, open_it: Open) -> None:
        open_it().keep(name_receipt(1, MOMENT), b"first")
        with pytest.raises(InventoryError, match="there is a receipt 0000000001-20260131T101112000345Z already"):
            open_it().keep(name_receipt(1, MOMENT), b"second")
        assert open_it().receipt(name_receipt(1, MOMENT)) == b"first"

    def test_one_that_is_missing_is_named(self, open_it: Open) -> None:
        with pytest.raises(InventoryError, match="there is no receipt 0000000001-20260131T101112000345Z"):
            open_it().receipt(name_receipt(1, MOMENT))

    @pytest.mark.parametrize("name", ["", "x", "../inventory.json", "0000000001-../x", "0000000001-x\n", "0000000001-"])
    def test_a_name_that_is_none_is_refused(self, open_it: Open, place: Place, name: str) -> None:
        for use in (open_it().receipt, lambda name: open_it().keep(name, b"x")):
            with pytest.raises(InventoryError, match="is no name of a receipt"):
                use(name)
        assert place.content() == {}


def test_a_receipt_is_named_by_its_save_and_its_moment_anywhere() -> None:
    elsewhere = MOMENT.astimezone(timezone(timedelta(hours=9)))
    assert name_receipt(42, elsewhere) == name_receipt(42, MOMENT) == "0000000042-20260131T101112000345Z"
