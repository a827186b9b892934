"""What was read: manifests, before any schema has seen them.

Takes and gives values only; positions inside a document are not kept but found again when somebody asks (`locate`).
Never says whether a manifest is right.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from reconciler.manifests.files import Tree
from reconciler.model import Body, Diagnostic, Json, Source

Choose = Callable[[Tree, Sequence[str], Collection[str]], Collection[str] | None]
"""Gives those of all files that are worth reading where findings in a few of them are asked for; None for all."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One document, overlays already merged; nothing in it is proven yet, not even `kind`."""

    document: Body
    source: Source
    """The document's first key."""
    layers: tuple[Source, ...] = ()
    """The overlay documents that were merged over it, in order."""

    @property
    def api_version(self) -> Json:
        """`<system>/<version>`."""
        return self.document.get("apiVersion")

    @property
    def kind(self) -> Json:
        """The kind's name."""
        return self.document.get("kind")

    @property
    def metadata(self) -> Body:
        """The metadata block, {} where it is missing or no mapping."""
        found = self.document.get("metadata")
        return found if isinstance(found, dict) else {}

    @property
    def spec(self) -> Json:
        """The spec."""
        return self.document.get("spec")


@dataclass(frozen=True, slots=True)
class Loaded:
    """Everything that was read."""

    manifests: tuple[Manifest, ...]
    tree: Tree
    """Where the files came from, and where `{file: path}` is read."""
    commit: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()
    """Files and documents that could not be read."""
    only: frozenset[str] = field(default_factory=frozenset)
    """The files that a person asked about; where there are any, findings in others are not reported."""
