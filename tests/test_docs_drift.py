"""The page about drift says what is so."""

from __future__ import annotations

import re
from pathlib import Path

from reconciler import engine
from reconciler.cli import drift, plan
from reconciler.model import Plan
from reconciler.planning.tally import CLASSES
from reconciler.report import metrics, view

PAGE = (Path(__file__).parents[1] / "docs" / "drift.md").read_text(encoding="utf-8")


def test_every_class_is_explained() -> None:
    table = PAGE.split("| class |")[1].split("\n\n")[0]
    assert set(re.findall(r"^\| (\w+) \|", table, re.MULTILINE)) == set(CLASSES)


def test_every_option_that_is_named_exists() -> None:
    known = {option for command in (drift.command, plan.command) for p in command.params for option in p.opts}
    assert set(re.findall(r"`(--[a-z-]+)", PAGE)) <= known


def test_every_metric_is_named_and_none_that_there_is_not() -> None:
    written = set(re.findall(r"^# TYPE (\w+)", metrics.render(view.of_drift(Plan()), (), 0), re.MULTILINE))
    assert set(re.findall(r"`(reconciler_\w+)`", PAGE)) == written


def test_the_pause_is_that_of_the_engine() -> None:
    assert engine.CONFIRM_PAUSE == 2.0
    assert "two seconds apart" in PAGE
