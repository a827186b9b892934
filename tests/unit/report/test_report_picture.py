"""The picture of a graph: nothing overlaps, what comes first stands left, and two runs draw the same."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.report.picture import BOX_HEIGHT, BOX_WIDTH, MOST_BOXES, Box, Picture, draw

GRAPHS = st.integers(2, 14).flatmap(
    lambda number: st.sets(st.tuples(st.integers(0, number), st.integers(0, number)).filter(lambda e: e[0] < e[1]))
)


def boxes(number: int) -> list[Box]:
    return [Box(f"t/K/{n:03}", link=f"#{n}") for n in range(number)]


def drawn(number: int, edges: set[tuple[int, int]]) -> Picture:
    found = draw(boxes(number), [(f"t/K/{first:03}", f"t/K/{then:03}") for first, then in edges])
    assert found is not None
    return found


@settings(max_examples=60, deadline=None)
@given(GRAPHS.filter(bool))
def test_boxes_do_not_overlap_and_lie_inside(edges: set[tuple[int, int]]) -> None:
    picture = drawn(16, edges)
    assert {placed.box.address for placed in picture.boxes} == {f"t/K/{n:03}" for edge in edges for n in edge}
    for one, other in combinations(picture.boxes, 2):
        assert abs(one.x - other.x) >= BOX_WIDTH or abs(one.y - other.y) >= BOX_HEIGHT
    for placed in picture.boxes:
        assert 0 <= placed.x <= picture.width - BOX_WIDTH
        assert 0 <= placed.y <= picture.height - BOX_HEIGHT
    left = {int(placed.box.link[1:]): placed.x for placed in picture.boxes}
    assert all(left[first] + BOX_WIDTH < left[then] for first, then in edges)
    assert len(picture.arrows) == len(edges)
    for arrow in picture.arrows:
        numbers = [float(n) for n in re.findall(r"-?\d+", arrow.path)]
        start, end = left[int(arrow.first[1:])], left[int(arrow.then[1:])]
        assert abs(numbers[0] - start - BOX_WIDTH) <= 1
        assert abs(numbers[-2] - end) <= 3


def test_what_no_edge_connects_is_counted_and_not_drawn() -> None:
    assert draw(boxes(3), []) is None
    assert draw(boxes(3), [("t/K/000", "elsewhere"), ("t/K/001", "t/K/001")]) is None
    picture = drawn(5, {(0, 1)})
    assert (len(picture.boxes), picture.alone, picture.left_out) == (2, 3, 0)


def test_too_many_boxes_are_counted() -> None:
    picture = drawn(MOST_BOXES + 30, {(n, n + 1) for n in range(0, MOST_BOXES + 30, 2)})
    assert (len(picture.boxes), picture.left_out, picture.alone) == (MOST_BOXES, 30, 0)


def test_a_chain_is_no_problem() -> None:
    assert len(drawn(MOST_BOXES, {(n, n + 1) for n in range(MOST_BOXES - 1)}).arrows) == MOST_BOXES - 1


@pytest.mark.parametrize("seed", ["0", "1", "2"])
def test_two_runs_draw_the_same(seed: str) -> None:
    code = (
        "from reconciler.report.picture import *\n"
        "boxes = [Box(f't/K/{n}') for n in range(30)]\n"
        "print(draw(boxes, [(f't/K/{n * n % 7}', f't/K/{n}') for n in range(8, 30)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
    )
    found = draw([Box(f"t/K/{n}") for n in range(30)], [(f"t/K/{n * n % 7}", f"t/K/{n}") for n in range(8, 30)])
    assert hashlib.sha256(done.stdout.encode()).digest() == hashlib.sha256(f"{found}\n".encode()).digest()


def test_a_long_name_is_cut() -> None:
    assert Box("t/Kind\x1b/" + "a" * 40).name == "a" * 25 + "…"
    assert Box("t/Kind\x1b/a").kind == "Kind\\x1b"
