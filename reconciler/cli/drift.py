"""`drift`: what was changed outside git.

Takes options, shows every field that moved, and tells who should hear of it. Sends the targets nothing but reads; only
--accept writes, and only manifests.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reconciler.cli import options
from reconciler.cli.session import Session
from reconciler.cli.verb import Verb, Whole, option


@click.command(
    cls=Verb,
    examples=(
        ("reconciler drift", "who strayed? exit code 2 means that something did"),
        ("reconciler drift --write json=baseline.json", "keep what is known; text for the log, JSON for the machine"),
        ("reconciler drift --baseline baseline.json --confirm 2", "nightly: only what is new, and not just passing"),
        ("reconciler drift --metrics drift.prom", "for the textfile collector of Prometheus"),
        ("RECONCILER_NOTIFY=slack://... reconciler drift", "tell a channel; any URL that apprise knows"),
        ("reconciler drift --accept --patch > drift.patch", "take it into git: as a patch, to look at first"),
        ("reconciler drift --accept --name support-assistant", "take it into git: edit the manifests in place"),
        ("reconciler apply --only-drift", "put it back"),
    ),
)
@options.selection
@options.rev
@option(
    "--baseline",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="JSON of an earlier drift: what it names is known, and only what is new counts.",
)
@option(
    "--confirm",
    type=Whole(min=0, max=100),
    default=0,
    metavar="N",
    help="Read what moved N more times; only what every reading shows counts.",
)
@option("--accept", is_flag=True, help="Edit the manifests so that they say what is live.")
@option("--patch", is_flag=True, help="With --accept: print the edits as a patch, and change no file.")
@option("--metrics", type=options.file_to_write, metavar="FILE", help="Write counts for Prometheus.")
@option(
    "--notify",
    metavar="URL",
    help="Send a summary where something is new or unknown. The URL is a secret: better set in the environment.",
)
@options.output()
@click.pass_obj
def command(session: Session, /, accept: bool, patch: bool, **asked: Any) -> int:
    """Show what was changed outside git.

    Compares every field that we manage with what was last applied: what git wants, what is live. Changes nothing but,
    with --accept, the manifests. Exits with 2 where something moved, with 8 where a target could not be read.

    Three answers to each field: `apply --only-drift` puts it back, --accept takes it into git, and a rule under
    `metadata.lifecycle.ignore` with a reason and a day (`until`) leaves it to others.
    """
    from reconciler.cli import drifting

    _refuse_odd_pairs(accept, patch, asked)
    if accept:
        return drifting.accept(session, asked, is_patch=patch)
    return drifting.show(session, asked)


def _refuse_odd_pairs(accept: bool, patch: bool, asked: dict[str, Any]) -> None:
    """Refuse options that say nothing together."""
    if patch and not accept:
        raise click.UsageError("--patch goes with --accept.")
    if accept and asked["rev"] is not None:
        raise click.UsageError("--accept edits the files of the work tree: leave --rev out.")
    if patch and click.get_current_context().obj.format != "text":
        raise click.UsageError("--patch writes the patch itself to stdout: leave --output out.")
    for name in ("baseline", "confirm", "metrics"):
        if accept and asked[name]:
            raise click.UsageError(f"--accept takes no --{name}: report first, then accept.")
