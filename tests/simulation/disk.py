"""The disk of the simulated world: every change of it is a moment at which a run may be killed, or refused.

Takes a folder; patches the calls of `os` through which the product writes. What the world itself writes passes.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.simulation.process import CURRENT, Killed, Process

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_REFUSALS = {"full": errno.ENOSPC, "read-only": errno.EROFS}
_NEEDS_ROOM = {"write", "fsync", "mkdir"}
"""What a full disk refuses; to open, rename and remove a file needs none."""


@contextmanager
def watched(folder: Path) -> Iterator[None]:
    """Watch a folder while the context lasts."""
    ours: set[int] = set()
    top = str(folder)

    def inside(path: Any) -> bool:
        return isinstance(path, str | os.PathLike) and os.fspath(path).startswith(top)  # type: ignore[arg-type]

    def wrap(name: str, concerns: Callable[..., bool]) -> None:
        real: Callable[..., Any] = getattr(os, name)

        def call(*args: Any, **options: Any) -> Any:
            process = CURRENT.get()
            if process is None or not concerns(*args):
                return real(*args, **options)
            _before(process, name, args, real)
            result = real(*args, **options)
            if name == "open":
                ours.add(result)
            process.moment(f"after {name}")
            return result

        patches.enter_context(patch.object(os, name, call))

    real_close = os.close

    def close(file: int) -> None:
        ours.discard(file)
        real_close(file)

    with ExitStack() as patches:
        wrap("open", lambda path, flags=0, *rest: inside(path) and bool(flags & _WRITING))
        for name in ("write", "fsync", "ftruncate", "fchmod"):
            wrap(name, lambda file, *rest: file in ours)
        for name in ("replace", "unlink", "mkdir"):
            wrap(name, lambda path, *rest: inside(path))
        patches.enter_context(patch.object(os, "close", close))
        yield


def _before(process: Process, name: str, args: tuple[Any, ...], real: Callable[..., Any]) -> None:
    """Kill or refuse a call before it does anything; a write may be cut in two."""
    process.begin_writing()
    try:
        process.moment(f"before {name}")
    except Killed:
        _half(process, name, args, real)
        raise
    process.disk_moments += 1
    trouble = process.trouble
    if trouble.disk and process.disk_moments >= trouble.disk_at and _refuses(trouble.disk, name):
        process.strike(f"disk: {trouble.disk}", name)
        if trouble.disk == "full":
            _half(process, name, args, real)
        code = _REFUSALS[trouble.disk]
        raise OSError(code, os.strerror(code))


def _refuses(trouble: str, name: str) -> bool:
    return name in _NEEDS_ROOM if trouble == "full" else name not in ("write", "fsync", "fchmod")


def _half(process: Process, name: str, args: tuple[Any, ...], real: Callable[..., Any]) -> None:
    if name == "write" and process.dice.random() < 0.5:
        real(args[0], bytes(args[1])[: len(args[1]) // 2])
