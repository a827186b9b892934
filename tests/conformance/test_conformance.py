"""Every case, for every kind of every system, against the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance import peers
from tests.conformance.cases import CASES, Case, play, playable
from tests.conformance.peers import Peer
from tests.conformance.registry import SYSTEMS
from tests.conformance.subjects import Hands, Subject, System, Variant

PLACES = [(system, variant) for system in SYSTEMS for variant in system.variants]
PLAYED = [
    pytest.param(place, case, subject, id=f"{place[0].name}-{place[1].name}-{subject.kind}-{case.name}")
    for place in PLACES
    for case, subject in playable(*place, on_sandbox=True)
]
SUBJECTS = [
    pytest.param(subject, id=f"{system.name}-{variant.name}-{subject.kind}")
    for system, variant in PLACES
    for subject in system.subjects(variant)
]


@pytest.fixture(scope="module")
def place(request: pytest.FixtureRequest) -> Iterator[tuple[System, Variant, Peer, Hands]]:
    """One sandbox for all cases of a variant: cases clean up behind each other, as on a real server they must."""
    system, variant = request.param
    with peers.sandbox(system.name, variant) as peer:
        hands = system.hands(peer.direct, peer.token)
        yield system, variant, peer, hands
        hands.close()


@pytest.mark.parametrize(("place", "case", "subject"), PLAYED, indirect=["place"], scope="module")
def test_case(place: tuple[System, Variant, Peer, Hands], case: Case, subject: Subject, tmp_path: Path) -> None:
    system, variant, peer, hands = place
    play(case, system, variant, subject, peer, hands, tmp_path)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_kind_that_cannot_play_a_case_says_why(subject: Subject) -> None:
    assert set(subject.cannot) <= {case.name for case in CASES}
    assert all(len(reason.split()) > 3 for reason in subject.cannot.values())
    assert subject.support
