"""Finds the line and column of a place in a manifest, for those few places that somebody is told about.

Takes where a manifest came from and a path, gives a `Source`. Never keeps positions for manifests that are right:
it reads the file again.
"""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Literal

from reconciler.errors import ManifestError
from reconciler.manifests.files import Tree
from reconciler.manifests.load import open_tree
from reconciler.manifests.text import Marks
from reconciler.model import Field, Kind, Path, Resource, Source
from reconciler.schema import field_at


def locate(place: Resource | Source, path: Path, root: FilePath, rev: str | None = None) -> Source:
    """Give the position of a place in a spec, or of the deepest part of its path that was written.

    A resource knows its overlays and other spellings, the source of one does not. `root` and `rev` are those that
    the manifest was loaded with.
    """
    tree, _ = open_tree(root, rev)
    if isinstance(place, Source):
        return Positions(tree).find((place,), ("spec", *path))
    return Positions(tree).find((place.source, *place.layers), ("spec", *path), place.kind)


class Positions:
    """Remembers the marks of files that it had to read again."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._marks: dict[str, dict[int, Marks]] = {}

    def find(
        self, sources: tuple[Source, ...], path: Path, kind: Kind | None = None, at: Literal["key", "value"] = "value"
    ) -> Source:
        """Give the position of a place in a document, a base with its overlays in `sources`."""
        best, depth = sources[0], -1
        for source in sources:
            marks = self._of(source)
            if marks is None:
                continue
            spelled = as_written(path, marks, kind)
            known, position = marks.find(spelled, at)
            if known > depth or known == len(path):  # what an overlay set stands there, what nobody set in the base
                best, depth = Source(source.file, *position), known
        return best

    def _of(self, source: Source) -> Marks | None:
        if source.file not in self._marks:
            from reconciler.manifests import strict  # most runs have nothing to locate

            try:
                documents = strict.parse_marked(self._tree.read(source.file), source.file)
            except ManifestError:
                documents = ()  # it changed since it was loaded: the document's first line is all there is
            self._marks[source.file] = {document.line: marks for document, marks in documents}
        return self._marks[source.file].get(source.line)


def as_written(path: Path, marks: Marks, kind: Kind | None) -> Path:
    """Give the path in the manifest's own spelling, where it used aliases."""
    if kind is None or path[:1] != ("spec",):
        return path
    written: Path = path[:1]
    field: Field | None = kind.root
    for step in path[1:]:
        around, names = field, [step]
        field = field_at(around, (step,))
        if around is not None and isinstance(step, str) and step in around.properties:
            names += around.properties[step].aliases
        written = (*written, next((name for name in names if (*written, name) in marks.values), step))
    return written
