"""Gathers what LaunchDarkly's rules say of a plan.

Takes refusals, warnings and orders one by one, gives them in the words of the core. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from reconciler.model import Action, Address, Diagnostic, Move, Review

_SHOWN = 3
_NEW_NAME = (
    "give the new one a manifest of its own, under another name and key: what refers to it follows, and the old one "
    "goes last"
)


@dataclass(slots=True)
class Judgement:
    """What is said of the moves so far."""

    needs: dict[Address, set[Address]] = field(default_factory=dict)
    replaces: dict[Address, str] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def follow(self, move: Move, others: Iterable[Address]) -> None:
        """Let a move come after others."""
        self.needs.setdefault(move.address, set()).update(others)

    def refuse(self, move: Move, code: str, summary: str, detail: str = "", hint: str = "") -> None:
        """Refuse the plan for what a move would do."""
        told = Diagnostic("error", summary, detail, hint, move.address, move.source, f"guard.{code}")
        self.diagnostics.append(told)

    def refuse_use(self, move: Move, by: str, detail: str, advice: str) -> None:
        """Refuse that something goes while it is in use; what a replace would take away asks for another name."""
        verb, hint = ("deleted", advice) if move.action is Action.DELETE else ("replaced", _NEW_NAME)
        self.refuse(move, "in-use", f"{move.address} cannot be {verb}: {by}", detail, hint)

    def warn(self, move: Move, code: str, summary: str, detail: str = "", hint: str = "") -> None:
        """Say what a person should know of a move."""
        told = Diagnostic("warning", summary, detail, hint, move.address, move.source, f"lint.{code}")
        self.diagnostics.append(told)

    def review(self) -> Review:
        """Give all of it, in the order of addresses."""
        needs = {address: tuple(sorted(others)) for address, others in sorted(self.needs.items()) if others}
        return Review(needs, dict(sorted(self.replaces.items())), tuple(self.diagnostics))


def some(things: Iterable[object]) -> str:
    """Name a few things, and say how many more there are."""
    names = [str(thing) for thing in things]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
