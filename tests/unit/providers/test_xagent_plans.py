"""What Xagent's own rules make of a plan: the order of moves, refusals, and what other accounts lose.

Played through the engine on a sandbox in the same process, on SQLite and on PostgreSQL where they differ.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.sandbox.xagent_asking import DEFAULTS, MODELS

from .xagent_estate import CHAT, Estate, Spec, needs, ref, warnings
from .xagent_place import BOTH


@pytest.fixture
def estate(tmp_path: Path) -> Estate:
    return Estate(tmp_path)


# --- what a plan costs ----------------------------------------------------------------------------


def test_a_plan_reads_the_lists_and_the_types_that_are_declared(estate: Estate) -> None:
    estate.declare("a", "b", defaults={"general": ref("a"), "compact": ref("b")})
    estate.apply()
    estate.plan()
    assert sorted(f"{seen.method} {seen.path.removeprefix('/xagent/api')}" for seen in estate.sandbox.requests) == [
        "GET /auth/me",
        "GET /models/",
        "GET /models/",
        "GET /models/user-default/compact",
        "GET /models/user-default/general",
        "POST /auth/login",
    ]


# --- ids and names --------------------------------------------------------------------------------


@BOTH
def test_a_model_whose_id_is_anothers_name_comes_first(tmp_path: Path, dialect: str) -> None:
    estate = Estate(tmp_path, dialect)
    estate.declare(**{"fast": {"model_name": "gpt-zz"}, "gpt-zz": {"model_name": "real"}, "own": {"model_name": "own"}})
    assert needs(estate.plan()) == {"fast": ["gpt-zz"], "gpt-zz": [], "own": []}
    estate.apply()


@BOTH
def test_a_model_comes_before_another_gets_its_id_for_a_name(tmp_path: Path, dialect: str) -> None:
    estate = Estate(tmp_path, dialect)
    estate.declare(fast={"model_name": "old"})
    estate.apply()
    estate.declare(**{"fast": {"model_name": "gpt-zz"}, "gpt-zz": {}})
    assert needs(estate.plan()) == {"fast": ["gpt-zz"], "gpt-zz": []}
    estate.apply()


@BOTH
@pytest.mark.parametrize("then", [{}, {"fast": {"model_name": "other"}}])
def test_a_model_comes_after_another_gave_its_id_free(tmp_path: Path, then: dict[str, Spec], dialect: str) -> None:
    """By another name, or by going."""
    estate = Estate(tmp_path, dialect)
    estate.declare("beside", fast={"model_name": "gpt-zz"})
    estate.apply()
    estate.declare("beside", **then, **{"gpt-zz": {}})
    assert needs(estate.plan()) == {"fast": [], "gpt-zz": ["fast"]}
    estate.apply()


@BOTH
def test_a_replaced_model_may_be_in_the_way_and_may_not(tmp_path: Path, dialect: str) -> None:
    estate = Estate(tmp_path, dialect)
    estate.declare(fast={"model_name": "gpt-zz"})
    estate.apply()
    estate.declare(**{"fast": {"model_id": "faster", "model_name": "other"}, "gpt-zz": {}})
    assert needs(estate.plan()) == {"fast": [], "gpt-zz": ["fast"]}
    estate.declare(**{"fast": {"model_id": "faster", "model_name": "gpt-zz"}, "gpt-zz": {}})
    assert estate.refusal().code == "guard.name"
    estate.declare(fast={"model_id": "gpt-zz", "model_name": "gpt-zz"})  # its own name is no obstacle
    estate.apply()
    assert estate.ids() == ["gpt-zz"]


@pytest.mark.parametrize(
    ("seed", "said"),
    [
        ({"model_id": "by-hand", "model_name": "new"}, "'new' is the model_name of the model 'by-hand'"),
        (
            {"model_id": "theirs", "model_name": "new", "owner": "olga", "share_with_users": True},
            "'new' is the model_name of the model 'theirs'",
        ),
        ({"model_id": "new", "owner": "olga", "share_with_users": True}, "'new' is held by another account"),
    ],
)
def test_a_model_that_stays_in_the_way_is_a_refusal(tmp_path: Path, seed: Spec, said: str) -> None:
    estate = Estate(tmp_path, Model=[seed])
    estate.declare("new")
    found = estate.refusal()
    assert (found.code, found.address.name) == ("guard.name", "new")
    assert said in found.summary
    assert "model_id" in found.hint


def test_names_in_a_circle_with_what_is_live_are_refused(estate: Estate) -> None:
    estate.declare(a={"model_name": "b-id"})
    estate.apply()
    estate.declare(a={"model_id": "b-name", "model_name": "b-id"}, b={"model_id": "b-id", "model_name": "x"})
    assert estate.refusal().code == "guard.name"


# --- what others lose -----------------------------------------------------------------------------


def test_other_accounts_lose_their_defaults_and_the_plan_says_so(estate: Estate) -> None:
    shared = {"share_with_users": True, **CHAT}
    names = ("a", "b", "c", "d", "e", "f", "g")
    estate.declare(**dict.fromkeys(names, shared))
    assert warnings(estate.plan()) == []
    estate.apply()
    estate.set_default("general", "b", estate.log_in("paul")["access_token"])
    estate.declare(
        b={**shared, "abilities": ["chat"]},
        c={"share_with_users": False, **CHAT},
        d={**shared, "temperature": 1},
        e={**shared, "abilities": None},
        **{name: {**shared, "model_id": f"new-{name}"} for name in ("f", "g")},
    )
    plan = estate.plan()
    assert warnings(plan) == [
        ("plan.others-defaults", "t: other accounts lose their defaults on Model/a, Model/f, Model/g"),
        ("plan.others-defaults", "t: other accounts lose their defaults on Model/b"),
        ("plan.others-defaults", "t: other accounts lose their defaults on Model/c"),
    ]
    estate.apply()
    assert estate.ask("GET", f"{DEFAULTS}/general", token=estate.log_in("paul")["access_token"]) is None


def test_sharing_that_no_manifest_declares_is_not_taken_back_for_a_moment(estate: Estate) -> None:
    estate.declare(a=CHAT)
    estate.apply()
    number = estate.ask("GET", f"{MODELS}/by-id/a")["id"]
    estate.ask("PUT", f"{MODELS}/by-id/{number}", {"share_with_users": True})
    estate.declare(a={"abilities": ["chat"]})
    refusal = estate.refusal()
    assert (refusal.code, refusal.summary) == ("guard.sharing", "t/Model/a is shared, and no manifest says so")
    assert "un-shared, changed and shared again" in refusal.detail
    estate.declare(a={"abilities": ["vision", "chat"], "temperature": 1})
    estate.apply()
    for shared in (True, False):
        estate.declare(a={"abilities": ["chat"], "share_with_users": shared})
        estate.apply()
        assert estate.ask("GET", f"{MODELS}/by-id/a")["is_shared"] is shared


def test_a_warning_names_a_few(estate: Estate) -> None:
    estate.declare(**{name: {"share_with_users": True} for name in "abcde"})
    estate.apply()
    estate.declare(*"abcde")
    assert warnings(estate.plan()) == [
        ("plan.others-defaults", "t: other accounts lose their defaults on Model/a, Model/b, Model/c and 2 more")
    ]


# --- who may --------------------------------------------------------------------------------------


def test_an_account_that_is_no_administrators_may_do_all_but_share(tmp_path: Path) -> None:
    estate = Estate(tmp_path, user="paul")
    estate.declare("a", defaults={"general": ref("a")})
    assert warnings(estate.plan()) == []
    estate.apply()
    estate.declare(a={"share_with_users": True})
    found = estate.refusal()
    assert (found.code, found.summary) == ("guard.administrator", "t/Model/a: only an administrator may share models")
    chain = {"model_provider": "bedrock", "bedrock_region": "eu-central-1", "bedrock_auth_mode": "credentials_chain"}
    estate.declare("a", b=chain)
    assert estate.refusal().summary == "t/Model/b: only an administrator may use credentials_chain"
    estate.declare(a={"share_with_users": False})
    estate.apply()


def test_what_is_shared_already_needs_no_administrator(tmp_path: Path) -> None:
    """Somebody may have lost the right since."""
    estate = Estate(tmp_path, Model=[{"model_id": "a", "model_name": "gpt-4o", "share_with_users": True}])
    estate.declare(a={"share_with_users": True, "temperature": 1})
    user = next(row for row in estate.sandbox.store.table("xagent.users").all() if row["username"] == "admin")
    with estate.sandbox.store.request():
        estate.sandbox.store.table("xagent.users").put("1", {**user, "is_admin": False})
    assert [d.code for d in estate.plan().diagnostics] == []


# --- what would not be as it looks ----------------------------------------------------------------


def test_another_provider_keeps_the_address_and_the_plan_says_so(estate: Estate) -> None:
    estate.declare("a", "b", "c")
    estate.apply()
    there = {"model_provider": "openrouter"}
    estate.declare(
        a=there,
        b={**there, "base_url": "https://openrouter.ai/api/v1"},
        c={"model_provider": "bedrock", "bedrock_region": "eu-central-1", "bedrock_auth_mode": "credentials_chain"},
    )
    plan = estate.plan()
    assert warnings(plan) == [
        ("plan.base-url-kept", "t/Model/a goes to openrouter and keeps the base_url https://api.openai.com/v1")
    ]
    estate.apply()


@pytest.mark.parametrize(
    ("model", "default", "said"),
    [
        ({}, {"visual": ref("a")}, "t/DefaultModel/visual: `visual` takes a model with vision among its abilities"),
        ({}, {"video": 1}, "t/DefaultModel/video: `video` takes a model of the category video"),
        ({"category": "video"}, {"video": ref("a")}, None),
        (CHAT, {"visual": ref("a")}, None),
        ({}, {"general": 1}, None),
        ({}, {"general": 99}, None),
    ],
)
def test_a_default_that_would_not_fit_is_refused_by_the_plan(
    tmp_path: Path, model: Spec, default: Spec, said: str | None
) -> None:
    estate = Estate(tmp_path, Model=[{"model_id": "by-hand"}])
    estate.declare(a=model, defaults=default)
    errors = [d for d in estate.plan().diagnostics if d.severity == "error"]
    if said is None:
        assert errors == []
    else:
        assert [d.code for d in errors] == ["guard.default"]
        assert said in errors[0].summary


def test_abilities_that_nobody_declares_count_as_they_are(tmp_path: Path) -> None:
    estate = Estate(tmp_path, Model=[{"model_id": "a", "model_name": "gpt-4o", **CHAT}])
    estate.declare("a", defaults={"visual": ref("a")})
    estate.apply()
    assert estate.default("visual") == "a"
    estate.ask("PUT", f"{MODELS}/by-id/a", {"abilities": ["chat"]})
    estate.declare("a", defaults={"visual": ref("a"), "compact": ref("a")})
    assert estate.plan().diagnostics == ()  # a default that is set stays as it is
    estate.declare("a", b={"model_name": "x"}, defaults={"visual": ref("b")})
    assert [d.code for d in estate.plan().diagnostics] == ["guard.default"]


# --- keys -----------------------------------------------------------------------------------------


def test_a_key_is_sent_when_it_changes_and_never_shown(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "first-canary")
    declared = {"api_key": {"env": "KEY"}}
    estate.declare(a=declared)
    estate.apply()
    monkeypatch.setenv("KEY", "second-canary")
    (operation,) = estate.plan().operations
    assert (operation.reason, [change.path for change in operation.changes]) == ("a secret changed", ["api_key"])
    assert "canary" not in repr(operation)
    estate.apply()
    assert [row["api_key"] for row in estate.sandbox.store.table("xagent.models").all()] == ["second-canary"]
    estate.declare("a")  # it cannot be cleared: nobody manages it any more
    estate.apply()
    assert estate.writes == []
    kept = [path for path in estate.folder.rglob("*") if path.is_file() and b"canary" in path.read_bytes()]
    assert kept == []
