"""The protocol of every inventory store, and its laws.

A store takes and gives whole `Inventory` values, and journals single entries in between; it never looks into them.
Each law is a case in the suite that every store passes:

* load writes nothing, and gives what the last commit saved plus what was journalled since;
* what `record` returned from survives a crash at any later moment;
* begin, record and commit happen inside `lock`; a lock whose holder is known to be dead is taken over;
* commit saves only over what was loaded, else it raises `InventoryConflict` and leaves the other's save alone;
* where nothing was recorded, nothing of the inventory is written;
* a receipt is kept whole or not at all, and never replaced.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from reconciler.model import Address, Entry, Inventory


class Journal(Protocol):
    """What a run has learnt since it loaded the inventory; durable line by line."""

    @property
    def inventory(self) -> Inventory:
        """What is known now, as a value of its own; the serial is still the one that was loaded."""
        ...

    async def record(self, address: Address, entry: Entry | None) -> None:
        """Remember an entry (None: no longer ours); return once it is durable, else raise `InventoryError`.

        Takes the same time however many entries there are. Concurrent calls share one write.
        """
        ...


class Store(Protocol):
    """Where an inventory is kept."""

    @property
    def name(self) -> str:
        """What a message calls it."""
        ...

    def load(self) -> Inventory:
        """Give the inventory, the journal of a run that broke off replayed; a new one where there is none.

        Raises `Unreadable` with the position of what is wrong, `InventoryError` where it cannot be read.
        """
        ...

    def lock(self, timeout: float) -> AbstractContextManager[None]:
        """Keep other runs out while the context lasts; wait for at most `timeout` seconds, then raise `Locked`."""
        ...

    def unlock(self) -> str:
        """Remove a lock that a dead run left, and say in a sentence what was removed.

        Raises `Locked` where the holder is known to be alive.
        """
        ...

    def begin(self, inventory: Inventory) -> Journal:
        """Start to record changes to what `load` gave; raise `InventoryConflict` where it is no longer current."""
        ...

    def commit(self, journal: Journal) -> Inventory:
        """Save what the journal holds under the next serial, drop the journal, and give what was saved.

        Raises `InventoryConflict` where somebody else saved since `load`; the journal then stays.
        """
        ...

    def start_from(self, inventory: Inventory) -> None:
        """Save an inventory that another store gave, as it is; inside `lock`.

        Raises `InventoryConflict` where there is another one already; its own it leaves alone.
        """
        ...

    def keep(self, name: str, receipt: bytes) -> None:
        """Keep a receipt for good, under a name from `name_receipt`; return once it is durable.

        Raises `InventoryError` where that is not possible: then whoever applied says so, and the apply stands. Needs no
        lock.
        """
        ...

    def receipts(self) -> tuple[str, ...]:
        """Name all receipts, oldest first."""
        ...

    def receipt(self, name: str) -> bytes:
        """Give one receipt; raise `InventoryError` where there is none of this name."""
        ...
