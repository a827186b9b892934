"""`explain`: what a kind or a field means.

Takes a kind and a path, shows what its schema says. Speaks to no server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli import options
from reconciler.cli.session import Session
from reconciler.cli.verb import Verb
from reconciler.report.formats import EVERYTHING

if TYPE_CHECKING:
    from reconciler.report.view import Facts
    from reconciler.schema import FieldHelp


@click.command(
    cls=Verb,
    examples=(
        ("reconciler explain openwebui/Model", "what is it, and which fields has it?"),
        ("reconciler explain openwebui/Model.params.temperature", "type, limits, default, meaning"),
        ("reconciler explain openwebui/Group.metadata", "what every manifest has"),
    ),
)
@click.argument("what", metavar="KIND[.PATH]")
@options.output(EVERYTHING)
@click.pass_obj
def command(session: Session, /, what: str) -> None:
    """Explain a kind or a field of it: type, limits, default, meaning, and the fields below."""
    from reconciler import schema
    from reconciler.cli.kinds import find_kind

    name, _, path = what.partition(".")
    session.show(_facts(schema.explain(find_kind(schema.load_kinds(), name, path), path)))


def _facts(found: FieldHelp) -> Facts:
    from reconciler.report.view import Facts

    return Facts(
        name=f"{found.kind}.{found.path}" if found.path else found.kind,
        type=found.type,
        description=found.description,
        required=found.required,
        facts={
            **({"limits": ", ".join(found.limits)} if found.limits else {}),
            **({"default": found.default} if found.has_default else {}),
            **({"examples": list(found.examples)} if found.examples else {}),
        },
        notes=found.flags,
        fields=tuple(
            {"name": child.path, "type": child.type, "required": child.required, "description": child.description}
            for child in found.children
        ),
    )
