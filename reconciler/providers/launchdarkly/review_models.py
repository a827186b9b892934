"""Judges what a plan would do to what variations are made from: model configs, tools, snippets, skills, judges.

Takes moves, adds to a judgement. Nothing in use leaves: the server refuses that for all but snippets and judges, whose
prompts would be left with a hole, and whose answers without a score. Sends nothing but reads, and those only for what
leaves, is restricted, or has to be changed in place by a server that may be too old for that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from reconciler.model import Action, Body, Change, Move
from reconciler.paths import parse_path
from reconciler.providers.launchdarkly.judgement import Judgement, some
from reconciler.providers.launchdarkly.models import Models
from reconciler.providers.launchdarkly.uses import LEAVE, Uses
from reconciler.providers.launchdarkly.wire import MAINTAINERS
from reconciler.words import counted

NOUNS = {
    "AIConfig": "judge",
    "ModelConfig": "model config",
    "PromptSnippet": "prompt snippet",
    "Skill": "skill",
    "Tool": "tool",
}
_UNUSED: Body = {"usedInCount": 0}
_NO_PATCH = "this server cannot change a model config in place"


async def leaving(said: Judgement, moves: Iterable[Move], uses: Uses, replaced: Iterable[Move] = ()) -> None:
    """Refuse to delete or replace what is in use, and let what stops using it in the same run come first."""
    replaced = tuple(replaced)
    for move in moves:
        if move.before is None or not (move.action in LEAVE or move in replaced):
            continue
        if move.kind.name == "ModelConfig" and move.before.body.get("usedInCount") == 0:
            continue
        noun, key = NOUNS[move.kind.name], move.before.id
        if move.action is Action.DELETE:
            found = await uses.after(move.kind.name, key)
            said.follow(move, found.after)
            users = found.left
        else:
            users = await uses.of(move.kind.name, key)
        if users:
            detail = f"{some(users)}; no {noun} that is in use is deleted"
            said.refuse_use(move, _used_by(users), detail, "let them use something else, or go, in the same run")


def _used_by(users: Sequence[object]) -> str:
    return f"{counted(len(users), 'variation')} {'uses' if len(users) == 1 else 'use'} it"


def unrestricted(said: Judgement, moves: Iterable[Move], freed: Collection[str]) -> None:
    """What is made anew is on no list: a replaced model would be free to choose, and nobody had said so."""
    for move in moves:
        is_replaced = move.action is Action.REPLACE or move.address in said.replaces
        if not is_replaced or move.before is None or move.before.id in freed:
            continue
        if move.before.body.get("isRestricted"):
            summary = f"{move.address} cannot be replaced: it is restricted"
            hint = "take it off the list of restricted models first, and put it there again afterwards"
            said.refuse(move, "restricted", summary, "what is made anew is not restricted", hint)


async def models(said: Judgement, moves: Sequence[Move], all_models: Models, uses: Uses) -> None:
    """Keep off the catalog, and replace what a server cannot change."""
    catalog = {row["key"] for row in all_models.rows if row.get("global")}
    for move in moves:
        if move.action in (Action.CREATE, Action.REPLACE) and move.after is not None and move.after["key"] in catalog:
            said.refuse(
                move,
                "global",
                f"{move.address} cannot be created: {move.after['key']} is in the catalog that every project sees",
                "nobody can change what is in it",
                "choose another key, or name it in variations as it is",
            )
    updated = [move for move in moves if move.action is Action.UPDATE]
    maintained = [m for m in moves if m.action in (Action.CREATE, Action.REPLACE) and _maintainer(m)]
    if not (updated or maintained) or await all_models.can_change():
        await leaving(said, moves, uses)
        return
    replaced = []
    for move in (*updated, *maintained):
        if _maintainer(move) or all(_top(change) in MAINTAINERS for change in move.changes):
            said.refuse(
                move,
                "maintainer",
                f"{move.address}: this server cannot say who looks after a model config",
                "it came before the vendor's client 24, and forgets what a creation says of that",
                "take maintainerId and maintainerTeamKey out of the manifest",
            )
        else:
            said.replaces[move.address] = _NO_PATCH
            replaced.append(move)
    await leaving(said, moves, uses, replaced)


def _maintainer(move: Move) -> bool:
    return any((move.after or {}).get(name) for name in MAINTAINERS)


def _top(change: Change) -> str:
    return str(parse_path(change.path)[0])


async def restricted(
    said: Judgement, moves: Iterable[Move], others: Sequence[Move], all_models: Models, uses: Uses
) -> None:
    """Take a model off the list before a variation chooses it, and put one on it after the last one has left it."""
    rows = {row["key"]: row for row in all_models.rows}
    made = {other.after["key"] for other in others if other.kind.name == "ModelConfig" and other.after is not None}
    variations = [other for other in others if other.kind.name == "Variation"]
    for move in moves:
        assert move.before is not None  # noqa: S101 - the list is always there
        before, after = set(move.before.body["keys"]), set(_after(move))
        for other in variations:
            chosen = (other.after or {}).get("modelConfigKey")
            had = other.before.body.get("modelConfigKey") if other.before is not None else None
            if chosen in before - after and (chosen != had or other.action is not Action.UPDATE):
                said.follow(other, [move.address])
        for key in sorted(after - before):
            if key not in rows.keys() | made:
                said.refuse(move, "model", f"{key} cannot be restricted: there is no model config of this key")
            if rows.get(key, _UNUSED).get("usedInCount") == 0:
                continue
            found = await uses.after("ModelConfig", key)
            said.follow(move, found.after)
            if found.left:
                said.refuse(
                    move,
                    "in-use",
                    f"{key} cannot be restricted: {_used_by(found.left)}",
                    some(found.left),
                    "let them use another model first, or in the same run",
                )


def _after(move: Move) -> Sequence[str]:
    """Give what is on the list afterwards; a manifest that leaves takes along what it brought."""
    return [] if move.after is None else [key for key in move.after["keys"] if isinstance(key, str)]
