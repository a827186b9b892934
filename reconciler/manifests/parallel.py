"""Reads and parses many files on all processors.

Takes files and a function that does one of them, gives what came out of most: those that are wrong are left to the
caller, as are all where there are few. Never says what is wrong, and leaves nothing behind.

Parsing takes most of a plan of 10,000 manifests and can use one processor only, so copies of this process do a share
each and hand back bytes; values come as JSON, which is read eight times faster than YAML [measured].
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NoReturn, TypeAlias, TypeVar

import orjson

from reconciler.errors import ManifestError
from reconciler.manifests.text import Document

T = TypeVar("T")
Documents: TypeAlias = tuple[Document, ...]
Parse: TypeAlias = Callable[[str], Documents]
"""File → documents; raises `ManifestError`."""

LEAST = 500
"""How many files are worth a process."""
MOST_PROCESSES = 8


@dataclass(frozen=True, slots=True)
class _Work(Generic[T]):
    """What is done with one file, and how what came out of many travels."""

    do: Callable[[str], T]
    pack: Callable[[Mapping[str, T]], bytes]
    unpack: Callable[[bytes], dict[str, T]]
    """Raises ValueError where the bytes are not whole."""


def parse_most(files: Sequence[str], parse: Parse) -> dict[str, Documents]:
    """Give the documents of the files that are right and were worth the effort."""
    return _share(files, _Work(parse, _pack_documents, _unpack_documents))


def read_all(files: Sequence[str], read: Callable[[str], bytes]) -> dict[str, bytes]:
    """Give the bytes of the files that can be read."""
    work = _Work(read, _pack_bytes, _unpack_bytes)
    found = _share(files, work)
    return found | _do_right_ones([file for file in files if file not in found], work)


def _share(files: Sequence[str], work: _Work[T]) -> dict[str, T]:
    processes = min(len(files) // LEAST, os.cpu_count() or 1, MOST_PROCESSES)
    if processes < 2 or threading.active_count() > 1:  # a copy of a process has only the thread that made it
        return {}
    own, *others = (files[number::processes] for number in range(processes))
    helpers = [_start(share, work) for share in others]
    found = _do_right_ones(own, work)
    for process, pipe in helpers:
        found.update(_answer_of(process, pipe, work))
    return found


def _start(files: Sequence[str], work: _Work[T]) -> tuple[int, int]:
    """Start a process that does a share; gives its id, and the pipe through which its answer comes."""
    answer, pipe = os.pipe()
    process = os.fork()
    if process == 0:
        _answer(files, work, pipe)
    os.close(pipe)
    return process, answer


def _answer(files: Sequence[str], work: _Work[T], pipe: int) -> NoReturn:
    """Do it and end at once: what the process that was copied has begun is not ours to finish."""
    try:
        packed = work.pack(_do_right_ones(files, work))
        with os.fdopen(pipe, "wb") as out:
            out.write(packed)
    finally:
        os._exit(0)


def _answer_of(process: int, pipe: int, work: _Work[T]) -> dict[str, T]:
    """Wait for the answer; one that is not whole counts for nothing."""
    with os.fdopen(pipe, "rb") as answer:
        data = answer.read()
    os.waitpid(process, 0)
    try:
        return work.unpack(data)
    except ValueError:
        return {}


def _do_right_ones(files: Sequence[str], work: _Work[T]) -> dict[str, T]:
    found = {}
    for file in files:
        try:
            found[file] = work.do(file)
        except ManifestError:
            continue  # the caller finds it missing, does it again, and tells
    return found


def _pack_documents(found: Mapping[str, Documents]) -> bytes:
    return orjson.dumps({file: [(d.value, d.line, d.column) for d in documents] for file, documents in found.items()})


def _unpack_documents(data: bytes) -> dict[str, Documents]:
    return {file: tuple(Document(*row) for row in rows) for file, rows in orjson.loads(data).items()}


def _pack_bytes(found: Mapping[str, bytes]) -> bytes:
    sizes = orjson.dumps({file: len(data) for file, data in found.items()})
    return b"\n".join((sizes, b"".join(found.values())))


def _unpack_bytes(data: bytes) -> dict[str, bytes]:
    head, _, body = data.partition(b"\n")
    found, start = {}, 0
    for file, size in orjson.loads(head).items():
        found[file] = body[start : start + size]
        start += size
    if start != len(body):
        raise ValueError("not whole")
    return found
