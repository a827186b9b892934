"""Pauses Python's garbage collector where nothing becomes garbage.

Takes nothing, gives a context. Never changes what a program computes, only how often it looks for garbage.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """Look for no garbage while the context lasts.

    Reading and planning make many objects and no garbage in circles; walking all of them again and again costs a third
    of a plan of 10,000 manifests.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
