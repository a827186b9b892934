"""Systems that other installed packages bring, by the entry point group `reconciler.systems`.

Takes a system's name, gives what its package offers: a module with `SCHEMAS`, a folder that holds
`<system>/<Kind>.json`, and `connect(target, root, note)`, which gives a provider. Looks at installed packages only when
it is asked, because that costs more than a plan of a few manifests.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

GROUP = "reconciler.systems"


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Give the names of all systems that other packages bring, sorted."""
    return tuple(sorted({point.name for point in _points()}))


@lru_cache(maxsize=32)
def find(name: str) -> Any | None:
    """Give the module of a system, or None where no package brings it; the first of several by package name."""
    points = [point for point in _points() if point.name == name]
    return min(points, key=lambda point: point.value).load() if points else None


def _points() -> EntryPoints:
    from importlib import metadata  # 15 ms to import, and most runs need none of them

    return metadata.entry_points(group=GROUP)
