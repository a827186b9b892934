"""`kill -9` at random moments of applies against a real Open WebUI; each is followed by one that must finish it.

`RECONCILER_KILLS_OPENWEBUI` says how many moments there are, `RECONCILER_KILLS_FROM` with which seed they begin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.conformance import peers
from tests.crashes import story
from tests.crashes.place import Ground, make_by_hand, system_of
from tests.e2e import openwebui
from tests.e2e.servers import one_after_the_other

VERSION = openwebui.VERSIONS[0]
pytestmark = [pytest.mark.e2e, one_after_the_other("openwebui", VERSION)]

SYSTEM = "openwebui"
TOKEN = "OPENWEBUI_TOKEN"


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    """One server for all lives; what somebody made by hand is there from the first to the last."""
    with (
        openwebui.running(VERSION) as server,
        peers.between(server.url, server.token) as peer,
        closing(system_of(SYSTEM).hands(server.url, server.token)) as hands,
    ):
        make_by_hand(hands, SYSTEM)
        target = {"system": SYSTEM, "url": peer.url, "auth": {"bearer": {"env": TOKEN}}}
        secrets = {TOKEN: server.token}
        yield Ground({SYSTEM: target}, {SYSTEM: hands}, peer.requests, peer.faults, secrets, (server.token,))


@pytest.mark.parametrize(("seed", "kills"), story.lives("RECONCILER_KILLS_OPENWEBUI", 5))
def test_a_killed_apply_is_finished_by_the_next(
    seed: int,
    kills: int,
    ground: Ground,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
) -> None:
    foreign = ground.rows()
    request.addfinalizer(lambda: ground.clear(foreign))
    for kill in story.play(seed, ground, tmp_path, (SYSTEM,), kills):
        record_property(f"kill of Open WebUI {VERSION}", [kill.phase, kill.seconds])
