"""What only Xagent's rules know of a plan: which moves go first, what is refused, what other accounts lose.

Takes the moves of one target and what the account sees there, gives a review. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from reconciler.model import Action, Address, Body, Desired, Diagnostic, Json, Move, Resource, Review
from reconciler.providers.xagent.config_types import GENERATE, GENERATING, misfit
from reconciler.providers.xagent.steps import BEDROCK, CHAIN, SHARED, is_locked

_LEAVING = (Action.DELETE, Action.REPLACE)
_NAMED = 3
"""A warning about many objects names so many of them."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What the rules look at."""

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

    def default(self, config_type: str) -> Move | None:
        """Give the move of the default that a type has now."""
        defaults = (move for move in self.moves if move.kind.name == "DefaultModel" and move.before is not None)
        return next((move for move in defaults if move.before and move.before.identity[0] == config_type), None)

    def refers(self, move: Move, to: Address) -> bool:
        """Say whether a move's manifest refers to another."""
        resource = self.desired.resources.get(move.address)
        return resource is not None and any(ref.to == to for ref in resource.refs)


class After(NamedTuple):
    """An order: one move comes after another."""

    second: Address
    first: Address


Finding: TypeAlias = After | Diagnostic


def judge(here: Survey) -> Review:
    """Ask every rule."""
    found = [finding for rule in RULES for finding in rule(here)]
    needs: dict[Address, tuple[Address, ...]] = {}
    for finding in found:
        if isinstance(finding, After):
            needs[finding.second] = (*needs.get(finding.second, ()), finding.first)
    return Review(needs=needs, diagnostics=tuple(finding for finding in found if isinstance(finding, Diagnostic)))


def concern_defaults(moves: Sequence[Move]) -> bool:
    """Say whether a move would be refused while its model is the account's own default."""
    return any(move.kind.name == "Model" and _must_be_free(move) for move in moves)


def released(here: Survey) -> dict[str, tuple[str, ...]]:
    """Give the types of default, by number of the model, that must be unset for a moment while it is replaced."""
    found: dict[str, tuple[str, ...]] = {}
    for hold in _holds(here):
        if hold.verdict == "released" and hold.model.before is not None:
            found[hold.model.before.id] = (*found.get(hold.model.before.id, ()), hold.config_type)
    return found


# --- the rules ------------------------------------------------------------------------------------


def names(here: Survey) -> Iterator[Finding]:
    """A new `model_id` must be no other model's `model_id` or `model_name` at that moment (0.8.4, observed)."""
    movers = {move.before.id: move for move in here.models if move.before is not None}
    for move in here.models:
        if move.action not in (Action.CREATE, Action.REPLACE):
            continue
        wanted = _after(move, "model_id")
        for row in here.rows:
            mover = movers.get(str(row.get("id")))
            if mover is move:
                continue
            if row.get("model_id") == wanted and not row.get("is_owner"):
                yield _refusal(move, f"the model_id {wanted!r} is held by another account", "choose another model_id")
            elif row.get("model_name") == wanted:
                yield from _freed(move, row, mover)
        yield from (
            After(other.address, move.address)
            for other in here.models
            if other is not move and _after(other, "model_name") == wanted != _before(other, "model_name")
        )


def _freed(move: Move, row: Body, mover: Move | None) -> Iterator[Finding]:
    """The name is taken now: the model that bears it goes first, or it stays in the way."""
    if mover is not None and _after(mover, "model_name") != row.get("model_name"):
        yield After(move.address, mover.address)
        return
    yield _refusal(
        move,
        f"the model_id {row.get('model_name')!r} is the model_name of the model {row.get('model_id')!r}",
        f"choose another model_id, or give {row.get('model_id')!r} another model_name in a run before",
        "the server finds models by either, and makes no second one of that word",
    )


def own_defaults(here: Survey) -> Iterator[Finding]:
    """A model that is the account's own default is neither deleted nor un-shared (409 on 0.8.4, observed)."""
    for hold in _holds(here):
        default = hold.default.address if hold.default is not None else None
        if hold.verdict == "first" and default is not None:
            yield After(hold.model.address, default)
        elif hold.verdict == "released":
            yield Diagnostic(
                "warning",
                f"{default} is unset while {hold.model.address} is replaced, and set again after it",
                "the server deletes no model that is the account's own default",
                "",
                default,
                code="plan.default-unset",
            )
        else:
            yield _refusal(
                hold.model,
                f"{hold.model.address} is the account's own default of type {hold.config_type}",
                _advice(here, hold),
                f"the server refuses to {_verb(hold.model)} it",
                "guard.default",
            )


def others(here: Survey) -> Iterator[Finding]:
    """What is shared is used by others: their defaults on it go without a word (0.8.4, observed)."""
    causes: dict[str, list[Address]] = {}
    for move in here.models:
        if _before(move, SHARED) and _must_be_free(move):
            causes.setdefault(_cause(move), []).append(move.address)
    for cause, addresses in causes.items():
        yield Diagnostic(
            "warning",
            f"{here.target}: other accounts lose their defaults on {_listed(addresses)}",
            cause,
            "tell them, or let them choose another default first",
            code="plan.others-defaults",
        )


def administrators(here: Survey) -> Iterator[Finding]:
    """Some things only an administrator may do (403 on 0.8.4, observed)."""
    if here.is_admin:
        return
    for move in here.models:
        for name, value, what in ((SHARED, True, "share models"), ("bedrock_auth_mode", CHAIN, f"use {CHAIN}")):
            if move.after is not None and move.after.get(name) == value != _before(move, name):
                hint = f"use an administrator's account for {here.target}, or leave `{name}` out"
                yield _refusal(
                    move, f"{move.address}: only an administrator may {what}", hint, "", "guard.administrator"
                )


def addresses(here: Survey) -> Iterator[Finding]:
    """Another provider keeps the old address, but for Bedrock, which loses it (0.8.4, observed)."""
    for move in here.models:
        held, provider = _before(move, "base_url"), _after(move, "model_provider")
        is_other = move.action is Action.UPDATE and provider not in (_before(move, "model_provider"), BEDROCK)
        if is_other and held and move.after is not None and "base_url" not in move.after:
            yield Diagnostic(
                "warning",
                f"{move.address} goes to {provider} and keeps the base_url {held}",
                "the server changes no address with the provider",
                "set `base_url` too",
                move.address,
                move.source,
                "plan.base-url-kept",
            )


def fits(here: Survey) -> Iterator[Finding]:
    """A default must fit its model; what the manifests alone say was judged before."""
    for move in here.moves:
        if move.kind.name != "DefaultModel" or move.after is None:
            continue
        facts = _facts(here, move)
        why = misfit(str(move.after["config_type"]), *facts) if facts is not None else None
        if why is not None:
            hint = "name another model, or change this one"
            yield _refusal(move, f"{move.address}: {why}", hint, "", "guard.default")


RULES: tuple[Callable[[Survey], Iterator[Finding]], ...] = (
    names,
    own_defaults,
    administrators,
    fits,
    others,
    addresses,
)


# --- who holds a model as a default ---------------------------------------------------------------


class _Hold(NamedTuple):
    """A default of the account's own on a model that must be free of them."""

    model: Move
    config_type: str
    default: Move | None
    verdict: Literal["first", "released", "refused"]


def _holds(here: Survey) -> Iterator[_Hold]:
    for model in here.models:
        number = model.before.id if model.before is not None and _must_be_free(model) else None
        for config_type, held in sorted(here.defaults.items()):
            if number is not None and str(held) == number:
                default = here.default(config_type)
                yield _Hold(model, config_type, default, _verdict(here, model, default))


def _verdict(here: Survey, model: Move, default: Move | None) -> Literal["first", "released", "refused"]:
    if default is None:
        return "refused"
    if here.refers(default, model.address):
        return "released" if model.action is Action.REPLACE else "refused"
    stays = default.action is Action.UPDATE and _after(default, "model_id") == _before(default, "model_id")
    return "refused" if stays else "first"


def _advice(here: Survey, hold: _Hold) -> str:
    declared = [
        resource.address
        for resource in here.desired.resources.values()
        if resource.address.target == here.target
        and resource.kind.name == "DefaultModel"
        and resource.spec.get("config_type") == hold.config_type
    ]
    if not declared:
        return f"unset it on the server, or declare a DefaultModel {hold.config_type} that names another model"
    if hold.model.action is Action.REPLACE:
        return f"let {declared[0]} say {{ref: {hold.model.address.name}}} instead of a number"
    return f"let {declared[0]} name another model, or null, and apply that; it can name this one again afterwards"


def _facts(here: Survey, move: Move) -> tuple[str, Sequence[str]] | None:
    """Give category and abilities that the model of a default will have; None where nobody can say."""
    resource = here.desired.resources.get(move.address)
    ref = next((ref for ref in resource.refs if ref.path == ("model_id",)), None) if resource is not None else None
    declared = here.desired.resources.get(ref.to) if ref is not None else None
    row = _row(here, declared, move.after["model_id"] if move.after is not None else None)
    if declared is None and row is None:
        return None
    spec: Body = {**(row or {"category": "llm"}), **(declared.spec if declared is not None else {})}
    category: str = spec["category"]
    at_first = [GENERATE] if category in GENERATING else []
    return category, spec.get("abilities", at_first) or []


def _row(here: Survey, declared: Resource | None, number: Json) -> Body | None:
    """Give the model that is live behind a default: by its manifest's identity, else by its number."""
    if declared is not None:
        model_id = declared.spec.get("model_id")
        return next((row for row in here.rows if row.get("model_id") == model_id and row.get("is_owner")), None)
    return next((row for row in here.rows if row.get("id") == number), None)


# --- small facts ----------------------------------------------------------------------------------


def _before(move: Move, name: str) -> Json:
    return move.before.body.get(name) if move.before is not None else None


def _after(move: Move, name: str) -> Json:
    """Give a field as it will be; None where the object leaves."""
    if move.after is None:
        return None
    changed = next((change for change in move.changes if change.path == name), None)
    return changed.after if changed is not None else move.after.get(name, _before(move, name))


def _must_be_free(move: Move) -> bool:
    """Say whether the server refuses a move while its model is the account's own default."""
    return move.action in _LEAVING or (move.action is Action.UPDATE and _is_unshared(move))


def _is_unshared(move: Move) -> bool:
    """Say whether an update takes the sharing back, for good or for a moment."""
    if move.before is None or not move.before.body[SHARED]:
        return False
    return not _after(move, SHARED) or is_locked(
        move.before.body, {change.path: change.after for change in move.changes}
    )


def _verb(move: Move) -> str:
    if move.action in _LEAVING:
        return "delete"
    return (
        "un-share"
        if not _after(move, SHARED)
        else "un-share it for a moment, which a change of category or abilities takes,"
    )


def _cause(move: Move) -> str:
    if move.action in _LEAVING:
        return "a model that goes takes the defaults on it along"
    if not _after(move, SHARED):
        return "what is not shared any more is nobody else's default"
    return "category and abilities of a shared model are locked: it is un-shared, changed and shared again"


def _listed(addresses: Sequence[Address]) -> str:
    shown = ", ".join(f"Model/{address.name}" for address in addresses[:_NAMED])
    return shown + (f" and {len(addresses) - _NAMED} more" if len(addresses) > _NAMED else "")


def _refusal(move: Move, summary: str, hint: str, detail: str = "", code: str = "guard.name") -> Diagnostic:
    return Diagnostic("error", summary, detail, hint, move.address, move.source, code)
