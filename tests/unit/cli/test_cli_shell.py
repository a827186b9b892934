"""Verbs, options, environment, help: everything before the engine."""

from __future__ import annotations

import io
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import click
import pytest

from reconciler import __version__
from reconciler.cli import app
from reconciler.cli.verb import Family, Verb, asked_format

from .conftest import Run


def commands() -> list[tuple[str, click.Command]]:
    """Give every verb, and the verbs of families."""
    context = click.Context(app.root)
    found: list[tuple[str, click.Command]] = []
    for name in app.VERBS:
        command = app.root.get_command(context, name)  # type: ignore[attr-defined]
        members = command.commands.items() if isinstance(command, click.Group) else ()
        found += [(name, command), *((f"{name} {member}", inner) for member, inner in members)]
    return found


COMMANDS = commands()


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_every_command_is_explained_by_example(name: str, command: click.Command, cli: Run) -> None:
    assert isinstance(command, (Verb, Family))
    ran = cli(*name.split(), "--help")
    assert ran.code == 0
    assert "Examples:" in ran.out
    assert f"reconciler {name}" in ran.out
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_every_long_option_has_its_variable(name: str, command: click.Command) -> None:
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            long = next(text for text in parameter.opts if text.startswith("--"))
            assert parameter.envvar == "RECONCILER_" + long[2:].replace("-", "_").upper(), f"{name} {long}"


def test_the_lines_of_the_root_help_are_those_of_the_verbs() -> None:
    for name, command in COMMANDS:
        if " " not in name:
            first = (command.help or "").partition("\n")[0].strip()
            assert first.rstrip(".").split()[0] == app.VERBS[name].split()[0], name


def test_root_help(cli: Run) -> None:
    ran = cli("--help")
    assert ran.code == 0
    assert all(f"  {verb} " in ran.out for verb in app.VERBS)
    assert "RECONCILER_ALLOW_DELETES" in ran.out
    assert cli().code == 3


def test_version(cli: Run) -> None:
    assert cli("--version").out == f"reconciler {__version__}\n"


def test_start_up_is_quick() -> None:
    """Under 100 ms on an idle machine; processor time, the best of several runs, as tests rarely run on one."""
    best = {args: min(_seconds(*args) for _ in range(5)) for args in (("--version",), ("--help",), ("plan", "--help"))}
    assert all(seconds < 0.2 for seconds in best.values()), best


def _seconds(*args: str) -> float:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "reconciler", *args], check=True, capture_output=True, env=environ)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


HEAVY = (
    *("httpx", "aiohttp", "deepdiff", "jsonschema", "jsonschema_rs", "pydantic", "rich", "fastapi", "yaml", "ryaml"),
    *("jinja2", "grandalf", "xml"),
)


@pytest.mark.parametrize("args", [("--version",), ("--help",), ("plan", "--help"), ("sandbox", "--help")])
def test_start_up_imports_nothing_heavy(args: tuple[str, ...]) -> None:
    code = (
        "import sys; from reconciler.cli.app import run; run(sys.argv[1:]); "
        f"sys.exit(str([m for m in {HEAVY!r} if m in sys.modules] or ''))"
    )
    bare = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}  # which imports much
    done = subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True, check=False, env=bare)
    assert done.stderr.strip() == ""


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("plam",), "There is no verb 'plam'. Did you mean 'plan'?"),
        (("xyzzy",), "There is no verb 'xyzzy'."),
        (("plan", "--detailed-exitcod"), "No such option '--detailed-exitcod'."),
        (("plan", "-o", "yaml"), "Invalid value for '-o'"),
        (("plan", "--allow-deletes", "-1"), "Invalid value for '--allow-deletes'"),
        (("plan", "--allow-deletes", "x"), "'x' is not a valid whole number."),
        (("apply", "--lock-timeout", "x"), "'x' is not a valid number."),
        (("sandbox", "--port", "x"), "'x' is not a valid whole number."),
        (("plan", "--write", "yaml=x"), "'yaml' is no format; there are text, json, markdown, html, junit"),
        (("explain", "Model", "--write", "junit=x"), "'junit' cannot say what this verb shows; there are text, json"),
        (("plan", "--write", "json"), "'json' is not FORMAT=PATH"),
        (("plan", "--write", "json=missing/x.json"), "There is no folder 'missing'."),
        (("plan", "--out", "."), "'.' is a folder."),
        (("plan", "--expires", "0"), "Invalid value for '--expires'"),
        (("apply", "--parallelism", "0"), "Invalid value for '--parallelism'"),
        (("show",), "Missing argument 'FILE'."),
        (("explain",), "Missing argument"),
        (("schema",), "Missing command."),
        (("schema", "check", "missing.json"), "does not exist"),
    ],
)
def test_usage_errors_exit_with_3(args: tuple[str, ...], message: str, cli: Run) -> None:
    ran = cli(*args)
    assert ran.code == 3
    assert ran.out == ""
    assert message in ran.err
    assert "Traceback" not in ran.err


def test_config_after_the_verb_is_answered_with_its_place(cli: Run) -> None:
    ran = cli("plan", "-c", "x.yaml")
    assert ran.code == 3
    assert "hint: -c comes before the verb: reconciler -c FILE VERB" in ran.err


@pytest.mark.parametrize(
    "args", [("plan", "-o", "json", "--nope"), ("plan", "--nope", "--output=json"), ("plan", "-ojson", "x")]
)
def test_usage_errors_are_one_json_document_where_asked(args: tuple[str, ...], cli: Run) -> None:
    ran = cli(*args)
    document = json.loads(ran.out)
    assert ran.code == document["error"]["exit_code"] == 3
    assert document["complete"] is False
    assert document["diagnostics"][0]["severity"] == "error"
    assert "error: " in ran.err


@pytest.mark.parametrize(
    ("args", "environ", "expected"),
    [
        ((), {}, "text"),
        ((), {"RECONCILER_OUTPUT": "json"}, "json"),
        (("-o", "text"), {"RECONCILER_OUTPUT": "json"}, "text"),
        (("plan", "-o"), {}, ""),
        (("plan", "-ojson"), {}, "json"),
        (("plan", "--output", "json"), {}, "json"),
        (("plan", "--out", "json"), {}, "text"),
    ],
)
def test_asked_format(args: tuple[str, ...], environ: dict[str, str], expected: str) -> None:
    assert asked_format(args, environ) == expected


def test_options_come_from_the_environment(cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_OUTPUT", "json")
    assert json.loads(cli("schema", "list").out)["kinds"]
    monkeypatch.setenv("RECONCILER_WRITE", "text=a.txt json=b.json")
    cli("schema", "list")
    assert "\nopenwebui/Model " in Path("a.txt").read_text()
    assert json.loads(Path("b.json").read_text())["kinds"]
    monkeypatch.setenv("RECONCILER_COLOR", "purple")
    assert cli("schema", "list").code == 3


def test_colour_is_only_where_it_is_wanted(cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[" not in cli("explain", "openwebui/Model").out
    assert "\x1b[" in cli("explain", "openwebui/Model", "--color", "always").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in cli("explain", "openwebui/Model").out


def test_a_reader_that_leaves_is_no_error() -> None:
    command = [sys.executable, "-m", "reconciler", "schema", "show", "openwebui/Model"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 1


def test_an_ascii_terminal_still_shows_everything() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "reconciler", "explain", "Modèle"],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert done.returncode == 3
    assert b"Mod\\xe8le" in done.stderr


def test_a_shell_can_complete_verbs() -> None:
    environ = {**os.environ, "_RECONCILER_COMPLETE": "bash_complete", "COMP_WORDS": "reconciler pl", "COMP_CWORD": "1"}
    command = [sys.executable, "-m", "reconciler"]
    assert "plan" in subprocess.run(command, capture_output=True, text=True, check=False, env=environ).stdout


def test_a_stream_that_has_no_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    assert app.run(("--version",)) == 0
    assert stream.getvalue().startswith("reconciler ")


def test_console_entry() -> None:
    from reconciler.cli import main

    done = subprocess.run([sys.executable, "-m", "reconciler", "nope"], capture_output=True, check=False)
    assert done.returncode == 3
    assert callable(main)
