"""What reports say of drift beside the fields: standing, who and when, metrics, notices."""

from __future__ import annotations

from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from reconciler.model import Address, Diagnostic, DriftItem, KnownDrift, Plan
from reconciler.report import metrics, notice, view
from reconciler.report.about import About
from reconciler.report.formats import FINDINGS, FORMATS

ITEM = DriftItem(Address("prod", "Model", "a"), "name", "drift", "A", "B", "f1")
TOLD = replace(ITEM, changed_at="2026-11-20T10:24:09Z", changed_by="mallory\n::error::x", standing="known")
OVER = KnownDrift("prod/Model/b", "title", "f2")
PLAN = Plan(drift=(TOLD,), fields={"pending": 2, "drift": 1}, resolved=(OVER,), accounts={"prod": "u a"})


@pytest.mark.parametrize("name", ["text", "json", "markdown", "html"])
def test_who_and_when_and_the_baseline_are_shown(name: str) -> None:
    text = FORMATS[name](view.of_drift(PLAN), About("drift"))
    for word in ("2026-11-20T10:24:09Z", "mallory", "known"):
        assert word in text
    assert not any(line.startswith("::error::x") for line in text.splitlines())
    if name != "json":
        assert "2 fields not applied yet" in text


def test_known_drift_fails_no_test() -> None:
    """Else a job that passes would show tests that fail."""
    text = FORMATS["junit"](view.of_drift(replace(PLAN, drift=(TOLD, replace(ITEM, path="title")))), About("drift"))
    assert 'tests="2" failures="1" errors="0"' in text
    assert text.count("<skipped ") == 1


@pytest.mark.parametrize("name", FINDINGS)
def test_without_a_baseline_nothing_is_said_of_one(name: str) -> None:
    text = FORMATS[name](view.of_drift(Plan(drift=(ITEM,))), About("drift"))
    assert "last written" not in text
    assert "known)" not in text


def test_labels_are_escaped() -> None:
    odd = replace(ITEM, address=Address('p"r\\o\nd', "Model", "a"))
    text = metrics.render(view.of_drift(Plan(drift=(odd,))), ['p"r\\o\nd'], 1.5)
    (family,) = [f for f in text_string_to_metric_families(text) if f.name == "reconciler_drift_fields"]
    assert family.samples[0].labels["target"] == 'p"r\\o\nd'
    assert "reconciler_drift_last_run_timestamp_seconds 1.5\n" in text


def test_there_is_one_series_for_many_objects() -> None:
    many = tuple(replace(ITEM, address=Address("prod", "Model", f"m{n}")) for n in range(500))
    text = metrics.render(view.of_drift(Plan(drift=many)), ["prod"], 0)
    assert len(text.splitlines()) < 30
    assert 'reconciler_drift_fields{target="prod",kind="Model",class="drift"} 500\n' in text


def test_a_notice_is_short_and_holds_no_value() -> None:
    many = tuple(replace(ITEM, path=f"p{n}", live="c4nary", wanted="c4nary") for n in range(50))
    down = Diagnostic("error", "prod: it is down", code="target.unreachable")
    shown = view.of_drift(Plan(drift=(*many, TOLD), diagnostics=(down,), complete=False))
    text = notice.text(shown)
    assert len(text.splitlines()) == 22
    assert text.splitlines()[-2:] == ["prod: it is down", "and 30 more"]
    assert "c4nary" not in text + notice.title(shown)


def test_a_notice_of_what_is_over_says_so() -> None:
    assert notice.text(view.of_drift(replace(PLAN, fields={}))).startswith("Resolved: 1 field of the baseline")
