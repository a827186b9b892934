"""Explains why a document does not fit a schema: where, what was expected, and what was probably meant.

Takes any schema and document, gives problems, the most telling first; a union is explained by the branch that the
document comes closest to. Slow and thorough, for documents that the compiled validator refused; never shows a secret.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from reconciler.model import Field, Json, Path
from reconciler.paths import value_at
from reconciler.schema import words
from reconciler.schema.hints import first_sentence, meant_spelling, places, slip
from reconciler.schema.json_values import not_json
from reconciler.schema.nodes import Node, variants
from reconciler.schema.spelling import Problem, did_you_mean, misspelled

_MISMATCHES = ("type", "enum", "const")
"""Words by which a value shows that a branch of a union was not meant for it."""

_UNIONS = ("anyOf", "oneOf")

_SOURCES = ("ref", "env", "file")
"""Keys that stand for a value that is elsewhere."""

_MOST_PLACES = 3


class Failure(Protocol):
    """What the explaining library says of a keyword that failed."""

    instance: Json
    schema: Any
    validator: str | None
    validator_value: Any
    absolute_path: Collection[str | int]
    relative_path: Collection[str | int]
    absolute_schema_path: Collection[str | int]
    relative_schema_path: Sequence[str | int]
    context: Sequence[Failure] | None


def explain(schema: Node, document: Json, outline: Outline) -> list[Problem]:
    """Give every problem of the document; [] where it fits."""
    unspeakable = list(not_json(document))
    if unspeakable:
        return unspeakable
    explainer = _Explainer(schema, outline)
    errors = _validator()(schema).iter_errors(document)
    found = [_speakable(problem) for error in errors for problem in explainer.problems(error)]
    return _best_first(list(dict.fromkeys(found)), document)


def _speakable(problem: Problem) -> Problem:
    """Give a problem whose path has texts where a document has another value in the place of a name."""
    path, summary, hint = problem
    return tuple(step if isinstance(step, (str, int)) else str(step) for step in path), summary, hint


@dataclass(frozen=True, slots=True)
class Outline:
    """What messages may use beyond the schema itself."""

    about: Callable[[Path], str]
    """Gives the description of a place, "" where there is none."""
    known: Field
    """The tree in which a misplaced key is looked for."""
    secret: Callable[[Path], bool] = lambda path: False
    """Whether the value at a path may not be shown."""
    forbidden: Callable[[Path], str | None] = lambda path: None
    """The description of a field that exists but is not a manifest's to set, or None."""


class _Explainer:
    def __init__(self, root: Node, outline: Outline) -> None:
        self._root = root
        self._outline = outline

    def problems(self, error: Failure) -> list[Problem]:
        """Give what is wrong where one keyword failed; [] where it is but the echo of another error."""
        if "propertyNames" in error.absolute_schema_path:
            return [self._wrong_name(error)]
        explain_word = _BY_WORD.get(str(error.validator))
        return [self._mismatch(error)] if explain_word is None else list(explain_word(self, error))

    def unknown_keys(self, error: Failure) -> Iterator[Problem]:
        """Explain closed mappings. A key whose value is wrong counts as unevaluated, but is known."""
        known = _keys(error.schema, self._root)
        for key in error.instance:
            if key not in known:
                yield self._unknown_key((*_path(error), key), known)

    def missing_keys(self, error: Failure) -> Iterator[Problem]:
        """Explain `required`; the library repeats the error for each missing key, and so do we."""
        for name in error.validator_value:
            if name not in error.instance:
                yield self._missing(_path(error), name)

    def union(self, error: Failure) -> list[Problem]:
        """Explain a union by the branch that was meant, else by all that could have been said."""
        spellings = _only_required(error.validator_value)
        if spellings:
            return [self._spellings(error, spellings)] if isinstance(error.instance, dict) else []
        meant = [branch for branch in _branches(error) if not any(_misses(child) for child in branch)]
        explained = [[problem for child in branch for problem in self.problems(child)] for branch in meant]
        explained = [problems for problems in explained if problems]
        return min(explained, key=len) if explained else [self._mismatch(error)]

    def forbidden(self, error: Failure) -> list[Problem]:
        """Explain `not`: a key or value that is refused, or two spellings of one key."""
        refused, path = error.validator_value, _path(error)
        pairs = [branch["required"] for branch in refused.get("anyOf", ()) if list(branch) == ["required"]]
        if pairs and not isinstance(error.instance, dict):
            return []  # two keys cannot be missed in what is no mapping: its type is the mistake
        given = [pair for pair in pairs if all(name in error.instance for name in pair)]
        if given:
            return [self._spellings(error, given[0])]
        owned = self._outline.forbidden(path)
        if owned is not None:
            return [_server_owned(path, owned)]
        what = self._got(path, error.instance) if refused or not path else f"`{path[-1]}`"
        return [(path, f"{what} is not accepted here", self._why(error))]

    def size(self, error: Failure) -> list[Problem]:
        """Explain a list, mapping or repetition that breaks a limit."""
        path = _path(error)
        limit = words.size(error.schema, str(error.validator)[len("min") :])
        return [(path, f"expected {limit}, got {len(error.instance)}", self._about(path))]

    def repeated(self, error: Failure) -> list[Problem]:
        """Explain `uniqueItems`, at the item that is there already."""
        items, path = error.instance, _path(error)
        at = next((i for i, item in enumerate(items) if item in items[:i]), 0)
        return [((*path, at), f"{self._got((*path, at), items[at])} is in the list twice", "remove one of the two")]

    def dependent_keys(self, error: Failure) -> Iterator[Problem]:
        """Explain keys that need others beside them."""
        for name, needed in error.validator_value.items():
            for other in needed:
                if name in error.instance and other not in error.instance:
                    yield (*_path(error), name), f"`{name}` needs `{other}` beside it", ""

    def _mismatch(self, error: Failure) -> Problem:
        path = _path(error)
        summary = f"expected {words.expectation(error.schema, self._root)}, got {self._got(path, error.instance)}"
        if self._outline.secret(path):
            return path, summary, "name where the secret is kept; a manifest never holds it"
        parts = variants(error.schema, self._root)
        meant = (meant_spelling(error.instance, parts), self._why(error))
        return path, summary, slip(error.instance, parts) or " ".join(filter(None, meant))

    def _missing(self, path: Path, name: str) -> Problem:
        return path, f"`{name}` is missing", self._about((*path, name))

    def _spellings(self, error: Failure, names: list[str]) -> Problem:
        given = [name for name in names if name in error.instance]
        if not given:
            return self._missing(_path(error), names[0])
        both = " and ".join(f"`{name}`" for name in given)
        return (*_path(error), given[-1]), f"{both} are two spellings of one field", f"keep `{names[0]}`"

    def _wrong_name(self, error: Failure) -> Problem:
        expected = words.expectation(error.schema, self._root)
        path: Path = (*_path(error), error.instance)
        return path, f"expected {expected} as a key, got {words.got(error.instance)}", ""

    def _unknown_key(self, path: Path, known: Mapping[str, None]) -> Problem:
        key = str(path[-1])
        description = self._outline.forbidden(path)
        if description is not None:
            return _server_owned(path, description)
        if key in _SOURCES:
            return path, f"`{{{key}: …}}` is not accepted here", f"known: {', '.join(f'`{name}`' for name in known)}"
        elsewhere = self._elsewhere(key) if misspelled(key, tuple(known)) is None else ""
        return path, f"unknown key `{key}`", elsewhere or did_you_mean(key, known)

    def _elsewhere(self, key: str) -> str:
        found = list(dict.fromkeys(places(self._outline.known, key)))[:_MOST_PLACES]
        return f"did you mean {' or '.join(f'`{place}`' for place in found)}?" if found else ""

    def _got(self, path: Path, value: Json) -> str:
        if value is not None and not isinstance(value, (dict, list)) and self._outline.secret(path):
            return "a literal"
        return words.got(value)

    def _why(self, error: Failure) -> str:
        """Give the description of a rule that holds in some cases only, else that of the field."""
        rule = error.schema.get("description", "") if _is_conditional(error) else ""
        return first_sentence(rule) or self._about(_path(error))

    def _about(self, path: Path) -> str:
        """Give the first sentence of the description of a place, or of what it is part of."""
        return first_sentence(self._outline.about(path) or self._outline.about(path[:-1]))


_BY_WORD: Mapping[str, Callable[[_Explainer, Failure], Iterable[Problem]]] = {
    "additionalProperties": _Explainer.unknown_keys,
    "unevaluatedProperties": _Explainer.unknown_keys,
    "required": _Explainer.missing_keys,
    "dependentRequired": _Explainer.dependent_keys,
    "anyOf": _Explainer.union,
    "oneOf": _Explainer.union,
    "not": _Explainer.forbidden,
    "uniqueItems": _Explainer.repeated,
    **dict.fromkeys(("minItems", "maxItems", "minProperties", "maxProperties"), _Explainer.size),
}


@lru_cache(maxsize=1)
def _validator() -> Any:
    """Give the explaining library's class, with the compiled validator's own reading of patterns.

    Python's `$` matches before a final newline and its `\\s` knows other characters than ECMA-262 does.
    """
    import jsonschema
    import jsonschema_rs

    def pattern(_: Any, form: str, instance: Json, __: Json) -> Iterator[jsonschema.ValidationError]:
        if isinstance(instance, str) and not jsonschema_rs.is_valid({"pattern": form}, instance):
            yield jsonschema.ValidationError("does not match")

    extend: Any = jsonschema.validators.extend
    return extend(jsonschema.Draft202012Validator, {"pattern": pattern})


def _server_owned(path: Path, description: str) -> Problem:
    return path, f"`{path[-1]}` is set by the server, a manifest cannot set it", first_sentence(description)


def _path(error: Failure) -> Path:
    return tuple(error.absolute_path)


def _keys(schema: Json, root: Node) -> dict[str, None]:
    """Give the keys that any variant of a node knows, in the schema's order."""
    return dict.fromkeys(name for part in variants(schema, root) for name in part.get("properties", {}))


def _branches(error: Failure) -> list[list[Failure]]:
    found: dict[int | str, list[Failure]] = {}
    for child in error.context or ():
        found.setdefault(child.relative_schema_path[0], []).append(child)
    return list(found.values())


def _misses(error: Failure) -> bool:
    """Say whether an error shows that its branch was not meant: another type altogether, or none of its values."""
    if error.relative_path:
        return False
    if error.validator in _UNIONS:
        branches = _branches(error)
        return bool(branches) and all(any(_misses(child) for child in branch) for branch in branches)
    return error.validator in _MISMATCHES


def _is_conditional(error: Failure) -> bool:
    return "then" in error.absolute_schema_path or "else" in error.absolute_schema_path


def _only_required(branches: Json) -> list[str]:
    """Give the names where every branch of a union demands one key and nothing else, that is, for spellings."""
    if all(isinstance(branch, dict) and list(branch) == ["required"] for branch in branches):
        return [name for branch in branches for name in branch["required"]]
    return []


def _best_first(problems: list[Problem], document: Json) -> list[Problem]:
    """Sort by how much a problem tells, then as the document is written; drop what follows from another.

    A key that is missing because it was misspelled is one problem, not two.
    """
    meant = {(path[:-1], hint) for path, summary, hint in problems if summary.startswith("unknown key")}
    told = [p for p in problems if not _follows(p, meant)]
    return sorted(told, key=lambda problem: (_rank(problem), _position(problem[0], document)))


def _follows(problem: Problem, meant: set[tuple[Path, str]]) -> bool:
    path, summary, _ = problem
    name = summary.removesuffix(" is missing")
    return name != summary and (path, f"did you mean {name}?") in meant


def _rank(problem: Problem) -> int:
    summary = problem[1]
    return 0 if summary.startswith("unknown key") else 2 if summary.endswith("is missing") else 1


def _position(path: Path, document: Json) -> tuple[int, ...]:
    """Give a path's place in the document as numbers that sort in reading order."""
    numbers = []
    for depth, step in enumerate(path):
        around = value_at(document, path[:depth])
        keys = list(around) if isinstance(around, dict) else []
        numbers.append(step if isinstance(step, int) else keys.index(step) if step in keys else len(keys))
    return tuple(numbers)
