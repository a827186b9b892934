"""What the project is built from is pinned, whole and listed."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from reconciler import __version__
from requirements import sbom

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PINS = {name: (ROOT / "requirements" / f"{name}.txt").read_text() for name in ("development", "runtime", "uv")}
ENTRY = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[a-z0-9.]+)(?: ; [^\\]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?P<more> \\)?")

EXTRAS = list(chain.from_iterable(PROJECT["project"]["optional-dependencies"].values()))
ASKED = {
    "development": [
        *PROJECT["build-system"]["requires"], *PROJECT["project"]["dependencies"], *EXTRAS,
        *PROJECT["dependency-groups"]["dev"],
    ],
    "runtime": [*PROJECT["project"]["dependencies"], *EXTRAS],
    "uv": ["uv"],
}  # fmt: skip
"""File → what must be pinned in it."""


def faults(text: str) -> list[str]:
    """Give the lines that say anything but a version and its hashes, and entries that have none."""
    wrong, hashes = [], True
    for line in text.splitlines():
        entry, digest = ENTRY.fullmatch(line), HASH.fullmatch(line)
        if entry is None and digest is None:
            wrong.append(line)
        elif entry is not None:
            wrong += [] if hashes else [line]
            hashes = False
        else:
            hashes = True
    return wrong if hashes else [*wrong, "the last entry has no hash"]


def pinned(text: str) -> dict[str, str]:
    return {found["name"]: found["version"] for found in map(ENTRY.fullmatch, text.splitlines()) if found}


@pytest.mark.parametrize("name", PINS)
def test_a_lock_says_versions_and_hashes_and_nothing_else(name: str) -> None:
    assert faults(PINS[name]) == []


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://example.com/simple", "--extra-index-url https://example.com", "--find-links wheels",
        "# made by a program", "wheel @ file:///somewhere/wheel.whl \\", "click>=8 \\", "click==8.1.7", "-e .",
        "    --hash=md5:00", "--trusted-host example.com", "-r other.txt", "",
    ],
)  # fmt: skip
def test_other_lines_are_seen(line: str) -> None:
    assert faults(f"{PINS['uv']}{line}\n") == [line]


def test_an_entry_without_hashes_is_seen() -> None:
    assert faults("click==8.1.7 \\\n" + PINS["uv"]) == [PINS["uv"].splitlines()[0]]
    assert faults(PINS["uv"] + "click==8.1.7 \\\n") == ["the last entry has no hash"]


@pytest.mark.parametrize("name", PINS)
def test_a_lock_holds_what_the_project_asks_for(name: str) -> None:
    """`make lock` writes it anew where this fails."""
    known = pinned(PINS[name])
    missing = []
    for text in ASKED[name]:
        asked = Requirement(text)
        version = known.get(canonicalize_name(asked.name))
        if version is None or not asked.specifier.contains(version, prereleases=True):
            missing.append(f"{text}: {version} is pinned")
    assert missing == []


def test_what_runs_is_what_was_developed_with() -> None:
    developed = pinned(PINS["development"])
    for name in ("runtime", "uv"):
        assert pinned(PINS[name]).items() <= developed.items()


def test_each_extra_is_locked() -> None:
    named = set(re.findall(r"--extra (\w+)", (ROOT / "Makefile").read_text(encoding="utf-8")))
    assert named == set(PROJECT["project"]["optional-dependencies"])


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The list of what the package needs, made twice."""
    folder = tmp_path_factory.mktemp("sbom")
    python = sbom.install(folder / "env")
    first, second = folder / "made" / "first.json", folder / "second.json"
    for out in (first, second):
        sbom.write(python, out, validated=False)
    return first.read_text(encoding="utf-8"), second.read_text(encoding="utf-8")


def _conforms(found: Any) -> bool:
    """Ask the public schema, which its makers publish with the others that it names."""
    folder = files("cyclonedx.schema") / "_res"
    read = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in folder.iterdir() if "json" in path.name}
    registry = jsonschema_rs.Registry([(f"http://cyclonedx.org/schema/{name}", read[name]) for name in sorted(read)])
    return jsonschema_rs.validator_for(read["bom-1.6.SNAPSHOT.schema.json"], registry=registry).is_valid(found)


def test_the_list_conforms_to_its_public_schema(listed: tuple[str, str]) -> None:
    found = json.loads(listed[0])
    assert found["specVersion"] == "1.6"
    assert _conforms(found)
    assert not _conforms({**found, "components": [{"name": "no type"}]})


def test_the_list_is_the_same_each_time(listed: tuple[str, str]) -> None:
    first, second = listed
    assert first == second
    assert not {"serialNumber", "timestamp"} & (json.loads(first).keys() | json.loads(first)["metadata"].keys())
    assert not [path for path in (str(ROOT), sys.prefix, "file:") if path in first]


def test_the_list_names_what_is_pinned_and_who_needs_it(listed: tuple[str, str]) -> None:
    found = json.loads(listed[0])
    whole = found["metadata"]["component"]
    assert (whole["name"], whole["version"]) == ("reconciler", __version__)
    named = {canonicalize_name(item["name"]): item["version"] for item in found["components"]}
    known = pinned(PINS["runtime"])
    assert named.items() <= known.items()
    elsewhere = set(re.findall(r"^([a-z0-9-]+)==\S+ ;", PINS["runtime"], re.MULTILINE))
    assert known.keys() - named.keys() <= elsewhere  # what another system needs has a marker
    (needs,) = (item["dependsOn"] for item in found["dependencies"] if item["ref"] == whole["bom-ref"])
    direct = {canonicalize_name(Requirement(text).name) for text in ASKED["runtime"]}
    assert {canonicalize_name(name.partition("==")[0]) for name in needs} == direct
