"""What can be wrong with one manifest, as a value.

Takes and gives values only. Never holds a position: `findings` looks that up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from reconciler.model import Path, Source


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at a path of the document, and what to do about it."""

    path: Path
    summary: str
    hint: str = ""
    code: str = "manifest.schema"
    at: Literal["key", "value"] = "value"
    severity: Literal["error", "warning"] = "error"
    other: Source | None = None
    """A second place that it is about."""
