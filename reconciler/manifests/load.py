"""Reads manifests and overlays from the work tree or a git revision.

Takes the settings' folder and what they name, gives every document as a `Manifest` and every file that could not be
read as a diagnostic. Never looks at a schema.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from reconciler.errors import ManifestError
from reconciler.manifests import git, overlays, parallel, yaml
from reconciler.manifests.files import Edited, Tree, WorkTree
from reconciler.manifests.manifest import Choose, Loaded, Manifest
from reconciler.manifests.text import Document
from reconciler.model import Diagnostic, Source

SETTINGS_VERSION = "reconciler/v1"
_AS_THEY_ARE: Mapping[str, bytes] = {}


def load(
    root: Path,
    manifests: Sequence[str] = ("manifests",),
    overlay_folders: Sequence[str] = (),
    *,
    rev: str | None = None,
    files: Sequence[str] = (),
    edits: Mapping[str, bytes] = _AS_THEY_ARE,
    choose: Choose = lambda tree, files, few: None,
) -> Loaded:
    """Give every manifest in the folders, overlays merged, and what could not be read as diagnostics.

    Folders count from `root`. `files` count from the current folder: they are read too, and are then the only ones
    that findings are reported of; `choose` may leave out what has nothing to do with them. `rev` is a git revision to
    read instead of the work tree. `edits` are files as they might be, by the names that a tree gives them.
    """
    tree, commit = open_tree(root, rev)
    tree = Edited(tree, edits) if edits else tree
    problems: list[Diagnostic] = []
    named = [os.path.relpath(file, root) for file in files]
    patch_files = _discover(tree, overlay_folders, problems)
    base_files = _discover(tree, [*manifests, *named], problems)
    only = frozenset(file for path in named for file in tree.discover(path)[0])
    chosen = choose(tree, list(base_files | patch_files), only) if only else None
    if chosen is not None:
        base_files, patch_files = _among(base_files, chosen), _among(patch_files, chosen)
    bases = _read(tree, [file for file in base_files if file not in patch_files], problems)
    merged, baseless = overlays.merge(bases, _read(tree, patch_files, problems))
    return Loaded(tuple(merged), tree, commit, (*problems, *baseless), only)


def open_tree(root: Path, rev: str | None) -> tuple[Tree, str]:
    """Give the files of a revision and its commit, or those of the work tree and the commit it was made from."""
    if rev is None:
        return WorkTree(root), git.head(root)
    revision = git.Revision(root, rev)
    return revision, revision.commit


def _discover(tree: Tree, folders: Sequence[str], problems: list[Diagnostic]) -> dict[str, None]:
    files: dict[str, None] = {}
    for folder in folders:
        found, refused = tree.discover(folder)
        files.update(dict.fromkeys(found))
        problems += refused
    return files


def _among(files: Iterable[str], chosen: Collection[str]) -> dict[str, None]:
    return {file: None for file in files if file in chosen}


def _read(tree: Tree, files: Iterable[str], problems: list[Diagnostic]) -> list[Manifest]:
    names = list(files)
    parsed = parallel.parse_most(names, lambda file: yaml.parse(tree.read(file), file))
    manifests: list[Manifest] = []
    for file in names:
        try:
            documents = parsed[file] if file in parsed else yaml.parse(tree.read(file), file)
        except ManifestError as error:
            problems += error.diagnostics
        else:
            manifests += [Manifest(d.value, Source(file, d.line, d.column)) for d in documents if not _is_settings(d)]
    return manifests


def _is_settings(document: Document) -> bool:
    """Say whether it is `reconciler.yaml`, which lies among the manifests where these fill the whole folder."""
    return document.value.get("apiVersion") == SETTINGS_VERSION
