"""Copies an inventory and its receipts from one store to another, which must not hold one.

Takes two stores, gives what was copied; changes nothing in the first. One that broke off is simply begun again.
"""

from __future__ import annotations

from reconciler.errors import InventoryError
from reconciler.inventory.base import Store
from reconciler.inventory.receipts import beginnings
from reconciler.model import Inventory


def copy(old: Store, new: Store, timeout: float) -> tuple[Inventory, int]:
    """Give the inventory that is in both now, and how many receipts; nobody else writes to either meanwhile."""
    with old.lock(timeout):
        inventory = old.load()
        if not inventory.serial and not inventory.entries:
            raise InventoryError(f"{old.name}: there is no inventory to copy")
        with new.lock(timeout):
            new.start_from(inventory)
            names, there = old.receipts(), set(new.receipts())
            for name in names:
                if name not in there:
                    new.keep(name, old.receipt(name))
    return inventory, len(beginnings(names))
