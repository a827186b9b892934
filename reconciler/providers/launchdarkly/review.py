"""Judges a plan by what only LaunchDarkly's rules know: what goes last, what takes others along, what is not there yet.

Takes the moves of a run, gives what must follow what, which updates are replaces, refusals and warnings. Sends nothing
but reads, and those only where a move asks for them: a plan without changes costs nothing here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from reconciler.model import Action, Body, Desired, Diagnostic, Live, Move, Observed, Resource, Review
from reconciler.paths import parse_path
from reconciler.providers.launchdarkly import review_models, review_names
from reconciler.providers.launchdarkly.judgement import Judgement, some
from reconciler.providers.launchdarkly.served import STUB, Served, variations_of
from reconciler.providers.launchdarkly.uses import LEAVE, Uses, afterwards, use_of
from reconciler.words import counted

if TYPE_CHECKING:
    from reconciler.providers.launchdarkly.provider import LaunchDarkly

_OWNERS = {"experiment": "an experiment", "measuredRollout": "a guarded rollout"}
_MAKE = (Action.CREATE, Action.REPLACE)


async def review(api: LaunchDarkly, desired: Desired, observed: Observed, moves: Sequence[Move]) -> Review:
    """Judge the moves on one target."""
    said = Judgement()
    of: dict[str, list[Move]] = {}
    for move in moves:
        of.setdefault(move.kind.name, []).append(move)
    listed = observed.live.get((api.target.name, "AIConfig"))
    uses = Uses(api, None if listed is None else [live.body for live in listed], moves)
    configs, variations, targetings = (of.get(kind, []) for kind in ("AIConfig", "Variation", "Targeting"))
    api.variations.leaving = frozenset(m.before.id for m in configs if m.before is not None and m.action in LEAVE)
    await review_models.models(said, of.get("ModelConfig", []), api.models, uses)
    review_models.unrestricted(said, of.get("ModelConfig", []), review_names.freed(moves))
    for kind in ("Tool", "PromptSnippet", "Skill"):
        await review_models.leaving(said, of.get(kind, []), uses)
    await review_models.leaving(said, [move for move in configs if move.action is Action.DELETE], uses)
    await review_models.restricted(said, of.get("RestrictedModels", []), moves, api.models, uses)
    await review_names.models(said, moves, api.models)
    for move in configs:
        _contents(said, move, variations)
        _dependencies(said, move, of.get("AgentGraph", []))
        _promises(said, move)
    staying = [move for move in variations if use_of(move).config not in api.variations.leaving]
    _last(said, staying)
    _archived(said, variations, {live.id: live.body for live in listed or ()}, api.variations.leaving)
    await _served(said, api, staying, targetings)
    for move in targetings:
        _targeting(said, move, api.targetings.seen, variations)
    for move in of.get("AgentGraph", []):
        _served_first(said, move, targetings)
    review_names.leaving(
        said, moves, [r for address, r in desired.resources.items() if address.target == api.target.name]
    )
    said.diagnostics += _left_alone(api, desired, observed, targetings)
    return said.review()


# --- AI Configs -----------------------------------------------------------------------------------


def _contents(said: Judgement, move: Move, variations: Iterable[Move]) -> None:
    """A config takes its variations along: those that nobody here declares, or declared, are not ours to delete."""
    if move.before is None or move.action not in LEAVE:
        return
    ours = {use_of(other).variation for other in variations if use_of(other).config == move.before.id}
    others = sorted({row["key"] for row in move.before.body["variations"]} - ours)
    if others:
        said.refuse(
            move,
            "contents",
            f"{move.address} holds {counted(len(others), 'variation')} that no manifest declares",
            f"{some(others)}; deleting the AI Config would delete what is in it",
            "declare them and say --adopt, or delete them by hand, if they are to go",
        )


def _dependencies(said: Judgement, move: Move, graphs: Iterable[Move]) -> None:
    """A node of an agent graph cannot be deleted, and so not replaced either."""
    if move.before is None or move.action not in LEAVE:
        return
    moves = {other.before.id: other for other in graphs if other.before is not None}
    left = []
    for dependency in move.before.body.get("dependencies") or ():
        graph = moves.get(dependency["key"])
        if graph is not None and (graph.action is Action.DELETE or move.action is Action.DELETE):
            said.follow(move, [graph.address])  # what is declared refers to no config that leaves
        else:
            left.append(dependency["key"])
    if left:
        by = f"{counted(len(left), 'agent graph')} {'has' if len(left) == 1 else 'have'} it as a node"
        said.refuse_use(move, by, some(left), "take it out of them, in the same run")


def _promises(said: Judgement, move: Move) -> None:
    """Say of fields that no read shows what the server would make of them."""
    touched = {str(parse_path(change.path)[0]) for change in move.changes}
    key = (move.after or {}).get("defaultVariationKey")
    there = (
        {row["key"] for row in move.before.body["variations"]} if move.action is Action.UPDATE and move.before else ()
    )
    if key is not None and "defaultVariationKey" in touched and key not in there:
        said.refuse(
            move,
            "default-variation",
            f"defaultVariationKey of {move.address} names {key}, which is not there before the AI Config is",
            "",
            "apply without it first, or say what is served by the kind Targeting",
        )
    if move.action is Action.UPDATE and "viewKeys" in touched:
        said.warn(
            move,
            "view-keys",
            f"viewKeys of {move.address} are taken when an AI Config is created, and never later",
            "this change is remembered, and changes nothing in LaunchDarkly",
            "put it into the views there, by hand",
        )


# --- variations -----------------------------------------------------------------------------------


def _last(said: Judgement, variations: Sequence[Move]) -> None:
    """The last variation of a config goes with it alone; where another one comes, that has to come first."""
    for config in sorted({move.before.identity[0] for move in variations if move.before is not None}):
        here = [move for move in variations if use_of(move).config == config and move.before is not None]
        going = [move for move in here if move.action is Action.DELETE]
        coming = [m for m in variations if m.action in _MAKE and m.after is not None and m.after["config"] == config]
        gone = {use_of(move).variation for move in here if move.action in LEAVE}
        if not going or {row["key"] for row in _rows(here[0])} - gone:
            continue
        for move in going:
            said.follow(move, [other.address for other in coming])
            if not coming:
                said.refuse(
                    move,
                    "last-variation",
                    f"{move.address} is the last variation of {config}, which stays",
                    "LaunchDarkly deletes the last variation only together with its AI Config",
                    "declare another variation, or remove the manifest of the AI Config too",
                )


def _archived(
    said: Judgement, variations: Sequence[Move], configs: Mapping[str, Body], leaving: Collection[str]
) -> None:
    """The only variation of a config cannot be put away: others come first, and have to be there."""
    made = [(move, move.after) for move in variations if move.after is not None]
    for move, after in made:
        if after.get("state") != "archived" or not _is_put_away(move):
            continue
        config = after["config"]
        coming = {body["key"]: other for other, body in made if other.action in _MAKE and body["config"] == config}
        first = [other.address for other in coming.values() if (other.after or {}).get("state") != "archived"]
        said.follow(move, first)
        there = () if config in leaving or config not in configs else configs[config]["variations"]
        gone = {use_of(other) for other in variations if other.action in LEAVE and other.before is not None}
        stay = {row["key"] for row in there if (config, row["key"]) not in gone}
        if not (stay | coming.keys()) - {after["key"]}:
            said.refuse(
                move,
                "last-variation",
                f"{move.address} cannot be archived: it is the only variation of {config}",
                "",
                "declare another variation, or leave this one published",
            )


def _is_put_away(move: Move) -> bool:
    return move.action in _MAKE or any(change.path == "state" for change in move.changes)


def _rows(move: Move) -> Sequence[Body]:
    assert move.before is not None  # noqa: S101 - what goes is there
    assert move.before.parent is not None  # noqa: S101 - and lives in a config
    rows: Sequence[Body] = move.before.parent.body["variations"]
    return rows


async def _served(said: Judgement, api: LaunchDarkly, variations: Iterable[Move], targetings: Iterable[Move]) -> None:
    """What is served somewhere cannot be deleted: what targeting names it has to name something else first."""
    by_place = {move.before.identity: move for move in targetings if move.before is not None}
    for move in variations:
        if move.before is None or move.action not in LEAVE:
            continue
        config, key = move.before.identity
        found = api.targetings.seen.get(config) or await api.targetings.find(config)
        left = []
        for environment in found.naming(key) if found is not None else ():
            other = by_place.get((config, environment))
            if move.action is Action.DELETE and other is not None and key not in variations_of(afterwards(other)):
                said.follow(move, [other.address])
            else:
                left.append(environment)
        if left:
            advice = "let the Targeting there name another variation, in the same run"
            said.refuse_use(move, f"it is served in {some(left)}", "", advice)


# --- targeting ------------------------------------------------------------------------------------


def _targeting(said: Judgement, move: Move, seen: Mapping[str, Served], variations: Iterable[Move]) -> None:
    """Refuse what is another's to decide, and what names something that is not there."""
    if move.before is not None and move.before.owner is not None:
        said.refuse(
            move,
            "rollout",
            f"{move.address} cannot be changed: {_owner(move.before)} decides what is served",
            "",
            "stop it in LaunchDarkly, or leave this out by --exclude until it has ended",
        )
    if move.after is None:
        return
    config, environment = str(move.after["config"]), str(move.after["environment"])
    found, named = seen.get(config), variations_of(move.after)
    said.follow(
        move, [m.address for m in variations if m.after and m.after["config"] == config and m.after["key"] in named]
    )
    made = {m.after["key"] for m in variations if m.action in _MAKE and m.after and m.after["config"] == config}
    unknown = sorted(named - made - (found.ids.keys() if found is not None else {STUB}))
    if unknown:
        said.refuse(
            move,
            "variation",
            f"{move.address} names {some(unknown)}, which the AI Config {config} does not have",
            f"it has {some(sorted({*made, *(found.ids if found is not None else (STUB,))}))}",
            "name one of these, or declare the variation",
        )
    if found is not None and environment not in found.environments:
        there = some(sorted(found.environments))
        said.refuse(move, "environment", f"{move.address}: there is no environment {environment}", f"there are {there}")


def _served_first(said: Judgement, graph: Move, targetings: Iterable[Move]) -> None:
    """A graph works where each of its nodes serves something: what they serve is said before it."""
    after = graph.after or {}
    ends = [edge.get(end) for edge in after.get("edges") or () for end in ("sourceConfig", "targetConfig")]
    nodes = {after.get("rootConfigKey"), *ends}
    said.follow(graph, [move.address for move in targetings if move.after and move.after["config"] in nodes])


def _left_alone(api: LaunchDarkly, desired: Desired, observed: Observed, moves: Iterable[Move]) -> Iterator[Diagnostic]:
    """Say of which declared targeting nothing can be said, while something else owns it."""
    moving = {move.address for move in moves}
    owned = {live.identity: live for live in observed.live.get((api.target.name, "Targeting"), ()) if live.owner}
    for address, resource in desired.resources.items() if owned else ():
        if address.target != api.target.name or address.kind != "Targeting" or address in moving:
            continue
        live = owned.get(_identity(resource, desired))
        if live is not None:
            yield Diagnostic(
                "warning",
                f"{address} is left alone: {_owner(live)} decides what is served",
                "what is served is neither compared nor changed until it has ended",
                "",
                address,
                resource.source,
                "lint.rollout",
            )


def _owner(live: Live) -> str:
    return _OWNERS.get(live.owner or "", str(live.owner))


def _identity(resource: Resource, desired: Desired) -> tuple[str, ...]:
    config = resource.spec["config"]
    ref = next((ref for ref in resource.refs if ref.path == ("config",)), None)
    upstream = desired.resources.get(ref.to) if ref is not None else None
    return (str(upstream.spec["key"] if upstream is not None else config), str(resource.spec["environment"]))
