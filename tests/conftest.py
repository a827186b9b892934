"""What every test may use."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept", action="store_true", help="write what stories found as what they expect")


@pytest.fixture
def git() -> str:
    """The path of git; without it a test is skipped, or fails where all system packages must be there."""
    found = shutil.which("git")
    if found is None:
        _miss("git")
    return str(found)


@pytest.fixture(scope="session")
def miss() -> Callable[[str], None]:
    """Skips the test for want of a system package, or fails it where all of them must be there."""
    return _miss


def _miss(package: str) -> None:
    missing = pytest.fail if os.environ.get("RECONCILER_TESTS_REQUIRE_SYSTEM") else pytest.skip
    missing(f"the system package {package} is not installed")
