"""`inventory` and `doctor` with every sort of store: listed, locked, unlocked, and copied from one to another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.inventory.inventory_places import run_git
from tests.unit.inventory.inventory_servers import CREDENTIALS, s3

from .conftest import Run, Sandbox
from .test_cli_live import document, last_line

GIT = "inventory: {store: git, path: prod}\n"


def keep_in(folder: Path, inventory: str, file: str = "reconciler.yaml") -> None:
    """Write settings that keep the inventory elsewhere."""
    plain = (folder / "reconciler.yaml").read_text().partition("inventory:")[0]
    (folder / file).write_text(plain + inventory)


@pytest.fixture
def repository(tmp_path: Path, sandbox: Sandbox, git: str) -> Path:
    """The folder as a clone; gives its remote."""
    remote = tmp_path.parent / f"{tmp_path.name}.git"
    remote.mkdir()
    run_git(remote, "init", "-q", "--bare")
    run_git(tmp_path, "init", "-q")
    run_git(tmp_path, "remote", "add", "origin", str(remote))
    return remote


def test_the_whole_life_with_an_inventory_in_git(cli: Run, repository: Path, tmp_path: Path) -> None:
    keep_in(tmp_path, GIT)
    assert cli("plan").code == 0
    assert run_git(repository, "for-each-ref") == "", "a plan writes nothing"
    assert cli("apply", "--yes").code == 0
    assert "1 object, save 1, not locked (refs/reconciler/prod of origin)" in cli("doctor").out
    rows = document(cli("inventory", "list", "-o", "json"))["entries"]
    assert [row["address"] for row in rows] == ["openwebui/Group/developers"]
    assert cli("plan", "--detailed-exitcode").code == 0
    assert not (tmp_path / ".reconciler").exists()
    assert run_git(tmp_path, "for-each-ref") == ""


def test_a_lock_in_git_is_named_and_removed(cli: Run, repository: Path, tmp_path: Path) -> None:
    keep_in(tmp_path, GIT)
    assert cli("apply", "--yes").code == 0
    held = {"owner": {"user": "ann", "host": "elsewhere", "pid": 1}, "since": 0}
    blob = json.dumps({"held": held, "job": "", "mark": "", "token": ""}).encode()
    lock = run_git(repository, "hash-object", "-w", "--stdin", data=blob).strip()
    kept = next(row for row in run_git(repository, "ls-tree", "refs/reconciler/prod").splitlines() if "lock" not in row)
    tree = run_git(repository, "mktree", data=f"{kept}\n100644 blob {lock}\tlock\n".encode()).strip()
    run_git(
        repository, "update-ref", "refs/reconciler/prod", run_git(repository, "commit-tree", tree, "-m", "x").strip()
    )

    ran = cli("apply", "--yes")
    assert ran.code == 1
    assert "ann@elsewhere" in ran.err
    assert "reconciler inventory unlock" in ran.err
    assert "ann@elsewhere" in cli("doctor").out
    assert "Removed the lock of ann@elsewhere" in cli("inventory", "unlock").out
    assert cli("apply", "--yes").code == 0


def test_a_remote_that_is_gone_is_told_with_its_place(cli: Run, repository: Path, tmp_path: Path) -> None:
    keep_in(tmp_path, GIT)
    repository.rmdir() if not any(repository.iterdir()) else repository.rename(f"{repository}.gone")
    for verb in (("plan",), ("apply", "--yes"), ("inventory", "list"), ("inventory", "unlock")):
        ran = cli(*verb)
        assert (ran.code, "git ls-remote: fatal: " in ran.err) == (1, True), ran
    assert [
        row["status"] for row in document(cli("doctor", "-o", "json"))["checks"] if row["check"] == "inventory"
    ] == ["fail"]


def test_from_one_store_to_another_and_on(
    cli: Run, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_in(tmp_path, "", "old.yaml")
    assert cli("-c", "old.yaml", "apply", "--yes").code == 0
    plan = cli("-c", "old.yaml", "plan", "--destroy", "--out", "saved.plan")
    assert plan.code == 0
    before = (tmp_path / ".reconciler" / "inventory.json").read_bytes()
    receipts = tmp_path / ".reconciler" / "inventory.json.receipts"
    (receipts / "0000000001-a").write_bytes(b"one that has no ending")
    assert len(list(receipts.iterdir())) == 3

    keep_in(tmp_path, GIT)
    ran = cli("inventory", "copy", "--from", "old.yaml")
    assert (ran.code, ran.out) == (
        0,
        "Copied 1 object and 2 receipts, save 1, from .reconciler/inventory.json to refs/reconciler/prod of origin.\n",
    )
    assert cli("inventory", "copy", "--from", "old.yaml").code == 0, "one that broke off is begun again"
    assert (tmp_path / ".reconciler" / "inventory.json").read_bytes() == before
    assert cli("plan", "--detailed-exitcode").code == 0

    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with s3() as endpoint:
        where = f"inventory: {{store: s3, path: tests/prod.json, endpoint: '{endpoint}', region: us-east-1}}\n"
        keep_in(tmp_path, GIT, "old.yaml")
        keep_in(tmp_path, where)
        ran = cli("inventory", "copy", "--from", "old.yaml")
        assert (
            ran.code,
            "2 receipts, save 1, from refs/reconciler/prod of origin to s3://tests/prod.json" in ran.out,
        ) == (0, True)
        assert cli("plan", "--detailed-exitcode").code == 0
        ran = cli("apply", "saved.plan", "--yes")
        assert last_line(ran) == "Apply: 1 done.", "it is the inventory that was planned with"


def test_what_cannot_be_copied_is_told(cli: Run, repository: Path, tmp_path: Path) -> None:
    keep_in(tmp_path, "", "old.yaml")
    keep_in(tmp_path, GIT)
    ran = cli("inventory", "copy", "--from", "old.yaml")
    assert (ran.code, "there is no inventory to copy" in ran.err) == (1, True)
    assert cli("-c", "old.yaml", "apply", "--yes").code == 0
    assert cli("destroy", "--yes").code in (0, 5)
    cli("apply", "--yes", "--adopt")
    ran = cli("inventory", "copy", "--from", "old.yaml")
    assert (ran.code, "refs/reconciler/prod of origin holds an inventory already" in ran.err) == (1, True)
    assert cli("inventory", "copy", "--from", "nowhere.yaml").code == 3
    assert cli("inventory", "copy").code == 3


def test_a_database_whose_address_is_not_set_is_told(
    cli: Run, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    keep_in(tmp_path, "inventory: {store: postgres, url: {env: DATABASE_URL}}\n")
    ran = cli("plan")
    assert (ran.code, "inventory.url: environment variable DATABASE_URL is not set" in ran.err) == (7, True)
    assert cli("doctor").code == 7


def test_settings_that_name_no_store_are_told(cli: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    keep_in(tmp_path, "inventory: {store: git, bucket: x}\n")
    ran = cli("inventory", "list")
    assert ran.code == 3
    assert "inventory.bucket: unknown key `bucket`" in ran.err
    keep_in(tmp_path, GIT)
    ran = cli("plan")
    assert (ran.code, "git keeps it in a repository" in ran.err) == (3, True)
