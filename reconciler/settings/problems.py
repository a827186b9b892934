"""What is wrong with a settings file, in words for people.

Takes what pydantic found, or shapes that fit, gives problems and the error that names each with its position. Never
repeats what was written, as it might be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from reconciler import schema, stores
from reconciler.errors import SettingsError
from reconciler.model import Body
from reconciler.model import Path as Place
from reconciler.paths import format_path
from reconciler.schema import did_you_mean
from reconciler.settings.shapes import File, InventoryShape, TargetShape

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake, and the key or value that it is about."""

    place: Place
    summary: str
    hint: str = ""
    at: Literal["key", "value"] = "value"
    unsaid: bool = False
    """The last step of the place is not repeated."""


_EXAMPLES = {
    "apiVersion": "write `apiVersion: reconciler/v1`",
    "targets": "write `targets: {NAME: {system: .., url: .., auth: ..}}`; `reconciler init` shows how",
    "system": "the API product, such as `system: openwebui`",
    "url": "write `url: https://chat.example.com`",
    "manifests": "write `manifests: [manifests]`",
    "overlays": "write `overlays: [overlays/prod]`",
}
_HOLDS_SECRETS = {"auth", "url"}
"""Below these a person may have written a secret as a key."""
_EXPECTED = {
    "string_type": "expected text",
    "string_too_short": "expected text that is not empty",
    "list_type": "expected a list",
    "dict_type": "expected a mapping",
    "model_type": "expected a mapping",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number",
    "greater_than": "expected a number greater than {gt:g}",
    "greater_than_equal": "expected a number of at least {ge}",
    "less_than_equal": "expected a number of at most {le}",
    "too_short": "expected at least one",
    "literal_error": "expected {expected}",
}


def require_right(document: Body, data: bytes, file: str) -> File:
    """Give the settings of a document; raise SettingsError with every mistake."""
    try:
        content = File.model_validate(document)
    except ValidationError as error:
        raise refusal(file, data, [explain(details) for details in error.errors(include_url=False)]) from None
    problems = [problem for name, target in content.targets.items() for problem in judge_target(name, target)]
    problems += judge_inventory(content.inventory)
    if problems:
        raise refusal(file, data, problems)
    return content


def explain(details: ErrorDetails) -> Problem:
    """Say what pydantic found in words; what was written is not repeated, as it might be a secret."""
    place, kind, context = details["loc"], details["type"], details.get("ctx", {})
    name = str(place[-1]) if place else ""
    if kind == "extra_forbidden" and _HOLDS_SECRETS & set(place[:-1]):
        # `{bearer:TOKEN}`, without the space, is a key: it is not repeated
        return Problem(place, "an unknown key", did_you_mean(name, _keys(place[:-1])), "key", unsaid=True)
    if kind == "extra_forbidden":
        return Problem(place, f"unknown key `{name}`", did_you_mean(name, _keys(place[:-1])), "key")
    if kind == "missing":
        return Problem(place[:-1], f"`{name}` is missing", _EXAMPLES.get(name, ""))
    if kind == "settings":
        return Problem(place, context["summary"], context["hint"])
    summary = _EXPECTED[kind].format(**context) if kind in _EXPECTED else details["msg"]
    return Problem(place, summary, _EXAMPLES.get(name, ""))


def _keys(place: Place) -> list[str]:
    """Give the keys that the mapping at a place knows."""
    model: Any = File
    for step in place:
        inner = model.model_fields[step].annotation if _is_model(model) else get_args(model)[-1]
        model = next(kind for kind in _alternatives(inner) if kind is not type(None))
    return list(model.model_fields)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _alternatives(kind: Any) -> tuple[Any, ...]:
    if get_origin(kind) is Annotated:
        return _alternatives(get_args(kind)[0])
    is_union = get_origin(kind) in (Union, UnionType)
    return tuple(inner for each in get_args(kind) for inner in _alternatives(each)) if is_union else (kind,)


def judge_target(name: str, target: TargetShape) -> Iterable[Problem]:
    """Find what the shape alone does not show: names, systems, settings that only some systems have."""
    if not _NAME.match(name):
        hint = "letters, digits, `.`, `_` and `-`, at most 100, beginning with a letter or digit"
        yield Problem(("targets", name), f"{name!r} is no name for a target", hint, "key")
    kinds = schema.load_kinds()
    if not kinds.knows(target.system):
        summary = f"no system is called {target.system!r}"
        yield Problem(("targets", name, "system"), summary, did_you_mean(target.system, kinds.systems()))
        return
    own, given = schema.target_settings(target.system), target.model_extra or {}
    for key, value in given.items():
        if key not in own:
            hint = did_you_mean(key, [*TargetShape.model_fields, *own])
            yield Problem(("targets", name, key), f"unknown key `{key}`", hint, "key")
        elif not own[key].fits(value):
            yield Problem(("targets", name, key), f"not fit for: {own[key].description}", _as_in(own[key]))
    for setting in own.values():
        if setting.required and setting.name not in given:
            summary = f"`{setting.name}` is missing, which every target of {target.system} needs"
            yield Problem(("targets", name), summary, _as_in(setting))


def judge_inventory(inventory: InventoryShape) -> Iterable[Problem]:
    """Find what one store takes and another does not."""
    for fault in stores.faults(inventory.store, inventory.path, inventory.model_fields_set):
        yield Problem(("inventory", *fault.place), fault.summary, fault.hint, fault.at)


def _as_in(setting: schema.TargetSetting) -> str:
    return f"write `{setting.name}: {setting.example}`" if setting.example else f"write `{setting.name}: ..`"


def refusal(file: str, data: bytes, problems: list[Problem]) -> SettingsError:
    """Make the error; a single mistake keeps its hint apart, several carry theirs in their lines."""
    from reconciler.manifests import strict  # 15 ms to import, and only mistakes need positions

    [(_, marks)] = strict.parse_marked(data, file)
    found = sorted(((marks.find(p.place, p.at)[1], p) for p in problems), key=lambda pair: pair[0])
    lines = []
    for (line, column), problem in found:
        place = problem.place[:-1] if problem.unsaid else problem.place
        where = f"{format_path(place)}: " if place else ""
        lines.append(f"{file}:{line}:{column}: {where}{problem.summary}")
    if len(found) == 1:
        return SettingsError(lines[0], hint=found[0][1].hint)
    hinted = [f"{text} ({p.hint})" if p.hint else text for text, (_, p) in zip(lines, found, strict=True)]
    return SettingsError("\n".join(hinted))
