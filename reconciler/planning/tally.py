"""Counts how every managed field stands: pending, drift, conflict, converged, or unseen; and what was not looked at.

Takes what a plan was made from and the decisions behind it, gives numbers and addresses. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model import Address, DriftItem, Kind, Live, Path
from reconciler.paths import parse_path
from reconciler.planning.canonical import field_at, is_hidden, leaves
from reconciler.planning.diff import leaf_of
from reconciler.planning.selection import selects
from reconciler.planning.work import Decision, Facts, Secrets

CLASSES = ("pending", "drift", "conflict", "converged", "unseen")


def tally(
    facts: Facts, decisions: Mapping[Address, Decision], lives: Mapping[Address, Live], drift: tuple[DriftItem, ...]
) -> dict[str, int]:
    """Count the fields of everything that was compared.

    Pending: git moved and the server did not. Unseen: no read shows it, so that nobody knows whether it drifted.
    """
    counts = dict.fromkeys(CLASSES, 0)
    moved = {(item.address, item.path): item.classification for item in drift}
    passed_over = not_compared(facts, decisions)
    for address in sorted({*facts.inventory.entries, *facts.desired.resources} - passed_over):
        for word in _classes(address, facts, decisions.get(address), lives.get(address), moved):
            counts[word] += 1
    return counts


def not_compared(facts: Facts, decisions: Mapping[Address, Decision]) -> frozenset[Address]:
    """Give what is declared or ours and was not compared: out of reach, or outside the selection."""
    known = {*facts.inventory.entries, *facts.desired.resources}
    return frozenset(address for address in known if _is_passed_over(address, facts, decisions.get(address)))


def _is_passed_over(address: Address, facts: Facts, decision: Decision | None) -> bool:
    resource = facts.desired.resources.get(address)
    labels = resource.labels if resource is not None else None
    if address.target in facts.observed.failures or not selects(facts.request.selection, address, labels):
        return True
    return decision is not None and (decision.blocked or decision.outside)


def _classes(
    address: Address,
    facts: Facts,
    decision: Decision | None,
    live: Live | None,
    moved: Mapping[tuple[Address, str], str],
) -> list[str]:
    """Give the class of each managed field of one object."""
    if (address, "") in moved:
        return [moved[address, ""]]
    entry = facts.inventory.entries.get(address)
    live = decision.live if decision is not None else live
    if decision is not None and (decision.live is None or decision.resource is None):
        return ["pending"] if decision.action is not None else []
    if live is None:
        return []
    secrets = facts.secrets.get(address, Secrets()).leaves
    pending = _pending(decision, live.kind) if decision is not None else frozenset()
    paths = {parse_path(text) for text in entry.applied} if entry is not None else set[Path]()
    paths |= pending
    paths |= {path for path, _, _ in leaves(decision.want or {}, live.kind.root)} if decision is not None else set()
    texts = {path: text for (where, text) in moved if where == address for path in (parse_path(text),)}
    return [moved[address, texts[path]] if path in texts else _class(path, live, pending, secrets) for path in paths]


def _class(path: Path, live: Live, pending: frozenset[Path], secrets: tuple[Path, ...]) -> str:
    if path in pending:
        return "pending"
    hidden = path in secrets or is_hidden(path, field_at(live.kind.root, path), live)
    return "unseen" if hidden else "converged"


def _pending(decision: Decision, kind: Kind) -> frozenset[Path]:
    """Give the fields that an apply would change."""
    return frozenset(leaf_of(parse_path(change.path), kind.root) for change in decision.changes)
