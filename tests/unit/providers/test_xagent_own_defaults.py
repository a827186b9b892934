"""Plans for Xagent's models that are the account's own default: what moves first, what is unset, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.model import Request
from tests.unit.sandbox.xagent_asking import MODELS

from .xagent_estate import ANY, CHAT, Estate, Spec, document, needs, ref, warnings
from .xagent_place import BOTH, MODEL


@pytest.fixture
def estate(tmp_path: Path) -> Estate:
    return Estate(tmp_path)


@BOTH
def test_defaults_go_before_the_models_that_they_name(tmp_path: Path, dialect: str) -> None:
    estate = Estate(tmp_path, dialect)
    estate.declare("a", "b", "c", defaults={"general": ref("a"), "compact": ref("b")})
    estate.apply()
    estate.declare("b", "c", defaults={"compact": ref("c")})
    plan = estate.plan()
    assert needs(plan) == {"compact": [], "a": ["general"], "general": []}
    assert warnings(plan) == []
    estate.apply()
    assert (estate.default("general"), estate.default("compact")) == (None, "c")


def test_a_default_that_was_set_by_a_number_moves_first_too(estate: Estate) -> None:
    estate.declare("a", "b")
    estate.apply()
    number = estate.ask("GET", f"{MODELS}/by-id/a")["id"]
    estate.declare("a", "b", defaults={"general": number})
    estate.apply()
    estate.declare("b", defaults={"general": ref("b")})
    assert needs(estate.plan()) == {"a": ["general"], "general": []}
    estate.apply()
    estate.declare("b", defaults={"general": None})
    estate.apply()
    assert estate.default("general") is None


@BOTH
def test_a_default_follows_a_model_that_is_replaced(tmp_path: Path, dialect: str) -> None:
    estate = Estate(tmp_path, dialect)
    estate.declare("a", "last", defaults={"general": ref("a"), "compact": ref("a"), "small_fast": ref("last")})
    estate.apply()
    estate.declare(
        "last",
        a={"model_id": "renamed"},
        defaults={"general": ref("a"), "compact": ref("a"), "small_fast": ref("last")},
    )
    plan = estate.plan()
    assert needs(plan) == {"a": [], "compact": ["a"], "general": ["a"]}
    assert warnings(plan) == [
        ("plan.default-unset", "t/DefaultModel/compact is unset while t/Model/a is replaced, and set again after it"),
        ("plan.default-unset", "t/DefaultModel/general is unset while t/Model/a is replaced, and set again after it"),
    ]
    estate.apply()
    assert (estate.default("general"), estate.default("compact")) == ("renamed", "renamed")
    assert [line for line in estate.writes if "/user-default/" in line] == [
        "DELETE /models/user-default/compact",
        "DELETE /models/user-default/general",
    ]


def test_a_type_that_moves_along_with_its_model_is_released_too(estate: Estate) -> None:
    estate.declare("a", defaults={"general": ref("a")})
    estate.apply()
    documents = [
        document("Model", "a", {**MODEL, "model_id": "renamed"}),
        document("DefaultModel", "general", {"config_type": "compact", "model_id": ref("a")}),
    ]
    (estate.folder / "manifests" / "all.yaml").write_text("\n---\n".join(map(json.dumps, documents)))
    estate.apply()
    assert (estate.default("general"), estate.default("compact")) == (None, "renamed")


@pytest.mark.parametrize(
    ("then", "said"),
    [
        ({}, "the server deletes no model"),
        ({"a": {"model_id": "renamed"}}, "the server deletes no model"),
        ({"a": {"share_with_users": False}}, "the server un-shares no model"),
        (
            {"a": {"share_with_users": True, "abilities": ["chat"]}},
            "it is un-shared, changed and shared again, and the server un-shares no",
        ),
    ],
)
def test_a_default_that_somebody_set_by_hand_is_in_the_way(estate: Estate, then: dict[str, Spec], said: str) -> None:
    shared = {"share_with_users": True, **CHAT}
    estate.declare("beside", a=shared)
    estate.apply()
    estate.set_default("general", "a")
    estate.declare("beside", **{name: {**shared, **spec} for name, spec in then.items()})
    found = estate.refusal()
    assert (found.code, found.address.name) == ("guard.default", "a")
    assert found.summary == "t/Model/a is the account's own default of type general"
    assert said in found.detail
    assert "declare a DefaultModel general" in found.hint
    estate.set_default("general", "beside")
    estate.apply()


@pytest.mark.parametrize(
    ("spec", "default", "hint"),
    [
        ({"share_with_users": False}, ref("a"), "let t/DefaultModel/general name another model, or null"),
        ({"model_id": "renamed"}, 1, "let t/DefaultModel/general say {ref: a} instead of a number"),
    ],
)
def test_a_default_that_stays_is_in_the_way(estate: Estate, spec: Spec, default: Any, hint: str) -> None:
    shared = {"share_with_users": True, **CHAT}
    estate.declare(a=shared)
    estate.apply()
    estate.declare(a=shared, defaults={"general": default})
    estate.apply()
    estate.declare(a={**shared, **spec}, defaults={"general": default})
    assert hint in estate.refusal().hint


@BOTH
def test_a_default_that_moves_is_not_in_the_way_of_unsharing(tmp_path: Path, dialect: str) -> None:
    estate = Estate(tmp_path, dialect)
    shared = {"share_with_users": True, **CHAT}
    estate.declare("b", a=shared, defaults={"general": ref("a")})
    estate.apply()
    estate.declare("b", a={**shared, "abilities": ["chat"]}, defaults={"general": ref("b")})
    assert needs(estate.plan()) == {"a": ["general"], "general": []}
    estate.apply()
    assert len([line for line in estate.writes if line.startswith("PUT")]) == 3


def test_everything_is_destroyed_in_the_servers_order(estate: Estate) -> None:
    estate.declare("a", "b", defaults={"general": ref("a"), "compact": ref("b"), "small_fast": ref("a")})
    estate.apply()
    estate.apply(Request(consent=ANY.consent, destroy=True))
    assert estate.ids() == []
