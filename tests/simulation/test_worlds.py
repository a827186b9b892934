"""A few simulated worlds, and that one seed has one course; `make simulate` plays many more."""

from __future__ import annotations

import pytest

from tests.simulation.course import draw, play


@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_lost_leaked_or_touched(seed: int) -> None:
    report = play(draw(seed))
    assert report.wrong == [], "\n".join(report.trace)


def test_a_seed_always_has_the_same_course() -> None:
    first, second = play(draw(7)), play(draw(7))
    assert (first.trace, first.struck, first.runs) == (second.trace, second.struck, second.runs)
