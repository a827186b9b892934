"""The kinds of the tiny system, compiled."""

from __future__ import annotations

from pathlib import Path

from reconciler import schema
from reconciler.model import Kind

SCHEMAS = Path(__file__).parent / "schemas"


def kind(name: str) -> Kind:
    """Give a kind of the tiny system."""
    return schema.load_kinds(SCHEMAS).get("tiny", name)


ITEM, GROUP, PART, DEFAULT = (kind(name) for name in ("Item", "Group", "Part", "Default"))
