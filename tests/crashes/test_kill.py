"""`kill -9` at random moments of applies against the sandbox; each is followed by one that must finish it.

`RECONCILER_KILLS` says how many moments there are, `RECONCILER_KILLS_FROM` with which seed they begin; a seed is a life
with two of them. `make crashes SANDBOX=2 OPENWEBUI=0 FROM=17` plays seed 17 alone.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crashes import estates, story
from tests.crashes.place import sandboxes


@pytest.mark.parametrize(("seed", "kills"), story.lives("RECONCILER_KILLS", 20))
def test_a_killed_apply_is_finished_by_the_next(
    seed: int, kills: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with sandboxes(estates.SYSTEMS) as ground:
        for kill in story.play(seed, ground, tmp_path, estates.SYSTEMS, kills):
            record_property("kill of the sandbox, all systems", [kill.phase, kill.seconds])
