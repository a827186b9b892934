"""Model configs and restricted models of LaunchDarkly, in whole runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.model import Body

from .launchdarkly_project import BOT, CONFIGS, MODEL, MODELS, actions, ends, find, needs, opened, play, told
from .sandboxes import Place

CONFIG = ("AIConfig", "bot", BOT)
MADE = ("ModelConfig", "m", MODEL)
BESIDE = ("Tool", "beside", {"schema": {}})
GPT, SONNET, HAIKU = "OpenAI.gpt-4o", "Anthropic.claude-sonnet-4-5", "Bedrock.anthropic.claude-haiku-4-5-20251001-v1:0"
MEMBER = "60b1f5d0c1d5a90a1f0e4c12"


def _variation(config_key: Any, name: str = "v", **fields: Any) -> tuple[str, str, Body]:
    return ("Variation", name, {"config": {"ref": "bot"}, "name": name, "modelConfigKey": config_key, **fields})


def _restricted(*keys: Any, **fields: Any) -> tuple[str, str, Body]:
    return ("RestrictedModels", "r", {"keys": list(keys), **fields})


# --- model configs --------------------------------------------------------------------------------


@pytest.mark.parametrize(("dialect", "action"), [("v25", "update"), ("v23", "replace")])
def test_a_model_config_is_changed_in_place_where_the_server_can(tmp_path: Path, dialect: str, action: str) -> None:
    with opened(tmp_path, dialect) as project:
        project.declare(MADE, BESIDE)
        project.apply()
        project.sent()
        assert actions(project.plan()) == {}
        assert not [line for line in project.sent() if "/versions" in line]
        project.declare(("ModelConfig", "m", {**MODEL, "name": "Other"}), BESIDE)
        plan = project.plan()
        assert actions(plan) == {"ModelConfig/m": action}
        assert [line for line in project.sent() if "/versions" in line] == [f"GET {MODELS}/OpenAI.support/versions"]
        assert ends(project.apply()) == {"ModelConfig/m": "done"}
        assert project.ask("GET", f"{MODELS}/OpenAI.support")["name"] == "Other"
        assert actions(project.plan()) == {}


def test_one_that_nobody_uses_goes_without_a_further_look(tmp_path: Path) -> None:
    with opened(tmp_path) as project:
        project.declare(MADE, BESIDE)
        project.apply()
        project.declare(BESIDE)
        project.sent()
        assert actions(project.plan()) == {"ModelConfig/m": "delete"}
        assert len(project.sent()) == 3
        assert ends(project.apply()) == {"ModelConfig/m": "done"}


def test_what_the_server_can_is_asked_once() -> None:
    async def story(place: Place) -> None:
        await find(place, "ModelConfig")
        assert len(place.sent) == 1
        assert await place.provider.models.can_change()
        assert len(place.sent) == 1
        assert await place.provider.models.can_change()
        assert place.sent == []

    play(story)


@pytest.mark.parametrize("dialect", ["v25", "v23"])
@pytest.mark.parametrize("literal", [True, False])
def test_a_model_config_in_use_is_not_replaced(tmp_path: Path, dialect: str, literal: bool) -> None:
    used = _variation("OpenAI.support" if literal else {"ref": "m"})
    with opened(tmp_path, dialect) as project:
        project.declare(MADE, CONFIG, used)
        project.apply()
        project.declare(("ModelConfig", "m", {**MODEL, "id": "gpt-5"}), CONFIG, used)
        (refusal,) = told(project.plan(), "guard.in-use")
        assert refusal.summary == "here/ModelConfig/m cannot be replaced: 1 variation uses it"
        assert refusal.detail == "bot/v; no model config that is in use is deleted"
        assert "under another name and key" in refusal.hint
        assert not project.apply().confirmed


def test_one_that_others_use_is_not_deleted(tmp_path: Path) -> None:
    """Nobody here declares an AI Config: who uses it is looked up then, and only then."""
    with opened(tmp_path) as project:
        project.declare(MADE, BESIDE)
        project.apply()
        project.ask("POST", CONFIGS, {"key": "theirs", "name": "T"})
        for name in "abcd":
            body = {"key": name, "name": name, "modelConfigKey": "OpenAI.support"}
            project.ask("POST", f"{CONFIGS}/theirs/variations", body)
        project.declare(BESIDE)
        project.sent()
        (refusal,) = told(project.plan(), "guard.in-use")
        assert refusal.detail.startswith("theirs/a, theirs/b, theirs/c and 1 more; ")
        assert f"GET {CONFIGS}" in project.sent()


def test_a_literal_that_leaves_a_model_config_goes_first(tmp_path: Path) -> None:
    with opened(tmp_path) as project:
        project.declare(MADE, CONFIG, _variation("OpenAI.support"))
        project.apply()
        project.declare(CONFIG, _variation(GPT))
        assert needs(project.plan(), "ModelConfig/m") == ["Variation/v"]
        assert ends(project.apply()) == {"ModelConfig/m": "done", "Variation/v": "done"}
        assert actions(project.plan()) == {}


def test_the_name_of_the_model_goes_along_with_another_model_config(tmp_path: Path) -> None:
    """The server fills it in; sent back, it would pin the model that was left."""
    with opened(tmp_path) as project:
        project.declare(CONFIG, _variation(GPT, model={"parameters": {"temperature": 1}}))
        project.apply()
        assert project.variation("bot", "v")["model"]["modelName"] == "gpt-4o"
        project.declare(CONFIG, _variation(SONNET, model={"parameters": {"temperature": 0.5}}))
        assert ends(project.apply()) == {"Variation/v": "done"}
        model = project.variation("bot", "v")["model"]
        assert (model["modelName"], model["parameters"]) == ("claude-sonnet-4-5", {"temperature": 0.5})
        assert actions(project.plan()) == {}
        project.declare(CONFIG, _variation(SONNET, model={"parameters": {"temperature": 0.7}, "modelName": "other"}))
        project.apply()
        assert project.variation("bot", "v")["model"]["modelName"] == "other"
        project.declare(CONFIG, _variation(SONNET, model={"parameters": {"temperature": 0.8}, "modelName": "other"}))
        assert ends(project.apply()) == {"Variation/v": "done"}
        assert project.variation("bot", "v")["model"]["modelName"] == "other"


def test_the_catalog_is_not_ours(tmp_path: Path) -> None:
    with opened(tmp_path) as project:
        project.declare(("ModelConfig", "m", {**MODEL, "key": GPT}), BESIDE)
        plan = project.plan()
        (refusal,) = told(plan, "guard.global")
        assert (
            refusal.summary == f"here/ModelConfig/m cannot be created: {GPT} is in the catalog that every project sees"
        )
        assert not project.apply().confirmed
        assert project.plan(unmanaged=True).unmanaged == ()


def test_who_looks_after_it_is_said_after_the_creation(tmp_path: Path) -> None:
    with opened(tmp_path) as project:
        project.declare(("ModelConfig", "m", {**MODEL, "maintainerId": MEMBER}))
        project.heard()
        assert ends(project.apply()) == {"ModelConfig/m": "done"}
        writes = [asked for asked in project.heard() if asked.body is not None]
        assert [asked.line.split()[0] for asked in writes] == ["POST", "PATCH"]
        assert "maintainerId" not in writes[0].body
        assert writes[1].body == {"maintainerId": MEMBER}
        assert actions(project.plan()) == {}


@pytest.mark.parametrize("before", [False, True])
def test_an_old_server_cannot_say_who_looks_after_it(tmp_path: Path, before: bool) -> None:
    with opened(tmp_path, "v23") as project:
        project.declare(*((MADE,) if before else ()), BESIDE)
        project.apply()
        project.declare(("ModelConfig", "m", {**MODEL, "maintainerId": MEMBER}), BESIDE)
        (refusal,) = told(project.plan(), "guard.maintainer")
        assert refusal.summary == "here/ModelConfig/m: this server cannot say who looks after a model config"
        assert not project.apply().confirmed


# --- restricted models ----------------------------------------------------------------------------


def test_others_keys_stay_and_ours_go_with_the_manifest(tmp_path: Path) -> None:
    with opened(tmp_path, RestrictedModels=[{"keys": [HAIKU]}]) as project:
        project.declare(_restricted(GPT, SONNET), BESIDE)
        assert ends(project.apply())["RestrictedModels/r"] == "done"
        assert set(project.restricted()) == {GPT, HAIKU, SONNET}
        assert actions(project.plan()) == {}
        project.declare(_restricted(SONNET), BESIDE)
        project.heard()
        assert ends(project.apply()) == {"RestrictedModels/r": "done"}
        (write,) = [asked for asked in project.heard() if asked.body is not None]
        assert (write.line, write.body) == (f"DELETE {MODELS}/restricted", {"keys": [GPT]})
        assert set(project.restricted()) == {HAIKU, SONNET}
        assert actions(project.plan()) == {}
        project.declare(BESIDE)
        assert ends(project.apply()) == {"RestrictedModels/r": "done"}
        assert project.restricted() == [HAIKU]


def test_an_authoritative_list_is_all_there_is_and_shows_what_goes(tmp_path: Path) -> None:
    with opened(tmp_path, RestrictedModels=[{"keys": [HAIKU]}]) as project:
        project.declare(_restricted(GPT, mode="authoritative"), BESIDE)
        (operation,) = [op for op in project.plan().operations if op.address.kind == "RestrictedModels"]
        assert {change.path: (change.before, change.after) for change in operation.changes}["keys"] == ([HAIKU], [GPT])
        project.apply()
        assert project.restricted() == [GPT]
        project.ask("POST", f"{MODELS}/restricted", {"keys": [HAIKU]})
        (drift,) = project.plan().drift
        assert (drift.path, sorted(drift.live)) == ("keys", [HAIKU, GPT])
        project.apply()
        assert project.restricted() == [GPT]


def test_a_model_comes_off_the_list_before_a_variation_chooses_it(tmp_path: Path) -> None:
    with opened(tmp_path) as project:
        project.declare(_restricted(GPT), CONFIG, _variation(SONNET))
        project.apply()
        project.declare(_restricted(), CONFIG, _variation(GPT))
        assert needs(project.plan(), "Variation/v") == ["RestrictedModels/r"]
        assert set(ends(project.apply()).values()) == {"done"}
        assert actions(project.plan()) == {}


def test_a_model_goes_on_the_list_after_the_last_variation_has_left_it(tmp_path: Path) -> None:
    with opened(tmp_path) as project:
        project.declare(CONFIG, _variation(GPT), _variation(GPT, "w"))
        project.apply()
        project.declare(_restricted(GPT), CONFIG, _variation(SONNET), _variation(HAIKU, "w"))
        assert needs(project.plan(), "RestrictedModels/r") == ["Variation/v", "Variation/w"]
        assert set(ends(project.apply()).values()) == {"done"}
        assert actions(project.plan()) == {}


def test_both_at_once_is_a_circle(tmp_path: Path) -> None:
    with opened(tmp_path) as project:
        project.declare(_restricted(GPT), CONFIG, _variation(SONNET))
        project.apply()
        project.declare(_restricted(SONNET), CONFIG, _variation(GPT))
        (refusal,) = told(project.plan(), "guard.order")
        assert "here/RestrictedModels/r" in refusal.summary
        assert "--exclude" in refusal.hint
        assert not project.apply().confirmed


def test_a_model_that_others_use_cannot_be_restricted(tmp_path: Path) -> None:
    with opened(tmp_path) as project:
        project.ask("POST", CONFIGS, {"key": "theirs", "name": "T"})
        project.ask("POST", f"{CONFIGS}/theirs/variations", {"key": "a", "name": "a", "modelConfigKey": GPT})
        project.declare(_restricted(GPT, "No.such"), BESIDE)
        plan = project.plan()
        assert [d.summary for d in told(plan, "guard.in-use")] == [f"{GPT} cannot be restricted: 1 variation uses it"]
        assert [d.summary for d in told(plan, "guard.model")] == [
            "No.such cannot be restricted: there is no model config of this key"
        ]


def test_each_key_that_the_server_refuses_is_told(tmp_path: Path) -> None:
    """Somebody chooses it while we work: the others are restricted, and the next plan has the rest."""
    with opened(tmp_path) as project:
        project.declare(_restricted(GPT, SONNET), BESIDE)
        project.ask("POST", CONFIGS, {"key": "theirs", "name": "T"})

        def meanwhile(_: object) -> bool:
            project.ask("POST", f"{CONFIGS}/theirs/variations", {"key": "a", "name": "a", "modelConfigKey": GPT})
            return True

        applied = project.apply(confirm=meanwhile)
        (outcome,) = [o for o in applied.outcomes if o.address.kind == "RestrictedModels"]
        assert outcome.status.value == "failed"
        assert f"not restricted: {GPT} (model config is still in use: {GPT})" in outcome.error
        assert project.restricted() == [SONNET]
        assert [d.code for d in project.plan().diagnostics if d.severity == "error"] == ["guard.in-use"]
        project.declare(_restricted(SONNET), BESIDE)
        assert actions(project.plan()) == {}
        project.apply()
        project.declare(BESIDE)
        project.apply()
        assert project.restricted() == []


def test_a_list_whose_answer_is_lost_is_read_before_anything_more_is_sent(tmp_path: Path) -> None:
    place = f"DELETE /launchdarkly/api/v2/projects/default{MODELS}/restricted"
    with opened(tmp_path) as project:
        for fault, end in (("reset-after", "done"), ("reset-before", "unknown")):
            project.declare(_restricted(GPT), BESIDE)
            project.apply()
            project.declare(_restricted(SONNET), BESIDE)
            project.sandbox.faults.set({"fault": f"{fault}:{place}", "times": 1})
            assert ends(project.apply()) == {"RestrictedModels/r": end}
            project.sandbox.faults.clear()
            project.apply()
            assert project.restricted() == [SONNET]
            assert actions(project.plan()) == {}


def test_one_that_is_made_and_has_nobody_yet_is_finished_by_the_next_run(tmp_path: Path) -> None:
    with opened(tmp_path) as project:
        project.declare(("ModelConfig", "m", {**MODEL, "maintainerId": "nobody"}))
        (outcome,) = project.apply().outcomes
        assert outcome.status.value == "failed"
        assert "maintainerId: there is no nobody; the ModelConfig itself was stored" in outcome.error
        project.declare(("ModelConfig", "m", {**MODEL, "maintainerId": MEMBER}))
        assert actions(project.plan()) == {"ModelConfig/m": "update"}
        assert ends(project.apply()) == {"ModelConfig/m": "done"}
        assert actions(project.plan()) == {}
