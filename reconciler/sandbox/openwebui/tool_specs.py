"""How a tool's methods are described to a model.

Takes methods as syntax, gives a JSON object each, as a real server makes it from signatures and docstrings.
It never resolves a name: a type that is none of Python's own reads as text.
"""

from __future__ import annotations

import ast
import re
from typing import Any

Schema = dict[str, Any]

_PARAMETER = re.compile(r":param (\w+):\s*(.*)")
_PLAIN: dict[str, Schema] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "dict": {"additionalProperties": True, "type": "object"},
    "list": {"items": {"type": "string"}, "type": "array"},
}
_ANY: Schema = {"type": "string"}


def spec_of(method: ast.FunctionDef | ast.AsyncFunctionDef) -> Schema:
    """Give the description of one method."""
    docstring = ast.get_docstring(method, clean=False) or ""
    texts = _parameter_texts(docstring)
    given = method.args.args[1:]
    defaults = dict(zip([one.arg for one in given][::-1], method.args.defaults[::-1], strict=False))
    shown = [one for one in given if not one.arg.startswith("__")]
    properties = {one.arg: _schema(one, defaults.get(one.arg), texts.get(one.arg)) for one in shown}
    required = [one.arg for one in shown if one.arg not in defaults]
    parameters: Schema = {"type": "object", "properties": properties}
    return {
        "name": method.name,
        "description": _text(docstring),
        "parameters": {**parameters, "required": required} if required else parameters,
    }


def _schema(parameter: ast.arg, default: ast.expr | None, text: str | None) -> Schema:
    schema = dict(_type(parameter.annotation))
    if isinstance(default, ast.Constant) and default.value is not None:
        schema["default"] = default.value
    return {**schema, "description": text} if text else schema


def _type(annotation: ast.expr | None) -> Schema:
    if isinstance(annotation, ast.Name):
        return _PLAIN.get(annotation.id, _ANY)
    if isinstance(annotation, ast.BinOp):  # `X | None`
        return _type(annotation.left)
    if isinstance(annotation, ast.Subscript) and isinstance(annotation.value, ast.Name):
        return _generic(annotation.value.id.lower(), annotation.slice)
    return _ANY


def _generic(name: str, inner: ast.expr) -> Schema:
    if name == "optional":
        return _type(inner)
    if name == "list":
        return {"items": _type(inner), "type": "array"}
    if name == "literal":
        choices = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        return {"enum": [one.value for one in choices if isinstance(one, ast.Constant)], "type": "string"}
    return _PLAIN.get(name, _ANY)


def _text(docstring: str) -> str:
    lines: list[str] = []
    for line in map(str.strip, docstring.strip().split("\n")):
        if line.startswith((":param", ":return")):
            break
        lines.append(line)
    return "\n".join(lines).strip()


def _parameter_texts(docstring: str) -> dict[str, str]:
    matches = map(_PARAMETER.match, map(str.strip, docstring.splitlines()))
    return {match[1]: match[2] for match in matches if match}
