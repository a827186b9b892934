"""Guesses what somebody meant who wrote a value or a key that does not fit.

Takes values, the schema nodes they were meant for and the tree of known fields; gives hints, "" where nothing comes
to mind. Pure: no I/O.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from reconciler.model import Field, Json, Path
from reconciler.paths import format_path
from reconciler.schema import words
from reconciler.schema.nodes import Node, types_of
from reconciler.schema.spelling import did_you_mean, nearest

_LONGEST_NAME = 100
_FORM = ("pattern", "minLength", "maxLength")
_SPOKEN_BOOLEANS = {
    **dict.fromkeys(("true", "yes", "on", "y"), "true"),
    **dict.fromkeys(("false", "no", "off", "n"), "false"),
}


def slip(value: Json, parts: list[Node]) -> str:
    """Name the usual slip behind a value that fits none of `parts`."""
    types = {kind for part in parts for kind in types_of(part)}
    if isinstance(value, str):
        return _slip_in_text(value, parts, types)
    if isinstance(value, bool) and {0, 1} <= {choice for part in parts for choice in _numbers(part)}:
        return f"write {int(value)}"
    if "string" in types and isinstance(value, (bool, int, float)):
        return f"put it in quotes: '{words.code(value)[1:-1]}'"
    return ""


def meant_spelling(value: Json, parts: list[Node]) -> str:
    """Name the spelling that fits: without white space or a slash around it, in small letters, with underscores."""
    import jsonschema_rs

    if not isinstance(value, str) or len(value) > _LONGEST_NAME:
        return ""
    bare = value.strip().lstrip("/")
    spellings = (bare, bare.lower(), bare.lower().replace("-", "_"))
    forms = [{word: part[word] for word in _FORM if word in part} for part in parts if "pattern" in part]
    found = next((s for s in spellings if s != value and any(jsonschema_rs.is_valid(form, s) for form in forms)), None)
    return f"did you mean `{found}`?" if found else ""


def places(root: Field, key: str) -> Iterator[str]:
    """Yield where a manifest may say a key, below `root`: the shallowest places, and only those of one depth."""
    level: list[tuple[Path, Field]] = [((), root)]
    while level:
        found = [path for path, field in level if key in field.properties and not field.properties[key].read_only]
        yield from (format_path((*path, key)) for path in found)
        if found:
            return
        level = [((*path, name), child) for path, field in level for name, child in field.properties.items()]


def first_sentence(text: str) -> str:
    """Give the first sentence of a description, without its full stop."""
    return text.split(". ", maxsplit=1)[0].rstrip(".")


def _slip_in_text(value: str, parts: list[Node], types: set[str]) -> str:
    listed = [choice for part in parts for word in ("enum", "x-known-values") for choice in part.get(word, ())]
    choices = [choice for choice in listed if isinstance(choice, str)]
    candidates = (
        did_you_mean(value, choices) if nearest(value, choices) is not None else "",
        f"write {_SPOKEN_BOOLEANS[value.lower()]}" if "boolean" in types and value.lower() in _SPOKEN_BOOLEANS else "",
        "remove the quotes" if types & {"number", "integer"} and _is_number(value) else "",
        f"write a list: [{value}]" if "array" in types else "",
        _meant_reference(value, parts),
    )
    return next(filter(None, candidates), "")


def _numbers(part: Node) -> Iterator[int]:
    """Yield the whole numbers among a node's choices."""
    yield from (choice for choice in part.get("enum", ()) if type(choice) is int)


def _meant_reference(value: str, parts: list[Node]) -> str:
    """Correct the kind in `Kind/name`, where the examples show that such a reference is expected."""
    examples = [str(example).split("/") for part in parts for example in part.get("examples", ())]
    kinds = {steps[-2]: None for steps in examples if len(steps) in (2, 3) and steps[-2][:1].isupper()}
    steps = value.split("/")
    kind = nearest(steps[-2], kinds) if len(steps) in (2, 3) else None
    return f"did you mean `{'/'.join([*steps[:-2], kind, steps[-1]])}`?" if kind is not None else ""


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False
