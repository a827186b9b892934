"""Finds out which variations use an object that is about to leave, and which of these leave it in the same run.

Takes moves and asks the server, gives variations. Sends nothing but reads, and those only for what is about to leave.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from reconciler.model import Action, Address, Body, Move
from reconciler.paths import parse_path
from reconciler.providers.launchdarkly.routes import CONFIGS, REFERENCES
from reconciler.providers.launchdarkly.variations import newest
from reconciler.providers.launchdarkly.wire import VERSIONED
from reconciler.providers.paging import rows_of

if TYPE_CHECKING:
    from reconciler.providers.launchdarkly.provider import LaunchDarkly

LEAVE = (Action.DELETE, Action.REPLACE)


class Use(NamedTuple):
    """A variation, by its keys."""

    config: str
    variation: str

    def __str__(self) -> str:
        return f"{self.config}/{self.variation}"


class Leaving(NamedTuple):
    """What uses an object and goes on doing so, and the moves by which the others stop."""

    left: tuple[Use, ...]
    after: tuple[Address, ...]


class Uses:
    """Who uses what, as the server says, and as it will be after these moves."""

    def __init__(self, api: LaunchDarkly, configs: Sequence[Body] | None, moves: Iterable[Move]) -> None:
        self._api = api
        self._configs = configs
        """The rows of all configs, None where this run did not read them."""
        self._variations: dict[Use, Move] = {}
        self._gone: dict[str, Move] = {}
        for move in moves:
            if move.kind.name == "Variation":
                self._variations[use_of(move)] = move
            elif move.kind.name == "AIConfig" and move.before is not None and move.action in LEAVE:
                self._gone[move.before.id] = move

    async def of(self, kind: str, key: str) -> tuple[Use, ...]:
        """Give the variations that use an object now."""
        if kind in REFERENCES:
            references = await self._api.rows(REFERENCES[kind], ("aiConfigKey", "variationKey"), id=key)
            return tuple(sorted({Use(row["aiConfigKey"], row["variationKey"]) for row in references}))
        return tuple(
            sorted(
                Use(config["key"], variation["key"])
                for config in await self._rows()
                for variation in newest(rows_of(config, "variations", CONFIGS, VERSIONED))
                if names(variation, kind, key)
            )
        )

    async def after(self, kind: str, key: str) -> Leaving:
        """Give the variations that still use an object after the moves, and the moves after which the others do not."""
        left, moves = [], []
        for use in await self.of(kind, key):
            move, whole = self._variations.get(use), self._gone.get(use.config)
            ends = whole or move  # what goes with its config goes when that does
            if ends is None or (move is not None and move.after is not None and names(afterwards(move), kind, key)):
                left.append(use)
            else:
                moves.append(ends.address)
        return Leaving(tuple(left), tuple(sorted(set(moves))))

    async def _rows(self) -> Sequence[Body]:
        if self._configs is None:
            self._configs = await self._api.rows(CONFIGS, ("key", "variations"))
        return self._configs


def afterwards(move: Move) -> Body:
    """Give what an object holds when a move is done: what nobody declares stays as it is."""
    touched = {str(parse_path(change.path)[0]) for change in move.changes}
    held = move.before.body if move.before is not None else {}
    kept = {name: value for name, value in held.items() if name not in touched}
    return {**kept, **(move.after or {})}


def names(variation: Body, kind: str, key: str) -> bool:
    """Say whether a variation uses an object; versions in it may not be known yet."""
    if kind == "ModelConfig":
        return bool(variation.get("modelConfigKey") == key)
    if kind == "AIConfig":
        judges = (variation.get("judgeConfiguration") or {}).get("judges") or ()
        return any(judge.get("judgeConfigKey") == key for judge in judges)
    if kind == "PromptSnippet":
        place = re.compile(r"\{\{\s*snippet\." + re.escape(key) + r"\s*(#|\}\})")
        return any(place.search(text) for text in _texts(variation))
    return any(pin.get("key") == key for pin in variation.get({"Tool": "tools", "Skill": "skills"}[kind]) or ())


def _texts(variation: Body) -> Iterable[str]:
    yield str(variation.get("instructions") or "")
    for message in variation.get("messages") or ():
        yield str(message.get("content"))
    for classifier in variation.get("classifiers") or ():
        yield str(classifier.get("instructions"))


def use_of(move: Move) -> Use:
    """Give the variation that is live, or will be."""
    if move.before is not None:
        return Use(*move.before.identity)
    body = move.after or {}
    return Use(str(body.get("config")), str(body.get("key")))
