"""Remembers what we own, in a store that several runs and machines can share.

Takes the settings' store, path and options, gives a `Store`; never talks to a target.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from reconciler import secrets
from reconciler.errors import NotAllowed, SettingsError
from reconciler.inventory.base import Journal, Store
from reconciler.inventory.file import FileStore
from reconciler.inventory.receipts import beginnings, name_ending, name_receipt
from reconciler.model import ValueSource

__all__ = ["STORES", "FileStore", "Journal", "Store", "beginnings", "name_ending", "name_receipt", "open_store"]

Options = Mapping[str, str | ValueSource]
"""What settings say of a store beside its path; a credential only as the place where it stands."""


def open_store(store: str, path: str, root: Path, options: Options = MappingProxyType({})) -> Store:
    """Give the store that settings name; `path` of a file counts from `root`, the folder of `reconciler.yaml`.

    Reads and writes no inventory yet. Raises `SettingsError` for a store that does not exist or cannot be used here.
    """
    if store not in STORES:
        known = ", ".join(sorted(STORES))
        raise SettingsError(f"inventory.store: there is no store {store!r}", hint=f"the stores are: {known}")
    return STORES[store](store, path, root, options)


def _open_file(_: str, path: str, root: Path, __: Options) -> Store:
    place = root / path
    relative = os.path.relpath(place)
    return FileStore(place, name=str(place) if relative.startswith("..") else relative)


def _open_git(_: str, path: str, root: Path, options: Options) -> Store:
    from reconciler.inventory.git import open_git

    return open_git(path, root, remote=_text(options, "remote"))


def _open_bucket(store: str, path: str, _: Path, options: Options) -> Store:
    from reconciler.inventory.bucket import open_bucket

    return open_bucket(store, path, endpoint=_text(options, "endpoint"), region=_text(options, "region"))


def _open_postgres(_: str, path: str, root: Path, options: Options) -> Store:
    from reconciler.inventory.postgres import open_postgres

    url = options["url"]
    found = secrets.read(url, root) if isinstance(url, ValueSource) else url
    if found is None:
        where = secrets.describe(url) if isinstance(url, ValueSource) else "it"
        raise NotAllowed(f"inventory.url: {where} is not set", hint="set it to the address of the database")
    return open_postgres(found, path)


def _text(options: Options, name: str) -> str:
    return str(options.get(name, ""))


STORES: Mapping[str, Callable[[str, str, Path, Options], Store]] = {
    "file": _open_file,
    "git": _open_git,
    "s3": _open_bucket,
    "gcs": _open_bucket,
    "azure": _open_bucket,
    "postgres": _open_postgres,
}
"""Settings' word for a store → what opens it."""
