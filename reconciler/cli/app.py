"""The root command: finds the verb, runs it, and turns whatever happens into an exit code.

Takes arguments, gives the exit code. A verb's module is imported only when that verb is asked for, so that `--help`
and `--version` stay quick.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

import click

from reconciler import __version__
from reconciler.cli.session import Session
from reconciler.cli.verb import CONTEXT, asked_format, option, write_examples

VERBS: Mapping[str, str] = {
    "init": "Write settings, an example manifest and schemas into a folder.",
    "validate": "Check the manifests, without network and without secrets.",
    "plan": "Show what apply would change, and why.",
    "apply": "Make the targets be what the manifests say.",
    "drift": "Show what was changed outside git.",
    "destroy": "Delete everything that is ours.",
    "export": "Write manifests of what is live.",
    "adopt": "Take live objects over as they are.",
    "forget": "Let go of objects that are ours.",
    "show": "Show a saved plan.",
    "history": "List past applies, or show one.",
    "rollback": "Plan to bring back what an apply changed.",
    "graph": "Show which manifest needs which.",
    "schema": "List, show, check and export the schemas of kinds.",
    "explain": "Explain a kind or a field of it.",
    "doctor": "Check settings, credentials, targets and inventory.",
    "inventory": "List what is ours; remove a stale lock; change the store.",
    "sandbox": "Serve the systems' APIs on loopback, to try things out.",
}
"""Verb → its line in `--help`; the module of the same name holds its `command`."""

WRITING_VERBS = ("apply", "destroy")
"""Their exit code is about what they did on servers, also where a report of it could not be written."""

_EXAMPLES = (
    ("reconciler init", "start here: settings, an example, schemas for your editor"),
    ("reconciler plan", "what would change, and why"),
    ("reconciler apply", "show the plan, ask, do it"),
)


class Root(click.Group):
    """Knows every verb by name, and imports only the one that is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """Give the verbs in the order of a working day."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """Import one verb; an unknown one is answered with the nearest."""
        if cmd_name not in VERBS:
            from difflib import get_close_matches

            near = get_close_matches(cmd_name, VERBS, 1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise click.UsageError(f"There is no verb {cmd_name!r}.{hint}", ctx)
        command: click.Command = import_module(f"reconciler.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (click's signature)
        """List the verbs without importing them."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (click's signature)
        """Show examples."""
        write_examples(formatter, _EXAMPLES)
        formatter.write_paragraph()
        formatter.write_text(
            "Each long option can also be set in the environment: --allow-deletes as RECONCILER_ALLOW_DELETES. "
            "`reconciler VERB --help` explains a verb."
        )


@click.command(cls=Root, context_settings=CONTEXT, subcommand_metavar="VERB ...", no_args_is_help=False)
@option(
    "-c",
    "--config",
    type=click.Path(path_type=Path),
    help="Settings file; without it the nearest reconciler.yaml, here or in a folder above.",
)
@click.version_option(__version__, message="reconciler %(version)s")
@click.pass_context
def root(context: click.Context, config: Path | None) -> None:
    """Declarative GitOps for the model configurations of AI platforms.

    Manifests in git say what should be; `plan` shows the way there, `apply` goes it, `drift` tells who strayed.
    """
    session: Session = context.obj
    session.config = config
    session.verb = context.invoked_subcommand or ""


def run(args: Sequence[str], environ: Mapping[str, str] = os.environ) -> int:
    """Run one command line; give the exit code. Whatever goes wrong is reported, never raised.

    Only where the reader of our output has gone (`| head`), click ends the process, with 1 and without a word.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # an ASCII terminal still shows every character somehow
    session = Session(environ, format=asked_format(args, environ))
    try:
        code = int(root.main(list(args), prog_name="reconciler", standalone_mode=False, obj=session) or 0)
    except Exception as error:  # the one place where every error becomes words and a number
        from reconciler.cli.failures import report

        return report(error, session)
    if session.is_unwritten and session.verb not in WRITING_VERBS:
        from reconciler.cli import exits

        return exits.worst((code, exits.ERROR))
    return code
