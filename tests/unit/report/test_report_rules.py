"""Every rule that a finding may name is explained, and none that there is not."""

from __future__ import annotations

import re
from pathlib import Path

import reconciler
from reconciler.report import rules

PACKAGE = Path(reconciler.__file__).parent
CODE = re.compile(r"\"((?:manifest|guard|target|stale|prune|inventory|rollback|selection)\.[a-z-]+)\"")
NO_CODES = {"inventory.json"}


def codes() -> set[str]:
    """Give the codes that the source names; two of the guards' are put together from their limits' names."""
    folders = ("manifests", "planning", "execution", "providers")
    sources = [PACKAGE / "engine.py", *(path for folder in folders for path in (PACKAGE / folder).rglob("*.py"))]
    found = {code for path in sources for code in CODE.findall(path.read_text())}
    return found | {"guard.deletes", "guard.updates"}


def test_every_rule_is_explained() -> None:
    ours = ("accept.", "apply.", "doctor.", "drift.", "export.", "ignore.", "notify.")
    assert codes() - NO_CODES == {code for code in rules.WORDS if not code.startswith(ours)}
    assert all(text.endswith(".") and len(text.split()) >= 3 for text in rules.WORDS.values())


def test_a_system_may_bring_rules_of_its_own() -> None:
    assert rules.about("acme.models") == "A rule of acme."
    assert rules.about(rules.RUN) == "The run failed."
    assert rules.about("drift.drift") == "A field was changed outside git."
