"""Changes what is ours, and nothing else: takes live objects into the inventory, or lets go of them.

Takes addresses as people write them and what a survey found, gives what would be remembered of each and what the next
plan will say, or why that makes no sense. Sends nothing; only `record` writes, and that into the inventory alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Literal

from reconciler.errors import ProviderError, UsageError
from reconciler.execution.settle import settled
from reconciler.execution.surroundings import Surroundings, resource_of, unreadable, want_of, work_of
from reconciler.inventory import Journal
from reconciler.model import Address, Change, Diagnostic, Entry, Live, Phase, Resource
from reconciler.paths import format_path
from reconciler.planning import complaints
from reconciler.planning.work import Decision, Secrets
from reconciler.schema import did_you_mean

_WILD = "*?["


@dataclass(frozen=True, slots=True)
class Move:
    """What becomes of one address in the inventory."""

    address: Address
    status: Literal["adopted", "ours", "forgotten"]
    live_id: str | None
    says: str
    """What that means for the next plan."""
    entry: Entry | None = None
    """What is remembered from now on; None: nothing."""


@dataclass(frozen=True, slots=True)
class Owned:
    """What was asked, and whether it was done; with `refusals` nothing was."""

    moves: tuple[Move, ...]
    refusals: tuple[Diagnostic, ...] = ()
    confirmed: bool = True


def named(texts: Iterable[str], known: Iterable[Address], what: str) -> tuple[Address, ...]:
    """Give the addresses that people mean: `target/Kind/name`, `Kind/name` or a name, with wild cards or without.

    Raises `UsageError` where one means nothing, or without wild cards more than one; `what` begins that sentence.
    """
    given = sorted(known)
    found: dict[Address, None] = {}
    for text in texts:
        fitting = [address for address in given if any(fnmatchcase(name, text) for name in _names(address))]
        exact = [address for address in given if text in _names(address)]
        fitting = exact or fitting
        if not fitting:
            raise UsageError(f"{what} {text}", hint=did_you_mean(text, [_near(text, address) for address in given]))
        if len(fitting) > 1 and not any(character in text for character in _WILD):
            choices = " or ".join(map(str, fitting))
            raise UsageError(f"{text} may be several", hint=f"say {choices}")
        found.update(dict.fromkeys(fitting))
    return tuple(sorted(found))


def takings(
    addresses: Sequence[Address], decisions: Mapping[Address, Decision], around: Surroundings
) -> tuple[tuple[Move, ...], tuple[Diagnostic, ...]]:
    """Say what taking each address over means, and why some cannot be; `decisions` were made with a yes to adoption."""
    answers = [_taking(address, decisions.get(address), around) for address in addresses]
    refusals = [refusal for answer in answers if isinstance(answer, tuple) for refusal in answer]
    return tuple(answer for answer in answers if isinstance(answer, Move)), tuple(refusals)


def lettings(
    addresses: Iterable[Address], entries: Mapping[Address, Entry], declared: Mapping[Address, Resource]
) -> tuple[Move, ...]:
    """Say what letting go of each entry means."""
    return tuple(
        Move(address, "forgotten", entries[address].id, _afterwards(entries[address], declared.get(address)))
        for address in addresses
    )


async def record(moves: Iterable[Move], journal: Journal) -> None:
    """Remember what changes."""
    for move in moves:
        if move.status != "ours":
            await journal.record(move.address, move.entry)


def _taking(address: Address, decision: Decision | None, around: Surroundings) -> Move | tuple[Diagnostic, ...]:
    if decision is None:  # plainly as declared, which only what is ours can be
        return Move(address, "ours", around.lives[address].id, _next(()))
    live, entry, refusals = decision.live, decision.entry, _why_not(address, decision)
    if live is None or refusals:
        return refusals
    if entry is not None and (entry.id, entry.identity) == (live.id, live.identity):
        return Move(address, "ours", live.id, _next(decision.changes))
    try:
        return Move(address, "adopted", live.id, _next(decision.changes), _as_it_is(decision, live, around))
    except ProviderError as error:
        resource = resource_of(decision)
        return (complaints.not_adopted(resource, error.message, "adopt or apply first what it refers to"),)


def _why_not(address: Address, decision: Decision) -> tuple[Diagnostic, ...]:
    """Say why an object cannot be taken over as it is."""
    if decision.refusals:
        return decision.refusals
    resource = resource_of(decision)
    if decision.blocked:
        hint = "adopt it when its target, and what it refers to, can be read"
        return (complaints.not_adopted(resource, f"nobody knows what is at {address}", hint),)
    if decision.live is None:
        hint = "`reconciler apply` creates it; to adopt an object, declare it with its identity"
        return (complaints.not_adopted(resource, f"{address} is not on the server: nothing to adopt", hint),)
    return ()


def _as_it_is(decision: Decision, live: Live, around: Surroundings) -> Entry:
    """Give the entry of an object as it was found: what no read shows is not known to be as declared."""
    resource = resource_of(decision)
    known = around.secrets.get(resource.address, Secrets())
    work = replace(work_of(decision, around), entry=None, secrets=Secrets(known.leaves))
    want = want_of(resource, around)
    entry = settled(work, want, live)
    hidden = {format_path(path) for path in unreadable(resource, want, work, live)}
    applied = {path: digest for path, digest in entry.applied.items() if path not in hidden}
    return replace(entry, applied=applied, digest="" if decision.changes else entry.digest)


def _next(changes: Sequence[Change]) -> str:
    if not changes:
        return "it is as declared"
    paths = ", ".join(dict.fromkeys(change.path for change in changes))
    return f"the next plan updates {paths}"


def _afterwards(entry: Entry, resource: Resource | None) -> str:
    lost = "; its last write was cut short, so look what it left" if entry.phase is not Phase.SETTLED else ""
    if resource is None:
        return f"it stays on the server, and no plan names it any more{lost}"
    return (
        f"it stays on the server; {resource.source} declares it, and the next plan wants it unless that goes too{lost}"
    )


def _names(address: Address) -> tuple[str, str, str]:
    return address.name, f"{address.kind}/{address.name}", str(address)


def _near(text: str, address: Address) -> str:
    """Give an address in the form in which somebody wrote one."""
    return _names(address)[min(text.count("/"), 2)]
