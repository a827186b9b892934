"""What the kinds of Open WebUI's workspace accept and refuse, and what is said of it."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import schema
from reconciler.model import ReplaceOrder

KINDS = schema.load_kinds()
GRANT = {"principal_type": "group", "principal_id": {"ref": "Group/developers"}, "permission": "read"}
TOOL = {"name": "W", "content": "class Tools: pass"}
FUNCTION = {"name": "P", "content": "class Filter: pass"}


def _document(name: str, spec: dict[str, Any], called: str = "a") -> dict[str, Any]:
    return {"apiVersion": "openwebui/v1", "kind": name, "metadata": {"name": called}, "spec": spec}


def _fits(name: str, spec: dict[str, Any]) -> bool:
    fits = schema.compiled(KINDS.get("openwebui", name))(_document(name, spec))
    assert fits is not bool(schema.explain_errors(KINDS.get("openwebui", name), _document(name, spec)))
    return fits


@pytest.mark.parametrize(
    ("spec", "fits"),
    [
        ({}, True),
        ({"command": "a/b:c-d_é"}, True),
        ({"command": "/a"}, False),
        ({"command": "a b"}, False),
        ({"command": ""}, False),
        ({"name": ""}, False),
        ({"content": ""}, True),
        ({"content": {"file": "prompts/a.md"}}, True),
        ({"content": {"env": "PROMPT"}}, False),
        ({"tags": ["a", "b c"]}, True),
        ({"tags": ["a", "a"]}, False),
        ({"tags": [" a"]}, False),
        ({"tags": None}, False),
        ({"is_active": False}, True),
        ({"is_active": None}, False),
        ({"data": {"a": [None], "b": {"c": 1}}, "meta": {"d": None}}, True),
        ({"data": {}}, False),
        ({"meta": None}, False),
        ({"access_grants": [GRANT]}, True),
        ({"access_grants": [{**GRANT, "principal_type": "user"}]}, False),
        ({"version_id": "x"}, False),
        ({"commit_message": "x"}, False),
        ({"title": "x"}, False),
    ],
)
def test_prompts(spec: dict[str, Any], fits: bool) -> None:
    assert _fits("Prompt", {"name": "A", "content": "x", **spec}) is fits


@pytest.mark.parametrize(
    ("spec", "fits"),
    [
        ({}, True),
        ({"id": "weather_2"}, True),
        ({"id": "_x"}, True),
        ({"id": "Weather"}, False),
        ({"id": "a-b"}, False),
        ({"id": "1a"}, False),
        ({"id": ""}, False),
        ({"content": {"file": "tools/a.py"}}, True),
        ({"content": "class Toolset: pass"}, False),
        ({"content": "from tools import Tools"}, True),
        ({"content": "from open_webui.utils.misc import x\nclass Tools: pass"}, True),
        ({"content": "from utils.misc import x\nclass Tools: pass"}, False),
        ({"content": "class Tools: pass  # comes from mainframes"}, False),
        ({"meta": {"description": None, "i18n": {"de": {"name": "x"}}, "own": {"a": 1}}}, True),
        ({"meta": {"i18n": {"de": {"name": 1}}}}, False),
        ({"meta": {"manifest": {}}}, False),
        ({"meta": {"has_user_valves": True}}, False),
        ({"meta": None}, False),
        ({"access_grants": [GRANT]}, True),
        ({"valves": {"key": "x"}}, False),
        ({"specs": []}, False),
        ({"is_active": True}, False),
    ],
)
def test_tools(spec: dict[str, Any], fits: bool) -> None:
    assert _fits("Tool", {**TOOL, **spec}) is fits


@pytest.mark.parametrize(
    ("spec", "fits"),
    [
        ({}, True),
        ({"id": "Polite"}, False),
        *[
            ({"content": f"class {name}: pass"}, name != "Tools")
            for name in ("Pipe", "Filter", "Action", "Event", "Tools")
        ],
        ({"content": "from config import x\nclass Pipe: pass"}, False),
        ({"is_active": True, "is_global": False}, True),
        ({"is_global": None}, False),
        ({"meta": {"description": "x", "own": 1}}, True),
        ({"meta": {"toggle": True}}, False),
        ({"type": "filter"}, False),
        ({"access_grants": []}, False),
    ],
)
def test_functions(spec: dict[str, Any], fits: bool) -> None:
    assert _fits("Function", {**FUNCTION, **spec}) is fits


@pytest.mark.parametrize(
    ("spec", "fits"),
    [
        ({}, True),
        ({"name": "Our handbook", "description": {"file": "a.md"}}, True),
        ({"name": ""}, False),
        ({"description": None}, False),
        ({"access_grants": [GRANT]}, True),
        ({"files": []}, False),
        ({"meta": {}}, False),
    ],
)
def test_knowledge(spec: dict[str, Any], fits: bool) -> None:
    assert _fits("Knowledge", spec) is fits


@pytest.mark.parametrize(
    ("name", "spec", "called", "path", "hint"),
    [
        ("Tool", {**TOOL, "id": "My-Tool"}, "a", ("spec", "id"), "did you mean `my_tool`?"),
        ("Function", FUNCTION, "Redact-Names", ("spec", "id"), "did you mean `redact_names`?"),
        ("Prompt", {"command": "/help", "name": "x", "content": ""}, "a", ("spec", "command"), "did you mean `help`?"),
        (
            "Tool",
            {**TOOL, "content": "from utils import x\nclass Tools: pass"},
            "a",
            ("spec", "content"),
            "Write `from open_webui.utils` for `from utils`, and likewise",
        ),
    ],
)
def test_the_canonical_spelling_is_named(
    name: str, spec: dict[str, Any], called: str, path: tuple[str, ...], hint: str
) -> None:
    kind = KINDS.get("openwebui", name)
    named = {kind.identity[0]: called, **spec}
    ((where, _, said),) = schema.explain_errors(kind, _document(name, named))
    assert where == path
    assert said.startswith(hint)


@pytest.mark.parametrize("name", ["Prompt", "Tool", "Function", "Knowledge"])
def test_what_is_replaced_is_made_before_the_old_one_goes(name: str) -> None:
    """A name that is taken, or code that the server refuses, must not leave a hole."""
    assert KINDS.get("openwebui", name).replace is ReplaceOrder.CREATE_FIRST
