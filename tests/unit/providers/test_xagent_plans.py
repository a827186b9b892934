"""What Xagent's own rules make of a plan: the order of moves, refusals, and what other accounts lose.

Played through the engine on a sandbox in the same process, on SQLite and on PostgreSQL where they differ.
"""

from __future__ import annotations

import asyncio
import json
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler import engine, providers, settings
from reconciler.model import Consent, Plan, Request, Status
from tests.unit.sandbox.xagent_asking import DEFAULTS, MODELS, Xagent

from .xagent_place import BOTH, MODEL, PEOPLE

Spec = dict[str, Any]
ANY = Request(consent=Consent(adopt=True, deletes=99, updates=99))
CHAT = {"abilities": ["chat", "vision"]}


class Estate(Xagent):
    """A folder with manifests for one Xagent server, and the people on it."""

    def __init__(self, folder: Path, dialect: str = "0.8.4", user: str = "admin", **seeds: Any) -> None:
        super().__init__(dialect, seeds={"xagent": {**PEOPLE, **seeds}})
        self.folder = folder
        (folder / "manifests").mkdir()
        auth = {"login": {"username": user, "password": {"env": "SANDBOX_TOKEN"}}}
        target = {"system": "xagent", "url": "http://127.0.0.1:1/xagent", "auth": auth}
        (folder / "reconciler.yaml").write_text(json.dumps({"apiVersion": "reconciler/v1", "targets": {"t": target}}))

    @property
    def _run(self) -> dict[str, Any]:
        connect = partial(providers.connect, transport=httpx.ASGITransport(self.sandbox))
        return {"settings": settings.load(self.folder / "reconciler.yaml"), "connect": connect}

    def declare(self, *models: str, defaults: Spec | None = None, **specs: Spec) -> None:
        """Write the manifests anew: models by name, with what they have beyond the smallest spec, and defaults."""
        documents = [
            _document("Model", name, {**MODEL, **specs.get(name, {})}) for name in dict.fromkeys([*models, *specs])
        ]
        documents += [_document("DefaultModel", name, {"model_id": to}) for name, to in (defaults or {}).items()]
        (self.folder / "manifests" / "all.yaml").write_text("\n---\n".join(map(json.dumps, documents)))

    def plan(self, request: Request = ANY) -> Plan:
        self.sandbox.requests.clear()
        return asyncio.run(engine.make_plan(request=request, **self._run))

    def apply(self, request: Request = ANY) -> engine.Applied:
        """Apply, all of which must be done, and plan again, which must find nothing to do."""
        self.sandbox.requests.clear()
        applied = asyncio.run(engine.apply_plan(request=request, **self._run))
        self.asked = [f"{seen.method} {seen.path.removeprefix('/xagent/api')}" for seen in self.sandbox.requests]
        assert applied.confirmed, applied.plan.diagnostics
        assert {outcome.status for outcome in applied.outcomes} <= {Status.DONE}, applied.outcomes
        assert self.plan(request).operations == ()
        return applied

    def refusal(self) -> Any:
        """Give the one refusal of the plan; nothing is written."""
        before = self.ask("GET", MODELS + "/?limit=1000")
        plan = self.plan()
        (found,) = [d for d in plan.diagnostics if d.severity == "error"]
        applied = asyncio.run(engine.apply_plan(request=ANY, **self._run))
        assert not applied.confirmed
        assert self.ask("GET", MODELS + "/?limit=1000") == before
        return found

    def set_default(self, config_type: str, model_id: str, token: str = "sandbox") -> None:
        number = self.ask("GET", f"{MODELS}/by-id/{model_id}", token=token)["id"]
        self.ask("POST", DEFAULTS, {"config_type": config_type, "model_id": number}, token)

    def default(self, config_type: str) -> str | None:
        """Give the model_id of the admin's default."""
        held = self.ask("GET", f"{DEFAULTS}/{config_type}")
        return None if held is None else self.ask("GET", f"{MODELS}/by-id/{held['model_id']}")["model_id"]

    @property
    def writes(self) -> list[str]:
        """What the last apply wrote."""
        return [line for line in self.asked if not line.startswith("GET") and "login" not in line]


def _document(kind: str, name: str, spec: Spec) -> Spec:
    return {"apiVersion": "xagent/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def ref(name: str) -> Spec:
    return {"ref": f"Model/{name}"}


def needs(plan: Plan) -> dict[str, list[str]]:
    """Give what each operation waits for, by name."""
    return {op.address.name: [need.name for need in op.needs] for op in plan.operations}


def warnings(plan: Plan) -> list[tuple[str, str]]:
    return [(d.code, d.summary) for d in plan.diagnostics if d.severity == "warning"]


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


# --- the account's own defaults -------------------------------------------------------------------


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
        _document("Model", "a", {**MODEL, "model_id": "renamed"}),
        _document("DefaultModel", "general", {"config_type": "compact", "model_id": ref("a")}),
    ]
    (estate.folder / "manifests" / "all.yaml").write_text("\n---\n".join(map(json.dumps, documents)))
    estate.apply()
    assert (estate.default("general"), estate.default("compact")) == (None, "renamed")


@pytest.mark.parametrize(
    ("then", "said"),
    [
        ({}, "the server refuses to delete it"),
        ({"a": {"model_id": "renamed"}}, "the server refuses to delete it"),
        ({"a": {"share_with_users": False}}, "the server refuses to un-share it"),
        ({"a": {"share_with_users": True, "abilities": ["chat"]}}, "un-share it for a moment"),
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
        ({"category": "video", "abilities": None}, {"video": ref("a")}, "`video` takes a model with generate"),
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
