"""What a plan is worth a word about, and no more: what a list made, what is used, what is undecided.

Takes a scene, gives warnings. Pure: asks no server and reads no clock; never says that anything is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from reconciler.errors import ProviderError
from reconciler.model import Action, Body, Diagnostic, Json, Move
from reconciler.providers.runtype import wire
from reconciler.providers.runtype.scene import Scene, name_of, some, warning

_ENDS = "agents and flows name a model by its id: those that name one that is gone break, or run with another"


def all_of(scene: Scene) -> Iterator[Diagnostic]:
    """Yield the warnings that need no further question."""
    yield from _provisioned(scene)
    yield from _several_defaults(scene)
    yield from _undecided(scene)
    yield from _policies(scene)


def used(scene: Scene, rows: Sequence[Body]) -> list[Diagnostic]:
    """Say of every configuration that would be deleted how often it was used, and when last."""
    counts = {f"{row.get('provider')}/{row.get('modelId')}": row for row in rows}
    ending = [(move, move.before.body) for move in scene.ending("ModelConfig") if move.before is not None]
    return [_usage(move, body, counts.get(name_of(body), {})) for move, body in ending]


def use_unknown(scene: Scene, error: ProviderError) -> list[Diagnostic]:
    """Say that nobody knows whether what would be deleted is used."""
    names = some([str(move.address) for move in scene.ending("ModelConfig")])
    said = f"{names} would be deleted, and how much it is used could not be read: {error.message}"
    return [warning("plan.usage-unknown", said, _ENDS, "plan again, or look in the dashboard before you apply")]


def _usage(move: Move, body: Body, row: Body) -> Diagnostic:
    times = row.get("usageCount")
    is_used = isinstance(times, (int, float)) and times > 0
    comes_back = move.after is not None and name_of(move.after) == name_of(body)
    said = f"was used {times:,} times, last at {row.get('lastUsedAt')}" if is_used else "has no recorded use"
    return warning(
        "plan.usage",
        f"{move.address} would be deleted{' and made anew' if comes_back else ''}: {name_of(body)} {said}"
        + ("; it is the default" if body.get("isDefault") is True else ""),
        _ENDS if is_used else "",
        "look for it in agents, flows and prompts before you apply" if is_used else "",
        move,
    )


def _provisioned(scene: Scene) -> Iterator[Diagnostic]:
    """Tell of a configuration that came to be when the list was read."""
    only = scene.configs[0] if len(scene.configs) == 1 else {}
    if only.get("isDefault") is True and _epoch(only.get("createdAt")) >= int(scene.since):
        yield warning(
            "plan.auto-provisioned",
            f"{scene.target}: Runtype made {name_of(only)} when it was asked which configurations there are",
            "its list of an account without any makes a default one: there not even a plan is read-only",
            "nothing to do: it is left alone unless a manifest declares it",
        )


def _several_defaults(scene: Scene) -> Iterator[Diagnostic]:
    marked = sorted(name_of(config) for config in scene.configs if config.get("isDefault") is True)
    for move in scene.of("DefaultModelConfig"):
        if len(marked) > 1:
            yield warning(
                "plan.several-defaults",
                f"{scene.target} has {len(marked)} defaults: {some(marked)}",
                "it seems to keep one for each provider",
                "nothing to do: the manifest is met once its configuration is one of them",
                move,
            )


def _undecided(scene: Scene) -> Iterator[Diagnostic]:
    """Tell of configurations that do not work, and that this plan does not make work."""
    for config in filter(wire.is_undecided, scene.configs):
        move = scene.move_of(config)
        concerns_us = move is not None or scene.declares(config)
        if concerns_us and (move is None or move.action is not Action.UPDATE):
            yield warning(
                "plan.needs-configuration",
                f"{scene.target}: {name_of(config)} waits for somebody to decide, and nothing runs with it",
                "teammates' settings of it were in conflict when the organization took it over",
                "a write of its settings or key decides it: change one in the manifest, or do it in the dashboard",
                move,
            )


def _policies(scene: Scene) -> Iterator[Diagnostic]:
    for move in scene.of("ProviderKey"):
        if scene.in_organization and any(c.path == "isDefault" and c.after is True for c in move.changes):
            yield warning(
                "plan.organization-policy",
                f"{move.address}: `isDefault: true` makes every member of the organization use this key",
                "it changes the organization's credential policy, and is written to its audit log",
                "leave isDefault out to store the key and nothing else",
                move,
            )


def _epoch(text: Json) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (TypeError, ValueError):
        return float("-inf")
