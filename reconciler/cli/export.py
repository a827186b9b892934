"""`export`: write manifests of what is live.

Takes a folder and a selection, shows what was written, what was left out and what could not be said. Sends nothing but
reads, and changes no inventory.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli import exits, options
from reconciler.cli.session import Session
from reconciler.cli.verb import Verb, option
from reconciler.report.formats import EVERYTHING
from reconciler.words import counted

if TYPE_CHECKING:
    from reconciler.export import Exported
    from reconciler.report.view import Listing


@click.command(
    cls=Verb,
    examples=(
        ("reconciler export --to manifests", "write down everything that nobody declares yet"),
        ("reconciler export --to manifests --target chat --kind Model", "only the models of one target"),
        ("reconciler plan && reconciler adopt '*/*/*'", "then look at it, and take it over"),
    ),
)
@option(
    "--to",
    type=options.folder_to_fill,
    metavar="FOLDER",
    help="Where manifests are written; without it, the first folder of `manifests` in the settings.",
)
@options.addressed
@options.output(EVERYTHING)
@click.pass_obj
def command(session: Session, /, to: Path | None, **asked: Any) -> int:
    """Write a manifest for each live object that none declares: FOLDER/target/Kind/name.yaml.

    Ids that belong to exported or declared objects become references, secrets {env: NAME}, long texts files of their
    own; defaults are left out. Nothing is overwritten, sent or taken over. At the end what was written is planned, with
    its secrets unset: the exit code is 0 where apply would only adopt, and 4 where something could not be expressed.
    """
    import asyncio

    from reconciler import estate

    settings, request = session.settings(), options.request(asked)
    options.refuse_vain(request, settings)
    folder = to or options.folder_to_fill(str(settings.root / settings.manifests[0]))
    with session.progress() as progress:
        exported = asyncio.run(estate.export_live(settings, request, folder, progress))
    session.show(_listing(exported))
    return exits.of_diagnostics(exported.diagnostics)


def _listing(exported: Exported) -> Listing:
    from reconciler.export import LOST
    from reconciler.report.view import Listing, diagnostic_rows

    rows = tuple(
        {
            "status": row.status,
            "address": str(row.address),
            "file": None if row.file is None else _shown(row.file),
            "says": row.says,
        }
        for row in exported.rows
    )
    complete = all(diagnostic.code == LOST for diagnostic in exported.diagnostics)
    closing = "\n".join(_closing(exported, whole=not exported.diagnostics))
    found = diagnostic_rows(exported.diagnostics)
    return Listing(
        "exported", ("status", "address", "file", "says"), rows, closing, complete=complete, diagnostics=found
    )


def _closing(exported: Exported, *, whole: bool) -> list[str]:
    """Say how many there are, and what is not among them."""
    lines = [f"Left out: {counted(exported.declared, 'object')} that manifests declare already."] * bool(
        exported.declared
    )
    lines += [
        f"Left out: {counted(number, 'row')} on {target}, built in or of another account."
        for target, number in exported.passed_over.items()
    ]
    return [
        *lines,
        f"Export: {counted(exported.written, 'manifest')} written; {_verdict(exported.written, whole=whole)}.",
    ]


def _verdict(written: int, *, whole: bool) -> str:
    if not whole:
        return "it is not whole, the errors say why"
    if not written:
        return "there is nothing to add"
    return f"apply would adopt {'it' if written == 1 else 'them'} and do nothing else"


def _shown(file: Path) -> str:
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)
