"""Writes every live object that nobody declares as a manifest, in memory.

Takes what was read, what is declared and what a person selected; gives documents, and what they could not say.
References never go round in a circle: the side that would close one stays an id. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.export import names
from reconciler.export.express import Loss, Words, express, is_hidden_secret, sent_pattern
from reconciler.model import Address, Body, Desired, Json, Kind, Live, Observed, RefTarget, Selection, TextRefTarget
from reconciler.paths import parse_path, value_at
from reconciler.planning.selection import selects

Key: TypeAlias = tuple[str, str, str, Json]
"""(target, kind, field, value): what a reference looks for."""

Written: TypeAlias = tuple[Body | None, tuple[str, ...], tuple[Loss, ...]]
"""The document of an object, the environment variables that it names, and what was lost."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One manifest that is to be written."""

    document: Body
    kind: Kind
    secrets: tuple[str, ...] = ()
    """The environment variables that it names."""
    hidden: tuple[str, ...] = ()
    """Fields for secrets that it leaves out, as nobody can see whether they are set."""


@dataclass(frozen=True, slots=True)
class Drafts:
    """All of them, in address order, and what is not in them."""

    made: Mapping[Address, Draft]
    losses: tuple[Loss, ...] = ()
    """What no manifest can say."""
    foreign: tuple[Loss, ...] = ()
    """What somebody else decides about."""
    declared: int = 0
    """How many objects manifests declare already."""


def draft(observed: Observed, desired: Desired, selection: Selection) -> Drafts:
    """Give the manifests of what is selected and not declared yet.

    What many refer to is written last: where references go round in a circle, the fewest stay ids.
    """
    named = names.name_all(observed, desired)
    chosen = {address: live for address, live in named.fresh.items() if selects(selection, address, {})}
    losses = [loss for loss in named.alike if selects(selection, loss.address, {})]
    unsaid, scribe = frozenset[Address](), _Scribe({**chosen, **named.declared}, desired, frozenset())
    written = {address: scribe.write(address, live) for address, live in chosen.items()}
    while True:
        order, unsaid = sorted(chosen, key=lambda address: (scribe.asked[address], address)), unsaid | _unsaid(written)
        scribe = _Scribe({**chosen, **named.declared}, desired, unsaid)
        written = {address: scribe.write(address, chosen[address]) for address in order}
        if _unsaid(written) <= unsaid:
            break
    made = {
        address: Draft(document, chosen[address].kind, secrets, _hidden(document, chosen[address].kind))
        for address, (document, secrets, _) in sorted(written.items())
        if document is not None
    }
    losses += [loss for _, _, lost in written.values() for loss in lost]
    foreign = tuple(loss for loss in named.foreign if selects(selection, loss.address, {}))
    declared = sum(selects(selection, address, {}) for address in named.declared)
    return Drafts(made, tuple(sorted(losses, key=_place)), foreign, declared)


def _unsaid(written: Mapping[Address, Written]) -> frozenset[Address]:
    return frozenset(address for address, (document, _, _) in written.items() if document is None)


def _hidden(document: Body, kind: Kind) -> tuple[str, ...]:
    """Give the secrets that no read shows and the manifest does not name."""
    fields = kind.root.properties.items()
    return tuple(name for name, field in fields if is_hidden_secret(field) and name not in document["spec"])


def _place(loss: Loss) -> tuple[Address, str]:
    return loss.address, loss.path


class _Scribe:
    """Writes one object after the other, each knowing what can be referred to."""

    def __init__(self, known: Mapping[Address, Live], desired: Desired, unsaid: frozenset[Address]) -> None:
        self.asked: Counter[Address] = Counter()
        """How often each object was to be referred to."""
        self._known = known
        self._unsaid = unsaid
        self._needs: dict[Address, set[Address]] = {address: set(needs) for address, needs in desired.needs.items()}
        self._of_kind: dict[tuple[str, str], list[Address]] = {}
        self._found: dict[Key, list[Address]] = {}
        self._indexed: set[tuple[str, str, str]] = set()
        by_identity = {(a.target, live.kind.name, live.identity): a for a, live in known.items()}
        for address, live in known.items():
            self._of_kind.setdefault((address.target, address.kind), []).append(address)
            key = (address.target, live.parent.kind.name, live.parent.identity) if live.parent is not None else None
            if key in by_identity:
                self._needs.setdefault(address, set()).add(by_identity[key])

    def write(self, address: Address, live: Live) -> Written:
        """Write one object."""
        words = Words(
            address,
            refer=lambda means, value: self._refer(address, live, means, value),
            mention=lambda means, text: self._mention(address, means, text),
            bases=tuple(self._bases(address, live)),
        )
        document, losses = express(live, words)
        return document, tuple(words.secrets), losses

    def _refer(self, address: Address, live: Live, means: RefTarget, value: Json) -> str | None:
        to = self._meant(address, live, means, value)
        if to is None or not self._may_need(address, to):
            return None
        return to.name if len(means.kinds) == 1 else f"{to.kind}/{to.name}"

    def _meant(self, address: Address, live: Live, means: RefTarget, value: Json) -> Address | None:
        """Give the one object that a value stands for."""
        found = [to for kind in means.kinds for to in self._bearers(address.target, kind, means.field, value)]
        fitting = [to for to in found if _is_near(self._known[to], live)]
        return fitting[0] if len(fitting) == 1 else None

    def _bases(self, address: Address, live: Live) -> Iterator[Live]:
        """Give the objects of its own kind that an object refers to, and may take values from."""
        for name, field in live.kind.root.properties.items():
            if field.ref is not None and live.kind.name in field.ref.kinds:
                to = self._meant(address, live, field.ref, live.body.get(name))
                if to is not None:
                    yield self._known[to]

    def _mention(self, address: Address, means: TextRefTarget, text: str) -> str:
        """Name objects in a text where their present field stands beside the key: another one was meant to stay."""
        for found in sent_pattern(means).finditer(text):
            key = self._by_key(address.target, means.kind, found["key"])
            current = key is not None and str(value_at(self._known[key].body, parse_path(means.field)))
            if key is not None and current == found["value"] and self._may_need(address, key):
                text = text.replace(found[0], means.written.replace("KEY", found["key"]))
        return text

    def _by_key(self, target: str, kind: str, key: str) -> Address | None:
        alike = [one for one in self._of_kind.get((target, kind), ()) if self._known[one].identity[-1] == key]
        return alike[0] if len(alike) == 1 and alike[0] not in self._unsaid else None

    def _bearers(self, target: str, kind: str, field: str, value: Json) -> list[Address]:
        """Give what bears a value in a field that tells objects apart; a version, say, does not."""
        if isinstance(value, (dict, list, bool)):
            return []
        if (target, kind, field) not in self._indexed:
            self._indexed.add((target, kind, field))
            for address in self._of_kind.get((target, kind), ()):
                live = self._known[address]
                if field == "id" or field in live.kind.identity:
                    held = value_at(live.body, parse_path(field))
                    self._found.setdefault((target, kind, field, live.id if held is None else held), []).append(address)
        return [one for one in self._found.get((target, kind, field, value), ()) if one not in self._unsaid]

    def _may_need(self, address: Address, to: Address) -> bool:
        """Add an edge to the graph, unless it would close a circle."""
        self.asked[to] += 1
        seen, todo = {to}, [to]
        while todo:
            for following in self._needs.get(todo.pop(), ()):
                if following not in seen:
                    seen.add(following)
                    todo.append(following)
        if address in seen:
            return False
        self._needs.setdefault(address, set()).add(to)
        return True


def _is_near(referred: Live, live: Live) -> bool:
    """Say whether a reference may lead there: what lives in an object is only named by what belongs to that too."""
    above = referred.parent
    if above is None or live.identity[: len(above.identity)] == above.identity:
        return True
    fields = live.kind.root.properties.items()
    beside = [
        live.body.get(name) for name, field in fields if field.ref is not None and above.kind.name in field.ref.kinds
    ]
    return above.identity[-1] in beside
