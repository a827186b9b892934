"""The account's own defaults: the server neither deletes nor un-shares a model that is one (409 on 0.8.4, observed).

Takes a survey, says which default moves first, which one must be unset for a moment, and which one is in the way. Pure:
no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from reconciler.model import Action, Address, Diagnostic, Move
from reconciler.providers.xagent.steps import SHARED
from reconciler.providers.xagent.survey import (
    LEAVING,
    LOCKED,
    After,
    Finding,
    Survey,
    after,
    before,
    must_be_free,
    refusal,
)

Verdict = Literal["first", "released", "refused"]
"""The default moves before its model does; it is unset for a moment, since the plan sets it anew; it is in the way."""


class _Hold(NamedTuple):
    """A default on a model that must be nobody's own default."""

    model: Move
    config_type: str
    default: Move | None
    verdict: Verdict


def are_concerned(moves: Sequence[Move]) -> bool:
    """Say whether a move would be refused while its model is the account's own default."""
    return any(move.kind.name == "Model" and must_be_free(move) for move in moves)


def released(here: Survey) -> dict[str, tuple[str, ...]]:
    """Give the types of default, by number of the model, that must be unset for a moment while it is replaced."""
    found: dict[str, tuple[str, ...]] = {}
    for hold in _holds(here):
        if hold.verdict == "released" and hold.model.before is not None:
            number = hold.model.before.id
            found[number] = (*found.get(number, ()), hold.config_type)
    return found


def judge(here: Survey) -> Iterator[Finding]:
    """Say what must happen to the defaults on models that leave or are un-shared."""
    for hold in _holds(here):
        default = hold.default.address if hold.default is not None else None
        if hold.verdict == "first" and default is not None:
            yield After(hold.model.address, default)
        elif hold.verdict == "released":
            summary = f"{default} is unset while {hold.model.address} is replaced, and set again after it"
            yield Diagnostic("warning", summary, _why(hold.model), "", default, code="plan.default-unset")
        else:
            summary = f"{hold.model.address} is the account's own default of type {hold.config_type}"
            yield refusal(hold.model, "guard.default", summary, _advice(here, hold), _why(hold.model))


def _holds(here: Survey) -> Iterator[_Hold]:
    defaults = {m.before.identity[0]: m for m in here.moves if m.kind.name == "DefaultModel" and m.before is not None}
    for model in here.models:
        number = model.before.id if model.before is not None and must_be_free(model) else None
        for config_type, held in sorted(here.defaults.items()):
            if number is not None and str(held) == number:
                default = defaults.get(config_type)
                yield _Hold(model, config_type, default, _verdict(here, model, default))


def _verdict(here: Survey, model: Move, default: Move | None) -> Verdict:
    if default is None:
        return "refused"
    resource = here.desired.resources.get(default.address)
    if resource is not None and any(ref.to == model.address for ref in resource.refs):
        return "released" if model.action is Action.REPLACE else "refused"
    stays = default.action is Action.UPDATE and after(default, "model_id") == before(default, "model_id")
    return "refused" if stays else "first"


def _why(model: Move) -> str:
    """Say why a model must be nobody's own default for what shall become of it."""
    if model.action in LEAVING:
        return "the server deletes no model that is the account's own default"
    refused = "the server un-shares no model that is the account's own default"
    return f"{LOCKED}, and {refused}" if after(model, SHARED) else refused


def _advice(here: Survey, hold: _Hold) -> str:
    declared = _declared(here, hold.config_type)
    if declared is None:
        return f"unset it on the server, or declare a DefaultModel {hold.config_type} that names another model"
    if hold.model.action is Action.REPLACE:
        return f"let {declared} say {{ref: {hold.model.address.name}}} instead of a number"
    return f"let {declared} name another model, or null, and apply that; it can name this one again afterwards"


def _declared(here: Survey, config_type: str) -> Address | None:
    """Give the manifest of a type's default."""
    for address, resource in here.desired.resources.items():
        is_ours = address.target == here.target and resource.kind.name == "DefaultModel"
        if is_ours and resource.spec.get("config_type") == config_type:
            return address
    return None
