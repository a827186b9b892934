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
from tests.e2e import openwebui, xagent
from tests.e2e.servers import one_after_the_other

pytestmark = pytest.mark.e2e

SERVERS: Mapping[str, Callable[[str], AbstractContextManager[Any]]] = {
    "openwebui": openwebui.running,
    "xagent": xagent.running,
}
"""System → starts a server of a version; gives its `url` and `token`."""
LACKS: Mapping[str, Callable[[str], str | None]] = {"xagent": xagent.missing_system_package}
"""System → names the system package that a version needs and this machine lacks."""

SCENES = [
    pytest.param(scene, id=str(scene), marks=one_after_the_other(system.name, variant.name))
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


@pytest.mark.parametrize("scene", SCENES)
def test_case(scene: Scene, ground: Ground, tmp_path: Path, miss: Callable[[str], None]) -> None:
    lacks = LACKS.get(scene.system.name)
    package = lacks(scene.variant.version) if lacks is not None else None
    if package is not None:
        miss(package)
    play(scene, ground, tmp_path)
