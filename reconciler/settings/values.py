"""What `reconciler.yaml` says, as the other stages know it: values, without a rule.

Takes nothing, gives `Settings`. Never reads a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from reconciler.model import Limits, Target, ValueSource

InventoryStore = Literal["file", "git", "s3", "gcs", "azure", "postgres"]
"""The words for `inventory.STORES`, which lies on this layer too; a test holds them together."""


@dataclass(frozen=True, slots=True)
class InventorySettings:
    """Where the inventory is kept; the `path` of a file counts from the settings' folder."""

    store: str = "file"
    path: str = ".reconciler/inventory.json"
    options: Mapping[str, str | ValueSource] = field(default_factory=dict)
    """What the store wants to know beside that."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What `reconciler.yaml` says; relative paths count from `root`, the folder that holds it."""

    root: Path
    file: str
    """As a person would type it."""
    manifests: tuple[str, ...] = ("manifests",)
    overlays: tuple[str, ...] = ()
    inventory: InventorySettings = InventorySettings()
    targets: Mapping[str, Target] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
