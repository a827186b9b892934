"""Makes text fit: as many items as there is room for, and a word about the rest.

Takes items, a function that writes one, and a number of characters. Writes no item for which there is no room, so
that a long list costs no more than a short one. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def fit(items: Sequence[T], write: Callable[[T], str], room: int) -> tuple[list[str], Sequence[T]]:
    """Write items until one does not fit; gives the texts, and the items from that one on."""
    texts: list[str] = []
    for number, item in enumerate(items):
        text = write(item)
        room -= len(text) + 2  # what stands between two texts
        if room < 0:
            return texts, items[number:]
        texts.append(text)
    return texts, items[len(items) :]
