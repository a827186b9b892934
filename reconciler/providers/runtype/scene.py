"""One account and what a plan would do to it, for the rules that look at it.

Takes moves, manifests and the rows of a list, gives what several rules ask of them. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.model import Action, Address, Body, Desired, Diagnostic, Move

_SHOWN = 3
_ENDS = (Action.DELETE, Action.REPLACE)


@dataclass(frozen=True, slots=True)
class Scene:
    """One account, and what would be done to it."""

    target: str
    desired: Desired
    moves: Sequence[Move]
    configs: Sequence[Body] = ()
    """Every configuration, whoever declares it."""
    in_organization: bool = False
    since: float = 0.0
    """When the run began, in epoch seconds of the server."""
    replaced: frozenset[Address] = frozenset()
    """Updates that will be replaces."""

    def of(self, kind: str) -> list[Move]:
        """Give the moves of a kind."""
        return [move for move in self.moves if move.kind.name == kind]

    def ending(self, kind: str) -> list[Move]:
        """Give the moves that delete an object of a kind, also to put another in its place."""
        return [move for move in self.of(kind) if move.action in _ENDS or move.address in self.replaced]

    def move_of(self, config: Body) -> Move | None:
        """Give what would be done to a configuration."""
        return next((m for m in self.of("ModelConfig") if m.before is not None and m.before.id == config["id"]), None)

    def declares(self, config: Body) -> bool:
        """Say whether a manifest declares a configuration."""
        identity = (config["provider"], config["modelId"])
        return any(
            address.target == self.target
            and address.kind == "ModelConfig"
            and (resource.spec.get("provider"), resource.spec.get("modelId")) == identity
            for address, resource in self.desired.resources.items()
        )


def name_of(config: Body) -> str:
    """Give a configuration's name for people."""
    return f"{config['provider']}/{config['modelId']}"


def some(names: Sequence[str]) -> str:
    """Give the first names of many, and say how many more there are."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def warning(code: str, summary: str, detail: str, hint: str, move: Move | None = None) -> Diagnostic:
    """Make a warning about a move, or about the account."""
    address, source = (move.address, move.source) if move is not None else (None, None)
    return Diagnostic("warning", summary, detail, hint, address, source, code)
