"""`sandbox`: the systems' APIs on loopback.

Takes options, serves until it is told to stop. Never listens off loopback.
"""

from __future__ import annotations

import gc
from pathlib import Path

import click

from reconciler.cli.verb import Verb, Whole, option
from reconciler.errors import ReconcilerError, UsageError

EXTRA = "reconciler[sandbox]"
COLLECT_OFTEN = (700, 10, 10)
"""How often Python looks for garbage unless it is told otherwise."""


@click.command(
    cls=Verb,
    examples=(
        ("reconciler sandbox --port 8901", "serve, and print settings for it"),
        ("reconciler sandbox --seed objects.yaml --data sandbox.db", "start from some objects, and keep them"),
        ("reconciler sandbox --fault '429=Retry-After: 1@0.2' --fault latency=20", "busy one time in five, and slow"),
    ),
)
@option("--port", type=Whole(0, 65535), help="Loopback port; a free one where it is left out.")
@option("--data", type=click.Path(dir_okay=False, path_type=Path), help="Keep objects in this SQLite file.")
@option(
    "--seed",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Objects to begin with: system → Kind → list.",
)
@option(
    "--fault",
    multiple=True,
    metavar="FAULT",
    help="latency=MS, 429=HEADER, 500, reset-before, reset-after or stale-read, "
    "each with an optional @RATE and :[METHOD ]PATH. Repeatable.",
)
@option("--dialect", multiple=True, metavar="SYSTEM=NAME", help="Speak as another version of a system. Repeatable.")
def command(
    port: int | None,
    data: Path | None,
    seed: Path | None,
    fault: tuple[str, ...],
    dialect: tuple[str, ...],
) -> None:
    """Serve the systems' APIs on loopback, to try things out.

    Prints settings that fit once it listens. The credential is the word `sandbox`: set SANDBOX_TOKEN=sandbox.
    """
    try:
        from reconciler.sandbox import app
    except ModuleNotFoundError as missing:
        raise ReconcilerError(
            f"the sandbox needs the package {missing.name}, which is not installed",
            hint=f"pip install '{EXTRA}'",
        ) from missing
    from reconciler.providers import SYSTEMS

    gc.set_threshold(*COLLECT_OFTEN)  # a server lives long; the other verbs collect hardly ever
    try:
        app.serve(port=port, data=data, seed=seed, faults=fault, dialects=dialect, named=SYSTEMS)
    except ValueError as wrong:
        raise UsageError(str(wrong)) from wrong
