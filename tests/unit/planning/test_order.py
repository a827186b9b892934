"""Which operation waits for which."""

from __future__ import annotations

import random
from collections.abc import Mapping
from itertools import pairwise

import pytest

from reconciler.errors import Cycle
from reconciler.model import Action, Address, Desired, Entry, Resource, Source
from reconciler.planning.order import operation_needs, topological
from tests.tiny.kinds import ITEM

A, B, C, D = (Address("t", "Item", name) for name in "abcd")


def desired(needs: Mapping[Address, tuple[Address, ...]]) -> Desired:
    resources = {a: Resource(a, ITEM, {}, Source("f")) for a in (A, B, C, D)}
    return Desired(resources, needs)


def entry(address: Address, *needs: Address) -> Entry:
    return Entry(address, "tiny", address.name, (address.name,), needs=needs)


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        ({}, [A, B, C, D]),
        ({A: (B,), B: (C,)}, [C, B, A, D]),
        ({A: (D, C)}, [D, C, A, B]),
        ({A: (Address("t", "Item", "elsewhere"),)}, [A, B, C, D]),
    ],
)
def test_topological(needs: Mapping[Address, tuple[Address, ...]], expected: list[Address]) -> None:
    assert topological((A, B, C, D), needs) == expected


def test_a_circle_is_named() -> None:
    with pytest.raises(Cycle, match="t/Item/b → t/Item/c → t/Item/b"):
        topological((A, B, C, D), {A: (B,), B: (C,), C: (B,)})


def test_a_chain_of_ten_thousand_is_no_recursion() -> None:
    chain = [Address("t", "Item", f"{n:05}") for n in range(10_000)]
    needs = {here: (there,) for here, there in pairwise(chain)}
    assert topological(chain, needs) == chain[::-1]


def test_an_operation_waits_over_objects_that_do_not_change() -> None:
    actions = {A: Action.UPDATE, C: Action.CREATE}
    assert operation_needs(actions, desired({A: (B,), B: (C,)}), {}, {}, {}) == {A: (C,), C: ()}


def test_a_delete_waits_for_what_referred_to_it() -> None:
    actions = {A: Action.UPDATE, B: Action.DELETE, C: Action.DELETE}
    entries = {A: entry(A, B), B: entry(B, C), C: entry(C)}
    graph = Desired({A: Resource(A, ITEM, {}, Source("f"))}, {})
    assert operation_needs(actions, graph, entries, {}, {}) == {A: (), B: (A,), C: (B,)}


def test_remembered_edges_that_contradict_each_other_close_no_circle() -> None:
    """A reference was turned round, and one of the two was not applied since."""
    actions = dict.fromkeys((A, B, C), Action.DELETE)
    entries = {A: entry(A, B, C), B: entry(B, A, C), C: entry(C, A)}
    needs = operation_needs(actions, Desired({}, {}), entries, {}, {})
    assert needs == {A: (), B: (A,), C: (A, B)}


def test_a_delete_waits_once_however_many_ways_lead_from_what_referred_to_it() -> None:
    gone = Address("t", "Item", "gone")
    actions = {**dict.fromkeys((A, B, C, D), Action.UPDATE), gone: Action.DELETE}
    needs = {A: (B, C), B: (D,), C: (D,)}
    assert operation_needs(actions, desired(needs), {A: entry(A, gone)}, {}, {}) == {**needs, D: (), gone: (A,)}


def test_an_operation_waits_once_however_many_ways_lead_to_the_other() -> None:
    needs = {A: (B, C), B: (D,), C: (D, A)}
    actions = {A: Action.UPDATE, D: Action.CREATE}
    assert operation_needs(actions, desired(needs), {}, {}, {}) == {A: (D,), D: ()}


@pytest.mark.parametrize("second", [Action.CREATE, Action.DELETE])
def test_what_a_systems_own_rules_add_counts_for_deletes_too(second: Action) -> None:
    actions = {A: Action.CREATE, B: second}
    assert operation_needs(actions, desired({}), {}, {}, {A: (B, C), C: (A,)}) == {A: (B,), B: ()}


def test_rules_that_contradict_the_references_close_a_circle() -> None:
    actions = {A: Action.UPDATE, B: Action.UPDATE}
    with pytest.raises(Cycle):
        operation_needs(actions, desired({A: (B,)}), {}, {}, {B: (A,)})


@pytest.mark.parametrize("seed", range(20))
def test_random_graphs_keep_every_edge(seed: int) -> None:
    chance = random.Random(seed)
    nodes = [Address("t", "Item", f"{n:02}") for n in range(30)]
    needs = {
        node: tuple(sorted(chance.sample(nodes[:place], min(place, chance.randint(0, 3)))))
        for place, node in enumerate(nodes)
    }
    chance.shuffle(nodes)
    order = topological(nodes, needs)
    assert sorted(order) == sorted(nodes)
    assert all(order.index(need) < order.index(node) for node in nodes for need in needs[node])
