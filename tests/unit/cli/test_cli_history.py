"""`history` and `rollback`: an apply is found again, looked at, and undone by an ordinary plan."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.inventory.inventory_places import run_git

from .conftest import Run, Sandbox, write_group
from .test_cli_live import EMPTY, change_by_hand, document, last_line


@pytest.fixture
def applied(cli: Run, sandbox: Sandbox, tmp_path: Path) -> list[str]:
    """Two commits, each applied; gives the names of their receipts, newest first."""
    run_git(tmp_path, "init", "-q")
    for text in ("People who write code", "Something else"):
        write_group(tmp_path, "developers", text)
        run_git(tmp_path, "add", "manifests")
        run_git(tmp_path, "commit", "-q", "-m", text)
        assert cli("apply", "--yes").code == 0
    rows = document(cli("history", "-o", "json"))["receipts"]
    return [str(row["receipt"]) for row in rows]


def test_history_lists_applies_newest_first(cli: Run, applied: list[str], tmp_path: Path) -> None:
    ran = cli("history")
    assert ran.code == 0
    head = run_git(tmp_path, "rev-parse", "HEAD").strip()
    first, second = ran.out.splitlines()
    assert first.startswith(applied[0])
    assert head in first
    assert first.endswith("1 done")
    assert second.startswith(applied[1])
    assert len(cli("history", "--last", "1").out.splitlines()) == 1


def test_history_shows_one_as_its_apply_was_shown(cli: Run, applied: list[str]) -> None:
    ran = cli("history", applied[0], "--write", "json=receipt.json")
    assert ran.code == 0
    assert ran.out.startswith(f"{applied[0]}   1 done\n  began ")
    assert "description   People who write code → Something else" in ran.out
    assert last_line(ran) == "Apply: 1 done."
    (row,) = document(cli("history", applied[0], "-o", "json"))["receipts"]
    (deed,) = row["operations"]  # type: ignore[misc]
    assert (deed["action"], deed["status"]) == ("update", "done")
    assert [image["body"]["description"] for image in (deed["before"], deed["after"])] == [
        "People who write code",
        "Something else",
    ]
    assert json.loads(Path("receipt.json").read_text())["receipts"] == [row]


def test_nothing_was_applied_yet(cli: Run, sandbox: Sandbox) -> None:
    assert cli("history").out == "No receipts yet in .reconciler/inventory.json.\n"
    ran = cli("rollback", "0000000001-x")
    assert (ran.code, "there is no receipt 0000000001-x" in ran.err) == (3, True)
    ran = cli("history", "yesterday")
    assert (ran.code, "'yesterday' is no name of a receipt" in ran.err) == (3, True)


def test_a_rollback_is_reviewed_applied_and_reverted_in_git(
    cli: Run, sandbox: Sandbox, applied: list[str], tmp_path: Path
) -> None:
    head = run_git(tmp_path, "rev-parse", "HEAD").strip()
    ran = cli("rollback", applied[0], "--out", "undo.plan")
    assert ran.code == 0
    assert "description   Something else → People who write code" in ran.out
    assert f"receipt {applied[0]}" in ran.out
    assert last_line(ran) == "Plan: 0 to create, 1 to update, 0 to replace, 0 to delete."
    assert f"hint: `git revert` what changed them, too (commit {head} was checked out)" in ran.err
    assert "saved; `reconciler apply undo.plan` does exactly this" in ran.err
    assert cli("rollback", applied[0], "--detailed-exitcode", "-o", "json").code == 2

    change_by_hand(sandbox, "by hand")
    ran = cli("apply", "undo.plan")
    assert (ran.code, "openwebui/Group/developers moved" in ran.err) == (6, True)
    change_by_hand(sandbox, "Something else")
    assert last_line(cli("apply", "undo.plan")) == "Apply: 1 done."
    (newest,) = document(cli("history", "--last", "1", "-o", "json"))["receipts"]
    assert newest["rollback"] == applied[0]
    assert f"rollback   {applied[0]}" in cli("history", str(newest["receipt"])).out

    assert last_line(cli("plan")) == "Plan: 0 to create, 1 to update, 0 to replace, 0 to delete."
    run_git(tmp_path, "revert", "--no-edit", head)
    assert last_line(cli("plan", "--detailed-exitcode")) == EMPTY


def test_what_moved_since_refuses_the_rollback(cli: Run, sandbox: Sandbox, applied: list[str], tmp_path: Path) -> None:
    change_by_hand(sandbox, "by hand")
    ran = cli("rollback", applied[0], "--out", "undo.plan")
    assert ran.code == 5
    assert "error: openwebui/Group/developers: description changed since" in ran.err
    assert "`--exclude Group/developers` leaves it as it is, `--overwrite` rolls it back all the same" in ran.err
    assert not (tmp_path / "undo.plan").exists()
    assert last_line(cli("rollback", applied[0], "--exclude", "Group/developers")) == EMPTY
    ran = cli("rollback", applied[0], "--overwrite", "--out", "undo.plan")
    assert (ran.code, "warning: openwebui/Group/developers: description changed since" in ran.err) == (0, True)
    assert last_line(cli("apply", "undo.plan")) == "Apply: 1 done."


def test_a_rollback_of_the_first_apply_deletes_what_it_created(cli: Run, applied: list[str], tmp_path: Path) -> None:
    ran = cli("rollback", applied[1], "--overwrite")
    assert f"- delete    openwebui/Group/developers   created by {applied[1]}" in ran.out
    assert cli("rollback", applied[1]).code == 5, "the second apply changed it since"
