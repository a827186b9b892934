"""What the rules about a plan look at, and what they give.

Takes the moves of one target and what the account sees there, answers small questions about them. Pure: no I/O, no
clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from reconciler.model import Action, Address, Body, Desired, Diagnostic, Json, Move
from reconciler.providers.xagent.steps import SHARED, is_locked

LEAVING = (Action.DELETE, Action.REPLACE)
LOCKED = "category and abilities of a shared model are locked: it is un-shared, changed and shared again"


@dataclass(frozen=True, slots=True)
class Survey:
    """One target before its plan is carried out."""

    target: str
    is_admin: bool
    rows: Sequence[Body]
    """Every model that the account sees, those of others too."""
    defaults: Mapping[str, int | None]
    """Type → number of the model that is the account's own default; complete where a move concerns it."""
    desired: Desired
    moves: Sequence[Move]

    @property
    def models(self) -> Sequence[Move]:
        """The moves of models."""
        return [move for move in self.moves if move.kind.name == "Model"]


class After(NamedTuple):
    """An order: one move comes after another."""

    second: Address
    first: Address


Finding: TypeAlias = After | Diagnostic


def before(move: Move, name: str) -> Json:
    """Give a field as it is; None where the object is not there yet."""
    return move.before.body.get(name) if move.before is not None else None


def after(move: Move, name: str) -> Json:
    """Give a field as it will be; None where the object leaves."""
    if move.after is None:
        return None
    changed = next((change for change in move.changes if change.path == name), None)
    return changed.after if changed is not None else move.after.get(name, before(move, name))


def must_be_free(move: Move) -> bool:
    """Say whether the server refuses a move of a model while that is the account's own default."""
    return move.action in LEAVING or (move.action is Action.UPDATE and _is_unshared(move))


def _is_unshared(move: Move) -> bool:
    """Say whether an update takes the sharing back, for good or for a moment."""
    if move.before is None or not move.before.body[SHARED]:
        return False
    changes = {change.path: change.after for change in move.changes}
    return not after(move, SHARED) or is_locked(move.before.body, changes)


def refusal(move: Move, code: str, summary: str, hint: str, detail: str = "") -> Diagnostic:
    """Say why a plan may not be applied as it is."""
    return Diagnostic("error", summary, detail, hint, move.address, move.source, code)
