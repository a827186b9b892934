"""The pipelines that `init --ci` writes, run step by step as a forge's runner would, in a temporary repository."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import ryaml

from tests.pipelines.repository import PULLED, Repository, opened
from tests.pipelines.runner import ROOT, Ran, Runner

from .conftest import Run, Sandbox, write_group
from .test_cli_live import change_by_hand


@pytest.fixture
def repository(cli: Run, sandbox: Sandbox, tmp_path: Path, miss: Any) -> Iterator[Repository]:
    """A repository with one group in it, and a forge beside it."""
    settings = tmp_path / "reconciler.yaml"
    kept = f"\ninventory: {{store: file, path: {tmp_path / 'inventory.json'}}}\n"
    settings.write_text(sandbox.settings + kept)
    with opened(tmp_path, {"SANDBOX_TOKEN": "sandbox"}, miss) as made:
        shutil.move(settings, made.models)
        shutil.move(tmp_path / "manifests", made.models)
        yield made


def begin(cli: Run, repository: Repository, forge: str) -> Runner:
    """Write the pipelines and push the first commit."""
    assert cli("init", "work/models", "--ci", forge).code == 0
    repository.commit("Begin")
    repository.push()
    return repository.runner


def propose(repository: Repository, description: str) -> str:
    """Push a branch with a change, and what merging it would give; gives the branch's commit."""
    return repository.propose(description, lambda: write_group(repository.models, "developers", description))


def description(sandbox: Sandbox) -> str | None:
    groups = sandbox.call("GET", "/openwebui/api/v1/groups/")
    return next((g["description"] for g in groups if g["name"] == "developers"), None)  # type: ignore[attr-defined]


def test_a_pull_request_is_told_in_one_comment(cli: Run, sandbox: Sandbox, repository: Repository) -> None:
    """Each push writes it anew; what a person wrote, and a fork, are left alone."""
    forge = begin(cli, repository, "github").forge
    forge.comments.append({"id": 1, "user": {"type": "User"}, "body": "<!-- reconciler:plan -->\nmine"})
    head = propose(repository, "People who @mention and <b>shout</b>")
    assert not repository.checked("plan", head).failed
    assert repository.checked("plan", head, repository="fork/models").done == []
    head = propose(repository, "People who review code")
    assert not repository.checked("plan", head).failed
    mine, comment = (str(item["body"]) for item in forge.comments)
    assert mine == "<!-- reconciler:plan -->\nmine"
    assert comment.startswith("<!-- reconciler:plan -->\n")
    assert "People who review code" in comment
    assert description(sandbox) is None


def test_a_plan_that_went_stale_says_how_to_plan_again(cli: Run, sandbox: Sandbox, repository: Repository) -> None:
    runner = begin(cli, repository, "github")
    head = propose(repository, "People who test")
    assert not repository.checked("plan", head).failed
    sandbox.call("POST", "/openwebui/api/v1/groups/create", {"name": "developers", "description": "by hand"})
    repository.merge(head)
    ran = runner.github("reconciler-apply.yml", "reviewed", "push", {})
    assert ran.steps["apply"] == {"outputs": {"code": "6"}, "code": 6}
    assert "openwebui/Group/developers moved" in ran.said
    assert "::error title=The plan is stale::" in ran.said
    assert "Run this workflow by hand" in ran.summary
    assert description(sandbox) == "by hand"


def test_an_artifact_of_a_fork_is_not_applied(cli: Run, sandbox: Sandbox, repository: Repository) -> None:
    runner = begin(cli, repository, "github")
    head = propose(repository, "People who test")
    foreign = {"id": 9, "head_sha": head, "repository_id": 1, "head_repository_id": 2}
    artifact = {"name": f"reconciler-plan-{head}", "expired": False, "created_at": "9", "workflow_run": foreign}
    runner.forge.artifacts.append(artifact)
    repository.merge(head)
    ran = runner.github("reconciler-apply.yml", "reviewed", "push", {})
    assert "::error title=No reviewed plan::" in ran.said
    assert "Fetch the plan" not in ran.done


def test_the_life_of_a_change_on_gitlab(cli: Run, sandbox: Sandbox, repository: Repository) -> None:
    runner = begin(cli, repository, "gitlab")
    propose(repository, "People who review code")
    assert not runner.gitlab("reconciler-validate", PULLED).failed
    for _ in range(2):
        assert not runner.gitlab("reconciler-plan", PULLED, CI_MERGE_REQUEST_IID="3").failed
    (note,) = runner.forge.comments
    assert "People who review code" in str(note["body"])
    repository.merge("")
    planned = runner.gitlab("reconciler-plan-merged")
    assert description(sandbox) is None
    ran = runner.gitlab("reconciler-apply", needs=planned.folder, CI_DEFAULT_BRANCH="main")
    assert not ran.failed, ran.said
    assert description(sandbox) == "People who review code"
    ran = runner.gitlab("reconciler-apply", needs=planned.folder, CI_DEFAULT_BRANCH="main")
    assert ran.steps["script"]["code"] == 6
    assert "Run a new pipeline on main" in ran.said
    change_by_hand(sandbox, "by hand")
    ran = runner.gitlab("reconciler-drift")
    assert ran.steps["script"]["code"] == 2
    assert "by hand" in (ran.folder / "models" / "reconciler-drift.xml").read_text()


PLANNED = "Plan: 1 to create, 0 to update, 0 to replace, 0 to delete."


@pytest.mark.parametrize(
    ("arguments", "fail", "code", "summary"),
    [("--detailed-exitcode", "true", 2, PLANNED), ("--name $(touch${IFS}gone)", "false", 0, PLANNED.replace("1", "0"))],
)
def test_the_action_gives_code_summary_and_comment(
    arguments: str, fail: str, code: int, summary: str, repository: Repository, tmp_path: Path
) -> None:
    runner = repository.runner
    (runner.home / "reconciler").symlink_to(Path(sys.executable).parents[1])
    action = ryaml.loads((ROOT / "action.yml").read_text())
    inputs = {name: told.get("default", "") for name, told in action["inputs"].items()}
    inputs |= {"verb": "plan", "arguments": arguments, "fail": fail}
    inputs |= {"working-directory": "work/models", "config": "reconciler.yaml"}
    steps = action["runs"]["steps"]
    steps[-1]["env"] |= {"SANDBOX_TOKEN": "sandbox"}  # as the job's `env` gives it
    ran = Ran(folder=tmp_path)
    runner.play(steps, {"github": {"sha": "abc"}, "inputs": inputs}, ran, tmp_path)
    given = ran.steps["run"]["outputs"]
    assert (given["exit-code"], given["summary"], ran.failed) == (str(code), summary, fail == "true")
    comment = Path(given["comment"]).read_text()
    assert comment.startswith("<!-- reconciler:plan:reconciler.yaml -->\n")
    assert ran.summary == comment
    assert Path(given["html"]).read_text().startswith("<!doctype html>")
    assert [told["value"] for told in action["outputs"].values()] == [
        f"${{{{ steps.run.outputs.{n} }}}}" for n in given
    ]
    assert not list(tmp_path.rglob("gone*"))
