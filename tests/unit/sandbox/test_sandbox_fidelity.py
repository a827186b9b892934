"""The sandbox answers every exchange of the table as real Open WebUI servers did."""

from __future__ import annotations

import pytest

from reconciler.sandbox import openwebui
from tests.e2e.fidelity import openwebui as table
from tests.e2e.fidelity.exchange import differences
from tests.e2e.fidelity.sandbox import play_on_sandbox


@pytest.mark.parametrize("version", openwebui.SYSTEM.dialects)
def test_the_sandbox_answers_as_recorded(version: str) -> None:
    assert differences(table.recorded(version), play_on_sandbox(version)) == []


def test_the_table_is_long_and_its_steps_have_names_of_their_own() -> None:
    names = [step.name for step in table.STEPS]
    assert len(names) == len(set(names)) > 650


@pytest.mark.parametrize(
    ("expected", "found", "lines"),
    [
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": 1}, {"a": True}, [".a: expected 1, found true"]),
        ({"a": [1, {"b": None}]}, {"a": [1, {"b": 2}]}, [".a[1].b: expected null, found 2"]),
        ({"a": [1]}, {"a": []}, [".a: expected [1], found []"]),
        ({"a": 1}, {"b": 1}, ['.a: expected 1, found "<absent>"', '.b: expected "<absent>", found 1']),
    ],
)
def test_differences(expected: object, found: object, lines: list[str]) -> None:
    assert differences(expected, found) == lines
