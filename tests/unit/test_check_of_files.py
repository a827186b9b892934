"""Checking a few files reads little, and finds what reading everything finds."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from reconciler import checking, engine, manifests, settings
from reconciler.checking import kinds
from reconciler.errors import DiagnosticsError
from reconciler.manifests import nearby, parallel
from reconciler.manifests.files import WorkTree

SETTINGS = """\
apiVersion: reconciler/v1
overlays: [overlays]
targets:
  chat: {system: openwebui, url: https://chat.example.com}
  flags: {system: launchdarkly, url: https://flags.example.com, project: default}
"""
MODEL = """\
apiVersion: openwebui/v1
kind: Model
metadata: {{name: {name}{more}}}
spec: {{name: Some model, params: {{}}, meta: {{}}{spec}}}
"""
GROUP = "{apiVersion: openwebui/v1, kind: Group, metadata: {name: %s}, spec: {name: %s}}\n"
DEFAULTS = "{apiVersion: openwebui/v1, kind: DefaultModels, metadata: {name: %s}, spec: {DEFAULT_MODELS: []}}\n"
SHARED = ", access_grants: [{principal_type: group, principal_id: {ref: Group/team}, permission: read}]"


def model(name: str, more: str = "", spec: str = "") -> str:
    return MODEL.format(name=name, more=more, spec=spec)


def write(folder: Path, files: Mapping[str, str]) -> settings.Settings:
    (folder / "reconciler.yaml").write_text(SETTINGS)
    for place in ("manifests", "overlays"):
        (folder / place).mkdir(exist_ok=True)
        for old in (folder / place).iterdir():
            old.unlink()
    for name, text in files.items():
        (folder / (name if "/" in name else f"manifests/{name}")).write_text(text)
    return settings.load(folder / "reconciler.yaml")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def quickly(said: settings.Settings, *files: str) -> bool:
    return checking._quickly_checked(said, tuple(f"manifests/{file}" for file in files)) is not None


def whole(said: settings.Settings, *files: str) -> list[str]:
    """What is found of some files where all are read."""
    folders, named = (said.manifests, said.overlays), [f"manifests/{file}" for file in files]
    try:
        loaded = manifests.load(said.root, *folders, files=named)
        return [d.summary for d in checking.checked(said, loaded).diagnostics]
    except DiagnosticsError as error:
        return [d.summary for d in error.diagnostics]


OTHERS = {f"other-{number}.yaml": model(f"other-{number}") for number in range(30)}
RIGHT = {
    "alone": {"a.yaml": model("a-model")},
    "refers": {"a.yaml": model("a-model", spec=SHARED), "b.yaml": GROUP % ("team", "Team")},
    "refers far": {
        "a.yaml": model("a-model", spec=", base_model_id: {ref: b-model}"),
        "b.yaml": model("b-model", spec=", base_model_id: {ref: c-model}"),
        "c.yaml": model("c-model"),
    },
    "overlaid": {"a.yaml": model("a-model"), "overlays/a.yaml": model("a-model", spec=", is_active: false")},
    "several in one": {"a.yaml": model("a-model") + "---\n" + model("b-model")},
}
WRONG = {
    "no such group": {"a.yaml": model("a-model", spec=SHARED)},
    "the same name": {"a.yaml": model("a-model"), "b.yaml": model("a-model")},
    "the same name, escaped": {"a.yaml": model("a-model"), "b.yaml": model('"\\x61-model"')},
    "the same identity": {"a.yaml": model("a-model"), "b.yaml": model("b-model", spec=", id: a-model")},
    "the same identity by an overlay": {
        "a.yaml": model("a-model"),
        "b.yaml": model("b-model"),
        "overlays/b.yaml": model("b-model", spec=", id: a-model"),
    },
    "the same identity with spaces": {"a.yaml": GROUP % ("one", "My team"), "b.yaml": GROUP % ("two", "My\n  team")},
    "a singleton twice": {"a.yaml": DEFAULTS % "one", "b.yaml": DEFAULTS % "two"},
    "an earlier name": {"a.yaml": model("a-model"), "b.yaml": model("b-model", more=", previousNames: [a-model]")},
    "an earlier name of two": {
        "a.yaml": model("a-model", more=", previousNames: [old]"),
        "b.yaml": model("b-model", more=", previousNames: [old]"),
    },
    "a circle": {
        "a.yaml": model("a-model", spec=", base_model_id: {ref: b-model}"),
        "b.yaml": model("b-model", more=", dependsOn: [Model/c-model]"),
        "c.yaml": model("c-model", spec=", base_model_id: {ref: a-model}"),
    },
    "unreadable": {"a.yaml": "a: [\n"},
    "names what is unreadable": {"a.yaml": model("a-model", spec=SHARED), "b.yaml": GROUP % ("team", "[")},
    "a warning": {"a.yaml": model("a-model", spec=", params: {temperatur: 1}").replace("params: {}, ", "")},
}


@pytest.mark.parametrize("files", RIGHT.values(), ids=RIGHT)
def test_what_is_right_is_seen_to_be_so(folder: Path, files: dict[str, str]) -> None:
    said = write(folder, {**OTHERS, **files})
    assert whole(said, "a.yaml") == []
    assert quickly(said, "a.yaml")
    found = engine.check(said, files=("manifests/a.yaml",))
    assert {r.source.file for r in found.resources.values()} == {"manifests/a.yaml"}


@pytest.mark.parametrize("files", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_as_where_all_is_read(folder: Path, files: dict[str, str]) -> None:
    said = write(folder, {**OTHERS, **files})
    expected = whole(said, "a.yaml")
    assert expected
    assert not quickly(said, "a.yaml")
    try:
        told = [d.summary for d in engine.check(said, files=("manifests/a.yaml",)).diagnostics]
    except DiagnosticsError as error:
        told = [d.summary for d in error.diagnostics]
    assert told == expected


def test_a_file_that_cannot_be_read_is_told(folder: Path) -> None:
    said = write(folder, OTHERS)
    os.mkfifo(folder / "manifests/a.yaml")
    assert whole(said, "a.yaml") == ["no regular file"]
    assert not quickly(said, "a.yaml")


def test_others_are_not_parsed(folder: Path) -> None:
    said = write(folder, {**OTHERS, **RIGHT["refers far"], "odd.yaml": 'a: "\\n"\n'})
    tree = WorkTree(said.root)
    choose = nearby.chooser(kinds(), ["openwebui"])
    chosen = choose(tree, tree.discover("manifests")[0], ["manifests/a.yaml"])
    assert sorted(chosen or ()) == [f"manifests/{name}.yaml" for name in ("a", "b", "c", "odd")]
    assert nearby.chooser(kinds(), [])(tree, tree.discover("manifests")[0], ["manifests/a.yaml"]) is None


NAMES = ("alpha", "beta", "gamma", "delta")


@st.composite
def documents(draw: st.DrawFn) -> str:
    name, other = draw(st.sampled_from(NAMES)), draw(st.sampled_from(NAMES))
    kind = draw(st.sampled_from(["Model", "Group", "DefaultModels"]))
    metadata: dict[str, Any] = {"name": name}
    metadata |= draw(st.sampled_from([{}, {}, {"dependsOn": [f"Model/{other}"]}, {"previousNames": [other]}]))
    spec: dict[str, Any] = {"DEFAULT_MODELS": [{"ref": other}]}
    if kind == "Group":
        spec = {"name": draw(st.sampled_from([*NAMES, "1", "two words"]))}
    elif kind == "Model":
        spec = {"name": "n", "params": {}, "meta": {}, **draw(st.sampled_from([{}, {"id": other}]))}
        spec |= draw(st.sampled_from([{}, {"base_model_id": {"ref": other}}]))
    body = {"apiVersion": "openwebui/v1", "kind": kind, "metadata": metadata, "spec": spec}
    style = draw(st.sampled_from([None, '"', "'", "escaped"]))
    if style != "escaped":
        return yaml.safe_dump(body, default_style=style if style != "'" else None, default_flow_style=style == "'")
    return yaml.safe_dump(body, default_style='"').replace('"alpha"', '"\\x61lpha"')


@given(st.lists(documents(), min_size=1, max_size=5), st.sampled_from(["manifests", "overlays"]))
@hypothesis_settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_quick_yes_is_a_yes(folder: Path, texts: list[str], last: str) -> None:
    files = {f"{number}.yaml": text for number, text in enumerate(texts)}
    if last == "overlays" and len(texts) > 1:
        files["overlays/last.yaml"] = files.pop(f"{len(texts) - 1}.yaml")
    said = write(folder, files)
    if quickly(said, "0.yaml"):
        assert whole(said, "0.yaml") == []


def test_bytes_travel_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "LEAST", 1)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    tree, names = WorkTree(tmp_path), []
    for number in range(5):
        (tmp_path / f"{number}.yaml").write_bytes(b"\0\n\xff" * number)
        names.append(f"{number}.yaml")
    expected = {f"{number}.yaml": b"\0\n\xff" * number for number in range(5)}
    assert parallel.read_all([*names, "missing.yaml"], tree.read) == expected
    assert parallel._unpack_bytes(parallel._pack_bytes(expected)) == expected
    with pytest.raises(ValueError):
        parallel._unpack_bytes(parallel._pack_bytes(expected)[:-1])
