"""The public names, and what every module says of itself."""

from __future__ import annotations

import ast
from pathlib import Path
from types import ModuleType

import pytest

import reconciler
from reconciler import engine, estate

PACKAGE = Path(reconciler.__file__).parent
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "schemas" not in path.parts)


def test_the_story_has_these_verbs() -> None:
    assert _verbs(engine) == {
        "Accepted",
        "Applied",
        "accept_drift",
        "apply_plan",
        "find_drift",
        "make_plan",
        "open_plan",
        "save_plan",
    }
    assert _verbs(estate) == {"adopt", "export_live", "forget"}


def _verbs(module: ModuleType) -> set[str]:
    public = {name: verb for name, verb in vars(module).items() if not name.startswith("_") and callable(verb)}
    return {name for name, verb in public.items() if getattr(verb, "__module__", "") == module.__name__}


@pytest.mark.parametrize("path", MODULES, ids=[str(path.relative_to(PACKAGE)) for path in MODULES])
def test_a_module_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree), "no module docstring"
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{node.name} has no docstring"


@pytest.mark.parametrize("path", MODULES, ids=[str(path.relative_to(PACKAGE)) for path in MODULES])
def test_nothing_is_left_to_do(path: Path) -> None:
    text = path.read_text()
    for word in ("TODO", "FIXME", "NotImplemented", "pragma: no cover"):
        assert word not in text


def test_only_redact_knows_what_is_sensitive() -> None:
    """`Field.sensitive` is read in one place; the compiler sets it, and a change says that it was redacted."""
    readers = []
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr == "sensitive" and isinstance(node.ctx, ast.Load):
                owner = ast.unparse(node.value)
                if "field" in owner or "leaf" in owner:
                    readers.append(str(path.relative_to(PACKAGE)))
    assert sorted(set(readers)) == ["redact.py"]


def test_no_system_is_named_outside_its_own_modules() -> None:
    own = ("providers", "sandbox")
    for path in MODULES:
        if path.relative_to(PACKAGE).parts[0] in own:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Compare):
                assert "openwebui" not in ast.unparse(node), f"{path}:{node.lineno}"
