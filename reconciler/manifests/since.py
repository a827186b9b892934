"""Finds what a branch changed: manifests that were added, changed or deleted since it left another.

Takes the manifests as they are and a revision, gives addresses. Compares documents, overlays merged, and the files that
they name; so a manifest that only moved to another file did not change. Never looks at a schema.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from reconciler.errors import ManifestError
from reconciler.manifests import git
from reconciler.manifests.files import Tree
from reconciler.manifests.load import load
from reconciler.manifests.manifest import Loaded, Manifest
from reconciler.model import Address, Body, Json

Key = tuple[str, str, str]
"""System, kind and name; the target stands apart, since it may be left out."""


def changed_since(
    now: Loaded,
    declared: Iterable[Address],
    owned: Iterable[Address],
    systems: Mapping[str, str],
    root: Path,
    folders: tuple[tuple[str, ...], tuple[str, ...]],
    since: str,
    rev: str | None,
) -> frozenset[Address]:
    """Give the declared and owned addresses whose manifests are not as they were where the branch began.

    `systems` is target → system, `folders` are those of manifests and overlays; `rev` is what `now` was read from.
    """
    commit = git.merge_base(root, since, rev)
    before = load(root, *folders, rev=commit)
    there, here = _by_key(before.manifests), _by_key(now.manifests)
    keys = there.keys() | here.keys()
    moved = {key for key in keys if _contents(key, there, before.tree) != _contents(key, here, now.tree)}
    return frozenset(
        address
        for address in {*declared, *owned}
        if (systems.get(address.target, ""), address.kind, address.name) in moved
    )


def _by_key(manifests: Iterable[Manifest]) -> dict[Key, list[Manifest]]:
    found: dict[Key, list[Manifest]] = {}
    for manifest in manifests:
        system = str(manifest.api_version).partition("/")[0]
        found.setdefault((system, str(manifest.kind), str(manifest.metadata.get("name"))), []).append(manifest)
    return found


def _contents(key: Key, manifests: Mapping[Key, list[Manifest]], tree: Tree) -> list[tuple[Body, list[bytes]]]:
    """Give the documents of one key with the files that they name, in an order that says nothing."""
    found = sorted(manifests.get(key, ()), key=lambda manifest: str(manifest.metadata.get("target")))
    return [(manifest.document, list(_files(manifest.spec, tree))) for manifest in found]


def _files(value: Json, tree: Tree) -> Iterator[bytes]:
    """Yield the bytes of every `{file: path}` in a value; of one that cannot be read, nothing."""
    if isinstance(value, dict):
        if value.keys() == {"file"} and isinstance(value["file"], str):
            try:
                yield os.fsencode(value["file"]) + b"\0" + tree.read(tree.locate(value["file"]))
            except ManifestError:
                return
        for inner in value.values():
            yield from _files(inner, tree)
    elif isinstance(value, list):
        for inner in value:
            yield from _files(inner, tree)


def with_dependents(changed: frozenset[Address], needs: Mapping[Address, tuple[Address, ...]]) -> tuple[str, ...]:
    """Give the addresses, and those of everything that needs one of them, sorted as text."""
    dependents: dict[Address, list[Address]] = {}
    for address, needed in needs.items():
        for need in needed:
            dependents.setdefault(need, []).append(address)
    seen, todo = set(changed), list(changed)
    while todo:
        fresh = [address for address in dependents.get(todo.pop(), ()) if address not in seen]
        seen.update(fresh)
        todo += fresh
    return tuple(sorted(map(str, seen)))
