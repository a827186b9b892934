"""What the kinds of Open WebUI accept and refuse."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import schema

KINDS = schema.load_kinds()


def _fits(name: str, spec: dict[str, Any]) -> bool:
    document = {"apiVersion": "openwebui/v1", "kind": name, "metadata": {"name": "a"}, "spec": spec}
    fits = schema.compiled(KINDS.get("openwebui", name))(document)
    assert fits is not bool(schema.explain_errors(KINDS.get("openwebui", name), document))
    return fits


def _model(**spec: Any) -> bool:
    return _fits("Model", {"name": "A", **spec})


GRANT = {"principal_type": "group", "principal_id": {"ref": "Group/developers"}, "permission": "read"}


@pytest.mark.parametrize(
    ("spec", "fits"),
    [
        ({}, True),
        ({"id": "vendor/model:1@x?y#z%&é"}, True),
        ({"id": "a b"}, False),
        ({"id": "a\n"}, False),
        ({"id": ""}, False),
        ({"id": "x" * 256}, True),
        ({"id": "x" * 257}, False),
        ({"id": None}, False),
        ({"id": {"ref": "x"}}, False),
        ({"name": ""}, False),
        ({"base_model_id": "gpt-4o"}, True),
        ({"base_model_id": None}, True),
        ({"base_model_id": ""}, False),
        ({"base_model_id": {"ref": "base"}}, True),
        ({"is_active": None}, False),
        ({"commit_message": "x"}, False),
        ({"access_control": {}}, False),
        ({"params": {}}, True),
        ({"params": None}, False),
        ({"params": {"temperature": 0.2, "anything": [{"goes": None}]}}, True),
        ({"params": {"temperature": "hot"}}, False),
        ({"params": {"temperature": 99}}, False),
        ({"params": {"temperature": True}}, False),
        ({"params": {"temperature": None}}, True),
        ({"params": {"max_tokens": 1.0}}, True),
        ({"params": {"max_tokens": 1.5}}, False),
        ({"params": {"system": {"file": "prompts/a.md"}}}, True),
        ({"params": {"system": {"env": "PROMPT"}}}, False),
        ({"params": {"stop": ["a", "b"]}}, True),
        ({"params": {"stop": ["a", "a"]}}, False),
        ({"params": {"stop": "a"}}, False),
        ({"params": {"logit_bias": {"5": 100}}}, True),
        ({"params": {"logit_bias": {"5": 101}}}, False),
        ({"params": {"logit_bias": "5432:100, 413:-100"}}, True),
        ({"params": {"logit_bias": "5432"}}, False),
        ({"params": {"reasoning_tags": ["<a>", "</a>"]}}, True),
        ({"params": {"reasoning_tags": ["<a>"]}}, False),
        ({"params": {"reasoning_tags": False}}, True),
        ({"params": {"function_calling": "native"}}, True),
        ({"params": {"function_calling": "off"}}, False),
        ({"params": {"think": "high", "format": {"type": "object"}, "keep_alive": -1}}, True),
        ({"params": {"custom_params": {"a": [1, None]}}}, True),
        (
            {
                "params": {
                    "model_controls": {"effort": {"label": "E", "options": {"low": {"label": "L", "params": {}}}}}
                }
            },
            True,
        ),
        (
            {
                "params": {
                    "model_controls": {
                        "effort": {"label": "E", "display": "slider", "options": {"low": {"label": "L", "params": {}}}}
                    }
                }
            },
            False,
        ),
        (
            {
                "params": {
                    "model_controls": {"constructor": {"label": "E", "options": {"low": {"label": "L", "params": {}}}}}
                }
            },
            False,
        ),
        ({"params": {"model_controls": {"effort": {"label": " ", "options": {}}}}}, False),
        ({"meta": {"description": None, "managed_by": "x"}}, True),
        ({"meta": {"description": 1}}, False),
        ({"meta": {"tags": [{"name": "a b"}]}}, True),
        ({"meta": {"tags": [{"name": " a"}]}}, False),
        ({"meta": {"tags": ["a"]}}, False),
        ({"meta": {"tags": [{"name": "a", "colour": "red"}]}}, False),
        ({"meta": {"tags": None}}, False),
        ({"meta": {"capabilities": {"vision": True, "new": False}}}, True),
        ({"meta": {"capabilities": ["vision"]}}, False),
        ({"meta": {"knowledge": [{"type": "collection", "id": "1", "name": "x", "data": {"a": 1}}]}}, True),
        ({"meta": {"knowledge": [{"type": "collection", "id": "1", "data": {"content": "x"}}]}}, False),
        ({"meta": {"knowledge": [{"type": "collection", "id": {"ref": "handbook"}}]}}, True),
        ({"meta": {"knowledge": [{"type": "collection", "id": {"ref": "Tool/x"}}]}}, False),
        ({"meta": {"knowledge": [{"type": "file", "id": {"ref": "handbook"}}]}}, False),
        ({"meta": {"knowledge": [{"type": "note", "id": "1"}]}}, True),
        ({"meta": {"toolIds": ["server:mcp:x"], "skillIds": []}}, True),
        ({"meta": {"toolIds": ["weather", {"ref": "weather"}, {"ref": "Tool/x"}]}}, True),
        ({"meta": {"toolIds": [{"ref": "Function/x"}]}}, False),
        ({"meta": {"filterIds": [{"ref": "polite"}], "actionIds": [{"ref": "Function/x"}, "y"]}}, True),
        ({"meta": {"defaultFilterIds": [{"ref": "Tool/x"}]}}, False),
        ({"meta": {"skillIds": [{"ref": "x"}]}}, False),
        ({"meta": {"suggestion_prompts": [{"content": "x", "title": ["a", "b"]}]}}, True),
        ({"meta": {"chat_variables_schema": {}}}, False),
        ({"meta": {"voice": {"voice": "marin"}, "tts": {"voice": "alloy"}}}, True),
        ({"meta": {"voice": {"voice": "a b"}}}, False),
        ({"meta": {"voice_avatar": {"file_id": "x"}}}, False),
        ({"meta": {"i18n": {"de": {"name": "x"}}}}, True),
        ({"access_grants": [GRANT]}, True),
        ({"access_grants": None}, False),
        (
            {"access_grants": [{"access_type": "group", "access_id": {"ref": "developers"}, "permission": "write"}]},
            True,
        ),
        ({"access_grants": [{"access_type": "group", "principal_id": "x", "permission": "write"}]}, True),
        ({"access_grants": [{**GRANT, "access_type": "group"}]}, False),
        ({"access_grants": [{"principal_type": "user", "principal_id": "*", "permission": "read"}]}, True),
        ({"access_grants": [{"principal_type": "group", "principal_id": "*", "permission": "read"}]}, False),
        ({"access_grants": [{"access_type": "group", "access_id": "*", "permission": "read"}]}, False),
        ({"access_grants": [{**GRANT, "principal_type": "user"}]}, False),
        ({"access_grants": [{**GRANT, "principal_type": "anyone"}]}, False),
        ({"access_grants": [{**GRANT, "permission": "admin"}]}, False),
        ({"access_grants": [{**GRANT, "created_at": 1}]}, False),
    ],
)
def test_models(spec: dict[str, Any], fits: bool) -> None:
    assert _model(**spec) is fits


@pytest.mark.parametrize(
    ("url", "fits"),
    [
        ("", True),
        ("/user.png", True),
        ("/static/favicon.png", True),
        ("/api/v1/users/8a6d/profile/image", True),
        ("https://example.com/a.png?x=1#y", True),
        ("HTTP://user:pw@example.com:8080", True),
        ("https://[::1]:8080/a.png", True),
        ("data:image/png;base64,iVBORw0KGgo=", True),
        (None, True),
        ("http://:80/a.png", False),
        ("http:///a.png", False),
        ("//example.com/a.png", False),
        ("ftp://example.com/a.png", False),
        ("/static/other.png", False),
        ("data:image/svg+xml;base64,PHN2Zz4=", False),
        ("javascript:alert(1)", False),
        ("logo.png", False),
    ],
)
def test_profile_images_that_the_server_keeps(url: str | None, fits: bool) -> None:
    assert _model(meta={"profile_image_url": url}) is fits


@pytest.mark.parametrize(
    ("spec", "fits"),
    [
        ({}, True),
        ({"name": "developers", "description": "x"}, True),
        ({"name": ""}, False),
        ({"description": None}, False),
        ({"permissions": {"workspace": {"models": True}, "chat": {"import": False}, "new_section": {"x": True}}}, True),
        ({"permissions": {"workspace": {"models": "yes"}}}, False),
        ({"permissions": None}, False),
        ({"data": {"config": {"share": "members", "default_models": ["gpt-4o", {"ref": "a"}]}}}, True),
        ({"data": {"config": {"share": True, "default_models": None}}}, True),
        ({"data": {"config": {"share": "everybody"}}}, False),
        ({"data": {"config": None}}, False),
        ({"data": {"config": {"default_models": [" "]}}}, False),
        ({"parent_group_id": {"ref": "all"}}, True),
        ({"parent_group_id": {"ref": "Model/all"}}, False),
        ({"parent_group_id": None}, True),
        ({"members": ["ann@example.com"]}, True),
        ({"members": []}, True),
        ({"members": ["Ann@example.com"]}, False),
        ({"members": ["ann"]}, False),
        ({"members": ["ann@example.com"] * 2}, False),
        ({"members": None}, False),
    ],
)
def test_groups(spec: dict[str, Any], fits: bool) -> None:
    assert _fits("Group", spec) is fits


@pytest.mark.parametrize(
    ("spec", "fits"),
    [
        ({}, True),
        ({"DEFAULT_MODELS": ["gpt-4o", {"ref": "a"}, {"ref": "Model/b"}]}, True),
        ({"DEFAULT_MODELS": None, "DEFAULT_PINNED_MODELS": [], "MODEL_ORDER_LIST": ["a"]}, True),
        ({"DEFAULT_MODELS": "gpt-4o,gpt-5"}, False),
        ({"DEFAULT_MODELS": ["gpt-4o,gpt-5"]}, False),
        ({"DEFAULT_MODELS": ["a", "a"]}, False),
        ({"DEFAULT_MODEL_PARAMS": {"temperature": 0.2, "other": 1}}, True),
        ({"DEFAULT_MODEL_PARAMS": {"temperature": "hot"}}, False),
        ({"DEFAULT_MODEL_PARAMS": None}, True),
        ({"DEFAULT_MODEL_METADATA": {"capabilities": {"vision": False}}}, True),
        ({"DEFAULT_MODEL_METADATA": []}, False),
        ({"default_models": ["a"]}, False),
    ],
)
def test_default_models(spec: dict[str, Any], fits: bool) -> None:
    assert _fits("DefaultModels", spec) is fits
