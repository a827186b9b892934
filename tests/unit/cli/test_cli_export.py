"""`export`: what is live becomes files, and nothing else changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Run, Sandbox
from .test_cli_live import document, last_line

GROUP = "openwebui/Group/people"
FILE = "manifests/openwebui/Group/people.yaml"
ONLY_GROUPS = ("--target", "openwebui", "--kind", "Group")


@pytest.fixture
def by_hand(sandbox: Sandbox, tmp_path: Path) -> Sandbox:
    """A group that somebody made, and no manifest at all: not even a folder for them."""
    sandbox.call("POST", "/openwebui/api/v1/groups/create", {"name": "people", "description": "by hand"})
    (tmp_path / "manifests" / "developers.yaml").unlink()
    (tmp_path / "manifests").rmdir()
    return sandbox


def test_what_is_live_is_written_planned_and_nothing_else_happens(cli: Run, by_hand: Sandbox, tmp_path: Path) -> None:
    before = by_hand.call("GET", "/openwebui/api/v1/groups/")
    ran = cli("export", *ONLY_GROUPS)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[0].split() == ["written", GROUP, FILE]
    assert last_line(ran) == "Export: 1 manifest written; apply would adopt it and do nothing else."
    assert (tmp_path / FILE).read_text() == (
        "apiVersion: openwebui/v1\nkind: Group\nmetadata:\n  name: people\n  target: openwebui\n"
        "spec:\n  description: by hand\n"
    )
    assert by_hand.call("GET", "/openwebui/api/v1/groups/") == before
    assert not (tmp_path / ".reconciler").exists()

    ran = cli("export", *ONLY_GROUPS)
    assert ran.code == 0
    assert ran.out == (
        "Left out: 1 object that manifests declare already.\nExport: 0 manifests written; there is nothing to add.\n"
    )


def test_it_never_overwrites(cli: Run, by_hand: Sandbox, tmp_path: Path) -> None:
    (tmp_path / FILE).parent.mkdir(parents=True)
    (tmp_path / FILE).write_text("# mine\n")
    ran = cli("export", *ONLY_GROUPS)
    assert (ran.code, ran.out) == (3, "")
    assert f"{FILE} is there already" in ran.err
    assert "never overwrites" in ran.err
    assert (tmp_path / FILE).read_text() == "# mine\n"

    ran = cli("export", *ONLY_GROUPS, "--to", "elsewhere", "-o", "json")
    assert ran.code == 0
    (row,) = document(ran)["exported"]
    assert row == {"status": "written", "address": GROUP, "file": "elsewhere/openwebui/Group/people.yaml", "says": ""}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--to", "../outside"), "outside the repository"),
        (("--to", "reconciler.yaml"), "is no folder"),
        (("--kind", "Gruop"), "fits no kind"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_written(
    arguments: tuple[str, ...], said: str, cli: Run, by_hand: Sandbox, tmp_path: Path
) -> None:
    before = sorted(tmp_path.rglob("*"))
    ran = cli("export", *arguments)
    assert ran.code == 3
    assert said in ran.err
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_that_cannot_be_written_is_told(cli: Run, by_hand: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "openwebui").write_text("a file where a folder should be\n")
    ran = cli("export", *ONLY_GROUPS)
    assert ran.code == 3
    assert "cannot write" in ran.err


def test_other_targets_go_on_where_one_cannot_be_read(cli: Run, by_hand: Sandbox, tmp_path: Path) -> None:
    settings = tmp_path / "reconciler.yaml"
    text = settings.read_text()
    settings.write_text(
        text + "  gone:\n    system: openwebui\n    url: http://127.0.0.1:9\n    auth: {bearer: {env: SANDBOX_TOKEN}}\n"
    )
    ran = cli("export", "--kind", "Group", "-o", "json")
    assert ran.code == 8
    assert document(ran)["complete"] is False
    assert [row["address"] for row in document(ran)["exported"]] == [GROUP]
    assert (tmp_path / FILE).exists()


def test_another_account_than_the_pinned_one_is_not_written_down(cli: Run, by_hand: Sandbox, tmp_path: Path) -> None:
    settings = tmp_path / "reconciler.yaml"
    text = settings.read_text()
    assert "  openwebui:\n" in text
    settings.write_text(text.replace("  openwebui:\n", "  openwebui:\n    account: {id: somebody-else}\n"))
    ran = cli("export", *ONLY_GROUPS)
    assert ran.code == 5
    assert "another account than the one in the settings" in ran.err
    assert not (tmp_path / "manifests").exists()


def test_what_a_manifest_cannot_say_is_listed(cli: Run, by_hand: Sandbox, tmp_path: Path) -> None:
    by_hand.call("POST", "/openwebui/api/v1/groups/create", {"name": "people", "description": "a twin"})
    ran = cli("export", *ONLY_GROUPS)
    assert ran.code == 4
    assert f"error: {GROUP} could not be expressed: 2 objects bear this identity" in ran.err
    assert last_line(ran) == "Export: 0 manifests written; it is not whole, the errors say why."
