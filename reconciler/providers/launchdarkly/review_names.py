"""Judges what manifests name by key: what leaves in the same run, and models that nobody may choose.

Takes moves and manifests, adds to a judgement. What a reference names does not leave: this is about keys that are
written out. Sends nothing but reads, and those only where a variation chooses a model config.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.model import Action, Body, Change, Move, Resource
from reconciler.paths import format_path, parse_path
from reconciler.providers.launchdarkly.estate import Estate, literals
from reconciler.providers.launchdarkly.judgement import Judgement
from reconciler.providers.launchdarkly.models import Models
from reconciler.providers.launchdarkly.uses import names

IN_USE = "guard.in-use"


def leaving(said: Judgement, moves: Sequence[Move], resources: Sequence[Resource]) -> None:
    """Refuse that something goes while a manifest names it."""
    refused = {diagnostic.address for diagnostic in said.diagnostics if diagnostic.code == IN_USE}
    gone = {
        (move.kind.name, move.before.id): move
        for move in moves
        if move.action is Action.DELETE and move.before is not None and move.address not in refused
    }
    estate = Estate(resources)
    for resource in resources if gone else ():
        for place, kind, key in _named(resource, estate, [key for kind, key in gone if kind == "PromptSnippet"]):
            if (kind, key) in gone:
                goes, advice = gone.pop((kind, key)), "let it name something else, or keep what it names"
                said.refuse_use(goes, f"{resource.address} names it", f"{place}: {key}", advice)


def _named(resource: Resource, estate: Estate, snippets: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Yield place, kind and key of what a manifest writes out; the key of a variation with that of its config."""
    config = estate.key(resource, ("config",)) or estate.key(resource, ("aiConfigKey",))
    for path, kinds, key in literals(resource.spec, resource.kind.root, ()):
        for kind in kinds:
            yield format_path(path), kind, f"{config}/{key}" if kind == "Variation" else key
    if resource.kind.name == "Variation":
        yield from (
            ("its text", "PromptSnippet", key) for key in snippets if names(resource.spec, "PromptSnippet", key)
        )


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
    free = freed(moves)
    for move, key in chosen:
        if key not in rows.keys() | made:
            summary = f"{move.address} names the model config {key}, which is not there"
            said.refuse(move, "model", summary, "", "name another one, or declare it")
        elif key in rows and rows[key].get("isRestricted") and key not in free:
            summary = f"{move.address} names the model config {key}, which is restricted"
            hint = "name another one, or take it off the list of restricted models first"
            said.refuse(move, "restricted", summary, "the server lets no variation choose it", hint)


def freed(moves: Sequence[Move]) -> frozenset[str]:
    """Give the keys that come off the list of restricted models."""
    return frozenset(
        key
        for move in moves
        if move.kind.name == "RestrictedModels" and move.before is not None
        for key in move.before.body["keys"]
        if key not in (move.after or {}).get("keys", ())
    )
