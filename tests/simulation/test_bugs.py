"""The simulation sees: a world that is known to show a bug, made by hand, is called wrong, and in the right words.

That the same worlds are clean without the bugs is what `make simulate` and `test_worlds.py` are for.
"""

from __future__ import annotations

import pytest

from tests.simulation.bugs.table import BUGS, seen_by
from tests.simulation.many import play_some


@pytest.mark.parametrize("name", BUGS)
def test_the_simulation_sees(name: str) -> None:
    bug = BUGS[name]
    with bug.at_work():
        (report,) = play_some([bug.seed])
    assert bug.said in seen_by(report), "\n".join([*report.wrong, *report.trace])
