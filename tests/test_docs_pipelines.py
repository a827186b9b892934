"""The page about pipelines says what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import ryaml

from reconciler.cli.app import root
from reconciler.pipelines import FILES

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ reconciler (.+?)(?: +#.*)?$", PAGE, re.MULTILINE)


def test_every_file_is_named() -> None:
    assert [path for pipelines in FILES.values() for path in pipelines if path.split("/")[-1] not in PAGE] == []


def test_the_action_and_the_hook_are_named_as_they_are() -> None:
    action = ryaml.loads((ROOT / "action.yml").read_text())
    assert [name for name in action["outputs"] if f"`{name}`" not in PAGE] == []
    used = re.search(r"with: (\{verb.*\})", PAGE)
    assert used is not None
    assert set(ryaml.loads(used[1])) <= set(action["inputs"])
    (hook,) = ryaml.loads((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert f"id: {hook['id']}" in PAGE


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_are_understood(line: str) -> None:
    context = root.make_context("reconciler", ["--help"], resilient_parsing=True)
    verb, *arguments = line.split()
    command = root.get_command(context, verb)
    assert command is not None
    command.make_context(verb, arguments, parent=context, obj=type("Session", (), {})())
