"""Every case that a real server can play, for every kind, on real servers: a troublesome network stands before them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import peers
from tests.conformance.cases import Case, play, playable
from tests.conformance.peers import Peer
from tests.conformance.subjects import Hands, Subject, System, Variant
from tests.conformance.systems import openwebui as subjects
from tests.e2e import openwebui as servers

pytestmark = pytest.mark.e2e

SERVERS: Mapping[str, Callable[[str], AbstractContextManager[Any]]] = {"openwebui": servers.running}
"""System → starts a server of a version; gives its `url` and `token`."""

PLACES = [(subjects.SYSTEM, variant) for variant in subjects.SYSTEM.variants if variant.prefix is None]
PLAYED = [
    pytest.param(place, case, subject, id=f"{place[0].name}-{place[1].name}-{subject.kind}-{case.name}")
    for place in PLACES
    for case, subject in playable(*place, on_sandbox=False)
]


@pytest.fixture(scope="module")
def place(request: pytest.FixtureRequest) -> Iterator[tuple[System, Variant, Peer, Hands]]:
    """One server for all cases of a version."""
    system, variant = request.param
    with SERVERS[system.name](variant.version) as server, peers.between(server.url, server.token) as peer:
        hands = system.hands(peer.direct, peer.token)
        yield system, variant, peer, hands
        hands.close()


@pytest.mark.parametrize(("place", "case", "subject"), PLAYED, indirect=["place"], scope="module")
def test_case(place: tuple[System, Variant, Peer, Hands], case: Case, subject: Subject, tmp_path: Path) -> None:
    system, variant, peer, hands = place
    play(case, system, variant, subject, peer, hands, tmp_path)
