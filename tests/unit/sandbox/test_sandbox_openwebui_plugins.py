"""What the sandbox reads out of the code of tools and functions, beyond what the table of exchanges reaches."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from reconciler.sandbox import app
from reconciler.sandbox.openwebui.plugins import FUNCTION_CLASSES, BrokenPluginError, load
from reconciler.sandbox.openwebui.tool_specs import spec_of
from tests.unit.sandbox.asking import V1, ask


@pytest.mark.parametrize(
    ("content", "manifest"),
    [
        ('"""\ntitle: A\nno field\nversion:  0.1 \n"""\nclass Tools: pass', {"title": "A", "version": "0.1"}),
        ('"""\ntitle: A"""\nclass Tools: pass', {}),
        ("# title: A\nclass Tools: pass", {}),
        ('"""title: A"""\nclass Tools: pass', {}),
    ],
)
def test_the_fields_at_the_beginning(content: str, manifest: dict[str, str]) -> None:
    assert load(content, ("Tools",), "Tools").manifest == manifest


def test_text_that_is_never_closed_is_no_python() -> None:
    with pytest.raises(BrokenPluginError, match="unterminated"):
        load('"""\ntitle: A\n', ("Tools",), "Tools")


@pytest.mark.parametrize(
    ("content", "switch"),
    [
        ("class Filter:\n    toggle = True", True),
        ("class Filter:\n    def __init__(self):\n        self.toggle = True", True),
        ("class Filter:\n    toggle = False", False),
        ("class Filter:\n    toggled = True", False),
        ("class Filter:\n    toggle = bool(1)", False),
    ],
)
def test_switches(content: str, switch: bool) -> None:
    assert load(content, FUNCTION_CLASSES, "Function").has_switch is switch


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        ("int", {"type": "integer"}),
        ("int | None", {"type": "integer"}),
        ("Optional[bool]", {"type": "boolean"}),
        ("list[int]", {"items": {"type": "integer"}, "type": "array"}),
        ("dict[str, int]", {"additionalProperties": True, "type": "object"}),
        ('Literal["a"]', {"enum": ["a"], "type": "string"}),
        ("typing.Any", {"type": "string"}),
        ("set[int]", {"type": "string"}),
        ("Weather", {"type": "string"}),
    ],
)
def test_types_of_parameters(annotation: str, schema: dict[str, Any]) -> None:
    (method,) = ast.parse(f"def get(self, one: {annotation}): pass").body
    assert isinstance(method, ast.FunctionDef)
    assert spec_of(method)["parameters"]["properties"] == {"one": schema}


def test_a_switch_shows_after_the_answer_before_0_12() -> None:
    sandbox = app.create_app(app.Options(dialects={"openwebui": "0.11.4"}))
    body = {"id": "polite", "name": "Polite", "content": "class Filter: toggle = True", "meta": {}}
    assert "toggle" not in ask(sandbox, "POST", f"{V1}/functions/create", body).json()["meta"]
    assert ask(sandbox, "GET", f"{V1}/functions/id/polite").json()["meta"]["toggle"] is True
    assert ask(sandbox, "GET", f"{V1}/functions/id/nowhere/history").headers["content-type"].startswith("text/html")


def test_the_history_of_a_missing_function() -> None:
    answer = ask(app.create_app(), "GET", f"{V1}/functions/id/nowhere/history")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found"})
