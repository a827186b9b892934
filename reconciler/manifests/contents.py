"""Takes in what stands at the special places of a spec: references, secrets, files.

Takes what `places` found, gives edges, secret places and a document with its texts read in, and adds what is wrong
to a list. Never reads a secret.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress

from reconciler import schema
from reconciler.errors import ManifestError
from reconciler.manifests.files import Tree
from reconciler.manifests.places import Found
from reconciler.manifests.problem import Problem
from reconciler.manifests.references import Surroundings, read_dependency, read_ref
from reconciler.manifests.text import decode, refusal
from reconciler.model import Address, Body, Kind, Path, Ref, SecretPlace, Target, ValueSource
from reconciler.paths import replace_at
from reconciler.schema import did_you_mean, nearest

HINT_FOR_LITERALS = "write `{env: NAME}` for an environment variable, or `{file: path}` for a file that git ignores"


class Texts:
    """Reads the files that manifests name, each once."""

    def __init__(self, tree: Tree, targets: Iterable[Target] = ()) -> None:
        self._tree = tree
        self._texts: dict[str, str] = {}
        secrets = [target.auth.secret for target in targets if target.auth is not None]
        self._credentials = {str(secret.value) for secret in secrets if secret.scheme == "file"}

    def inline(self, document: Body, found: Found, problems: list[Problem]) -> Body:
        """Give the document with every `{file: path}` of a long text replaced by the file's content."""
        for path, file in found.texts:
            place: Path = ("spec", *path)
            try:
                document = replace_at(document, place, self._read(file))
            except ManifestError as error:
                problems += _of_file(place, error)
        return document

    def read_secrets(self, found: Found, problems: list[Problem]) -> tuple[SecretPlace, ...]:
        """Give the places that secrets will fill, and from where; nothing is read yet."""
        secrets = []
        for path, body in found.secrets:
            if "env" in body:
                secrets.append(SecretPlace(path, ValueSource("env", body["env"])))
                continue
            try:
                self._tree.refuse_outside(body["file"])
            except ManifestError as error:
                problems += _of_file(("spec", *path), error)
            secrets.append(SecretPlace(path, ValueSource("file", body["file"])))
        return tuple(secrets)

    def _read(self, path: str) -> str:
        text = self._texts.get(path)
        if text is None:
            file = self._tree.locate(path)
            self._refuse_credential(file)
            text = self._texts[path] = decode(self._tree.read(file), file)
        return text

    def _refuse_credential(self, file: str) -> None:
        """Raise ManifestError where a text is what a target signs in with: it would be sent, and shown."""
        for place in self._credentials:
            with suppress(ManifestError):  # it is not there, or nothing that a manifest can name
                if os.path.realpath(self._tree.locate(place)) == os.path.realpath(file):
                    break
        else:
            return
        raise refusal(file, (0, 0), "the credential of a target, which no manifest may send", "name another file")


def read_refs(found: Found, near: Surroundings, problems: list[Problem]) -> tuple[Ref, ...]:
    """Give the edges that the references mean."""
    refs = [read_ref(path, body, allowed, near) for path, body, allowed in found.refs]
    problems += [ref for ref in refs if isinstance(ref, Problem)]
    return tuple(ref for ref in refs if isinstance(ref, Ref))


def read_depends_on(metadata: Body, near: Surroundings, problems: list[Problem]) -> tuple[Address, ...]:
    """Give the addresses that `dependsOn` means."""
    texts = metadata.get("dependsOn", ())
    read = [read_dependency(("metadata", "dependsOn", index), text, near) for index, text in enumerate(texts)]
    problems += [address for address in read if isinstance(address, Problem)]
    return tuple(address for address in read if isinstance(address, Address))


def judge(found: Found, kind: Kind, spec: Body) -> list[Problem]:
    """Give what the special places alone show to be wrong or doubtful."""
    problems = [
        Problem(
            ("spec", *path),
            "a secret must not stand in a manifest",
            HINT_FOR_LITERALS,
            "manifest.secret",
        )
        for path in found.literals
    ]
    for path, value in found.repeated:
        summary = f"a second item with {path[-1]} {value!r}, which tells the items of this list apart"
        problems.append(Problem(("spec", *path), summary, "keep one of them"))
    for path, value, known in found.unknown:
        hint = did_you_mean(value, known) if nearest(value, known) else "right where the vendor has added it since"
        summary = f"{value!r} is none of the values that are known: {', '.join(known)}"
        problems.append(Problem(("spec", *path), summary, hint, "manifest.unknown-value", severity="warning"))
    for path, name in found.spellings:  # those that could not be renamed
        summary = f"`{path[-1]}` is another spelling of `{name}`, which is there too"
        problems.append(Problem(("spec", *path), summary, "keep one of them", at="key"))
    if found.has_unknown:
        for path, summary, hint in schema.near_misses(kind, spec):
            problems.append(Problem(("spec", *path), summary, hint, "manifest.near-miss", "key", "warning"))
    if found.has_deprecated:
        for path, summary, hint in schema.deprecations(kind, spec):
            problems.append(Problem(("spec", *path), summary, hint, "manifest.deprecated", "key", "warning"))
    return problems


def _of_file(place: Path, error: ManifestError) -> list[Problem]:
    """Say in the manifest what is wrong with a file that it names."""
    return [Problem(place, error.message, error.hint, "manifest.file")]
