"""`adopt` and `forget`: what is ours changes, and no server."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Run, Sandbox, write_group
from .test_cli_live import CUE, document, last_line, on_terminal

ADDRESS = "openwebui/Group/developers"


@pytest.fixture
def by_hand(sandbox: Sandbox) -> Sandbox:
    """A group that somebody made, and that differs from its manifest."""
    sandbox.call("POST", "/openwebui/api/v1/groups/create", {"name": "developers", "description": "by hand"})
    return sandbox


def test_an_object_that_differs_is_adopted_and_forgotten(cli: Run, by_hand: Sandbox, tmp_path: Path) -> None:
    assert cli("plan").code == 5
    ran = cli("adopt", "Group/developers", "--yes")
    assert ran.code == 0
    assert f"adopted   {ADDRESS}   the next plan updates description\n" in ran.out
    assert last_line(ran) == "Adopted 1 object; nothing changed on any server."
    ran = cli("plan", "--detailed-exitcode")
    assert ran.code == 2
    assert f"~ update    {ADDRESS}   not applied yet" in ran.out
    assert cli("drift").code == 0

    (row,) = document(cli("adopt", "developers", "--yes", "-o", "json"))["adopted"]
    assert (row["status"], row["address"], row["says"]) == ("ours", ADDRESS, "the next plan updates description")
    assert last_line(cli("adopt", ADDRESS, "--yes")) == "Adopted 0 objects; nothing changed on any server."

    (row,) = document(cli("forget", "*/Group/*", "--yes", "-o", "json"))["forgotten"]
    assert row["status"] == "forgotten"
    assert "manifests/developers.yaml:1:1 declares it" in str(row["says"])
    assert cli("inventory", "list").out.startswith("0 objects")
    assert cli("plan").code == 5
    groups = by_hand.call("GET", "/openwebui/api/v1/groups/")
    assert [group["description"] for group in groups] == ["by hand"]  # type: ignore[attr-defined]


def test_what_makes_no_sense_is_refused_whole(cli: Run, by_hand: Sandbox, tmp_path: Path) -> None:
    write_group(tmp_path, "nowhere", "Nobody made it")
    ran = cli("adopt", "Group/*", "--yes", "-o", "json")
    assert ran.code == 5
    assert document(ran)["adopted"] == []
    assert "openwebui/Group/nowhere is not on the server: nothing to adopt" in ran.err
    assert "hint: `reconciler apply` creates it" in ran.err
    assert "nothing was changed" in ran.err
    assert cli("inventory", "list").out.startswith("0 objects")

    for verb, hint in (("adopt", "did you mean `Group/developers`?"), ("forget", "")):
        ran = cli(verb, "Group/developer", "--yes")
        assert (ran.code, ran.out) == (3, "")
        assert hint in ran.err
    ran = cli("adopt", "--yes")
    assert ran.code == 3


def test_a_target_that_cannot_be_read_adopts_nothing(cli: Run, by_hand: Sandbox, tmp_path: Path) -> None:
    settings = tmp_path / "reconciler.yaml"
    text = settings.read_text()
    settings.write_text(text.replace(by_hand.url, "http://127.0.0.1:9"))
    assert cli("adopt", "developers", "--yes").code == 5
    assert "what it holds is unknown" in cli("adopt", "developers", "--yes").err
    settings.write_text(text + "    account: {id: somebody-else}\n")
    ran = cli("adopt", "developers", "--yes")
    assert ran.code == 5
    assert "another account than the one in the settings" in ran.err
    settings.write_text(text)
    assert cli("adopt", "developers", "--yes").code == 0


def test_a_person_is_asked(cli: Run, by_hand: Sandbox) -> None:
    for verb in ("adopt", "forget"):
        ran = cli(verb, "developers")
        assert ran.code == 3
        assert f"`{verb}` has nobody to ask" in ran.err
    code, text = on_terminal(("adopt", "developers", "--color", "never"), b"no\n", CUE)
    assert code == 130
    assert "the next plan updates description" in text
    assert "nothing was changed" in text
    code, text = on_terminal(("adopt", "developers", "--color", "never"), b"yes\n", CUE)
    assert code == 0
    assert text.count("the next plan updates description") == 1
    assert "Adopted 1 object" in text
    code, text = on_terminal(("forget", "developers", "-o", "json"), b"yes\n", CUE)
    assert code == 0
    assert '"status": "forgotten"' in text
