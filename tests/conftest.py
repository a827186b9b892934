"""What every test may use."""

from __future__ import annotations

import os
import shutil

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept", action="store_true", help="write what stories found as what they expect")


@pytest.fixture
def git() -> str:
    """The path of git; without it a test is skipped, or fails where all system packages must be there."""
    found = shutil.which("git")
    if found is None:
        missing = pytest.fail if os.environ.get("RECONCILER_TESTS_REQUIRE_SYSTEM") else pytest.skip
        missing("the system package git is not installed")
    return found
