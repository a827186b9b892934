"""Writes wishes into the manifests: the value where it stands, a long text in its file, an object by its reference.

Takes the manifests that were read and what they should say, gives the new bytes of files, and a reason for everything
that is left as it is. Writes no file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from reconciler.errors import ManifestError
from reconciler.manifests import strict
from reconciler.manifests.edit import REMOVED, Uneditable, documents, edit
from reconciler.manifests.files import Tree
from reconciler.manifests.locate import as_written
from reconciler.manifests.manifest import Loaded
from reconciler.manifests.text import BOM, Marks, decode
from reconciler.model import Address, Body, Field, Json, Path, RefTarget, Resource, Source
from reconciler.paths import value_at
from reconciler.redact import canonical_json
from reconciler.schema import field_at


class Wish(Protocol):
    """A field of a manifest, what it means now, and what it should mean."""

    @property
    def resource(self) -> Resource:
        """The manifest."""
        ...

    @property
    def path(self) -> Path:
        """The field, from the spec down."""
        ...

    @property
    def wanted(self) -> Json:
        """What it means now, references resolved."""
        ...

    @property
    def live(self) -> Json:
        """What it should mean."""
        ...

    @property
    def removed(self) -> bool:
        """Whether the key should go."""
        ...


Refer = Callable[[Resource, RefTarget, Json], str | None]
"""Gives the reference of a manifest whose object a value names, or None."""


class _Refused(Exception):
    """Says in words why a wish cannot be fulfilled."""


@dataclass(frozen=True, slots=True)
class Edits:
    """What would be written, and what would not."""

    files: Mapping[str, tuple[bytes, bytes]]
    """File → its bytes before and after."""
    accepted: tuple[tuple[Address, Path], ...]
    refused: tuple[tuple[Resource, Path, str], ...]


def accept(loaded: Loaded, wishes: Iterable[Wish], refer: Refer) -> Edits:
    """Fulfil every wish that can be; each for itself, in order."""
    desk = _Desk(loaded, refer)
    accepted, refused = [], []
    for wish in wishes:
        before = dict(desk.texts)
        try:
            desk.fulfil(wish)
            accepted.append((wish.resource.address, wish.path))
        except (_Refused, ManifestError) as error:
            desk.texts = before
            refused.append((wish.resource, wish.path, str(error)))
    files = {name: (desk.tree.read(name), text.encode()) for name, text in sorted(desk.texts.items())}
    return Edits({name: pair for name, pair in files.items() if pair[0] != pair[1]}, tuple(accepted), tuple(refused))


@dataclass(slots=True)
class _Desk:
    """The files that are being edited."""

    loaded: Loaded
    refer: Refer
    texts: dict[str, str] = field(default_factory=dict)
    _numbers: dict[Source, int] = field(default_factory=dict)

    @property
    def tree(self) -> Tree:
        return self.loaded.tree

    def fulfil(self, wish: Wish) -> None:
        """Edit the document that sets the field: the last overlay that does, or the base."""
        resource = wish.resource
        source, written = self._place(resource, wish.path)
        text, document = self._document(source)
        old = value_at(document, written)
        if wish.removed and source in resource.layers:
            raise _Refused("an overlay sets it, and can only take a key away from its base")
        root = field_at(resource.kind.root, wish.path) or Field()
        new = REMOVED if wish.removed else self._rewritten(old, wish.wanted, wish.live, root, resource)
        if new is not REMOVED and canonical_json(new) == canonical_json(old):
            return  # it stood in a file
        try:
            self.texts[source.file] = edit(text, self._numbers[source], written, new)
        except Uneditable:
            raise _Refused("it cannot be changed there without changing something else") from None

    def _place(self, resource: Resource, path: Path) -> tuple[Source, Path]:
        for source in (*reversed(resource.layers), resource.source):
            written = as_written(("spec", *path), self._marks(source), resource.kind)
            if written in self._marks(source).values:
                return source, written
        return resource.source, as_written(("spec", *path), self._marks(resource.source), resource.kind)

    def _text(self, file: str) -> str:
        if file not in self.texts:
            data = self.tree.read(file)
            self.texts[file] = BOM * data.startswith(BOM.encode()) + decode(data, file)
        return self.texts[file]

    def _marks(self, source: Source) -> Marks:
        return strict.parse_marked(self._text(source.file).encode(), source.file)[self._number(source)][1]

    def _document(self, source: Source) -> tuple[str, Body]:
        text = self._text(source.file)
        return text, documents(text)[self._number(source)]

    def _number(self, source: Source) -> int:
        """Say which document of its file it is; lines move while a file is edited, the order stays."""
        if source not in self._numbers:
            lines = [document.line for document in strict.parse(self.tree.read(source.file), source.file)]
            if source.line not in lines:
                raise _Refused("the file changed while it was read")
            self._numbers[source] = lines.index(source.line)
        return self._numbers[source]

    def _rewritten(self, old: Json, wanted: Json, new: Json, field: Field, resource: Resource) -> Json:
        """Give a new value in the words of the old one."""
        if old is not None and canonical_json(wanted) == canonical_json(new):
            return old
        if isinstance(old, dict) and field.ref is not None and "ref" in old:
            name = self.refer(resource, field.ref, new)
            if name is None:
                raise _Refused("it is a reference, and what is live belongs to no manifest")
            return {**old, "ref": name}
        if isinstance(old, dict) and field.long_text and old.keys() == {"file"} and new is not None:
            return self._into_file(old, new)
        if isinstance(old, dict) and isinstance(new, dict) and isinstance(wanted, dict):
            return {
                key: self._rewritten(old.get(key), wanted.get(key), item, field_at(field, (key,)) or Field(), resource)
                for key, item in new.items()
            }
        if isinstance(old, list) and isinstance(new, list) and isinstance(wanted, list) and len(old) == len(wanted):
            return self._items(old, wanted, new, field.items or Field(), resource)
        return self._fresh(new, field, resource)

    def _items(self, old: list[Json], wanted: list[Json], new: list[Json], field: Field, resource: Resource) -> Json:
        places = {canonical_json(value): index for index, value in enumerate(wanted)}
        aligned = len(new) == len(old)
        result = []
        for index, item in enumerate(new):
            same = places.get(canonical_json(item))
            if same is not None:
                result.append(old[same])
            elif aligned and canonical_json(wanted[index]) not in map(canonical_json, new):
                result.append(self._rewritten(old[index], wanted[index], item, field, resource))
            else:
                result.append(self._fresh(item, field, resource))
        return result

    def _fresh(self, value: Json, field: Field, resource: Resource) -> Json:
        """Give a value that stood nowhere yet, with references where a manifest is meant."""
        if isinstance(value, dict):
            return {k: self._fresh(item, field_at(field, (k,)) or Field(), resource) for k, item in value.items()}
        if isinstance(value, list):
            return [self._fresh(item, field.items or Field(), resource) for item in value]
        name = self.refer(resource, field.ref, value) if field.ref is not None and value is not None else None
        return value if name is None else {"ref": name}

    def _into_file(self, old: Body, new: Json) -> Body:
        if not isinstance(new, str):
            raise _Refused("it stands in a file, and what is live is no text")
        file = self.tree.locate(old["file"])
        if sum(_mentions(manifest.spec, old["file"]) for manifest in self.loaded.manifests) > 1:
            raise _Refused(f"other manifests read {old['file']} too")
        self._text(file)
        self.texts[file] = new
        return old


def _mentions(value: Json, file: str) -> int:
    if isinstance(value, dict):
        return (value == {"file": file}) + sum(_mentions(item, file) for item in value.values())
    return sum(_mentions(item, file) for item in value) if isinstance(value, list) else 0
