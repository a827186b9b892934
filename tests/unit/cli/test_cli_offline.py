"""Verbs that speak to no server: init, schema, explain, validate, graph, show; and what errors look like."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import pytest

from reconciler import redact
from reconciler.cli import kinds as cli_kinds
from reconciler.cli.failures import explain, report
from reconciler.cli.session import Session
from reconciler.errors import ManifestError, SchemaError, StalePlan, UsageError
from reconciler.model import Diagnostic, Source
from reconciler.schema import Kinds, load_kinds

from .conftest import Run, write_group

SETTINGS = """\
apiVersion: reconciler/v1
targets:
  chat: {system: openwebui, url: "http://127.0.0.1:9", auth: {bearer: {env: OWUI_TOKEN}}}
"""


@pytest.fixture
def folder(tmp_path: Path, cli: Run) -> Path:
    (tmp_path / "reconciler.yaml").write_text(SETTINGS)
    return tmp_path


# --- init ---------------------------------------------------------------------------------------


def test_init_gives_a_folder_that_is_valid(cli: Run, tmp_path: Path) -> None:
    ran = cli("init", "new")
    assert ran.code == 0
    assert "wrote   new/reconciler.yaml" in ran.out
    assert "Next:" in ran.out
    assert {".schemas/", ".reconciler/"} <= set((tmp_path / "new" / ".gitignore").read_text().splitlines())
    assert json.loads((tmp_path / "new" / ".schemas" / "openwebui" / "Model.json").read_text())["title"]
    assert cli("-c", "new/reconciler.yaml", "validate").out == "1 manifest is valid.\n"
    comment = (tmp_path / "new" / "manifests" / "support-assistant.yaml").read_text().splitlines()[0]
    schema = comment.rpartition("=")[2]
    assert (tmp_path / "new" / "manifests" / schema).is_file()


@pytest.mark.parametrize("system", load_kinds().systems())
def test_init_begins_with_any_system(system: str, cli: Run, tmp_path: Path) -> None:
    assert cli("init", "--system", system).code == 0
    ran = cli("validate")
    assert (ran.code, ran.err) == (0, "")
    assert f"system: {system}" in (tmp_path / "reconciler.yaml").read_text()


def test_init_begins_with_several_systems(cli: Run, tmp_path: Path) -> None:
    assert cli("init", "--system", "xagent", "--system", "respan", "--system", "xagent").code == 0
    text = (tmp_path / "reconciler.yaml").read_text()
    assert [line.split()[1] for line in text.splitlines() if "system:" in line] == ["xagent", "respan"]
    ran = cli("init", "--system", "xagnet")
    assert ran.code == 3
    assert "did you mean `xagent`?" in ran.err


def test_init_never_overwrites(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "reconciler.yaml").write_text("mine")
    (tmp_path / ".gitignore").write_text("node_modules")
    ran = cli("init", "-o", "json")
    rows = {row["path"]: row["status"] for row in json.loads(ran.out)["files"]}
    assert rows["reconciler.yaml"] == "kept"
    assert rows[".gitignore"] == "extended"
    assert (tmp_path / "reconciler.yaml").read_text() == "mine"
    assert (tmp_path / ".gitignore").read_text().startswith("node_modules\n#")
    before = (tmp_path / ".gitignore").read_text()
    assert "kept    .gitignore" in cli("init").out
    assert (tmp_path / ".gitignore").read_text() == before


def test_init_where_nothing_can_be_written(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = cli("init", "file/inside")
    assert ran.code == 1
    assert ran.err.startswith("error: file/inside")
    assert "Traceback" not in ran.err


# --- schema and explain -------------------------------------------------------------------------


def test_schema_list(cli: Run) -> None:
    lines = cli("schema", "list").out.splitlines()
    assert [line.split()[0] for line in lines] == [f"{system}/{name}" for system, name in load_kinds().everything()]
    assert [line for line in lines if line.startswith("tiny/Item ")]  # of another package


def test_kinds_of_other_packages_are_known_by_name(cli: Run, tmp_path: Path) -> None:
    assert cli("explain", "Item").out.startswith("tiny/Item")
    assert cli("schema", "show", "Part").code == 0
    assert "s/tiny/Item.json" in cli("schema", "export", "s").out
    assert "tiny/Item.json" in cli("init", "new").out


def test_schema_show_needs_no_settings(cli: Run) -> None:
    ran = cli("schema", "show", "openwebui/Group")
    assert json.loads(ran.out)["properties"]["spec"]


def test_schema_check(cli: Run, tmp_path: Path) -> None:
    assert cli("schema", "check").out == "The schemas are right.\n"
    (tmp_path / "Wrong.json").write_text('{"title": 3}')
    ran = cli("schema", "check", "Wrong.json")
    assert ran.code == 3
    assert "at Wrong.json\n" in ran.err
    (tmp_path / "Wrong.json").write_text('{\n "title": ')
    ran = cli("schema", "check", "Wrong.json", "-o", "json")
    assert ran.code == 3
    assert "at Wrong.json:2:11" in ran.err
    assert json.loads(ran.out)["diagnostics"][0]["source"] == {"file": "Wrong.json", "line": 2, "column": 11}
    assert ran.err.rstrip().endswith("error: the schemas have problems")


def test_schema_export(cli: Run, tmp_path: Path) -> None:
    assert "s/openwebui/Group.json" in cli("schema", "export", "s").out
    assert (tmp_path / "s" / "openwebui" / "Model.json").is_file()


def test_explain(cli: Run) -> None:
    out = cli("explain", "openwebui/Model.params.temperature").out
    assert out.startswith("openwebui/Model.params.temperature   a number between 0 and 2")
    assert "Fields:" in cli("explain", "openwebui/Model").out
    document = json.loads(cli("explain", "Group.description", "-o", "json").out)
    assert document["name"] == "openwebui/Group.description"
    assert document["default"] == ""


@pytest.mark.parametrize(
    ("what", "hint"),
    [
        ("Modle", "did you mean `Model`?"),
        ("openwebui/Grup", "did you mean `Group`?"),
        ("openwebui/Model.parms", "`params`"),
    ],
)
def test_explain_answers_typos(what: str, hint: str, cli: Run) -> None:
    ran = cli("explain", what)
    assert ran.code == 3
    assert hint in ran.err


def test_a_kind_of_two_systems_needs_its_system(tmp_path: Path) -> None:
    for system in ("a", "b"):
        (tmp_path / f"{system}.json").write_text("{}")
    kinds = Kinds({("a", "Model"): tmp_path / "a.json", ("b", "Model"): tmp_path / "b.json"})
    with pytest.raises(UsageError, match="several systems have a kind Model") as caught:
        cli_kinds.find_kind(kinds, "Model")
    assert caught.value.hint == "say a/Model or b/Model"
    with pytest.raises(SchemaError):
        cli_kinds.find_kind(kinds, "b/Model")


@pytest.mark.parametrize(
    ("path", "system"), [("access_grants", "openwebui"), ("input_cost", "respan"), ("metadata.name", None)]
)
def test_a_field_that_one_of_them_has_is_enough(path: str, system: str | None, cli: Run) -> None:
    ran = cli("explain", f"Model.{path}")
    if system is None:
        assert "several systems have a kind Model" in ran.err
    else:
        assert ran.out.startswith(f"{system}/Model.{path}")


# --- validate and graph -------------------------------------------------------------------------


def test_validate(cli: Run, folder: Path) -> None:
    write_group(folder, "a", "A group")
    write_group(folder, "b", "Another")
    assert cli("validate").out == "2 manifests are valid.\n"
    document = json.loads(cli("validate", "-o", "json").out)
    assert [row["address"] for row in document["manifests"]] == ["chat/Group/a", "chat/Group/b"]
    assert document["manifests"][0]["source"].startswith("manifests/a.yaml")


def test_validate_reports_every_finding_with_its_place(cli: Run, folder: Path) -> None:
    write_group(folder, "a", "[1]")
    write_group(folder, "b", "x").write_text("kind: [\n")
    ran = cli("validate", "-o", "json")
    document = json.loads(ran.out)
    assert ran.code == 3
    assert {row["source"]["file"] for row in document["diagnostics"]} == {"manifests/a.yaml", "manifests/b.yaml"}
    assert all(row["source"]["line"] for row in document["diagnostics"])
    assert re.search(r"^  at manifests/a\.yaml:4:\d+", ran.err, re.MULTILINE)
    assert "Traceback" not in ran.err
    only = json.loads(cli("validate", "manifests/a.yaml", "-o", "json").out)
    assert {row["source"]["file"] for row in only["diagnostics"]} == {"manifests/a.yaml"}


@pytest.mark.parametrize("verb", ["validate", "plan", "drift", "graph", "doctor"])
def test_no_settings(verb: str, cli: Run) -> None:
    ran = cli(verb)
    assert ran.code == 3
    assert "reconciler.yaml" in ran.out + ran.err
    assert "Traceback" not in ran.err


def test_graph(cli: Run, folder: Path) -> None:
    write_group(folder, "a", "A group")
    write_group(folder, "b", "Another", ", dependsOn: [Group/a]")
    assert cli("graph").out == "chat/Group/a\nchat/Group/b\n  needs chat/Group/a\n\nGraph: 2 manifests, 1 edge.\n"
    assert '"chat/Group/b" -> "chat/Group/a";' in cli("graph", "-o", "dot").out
    assert "n1 --> n0" in cli("graph", "-o", "mermaid").out
    edges = json.loads(cli("graph", "-o", "json", "--write", "text=g.txt").out)["edges"]
    assert edges == [{"from": "chat/Group/b", "to": "chat/Group/a"}]
    assert Path("g.txt").read_text().endswith("1 edge.\n")


def test_a_cycle_is_printed_as_a_path(cli: Run, folder: Path) -> None:
    write_group(folder, "a", "A group", ", dependsOn: [Group/b]")
    write_group(folder, "b", "Another", ", dependsOn: [Group/a]")
    ran = cli("graph", "-o", "dot")
    assert ran.code == 3
    assert ran.out == ""
    assert "chat/Group/a → chat/Group/b → chat/Group/a" in ran.err


# --- errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name"), [(None, "missing.json"), ("{", "broken.json"), ('{"a": 1}', "other.json")]
)
def test_bad_plan_files(content: str | None, name: str, cli: Run, folder: Path) -> None:
    if content is not None:
        (folder / name).write_text(content)
    for args in (("show", name), ("apply", name)):
        ran = cli(*args)
        assert ran.code == 3
        assert name in ran.err
        assert "Traceback" not in ran.err


@pytest.mark.parametrize("verb", ["apply", "destroy"])
def test_without_a_terminal_somebody_must_have_said_yes(verb: str, cli: Run, folder: Path) -> None:
    ran = cli(verb, "-o", "json")
    assert ran.code == 3
    assert "say --yes" in ran.err
    assert json.loads(ran.out)["outcomes"] == []


@pytest.mark.parametrize("flag", [("--adopt",), ("--target", "chat"), ("--allow-deletes", "3")])
def test_a_saved_plan_carries_its_own_consent(flag: tuple[str, ...], cli: Run, folder: Path) -> None:
    ran = cli("apply", "plan.json", *flag)
    assert ran.code == 3
    assert f"A saved plan carries its own {flag[0]}" in ran.err


@pytest.mark.parametrize(
    ("error", "message", "code"),
    [
        (UsageError("no", hint="yes"), "no", 3),
        (ManifestError("1 problem", (Diagnostic("error", "x"),)), "1 problem", 3),
        (StalePlan("moved"), "moved", 6),
        (click.ClickException("odd"), "odd", 3),
        (click.UsageError("odd"), "odd", 3),
        (click.Abort(), "interrupted", 130),
        (KeyboardInterrupt(), "interrupted", 130),
        (PermissionError(13, "Permission denied", "x.json"), "x.json: Permission denied", 1),
        (OSError("plain"), "plain", 1),
        (ZeroDivisionError("division by zero"), "unexpected ZeroDivisionError: division by zero", 1),
    ],
)
def test_every_exception_finds_words(error: BaseException, message: str, code: int) -> None:
    failure = explain(error)
    assert (failure.message, failure.exit_code) == (message, code)


def test_findings_come_before_the_sentence_that_counts_them(capsys: pytest.CaptureFixture[str]) -> None:
    finding = Diagnostic(
        "error", "unknown field", "expected one of a, b", "did you mean `a`?", None, Source("m.yaml", 3, 5)
    )
    assert report(ManifestError("1 problem", (finding,), hint="mend it"), Session({})) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        "error: unknown field\n  at m.yaml:3:5\n  expected one of a, b\n  hint: did you mean `a`?\n"
        "error: 1 problem\n  hint: mend it\n"
    )


def test_a_lone_finding_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    finding = Diagnostic("error", "the references go round", hint="cut one", source=Source("a.yaml", 1, 2))
    error = ManifestError("a.yaml:1:2: the references go round", (finding,))
    assert report(error, Session({}, format="json")) == 3
    out, err = capsys.readouterr()
    assert err == "error: the references go round\n  at a.yaml:1:2\n  hint: cut one\n"
    assert json.loads(out)["error"]["message"] == "a.yaml:1:2: the references go round"


def test_a_bug_is_short_and_its_traceback_without_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    secret = redact.remember("canary-in-a-traceback")
    with pytest.raises(RuntimeError) as caught:
        raise RuntimeError(f"the server said {secret}")
    assert report(caught.value, Session({})) == 1
    quiet = capsys.readouterr().err
    report(caught.value, Session({"RECONCILER_DEBUG": "1"}))
    loud = capsys.readouterr().err
    assert quiet.startswith("error: unexpected RuntimeError: the server said (sensitive)\n  hint: this is a bug")
    assert "Traceback" not in quiet
    assert "Traceback" in loud
    assert secret not in quiet + loud


def test_an_error_document_that_cannot_be_written_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    session = Session({}, writes=(("json", tmp_path / "gone" / "x.json"),))
    assert report(UsageError("no"), session) == 3
    assert "No such file or directory" in capsys.readouterr().err


def test_errors_are_written_to_files_too(cli: Run, folder: Path) -> None:
    write_group(folder, "a", "[1]")
    assert cli("validate", "--write", "json=report.json").code == 3
    assert json.loads((folder / "report.json").read_text())["error"]["exit_code"] == 3


def test_sandbox_says_what_is_wrong(cli: Run) -> None:
    ran = cli("sandbox", "--fault", "nonsense")
    assert ran.code == 3
    assert "nonsense" in ran.err
    ran = cli("sandbox", "--seed", "missing.yaml")
    assert ran.code == 3
    assert "missing.yaml" in ran.err
    ran = cli("sandbox", "--data", "no/such/folder.db")
    assert ran.code == 3
    assert "no/such/folder.db" in ran.err
    assert "bug" not in ran.err


def test_sandbox_without_its_extra(cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for name in [name for name in sys.modules if name.startswith("reconciler.sandbox")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "starlette.requests", None)
    ran = cli("sandbox")
    assert ran.code == 1
    assert "pip install 'reconciler[sandbox]'" in ran.err
