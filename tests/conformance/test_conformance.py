"""Every case, for every kind of every system, against the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance import peers
from tests.conformance.cases import CASES, Scene, play, scenes
from tests.conformance.peers import Ground
from tests.conformance.registry import SYSTEMS
from tests.conformance.subjects import Subject

PLACES = [(system, variant) for system in SYSTEMS for variant in system.variants]
SCENES = [scene for place in PLACES for scene in scenes(*place, on_sandbox=True)]
SUBJECTS = [
    pytest.param(subject, id=f"{system.name}-{variant.name}-{subject.kind}")
    for system, variant in PLACES
    for subject in system.subjects(variant)
]


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    """One sandbox for all cases of a variant."""
    opened = Ground(peers.sandbox)
    yield opened
    opened.close()


@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_case(scene: Scene, ground: Ground, tmp_path: Path) -> None:
    play(scene, ground, tmp_path)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_kind_that_cannot_play_a_case_says_why(subject: Subject) -> None:
    assert set(subject.cannot) <= {case.name for case in CASES}
    assert all(len(reason.split()) > 3 for reason in subject.cannot.values())
    assert subject.support
