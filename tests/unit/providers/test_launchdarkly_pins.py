"""What pins a version of something else follows it in the same plan, and the next plan is empty."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.model import Body, Plan

from .launchdarkly_project import BOT, MODEL, Project, actions, ends, opened

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
