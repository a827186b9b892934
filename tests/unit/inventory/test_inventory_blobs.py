"""An inventory as blobs: answers that get lost, a journal that is not whole, and readers beside a writer."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence

import pytest
from obstore.store import MemoryStore

from reconciler.errors import InventoryConflict, InventoryError, Unreadable
from reconciler.inventory import Journal, codec
from reconciler.inventory.blobs import BlobMedium
from reconciler.inventory.bucket import BucketPlace
from reconciler.inventory.claim import BlobLock
from reconciler.inventory.store import LockedStore

from .inventory_samples import entry, inventory


class Place(BucketPlace):
    """A place on which a test can listen in, and break the network."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        super().__init__(store or MemoryStore(), "i", "memory://i")
        self.memory = self._store
        self.on_write: Callable[[str], None] = lambda key: None
        self.after_write: Callable[[str], None] = lambda key: None
        self.on_read: Callable[[str], None] = lambda key: None
        self.writes: list[str] = []

    def read(self, key: str):  # type: ignore[no-untyped-def]
        self.on_read(key)
        return super().read(key)

    def write(self, key: str, data: bytes, over: str | None, drop: Sequence[str] = ()) -> str:
        self.on_write(key)
        version = super().write(key, data, over, drop)
        self.writes.append(key)
        self.after_write(key)
        return version


def store_at(place: BucketPlace) -> LockedStore:
    return LockedStore(BlobMedium(place), BlobLock(place, pause=1))


def record(journal: Journal, *names: str) -> None:
    async def record_all() -> None:
        await asyncio.gather(*(journal.record(entry(name).address, entry(name)) for name in names))

    asyncio.run(record_all())


def names(place: Place) -> list[str]:
    other = Place(place.memory)  # type: ignore[arg-type]
    return sorted(address.name for address in store_at(other).load().entries)


def break_once(key: str) -> Callable[[str], None]:
    """Break the network the first time that something whose name begins so is written."""
    left = [key]

    def fail(written: str) -> None:
        if left and written.startswith(left[0]):
            left.clear()
            raise InventoryError("the network broke")

    return fail


# --- answers that get lost ----------------------------------------------------------------------


@pytest.mark.parametrize("is_written", [True, False])
def test_a_batch_whose_answer_got_lost_leaves_no_hole(is_written: bool) -> None:
    place = Place()
    store = store_at(place)
    with store.lock(0):
        journal = store.begin(store.load())
        record(journal, "a")
        setattr(place, "after_write" if is_written else "on_write", break_once("journal"))
        with pytest.raises(InventoryError, match="the network broke"):
            record(journal, "b")
        assert names(place) == (["a", "b"] if is_written else ["a"])
        record(journal, "c")
        assert names(place) == (["a", "b", "c"] if is_written else ["a", "c"])
        store.commit(journal)
    assert names(place) == ["a", "b", "c"], "what the run knows is what it saves"
    assert place.keys("journal") == ()


def test_the_same_records_tried_again_are_written_once() -> None:
    place = Place()
    store = store_at(place)
    with store.lock(0):
        journal = store.begin(store.load())
        place.after_write = break_once("journal")
        with pytest.raises(InventoryError):
            record(journal, "a")
        record(journal, "a")
        assert len(place.keys("journal")) == 1
        store.commit(journal)
    assert names(place) == ["a"]


def test_a_save_whose_answer_got_lost_is_told_and_is_there() -> None:
    place = Place()
    store = store_at(place)
    with store.lock(0):
        journal = store.begin(store.load())
        record(journal, "a")
        place.after_write = break_once("inventory")
        with pytest.raises(InventoryError, match="the network broke"):
            store.commit(journal)
    assert names(place) == ["a"]
    assert store_at(place).load().serial == 1


class Repeating(Place):
    """The library repeats a request whose answer got lost: the second finds the first one's work."""

    def write(self, key: str, data: bytes, over: str | None, drop: Sequence[str] = ()) -> str:
        super().write(key, data, over, drop)
        return super().write(key, data, over, drop)


def test_a_request_that_is_repeated_is_taken_for_what_it_is() -> None:
    place = Repeating()
    store = store_at(place)
    with store.lock(0):
        journal = store.begin(store.load())
        record(journal, "a")
        saved = store.commit(journal)
    store.keep("0000000001-x", b"receipt")
    assert (saved.serial, names(place), store.receipts()) == (1, ["a"], ("0000000001-x",))
    with store.lock(0):
        pass


# --- a journal that is not whole ----------------------------------------------------------------


def batch(serial: int, *names_: str, id_: str = "id-1") -> bytes:
    head = codec.encode_head(inventory(serial=serial)).replace(b"id-1", id_.encode())
    return head + b"".join(codec.encode_record(entry(name).address, entry(name)) for name in names_)


def placed(*batches: tuple[str, bytes], saved: int | None = 3) -> Place:
    place = Place()
    if saved is not None:
        place.write("inventory", codec.encode(inventory("s", serial=saved)), None)
    for name, data in batches:
        place.write(f"journal/{name}", data, None)
    return place


def test_batches_are_replayed_in_order() -> None:
    later = codec.encode_head(inventory(serial=3)) + codec.encode_record(entry("a").address, None)
    numbers = [f"0000000003-{n:06}" for n in (1, 2, 3)]
    place = placed(*zip(numbers, [batch(3, "a", "b"), later, batch(3, "c")], strict=True))
    assert names(place) == ["b", "c", "s"]


@pytest.mark.parametrize(
    ("batches", "problem"),
    [
        (
            [("0000000003-000002", batch(3, "a"))],
            "3-000002:1:1: this part of the journal, or one before it, is missing",
        ),
        (
            [("0000000003-000001", batch(3, "a")), ("0000000003-000003", batch(3, "b"))],
            "3-000003:1:1: this part of the journal, or one before it, is missing",
        ),
        ([("0000000003-000001", batch(3, "a")[:-9])], "3-000001:1:1: this part of the journal is cut off"),
        ([("0000000003-000001", b"")], "3-000001:1:1: this part of the journal is cut off"),
        ([("0000000003-000001", batch(2, "a"))], "3-000001:1:1: this part of the journal does not belong"),
        (
            [("0000000003-000001", batch(3, "a")), ("0000000003-000002", batch(3, "a", id_="id-2"))],
            "3-000002:1:1: this part of the journal does not belong",
        ),
        ([("0000000004-000001", batch(4, "a"))], "continues save 4, but memory://i is save 3"),
    ],
)
def test_what_is_not_whole_is_refused(batches: list[tuple[str, bytes]], problem: str) -> None:
    place = placed(*batches)
    store = store_at(place)
    with pytest.raises(Unreadable, match=problem) as caught:
        store.load()
    assert caught.value.hint
    with store.lock(0), pytest.raises(Unreadable, match=problem):
        store.begin(inventory("s", serial=3))


def test_what_is_left_of_an_older_save_is_not_read_and_goes_with_the_next() -> None:
    place = placed(("0000000001-000007", b"rubbish"), ("0000000002-000001", batch(2, "z")))
    store = store_at(place)
    with store.lock(0):
        journal = store.begin(store.load())
        assert names(place) == ["s"]
        record(journal, "a")
        store.commit(journal)
    assert names(place) == ["a", "s"]
    assert place.keys("journal") == ()


@pytest.mark.parametrize("gone", [(1,), (2,), (1, 2), (2, 3), (3,)])
def test_what_is_left_of_a_journal_that_is_being_dropped_is_not_missed(gone: tuple[int, ...]) -> None:
    batches = [(f"0000000002-{n:06}", batch(2, f"z{n}")) for n in (1, 2, 3) if n not in gone]
    place = placed(*batches)
    assert names(place) == ["s"]


def test_what_is_none_of_ours_is_left_alone() -> None:
    place = placed(("by-hand", batch(3, "z")), ("0000000003-000001", batch(3, "a")))
    store = store_at(place)
    with store.lock(0):
        store.commit(store.begin(store.load()))
    assert names(place) == ["a", "s"]
    assert place.keys("journal") == ("journal/by-hand",)


def test_the_run_that_goes_on_numbers_its_batches_after_those_that_are_there() -> None:
    place = placed(("0000000003-000001", batch(3, "a")), ("0000000003-000002", batch(3, "b")))
    store = store_at(place)
    with store.lock(0):
        record(store.begin(store.load()), "c")
        assert place.keys("journal")[-1] == "journal/0000000003-000003"
        assert names(place) == ["a", "b", "c", "s"]


# --- readers and other writers ------------------------------------------------------------------


def test_records_that_wait_share_one_write() -> None:
    place = Place()
    store = store_at(place)
    with store.lock(0):
        journal = store.begin(store.load())
        before = len(place.writes)
        record(journal, *(f"m{number:03}" for number in range(200)))
        assert len(place.writes) - before <= 2
        store.commit(journal)
    assert len(names(place)) == 200


def test_whoever_reads_while_another_saves_sees_one_save_or_the_next() -> None:
    """At every read of the reader in turn, a whole run of another comes in between."""
    for moment in itertools.count(1):
        place = placed(("0000000003-000001", batch(3, "a")), ("0000000003-000002", batch(3, "b")))
        reads = 0

        def another_run(key: str, place: Place = place, moment: int = moment) -> None:
            nonlocal reads
            reads += 1
            if reads == moment:
                store = store_at(Place(place.memory))  # type: ignore[arg-type]
                with store.lock(0):
                    journal = store.begin(store.load())
                    record(journal, "c")
                    store.commit(journal)

        reader = Place(place.memory)  # type: ignore[arg-type]
        reader.on_read = another_run
        found = store_at(reader).load()
        seen = sorted(address.name for address in found.entries)
        assert (found.serial, seen) in [(3, ["a", "b", "s"]), (4, ["a", "b", "c", "s"])], f"read {moment}"
        if reads < moment:
            break
    assert moment == 4  # two batches and the inventory


def test_a_save_of_another_right_before_ours_is_left_alone() -> None:
    place = placed()
    store = store_at(place)
    theirs = codec.encode(inventory("z", serial=4))
    with store.lock(0):
        journal = store.begin(store.load())
        record(journal, "a")

        def save(key: str) -> None:
            if key == "inventory":
                place.on_write = lambda key: None
                there = place.read("inventory")
                assert there is not None
                place.write("inventory", theirs, there.version)

        place.on_write = save
        with pytest.raises(InventoryConflict, match=r"another run saved it \(it is save 4 now, was 3\)"):
            store.commit(journal)
    there = place.read("inventory")
    assert there is not None
    assert there.data == theirs


def test_the_same_save_with_other_content_is_left_alone_too() -> None:
    place = placed()
    store = store_at(place)
    with store.lock(0):
        journal = store.begin(store.load())
        record(journal, "a")

        def save(key: str) -> None:
            if key == "inventory":
                place.on_write = lambda key: None
                there = place.read("inventory")
                assert there is not None
                place.write("inventory", codec.encode(inventory("y", serial=3)), there.version)

        place.on_write = save
        with pytest.raises(InventoryConflict, match="another run wrote to it since this run loaded it"):
            store.commit(journal)


# --- from one store to another ------------------------------------------------------------------


def test_an_inventory_of_another_store_is_taken_only_where_there_is_none() -> None:
    place = Place()
    store = store_at(place)
    with pytest.raises(InventoryConflict, match="not locked by this run"):
        store.start_from(inventory("a", serial=7))
    with store.lock(0):
        store.start_from(inventory("a", serial=7))
        store.start_from(inventory("a", serial=7))
        assert store.load() == inventory("a", serial=7)
        with pytest.raises(InventoryConflict, match="memory://i holds an inventory already"):
            store.start_from(inventory("a", serial=8))
    assert names(place) == ["a"]


def test_another_run_that_comes_in_between_is_left_alone() -> None:
    place = Place()
    store = store_at(place)
    theirs = codec.encode(inventory("z", serial=1))

    def save(key: str) -> None:
        if key == "inventory":
            place.on_write = lambda key: None
            place.write("inventory", theirs, None)

    with store.lock(0):
        place.on_write = save
        with pytest.raises(InventoryConflict, match="another run wrote to it"):
            store.start_from(inventory("a", serial=7))
    assert names(place) == ["z"]
