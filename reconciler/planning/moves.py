"""What the systems' own rules are shown of a plan, and what they say of it together.

Takes decisions and gives moves; takes reviews and gives one. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model import Action, Address, Body, Diagnostic, Kind, Live, Move, Review
from reconciler.paths import replace_at, value_at
from reconciler.planning.decisions import Decided
from reconciler.planning.work import Decision

_ON_SERVERS = (Action.CREATE, Action.UPDATE, Action.REPLACE, Action.DELETE)


def moves_of(decided: Decided, target: str) -> tuple[Move, ...]:
    """Give what would be sent to a target, in address order."""
    return tuple(
        _move(address, decision)
        for address, decision in sorted(decided.decisions.items())
        if address.target == target and decision.action in _ON_SERVERS
    )


def _move(address: Address, decision: Decision) -> Move:
    assert decision.action is not None  # noqa: S101 - only decisions with an action get here
    resource = decision.resource
    return Move(
        address,
        _kind(decision),
        decision.action,
        decision.live,
        _after(decision) if resource is not None else None,
        decision.changes,
        resource.source if resource is not None else None,
    )


def _after(decision: Decision) -> Body:
    """Give what the object will be: where an ignore rule leaves a field alone, what is live stays."""
    after = decision.want or {}
    for path in decision.ignored:
        held = value_at(_body(decision.live), path)
        if held is not None and all(isinstance(step, str) for step in path):
            after = replace_at(after, path, held)
    return after


def _body(live: Live | None) -> Body:
    return live.body if live is not None else {}


def _kind(decision: Decision) -> Kind:
    holder = decision.resource or decision.live
    assert holder is not None  # noqa: S101 - what is sent has a manifest or is live
    return holder.kind


def joined(reviews: Iterable[Review]) -> Review:
    """Give one review that says what all of them say; they are of different targets."""
    needs: dict[Address, tuple[Address, ...]] = {}
    replaces: dict[Address, str] = {}
    diagnostics: list[Diagnostic] = []
    for review in reviews:
        needs |= review.needs
        replaces |= review.replaces
        diagnostics += review.diagnostics
    return Review(needs, replaces, tuple(diagnostics))
