"""The quick validator and the one that explains agree on every document."""

from __future__ import annotations

import json
import random
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler import schema
from reconciler.model import Kind

KINDS = schema.load_kinds()

MODEL: dict[str, Any] = {
    "name": "Support",
    "base_model_id": {"ref": "base"},
    "is_active": True,
    "params": {
        "temperature": 0.2,
        "stop": ["a"],
        "system": {"file": "a.md"},
        "max_tokens": 10,
        "custom_params": {"a": 1},
        "think": "low",
    },
    "meta": {
        "description": "x",
        "tags": [{"name": "a"}],
        "capabilities": {"vision": True},
        "knowledge": [{"type": "file", "id": "1"}],
        "profile_image_url": "/user.png",
        "toolIds": ["t"],
        "i18n": {"de": {"name": "x"}},
    },
    "access_grants": [
        {"principal_type": "group", "principal_id": {"ref": "Group/dev"}, "permission": "read"},
        {"access_type": "user", "access_id": "*", "permission": "read"},
    ],
}
GROUP: dict[str, Any] = {
    "description": "x",
    "permissions": {"workspace": {"models": True}},
    "data": {"config": {"share": "members", "default_models": ["a", {"ref": "b"}]}},
    "parent_group_id": {"ref": "all"},
    "members": ["a@b.c"],
}
DEFAULTS: dict[str, Any] = {
    "DEFAULT_MODELS": ["a", {"ref": "b"}],
    "MODEL_ORDER_LIST": None,
    "DEFAULT_MODEL_PARAMS": {"temperature": 1},
    "DEFAULT_MODEL_METADATA": {"capabilities": {"vision": False}},
}
PROMPT: dict[str, Any] = {
    "command": "help",
    "name": "Help",
    "content": {"file": "a.md"},
    "tags": ["a", "b"],
    "is_active": False,
    "data": {"a": 1},
    "access_grants": MODEL["access_grants"],
}
TOOL: dict[str, Any] = {
    "id": "weather",
    "name": "Weather",
    "content": "class Tools: pass",
    "meta": {"description": "x", "i18n": {"de": {"name": "x"}}},
    "access_grants": MODEL["access_grants"],
}
FUNCTION: dict[str, Any] = {
    "id": "polite",
    "name": "Polite",
    "content": "class Filter: pass",
    "is_active": True,
    "meta": {"description": None},
}
KNOWLEDGE: dict[str, Any] = {"name": "Handbook", "description": "x", "access_grants": MODEL["access_grants"]}
SPECS = {
    "Model": MODEL,
    "Group": GROUP,
    "DefaultModels": DEFAULTS,
    "Prompt": PROMPT,
    "Tool": TOOL,
    "Function": FUNCTION,
    "Knowledge": KNOWLEDGE,
}

TEXTS = [
    "",
    "a",
    "a b",
    "a\n",
    "\n",
    "*",
    "on",
    "0.5",
    "é😀",
    "a\x1c",
    "a\x85",
    "a\ufeff",
    "a\u2028b",
    "https://x.y/z",
    "x" * 300,
    "a@b.c",
    "A@b.c",
    "user",
    "read",
    "/a",
    "class Tools: pass",
    "from utils import Tools, Filter",
]
NUMBERS = [0, -1, 1, 2, 3, 0.5, 1.0, 2.0, 2.0000001, -0.0, 1e300, 2**53 + 1, 2**63, 2**64, 10**30, -(10**30)]
ODD = [float("nan"), float("inf"), "\ud800", b"x", (1, 2)]
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.sampled_from(TEXTS), st.sampled_from(NUMBERS), st.text(max_size=3)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["ref", "env", "file", "field", "name", "id", "zzz"]), inner, max_size=2)
    ),
    max_leaves=4,
)


def _kind(name: str) -> Kind:
    return KINDS.get("openwebui", name)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for step, item in below for place in _places(item, (*path, step)))]


def _mutate(document: dict[str, Any], dice: random.Random, value: Any) -> None:
    """Change one place: set it, remove it, repeat it, rename its key, or add a key of a sibling."""
    path = dice.choice(_places(document)[1:])
    around: Any = document
    for step in path[:-1]:
        around = around[step]
    last, action = path[-1], dice.randrange(4)
    if action == 0:
        around[last] = value
    elif action == 1:
        del around[last]
    elif action == 2 and isinstance(around, list):
        around.append(around[last])
    elif isinstance(around, dict):
        around[dice.choice(["id", "name", "access_id", "principal_type", "temperature", str(last)[:-1] or "x"])] = (
            around.pop(last)
        )


@given(name=st.sampled_from(sorted(SPECS)), seed=st.integers(0, 2**32), values=st.lists(VALUES, min_size=1, max_size=3))
@settings(max_examples=400, deadline=None, derandomize=True)
def test_mutated_documents(name: str, seed: int, values: list[Any]) -> None:
    kind, dice = _kind(name), random.Random(seed)
    document = {
        "apiVersion": "openwebui/v1",
        "kind": name,
        "metadata": {"name": "a"},
        "spec": json.loads(json.dumps(SPECS[name])),
    }
    assert schema.compiled(kind)(document)
    for value in values:
        _mutate(document, dice, value)
    problems = schema.explain_errors(kind, document)
    assert schema.compiled(kind)(document) is not bool(problems)
    for path, summary, _ in problems:
        assert summary
        assert "schema" not in summary
        assert all(isinstance(step, (str, int)) for step in path)
    ids = [path for path, _, _ in problems]
    assert ids or jsonschema.Draft202012Validator(schema.document_schema(kind)).is_valid(document)


@pytest.mark.parametrize("value", ODD, ids=repr)
@pytest.mark.parametrize("place", ["top", "name", "params", "open"])
def test_what_json_cannot_hold(place: str, value: Any) -> None:
    spec: dict[str, Any] = json.loads(json.dumps(MODEL))
    document: dict[str, Any] = {"apiVersion": "openwebui/v1", "kind": "Model", "metadata": {"name": "a"}, "spec": spec}
    holder = {"top": document, "name": spec, "params": spec["params"], "open": spec["params"]["custom_params"]}[place]
    holder["name"] = value
    assert schema.explain_errors(_kind("Model"), document)
    schema.compiled(_kind("Model"))(document)  # may not see it in an open map, but never raises


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_of_any_size(number: float) -> None:
    for field in ("temperature", "max_tokens", "seed"):
        document = {
            "apiVersion": "openwebui/v1",
            "kind": "Model",
            "metadata": {"name": "a"},
            "spec": {"name": "A", "params": {field: number}},
        }
        assert schema.compiled(_kind("Model"))(document) is not bool(schema.explain_errors(_kind("Model"), document))
