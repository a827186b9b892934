"""The stores and their servers, for every test of this folder.

`RECONCILER_TESTS_BUCKET` adds one more, which has to be there: `azure container https://..`, or `gcs bucket`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e import postgresql

from .inventory_places import Bucket, Files, Git, Memory, Place, Postgres
from .inventory_servers import CREDENTIALS, s3

PLACES: dict[str, Callable[[Path, pytest.FixtureRequest], Place]] = {
    "file": lambda folder, request: Files(folder),
    "git": lambda folder, request: Git(folder),
    "git without a remote": lambda folder, request: Git(folder, remote=False),
    "a bucket in memory": lambda folder, request: Memory(folder),
    "s3": lambda folder, request: Bucket(folder, "s3", "tests", request.getfixturevalue("s3_endpoint"), "us-east-1"),
    "postgres": lambda folder, request: Postgres(folder, request.getfixturevalue("postgres_url")),
}
"""Where an inventory can be kept; each must keep the laws."""

if real := os.environ.get("RECONCILER_TESTS_BUCKET", "").split():
    PLACES["the bucket of the environment"] = lambda folder, request: Bucket(folder, *real)


@pytest.fixture(scope="package")
def s3_endpoint() -> Iterator[str]:
    """The address of a server of the S3 protocol, whose credentials are in the environment."""
    os.environ.update(CREDENTIALS)
    with s3() as endpoint:
        yield endpoint


@pytest.fixture(scope="package")
def postgres_server() -> Iterator[str | None]:
    """The address of a PostgreSQL, None where the system has none."""
    if postgresql.programs() is None:
        yield None
        return
    with postgresql.running() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str | None, miss: Callable[[str], None]) -> str:
    """The address of a PostgreSQL; without it a test is skipped, or fails where all system packages must be there."""
    if postgres_server is None:
        miss("postgresql")
    return str(postgres_server)


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Every place in turn, empty."""
    return make_place(request.param, tmp_path, request)


@pytest.fixture(params=[name for name in PLACES if name != "file"])
def shared_place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Every place that machines share, empty."""
    return make_place(request.param, tmp_path, request)


@pytest.fixture(params=[name for name in PLACES if "memory" not in name])
def place_of_processes(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Every place that another process can open, empty."""
    return make_place(request.param, tmp_path, request)


def make_place(name: str, folder: Path, request: pytest.FixtureRequest) -> Place:
    if name.startswith("git"):
        request.getfixturevalue("git")
    own = folder / f"{folder.name}-{len(list(folder.iterdir()))}"  # its prefix, too, in a server that all tests share
    own.mkdir()
    return PLACES[name](own, request)
