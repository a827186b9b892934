"""What is written for people is true."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from docs import build
from reconciler import providers, schema, settings
from reconciler.cli.app import root
from reconciler.inventory import STORES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
INVENTORIES = (ROOT / "docs" / "inventories.md").read_text()


def test_the_readme_opens_with_what_it_is_for_then_two_commands_then_a_manifest() -> None:
    places = [README.index(text) for text in ("# Reconciler", "make demo", "make test", "## A manifest, a plan")]
    assert places == sorted(places)


@pytest.mark.parametrize("command", sorted(set(re.findall(r"^\$ reconciler (\w+)", README, re.MULTILINE))))
def test_the_readme_names_commands_that_exist(command: str) -> None:
    context = root.make_context("reconciler", ["--help"], resilient_parsing=True)
    assert command in root.list_commands(context)


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"make (\w+)", README)) - {"and"}:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_word_of_the_vocabulary_says_what_it_does() -> None:
    words = schema.folder().joinpath("meta.json").read_text()
    assert set(re.findall(r'"(x-[a-z-]+)":', words)) >= {"x-identity", "x-immutable", "x-sensitive", "x-ref", "x-list"}


def test_every_kind_is_in_the_readme_or_its_system_is() -> None:
    for system in schema.load_kinds().systems():
        assert system.replace("openwebui", "Open WebUI").lower() in README.lower()


def test_the_pages_about_the_systems_are_up_to_date() -> None:
    found = build.pages()
    assert set(build.PAGES.glob("*.md")) == set(found)
    assert [path.name for path, text in found.items() if path.read_text() != text] == []


@pytest.mark.parametrize("block", re.findall(r"```yaml\n(inventory:.*?)```", INVENTORIES, re.DOTALL))
def test_every_store_of_the_page_about_inventories_is_one(block: str, tmp_path: Path) -> None:
    target = "apiVersion: reconciler/v1\ntargets: {a: {system: openwebui, url: 'https://a.example.com'}}\n"
    (tmp_path / "reconciler.yaml").write_text(target + block)
    assert settings.load(tmp_path / "reconciler.yaml").inventory.store in STORES


def test_every_store_is_on_the_page_about_inventories() -> None:
    assert set(re.findall(r"^inventory: {store: (\w+)", INVENTORIES, re.MULTILINE)) == set(STORES)


@pytest.mark.parametrize("system", sorted(providers.SYSTEMS))
def test_every_operation_of_the_vendor_is_used_or_left_out_with_a_reason(system: str) -> None:
    listed = (ROOT / "tests" / "pages" / f"{system}-operations.txt").read_text().splitlines()
    rows = build.words(system)["operations"]
    assert [row["operation"] for row in rows] == listed
    assert all(("use" in row) != ("left_out" in row) for row in rows)
    assert all(len(row.get("use", row.get("left_out")).split()) > 1 for row in rows)


def test_development_tools_stand_in_a_group_and_extras_are_for_users() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert set(project["project"]["optional-dependencies"]) == {"bucket", "notify", "postgres", "sandbox"}
    assert "pytest" in " ".join(project["dependency-groups"]["dev"])


def test_every_rule_that_is_switched_off_says_why() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    block = text[text.index("ignore = [") : text.index("]\n", text.index("ignore = ["))]
    rows = [line.strip() for line in block.splitlines()[1:] if line.strip()]
    assert [row for row in rows if "#" not in row] == []
