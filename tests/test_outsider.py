"""An outsider drives the whole life with what is documented: command line, settings, credential, sandbox, exit codes.

Takes the installed command and its sandbox, each as a process of its own. Uses nothing of the code: what a person does
in a dashboard is done through the server's own API.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

COMMAND = Path(sys.executable).with_name("reconciler")
RECONCILER = [str(COMMAND)] if COMMAND.exists() else [sys.executable, "-m", "reconciler"]
CANARY = "CANARY-c0ffee"
NOTHING = "Plan: 0 to create, 0 to update, 0 to replace, 0 to delete."


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def last(self) -> str:
        return self.out.splitlines()[-1]

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)  # one document, else this fails
        return found


def reconciler(folder: Path, *args: str, **environment: str | None) -> Ran:
    """Run a command as a person would, without a terminal; an environment variable that is None is not set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RECONCILER_")}
    asked = {"SANDBOX_TOKEN": "sandbox", "NO_COLOR": None, "FORCE_COLOR": None, "COLUMNS": "40", **environment}
    environ = {name: value for name, value in {**kept, **asked}.items() if value is not None}
    done = subprocess.run(
        [*RECONCILER, *args], cwd=folder, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert "Traceback" not in done.stdout + done.stderr
    assert CANARY not in done.stdout + done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    return Ran(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Sandbox:
    """A server of which only the printed settings are known."""

    process: subprocess.Popen[str]
    settings: str

    @property
    def url(self) -> str:
        return next(line.split()[1] for line in self.settings.splitlines() if line.strip().startswith("url:"))

    def dashboard(self, method: str, path: str, body: object = None) -> Any:
        request = urllib.request.Request(
            f"{self.url}/api/v1{path}",
            json.dumps(body).encode() if body is not None else None,
            {"Authorization": "Bearer sandbox", "Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
            return json.load(answer)

    def groups(self) -> dict[str, dict[str, Any]]:
        return {group["name"]: group for group in self.dashboard("GET", "/groups/")}


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    process = subprocess.Popen([*RECONCILER, "sandbox"], stdout=subprocess.PIPE, text=True, cwd=tmp_path)
    assert process.stdout is not None
    lines: list[str] = []
    while not lines or "auth:" not in lines[-1]:
        lines.append(process.stdout.readline())
        assert lines[-1], "the sandbox ended before it listened"
    yield Sandbox(process, "".join(lines))
    if process.poll() is None:
        process.kill()
    process.communicate()


def group(folder: Path, name: str, description: str) -> Path:
    """Write a manifest."""
    path = folder / "manifests" / f"{name}.yaml"
    path.write_text(
        f"apiVersion: openwebui/v1\nkind: Group\nmetadata: {{name: {name}}}\nspec: {{description: {description}}}\n"
    )
    return path


def git(folder: Path, *args: str) -> str:
    who = ("-c", "user.name=Outsider", "-c", "user.email=outsider@example.com")
    return subprocess.run(["git", *who, *args], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def test_the_life_of_a_manifest(tmp_path: Path, sandbox: Sandbox) -> None:
    work = tmp_path / "work"
    # a new folder, its example, and the settings that the sandbox printed
    assert reconciler(tmp_path, "init", "work").code == 0
    assert "1 manifest is valid." in reconciler(work, "validate", SANDBOX_TOKEN=None, OPENWEBUI_TOKEN=None).out
    (work / "reconciler.yaml").write_text(sandbox.settings)
    group(work, "developers", "People who write code")

    # the credential: not set, wrong
    missing = reconciler(work, "plan", "-o", "json", SANDBOX_TOKEN=None)
    assert (missing.code, missing.document["complete"]) == (7, False)
    assert "SANDBOX_TOKEN" in missing.err
    assert reconciler(work, "apply", "--yes", SANDBOX_TOKEN=CANARY).code == 7

    # look, do, look again
    plan = reconciler(work, "plan", "--detailed-exitcode", "--write", "json=plan-report.json")
    assert (plan.code, plan.last) == (2, NOTHING.replace("0 to create", "2 to create"))
    assert any(len(line) > 80 for line in plan.out.splitlines())  # not wrapped, whatever COLUMNS says
    assert json.loads((work / "plan-report.json").read_text())["summary"]["create"] == 2
    unasked = reconciler(work, "apply")
    assert (unasked.code, unasked.out) == (3, "")
    assert reconciler(work, "apply", RECONCILER_YES="1").last == "Apply: 2 done."
    assert reconciler(work, "plan", "--detailed-exitcode").out.splitlines()[-1] == NOTHING

    # somebody clicks in the dashboard
    live = sandbox.groups()["developers"]
    sandbox.dashboard("POST", f"/groups/id/{live['id']}/update", {"name": "developers", "description": "by hand"})
    sandbox.dashboard("POST", "/groups/create", {"name": "hand-made", "description": "not ours"})
    drift = reconciler(work, "drift", "-o", "json")
    assert drift.code == 2
    (item,) = drift.document["drift"]
    assert (item["address"], item["path"]) == ("openwebui/Group/developers", "description")
    assert (item["wanted"], item["live"]) == ("People who write code", "by hand")
    assert "openwebui/Group/hand-made" in reconciler(work, "plan", "--show-unmanaged").out
    applied = reconciler(work, "apply", "--yes", "-o", "json").document
    assert [(o["action"], o["status"]) for o in applied["outcomes"]] == [("update", "done")]
    assert sandbox.groups()["developers"]["description"] == "People who write code"

    # manifests go; a folder that is empty by mistake is refused
    for manifest in (work / "manifests").iterdir():
        manifest.unlink()
    empty = reconciler(work, "plan", "--out", "refused.plan")
    assert (empty.code, empty.last) == (5, NOTHING.replace("0 to delete", "2 to delete"))
    assert not (work / "refused.plan").exists()
    assert reconciler(work, "destroy", "--yes", "--allow-deletes", "2").last == "Apply: 2 done."
    assert list(sandbox.groups()) == ["hand-made"]

    # the server ends well, and what cannot be reached is never clean
    group(work, "developers", "People who write code")
    sandbox.process.send_signal(signal.SIGTERM)
    assert sandbox.process.wait(10) == 0
    gone = reconciler(work, "plan", "--detailed-exitcode")
    assert gone.code == 8
    assert "unknown" in gone.out


def test_a_reviewed_plan_is_applied_from_another_checkout(tmp_path: Path, sandbox: Sandbox) -> None:
    work, other = tmp_path / "work", tmp_path / "other"
    (work / "manifests").mkdir(parents=True)
    (work / "reconciler.yaml").write_text(sandbox.settings)
    (work / ".gitignore").write_text(".reconciler/\n")
    group(work, "a", "first")
    git(work, "init", "-q")
    git(work, "add", ".")
    git(work, "commit", "-qm", "first")
    assert reconciler(work, "apply", "--yes").code == 0

    # a change that is not committed is not in the revision
    changed = group(work, "a", "second")
    assert reconciler(work, "plan", "--rev", "HEAD", "--detailed-exitcode").code == 0
    git(work, "commit", "-qam", "second")
    assert reconciler(changed.parent, "plan", "--detailed-exitcode").code == 2  # the nearest settings upwards

    # the plan is made here and applied there, once
    plan = tmp_path / "reviewed.plan"
    assert reconciler(work, "plan", "--out", str(plan), "--expires", "1").code == 0
    assert "first → second" in reconciler(tmp_path, "show", str(plan)).out
    git(tmp_path, "clone", "-q", "work", "other")
    shutil.copytree(work / ".reconciler", other / ".reconciler")
    assert reconciler(other, "apply", str(plan)).last == "Apply: 1 done."
    assert sandbox.groups()["a"]["description"] == "second"
    assert reconciler(other, "inventory", "list", "-o", "json").document["entries"][0]["commit"] == git(
        other, "rev-parse", "HEAD"
    )
    again = reconciler(other, "apply", str(plan), "-o", "json")
    assert (again.code, again.document["error"]["exit_code"], again.document["outcomes"]) == (6, 6, [])

    # what was changed after the review is refused; so is what expired
    plan.write_text(plan.read_text().replace("second", "third"))
    assert reconciler(other, "apply", str(plan)).code == 3
    group(other, "b", "new")
    assert reconciler(other, "plan", "--out", str(plan), RECONCILER_EXPIRES="0.00001").code == 0
    time.sleep(1.1)
    assert reconciler(other, "apply", str(plan)).code == 6
    assert list(sandbox.groups()) == ["a"]
