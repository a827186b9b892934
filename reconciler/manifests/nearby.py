"""Finds the files that can have to do with some few, without parsing the others.

Takes bytes of files and the kinds, gives the files that are worth parsing, or None where only all of them will do.
Generous: what it leaves out cannot make a finding about the few, what it gives need not make one. Says nothing about
what is right.

Two manifests have to do with each other where one names the other, or both are called alike. A name has no spaces, so
it stands in a file as it is, but for the escapes of YAML: a file with a backslash is always given. What is found names
others in turn, as a circle of references may lead through them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from reconciler.errors import ManifestError
from reconciler.manifests import mentions, parallel, yaml
from reconciler.manifests.files import Tree
from reconciler.manifests.manifest import Choose
from reconciler.model import Body, Json, Kind
from reconciler.schema import Kinds, fallback_identity

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_NOT_AS_WRITTEN = re.compile(r"[-+.]?[0-9][-+._0-9a-fA-Fox]*\Z|True\Z|False\Z|None\Z")
"""What a value that is no text may look like, however it is written."""


class _Doubtful(Exception):
    """Says that only all files will do."""


def chooser(kinds: Kinds, systems: Collection[str]) -> Choose:
    """Give what chooses; `systems` are those without rules about what manifests say together."""

    def choose(tree: Tree, files: Sequence[str], few: Collection[str]) -> Collection[str] | None:
        texts = parallel.read_all(files, tree.read)
        if not texts.keys() >= set(few):
            return None  # one of them cannot be read
        chosen = {file: None for file, data in texts.items() if file in few or b"\\" in data}
        sought, todo = set[str](), list(chosen)
        try:
            while todo:
                words = {word for file in todo for word in _words_of(file, texts[file], file in few, kinds, systems)}
                new = [word.encode() for word in sorted(words - sought)]
                sought |= words
                rest = ((file, data) for file, data in texts.items() if file not in chosen)
                todo = [file for file, data in rest if any(map(data.__contains__, new))]
                chosen.update(dict.fromkeys(todo))
        except _Doubtful:
            return None
        return chosen

    return choose


def _words_of(file: str, data: bytes, is_asked: bool, kinds: Kinds, systems: Collection[str]) -> Iterator[str]:
    try:
        documents = yaml.parse(data, file)
    except ManifestError as error:
        if is_asked:
            raise _Doubtful from error
        return
    for document in documents:
        metadata = document.value.get("metadata")
        named = metadata if isinstance(metadata, dict) else {}
        yield from _texts([named.get("name")])
        yield from (text.rpartition("/")[2] for text in _texts(named.get("dependsOn")))
        yield from (text.rpartition("/")[2] for text in _references(document.value))
        if is_asked:
            yield from _texts(named.get("previousNames"))
            yield from _called(document.value, _kind(document.value, kinds, systems))


def _texts(value: Json) -> Iterator[str]:
    yield from (item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _references(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("ref"), str):
            yield value["ref"]
        for item in value.values():
            if type(item) in (dict, list):
                yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def _kind(document: Body, kinds: Kinds, systems: Collection[str]) -> Kind:
    version, name = document.get("apiVersion"), document.get("kind")
    system = version.partition("/")[0] if isinstance(version, str) else ""
    if system not in systems or not isinstance(name, str) or name not in kinds.of(system):
        raise _Doubtful
    kind = kinds.get(system, name)
    if mentions.speaks(kind):
        raise _Doubtful
    return kind


def _called(document: Body, kind: Kind) -> Iterator[str]:
    """Yield a word of what identifies the object: another of the same identity has it too."""
    if kind.singleton:
        yield kind.name
        return
    spec = document.get("spec")
    if not isinstance(spec, dict):
        raise _Doubtful
    for name in reversed(kind.identity):
        value = spec.get(name)
        if isinstance(value, dict) or (name not in spec and name == fallback_identity(kind)):
            continue  # a reference's name and the manifest's own are words already
        if not isinstance(value, str) or _NOT_AS_WRITTEN.match(value) or kind.root.properties[name].long_text:
            raise _Doubtful
        words = _WORD.findall(value)
        if not words:
            raise _Doubtful
        yield max(words, key=len)
