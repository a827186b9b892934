"""`init`: the first files of a new folder.

Takes a folder, writes what is missing in it. Never overwrites a file.
"""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli import options
from reconciler.cli.session import Session
from reconciler.cli.verb import Verb
from reconciler.report.formats import EVERYTHING

SETTINGS = """\
apiVersion: reconciler/v1
manifests: [manifests]

# What is ours is remembered here. Keep this file: commit it, or let your pipeline store it.
inventory: {store: file, path: .reconciler/inventory.json}

targets:
  openwebui:                              # your name for it; manifests and reports use it
    system: openwebui
    url: https://chat.example.com         # where it answers
    auth: {bearer: {env: OPENWEBUI_TOKEN}}  # an API key of an administrator, from the environment
"""

MANIFEST = """\
# yaml-language-server: $schema=../.schemas/openwebui/Model.json
# One YAML document declares one object; `reconciler explain openwebui/Model` knows every field.
apiVersion: openwebui/v1
kind: Model
metadata:
  name: support-assistant       # its name here, and its id on the server where the spec sets none
spec:
  name: Support assistant       # what people see
  base_model_id: gpt-4o         # the model that answers: a literal id, or {ref: NAME} of another manifest
  params:
    temperature: 0.2
    system: |                   # or {file: prompts/support.md}
      You are the support assistant of Example Ltd.
      Answer in three short sentences.
  meta:
    description: Answers questions about our products
"""

IGNORED = ("# made by reconciler; write them again with `reconciler schema export .schemas`", ".schemas/")

NEXT = """\
Next:
  1. in reconciler.yaml, say where your server is, and export OPENWEBUI_TOKEN
  2. reconciler doctor      can it be reached?
  3. reconciler plan        what would change?
  4. reconciler apply       do it"""


@click.command(
    cls=Verb,
    examples=(
        ("reconciler init", "start in this folder"),
        ("reconciler init models", "start in another one"),
    ),
)
@click.argument("folder", default=".", type=click.Path(file_okay=False, path_type=Path))
@options.output(EVERYTHING)
@click.pass_obj
def command(session: Session, /, folder: Path) -> None:
    """Write settings, an example manifest and schemas into FOLDER (here, where it is left out).

    A file that is there already is kept as it is; .gitignore only gets lines that it lacks.
    """
    from reconciler import schema
    from reconciler.report.view import Listing

    rows = [
        _write(folder / "reconciler.yaml", SETTINGS),
        _write(folder / "manifests" / "support-assistant.yaml", MANIFEST),
        _ignore(folder / ".gitignore"),
        *(_row("wrote", path) for path in schema.export(folder / ".schemas", schema.load_kinds())),
    ]
    session.show(Listing("files", ("status", "path"), tuple(rows), NEXT))


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
