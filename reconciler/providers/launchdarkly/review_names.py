"""Judges what the objects of a plan name by key: what leaves in the same run, and models that nobody may choose.

Takes moves, adds to a judgement. What a reference names does not leave: this is about keys that are written out.
Sends nothing but reads, and those only where a variation chooses a model config.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.model import Action, Body, Change, Move
from reconciler.paths import format_path, parse_path
from reconciler.providers.launchdarkly.estate import literals
from reconciler.providers.launchdarkly.judgement import Judgement
from reconciler.providers.launchdarkly.models import Models
from reconciler.providers.launchdarkly.uses import names

IN_USE = "guard.in-use"


def leaving(said: Judgement, moves: Sequence[Move]) -> None:
    """Refuse that something goes while another move makes something that names it."""
    refused = {diagnostic.address for diagnostic in said.diagnostics if diagnostic.code == IN_USE}
    gone = {
        (move.kind.name, move.before.id): move
        for move in moves
        if move.action is Action.DELETE and move.before is not None and move.address not in refused
    }
    for move in moves if gone else ():
        for place, kind, key in _named(move, [key for kind, key in gone if kind == "PromptSnippet"]):
            if (kind, key) in gone:
                goes, advice = gone.pop((kind, key)), "let it name something else, or keep what it names"
                said.refuse_use(goes, f"{move.address} names it", f"{place}: {key}", advice)


def _named(move: Move, snippets: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Yield place, kind and key of what a move brings to name; the key of a variation with that of its config."""
    brought, after = _brought(move), move.after or {}
    config = after.get("config") or after.get("aiConfigKey")
    for path, kinds, key in literals(brought, move.kind.root, ()):
        for kind in kinds:
            yield format_path(path), kind, f"{config}/{key}" if kind == "Variation" else key
    if move.kind.name == "Variation":
        yield from (("its text", "PromptSnippet", key) for key in snippets if names(brought, "PromptSnippet", key))


def _brought(move: Move) -> Body:
    """Give what a move sets; of an update that which changes."""
    after = move.after or {}
    touched = {_top(change) for change in move.changes}
    return {name: after[name] for name in after if move.action is not Action.UPDATE or name in touched}


def _top(change: Change) -> str:
    return str(parse_path(change.path)[0])


async def models(said: Judgement, moves: Sequence[Move], all_models: Models) -> None:
    """Refuse that a variation chooses a model config that is not there, or is restricted and stays so."""
    choosing = [(move, _brought(move).get("modelConfigKey")) for move in moves if move.kind.name == "Variation"]
    chosen = [(move, key) for move, key in choosing if isinstance(key, str)]
    if not chosen:
        return
    rows = {row["key"]: row for row in all_models.rows or await all_models.list()}
    made = {move.after["key"] for move in moves if move.kind.name == "ModelConfig" and move.after is not None}
    freed = {key for move in moves if move.kind.name == "RestrictedModels" for key in _freed(move)}
    for move, key in chosen:
        if key not in rows.keys() | made:
            summary = f"{move.address} names the model config {key}, which is not there"
            said.refuse(move, "model", summary, "", "name another one, or declare it")
        elif key in rows and rows[key].get("isRestricted") and key not in freed:
            summary = f"{move.address} names the model config {key}, which is restricted"
            hint = "name another one, or take it off the list of restricted models first"
            said.refuse(move, "restricted", summary, "the server lets no variation choose it", hint)


def _freed(move: Move) -> set[str]:
    held = move.before.body["keys"] if move.before is not None else ()
    return set(held) - {key for key in (move.after or {}).get("keys", ()) if isinstance(key, str)}
