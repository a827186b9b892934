"""The sandbox answers every exchange of the tables as real servers did."""

from __future__ import annotations

import pytest

from reconciler.sandbox import app
from tests.e2e.fidelity.exchange import Table, differences
from tests.e2e.fidelity.sandbox import TABLES, play_on_sandbox

DIALECTS = {system.name: system.dialects for system in app.SYSTEMS}
RECORDED = [
    pytest.param(table, version, id=f"{table.system}-{version}")
    for table in TABLES
    for version in DIALECTS[table.system]
]


@pytest.mark.parametrize(("table", "version"), RECORDED)
def test_the_sandbox_answers_as_recorded(table: Table, version: str) -> None:
    assert differences(table.recorded(version), play_on_sandbox(table, version)) == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.system)
def test_a_table_is_long_and_its_steps_have_names_of_their_own(table: Table) -> None:
    names = [step.name for step in table.steps]
    assert len(names) == len(set(names)) > 250


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
