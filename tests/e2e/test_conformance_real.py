"""Every case that a real server can play, for every kind, on real servers: a troublesome network stands before them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import peers
from tests.conformance.cases import Scene, play, scenes
from tests.conformance.peers import Ground, Peer
from tests.conformance.registry import SYSTEMS
from tests.conformance.subjects import System, Variant
from tests.e2e import openwebui

pytestmark = pytest.mark.e2e

SERVERS: Mapping[str, Callable[[str], AbstractContextManager[Any]]] = {"openwebui": openwebui.running}
"""System → starts a server of a version; gives its `url` and `token`."""

SCENES = [
    scene
    for system in SYSTEMS
    for variant in system.variants
    if system.name in SERVERS and variant.prefix is None
    for scene in scenes(system, variant, on_sandbox=False)
]


@contextmanager
def _started(system: System, variant: Variant) -> Iterator[Peer]:
    with SERVERS[system.name](variant.version) as server, peers.between(server.url, server.token) as peer:
        yield peer


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    """One server for all cases of a version."""
    opened = Ground(_started)
    yield opened
    opened.close()


@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_case(scene: Scene, ground: Ground, tmp_path: Path) -> None:
    play(scene, ground, tmp_path)
