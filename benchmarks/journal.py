"""Journals so many operations into an inventory that holds as many, and prints the microseconds that each took.

Takes a number and a folder. Every record is durable before the next of its eight siblings begins, as in an apply.

    python -m benchmarks.journal 10000 FOLDER
"""

from __future__ import annotations

import asyncio
import dataclasses
import sys
import time
from pathlib import Path

from reconciler.inventory.file import FileStore
from reconciler.model import Address, Entry, Inventory

WIDTH = 8


async def journal(count: int, store: FileStore, owned: Inventory) -> float:
    """Give the microseconds of one record."""
    run = store.begin(owned)
    entries = iter(list(owned.entries.items()))

    async def work() -> None:
        for address, entry in entries:
            await run.record(address, dataclasses.replace(entry, commit="another"))

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(WIDTH)))
    return (time.perf_counter() - started) / count * 1e6


def main(count: int, folder: Path) -> None:
    """Make an inventory, and journal every entry of it once."""
    addresses = [Address("bench", "Model", f"assistant-{number:06}") for number in range(count)]
    applied = {f"params.field_{number}": f"{number:032}" for number in range(12)}
    entries = {a: Entry(a, "openwebui", a.name, (a.name,), applied=applied, digest="0" * 32) for a in addresses}
    store = FileStore(folder / "inventory.json")
    with store.lock(0.0):
        store.start_from(Inventory("bench", "00" * 32, 1, entries))
        print(f"{asyncio.run(journal(count, store, store.load())):.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
