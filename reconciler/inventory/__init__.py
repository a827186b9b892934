"""Remembers what we own, in a store that several runs and machines can share.

Takes the settings' store and path, gives a `Store`; never talks to a target.
"""

from __future__ import annotations

import os
from pathlib import Path

from reconciler.errors import SettingsError
from reconciler.inventory.base import Journal, Store
from reconciler.inventory.file import FileStore

__all__ = ["STORES", "FileStore", "Journal", "Store", "open_store"]

STORES = {"file": FileStore}
"""Settings' word for a store → what opens it at a path."""


def open_store(store: str, path: str, root: Path) -> Store:
    """Give the store that settings name; `path` counts from `root`, the folder of `reconciler.yaml`.

    Reads and writes nothing yet. Raises `SettingsError` for a store that does not exist.
    """
    if store not in STORES:
        known = ", ".join(sorted(STORES))
        raise SettingsError(f"inventory.store: there is no store {store!r}", hint=f"the stores are: {known}")
    place = root / path
    relative = os.path.relpath(place)
    return STORES[store](place, name=str(place) if relative.startswith("..") else relative)
