"""Whole runs against a project of LaunchDarkly: what they ask, in which order they go, what is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model import Body

from .launchdarkly_project import BOT, CONFIGS, MODEL, MODELS, actions, ends, needs, opened, told

CONFIG = ("AIConfig", "bot", BOT)
MADE = ("ModelConfig", "m", MODEL)
GPT, SONNET = "OpenAI.gpt-4o", "Anthropic.claude-sonnet-4-5"


def _variation(name: str = "v", **fields: object) -> tuple[str, str, Body]:
    return ("Variation", name, {"config": {"ref": "bot"}, "name": name, **fields})


def _targeting(**fields: object) -> tuple[str, str, Body]:
    return ("Targeting", "t", {"config": {"ref": "bot"}, "environment": "test", **fields})


def _restricted(*keys: object, **fields: object) -> tuple[str, str, Body]:
    return ("RestrictedModels", "r", {"keys": list(keys), **fields})


def _graph(**fields: object) -> tuple[str, str, Body]:
    return ("AgentGraph", "g", {"name": "G", **fields})


EDGES: Body = {
    "rootConfigKey": {"ref": "bot"},
    "edges": [{"key": "e", "sourceConfig": {"ref": "bot"}, "targetConfig": {"ref": "bot"}}],
}


def test_a_plan_asks_for_lists_and_for_what_they_leave_out(tmp_path: Path) -> None:
    with opened(tmp_path) as project:
        project.declare(
            *(CONFIG, MADE, _variation(), _variation("w"), _targeting(offVariation={"ref": "v"})),
            ("Targeting", "p", {"config": {"ref": "bot"}, "environment": "production"}),
            *(("Tool", "a", {"schema": {}}), ("Tool", "b", {"schema": {}})),
            ("PromptSnippet", "s", {"name": "S", "text": "x"}),
            ("Skill", "k", {"name": "K", "markdown": "x"}),
            _restricted(SONNET),
            _graph(**EDGES),
            ("AgentGraph", "name-only", {"name": "N"}),
            ("Optimization", "o", {"aiConfigKey": {"ref": "bot"}, "maxAttempts": 1, "judgeModel": "x"}),
        )
        project.apply()
        project.sent()
        assert actions(project.plan()) == {}
        assert sorted(project.sent()) == [
            "GET /agent-graphs",
            "GET /agent-graphs/g",
            "GET /agent-optimizations",
            f"GET {CONFIGS}",
            f"GET {CONFIGS}/bot/targeting",
            f"GET {MODELS}",
            f"GET {MODELS}",
            f"GET {CONFIGS}/prompt-snippets",
            f"GET {CONFIGS}/skills",
            "GET /ai-tools",
            "GET /launchdarkly/api/v2/caller-identity",
        ]


def test_every_request_carries_one_version_and_the_bare_token(tmp_path: Path) -> None:
    with opened(tmp_path) as project:
        project.declare(CONFIG, _variation(), _targeting(fallthrough={"variation": {"ref": "v"}}), _graph(**EDGES))
        project.apply()
        for asked in project.heard():
            is_beta = "/agent-graphs" in asked.line
            assert asked.headers["ld-api-version"] == ("beta" if is_beta else "20240415"), asked.line
            assert asked.headers["authorization"] == "sandbox"
            semantic = "semanticpatch" in asked.headers.get("content-type", "")
            assert semantic is (asked.line.startswith("PATCH") and asked.line.endswith("/targeting"))


# --- configs and what is in them ------------------------------------------------------------------


def test_a_config_that_is_replaced_takes_its_variations_and_targeting_along(tmp_path: Path) -> None:
    parts = (_variation(), _variation("w"), _targeting(fallthrough={"variation": {"ref": "v"}}))
    with opened(tmp_path) as project:
        project.declare(CONFIG, *parts)
        project.apply()
        project.declare(("AIConfig", "bot", {**BOT, "mode": "completion"}), *parts)
        plan = project.plan(deletes=9)
        assert set(actions(plan).values()) == {"replace"}
        assert [op.reason for op in plan.operations][1:] == ["AIConfig/bot is replaced, and takes it along"] * 3
        assert set(ends(project.apply(deletes=9)).values()) == {"done"}
        assert project.config("bot")["mode"] == "completion"
        assert project.served("bot", "test")["fallthrough"] == "v"
        assert actions(project.plan()) == {}


def test_a_config_is_renamed_with_all_that_is_in_it(tmp_path: Path) -> None:
    parts = (_variation(), _targeting(fallthrough={"variation": {"ref": "v"}}))
    with opened(tmp_path) as project:
        project.declare(CONFIG, *parts)
        project.apply()
        project.declare(("AIConfig", "bot", {**BOT, "key": "robot"}), *parts)
        assert set(ends(project.apply(deletes=9)).values()) == {"done"}
        assert project.served("robot", "test")["fallthrough"] == "v"
        assert [row["key"] for row in project.ask("GET", CONFIGS)["items"]] == ["robot"]
        assert actions(project.plan()) == {}


@pytest.mark.parametrize("mode", ["agent", "completion"])
def test_what_others_made_in_a_config_is_not_taken_along(tmp_path: Path, mode: str) -> None:
    with opened(tmp_path) as project:
        project.declare(CONFIG, _variation(), ("Tool", "beside", {"schema": {}}))
        project.apply()
        project.ask("POST", f"{CONFIGS}/bot/variations", {"key": "theirs", "name": "Theirs"})
        gone = ("Tool", "beside", {"schema": {}})
        project.declare(
            *((gone,) if mode == "agent" else (("AIConfig", "bot", {**BOT, "mode": mode}), _variation(), gone))
        )
        (refusal,) = told(project.plan(deletes=9), "guard.contents")
        assert refusal.summary == "here/AIConfig/bot holds 1 variation that no manifest declares"
        assert "theirs" in refusal.detail
        assert not project.apply(deletes=9).confirmed


def test_the_last_variation_goes_with_its_config_alone(tmp_path: Path) -> None:
    with opened(tmp_path) as project:
        project.declare(CONFIG, _variation())
        project.apply()
        project.declare(CONFIG)
        (refusal,) = told(project.plan(), "guard.last-variation")
        assert refusal.summary == "here/Variation/v is the last variation of bot, which stays"
        project.declare(CONFIG, _variation("w"))
        assert needs(project.plan(), "Variation/v") == ["Variation/w"]
        assert ends(project.apply()) == {"Variation/v": "done", "Variation/w": "done"}
        project.declare(("Tool", "beside", {"schema": {}}))
        project.sent()
        assert ends(project.apply(deletes=9)) == {"AIConfig/bot": "done", "Tool/beside": "done", "Variation/w": "done"}
        assert [line for line in project.sent() if line.startswith("DELETE")] == [f"DELETE {CONFIGS}/bot"] * 2
        assert actions(project.plan()) == {}
        assert set(project.entries()) == {"Tool/beside"}


def test_a_variation_whose_config_is_kept_after_all_is_not_forgotten(tmp_path: Path) -> None:
    with opened(tmp_path) as project:
        project.declare(CONFIG, _variation(), ("Tool", "beside", {"schema": {}}))
        project.apply()
        project.declare(("Tool", "beside", {"schema": {}}))
        project.sandbox.faults.set(
            {"fault": "500:DELETE /launchdarkly/api/v2/projects/default/ai-configs/bot", "times": None}
        )
        found = ends(project.apply(deletes=9))
        assert (found["AIConfig/bot"], found["Variation/v"]) == ("unknown", "diverged")
        project.sandbox.faults.clear()
        assert set(project.entries()) == {"AIConfig/bot", "Tool/beside", "Variation/v"}
        assert set(ends(project.apply(deletes=9)).values()) == {"done"}
        assert set(project.entries()) == {"Tool/beside"}


def test_a_new_key_of_a_variation_is_made_first(tmp_path: Path) -> None:
    with opened(tmp_path) as project:
        project.declare(CONFIG, _variation())
        project.apply()
        project.declare(CONFIG, _variation(key="other"))
        assert actions(project.plan()) == {"Variation/v": "replace"}
        assert ends(project.apply()) == {"Variation/v": "done"}
        assert [row["key"] for row in project.config("bot")["variations"]] == ["other"]
        assert actions(project.plan()) == {}


def test_what_is_served_is_not_deleted_before_targeting_has_left_it(tmp_path: Path) -> None:
    serving = _targeting(fallthrough={"variation": {"ref": "v"}})
    with opened(tmp_path) as project:
        project.declare(CONFIG, _variation(), _variation("w"), serving)
        project.apply()
        project.declare(CONFIG, _variation("w"), _targeting(offVariation="disabled"))
        assert needs(project.plan(), "Variation/v") == ["Targeting/t"]
        project.declare(CONFIG, _variation(key="other"), _variation("w"), serving)
        (refusal,) = told(project.plan(), "guard.in-use")
        assert refusal.summary == "here/Variation/v cannot be replaced: it is served in test"
        assert "a manifest of its own" in refusal.hint
        project.declare(CONFIG, _variation("w"), _targeting(fallthrough={"variation": {"ref": "w"}}))
        assert set(ends(project.apply()).values()) == {"done"}
        assert actions(project.plan()) == {}


def test_what_somebody_serves_by_hand_is_not_deleted(tmp_path: Path) -> None:
    with opened(tmp_path) as project:
        project.declare(CONFIG, _variation(), _variation("w"))
        project.apply()
        shown = project.ask("GET", f"{CONFIGS}/bot/targeting")
        patch = {
            "environmentKey": "production",
            "instructions": [{"kind": "updateOffVariation", "variationId": shown["variations"][1]["_id"]}],
        }
        project.ask(
            "PATCH",
            f"{CONFIGS}/bot/targeting",
            patch,
            content_type="application/json; domain-model=launchdarkly.semanticpatch",
        )
        project.declare(CONFIG, _variation("w"))
        (refusal,) = told(project.plan(), "guard.in-use")
        assert refusal.summary == "here/Variation/v cannot be deleted: it is served in production"


def test_a_default_variation_waits_for_the_variation(tmp_path: Path) -> None:
    meant = ("AIConfig", "bot", {**BOT, "defaultVariationKey": "v"})
    with opened(tmp_path) as project:
        project.declare(meant, _variation())
        (refusal,) = told(project.plan(), "guard.default-variation")
        assert "names v, which is not there before the AI Config is" in refusal.summary
        project.declare(CONFIG, _variation())
        project.apply()
        project.declare(meant, _variation())
        project.heard()
        assert ends(project.apply()) == {"AIConfig/bot": "done"}
        assert [asked.body for asked in project.heard() if asked.body] == [{"defaultVariationKey": "v"}]
        assert actions(project.plan()) == {}


def test_views_are_taken_at_first_and_never_later(tmp_path: Path) -> None:
    with opened(tmp_path) as project:
        project.declare(("AIConfig", "bot", {**BOT, "viewKeys": ["a"]}))
        project.heard()
        project.apply()
        assert [asked.body["viewKeys"] for asked in project.heard() if asked.line.startswith("POST")] == [["a"]]
        project.declare(("AIConfig", "bot", {**BOT, "viewKeys": ["b"]}))
        (warning,) = told(project.plan(), "lint.view-keys")
        assert "changes nothing in LaunchDarkly" in warning.detail
        project.sent()
        assert ends(project.apply()) == {"AIConfig/bot": "done"}
        assert {line.split()[0] for line in project.sent()} == {"GET"}
        assert actions(project.plan()) == {}


# --- graphs ---------------------------------------------------------------------------------------


def test_a_graph_without_edges_is_another_graph(tmp_path: Path) -> None:
    with opened(tmp_path) as project:
        project.declare(CONFIG, _graph(**EDGES))
        project.apply()
        project.declare(CONFIG, _graph())
        assert actions(project.plan()) == {"AgentGraph/g": "replace"}
        assert ends(project.apply()) == {"AgentGraph/g": "done"}
        assert "edges" not in project.ask("GET", "/agent-graphs/g", LD_API_Version="beta")
        assert actions(project.plan()) == {}


def test_a_node_of_a_graph_does_not_go_before_the_graph(tmp_path: Path) -> None:
    with opened(tmp_path) as project:
        project.declare(CONFIG, ("AIConfig", "other", {"name": "O", "mode": "agent"}), _graph(**EDGES))
        project.apply()
        project.declare(("AIConfig", "bot", {**BOT, "mode": "completion"}), _graph(**EDGES))
        assert [d.summary for d in told(project.plan(deletes=9), "guard.in-use")] == [
            "here/AIConfig/bot cannot be replaced: 1 agent graph has it as a node"
        ]
        project.declare(("AIConfig", "other", {"name": "O", "mode": "agent"}))
        assert needs(project.plan(deletes=9), "AIConfig/bot") == ["AgentGraph/g"]
        assert set(ends(project.apply(deletes=9)).values()) == {"done"}


def test_a_node_of_a_graph_that_nobody_declares_stays(tmp_path: Path) -> None:
    with opened(tmp_path) as project:
        project.declare(CONFIG, ("AIConfig", "other", {"name": "O", "mode": "agent"}))
        project.apply()
        edge = {"key": "e", "sourceConfig": "bot", "targetConfig": "other"}
        project.ask(
            "POST",
            "/agent-graphs",
            {"key": "x", "name": "X", "rootConfigKey": "bot", "edges": [edge]},
            LD_API_Version="beta",
        )
        project.declare(("AIConfig", "other", {"name": "O", "mode": "agent"}))
        (refusal,) = told(project.plan(), "guard.in-use")
        assert (refusal.detail, refusal.hint) == ("x", "take it out of them, in the same run")


def test_all_of_it_goes_in_one_run(tmp_path: Path) -> None:
    with opened(tmp_path) as project:
        project.declare(
            *(MADE, _restricted(SONNET), CONFIG, _targeting(offVariation={"ref": "v"}), _graph(**EDGES)),
            ("Tool", "up", {"schema": {}}),
            ("PromptSnippet", "s", {"name": "S", "text": "x"}),
            _variation(
                modelConfigKey={"ref": "m"},
                instructions="{{snippet.s}}",
                tools=[{"key": {"ref": "up"}, "version": {"ref": "up"}}],
            ),
        )
        project.apply()
        assert set(ends(project.apply(destroy=True, deletes=99)).values()) == {"done"}
        assert project.entries() == {}
        assert project.restricted() == []
        for path in (CONFIGS, "/ai-tools", f"{CONFIGS}/prompt-snippets"):
            assert project.ask("GET", path)["items"] == []
