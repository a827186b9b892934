"""One meaning of "equal" for diff, drift, verification and digests.

Takes a wanted value, a live value and the schema's field, says whether they match and gives both in one canonical
form. Only what is declared counts; null is absent; an absent live value is the schema's default; a bool is not a
number, 1 is 1.0. Pure: no I/O, no clock.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import cache
from typing import TypeAlias

import orjson

from reconciler import redact
from reconciler.model import Field, Json, ListType, Live, NumberType, Path

Leaf: TypeAlias = tuple[Path, Json, Field]
"""What is managed as one: where it stands, its value, and what the schema says of it."""

ANY = Field()
"""A field that no schema describes: ordered, open, without default."""


def child_field(field: Field, key: str) -> Field:
    """Give the field of a key of an object."""
    return field.properties.get(key) or field.extra or ANY


def item_field(field: Field) -> Field:
    """Give the field of a list's items."""
    return field.items or ANY


def field_at(root: Field, path: Path) -> Field:
    """Give the field at a path of a spec."""
    for step in path:
        root = item_field(root) if isinstance(step, int) else child_field(root, step)
    return root


def is_hidden(path: Path, field: Field, live: Live | None) -> bool:
    """Say whether no read shows a leaf: the field is write-only, or `live` came without it."""
    return field.write_only or (live is not None and path[0] in live.unseen)


def hidden_leaves(spec: Json, root: Field, live: Live) -> list[Path]:
    """Give the leaves of a spec that no read shows; of most kinds there are none, and nobody has to look."""
    if not live.unseen and not _holds_write_only(root):
        return []
    return [path for path, _, leaf in leaves(spec, root) if is_hidden(path, leaf, live)]


@cache
def _holds_write_only(field: Field) -> bool:
    inside = (*field.properties.values(), field.extra, field.items)
    return field.write_only or any(_holds_write_only(inner) for inner in inside if inner is not None)


def matches(want: Json, have: Json, field: Field) -> bool:
    """Say whether everything that `want` declares is so in `have`; the fast half of `restrict`."""
    if isinstance(want, dict):
        return _object_matches(want, have, field)
    if want is None:
        return have is None or same(restrict(have, None, field), restrict(None, None, field))
    if have is None:
        have = field.default
    if field.among and isinstance(have, list):
        return want in have
    if isinstance(want, list):
        return isinstance(have, list) and _lists_match(want, have, field)
    if field.number is not None:
        want, have = _as_number(want, field.number), _as_number(have, field.number)
    return bool(want == have) and isinstance(want, bool) == isinstance(have, bool)


def spec_digest(salt: str, spec: Json) -> str:
    """Give the keyed digest that tells whether a manifest's spec changed since it was applied."""
    try:
        text = orjson.dumps(spec, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # an integer beyond 64 bit
        text = redact.canonical_json(spec)
    return redact.keyed_digest(salt, text)


def _object_matches(want: dict[str, Json], have: Json, field: Field) -> bool:
    if have is None:
        have = field.default if isinstance(field.default, dict) else {}
    if not isinstance(have, dict):
        return False
    properties, extra = field.properties, field.extra or ANY
    for key, value in want.items():
        held = have.get(key)
        if type(value) is type(held):  # written out, as it is most of the time of a plan without changes
            if type(value) is dict:
                if _object_matches(value, held, properties.get(key) or extra):
                    continue
                return False
            if type(value) in _PLAIN and value == held:
                continue
        if not matches(value, held, properties.get(key) or extra):
            return False
    return True


_PLAIN = (str, bool, int, float)


def same(left: Json, right: Json) -> bool:
    """Say whether two canonical forms are one value: key order and 1 or 1.0 make no difference, true is not 1."""
    return redact.canonical_json(left) == redact.canonical_json(right)


def restrict(value: Json, shape: Json, field: Field) -> Json:
    """Give the canonical form of `value`, reduced to what `shape` declares; `restrict(x, x, f)` is x's own form.

    Nulls go, defaults come, sets are sorted, maps become objects by key. A null shape means "cleared": all of
    `value` counts.
    """
    if isinstance(shape, dict):
        if value is None:
            value = field.default if isinstance(field.default, dict) else {}
        if not isinstance(value, dict):
            return value
        inner = {key: restrict(value.get(key), item, child_field(field, key)) for key, item in shape.items()}
        return {key: item for key, item in inner.items() if item is not None}
    if value is None:
        value = field.default
    if isinstance(value, list):
        if field.among and shape in value:
            return shape
        return _restrict_list(value, shape if isinstance(shape, list) else [], field)
    if isinstance(value, dict):
        return {key: item for key, item in value.items() if item is not None}
    return value if field.number is None else _as_number(value, field.number)


def _as_number(value: Json, number: NumberType) -> Json:
    """Give a number in the precision in which it is kept; a server may also write it as text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return value
    try:
        return _ROUNDED[number](float(value))
    except (ValueError, OverflowError):  # no number, or none that fits
        return value


def _single(number: float) -> float:
    """Give the shortest decimal that a 32-bit float keeps as it keeps this one."""
    kept = struct.pack("f", number)
    short = (float(f"{number:.{digits}g}") for digits in range(1, 9))
    return next((value for value in short if struct.pack("f", value) == kept), number)


_ROUNDED: dict[NumberType, Callable[[float], float]] = {
    NumberType.DECIMAL: lambda amount: float(f"{amount:.15g}"),
    NumberType.SINGLE: _single,
}


def leaves(spec: Json, field: Field) -> list[Leaf]:
    """Give the managed leaves of a spec, in its order: scalars, lists, empty objects, objects that are never read."""
    found: list[Leaf] = []
    if _opens(spec, field):
        _collect(spec, field, (), found)
    return found


def _opens(value: Json, field: Field) -> bool:
    """Say whether what is in an object is managed one by one."""
    return isinstance(value, dict) and bool(value) and not field.write_only and not redact.is_sensitive(field)


def _collect(spec: dict[str, Json], field: Field, path: Path, found: list[Leaf]) -> None:
    properties, extra = field.properties, field.extra or ANY
    for key, value in spec.items():
        inner = properties.get(key) or extra
        if type(value) is not str and _opens(value, inner):
            _collect(value, inner, (*path, key), found)
        else:
            found.append(((*path, key), value, inner))


def digest_leaf(salt: str, value: Json, shape: Json, field: Field) -> str:
    """Give the keyed digest of one leaf in canonical form; `shape` is the wanted value at the same place.

    Of a shared set it is that of each item, since only some of them may be ours.
    """
    form = restrict(value, shape, field)
    if field.shared is not None and isinstance(form, list):
        return " ".join(sorted(redact.digest(salt, item) for item in form))
    return redact.digest(salt, form)


def _lists_match(want: list[Json], have: list[Json], field: Field) -> bool:
    if len(want) == len(have) and _pairs_match(want, have, field):
        return True
    if field.list in (None, ListType.ORDERED):
        return False
    return same(_restrict_list(want, want, field), _restrict_list(have, want, field))


def _pairs_match(want: list[Json], have: list[Json], field: Field) -> bool:
    """Compare item by item; for sets and maps a quick yes where the server kept the order."""
    item, key = item_field(field), field.key or ""
    for w, h in zip(want, have, strict=True):
        if field.list is ListType.MAP and _key_of(w, key) != _key_of(h, key):
            return False
        if field.list is ListType.SET and not _declares_all(w, h, item):
            return False
        if not matches(w, h, item):
            return False
    return True


def _declares_all(want: Json, have: Json, item: Field) -> bool:
    """Say whether an item of a set leaves nothing of the live one undeclared, but what is the server's own."""
    if not isinstance(have, dict) or not isinstance(want, dict):
        return True
    if not item.properties:
        return have.keys() == want.keys()
    for name, held in have.items():  # its few keys, not the many of the schema
        if held is not None and name not in want and name in item.properties and not item.properties[name].read_only:
            return False
    return True


def _restrict_list(value: list[Json], shape: list[Json], field: Field) -> Json:
    return _LISTS[field.list or ListType.ORDERED](value, shape, field)


def _restrict_ordered(value: list[Json], shape: list[Json], field: Field) -> Json:
    item = item_field(field)
    if len(value) == len(shape):
        return [restrict(v, s, item) for v, s in zip(value, shape, strict=True)]
    union = _union_shape(shape)
    return [restrict(v, union if isinstance(v, dict) and union else v, item) for v in value]


def _restrict_set(value: list[Json], shape: list[Json], field: Field) -> Json:
    item = item_field(field)
    union = _union_shape(shape)
    known = {name: None for name, f in item.properties.items() if not f.read_only} or union
    forms = [restrict(v, known if isinstance(v, dict) and known else v, item) for v in value]
    ordered = sorted(((redact.canonical_json(form), form) for form in forms), key=lambda pair: pair[0])
    return [form for n, (key, form) in enumerate(ordered) if n == 0 or ordered[n - 1][0] != key]


def _restrict_map(value: list[Json], shape: list[Json], field: Field) -> Json:
    item, key = item_field(field), field.key or ""
    shapes = {_key_of(s, key): s for s in shape}
    forms = {_key_of(v, key): restrict(v, shapes.get(_key_of(v, key), v), item) for v in value}
    return dict(sorted(forms.items()))


def _key_of(item: Json, key: str) -> str:
    return str(item.get(key)) if isinstance(item, dict) else str(item)


def _union_shape(shape: list[Json]) -> dict[str, Json]:
    union: dict[str, Json] = {}
    for item in shape:
        if isinstance(item, dict):
            union.update(item)
    return union


_LISTS: dict[ListType, Callable[[list[Json], list[Json], Field], Json]] = {
    ListType.ORDERED: _restrict_ordered,
    ListType.SET: _restrict_set,
    ListType.MAP: _restrict_map,
}
