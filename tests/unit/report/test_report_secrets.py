"""No report holds a secret: canaries are planted in manifests and on the server, and every byte is searched."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler import engine
from reconciler.model import Request
from reconciler.report import view
from reconciler.report.about import PLAN
from reconciler.report.formats import FINDINGS, FORMATS
from reconciler.report.view import Document
from tests.tiny import provider as tiny
from tests.unit.execution.estate import Estate, document, estate

__all__ = ["estate"]  # the fixture


def test_no_format_holds_a_secret(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A", "canary-first")
    monkeypatch.setenv("B", "canary-token")
    estate.declare(document("Item", "a", "secret: {env: A}, token: {env: B}, title: old"))
    shown: list[Document] = [view.of_plan(estate.plan())]
    applied = estate.apply()
    shown.append(view.of_applied(applied.plan, applied.outcomes))
    estate.holds("Item")["a"]["token"] = "canary-by-hand"
    monkeypatch.setenv("A", "canary-second")
    estate.server.odd.errors["update"] = [tiny.refusal("no")]
    shown += [view.of_drift(estate.drift()), view.of_plan(estate.plan())]
    failed = estate.apply()
    shown.append(view.of_applied(failed.plan, failed.outcomes))
    texts = {form: "".join(FORMATS[form](found, PLAN) for found in shown) for form in FINDINGS}
    assert {form for form, text in texts.items() if "canary" in text} == set()
    assert {form for form, text in texts.items() if "(sensitive" not in text} == {
        "sarif",
        "github",
    }  # no fields in them
    assert "failed" in texts["text"]


def test_a_saved_plan_that_is_shown_holds_none(estate: Estate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("A", "canary-first")
    estate.declare(document("Item", "a", "secret: {env: A}"))
    engine.save_plan(estate.plan(Request()), tmp_path / "plan.json")
    plan = view.of_plan(engine.open_plan(tmp_path / "plan.json"))
    for form in FINDINGS:
        assert "canary" not in FORMATS[form](plan, PLAN)
