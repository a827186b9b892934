"""`init`: the first files of a new folder, and the pipelines of its repository.

Takes a folder, writes what is missing in it. Never overwrites a file.
"""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

import click

from reconciler.cli import options
from reconciler.cli.session import Session
from reconciler.cli.verb import Verb, option
from reconciler.report.formats import EVERYTHING

SETTINGS = """\
apiVersion: reconciler/v1
manifests: [manifests]

# What is ours is remembered here, outside git. Where pipelines share it: `inventory: {store: git}`.
inventory: {store: file, path: .reconciler/inventory.json}

targets:
"""
FIRST = "openwebui"
"""The system that is begun with where nobody says which."""

TARGET = "target.yaml"
"""Of a starter (`schemas/<system>/starter/`): the target; its other files are manifests."""
IGNORED = (
    "# made by reconciler; write them again with `reconciler schema export .schemas`",
    ".schemas/",
    "# the inventory of the store `file`, its journal and receipts",
    ".reconciler/",
)

NEXT = """\
Next:
  1. in reconciler.yaml, say where your server is, and export the credential that it names
  2. reconciler doctor      can it be reached?
  3. reconciler plan        what would change?
  4. reconciler apply       do it"""


@click.command(
    cls=Verb,
    examples=(
        ("reconciler init", "start in this folder"),
        ("reconciler init models --system xagent --system respan", "in another one, with two other systems"),
        ("reconciler init --ci github", "and pipelines: plan on a pull request, apply on a merge, drift at night"),
    ),
)
@click.argument("folder", default=".", type=click.Path(file_okay=False, path_type=Path))
@option("--system", "systems", multiple=True, metavar="SYSTEM", help=f"Begin with this system ({FIRST}). Repeatable.")
@option(
    "--ci", type=click.Choice(["github", "gitlab"]), help="Write pipelines for this forge into the repository as well."
)
@options.output(EVERYTHING)
@click.pass_obj
def command(session: Session, /, folder: Path, systems: tuple[str, ...], ci: str | None) -> None:
    """Write settings, example manifests and schemas into FOLDER (here, where it is left out).

    With --ci also pipelines that plan on a pull request, apply on a merge and look for drift at night; where FOLDER
    has settings already, only these. A file that is there is kept as it is; .gitignore only gets lines that it lacks.
    """
    from reconciler.report.view import Listing

    has_settings = (folder / "reconciler.yaml").exists()
    rows = [] if ci and has_settings and not systems else _begin(folder, systems)
    closing = [] if has_settings else [NEXT]
    if ci:
        from reconciler.cli.pipelines import pipelines_of

        texts, next_ = pipelines_of(folder, ci)
        rows += [_write(path, text) for path, text in texts.items()]
        closing.append(next_)
    session.show(Listing("files", ("status", "path"), tuple(rows), "\n\n".join(closing or [NEXT])))


def _begin(folder: Path, systems: tuple[str, ...]) -> list[dict[str, str]]:
    """Write settings, manifests to begin with, and schemas."""
    from reconciler import schema

    starters = [_starter(system) for system in dict.fromkeys(systems or (FIRST,))]
    targets = [indent((starter / TARGET).read_text(encoding="utf-8"), "  ") for starter in starters]
    manifests = [path for starter in starters for path in sorted(starter.glob("*.yaml")) if path.name != TARGET]
    return [
        _write(folder / "reconciler.yaml", SETTINGS + "".join(targets)),
        *(_write(folder / "manifests" / path.name, path.read_text(encoding="utf-8")) for path in manifests),
        _ignore(folder / ".gitignore"),
        *(_row("wrote", path) for path in schema.export(folder / ".schemas", schema.load_kinds())),
    ]


def _starter(system: str) -> Path:
    """Give the folder of the first files for a system; raise `UsageError` where there is none."""
    from reconciler import schema
    from reconciler.errors import UsageError

    known = {path.parent.name: path for path in sorted(schema.folder().glob("*/starter"))}
    if system not in known:
        raise UsageError(f"no system is called {system!r}", hint=schema.did_you_mean(system, known))
    return known[system]


def _write(path: Path, text: str) -> dict[str, str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return _row("kept", path)
    return _row("wrote", path)


def _ignore(path: Path) -> dict[str, str]:
    """Add the lines that are missing."""
    there = path.read_text(encoding="utf-8") if path.exists() else ""
    missing = [line for line in IGNORED if line not in there.splitlines()]
    if not missing:
        return _row("kept", path)
    gap = "" if not there or there.endswith("\n") else "\n"
    with path.open("a", encoding="utf-8") as file:
        file.write(gap + "".join(f"{line}\n" for line in missing))
    return _row("extended" if there else "wrote", path)


def _row(status: str, path: Path) -> dict[str, str]:
    return {"status": status, "path": str(path)}
