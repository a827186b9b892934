"""In which order operations may run.

Takes the graph of what is desired and what we remember of the rest, gives each operation's needs. Creates and updates
follow references; deletes go the other way. Pure: no I/O, no clock.

    Group ──▶ Model ──▶ DefaultModels        create, update: left to right
    Group ◀── Model ◀── DefaultModels        delete: right to left
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.errors import Cycle
from reconciler.model import Action, Address, Desired, Entry

_ENDS = (Action.DELETE, Action.FORGET)
NONE: Mapping[Address, tuple[Address, ...]] = {}


def topological(addresses: Iterable[Address], needs: Mapping[Address, tuple[Address, ...]]) -> list[Address]:
    """Give the addresses, each after what it needs, otherwise in the given order; needs outside are ignored.

    Raises `Cycle`: manifests have none, but a system's own ordering rules may close one.
    """
    wanted = dict.fromkeys(addresses)
    done: dict[Address, None] = {}
    for address in wanted:
        if address not in needs:
            done[address] = None
            continue
        path: dict[Address, None] = {}
        stack = [(address, iter(needs[address]))]
        path[address] = None
        while stack:
            current, rest = stack[-1]
            step = next((need for need in rest if need in wanted and need not in done), None)
            if step is None:
                stack.pop()
                path.pop(current)
                done[current] = None
            elif step in path:
                circle = [*list(path)[list(path).index(step) :], step]
                raise Cycle("these must each come after the other: " + " → ".join(map(str, circle)))
            else:
                path[step] = None
                stack.append((step, iter(needs.get(step, ()))))
    return list(done)


def operation_needs(
    actions: Mapping[Address, Action],
    desired: Desired,
    entries: Mapping[Address, Entry],
    owners: Mapping[Address, Address],
    of_systems: Mapping[Address, tuple[Address, ...]] = NONE,
) -> dict[Address, tuple[Address, ...]]:
    """Give each operation the operations that must be done before it, sorted.

    An operation waits for what it refers to, directly or over objects that do not change. A delete waits for every
    operation on what referred to it when it was last applied. What goes over to another owner is forgotten only when
    that owner holds it. What a system's own rules add (`of_systems`) holds for deletes too. Raises `Cycle` where they
    contradict the references, or each other.
    """
    edges = {address: below for address, below in desired.needs.items() if below}
    needs: dict[Address, set[Address]] = {address: set() for address in actions}
    for address, owner in owners.items():
        if address in actions and owner in actions:
            needs[address].add(owner)
    for address, action in actions.items():
        if action not in _ENDS:
            needs[address] |= _nearest_operations(address, edges, actions)
    for address, before in of_systems.items():
        if address in actions:
            needs[address] |= {need for need in before if need in actions and need != address}
    for address, entry in entries.items():
        if address in actions:
            for used in entry.needs:
                if actions.get(used) in _ENDS and used != address and not _leads_to(address, used, needs):
                    needs[used].add(
                        address
                    )  # remembered edges may contradict each other, after a reference turned round
    ordered = {address: tuple(sorted(found)) for address, found in needs.items()}
    topological(ordered, ordered)
    return ordered


def _leads_to(start: Address, goal: Address, needs: Mapping[Address, set[Address]]) -> bool:
    """Say whether `start` waits for `goal` already."""
    seen, todo = {start}, [start]
    while todo:
        for need in needs.get(todo.pop(), ()):
            if need == goal:
                return True
            if need not in seen:
                seen.add(need)
                todo.append(need)
    return False


def _nearest_operations(
    start: Address, edges: Mapping[Address, tuple[Address, ...]], actions: Mapping[Address, Action]
) -> set[Address]:
    found: set[Address] = set()
    seen: set[Address] = set()
    todo = list(edges.get(start, ()))
    while todo:
        address = todo.pop()
        if address in seen or address == start:
            continue
        seen.add(address)
        if address in actions:
            found.add(address)
        else:
            todo.extend(edges.get(address, ()))
    return found
