"""What pins a version of something else follows it in the same plan, and the next plan is empty."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.model import Body, Plan

from .launchdarkly_project import BOT, MODEL, Project, actions, ends, needs, opened, told

TOOL = {"schema": {"type": "object"}, "description": "Finds."}
SKILL = {"name": "Refunds", "markdown": "Ask."}
SNIPPET = {"name": "Voice", "text": "Be brief."}
BRIEF = {"tools": [{"key": {"ref": "up"}, "version": {"ref": "up"}}]}

PINS: dict[str, tuple[str, Body, Body, Body, Any]] = {
    "a tool": ("Tool", TOOL, {"description": "Looks."}, BRIEF, lambda v: v["tools"][0]["version"]),
    "a skill": (
        "Skill",
        SKILL,
        {"markdown": "Ask first."},
        {"skills": [{"key": {"ref": "up"}, "version": {"ref": "up"}}]},
        lambda v: v["skills"][0]["version"],
    ),
    "a model config": (
        "ModelConfig",
        MODEL,
        {"params": {"temperature": 0.2}},
        {"modelConfigKey": {"ref": "up"}, "modelConfigVersion": {"ref": "up"}},
        lambda v: v["modelConfigVersion"],
    ),
    "a snippet in instructions": (
        "PromptSnippet",
        SNIPPET,
        {"text": "Be kind."},
        {"instructions": "Help. {{snippet.up}}"},
        lambda v: int(v["instructions"].removeprefix("Help. {{snippet.up#").removesuffix("}}")),
    ),
    "a snippet in a message": (
        "PromptSnippet",
        SNIPPET,
        {"text": "Be kind."},
        {"messages": [{"role": "system", "content": "{{snippet.up}}"}]},
        lambda v: int(v["messages"][0]["content"].removeprefix("{{snippet.up#").removesuffix("}}")),
    ),
}


def _declare(project: Project, kind: str, up: Body, down: Body) -> None:
    project.declare(
        (kind, "up", up),
        ("AIConfig", "bot", BOT),
        ("Variation", "v", {"config": {"ref": "bot"}, "name": "V", **down}),
    )


def _reasons(plan: Plan) -> dict[str, str]:
    return {f"{op.address.kind}/{op.address.name}": op.reason for op in plan.operations}


@pytest.mark.parametrize(("kind", "up", "changed", "down", "pinned"), PINS.values(), ids=PINS)
def test_a_change_reaches_what_pins_it(
    tmp_path: Path, kind: str, up: Body, changed: Body, down: Body, pinned: Any
) -> None:
    with opened(tmp_path) as project:
        _declare(project, kind, up, down)
        assert set(ends(project.apply()).values()) == {"done"}
        assert pinned(project.variation("bot", "v")) == 1
        assert actions(project.plan()) == {}
        for version in (2, 3):
            _declare(project, kind, {**up, **changed} if version == 2 else up, down)
            plan = project.plan()
            assert actions(plan) == {f"{kind}/up": "update", "Variation/v": "update"}
            assert _reasons(plan)["Variation/v"] == f"follows {kind}/up"
            assert set(ends(project.apply()).values()) == {"done"}
            assert (pinned(project.variation("bot", "v")), project.variation("bot", "v")["version"]) == (
                version,
                version,
            )
            assert actions(project.plan()) == {}


@pytest.mark.parametrize("kind", ["Tool", "Skill"])
def test_a_change_that_makes_no_version_ends_well(tmp_path: Path, kind: str) -> None:
    up, change = (TOOL, {"maintainerId": None}) if kind == "Tool" else (SKILL, {"tags": ["x"]})
    down = {"tools" if kind == "Tool" else "skills": [{"key": {"ref": "up"}, "version": {"ref": "up"}}]}
    with opened(tmp_path) as project:
        _declare(project, kind, up, down)
        project.apply()
        _declare(project, kind, {**up, **change}, down)
        assert actions(project.plan()) == {f"{kind}/up": "update", "Variation/v": "update"}
        project.sent()
        assert ends(project.apply()) == {f"{kind}/up": "done", "Variation/v": "done"}
        writes = [line.split()[0] for line in project.sent() if not line.startswith("GET")]
        assert writes == ["PATCH"]  # the variation is as it should be, and is left alone
        assert project.variation("bot", "v")["version"] == 1
        assert actions(project.plan()) == {}


def test_a_pin_that_is_a_number_stays(tmp_path: Path) -> None:
    down = {"tools": [{"key": {"ref": "up"}, "version": 1}]}
    with opened(tmp_path) as project:
        _declare(project, "Tool", TOOL, down)
        project.apply()
        _declare(project, "Tool", {**TOOL, "description": "Looks."}, down)
        assert actions(project.plan()) == {"Tool/up": "update"}
        project.apply()
        assert project.variation("bot", "v")["tools"][0]["version"] == 1
        assert actions(project.plan()) == {}


def test_a_version_that_somebody_made_is_followed_too(tmp_path: Path) -> None:
    """The manifest says that the variation uses the newest tool, whoever made it."""
    with opened(tmp_path) as project:
        _declare(project, "Tool", {"schema": {"type": "object"}}, BRIEF)
        project.apply()
        project.ask("PATCH", "/ai-tools/up", {"description": "by hand"})
        plan = project.plan()
        assert actions(plan) == {"Variation/v": "update"}
        assert _reasons(plan) == {"Variation/v": "follows Tool/up"}
        project.apply()
        assert project.variation("bot", "v")["tools"][0]["version"] == 2
        assert actions(project.plan()) == {}


def test_a_server_that_pins_no_versions_is_not_blamed_for_it(tmp_path: Path) -> None:
    _, up, _, down, _ = PINS["a model config"]
    with opened(tmp_path, "v23") as project:
        _declare(project, "ModelConfig", up, down)
        assert set(ends(project.apply()).values()) == {"done"}
        assert "modelConfigVersion" not in project.variation("bot", "v")
        assert actions(project.plan()) == {}


LITERAL: dict[str, tuple[Body, Body]] = {
    "Tool": (TOOL, {"tools": [{"key": "up", "version": 1}]}),
    "Skill": (SKILL, {"skills": [{"key": "up", "version": 1}]}),
    "PromptSnippet": (SNIPPET, {"messages": [{"role": "user", "content": "Help. {{snippet.up#1}}"}]}),
    "ModelConfig": (MODEL, {"modelConfigKey": "OpenAI.support"}),
}


@pytest.mark.parametrize("kind", LITERAL)
def test_what_is_used_goes_after_its_last_use(tmp_path: Path, kind: str) -> None:
    """Nothing but the server says who uses it: the versions are written out."""
    up, down = LITERAL[kind]
    bot = ("AIConfig", "bot", BOT)
    w = ("Variation", "w", {"config": {"ref": "bot"}, "name": "W"})
    away = {"modelConfigKey": "OpenAI.gpt-4o"} if kind == "ModelConfig" else {}
    with opened(tmp_path) as project:
        using = ("Variation", "v", {"config": {"ref": "bot"}, "name": "V", **down})
        project.declare((kind, "up", up), bot, using, w)
        assert set(ends(project.apply()).values()) == {"done"}
        project.declare(bot, using, w)
        (refusal,) = told(project.plan(), "guard.in-use")
        assert refusal.summary == f"here/{kind}/up cannot be deleted: 1 variation uses it"
        key = "OpenAI.other" if kind == "ModelConfig" else "other"
        project.declare((kind, "up", {**up, "key": key}), bot, using, w)
        (refusal,) = told(project.plan(), "guard.in-use")
        assert refusal.summary == f"here/{kind}/up cannot be replaced: 1 variation uses it"
        project.declare(bot, ("Variation", "v", {"config": {"ref": "bot"}, "name": "V", **away}), w)
        assert needs(project.plan(), f"{kind}/up") == ["Variation/v"]
        assert ends(project.apply(deletes=2)) == {f"{kind}/up": "done", "Variation/v": "done"}
        assert actions(project.plan()) == {}


def test_a_version_that_is_written_out_is_still_a_use(tmp_path: Path) -> None:
    bot = ("AIConfig", "bot", BOT)
    v: Body = {"config": {"ref": "bot"}, "name": "V", "instructions": "{{snippet.up#1}}"}
    with opened(tmp_path) as project:
        project.declare(("PromptSnippet", "up", SNIPPET), bot, ("Variation", "v", v))
        project.apply()
        classifier = {"key": "c", "type": "bool", "instructions": "Is it {{snippet.up#1}}?"}
        message = {"role": "user", "content": "{{snippet.up#1}}"}
        moved = ({"classifiers": [classifier]}, {"messages": [message]})
        for more in ({"name": "W"}, *({"instructions": "", **fields} for fields in moved)):
            project.declare(bot, ("Variation", "v", {**v, **more}))
            assert len(told(project.plan(), "guard.in-use")) == 1


def test_what_goes_with_a_whole_config_waits_for_it(tmp_path: Path) -> None:
    with opened(tmp_path) as project:
        _declare(project, "Tool", TOOL, BRIEF)
        project.apply()
        project.declare(("Skill", "beside", SKILL))
        assert "AIConfig/bot" in needs(project.plan(deletes=9), "Tool/up")
        assert set(ends(project.apply(deletes=9)).values()) == {"done"}
