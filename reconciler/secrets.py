"""Reads secrets from where settings and manifests say they are.

Takes a `ValueSource`, gives its value in memory and registers it with `redact`; never stores, logs or prints it.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from reconciler import redact
from reconciler.model import ValueSource

COMMAND_TIMEOUT_SECONDS = 30


def read(source: ValueSource, root: Path) -> str | None:
    """Give the secret, or None where it is not set; relative files count from `root`.

    One trailing newline of a file or a command's output is dropped.
    """
    value = _READERS[source.scheme](source, root)
    return None if value is None else redact.remember(value)


def describe(source: ValueSource) -> str:
    """Name the place for a message: `environment variable NAME`, `file path`, `command name`."""
    if source.scheme == "env":
        return f"environment variable {source.value}"
    if source.scheme == "file":
        return f"file {source.value}"
    return f"command {source.value[0]}"


def _read_env(source: ValueSource, _: Path) -> str | None:
    return os.environ.get(str(source.value)) or None


def _read_file(source: ValueSource, root: Path) -> str | None:
    try:
        return (root / str(source.value)).read_text(encoding="utf-8").removesuffix("\n") or None
    except (OSError, UnicodeDecodeError):
        return None


def _read_command(source: ValueSource, root: Path) -> str | None:
    try:
        done = subprocess.run(
            list(source.value), cwd=root, capture_output=True, text=True, check=True, timeout=COMMAND_TIMEOUT_SECONDS
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return done.stdout.removesuffix("\n") or None


_READERS = {"env": _read_env, "file": _read_file, "command": _read_command}
