"""What a server finds out about the Python of a tool or a function, found out by reading alone.

Takes source code, gives what a real server learns by running it. It never runs anything: a mistake that only shows
when the code runs is not seen, nor what a base class or an import brings along.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

FUNCTION_CLASSES = {"Pipe": "pipe", "Filter": "filter", "Action": "action", "Event": "event"}
"""What a function's class is called → the function's type; the first that is there counts."""

_FIELD = re.compile(r"^\s*([a-z_]+):\s*(.*)\s*$", re.IGNORECASE)
_MOVED = ("utils", "apps", "main", "config")


class BrokenPluginError(Exception):
    """The code cannot be read, or has no class that the server looks for; the message is the server's."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """A tool or a function, read."""

    content: str
    """The code as it is stored."""
    manifest: Mapping[str, str]
    """The fields at its beginning."""
    main: ast.ClassDef
    """The class that the server makes an object of."""

    @property
    def has_user_valves(self) -> bool:
        """Whether each user may set values for it."""
        return any(isinstance(node, ast.ClassDef) and node.name == "UserValves" for node in self.main.body)

    @property
    def has_switch(self) -> bool:
        """Whether it can be switched on and off in a chat."""
        return any(_sets_switch(node) for node in ast.walk(self.main))

    @property
    def methods(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        """What a model may call, by name."""
        found = [node for node in self.main.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
        return sorted((node for node in found if not node.name.startswith("_")), key=lambda node: node.name)


def load(content: str, classes: Iterable[str], what: str) -> Plugin:
    """Read the code of a plugin that has one of the classes; raise `BrokenPluginError`."""
    manifest = _manifest(content)
    for name in _MOVED:
        content = content.replace(f"from {name}", f"from open_webui.{name}")
    try:
        tree = ast.parse(content, "<string>")
    except (SyntaxError, ValueError) as error:
        raise BrokenPluginError(str(error)) from error
    found = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    main = next((found[name] for name in classes if name in found), None)
    if main is None:
        raise BrokenPluginError(f"No {what} class found in the module")
    return Plugin(content, manifest, main)


def _manifest(content: str) -> dict[str, str]:
    lines = content.splitlines()
    if not lines or lines[0].strip() != '"""':
        return {}
    fields: dict[str, str] = {}
    for line in lines[1:]:
        if '"""' in line:
            break
        match = _FIELD.match(line)
        if match:
            fields[match[1].strip()] = match[2].strip()
    return fields


def _sets_switch(node: ast.AST) -> bool:
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Constant) or not node.value.value:
        return False
    return any(ast.unparse(target) in {"toggle", "self.toggle"} for target in node.targets)
