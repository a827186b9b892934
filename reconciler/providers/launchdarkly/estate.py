"""What the manifests of one project declare, to look up by key.

Takes resources, gives keys and manifests; a reference counts as the key of what it names. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.model import Address, Field, Json, Path, Resource
from reconciler.paths import value_at


class Estate:
    """The manifests of one target."""

    def __init__(self, resources: Sequence[Resource]) -> None:
        self._at = {resource.address: resource for resource in resources}
        self._of: dict[str, dict[str, Resource]] = {}
        self._refs = {(resource.address, ref.path): ref.to for resource in resources for ref in resource.refs}
        for resource in resources:
            self._of.setdefault(resource.kind.name, {}).setdefault(self.name(resource), resource)

    def at(self, address: Address) -> Resource | None:
        """Give a manifest by its address."""
        return self._at.get(address)

    def of(self, kind: str) -> Sequence[Resource]:
        """Give the manifests of a kind."""
        return tuple(self._of.get(kind, {}).values())

    def find(self, kind: str, key: str | None) -> Resource | None:
        """Give the manifest that declares a key."""
        return self._of.get(kind, {}).get(key) if key is not None else None

    def variation(self, config: str | None, key: str) -> Resource | None:
        """Give the manifest of a variation."""
        return self.find("Variation", f"{config}/{key}")

    def name(self, resource: Resource) -> str:
        """Give what a manifest's object is called in its kind."""
        return "/".join(str(self.key(resource, (name,))) for name in resource.kind.identity)

    def key(self, resource: Resource, path: Path) -> str | None:
        """Give the key that stands at a place, written out or referred to."""
        to = self._refs.get((resource.address, path))
        value = value_at(resource.spec, path) if to is None else self.key_of(to)
        return value if isinstance(value, str) else None

    def key_of(self, address: Address) -> str | None:
        """Give the key of what a reference names."""
        named = self._at.get(address)
        return str(named.spec["key"]) if named is not None else None

    @staticmethod
    def mode(config: Resource) -> str:
        """Give the mode of an AI Config."""
        return str(config.spec.get("mode") or "completion")


def literals(value: Json, field: Field, path: Path) -> Iterator[tuple[Path, tuple[str, ...], str]]:
    """Yield the keys that are written out where a reference may stand."""
    if isinstance(value, dict):
        for name, item in value.items():
            below = field.properties.get(name) or field.extra
            if below is not None:
                yield from literals(item, below, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if field.items is not None:
                yield from literals(item, field.items, (*path, index))
    elif isinstance(value, str) and field.ref is not None and field.ref.field == "key":
        yield path, field.ref.kinds, value


def keys_of(value: Json, field: Field, path: Path) -> Iterator[Path]:
    """Yield the places of the keys by which the items of lists are told apart."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from keys_of(item, field.properties.get(name) or Field(), (*path, name))
    elif isinstance(value, list) and field.items is not None:
        for index, item in enumerate(value):
            if field.key is not None:
                yield (*path, index, field.key)
            yield from keys_of(item, field.items, (*path, index))
