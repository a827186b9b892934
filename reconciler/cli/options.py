"""The options that several verbs share.

Takes what click parsed, gives a `Request`, or fills in the `Session`. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from reconciler.cli.session import Session
from reconciler.cli.verb import Number, Whole, option
from reconciler.report.formats import FINDINGS, FORMATS

if TYPE_CHECKING:
    from reconciler.model import Request
    from reconciler.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])


def request(asked: dict[str, Any]) -> Request:
    """Make the request from the options that a verb was given; what a verb does not have keeps its default."""
    from reconciler.model import Consent, Request, Selection

    selection = Selection(
        targets=asked.get("target", ()),
        kinds=asked.get("kind", ()),
        names=asked.get("name", ()),
        labels=asked.get("label", ()),
        exclude=asked.get("exclude", ()),
    )
    consent = Consent(
        asked.get("adopt", False),
        asked.get("allow_deletes"),
        asked.get("allow_updates"),
        overwrite=asked.get("overwrite", False),
    )
    names = ("rev", "destroy", "rollback", "only_drift", "since", "show_unmanaged", "parallelism")
    plain = {name: asked[name] for name in names if name in asked}
    timing = {"lock_timeout": asked.get("lock_timeout", 0.0), "expires_hours": asked.get("expires", 24.0)}
    return Request(selection, consent, **plain, **timing)


def refuse_vain(request: Request, settings: Settings) -> None:
    """Refuse a --target or --kind that nothing could ever match: a slip of the hand must not read as clean."""
    selection = request.selection
    if not selection.targets and not selection.kinds:
        return
    from fnmatch import fnmatchcase

    from reconciler import schema
    from reconciler.errors import UsageError

    kinds, systems = schema.load_kinds(), {target.system for target in settings.targets.values()}
    of_systems = sorted({kind for system in systems if kinds.knows(system) for kind in kinds.of(system)})
    asked = (("--target", "target", selection.targets, sorted(settings.targets)),)
    for flag, noun, patterns, known in (*asked, ("--kind", "kind", selection.kinds, of_systems)):
        for pattern in patterns:
            if not any(fnmatchcase(name, pattern) for name in known):
                raise UsageError(f"{flag} {pattern!r} fits no {noun}", hint=schema.did_you_mean(pattern, known))


def each(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    """Join options into one decorator, in the order in which help shows them."""

    def decorate(command: F) -> F:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


addressed = each(
    option("--target", multiple=True, metavar="TARGET", help="Only this target. Repeatable, * and ? match."),
    option("--kind", multiple=True, metavar="KIND", help="Only this kind. Repeatable."),
    option("--name", multiple=True, metavar="NAME", help="Only this name, Kind/name or address. Repeatable."),
    option("--exclude", multiple=True, metavar="NAME", help="All but this name, Kind/name or address. Repeatable."),
)
"""Which objects a run is limited to."""

selection = each(
    addressed,
    option("--label", multiple=True, metavar="KEY[=VALUE]", help="Only what bears this label. Repeatable: all."),
)
"""Which operations a run is limited to."""

SELECTION_NAMES = ("target", "kind", "name", "label", "exclude")

adopt = option("--adopt", is_flag=True, help="Take over live objects that differ and are not ours.")

limits = each(
    option("--allow-deletes", type=Whole(min=0), metavar="N", help="Up to N deletes and replaces per target."),
    option("--allow-updates", type=Whole(min=0), metavar="N", help="Up to N updates per target."),
)
"""Consent to more than the guards let pass."""

CONSENT_NAMES = ("adopt", "allow_deletes", "allow_updates")
LIMIT_NAMES = ("only_drift", "since")

only_drift = option("--only-drift", is_flag=True, help="Put back what moved outside git, and change nothing else.")

since = option(
    "--since", metavar="REV", help="Only what changed since the branch left this git revision, and what depends on it."
)

rev = option("--rev", metavar="REV", help="Read manifests from this git revision; settings stay those of the folder.")

yes = option("--yes", is_flag=True, help="Do not ask.")

lock_timeout = option(
    "--lock-timeout",
    type=Number(min=0),
    default=0.0,
    metavar="SECONDS",
    help="Wait that long for the inventory's lock.",
)

carrying_out = each(
    yes,
    option("--parallelism", type=Whole(min=1), metavar="N", help="At most N writes in flight, all targets."),
    lock_timeout,
)
"""How an apply goes about it."""


def file_to_write(text: str) -> Path:
    """Give the path of a file that is to be written: its folder must exist, before anything else happens."""
    path = Path(text)
    if path.is_dir():
        raise click.BadParameter(f"{text!r} is a folder.")
    if not path.parent.is_dir():
        raise click.BadParameter(f"There is no folder {str(path.parent)!r}.")
    return path


def folder_to_fill(text: str) -> Path:
    """Give the path of a folder that is there or can be made."""
    path = Path(text)
    if path.exists() and not path.is_dir():
        raise click.BadParameter(f"{text!r} is no folder.")
    return path


def _format_of(formats: tuple[str, ...]) -> Callable[[str], str]:
    """Give what reads the name of one of these formats."""

    def read(name: str) -> str:
        if name in formats:
            return name
        problem = "cannot say what this verb shows" if name in FORMATS else "is no format"
        raise click.BadParameter(f"{name!r} {problem}; there are {', '.join(formats)}.")

    return read


def _format_and_file_of(formats: tuple[str, ...]) -> Callable[[str], tuple[str, Path]]:
    """Give what reads FORMAT=PATH with one of these formats."""
    read_format = _format_of(formats)

    def read(text: str) -> tuple[str, Path]:
        name, equals, path = text.partition("=")
        if not equals or not path:
            raise click.BadParameter(f"{text!r} is not FORMAT=PATH with one of the formats {', '.join(formats)}.")
        return read_format(name), file_to_write(path)

    return read


def _keep_writes(context: click.Context, parameter: click.Parameter, value: tuple[tuple[str, Path], ...]) -> None:
    """Keep what is to be written; two results in one file would leave only one of them."""
    paths = [path.absolute() for _, path in value]
    for number, path in enumerate(paths):
        if path in paths[:number]:
            raise click.BadParameter(f"Two results would go to {str(value[number][1])!r}.", context, parameter)
    _set("writes")(context, parameter, value)


def _set(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    """Give the callback that keeps an option's value in the session."""

    def keep(context: click.Context, _: click.Parameter, value: Any) -> None:
        session: Session = context.obj
        setattr(session, name, value)

    return keep


def output(formats: tuple[str, ...] = FINDINGS) -> Callable[[F], F]:
    """Declare the options that say where results go, and in which of the formats that can show them."""
    kept: dict[str, Any] = {"expose_value": False, "is_eager": True}
    return each(
        option(
            "-o",
            "--output",
            type=_format_of(formats),
            metavar=f"[{'|'.join(formats)}]",
            default="text",
            show_default=True,
            callback=_set("format"),
            help="What stdout shows.",
            **kept,
        ),
        option(
            "--write",
            type=_format_and_file_of(formats),
            metavar="FORMAT=PATH",
            multiple=True,
            callback=_keep_writes,
            help="Write the result to a file as well. Repeatable.",
            **kept,
        ),
        option(
            "--color",
            type=click.Choice(["auto", "always", "never"]),
            default="auto",
            show_default=True,
            callback=_set("colour"),
            help="auto: on a terminal, unless NO_COLOR is set.",
            **kept,
        ),
    )
