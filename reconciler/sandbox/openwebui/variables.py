"""Chat variables: what a system prompt asks its user to fill in.

Takes a prompt such as `Speak {{chat.variables.tone | select:options=["kind","curt"]}}`, gives its fields.
It never fails: a prompt with a mistake in it has no fields.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

_PLACE = re.compile(r"{{\s*chat\.variables\.([^\s|}]+)(?:\s*\|\s*([^}]*))?\s*}}")
_KEY = re.compile(r"[a-z][a-z0-9_]*\Z")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?|\\.|.', re.DOTALL)
_PROPERTIES = ("default", "label", "max", "maxlength", "min", "minlength", "options", "placeholder", "step")


def schema_of(prompt: Any) -> dict[str, Any] | None:
    """Give `{"fields": [...]}`, or None where the prompt asks for nothing."""
    fields: dict[str, dict[str, Any]] = {}
    typed: dict[str, dict[str, Any]] = {}
    for match in _PLACE.finditer(prompt if isinstance(prompt, str) else ""):
        key, definition = match[1], (match[2] or "").strip()
        if not _KEY.match(key):
            return None
        if not definition:
            fields.setdefault(key, _field(key, {"type": "text"}))
            continue
        field = _field(key, _properties(definition))
        if (field["type"] == "select" and not field["options"]) or typed.setdefault(key, field) != field:
            return None
        fields[key] = field
    return {"fields": list(fields.values())} if fields else None


def with_schema(row: dict[str, Any]) -> dict[str, Any]:
    """Give the model with `meta.chat_variables_schema` as its prompt has it, and without where it has none."""
    meta = {key: value for key, value in row["meta"].items() if key != "chat_variables_schema"}
    schema = schema_of(row["params"].get("system"))
    return {**row, "meta": meta if schema is None else {**meta, "chat_variables_schema": schema}}


def _field(key: str, properties: dict[str, Any]) -> dict[str, Any]:
    field = {"key": key, "type": properties["type"], "required": bool(properties.get("required"))}
    field |= {name: properties[name] for name in _PROPERTIES if name in properties}
    if field["type"] == "select" and not isinstance(field.get("options"), list):
        field["options"] = []
    return field


def _properties(definition: str) -> dict[str, Any]:
    first, *rest = _split(definition, ":") or [""]
    properties: dict[str, Any] = {"type": first.removeprefix("type=").strip() or "text"}
    for part in rest:
        name, equals, value = part.partition("=")
        properties[name.strip()] = _value(value.strip()) if equals else True
    return properties


def _value(text: str) -> Any:
    if text.startswith('"') and text.endswith('"'):
        return text[1:-1]
    try:
        return orjson.loads(text) if text[:1] in {"[", "{"} else text
    except ValueError:
        return text


def _split(text: str, delimiter: str) -> list[str]:
    """Split at the delimiters that stand neither in a string nor in brackets."""
    parts, depth = [""], 0
    for piece in _STRING.findall(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(piece, 0)
        if piece == delimiter and depth == 0:
            parts.append("")
        else:
            parts[-1] += piece
    return [part.strip() for part in parts if part.strip()]
