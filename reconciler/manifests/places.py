"""Finds the places in a spec that mean more than their value: references, secrets, files, other spellings.

Takes a kind's fields once and makes a tree of the few places that matter, then takes specs and gives what stands
there. Pure: no I/O, no clock; never changes a spec that it was given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler import redact
from reconciler.model import Body, Field, Json, Path, RefTarget

REF, SECRET, TEXT = "ref", "secret", "text"
_SOURCES = {
    REF: (frozenset(["ref"]), frozenset(["ref", "field"])),
    SECRET: (frozenset(["env"]), frozenset(["file"])),
    TEXT: (frozenset(["file"]),),
}


_HOLDERS = (dict, list)
"""What has something in it, or may be a reference, a secret's source or a file."""


@dataclass(frozen=True, slots=True)
class Place:
    """A node of the tree; `children` holds only those that lead somewhere."""

    means: Field
    accepts: tuple[str, ...] = ()
    """What may stand here instead of a value."""
    children: Mapping[str, Place] = field(default_factory=dict)
    extra: Place | None = None
    item: Place | None = None
    key: str | None = None
    """The key that tells the items of a list apart."""
    known: frozenset[str] | None = None
    """The keys that an open mapping has names for: what nearly spells one is suspicious."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Other spelling → name."""
    renames: tuple[str, ...] = ()
    """The children that have aliases themselves or below."""
    is_quiet: bool = True
    """Whether nothing is to be said of a text that stands here."""


@dataclass(slots=True)
class Found:
    """What stood at the places of one spec; most of it is empty for most."""

    refs: list[tuple[Path, Body, RefTarget]] = field(default_factory=list)
    secrets: list[tuple[Path, Body]] = field(default_factory=list)
    texts: list[tuple[Path, str]] = field(default_factory=list)
    literals: list[Path] = field(default_factory=list)
    """Sensitive places that hold a value of their own."""
    repeated: list[tuple[Path, Json]] = field(default_factory=list)
    """Keys of items of a keyed list that were there before."""
    unknown: list[tuple[Path, str, tuple[str, ...]]] = field(default_factory=list)
    """Values beyond those that are known of a list that the vendor may extend, and these."""
    spellings: list[tuple[Path, str]] = field(default_factory=list)
    """Fields that stand there under another spelling, and their names."""
    has_unknown: bool = False
    """Whether an open mapping has a key that has no name in the schema."""
    has_deprecated: bool = False

    @property
    def is_remarkable(self) -> bool:
        """Whether somebody must hear of something."""
        noted = (self.literals, self.repeated, self.unknown, self.spellings)
        return self.has_unknown or self.has_deprecated or any(noted)


def compile_places(node: Field) -> Place | None:
    """Give the tree of the places that matter at and below a field, or None where there is none."""
    is_secret = redact.is_sensitive(node)
    accepts = tuple(word for word, is_so in ((REF, node.ref), (SECRET, is_secret), (TEXT, node.long_text)) if is_so)
    children = {name: place for name, child in node.properties.items() if (place := compile_places(child))}
    extra = compile_places(node.extra) if node.extra else None
    item = compile_places(node.items) if node.items else None
    aliases = {alias: name for name, child in node.properties.items() for alias in child.aliases}
    known = frozenset([*node.properties, *aliases]) if node.properties and node.extra else None
    is_quiet = not is_secret and not node.deprecated and not node.known_values
    if is_quiet and not (accepts or children or extra or item or node.key or aliases or known):
        return None
    renames = tuple(name for name, child in children.items() if _renames(child))
    return Place(node, accepts, children, extra, item, node.key, known, aliases, renames, is_quiet)


def rename(place: Place, value: Json) -> Json:
    """Give a copy of the value with names for aliases; where a field has both spellings the alias stays."""
    if isinstance(value, list):
        return value if place.item is None else [rename(place.item, item) for item in value]
    if not isinstance(value, dict):
        return value
    used = {alias: name for alias, name in place.aliases.items() if alias in value and name not in value}
    result = {used.get(key, key): item for key, item in value.items()}
    for name in place.renames:
        if name in result:
            result[name] = rename(place.children[name], result[name])
    if place.extra is not None and _renames(place.extra):
        others = result.keys() - place.means.properties.keys()
        result |= {key: rename(place.extra, item) for key, item in result.items() if key in others}
    return result


def find(place: Place, value: Json, path: Path, found: Found) -> None:
    """Add what stands at and below a place."""
    if not place.is_quiet:
        if place.means.deprecated:
            found.has_deprecated = True
        if place.means.known_values and isinstance(value, str) and value not in place.means.known_values:
            found.unknown.append((path, value, place.means.known_values))
    if place.accepts and _take(place, value, path, found):
        return
    if isinstance(value, dict):
        _find_in_mapping(place, value, path, found)
    elif isinstance(value, list):
        if place.item is not None:
            for index, below in enumerate(value):
                find(place.item, below, (*path, index), found)
        if place.key is not None:
            _find_repeated(place.key, value, path, found)


def _find_in_mapping(place: Place, value: Body, path: Path, found: Found) -> None:
    children, extra, known = place.children, place.extra, place.known
    for name, below in value.items():
        child = children.get(name)
        if child is None:
            if known is not None and name not in known:
                found.has_unknown = True
            if name in place.aliases:
                found.spellings.append(((*path, name), place.aliases[name]))
            if extra is None or name in place.means.properties:
                continue
            child = extra
        if type(below) in _HOLDERS or (below is not None and not child.is_quiet):
            find(child, below, (*path, name), found)


def _renames(place: Place) -> bool:
    below = (place.item, place.extra)
    return bool(place.aliases or place.renames) or any(inner is not None and _renames(inner) for inner in below)


def _take(place: Place, value: Json, path: Path, found: Found) -> bool:
    """Take a value source, or the place of a secret; say whether this was one."""
    is_secret = SECRET in place.accepts
    if not isinstance(value, dict):
        if is_secret:
            found.literals.append(path)
        return is_secret
    keys = frozenset(value)
    word = next((word for word in place.accepts if keys in _SOURCES[word]), None)
    if word is None or not all(isinstance(item, str) for item in value.values()):
        if is_secret and not keys & {"env", "file"}:
            found.literals.append(path)
        return is_secret
    if word == REF and place.means.ref is not None:
        found.refs.append((path, value, place.means.ref))
    elif word == SECRET:
        found.secrets.append((path, value))
    else:
        found.texts.append((path, value["file"]))
    return True


def _find_repeated(key: str, items: list[Json], path: Path, found: Found) -> None:
    seen = set()
    for index, item in enumerate(items):
        value = item.get(key) if isinstance(item, dict) else None
        text = repr(value)
        if value is not None and text in seen:
            found.repeated.append(((*path, index, key), value))
        seen.add(text)
