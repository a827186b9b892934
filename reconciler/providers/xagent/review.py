"""What only Xagent's rules know of a plan: which moves go first, what is refused, what other accounts lose.

Takes a survey of one target, gives a review. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from reconciler.model import Action, Address, Body, Diagnostic, Json, Move, Resource, Review
from reconciler.providers.xagent import own_defaults
from reconciler.providers.xagent.config_types import GENERATE, GENERATING, misfit
from reconciler.providers.xagent.steps import BEDROCK, CHAIN, SHARED
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

_NAMED = 3
"""A warning about many objects names so many of them."""


def judge(here: Survey) -> Review:
    """Ask every rule."""
    found = [finding for rule in RULES for finding in rule(here)]
    needs: dict[Address, tuple[Address, ...]] = {}
    for finding in found:
        if isinstance(finding, After):
            needs[finding.second] = (*needs.get(finding.second, ()), finding.first)
    return Review(needs=needs, diagnostics=tuple(finding for finding in found if isinstance(finding, Diagnostic)))


# --- the rules ------------------------------------------------------------------------------------


def names(here: Survey) -> Iterator[Finding]:
    """A new `model_id` must be no other model's `model_id` or `model_name` at that moment (0.8.4, observed)."""
    movers = {move.before.id: move for move in here.models if move.before is not None}
    held, named, renamed = _by(here.rows, "model_id"), _by(here.rows, "model_name"), _renamed(here)
    for move in here.models:
        if move.action not in (Action.CREATE, Action.REPLACE):
            continue
        wanted = after(move, "model_id")
        if any(not row.get("is_owner") for row in held.get(wanted, ())):
            summary = f"the model_id {wanted!r} is held by another account"
            yield refusal(move, "guard.name", summary, "choose another model_id")
            continue
        for row in named.get(wanted, ()):
            mover = movers.get(str(row.get("id")))
            if mover is not move:
                yield _freed(move, row, mover)
        yield from (After(other.address, move.address) for other in renamed.get(wanted, ()) if other is not move)


def _freed(move: Move, row: Body, mover: Move | None) -> Finding:
    """The name is taken now: the model that bears it goes first, or it stays in the way."""
    name, model_id = row.get("model_name"), row.get("model_id")
    if mover is not None and after(mover, "model_name") != name:
        return After(move.address, mover.address)
    summary = f"the model_id {name!r} is the model_name of the model {model_id!r}"
    hint = f"choose another model_id, or give {model_id!r} another model_name in a run before"
    detail = "the server finds models by either, and makes no second one of that word"
    return refusal(move, "guard.name", summary, hint, detail)


def _renamed(here: Survey) -> dict[Json, list[Move]]:
    """Give the moves that give a model another `model_name`, by that name."""
    found: dict[Json, list[Move]] = {}
    for move in here.models:
        name = after(move, "model_name")
        if name is not None and name != before(move, "model_name"):
            found.setdefault(name, []).append(move)
    return found


def _by(rows: Sequence[Body], field: str) -> dict[Json, list[Body]]:
    found: dict[Json, list[Body]] = {}
    for row in rows:
        found.setdefault(row.get(field), []).append(row)
    return found


def others(here: Survey) -> Iterator[Finding]:
    """What is shared is used by others: their defaults on it go without a word (0.8.4, observed)."""
    causes: dict[str, list[Address]] = {}
    for move in here.models:
        if before(move, SHARED) and must_be_free(move):
            causes.setdefault(_cause(move), []).append(move.address)
    for cause, addresses in causes.items():
        summary = f"{here.target}: other accounts lose their defaults on {_listed(addresses)}"
        hint = "tell them, or let them choose another default first"
        yield Diagnostic("warning", summary, cause, hint, code="plan.others-defaults")


def undeclared(here: Survey) -> Iterator[Finding]:
    """What nobody declares cannot be put back by a later run, where this one ends between un-sharing and sharing."""
    for move in here.models:
        is_for_a_moment = move.action is Action.UPDATE and must_be_free(move) and after(move, SHARED)
        if is_for_a_moment and SHARED not in (move.after or {}):
            summary = f"{move.address} is shared, and no manifest says so"
            detail = f"{LOCKED}, and a run that is stopped in between would leave it un-shared"
            hint = "write `share_with_users: true` into the manifest"
            yield refusal(move, "guard.sharing", summary, hint, detail)


def _cause(move: Move) -> str:
    if move.action in LEAVING:
        return "a model that goes takes the defaults on it along"
    return LOCKED if after(move, SHARED) else "what is not shared any more is nobody else's default"


def _listed(addresses: Sequence[Address]) -> str:
    shown = ", ".join(f"Model/{address.name}" for address in addresses[:_NAMED])
    return shown + (f" and {len(addresses) - _NAMED} more" if len(addresses) > _NAMED else "")


def administrators(here: Survey) -> Iterator[Finding]:
    """Some things only an administrator may do (403 on 0.8.4, observed)."""
    if here.is_admin:
        return
    for move in here.models:
        for name, value, what in ((SHARED, True, "share models"), ("bedrock_auth_mode", CHAIN, f"use {CHAIN}")):
            if move.after is not None and move.after.get(name) == value != before(move, name):
                summary = f"{move.address}: only an administrator may {what}"
                hint = f"use an administrator's account for {here.target}, or leave `{name}` out"
                yield refusal(move, "guard.administrator", summary, hint)


def addresses(here: Survey) -> Iterator[Finding]:
    """Another provider keeps the old address, but for Bedrock, which loses it (0.8.4, observed)."""
    for move in here.models:
        held, provider = before(move, "base_url"), after(move, "model_provider")
        is_other = move.action is Action.UPDATE and provider not in (before(move, "model_provider"), BEDROCK)
        if is_other and held and move.after is not None and "base_url" not in move.after:
            summary = f"{move.address} goes to {provider} and keeps the base_url {held}"
            detail, hint = "the server changes no address with the provider", "set `base_url` too"
            yield Diagnostic("warning", summary, detail, hint, move.address, move.source, "plan.base-url-kept")


def fits(here: Survey) -> Iterator[Finding]:
    """A default must fit its model; what the manifests alone say was judged before."""
    for move in here.moves:
        if move.kind.name != "DefaultModel" or move.after is None:
            continue
        facts = _facts(here, move, move.after["model_id"])
        why = misfit(str(move.after["config_type"]), *facts) if facts is not None else None
        if why is not None:
            hint = "name another model, or change this one"
            yield refusal(move, "guard.default", f"{move.address}: {why}", hint)


def _facts(here: Survey, move: Move, number: Json) -> tuple[str, Sequence[str]] | None:
    """Give category and abilities that the model of a default will have; None where nobody can say."""
    resource = here.desired.resources.get(move.address)
    ref = next((ref for ref in resource.refs if ref.path == ("model_id",)), None) if resource is not None else None
    declared = here.desired.resources.get(ref.to) if ref is not None else None
    row = _row(here, declared, number)
    if declared is None and row is None:
        return None
    will_be: Body = {"category": "llm", **(row or {}), **(declared.spec if declared is not None else {})}
    category: str = will_be["category"]
    at_first = [GENERATE] if category in GENERATING else []
    return category, will_be.get("abilities", at_first) or []


def _row(here: Survey, declared: Resource | None, number: Json) -> Body | None:
    """Give the model that is live behind a default: by its manifest's identity, else by its number."""
    if declared is not None:
        model_id = declared.spec.get("model_id")
        return next((row for row in here.rows if row.get("model_id") == model_id and row.get("is_owner")), None)
    return next((row for row in here.rows if row.get("id") == number), None)


RULES: tuple[Callable[[Survey], Iterator[Finding]], ...] = (
    names,
    own_defaults.judge,
    administrators,
    fits,
    undeclared,
    others,
    addresses,
)
