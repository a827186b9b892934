"""Says what settings may tell of each store of inventories.

Takes what was written, gives what is wrong with it. Pure: it opens no store and knows no path that exists.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

_ANY = re.compile(r".+\Z", re.DOTALL)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}\Z")
_IN_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/(?!\.{1,2}(/|\Z))[^/\\\s]+)+\Z")
_NAMED = "letters, digits, `_` and `-`, such as `path: prod`"
_PLACED = "write the {0}, then the path in it: `path: my-{0}/reconciler/prod.json`"


@dataclass(frozen=True, slots=True)
class Known:
    """A store, as settings see it."""

    path: str = ""
    """Where it lies unless settings say otherwise; "" where they must."""
    keys: tuple[str, ...] = ()
    """What it takes beside `store` and `path`."""
    needs: Mapping[str, str] | None = None
    """What it takes and cannot do without, with an example."""
    shape: re.Pattern[str] = _NAME
    example: str = _NAMED


KNOWN: Mapping[str, Known] = {
    "file": Known(".reconciler/inventory.json", shape=_ANY, example="write `path: .reconciler/inventory.json`"),
    "git": Known("inventory", ("remote",)),
    "s3": Known("", ("endpoint", "region"), shape=_IN_BUCKET, example=_PLACED.format("bucket")),
    "gcs": Known("", ("endpoint",), shape=_IN_BUCKET, example=_PLACED.format("bucket")),
    "azure": Known("", ("endpoint",), shape=_IN_BUCKET, example=_PLACED.format("container")),
    "postgres": Known("inventory", ("url",), needs={"url": "write `url: {env: DATABASE_URL}`"}),
}
"""Settings' word for a store → what may be said of it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, at which place inside `inventory`."""

    place: tuple[str, ...]
    summary: str
    hint: str
    at: Literal["key", "value"] = "value"


def faults(store: str, path: str | None, given: Collection[str]) -> Iterator[Fault]:
    """Find what is wrong with the settings of a store; `given` are the keys that they say."""
    known = KNOWN[store]
    for key in sorted(set(given) - {"store", "path", *known.keys}):
        those = " and ".join(name for name, other in KNOWN.items() if key in other.keys)
        yield Fault((key,), f"`{key}` is not for the store {store}", f"it is for {those}", "key")
    for key, example in (known.needs or {}).items():
        if key not in given:
            yield Fault((), f"`{key}` is missing, which the store {store} needs", example)
    if path is None and not known.path:
        yield Fault((), f"`path` is missing, which the store {store} needs", known.example)
    elif path is not None and not known.shape.match(path):
        yield Fault(("path",), f"no path for the store {store}", known.example)
