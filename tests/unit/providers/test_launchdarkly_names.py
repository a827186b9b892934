"""What a plan of LaunchDarkly names by key: what leaves in the same run, and what cannot be named or put away."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model import Body

from .launchdarkly_project import BOT, CONFIGS, MODEL, MODELS, actions, ends, needs, opened, told

CONFIG = ("AIConfig", "bot", BOT)
BESIDE = ("Skill", "beside", {"name": "B", "markdown": "x"})
GPT = "OpenAI.gpt-4o"
LIBRARY = {
    "ModelConfig": ("ModelConfig", "m", MODEL),
    "PromptSnippet": ("PromptSnippet", "s", {"name": "S", "text": "x"}),
    "Skill": ("Skill", "k", {"name": "K", "markdown": "x"}),
    "Tool": ("Tool", "up", {"schema": {}}),
}
NAMING: dict[str, Body] = {
    "ModelConfig": {"modelConfigKey": MODEL["key"]},
    "PromptSnippet": {"instructions": "{{snippet.s#1}}"},
    "Skill": {"skills": [{"key": "k", "version": 1}]},
    "Tool": {"tools": [{"key": "up", "version": 1}]},
}


def _variation(name: str = "v", **fields: object) -> tuple[str, str, Body]:
    return ("Variation", name, {"config": {"ref": "bot"}, "name": name, **fields})


@pytest.mark.parametrize("kind", LIBRARY)
@pytest.mark.parametrize("name", ["v", "w"])
def test_what_is_named_from_now_on_does_not_leave(tmp_path: Path, kind: str, name: str) -> None:
    with opened(tmp_path) as project:
        project.declare(CONFIG, _variation(), BESIDE, LIBRARY[kind])
        project.apply()
        others = () if name == "v" else (_variation(),)
        project.declare(CONFIG, *others, _variation(name, **NAMING[kind]), BESIDE)
        (refusal,) = told(project.plan(), "guard.in-use")
        assert refusal.summary.endswith(f"cannot be deleted: here/Variation/{name} names it")
        assert refusal.address is not None
        assert refusal.address.kind == kind
        assert not project.apply().confirmed


@pytest.mark.parametrize("kind", LIBRARY)
def test_what_somebody_else_named_is_in_use_though_its_user_changes(tmp_path: Path, kind: str) -> None:
    """The manifest of the variation does not say what it uses, so it goes on using it."""
    with opened(tmp_path) as project:
        project.declare(CONFIG, _variation(), BESIDE, LIBRARY[kind])
        project.apply()
        project.ask("PATCH", f"{CONFIGS}/bot/variations/v", NAMING[kind])
        project.declare(CONFIG, ("Variation", "v", {"config": {"ref": "bot"}, "name": "Other"}), BESIDE)
        plan = project.plan()
        assert actions(plan)["Variation/v"] == "update"
        assert [d.summary.partition(": ")[2] for d in told(plan, "guard.in-use")] == ["1 variation uses it"]


def test_a_config_does_not_leave_while_others_begin_to_name_what_is_in_it(tmp_path: Path) -> None:
    graph: Body = {
        "name": "G",
        "rootConfigKey": "bot",
        "edges": [{"key": "e", "sourceConfig": "bot", "targetConfig": {"ref": "other"}}],
    }
    optimization: Body = {"aiConfigKey": "bot", "maxAttempts": 1, "judgeModel": "x", "variationKey": "v"}
    other = ("AIConfig", "other", {"name": "O", "mode": "agent"})
    with opened(tmp_path) as project:
        project.declare(CONFIG, _variation(), other, BESIDE)
        project.apply()
        project.declare(other, ("AgentGraph", "g", graph), ("Optimization", "o", optimization), BESIDE)
        found = told(project.plan(deletes=9), "guard.in-use")
        assert [(d.summary, d.detail) for d in found] == [
            ("here/AIConfig/bot cannot be deleted: here/AgentGraph/g names it", "rootConfigKey: bot"),
            ("here/Variation/v cannot be deleted: here/Optimization/o names it", "variationKey: bot/v"),
        ]


@pytest.mark.parametrize(
    ("key", "code", "said"), [("No.such", "guard.model", "not there"), (GPT, "guard.restricted", "restricted")]
)
def test_a_model_that_cannot_be_chosen_is_refused_by_the_plan(tmp_path: Path, key: str, code: str, said: str) -> None:
    with opened(tmp_path, RestrictedModels=[{"keys": [GPT]}]) as project:
        project.declare(CONFIG, _variation(), BESIDE)
        project.apply()
        for manifests in ((_variation(modelConfigKey=key),), (_variation(), _variation("w", modelConfigKey=key))):
            project.declare(CONFIG, *manifests, BESIDE)
            (refusal,) = told(project.plan(), code)
            name = manifests[-1][1]
            assert refusal.summary == f"here/Variation/{name} names the model config {key}, which is {said}"
            assert not project.apply().confirmed
        project.ask("DELETE", f"{MODELS}/restricted", {"keys": [GPT]})
        project.declare(CONFIG, _variation(modelConfigKey=GPT), BESIDE)
        assert ends(project.apply()) == {"Variation/v": "done"}


def test_the_only_variation_is_not_put_away(tmp_path: Path) -> None:
    archived = _variation(state="archived")
    with opened(tmp_path) as project:
        for before in ((BESIDE,), (CONFIG, _variation(), BESIDE), (CONFIG, _variation(), _variation("w"), BESIDE)):
            project.declare(*before)
            project.apply()
            project.declare(CONFIG, archived, BESIDE)
            (refusal,) = told(project.plan(), "guard.last-variation")
            assert refusal.summary == "here/Variation/v cannot be archived: it is the only variation of bot"
        project.declare(CONFIG, archived, _variation("w"), BESIDE)
        assert ends(project.apply()) == {"Variation/v": "done"}
        project.declare(CONFIG, archived, _variation("x"), BESIDE)
        assert set(ends(project.apply()).values()) == {"done"}
        assert actions(project.plan()) == {}


@pytest.mark.parametrize("field", ["keys", "judgeModel"])
def test_what_a_manifest_names_by_key_does_not_leave_though_that_manifest_stays_as_it_is(
    tmp_path: Path, field: str
) -> None:
    optimization: Body = {"aiConfigKey": {"ref": "bot"}, "maxAttempts": 1, "judgeModel": MODEL["key"]}
    naming = {
        "keys": ("RestrictedModels", "r", {"keys": [MODEL["key"]]}),
        "judgeModel": ("Optimization", "r", optimization),
    }
    with opened(tmp_path) as project:
        project.declare(LIBRARY["ModelConfig"], CONFIG, BESIDE)
        project.apply()
        project.declare(LIBRARY["ModelConfig"], CONFIG, BESIDE, naming[field])
        assert set(ends(project.apply()).values()) == {"done"}
        project.declare(CONFIG, BESIDE, naming[field])
        (refusal,) = told(project.plan(), "guard.in-use")
        assert refusal.summary.endswith(f"{naming[field][0]}/r names it")


@pytest.mark.parametrize("dialect", ["v25", "v23"])
@pytest.mark.parametrize("by_hand", [True, False])
def test_a_restricted_model_is_not_made_anew(tmp_path: Path, dialect: str, by_hand: bool) -> None:
    listed = ("RestrictedModels", "r", {"keys": [{"ref": "m"}]})
    changed: Body = {**MODEL, "icon": "other"} if dialect == "v25" else {**MODEL, "name": "Other"}
    with opened(tmp_path, dialect) as project:
        project.declare(LIBRARY["ModelConfig"], BESIDE, *(() if by_hand else (listed,)))
        project.apply()
        if by_hand:
            project.ask("POST", f"{MODELS}/restricted", {"keys": [MODEL["key"]]})
        project.declare(("ModelConfig", "m", changed), BESIDE, *(() if by_hand else (listed,)))
        (refusal,) = told(project.plan(), "guard.restricted")
        assert refusal.summary == "here/ModelConfig/m cannot be replaced: it is restricted"
        assert not project.apply().confirmed
        if not by_hand:
            for manifests in (("ModelConfig", "m", changed),), (("ModelConfig", "m", changed), listed):
                project.declare(*manifests, BESIDE)
                assert set(ends(project.apply(deletes=9)).values()) == {"done"}
                assert actions(project.plan()) == {}


JUDGE = ("AIConfig", "judge", {"name": "J", "mode": "judge", "evaluationMetricKey": "$ld:ai:judge:tone"})
JUDGED: Body = {"judgeConfiguration": {"judges": [{"judgeConfigKey": "judge", "samplingRate": 1}]}}


def test_a_judge_goes_after_what_it_judges_and_not_before(tmp_path: Path) -> None:
    with opened(tmp_path) as project:
        project.declare(CONFIG, _variation(**JUDGED), JUDGE, BESIDE)
        project.apply()
        project.declare(CONFIG, _variation(**JUDGED), BESIDE)
        (refusal,) = told(project.plan(), "guard.in-use")
        assert refusal.summary == "here/AIConfig/judge cannot be deleted: 1 variation uses it"
        project.declare(BESIDE)
        assert "AIConfig/bot" in needs(project.plan(deletes=9), "AIConfig/judge")
        assert set(ends(project.apply(deletes=9)).values()) == {"done"}
        assert actions(project.plan()) == {}


def test_targeting_follows_what_it_serves_though_it_is_written_out_and_a_graph_follows_it(tmp_path: Path) -> None:
    edge = {"key": "e", "sourceConfig": {"ref": "bot"}, "targetConfig": {"ref": "bot"}}
    with opened(tmp_path) as project:
        project.declare(
            CONFIG,
            _variation(),
            ("Targeting", "t", {"config": {"ref": "bot"}, "environment": "test", "fallthrough": {"variation": "v"}}),
            ("AgentGraph", "g", {"name": "G", "rootConfigKey": {"ref": "bot"}, "edges": [edge]}),
        )
        plan = project.plan()
        assert needs(plan, "Targeting/t") == ["AIConfig/bot", "Variation/v"]
        assert needs(plan, "AgentGraph/g") == ["AIConfig/bot", "Targeting/t"]
        assert set(ends(project.apply()).values()) == {"done"}
        assert actions(project.plan()) == {}
