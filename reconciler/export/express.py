"""Says what a live object is in the words of its kind's schema.

Takes a live object and what its references could name, gives a spec: without what is the server's own and without
defaults, references for ids, `{env: NAME}` for secrets. Pure: no I/O, no clock; shows no secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from reconciler import redact, schema
from reconciler.model import Address, Body, Field, Json, Kind, Live, Path, RefTarget, TextRefTarget
from reconciler.paths import format_path, remove_at, value_at
from reconciler.planning.canonical import child_field, item_field, matches, restrict
from reconciler.planning.diff import leaf_of
from reconciler.schema import fallback_identity

Refer = Callable[[RefTarget, Json], str | None]
"""Gives what `{ref: ..}` says for a value, or None where it stays as it is."""

Mention = Callable[[TextRefTarget, str], str]
"""Gives a text with its objects named as manifests name them."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Something live that no manifest can say; without a path it is the whole object."""

    address: Address
    path: str
    why: str


@dataclass(slots=True)
class Words:
    """What one object may use to express itself, and which secrets it came to need."""

    address: Address
    refer: Refer
    mention: Mention
    bases: tuple[Live, ...] = ()
    """What a field that inherits may have its value from."""
    with_defaults: bool = False
    """Some schemas want a field only because of what another one says."""
    with_hidden: bool = False
    """Likewise for secrets that no read shows."""
    secrets: list[str] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)

    def begin(self, *, with_defaults: bool = False, with_hidden: bool = False) -> None:
        """Begin anew, with more to say."""
        self.with_defaults, self.with_hidden, self.secrets, self.losses = with_defaults, with_hidden, [], []


def express(live: Live, words: Words) -> tuple[Body | None, tuple[Loss, ...]]:
    """Give the document of an object, or None where its schema takes none, and what had to be left out."""
    for defaults, hidden in ((False, False), (False, True), (True, True)):
        words.begin(with_defaults=defaults, with_hidden=hidden)
        document = _document(live, words)
        if schema.compiled(live.kind)(document):
            return document, tuple(words.losses)
    words.begin()
    found, losses = _as_far_as_it_goes(live.kind, _document(live, words), words.address)
    return found, (*words.losses, *losses)


def is_unset(live: Live) -> bool:
    """Say whether an object that is always there holds nothing but what it holds anyhow."""
    return all(
        name in live.kind.identity or field.read_only or _is_default(live.body.get(name), field)
        for name, field in live.kind.root.properties.items()
    )


def is_hidden_secret(field: Field) -> bool:
    """Say whether a field holds a secret that no read shows."""
    return field.write_only and redact.is_sensitive(field)


def _document(live: Live, words: Words) -> Body:
    kind, address = live.kind, words.address
    body = {**dict(zip(kind.identity, live.identity, strict=True)), **live.body}
    spec = _mapping({name: value for name, value in body.items() if name not in live.unseen}, kind.root, (), words)
    fallback = fallback_identity(kind)
    if fallback is not None and spec.get(fallback) == address.name:
        spec = {name: value for name, value in spec.items() if name != fallback}
    return {
        "apiVersion": f"{kind.system}/v1",
        "kind": kind.name,
        "metadata": {"name": address.name, "target": address.target},
        "spec": spec,
    }


def _as_far_as_it_goes(kind: Kind, document: Body, address: Address) -> tuple[Body | None, tuple[Loss, ...]]:
    """Leave out what the schema refuses, until it takes the rest."""
    losses: dict[str, Loss] = {}
    while problems := schema.explain_errors(kind, document):
        before = document
        for path, summary, _ in problems:
            place = ("spec", *leaf_of(path[1:], kind.root))
            if len(place) > 1 and value_at(document, place) is not None:
                losses.setdefault(format_path(place[1:]), Loss(address, format_path(place[1:]), summary))
                document = remove_at(document, place)
        if document is before or any(path[1:2] == (name,) for path, _, _ in problems for name in kind.identity):
            return None, (Loss(address, "", problems[0][1]),)
    return document, tuple(losses.values())


def _mapping(value: Body, field: Field, path: Path, words: Words) -> Body:
    """Give a mapping in the schema's order; keys that it does not name come last, by name."""
    given: Body = {}
    for name in [*field.properties, *sorted(value.keys() - field.properties.keys())]:
        child = child_field(field, name)
        required = name in field.required or (words.with_hidden and is_hidden_secret(child))
        if child.read_only or not (name in value or required):
            continue
        below = value.get(name)
        if isinstance(below, str) and child.text_ref is not None and _pattern(child.text_ref.written).search(below):
            why = f"a manifest cannot say {child.text_ref.written} and mean just that"
            words.losses.append(Loss(words.address, format_path((*path, name)), why))
        elif redact.is_sensitive(child):
            if required or below not in (None, "", {}, []):
                given[name] = _secret((*path, name), words)
        elif name not in field.properties:
            given[name] = _value(below, child, (*path, name), words)
        elif required or not (_says_nothing(below, child, words) or _is_inherited(below, child, words)):
            expressed = _value(below, child, (*path, name), words)
            if required or expressed != {} or _means_something(child):
                given[name] = expressed
    return {name: item for name, item in given.items() if item is not None or name in value}


def _value(value: Json, field: Field, path: Path, words: Words) -> Json:
    if field.among and isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        return _mapping(value, field, path, words)
    if isinstance(value, list):
        item = item_field(field)
        return [_value(below, item, (*path, index), words) for index, below in enumerate(value)]
    if field.ref is not None and value is not None and (named := words.refer(field.ref, value)) is not None:
        return {"ref": named}
    if field.text_ref is not None and isinstance(value, str):
        return words.mention(field.text_ref, value)
    return restrict(value, value, field) if field.number is not None else value


def _says_nothing(value: Json, field: Field, words: Words) -> bool:
    """Say whether leaving a value out says the same, or nothing that anybody would miss."""
    is_empty = field.kept and (value is False or value in ("", [], {}))
    return value is None or (not words.with_defaults and (is_empty or _is_default(value, field)))


def _is_inherited(value: Json, field: Field, words: Words) -> bool:
    return field.inherits and any(matches(value, base.body.get(field.name), field) for base in words.bases)


def _is_default(value: Json, field: Field) -> bool:
    """Say whether a value is what the server holds where nothing was set."""
    if value is None or not field.has_default:
        return value is None
    return matches(value, None, field) and matches(field.default, value, field)


def _means_something(field: Field) -> bool:
    """Say whether an empty mapping is something else than none."""
    return field.has_default and field.default not in (None, {})


def _secret(path: Path, words: Words) -> Body:
    name = environment_name(words.address, path)
    words.secrets.append(name)
    return {"env": name}


def environment_name(address: Address, path: Path) -> str:
    """Name the variable that holds a secret: `CHAT_PROVIDERKEY_OPENAI_API_KEY`."""
    parts = (address.target, address.kind.upper(), address.name, *(str(step) for step in path))
    words = "_".join(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", part) for part in parts)
    return re.sub(r"[^A-Za-z0-9]+", "_", words).strip("_").upper()


def sent_pattern(means: TextRefTarget) -> re.Pattern[str]:
    """Give the pattern of what stands in a live text for an object that a manifest names: its key and its field."""
    return _pattern(means.sent)


@cache
def _pattern(text: str) -> re.Pattern[str]:
    key, value = r"(?P<key>[A-Za-z0-9][A-Za-z0-9._-]*)", r"(?P<value>[A-Za-z0-9_-]+)"
    return re.compile(re.escape(text).replace("KEY", key).replace("VALUE", value))
