"""How every verb of the command line is declared: its options, its environment variables, its examples.

Takes names and texts, gives click commands and options. Runs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from typing import Any, TypeAlias, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
Example: TypeAlias = tuple[str, str]
"""A command line, and what it is good for."""

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Whole(click.IntRange):
    """A whole number, named so in messages."""

    name = "whole number"


class Number(click.FloatRange):
    """A number, named so in messages."""

    name = "number"


def option(*names: str, **attributes: Any) -> Callable[[F], F]:
    """Declare an option that RECONCILER_<LONG NAME> sets too."""
    long = next(name for name in names if name.startswith("--"))
    return click.option(*names, envvar=f"RECONCILER_{long[2:].replace('-', '_').upper()}", **attributes)


def asked_format(args: Sequence[str], environ: Mapping[str, str]) -> str:
    """Read `-o` straight from the arguments: an error that comes before they are parsed needs it too."""
    asked = environ.get("RECONCILER_OUTPUT") or "text"
    for arg, following in zip_longest(args, args[1:], fillvalue=""):
        if arg in ("-o", "--output"):
            asked = following
        elif arg.startswith("--output="):
            asked = arg.removeprefix("--output=")
        elif arg.startswith("-o"):
            asked = arg.removeprefix("-o")
    return asked


def write_examples(formatter: click.HelpFormatter, examples: Sequence[Example]) -> None:
    """Write the examples of a help text."""
    with formatter.section("Examples"):
        for line, purpose in examples:
            formatter.write(f"{' ' * formatter.current_indent}# {purpose}\n{' ' * formatter.current_indent}{line}\n")


class Verb(click.Command):
    """A command whose help ends with examples."""

    def __init__(self, *args: Any, examples: Sequence[Example] = (), **attributes: Any) -> None:
        super().__init__(*args, **{"context_settings": CONTEXT, **attributes})
        self.examples = tuple(examples)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (click's signature)
        """Show the examples."""
        write_examples(formatter, self.examples)


class Family(click.Group):
    """A verb that has verbs of its own; its help shows their examples."""

    def __init__(self, *args: Any, **attributes: Any) -> None:
        super().__init__(*args, **{"context_settings": CONTEXT, "no_args_is_help": False, **attributes})

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (click's signature)
        """Show the examples of all members."""
        members = (member for member in self.commands.values() if isinstance(member, Verb))
        write_examples(formatter, [example for member in members for example in member.examples])
