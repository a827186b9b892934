"""Runs jobs of written pipelines step by step, as GitHub's and GitLab's runners do.

Takes a job and what happened, gives what every step said and made. Only what a runner brings itself is done here
(checkout, Python, artifacts); every `run:` and `script:` is the text of the file, in a fresh clone, with few variables.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ryaml

from reconciler import __version__
from tests.pipelines.forge import REPOSITORY, TOKEN, Forge

INSTALL = f"python -m pip install --disable-pip-version-check reconciler=={__version__}"
PROGRAMS = os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"])
ROOT = Path(__file__).parents[2]


@dataclass
class Ran:
    """How a job went."""

    failed: bool = False
    said: str = ""
    summary: str = ""
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    """The names of the steps that ran."""
    folder: Path = Path()


@dataclass
class Runner:
    """A machine that has a place for clones, a forge to speak to, and secrets."""

    home: Path
    origin: Path
    forge: Forge
    secrets: Mapping[str, str]
    number: int = 0

    def environment(self, **more: str) -> dict[str, str]:
        """Give the variables that every script has."""
        # The package is found beside the tests; a runner would have installed it.
        return {"PATH": PROGRAMS, "HOME": str(self.home), "PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1", **more}

    def clone(self, ref: str) -> tuple[Path, str]:
        """Check out a ref in a fresh folder, as every job begins."""
        self.number += 1
        folder = self.home / f"job-{self.number}"
        git(self.home, "clone", "-q", str(self.origin), str(folder))
        git(folder, "fetch", "-q", "origin", ref)
        git(folder, "checkout", "-q", "--detach", "FETCH_HEAD")
        return folder, git(folder, "rev-parse", "HEAD")

    def github(self, workflow: str, job: str, event: str, payload: Mapping[str, Any], ref: str = "main") -> Ran:
        """Run a job of a workflow in the repository."""
        folder, sha = self.clone(ref)
        read = ryaml.loads((folder / ".github" / "workflows" / workflow).read_text())
        assert event in read["on"], f"{workflow} does not hear {event}"
        known: dict[str, Any] = {
            "github": {
                "event_name": event, "event": payload, "sha": sha, "repository": REPOSITORY, "token": TOKEN,
            },
            "secrets": self.secrets,
            "steps": {},
        }  # fmt: skip
        told = read["jobs"][job]
        ran = Ran(folder=folder)
        if "if" in told and not holds(told["if"], known, ran):
            return ran
        self.play(told["steps"], known, ran, folder / read["defaults"]["run"]["working-directory"])
        return ran

    def play(self, steps: list[dict[str, Any]], known: dict[str, Any], ran: Ran, place: Path) -> None:
        """Run steps in order; after a failure only those that ask for it."""
        known["steps"] = ran.steps
        for step in steps:
            if not holds(step.get("if", "success()"), known, ran):
                continue
            name = step.get("name", step.get("uses", ""))
            ran.done.append(name)
            if "uses" in step:
                self.use(step["uses"].split("@")[0], filled(step.get("with", {}), known), ran, known)
            elif name == "Install Reconciler":
                assert "pip install" in step["run"]
            else:
                self.run(step, known, ran, place)

    def run(self, step: dict[str, Any], known: dict[str, Any], ran: Ran, place: Path) -> None:
        """Run one script, with files to speak to the runner by."""
        assert "${{" not in step["run"], "an expression in a script is a way to inject commands"
        output, summary = ran.folder / ".output", ran.folder / ".summary"
        output.write_text("")
        summary.write_text("")
        environment = self.environment(
            GITHUB_ACTIONS="true", GITHUB_OUTPUT=str(output), GITHUB_STEP_SUMMARY=str(summary),
            GITHUB_API_URL=self.forge.url, GITHUB_REPOSITORY=REPOSITORY, GITHUB_SHA=known["github"]["sha"],
            RUNNER_TEMP=str(self.home), **filled(step.get("env", {}), known),
        )  # fmt: skip
        where = place / filled({"in": step.get("working-directory", ".")}, known)["in"]
        code, said = bash(step["run"], where, environment)
        ran.said += said
        ran.summary += summary.read_text()
        ran.failed = ran.failed or code != 0
        outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
        ran.steps[step.get("id", step.get("name", ""))] = {"outputs": outputs, "code": code}

    def use(self, action: str, given: Mapping[str, Any], ran: Ran, known: Mapping[str, Any]) -> None:
        """Do what the actions do that GitHub publishes itself."""
        if action == "actions/upload-artifact":
            kept = self.home / "artifacts" / given["name"]
            kept.mkdir(parents=True, exist_ok=True)
            found = [ran.folder / path for path in given["path"].split() if (ran.folder / path).exists()]
            assert found or given.get("if-no-files-found") == "ignore" or ran.failed
            for path in found:
                shutil.copy(path, kept)
            pull = known["github"]["event"].get("pull_request", {})
            head = pull.get("head", {}).get("sha", known["github"]["sha"])
            run = {"id": self.number, "head_sha": head, "repository_id": 1, "head_repository_id": 1}
            self.forge.artifacts.append(
                {"name": given["name"], "expired": False, "created_at": f"{self.number:04}", "workflow_run": run}
            )
        elif action == "actions/download-artifact":
            shutil.copytree(self.home / "artifacts" / given["name"], ran.folder / given["path"], dirs_exist_ok=True)
        else:
            assert action in ("actions/checkout", "actions/setup-python"), action

    def gitlab(self, job: str, ref: str = "main", needs: Path | None = None, **variables: str) -> Ran:
        """Run a job of GitLab; `needs` is the folder of the job whose artifacts it takes."""
        folder, _ = self.clone(ref)
        read = ryaml.loads((folder / ".gitlab" / "reconciler.yml").read_text())
        told = {**read[read[job]["extends"]], **read[job]}
        if needs is not None:
            (name,) = told["needs"]
            for path in read[name]["artifacts"]["paths"]:
                shutil.copy(needs / path, folder / path)
        environment = self.environment(CI_API_V4_URL=self.forge.url, CI_PROJECT_ID="7", **self.secrets, **variables)
        before = told["before_script"]
        assert INSTALL in before
        lines = [line for line in (*before, *told["script"]) if line != INSTALL]
        code, said = bash("\n".join(lines), folder, environment)
        after, more = bash("\n".join(told.get("after_script", [])), folder, environment)
        assert after == 0, more
        return Ran(code != 0, said + more, steps={"script": {"code": code}}, folder=folder)


def holds(condition: str, known: Mapping[str, Any], ran: Ran) -> bool:
    """Say whether an `if:` lets something run."""
    inner = re.sub(r"^\$\{\{(.*)\}\}$", r"\1", condition.strip()).strip()
    words = [word.strip() for word in inner.split("&&")]
    states = {"success()": not ran.failed, "failure()": ran.failed, "!cancelled()": True}
    if not any(word in states for word in words):
        words.append("success()")
    return all(states[word] if word in states else _equal(word, known) for word in words)


def _equal(comparison: str, known: Mapping[str, Any]) -> bool:
    left, right = (side.strip() for side in comparison.split("=="))
    return _value(left, known) == _value(right, known)


def _value(expression: str, known: Mapping[str, Any]) -> Any:
    if expression.startswith("'"):
        return expression.strip("'")
    found: Any = known
    for step in expression.split("."):
        found = found.get(step, "") if isinstance(found, Mapping) else ""
    return found


def filled(texts: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, str]:
    """Give texts with their expressions filled in."""
    return {
        name: re.sub(r"\$\{\{\s*(.*?)\s*\}\}", lambda found: str(_value(found[1], known)), str(text))
        for name, text in texts.items()
    }


def bash(script: str, folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a script as both runners do: the first command that fails ends it."""
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    done = subprocess.run(
        command, cwd=folder, env=dict(environment), capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout + done.stderr


def git(folder: Path, *arguments: str) -> str:
    """Run git as a person who has a name."""
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
