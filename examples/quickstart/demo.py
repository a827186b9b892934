"""Plays the main job against the sandbox, command by command, as a person would type it.

Takes the manifests beside this file, works on a copy in a temporary folder, and ends with 0 only if each step gave the
exit code that it should.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
RECONCILER = [sys.executable, "-m", "reconciler"]


def main() -> None:
    """Run the steps; exit 1 at the first surprise."""
    with tempfile.TemporaryDirectory(prefix="reconciler-demo-") as folder:
        work = Path(folder)
        shutil.copytree(HERE / "manifests", work / "manifests")
        shutil.copytree(HERE / "prompts", work / "prompts")
        say("start the sandbox: every system's API on a free loopback port, credential `sandbox`")
        show("reconciler sandbox > reconciler.yaml &")
        sandbox = start_sandbox(work)
        try:
            play(work)
        finally:
            sandbox.terminate()
            sandbox.wait(10)
    say("done: each step gave the exit code that it should")


def play(work: Path) -> None:
    """The life of four manifests."""
    say("are the manifests right? (no network, no secrets)")
    run(work, "validate")
    say("what would happen?")
    run(work, "plan", "--detailed-exitcode", expect=2)
    say("do it")
    run(work, "apply", "--yes")
    say("plan again: nothing is left to do")
    run(work, "plan", "--detailed-exitcode")
    say("somebody clicks in the dashboard: the temperature goes up")
    edit_behind_its_back(work)
    run(work, "drift", expect=2)
    run(work, "plan", "--detailed-exitcode", expect=2)
    say("git wins")
    run(work, "apply", "--yes")
    say("remove a manifest: the plan prunes what it made")
    show("rm manifests/defaults.yaml")
    (work / "manifests/defaults.yaml").unlink()
    run(work, "plan", "--detailed-exitcode", expect=2)
    run(work, "apply", "--yes")
    run(work, "plan", "--detailed-exitcode")


def start_sandbox(work: Path) -> subprocess.Popen[bytes]:
    """Start the sandbox; once it listens it prints settings that lead to it."""
    settings = work / "reconciler.yaml"
    with settings.open("wb") as output:
        sandbox = subprocess.Popen([*RECONCILER, "sandbox"], stdout=output)
    deadline = time.monotonic() + 30
    while not settings.read_bytes().endswith(b"\n"):
        if sandbox.poll() is not None or time.monotonic() > deadline:
            sys.exit("the sandbox did not start")
        time.sleep(0.05)
    return sandbox


def edit_behind_its_back(work: Path) -> None:
    """Change the live model through the server's own API, as its dashboard does."""
    import httpx
    import yaml

    url = yaml.safe_load((work / "reconciler.yaml").read_text())["targets"]["openwebui"]["url"]
    with httpx.Client(base_url=f"{url}/api/v1", headers={"Authorization": "Bearer sandbox"}) as dashboard:
        model = dashboard.get("/models/model", params={"id": "support-assistant"}).json()
        model["params"]["temperature"] = 1.3
        show(f'curl -X POST {url}/api/v1/models/model/update -d \'{{..., "params": {{"temperature": 1.3, ...}}}}\'')
        dashboard.post("/models/model/update", json=model).raise_for_status()


def run(work: Path, *arguments: str, expect: int = 0) -> None:
    """Show a command, run it, and stop if its exit code is not the expected one."""
    show(" ".join(["reconciler", *arguments]))
    environment = {**os.environ, "SANDBOX_TOKEN": "sandbox"}
    done = subprocess.run([*RECONCILER, *arguments], cwd=work, env=environment, check=False)
    if done.returncode != expect:
        sys.exit(f"expected exit code {expect}, got {done.returncode}")


def say(text: str) -> None:
    """Print what comes next."""
    print(f"\n# {text}", flush=True)


def show(command: str) -> None:
    """Print a command as a person would type it."""
    print(f"$ {command}", flush=True)


if __name__ == "__main__":
    main()
