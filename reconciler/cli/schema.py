"""`schema`: the schemas of kinds.

Takes options, shows, checks or writes schemas. Needs no settings and speaks to no server.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli import options
from reconciler.cli.session import Session
from reconciler.cli.verb import Family, Verb
from reconciler.report.formats import EVERYTHING

if TYPE_CHECKING:
    from reconciler.model import Diagnostic


@click.group(cls=Family)
def command() -> None:
    """List, show, check and export the schemas of kinds.

    A schema says what each field of a kind means; manifests are validated with it, and editors complete with it.
    """


@command.command("list", cls=Verb, examples=(("reconciler schema list", "which kinds are there?"),))
@options.output(EVERYTHING)
@click.pass_obj
def list_kinds(session: Session, /) -> None:
    """List the kinds: one line each, with its title."""
    from reconciler import schema
    from reconciler.report.view import Listing

    kinds = schema.load_kinds()
    names = kinds.everything()
    rows = tuple({"kind": f"{system}/{name}", "title": kinds.get(system, name).title} for system, name in names)
    session.show(Listing("kinds", ("kind", "title"), rows))


@command.command(
    "show",
    cls=Verb,
    examples=(
        ("reconciler schema show Model > Model.json", "the JSON Schema of a whole manifest of that kind"),
        ("reconciler schema show output > output.json", "the JSON Schema of what -o json writes"),
    ),
)
@click.argument("kind", metavar="KIND|output")
@click.pass_obj
def show(session: Session, /, kind: str) -> None:
    """Print the JSON Schema of a manifest of KIND, envelope and value sources included; or that of -o json."""
    from reconciler import schema
    from reconciler.cli.kinds import find_kind

    if kind == "output":
        session.out.write(schema.folder().joinpath("output.json").read_text(encoding="utf-8"))
        return
    document = schema.document_schema(find_kind(schema.load_kinds(), kind))
    session.out.write(json.dumps(document, indent=2) + "\n")


@command.command(
    "check",
    cls=Verb,
    examples=(
        ("reconciler schema check", "check the schemas that came with reconciler"),
        ("reconciler schema check schemas/acme/Model.json", "check one that you write"),
    ),
)
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path), metavar="[PATH]...")
@options.output()
@click.pass_obj
def check(session: Session, /, paths: tuple[Path, ...]) -> None:
    """Check schema files and folders against the vocabulary; those that are packaged by default."""
    from reconciler import schema
    from reconciler.errors import DiagnosticsError
    from reconciler.report.view import Listing

    checked = paths or tuple(folder for folder in sorted(schema.folder().iterdir()) if folder.is_dir())
    problems = schema.check_files(checked)
    if problems:
        findings = tuple(_finding(path, problem) for path, problem in problems)
        raise DiagnosticsError("the schemas have problems", findings)
    rows = tuple({"path": str(path)} for path in checked)
    session.show(Listing("checked", ("path",), rows, "The schemas are right.", brief=True))


def _finding(path: Path, problem: str) -> Diagnostic:
    """Take the position out of the words, where they begin with one."""
    from reconciler.model import Diagnostic, Source

    line, column, text = _POSITION.match(problem).groups()  # type: ignore[union-attr]  # it matches any text
    return Diagnostic("error", text, source=Source(str(path), int(line or 0), int(column or 0)))


_POSITION = re.compile(r"(?:(\d+):(\d+): )?(.*)", re.DOTALL)


@command.command(
    "export",
    cls=Verb,
    examples=(("reconciler schema export .schemas", "refresh what editors read"),),
)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@options.output(EVERYTHING)
@click.pass_obj
def export(session: Session, /, folder: Path) -> None:
    """Write FOLDER/<system>/<Kind>.json for every kind, for editors."""
    from reconciler import schema
    from reconciler.report.view import Listing

    rows = tuple({"path": str(path)} for path in schema.export(folder, schema.load_kinds()))
    session.show(Listing("files", ("path",), rows))
