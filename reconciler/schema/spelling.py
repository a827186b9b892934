"""Finds the known name that somebody probably meant, and what in a spec deserves a warning.

Takes names and specs, gives hints and warnings; refuses nothing. Pure: no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import lru_cache
from typing import TypeAlias

from reconciler.model import Field, Json, Kind, Path
from reconciler.schema.compile import named

Problem: TypeAlias = tuple[Path, str, str]
"""Where, what is wrong, and what to do; the hint may be empty."""

_MOST_NAMES_LISTED = 12


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Give the known name that is spelled most like `name`, or None where none is similar.

    Case, hyphens and underscores make no difference.
    """
    plain: dict[str, str] = {}
    for candidate in known:
        plain.setdefault(_plain(candidate), candidate)
    close = get_close_matches(_plain(name), list(plain), n=1, cutoff=0.6)
    return plain[close[0]] if close else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Give a hint: the nearest known name, else all of them where they are few, else nothing."""
    names = tuple(known)
    close = nearest(name, names)
    if close is not None:
        return f"did you mean `{close}`?"
    if names and len(names) <= _MOST_NAMES_LISTED:
        return "known: " + ", ".join(f"`{known_name}`" for known_name in names)
    return ""


def near_misses(kind: Kind, spec: Json) -> list[Problem]:
    """Warn of keys in open maps that nearly spell a known one; such keys are kept. Paths count from the spec."""
    found: list[Problem] = []
    for path, field, mapping in _mappings(kind.root, spec, ()):
        if field.properties and field.extra is not None:
            meant = tuple(name for name in field.properties if name not in mapping)
            unknown = [key for key in mapping if named(field, key) is None]
            slips = [(key, slip) for key in unknown if (slip := misspelled(key, meant)) is not None]
            found += [
                ((*path, key), f"unknown key `{key}` is kept as it is", f"did you mean `{slip}`?")
                for key, slip in slips
            ]
    return found


def deprecations(kind: Kind, spec: Json) -> list[Problem]:
    """Warn of fields that the schema calls deprecated. Paths count from the spec."""
    return [
        ((*path, key), f"`{key}` is deprecated", child.description)
        for path, field, mapping in _mappings(kind.root, spec, ())
        for key in mapping
        if (child := named(field, key)) is not None and child.deprecated
    ]


@lru_cache(maxsize=4096)
def misspelled(name: str, known: tuple[str, ...]) -> str | None:
    """Give the known name that `name` is a slip of the pen for, or None; far stricter than `nearest`.

    Open maps exist for names that nobody here has heard of, so a mere likeness is no reason to warn.
    """
    for candidate in known:
        one, other = _plain(name), _plain(candidate)
        if one == other or _is_slip(one, other):
            return candidate
    return None


def _mappings(field: Field, value: Json, path: Path) -> Iterator[tuple[Path, Field, dict[str, Json]]]:
    """Yield every mapping in a value that the schema knows, with its place and field."""
    if isinstance(value, dict):
        yield path, field, value
        for key, item in value.items():
            child = named(field, key) or field.extra
            if child is not None:
                yield from _mappings(child, item, (*path, key))
    elif isinstance(value, list) and field.items is not None:
        for index, item in enumerate(value):
            yield from _mappings(field.items, item, (*path, index))


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def _is_slip(one: str, other: str) -> bool:
    """Say whether a slip of the pen makes one word of the other.

    A long word may lack two letters, a short one may only lack or swap one: `top_a` and `top_k` are both real,
    and so are `min_tokens` and `max_tokens`.
    """
    length = max(len(one), len(other))
    limit = _WRONG if length <= 7 else 2 * _MISSING
    limit = _MISSING if length <= 5 else limit
    return abs(len(one) - len(other)) * _MISSING <= limit and _distance(one, other) <= limit


_MISSING, _SWAPPED, _WRONG = 2, 2, 3
"""What a letter too many or too few, two swapped ones, and another letter count for."""


def _distance(one: str, other: str) -> int:
    """Give the least that turns one word into the other costs."""
    rows = [[_MISSING * i for i in range(len(other) + 1)]]
    for i, letter in enumerate(one, 1):
        row = [_MISSING * i]
        for j, wanted in enumerate(other, 1):
            least = min(rows[-1][j] + _MISSING, row[-1] + _MISSING, rows[-1][j - 1] + _WRONG * (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and wanted == one[i - 2]:
                least = min(least, rows[-2][j - 2] + _SWAPPED)
            row.append(least)
        rows.append(row)
    return rows[-1][-1]
