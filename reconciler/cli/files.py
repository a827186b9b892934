"""Writes a report to a file, so that nobody ever reads half of one.

Takes a path and text, gives nothing. Leaves what is there where it cannot write all of it.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Put text in the place of a file; what is no plain file, such as /dev/stderr or a pipe, is written to as it is."""
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    place = path.resolve()  # a link stays a link
    draft = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        draft.write_text(text, encoding="utf-8")
        if place.exists():
            shutil.copymode(place, draft)
        draft.replace(place)
    except BaseException as error:
        with suppress(OSError):  # the first error is the one to tell
            draft.unlink()
        if isinstance(error, OSError):  # a full disk names no file, and nobody knows the draft
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
