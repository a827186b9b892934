"""What every reader of manifests starts from and ends with: the text of a file, and its documents.

Takes bytes, gives text, or the error that says what is wrong with a file. Knows nothing of YAML: `strict` and `yaml`
do, and the library behind `strict` takes 15 ms to import, which most runs never need.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from reconciler.errors import ManifestError
from reconciler.model import Body, Diagnostic, Path, Source

BOM = "\ufeff"
MAX_BYTES = 10_000_000

Position = tuple[int, int]
"""Line and column, from 1."""


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document; line and column are those of its first key."""

    value: Body
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Marks:
    """Where the keys and values of one document stand."""

    keys: dict[Path, Position] = field(default_factory=dict)
    values: dict[Path, Position] = field(default_factory=dict)

    def find(self, path: Path, at: Literal["key", "value"] = "value") -> tuple[int, Position]:
        """Give how many steps of `path` exist, and the position of the last that does.

        A value that begins on another line than its key is found at its key, as is the object that lacks a key.
        """
        known = next(n for n in range(len(path), -1, -1) if path[:n] in self.values)
        key, value = self.keys.get(path[:known]), self.values[path[:known]]
        if key is not None and (at == "key" or known < len(path) or key[0] != value[0]):
            return known, key
        return known, value


def decode(data: bytes, file: str) -> str:
    """Give the text of a file without a byte order mark; raise ManifestError where it is not UTF-8 or too large."""
    if len(data) > MAX_BYTES:
        raise too_large(file)
    try:
        return data.decode("utf-8").removeprefix(BOM)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        position = (before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise refusal(file, position, "bytes that are not UTF-8", "save the file as UTF-8") from error


def too_large(file: str) -> ManifestError:
    """Make the error for a file over the limit."""
    return refusal(file, (0, 0), "larger than 10 MB", "split the file; put long text into a file of its own")


def refusal(file: str, position: Position, summary: str, hint: str) -> ManifestError:
    """Make an error of one diagnostic."""
    source = Source(file, *position)
    diagnostic = Diagnostic("error", summary, hint=hint, source=source, code="manifest.yaml")
    return ManifestError(f"{source}: {summary}", (diagnostic,), hint=hint)
