"""What stops a plan that nobody can have meant.

Takes the operations and what is known around them, gives refusals; `GUARDS` is the whole list, in the order in which
they are shown. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import ceil

from reconciler.model import Account, Action, Address, Consent, Desired, Diagnostic, Inventory, Limits, Operation
from reconciler.planning.work import Decision
from reconciler.words import counted


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan before the guards have seen it."""

    operations: tuple[Operation, ...]
    decisions: Mapping[Address, Decision]
    desired: Desired
    inventory: Inventory
    limits: Limits
    consent: Consent
    destroy: bool
    accounts: Mapping[str, Account]
    pinned_accounts: Mapping[str, str]


def protected(proposal: Proposal) -> Iterator[Diagnostic]:
    """Refuse to delete or replace what is protected, in the manifest or when it was last applied."""
    for operation in proposal.operations:
        if operation.action not in (Action.DELETE, Action.REPLACE):
            continue
        decision = proposal.decisions[operation.address]
        by_manifest = decision.resource is not None and decision.resource.lifecycle.protect
        by_entry = decision.entry is not None and decision.entry.protect
        if by_manifest or by_entry:
            yield Diagnostic(
                "error",
                f"{operation.address} is protected: it may not be {operation.action.value}d",
                operation.reason,
                "set lifecycle.protect: false and apply that first"
                if decision.resource is not None
                else "restore its manifest, set lifecycle.protect: false and apply that first",
                operation.address,
                operation.source,
                "guard.protected",
            )


def ownership(proposal: Proposal) -> Iterator[Diagnostic]:
    """Refuse what is live, declared, not ours and different."""
    for address in proposal.desired.resources:
        decision = proposal.decisions.get(address)
        if decision is not None:
            yield from (refusal for refusal in decision.refusals if refusal.code.startswith("guard."))


def empty(proposal: Proposal) -> Iterator[Diagnostic]:
    """Refuse an empty set of manifests where we own objects: a wrong folder looks just like that."""
    if proposal.destroy or proposal.desired.leaving is not None:
        return
    if not proposal.desired.resources and proposal.inventory.entries:
        yield Diagnostic(
            "error",
            f"there are no manifests, but {_ours(len(proposal.inventory.entries))}",
            "everything would be deleted",
            "check the `manifests` folders in the settings; to delete everything, say `reconciler destroy`",
            code="guard.empty",
        )


def account(proposal: Proposal) -> Iterator[Diagnostic]:
    """Refuse a target whose credential speaks for another account than the settings pin."""
    yield from other_accounts(proposal.accounts, proposal.pinned_accounts)


def other_accounts(accounts: Mapping[str, Account], pinned_accounts: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Give the targets whose credential speaks for another account than the pinned one."""
    for target, pinned in sorted(pinned_accounts.items()):
        found = accounts.get(target)
        if found is not None and found.id != pinned:
            yield Diagnostic(
                "error",
                f"{target} is another account than the one in the settings",
                f"settings say {pinned}, the credential speaks for {found.id} {found.name}".rstrip(),
                "use the right credential, or change `account.id` of the target",
                code="guard.account",
            )


def deletes(proposal: Proposal) -> Iterator[Diagnostic]:
    """Refuse more deletes in a target than a slip of the hand may cause; a replace counts as a delete."""
    numbers = _count(proposal, (Action.DELETE, Action.REPLACE))
    yield from _over_limit(proposal, numbers, "deletes", 1, proposal.limits.deletes, proposal.consent.deletes)


def updates(proposal: Proposal) -> Iterator[Diagnostic]:
    """Refuse more updates in a target than one change of a few manifests causes."""
    numbers = _count(proposal, (Action.UPDATE,))
    yield from _over_limit(proposal, numbers, "updates", 10, proposal.limits.updates, proposal.consent.updates)


GUARDS: tuple[Callable[[Proposal], Iterator[Diagnostic]], ...] = (
    account,
    empty,
    ownership,
    protected,
    deletes,
    updates,
)


def refusals(proposal: Proposal) -> tuple[Diagnostic, ...]:
    """Ask every guard."""
    return tuple(diagnostic for guard in GUARDS for diagnostic in guard(proposal))


def _count(proposal: Proposal, actions: tuple[Action, ...]) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for operation in proposal.operations:
        if operation.action in actions:
            numbers[operation.address.target] = numbers.get(operation.address.target, 0) + 1
    return numbers


def _ours(number: int) -> str:
    return f"{counted(number, 'object')} {'is' if number == 1 else 'are'} ours"


def _over_limit(
    proposal: Proposal, numbers: dict[str, int], word: str, least: int, percent: float, allowed: int | None
) -> Iterator[Diagnostic]:
    for target, number in sorted(numbers.items()):
        ours = sum(1 for address in proposal.inventory.entries if address.target == target)
        limit = allowed if allowed is not None else max(least, ceil(ours * percent / 100))
        if number > limit:
            what = f"{counted(number, word.removesuffix('s'))} in {target} {'is' if number == 1 else 'are'}"
            rule = f"; the limit is {percent:g} %, at least {least}" if allowed is None else ""
            yield Diagnostic(
                "error",
                f"{what} more than the {limit} that this run may make",
                f"{_ours(ours)} there{rule}",
                f"if they are meant, say --allow-{word} {number}",
                code=f"guard.{word}",
            )
