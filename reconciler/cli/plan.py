"""`plan`: what apply would change, and why.

Takes options, shows a plan and saves it where asked. Sends nothing but reads.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli import options
from reconciler.cli.session import Session
from reconciler.cli.verb import Number, Verb, option

if TYPE_CHECKING:
    from reconciler.model import Request


saving = options.each(
    option(
        "--out",
        type=options.file_to_write,
        metavar="FILE",
        help="Save the plan for `apply`. A refused plan is not saved.",
    ),
    option(
        "--expires",
        type=Number(min=0, min_open=True),
        default=24.0,
        show_default=True,
        metavar="HOURS",
        help="How long a saved plan may be applied.",
    ),
    option("--detailed-exitcode", is_flag=True, help="Exit with 2 where changes are pending."),
)
"""What becomes of a plan."""


@click.command(
    cls=Verb,
    examples=(
        ("reconciler plan", "what would change, and why"),
        (
            "reconciler plan --out plan.json && reconciler apply plan.json",
            "exactly what was reviewed, and nothing else",
        ),
        ("reconciler plan --target openwebui-prod --kind Model", "only the models of one target"),
        ("reconciler plan -o json --detailed-exitcode", "for a pipeline: exit code 2 means that changes are pending"),
        ("reconciler plan --since origin/main", "only what this branch changed, and what depends on it"),
        ("reconciler plan --only-drift", "what it takes to put back what somebody clicked"),
        ("reconciler plan --destroy", "what `destroy` would delete"),
    ),
)
@options.selection
@options.adopt
@options.limits
@options.rev
@options.since
@options.only_drift
@option("--destroy", is_flag=True, help="Plan to delete everything that is ours.")
@option("--show-unmanaged", is_flag=True, help="List live objects that are neither declared nor ours.")
@saving
@options.output()
@click.pass_obj
def command(session: Session, /, out: Path | None, detailed_exitcode: bool, **asked: Any) -> int:
    """Show what apply would change, and why.

    Reads manifests, targets and inventory, and changes nothing. The last line of the text is always the count.
    """
    return present(session, options.request(asked), out, detailed=detailed_exitcode)


def present(session: Session, request: Request, out: Path | None, *, detailed: bool) -> int:
    """Make a plan, show it, save it where asked; give the exit code."""
    import asyncio

    from reconciler import engine
    from reconciler.cli import exits
    from reconciler.report import view

    settings = session.settings()
    options.refuse_vain(request, settings)
    with session.progress() as progress:
        plan = asyncio.run(engine.make_plan(settings, request, progress))
    is_saved = out is not None and not plan.refused
    if out is not None and is_saved:
        engine.save_plan(plan, out)
    session.show(view.of_plan(plan))
    if is_saved:
        session.remark(f"saved; `reconciler apply {out}` does exactly this")
    return exits.exit_code(plan, detailed=detailed)
