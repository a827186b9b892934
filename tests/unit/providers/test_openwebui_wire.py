from __future__ import annotations

from typing import Any

import pytest

from reconciler.model import Body, Live
from reconciler.providers.openwebui import wire

from .sandboxes import PUBLIC, kind

PAGE_PUBLIC = {"access_type": "user", "access_id": "*", "permission": "read"}


def _live(name: str, body: Body) -> Live:
    return Live(kind(name), "x", ("x",), body)


def test_a_new_model_is_sent_with_what_it_declares() -> None:
    form = wire.model_form({"id": "m"}, None, note="", published=False)
    assert form == {
        "id": "m",
        "name": "m",
        "base_model_id": None,
        "params": {},
        "meta": {},
        "access_grants": [],
        "is_active": True,
    }


def test_an_update_is_complete() -> None:
    body = {
        "id": "m",
        "name": "",
        "base_model_id": "b",
        "params": {"a": 1},
        "meta": {"voice_avatar": "v", "chat_variables_schema": {}, "own": None},
        "access_grants": [{**PUBLIC, "id": "g", "created_at": 1}, PUBLIC],
        "is_active": False,
        "user_id": "u",
        "updated_at": 3,
    }
    live = _live("Model", {"params": {"model_controls": {"x": 1}}})
    assert wire.model_form(body, live, note="abc", published=False) == {
        "id": "m",
        "name": "",
        "base_model_id": "b",
        "params": {"a": 1, "model_controls": {}},
        "meta": {"profile_image_url": None, "background_image_url": None, "voice_avatar": "v", "own": None},
        "access_grants": [PUBLIC],
        "is_active": False,
        "commit_message": "abc",
    }
    assert body["meta"] == {"voice_avatar": "v", "chat_variables_schema": {}, "own": None}


def test_grants_in_the_published_spelling_and_back() -> None:
    assert wire.grants_form(wire.triples([PUBLIC]), published=True) == [PAGE_PUBLIC]
    assert wire.read_model({"access_grants": [PAGE_PUBLIC, PUBLIC]}) == {"access_grants": [PUBLIC, PUBLIC]}
    assert wire.read_model({"access_grants": None}) == {"access_grants": None}


@pytest.mark.parametrize(
    ("body", "before", "sent"),
    [
        ({}, None, {"permissions": None, "data": None}),
        ({"permissions": {"a": 1}}, {"permissions": {"b": 1}}, {"permissions": {"a": 1}, "data": None}),
        ({"permissions": None}, {"permissions": {"b": 1}}, {"permissions": {}, "data": None}),
        ({"permissions": None}, {"permissions": {}}, {"permissions": None, "data": None}),
        (
            {"data": {"config": {"share": True}}},
            {"data": {"config": {"share": False, "default_models": ["a"]}, "own": 1}},
            {"permissions": None, "data": {"own": None, "config": {"share": True, "default_models": None}}},
        ),
        ({"data": {"own": 2}}, {"data": {"own": 1}}, {"permissions": None, "data": {"own": 2}}),
        (
            {"data": None},
            {"data": {"config": {"share": "members"}}},
            {"permissions": None, "data": {"config": {"share": None}}},
        ),
        (
            {"parent_group_id": "p"},
            None,
            {"permissions": None, "data": None, "parent_group_id": "p"},
        ),
        ({}, {"parent_group_id": "p"}, {"permissions": None, "data": None, "parent_group_id": None}),
    ],
)
def test_a_group_is_nulled_where_the_server_would_merge(body: Body, before: Body | None, sent: Body) -> None:
    live = _live("Group", before) if before is not None else None
    assert wire.group_form({"name": "g", **body}, live) == {"name": "g", "description": "", **sent}


@pytest.mark.parametrize(
    ("text", "ids"),
    [(None, None), ("", []), ("a", ["a"]), ("a,b", ["a", "b"]), (" a , ,b,", ["a", "b"]), (["a"], ["a"])],
)
def test_comma_lists(text: Any, ids: Any) -> None:
    assert wire.read_defaults({"DEFAULT_MODELS": text}) == {"DEFAULT_MODELS": ids}


def test_the_defaults_are_sent_whole() -> None:
    assert wire.defaults_form({"DEFAULT_MODELS": ["a", "b"], "MODEL_ORDER_LIST": [], "typo": 1}) == {
        "DEFAULT_MODELS": "a,b",
        "DEFAULT_PINNED_MODELS": None,
        "MODEL_ORDER_LIST": [],
        "DEFAULT_MODEL_METADATA": None,
        "DEFAULT_MODEL_PARAMS": None,
    }
