"""Reports from the command line: which verb has which formats, files that are whole or not there, exit codes."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.cli import files
from reconciler.report.formats import EVERYTHING, FINDINGS, GRAPHS

from .conftest import Run, Sandbox, write_group

BEGINNINGS = {
    "text": "",
    "json": '{\n  "format_version": "1.1"',
    "markdown": "<!-- reconciler:",
    "html": "<!doctype html>",
    "junit": "<?xml ",
    "sarif": '{\n  "$schema": ',
    "github": "::",
    "dot": "digraph",
    "mermaid": "flowchart",
}
NOWHERE = """\
apiVersion: reconciler/v1
targets:
  chat: {system: openwebui, url: "http://127.0.0.1:9", auth: {bearer: {env: OWUI_TOKEN}}}
"""


def writes(formats: tuple[str, ...]) -> list[str]:
    return [part for form in formats for part in ("--write", f"{form}=out.{form}")]


def assert_written(formats: tuple[str, ...]) -> None:
    for form in formats:
        path = Path(f"out.{form}")
        assert path.read_text().startswith(BEGINNINGS[form]), form
        path.unlink()
    assert not list(Path().glob(".*.part"))


@pytest.fixture
def folder(tmp_path: Path, cli: Run) -> Path:
    (tmp_path / "reconciler.yaml").write_text(NOWHERE)
    write_group(tmp_path, "developers", "People")
    return tmp_path


LIVE = [
    ("plan", "--out", "plan.json"),
    ("show", "plan.json"),
    ("apply", "plan.json"),
    ("drift",),
    ("doctor",),
    ("destroy", "--yes"),
]
OFFLINE = [
    (("validate",), FINDINGS),
    (("schema", "check"), FINDINGS),
    (("graph",), GRAPHS),
    (("init", "new"), EVERYTHING),
    (("schema", "list"), EVERYTHING),
    (("schema", "export", "schemas"), EVERYTHING),
    (("explain", "openwebui/Model"), EVERYTHING),
    (("inventory", "list"), EVERYTHING),
    (("inventory", "unlock"), EVERYTHING),
]


def test_verbs_that_speak_to_a_server_write_every_format(cli: Run, sandbox: Sandbox) -> None:
    for verb in LIVE:
        ran = cli(*verb, *writes(FINDINGS))
        assert ran.code == 0, (verb, ran.err)
        assert_written(FINDINGS)
        again = cli(*verb, "-o", "markdown")
        assert again.out.startswith(f"<!-- reconciler:{verb[0]} -->\n") or verb[0] == "apply"


@pytest.mark.parametrize(("verb", "formats"), OFFLINE)
def test_verbs_that_speak_to_none_write_what_they_can(
    verb: tuple[str, ...], formats: tuple[str, ...], cli: Run, folder: Path
) -> None:
    assert cli(*verb, *writes(formats)).code == 0
    assert_written(formats)
    for form in formats:
        assert cli(*verb, "-o", form).out.startswith(BEGINNINGS[form])
    for form in set(BEGINNINGS) - set(formats):
        for option in (("-o", form), ("--write", f"{form}=out")):
            ran = cli(*verb, *option)
            assert ran.code == 3
            assert f"{form!r} cannot say what this verb shows; there are text, json, markdown, html" in ran.err
            assert not Path("out").exists()


def test_what_a_verb_cannot_write_is_refused_before_anything_happens(cli: Run, folder: Path) -> None:
    assert cli("init", "fresh", "-o", "sarif").code == 3
    assert not (folder / "fresh").exists()


def test_a_picture_is_not_written_where_there_is_no_graph(cli: Run, folder: Path) -> None:
    write_group(folder, "broken", "[1]")
    ran = cli("graph", "-o", "dot", "--write", "mermaid=out.mmd", "--write", "html=out.html")
    assert (ran.code, ran.out) == (3, "")
    assert not (folder / "out.mmd").exists()
    assert "Graph failed." in (folder / "out.html").read_text()


def test_two_results_do_not_go_to_one_file(cli: Run, folder: Path) -> None:
    ran = cli("validate", "--write", "json=out", "--write", "html=./out")
    assert ran.code == 3
    assert "Two results would go to 'out'." in ran.err


def test_invalid_manifests_are_annotations(cli: Run, folder: Path) -> None:
    write_group(folder, "broken", "[1]")
    ran = cli("validate", "-o", "github", "--write", "junit=out.xml", "--write", "sarif=out.sarif")
    assert ran.code == 3
    assert ran.out.startswith("::error file=manifests/broken.yaml,line=4,col=21,title=manifest.schema::")
    (result,) = json.loads((folder / "out.sarif").read_text())["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "manifests/broken.yaml"}
    assert place["region"] == {"startLine": 4, "startColumn": 21}
    assert 'tests="1" failures="1"' in (folder / "out.xml").read_text()


@pytest.mark.parametrize("line", [(), ("-c", "../models/reconciler.yaml")], ids=["inside", "beside"])
def test_machines_are_told_files_from_the_top_of_the_repository(
    line: tuple[str, ...], cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code scanning and annotations look for them there, wherever a pipeline's step runs."""
    models = tmp_path / "models"
    models.mkdir()
    (tmp_path / "beside").mkdir()
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (models / "reconciler.yaml").write_text(NOWHERE)
    write_group(models, "broken", "[1]")
    monkeypatch.chdir(tmp_path / "beside" if line else models)
    ran = cli(*line, "validate", "-o", "github", "--write", "sarif=out.sarif", "--write", "junit=out.xml")
    assert ran.out.startswith("::error file=models/manifests/broken.yaml,line=4,col=21,")
    (result,) = json.loads(Path("out.sarif").read_text())["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "models/manifests/broken.yaml"}
    assert 'classname="models/manifests/broken.yaml"' in Path("out.xml").read_text()
    write_group(models, "broken", "People")
    failing = cli(*line, "plan", "--write", "sarif=out.sarif")
    (result,) = json.loads(Path("out.sarif").read_text())["runs"][0]["results"]
    assert failing.code == 7  # no credential is set
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "models/reconciler.yaml"}


def test_settings_that_are_named_tell_comments_apart(cli: Run, folder: Path) -> None:
    (folder / "prod").mkdir()
    (folder / "prod" / "reconciler.yaml").write_text(NOWHERE.replace("targets", "manifests: [../manifests]\ntargets"))
    ran = cli("-c", "prod/reconciler.yaml", "validate", "-o", "markdown")
    assert ran.out.startswith("<!-- reconciler:validate:prod/reconciler.yaml -->\n")


def test_the_schema_of_the_json_is_published(cli: Run, folder: Path) -> None:
    shown = json.loads(cli("schema", "show", "output").out)
    assert shown["title"] == "What reconciler says with -o json"
    assert shown["properties"]["format_version"]["pattern"] == "^1\\.[0-9]+$"


# --- files ---------------------------------------------------------------------------------------

FULL = "/dev/full"


@pytest.mark.skipif(not Path(FULL).exists(), reason="this system has no file that is always full")
@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("plan",), 1),
        (("plan", "--detailed-exitcode"), 1),
        (("apply", "--yes"), 0),
        (("destroy", "--yes", "--allow-deletes", "0"), 5),
        (("drift",), 1),
        (("destroy", "--yes"), 0),
    ],
)
def test_a_report_that_cannot_be_written_never_hides_what_an_apply_did(
    args: tuple[str, ...], code: int, cli: Run, sandbox: Sandbox
) -> None:
    if args[0] in ("destroy", "drift"):
        assert cli("apply", "--yes").code == 0
    ran = cli(*args, "--write", f"json={FULL}", "--write", "html=out.html")
    assert ran.code == code
    assert "No space left on device" in ran.err
    assert Path("out.html").read_text().startswith("<!doctype html>")  # one that fails stops no other


@pytest.mark.skipif(not Path(FULL).exists(), reason="this system has no file that is always full")
def test_a_partial_apply_stays_a_partial_apply(cli: Run, sandbox: Sandbox) -> None:
    sandbox.faults("500:/groups/create")
    ran = cli("apply", "--yes", "--write", f"html={FULL}")
    assert ran.code == 4
    assert "No space left on device" in ran.err


def test_a_format_that_breaks_is_a_bug_that_hides_nothing(
    cli: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reconciler.report import junit

    def broken(*_: object) -> str:
        raise ZeroDivisionError("in a report")

    monkeypatch.setattr(junit, "render", broken)
    ran = cli("apply", "--yes", "-o", "junit")
    assert (ran.code, ran.out) == (0, "")
    assert "unexpected ZeroDivisionError" in ran.err
    assert cli("plan", "--write", "junit=out.xml").code == 1


def test_a_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 250)  # a draft beside it would have too long a name
    path.write_text("old")
    with pytest.raises(OSError, match="too long"):
        files.write_whole(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(UnicodeEncodeError):
        files.write_whole(tmp_path / "other", "\ud800")
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link_and_a_mode_a_mode(tmp_path: Path) -> None:
    path, link = tmp_path / "real", tmp_path / "link"
    path.write_text("old")
    path.chmod(0o600)
    link.symlink_to(path)
    files.write_whole(link, "new")
    assert (link.is_symlink(), path.read_text(), stat.S_IMODE(path.stat().st_mode)) == (True, "new", 0o600)


def test_a_pipe_is_written_to(cli: Run, folder: Path) -> None:
    command = [sys.executable, "-m", "reconciler", "validate", "--write", "github=/dev/stderr"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "1 manifest is valid.\n"
    assert done.stderr == "::notice title=reconciler validate::1 manifest is valid.\n"


# --- logs that are read for commands -------------------------------------------------------------


def test_a_prompt_gives_a_workflow_no_command(
    cli: Run, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = '"a\\n::add-mask::x\\n  ::stop-commands::y ##[group]z\\nend"'
    write_group(tmp_path, "developers", hostile)
    assert cli("apply", "--yes").code == 0
    write_group(tmp_path, "developers", hostile.replace("end", "other"))
    assert "\n          ::add-mask::x\n" in cli("plan").out
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    for form in ("text", "markdown", "html", "junit"):
        for colour in ("never", "always"):
            out = cli("plan", "-o", form, "--color", colour).out
            lines = [line.strip() for line in out.splitlines()]
            assert [line for line in lines if line.startswith("::") or "##[" in line] == []
            assert "stop-commands::y" in out
    assert cli("plan", "-o", "github").out.startswith("::notice ")


def test_a_format_is_loaded_where_it_is_asked_for(cli: Run, folder: Path) -> None:
    code = (
        "import sys; from reconciler.cli.app import run; run(sys.argv[1:]); "
        "print([m for m in ('jinja2', 'grandalf', 'xml.etree', 'reconciler.report.markdown') if m in sys.modules])"
    )
    for form, loaded in (("text", []), ("html", ["jinja2"]), ("junit", ["xml.etree"])):
        command = [sys.executable, "-c", code, "validate", "-o", form]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stdout.endswith(f"{loaded}\n")
