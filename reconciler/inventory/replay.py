"""Says what a journal adds to an inventory, and whether it belongs to it at all.

Takes what was read of both, gives the inventory that the journal continues, and the entries after it. Pure: no I/O.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.errors import InventoryConflict, Unreadable
from reconciler.inventory.codec import Records
from reconciler.model import Address, Entry, Inventory

AGAIN = "run it again: it starts from what is there now"


def continued(records: Records, saved: Inventory | None, journal: str, name: str) -> Inventory | None:
    """Give the inventory that a journal continues; None where its records are saved already.

    `journal` and `name` are what a message calls the two. Raises `Unreadable` where they do not belong together.
    """
    head = records.head
    if head is None or (saved is not None and head.id == saved.id and head.serial < saved.serial):
        return None
    if saved is None and head.serial == 0:
        return head  # the first run broke off before it saved
    if saved is None:
        problem, hint = f"continues {name}, which is missing", f"restore {name}, or remove both"
    elif head.id != saved.id:
        problem, hint = f"belongs to another inventory than {name}", "remove the one that is not wanted"
    elif head.serial > saved.serial:
        problem = f"continues save {head.serial}, but {name} is save {saved.serial}"
        hint = f"restore the newer {name}; or remove the journal: what exists is then proposed for adoption"
    else:
        return saved
    raise Unreadable(f"{journal}:1:1: this journal {problem}", hint=hint)


def replayed(entries: Mapping[Address, Entry], records: Mapping[Address, Entry | None]) -> dict[Address, Entry]:
    """Give the entries after the records."""
    latest = {**entries, **records}
    return {address: entry for address, entry in latest.items() if entry is not None}


def require_current(loaded: Inventory, saved: Inventory | None, name: str) -> None:
    """Raise `InventoryConflict` where what is saved by now is not what was loaded."""
    if saved is None and loaded.serial:
        raise conflict(name, "it was removed")
    if saved is not None and (saved.id, saved.serial) != (loaded.id, loaded.serial):
        raise conflict(name, f"another run saved it (it is save {saved.serial} now, was {loaded.serial})")


def require_seen(loaded: Inventory, base: Inventory, records: Records, name: str) -> None:
    """Raise `InventoryConflict` where a journal that is there holds more than was loaded."""
    if base.id != loaded.id or replayed(loaded.entries, records.entries) != loaded.entries:
        raise conflict(name, "another run broke off")


def conflict(name: str, what: str) -> InventoryConflict:
    """Say what happened to an inventory since this run loaded it."""
    return InventoryConflict(f"{name}: {what} since this run loaded it", hint=AGAIN)
