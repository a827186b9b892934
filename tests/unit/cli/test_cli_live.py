"""Verbs that speak to a server: plan, apply, drift, destroy, inventory, doctor, against the sandbox."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reconciler.cli.doctor import _examine_secrets
from reconciler.model import Address, Desired, Field, Kind, Resource, SecretPlace, Source, ValueSource
from reconciler.settings import Settings
from tests.unit.report.published import VALIDATOR

from .conftest import Ran, Run, Sandbox, write_group

EMPTY = "Plan: 0 to create, 0 to update, 0 to replace, 0 to delete."


def document(ran: Ran) -> dict[str, list[dict[str, object]]]:
    """Read the one document on stdout; it is as published."""
    found: dict[str, list[dict[str, object]]] = json.loads(ran.out)
    VALIDATOR.validate(found)
    return found


def last_line(ran: Ran) -> str:
    return ran.out.splitlines()[-1]


def change_by_hand(sandbox: Sandbox, description: str) -> None:
    groups = sandbox.call("GET", "/openwebui/api/v1/groups/")
    group = next(group for group in groups if group["name"] == "developers")  # type: ignore[attr-defined]
    body = {"name": "developers", "description": description}
    sandbox.call("POST", f"/openwebui/api/v1/groups/id/{group['id']}/update", body)


def test_the_whole_life(cli: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    ran = cli("plan", "--detailed-exitcode")
    assert ran.code == 2
    assert last_line(ran) == "Plan: 1 to create, 0 to update, 0 to replace, 0 to delete."
    assert "+ create    openwebui/Group/developers   not there yet   manifests/developers.yaml:1" in ran.out
    assert cli("plan").code == 0

    ran = cli("apply", "--yes")
    assert ran.code == 0
    assert "\ndone       + create    openwebui/Group/developers\n" in ran.out
    assert last_line(ran) == "Apply: 1 done."
    assert last_line(cli("plan", "--detailed-exitcode")) == EMPTY

    assert cli("drift").out == "Drift: none.\n"
    change_by_hand(sandbox, "by hand")
    ran = cli("drift", "--write", "json=drift.json")
    assert ran.code == 2
    assert ran.out.splitlines()[0].startswith(
        "~ openwebui/Group/developers   description   wanted People who write code   live by hand   (last written 20"
    )
    assert json.loads((tmp_path / "drift.json").read_text())["drift"][0]["live"] == "by hand"

    ran = cli("apply", "--yes", "-o", "json")
    assert ran.code == 0
    assert [row["status"] for row in document(ran)["outcomes"]] == ["done"]
    assert cli("drift").code == 0

    rows = document(cli("inventory", "list", "-o", "json"))["entries"]
    assert [(row["address"], row["phase"]) for row in rows] == [("openwebui/Group/developers", "settled")]
    assert "1 object, save 2 of inventory" in cli("inventory", "list").out

    ran = cli("plan", "--destroy")
    assert last_line(ran) == "Plan: 0 to create, 0 to update, 0 to replace, 1 to delete."
    ran = cli("destroy", "--yes")
    assert ran.code == 0
    assert "done       - delete    openwebui/Group/developers" in ran.out
    assert cli("inventory", "list").out.startswith("0 objects")


def test_a_saved_plan_does_exactly_what_it_says(cli: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    ran = cli("plan", "--out", "plan.json", "-o", "json")
    assert document(ran)["operations"]
    assert "saved; `reconciler apply plan.json` does exactly this" in ran.err
    ran = cli("show", "plan.json")
    assert last_line(ran) == "Plan: 1 to create, 0 to update, 0 to replace, 0 to delete."
    assert "expires" in ran.err
    ran = cli("apply", "plan.json")
    assert (ran.code, ran.out) == (0, "done       + create    openwebui/Group/developers\n\nApply: 1 done.\n")

    write_group(tmp_path, "developers", "Something else")
    cli("plan", "--out", "plan.json")
    write_group(tmp_path, "developers", "Something else again")
    ran = cli("apply", "plan.json", "-o", "json")
    assert ran.code == 6
    assert document(ran)["outcomes"] == []
    assert "the plan is stale; nothing was written" in ran.err


def test_a_saved_plan_waits_for_a_server_that_can_be_read(cli: Run, sandbox: Sandbox) -> None:
    cli("plan", "--out", "plan.json")
    sandbox.faults("500:/groups/*")
    ran = cli("apply", "plan.json", "--write", "markdown=apply.md")
    assert (ran.code, ran.out) == (8, "Apply: 0 done.\n")
    assert "openwebui: " in ran.err
    assert "openwebui: " in Path("apply.md").read_text()
    sandbox.faults()
    assert cli("apply", "plan.json").code == 0


def test_a_refused_plan_is_shown_whole_and_not_saved(cli: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_group(tmp_path, name, "A group")
    assert cli("apply", "--yes").code == 0
    for name in ("a", "b"):
        (tmp_path / "manifests" / f"{name}.yaml").unlink()
    ran = cli("plan", "--out", "plan.json")
    assert ran.code == 5
    assert "error: 2 deletes in openwebui are more than the 1" in ran.err
    assert "Refused: nothing of this may be applied" in ran.out
    assert last_line(ran) == "Plan: 0 to create, 0 to update, 0 to replace, 2 to delete."
    assert not (tmp_path / "plan.json").exists()

    ran = cli("apply", "--yes")
    assert ran.code == 5
    assert last_line(ran) == "Plan: 0 to create, 0 to update, 0 to replace, 2 to delete."
    assert "--allow-deletes 2" in ran.err
    ran = cli("apply", "--yes", "-o", "json")
    assert (ran.code, document(ran)["outcomes"]) == (5, [])
    assert cli("apply", "--yes", "--allow-deletes", "2").code == 0


def test_a_partial_apply(cli: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    write_group(tmp_path, "needy", "Needs developers", ", dependsOn: [Group/developers]")
    sandbox.faults("500:/groups/create")
    ran = cli("apply", "--yes")
    assert ran.code == 4
    assert "skipped    + create    openwebui/Group/needy   openwebui/Group/developers" in ran.out
    assert last_line(ran).startswith("Apply: 0 done, ")
    sandbox.faults()
    assert cli("apply", "--yes").code == 0


def test_unmanaged_objects_are_listed_where_asked(cli: Run, sandbox: Sandbox) -> None:
    sandbox.call("POST", "/openwebui/api/v1/groups/create", {"name": "by-hand", "description": ""})
    assert "by-hand" not in cli("plan").out
    ran = cli("plan", "--show-unmanaged")
    assert "Live, but neither declared nor ours (never touched):\n  openwebui/Group/by-hand\n" in ran.out
    assert "openwebui/Group/by-hand" in document(cli("plan", "--show-unmanaged", "-o", "json"))["unmanaged"]


# --- what may be wrong with a target ------------------------------------------------------------


@pytest.mark.parametrize("verb", ["plan", "drift"])
def test_a_target_that_cannot_be_reached(verb: str, cli: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    settings = tmp_path / "reconciler.yaml"
    settings.write_text(settings.read_text().replace(sandbox.url, "http://127.0.0.1:9"))
    ran = cli(verb, "-o", "json")
    assert ran.code == 8
    assert document(ran)["complete"] is False
    assert "Traceback" not in ran.err
    assert "unknown" in cli(verb).out


@pytest.mark.parametrize(("token", "message"), [("wrong", ""), (None, "SANDBOX_TOKEN")])
def test_a_credential_that_is_wrong_or_missing(
    token: str | None, message: str, cli: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SANDBOX_TOKEN") if token is None else monkeypatch.setenv("SANDBOX_TOKEN", token)
    ran = cli("plan", "-o", "json")
    assert ran.code == 7
    assert document(ran)["complete"] is False
    assert message in ran.err
    ran = cli("doctor")
    assert ran.code == 7
    assert "fail   openwebui" in ran.out


def test_doctor_says_how_a_credential_is_set(cli: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    settings = tmp_path / "reconciler.yaml"
    text = settings.read_text().replace(sandbox.url, "http://127.0.0.1:9")  # not even asked
    hints = {
        "{env: NOT_SET}": "hint: export NOT_SET=..",
        "{file: none.txt}": "hint: write it to that file",
        "{command: [no-such-program]}": "hint: run the command no-such-program by hand",
    }
    for source, hint in hints.items():
        settings.write_text(text.replace("{env: SANDBOX_TOKEN}", source))
        ran = cli("doctor")
        assert ran.code == 7
        assert "fail   openwebui   openwebui: the credential is not set: " in ran.out
        assert hint in ran.out


@pytest.mark.parametrize("verb", [("plan",), ("drift",), ("apply", "--yes"), ("destroy", "--yes")])
def test_a_selection_that_can_select_nothing(verb: tuple[str, ...], cli: Run, sandbox: Sandbox) -> None:
    for option, value, hint in (
        ("--target", "openwebu", "did you mean `openwebui`?"),
        ("--kind", "group", "did you mean `Group`?"),
        ("--target", "x*", "known: `openwebui`"),
    ):
        ran = cli(*verb, option, value)
        assert ran.code == 3
        assert repr(value) in ran.err
        assert hint in ran.err
        assert ran.out == ""
    assert cli(*verb, "--target", "open*", "--kind", "Gr?up", "--kind", "Model").code == 0


# --- doctor and inventory -----------------------------------------------------------------------


def test_doctor(cli: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    ran = cli("doctor")
    assert ran.code == 0
    assert [line.split()[:2] for line in ran.out.splitlines()[:4]] == [
        ["ok", "settings"],
        ["ok", "manifests"],
        ["ok", "inventory"],
        ["ok", "openwebui"],
    ]
    assert "version 0." in ran.out
    assert last_line(ran) == "Everything is there."
    assert cli("apply", "--yes").code == 0
    assert "1 object, save 1, not locked" in cli("doctor").out

    write_group(tmp_path, "broken", "[1]")
    (tmp_path / ".reconciler" / "inventory.json").write_text("{")
    settings = tmp_path / "reconciler.yaml"
    settings.write_text(settings.read_text() + "    account: {id: somebody-else}\n")
    checks = {row["check"]: row for row in document(cli("doctor", "-o", "json"))["checks"]}
    assert [checks[name]["status"] for name in ("manifests", "inventory", "openwebui")] == ["fail"] * 3
    assert "settings pin account somebody-else" in str(checks["openwebui"]["found"])
    assert cli("doctor").code == 3


def test_doctor_names_secrets_that_are_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = Address("t", "K", "n")
    places = tuple(SecretPlace((name,), ValueSource("env", name)) for name in ("A_SECRET", "B_SECRET"))
    resource = Resource(address, Kind("s", "K", "", {}, Field(), ()), {}, Source("m.yaml"), secrets=places)
    desired, settings = Desired({address: resource}, {}), Settings(tmp_path, "reconciler.yaml")
    monkeypatch.setenv("A_SECRET", "canary-a")
    (check,) = _examine_secrets(desired, settings)
    assert (check.status, check.found, check.exit_code) == ("warn", "not set: environment variable B_SECRET", 0)
    monkeypatch.setenv("B_SECRET", "canary-b")
    (check,) = _examine_secrets(desired, settings)
    assert (check.status, check.found) == ("ok", "2 set")


def test_unlock(cli: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    assert cli("inventory", "unlock").out == "The inventory is not locked.\n"
    lock = tmp_path / ".reconciler" / "inventory.json.lock"
    lock.parent.mkdir(exist_ok=True)
    lock.write_text('{"owner": {"user": "ann", "host": "elsewhere", "pid": 1}, "since": 0}\n')
    ran = cli("apply", "--yes")
    assert ran.code == 1
    assert "ann@elsewhere" in ran.err
    assert "ann@elsewhere" in str(document(cli("inventory", "unlock", "-o", "json"))["messages"])
    assert cli("apply", "--yes").code == 0


# --- on a terminal ------------------------------------------------------------------------------


TAKE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)
"""Makes the terminal the one whose Ctrl-C reaches the process, then becomes the command line."""


def on_terminal(args: tuple[str, ...], keys: bytes, cue: bytes) -> tuple[int, str]:
    """Run a command line on a terminal of its own; type `keys` once `cue` appears."""
    master, slave = pty.openpty()
    environ = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    process = subprocess.Popen(
        [sys.executable, "-c", TAKE_TERMINAL, sys.executable, "-m", "reconciler", *args],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environ,
        start_new_session=True,
    )
    os.close(slave)
    seen = b""
    while select.select([master], [], [], 30)[0]:
        try:
            data = os.read(master, 65536)
        except OSError:  # the other side is closed
            break
        if not data:
            break
        seen += data
        if cue in seen and keys:
            os.write(master, keys)
            keys = b""
    os.close(master)
    return process.wait(30), seen.decode()


CUE = b"Type `yes`"


def test_a_person_is_asked(cli: Run, sandbox: Sandbox) -> None:
    code, text = on_terminal(("apply",), b"no\n", CUE)
    assert code == 130
    assert "nothing was changed" in text
    code, text = on_terminal(("apply", "--color", "never"), b"\x04", CUE)
    assert code == 130
    assert "Type `yes` to do this: \r\nnothing was changed" in text
    code, text = on_terminal(("apply",), b"\x03", CUE)
    assert code == 130
    assert "interrupted" in text
    code, text = on_terminal(("apply", "-o", "json"), b"yes\n", CUE)
    assert code == 0
    assert '"status": "done"' in text
    code, text = on_terminal(("apply", "--color", "never"), b"yes\n", CUE)
    assert code == 0
    assert CUE.decode() not in text  # nothing to do is nothing to ask
    assert "Apply: 0 done." in text


def test_progress_shows_on_a_terminal(cli: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    write_group(tmp_path, "second", "Another")
    code, text = on_terminal(("apply", "--yes"), b"", b"")
    assert code == 0
    assert "applying" in text
    assert "\x1b[32mdone" in text


# --- signals ------------------------------------------------------------------------------------


def interrupted(signals: int, sandbox: Sandbox, tmp_path: Path) -> tuple[int, str, str]:
    """Start an apply of slow creates, and interrupt it after the first outcome."""
    for number in range(6):
        write_group(tmp_path, f"slow{number}", "Slow")
    sandbox.faults("latency=400:/groups/create")
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "apply", "--yes", "--parallelism", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines: list[str] = []
    while not lines or not lines[-1].startswith("done "):
        lines.append(process.stdout.readline())
        assert lines[-1]
    for _ in range(signals):
        process.send_signal(signal.SIGINT)
        time.sleep(0.1)
    out, err = process.communicate(timeout=30)
    sandbox.faults()
    return process.returncode, "".join(lines) + out, err


def test_ctrl_c_once_finishes_what_is_in_flight(cli: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    code, out, err = interrupted(1, sandbox, tmp_path)
    assert code == 130
    assert "stopping: what is in flight is being finished" in err
    assert "interrupted before it started" in out
    assert "pending" not in cli("inventory", "list").out
    assert cli("apply", "--yes").code == 0
    assert last_line(cli("plan")) == EMPTY


def test_ctrl_c_twice_leaves_and_the_next_run_goes_on(cli: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    code, _, err = interrupted(2, sandbox, tmp_path)
    assert code == 130
    assert err.rstrip().endswith("error: interrupted")
    assert cli("apply", "--yes").code == 0
    assert last_line(cli("plan")) == EMPTY


def test_a_reader_that_leaves_does_not_stop_an_apply(cli: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    for number in range(4):
        write_group(tmp_path, f"more{number}", "More")
    command = [sys.executable, "-m", "reconciler", "apply", "--yes"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        assert "create" in process.stdout.readline()
        process.stdout.close()
    assert process.returncode == 1
    assert last_line(cli("plan")) == EMPTY


def test_an_apply_that_could_not_save_the_inventory_says_so(cli: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / ".reconciler" / "inventory.json.tmp").mkdir(parents=True)
    ran = cli("apply", "--yes")
    assert ran.code == 1
    assert last_line(ran) == "Apply: 1 done."
    assert "error: cannot write .reconciler/inventory.json: Is a directory" in ran.err
    assert "its journal was kept; the next run replays it" in ran.err
    assert last_line(cli("plan", "--detailed-exitcode")) == EMPTY
