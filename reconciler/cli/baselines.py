"""Reads a baseline: the JSON that an earlier `drift` wrote.

Takes a path, gives what is known by it, or an error that says how to write one. Never writes anything.
"""

from __future__ import annotations

import json
from pathlib import Path

from reconciler.errors import UsageError
from reconciler.model import Json, KnownDrift

HINT = "`reconciler drift --write json=FILE` writes one"


def read_baseline(path: Path) -> tuple[KnownDrift, ...]:
    """Give the drift that a baseline names; raise `UsageError` where the file is none."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read the baseline {path}: {error.strerror}", hint=HINT) from error
    except (ValueError, RecursionError) as error:  # also of bytes that are no UTF-8
        raise UsageError(f"{path}: no baseline: it is not JSON", hint=HINT) from error
    if not _is_report(document):
        raise UsageError(f"{path}: no baseline: it is not what `drift` writes", hint=HINT)
    if "error" in document:
        raise UsageError(f"{path}: no baseline: the run that wrote it failed", hint=HINT)
    try:
        return tuple(
            KnownDrift(_text(item["address"]), _text(item["path"]), _text(item["fingerprint"]))
            for item in document["drift"]
        )
    except (KeyError, TypeError) as error:
        raise UsageError(f"{path}: no baseline: a drifted field in it has no fingerprint", hint=HINT) from error


def _is_report(document: Json) -> bool:
    """Say whether it is a report of drift, of this major version of the format."""
    if not isinstance(document, dict) or not isinstance(document.get("drift"), list):
        return False
    return str(document.get("format_version", "")).startswith("1.") and "classes" in document


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value
