"""Manifests for Runtype that are wrong before anything is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler import engine, settings
from reconciler.cli.app import run
from reconciler.errors import ManifestError
from reconciler.model import Body, Diagnostic

KEY = {"provider": "openai", "name": "ours", "apiKey": {"env": "OPENAI_KEY"}}
CONFIG = {"provider": "openai", "modelId": "gpt-4o"}

Manifest = tuple[str, str, Body]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages name files as a person would type them."""
    monkeypatch.chdir(tmp_path)


def _write(folder: Path, *manifests: Manifest) -> None:
    target = {"system": "runtype", "url": "http://127.0.0.1:9", "auth": {"bearer": {"env": "NO_TOKEN"}}}
    document = {"apiVersion": "reconciler/v1", "targets": {"here": target}}
    (folder / "reconciler.yaml").write_text(yaml.safe_dump(document))
    (folder / "manifests").mkdir()
    for number, (kind, name, spec) in enumerate(manifests):
        manifest = {"apiVersion": "runtype/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}
        (folder / "manifests" / f"{number}.yaml").write_text(yaml.safe_dump(manifest, sort_keys=False))


def _check(folder: Path, *manifests: Manifest) -> tuple[Diagnostic, ...]:
    """Give what is said of manifests, errors or warnings; no network is there."""
    _write(folder, *manifests)
    try:
        return engine.check(settings.load(folder / "reconciler.yaml")).diagnostics
    except ManifestError as error:
        return error.diagnostics


def _default(config: Any) -> Manifest:
    return ("DefaultModelConfig", "default", {"modelConfigId": config})


CASES: dict[str, tuple[list[Manifest], str, str, str]] = {
    "two defaults": (
        [_default("a"), ("DefaultModelConfig", "second", {"modelConfigId": "b"})],
        *("error", "a second DefaultModelConfig on here", "merge them"),
    ),
    "one model twice": (
        [("ModelConfig", "a", CONFIG), ("ModelConfig", "b", {**CONFIG, "isEnabled": False})],
        *(
            "error",
            "two manifests declare the ModelConfig on here with provider 'openai', modelId 'gpt-4o'",
            "keep one",
        ),
    ),
    "one key twice": (
        [("ProviderKey", "a", KEY), ("ProviderKey", "b", KEY)],
        *("error", "two manifests declare the ProviderKey on here", "keep one"),
    ),
    "two default keys of a provider": (
        [
            ("ProviderKey", "a", {**KEY, "isDefault": True}),
            ("ProviderKey", "b", {**KEY, "name": "b", "isDefault": True}),
        ],
        *("error", "spec.isDefault: a is the default key of openai already (manifests/0.yaml:1", "leave isDefault out"),
    ),
    "a literal secret": (
        [("ProviderKey", "a", {**KEY, "apiKey": "sk-1"})],
        *("error", "spec.apiKey", "{env: "),
    ),
    "a default that is disabled": (
        [("ModelConfig", "a", {**CONFIG, "isEnabled": False}), _default({"ref": "a"})],
        *("warning", "spec.modelConfigId: a is disabled", "enable it"),
    ),
    "a key called platform": (
        [("ProviderKey", "mine", {**KEY, "name": "platform"})],
        *("warning", "spec.name: a key that is called as Runtype's own", "{ref: ProviderKey/mine}"),
    ),
    "a manifest called platform": (
        [("ProviderKey", "platform", KEY)],
        *("warning", "spec.name: a key that is called as Runtype's own", "{ref: ProviderKey/platform}"),
    ),
    "a key for another provider": (
        [
            ("ProviderKey", "a", {**KEY, "provider": "anthropic"}),
            ("ModelConfig", "b", {**CONFIG, "providerKeyId": {"ref": "ProviderKey/a"}}),
        ],
        *("warning", "spec.providerKeyId: a key for anthropic, of a model of openai", "a ProviderKey for openai"),
    ),
    "a name where an id belongs": (
        [("ProviderKey", "a", KEY), ("ModelConfig", "b", {**CONFIG, "providerKeyId": "a"})],
        *("warning", "spec.providerKeyId: 'a' stands for an id on the server", "{ref: ProviderKey/a}"),
    ),
    "a name where the id of a default belongs": (
        [("ModelConfig", "a", CONFIG), _default("a")],
        *("warning", "spec.modelConfigId: 'a' stands for an id on the server", "{ref: ModelConfig/a}"),
    ),
    "a provider that nobody knows yet": (
        [("ModelConfig", "a", {**CONFIG, "provider": "opneai"})],
        *("warning", "spec.provider", "openai"),
    ),
    "an executor that nobody knows yet": (
        [
            (
                "ModelConfig",
                "a",
                {
                    **CONFIG,
                    "settings": {
                        "customModel": {
                            "displayName": "A",
                            "inputCostPer1kTokens": 1,
                            "outputCostPer1kTokens": 1,
                            "executorProvider": "bedrok",
                        }
                    },
                },
            )
        ],
        *("warning", "spec.settings.customModel.executorProvider", "bedrock"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_said_before_any_network(tmp_path: Path, name: str) -> None:
    manifests, severity, summary, hint = CASES[name]
    found = _check(tmp_path, *manifests)
    assert [d.severity for d in found] == [severity]
    assert summary in found[0].summary
    assert hint in f"{found[0].hint} {found[0].detail}"
    assert found[0].source is not None
    assert found[0].source.line > 0


def test_what_goes_together(tmp_path: Path) -> None:
    endpoint = {**KEY, "provider": "generic-openai", "name": "lab"}
    found = _check(
        tmp_path,
        ("ProviderKey", "ours", {**KEY, "isDefault": True}),
        ("ProviderKey", "lab", {**endpoint, "isDefault": True}),
        ("ProviderKey", "theirs", {**KEY, "name": "theirs", "isDefault": False}),
        ("ModelConfig", "chat", {**CONFIG, "providerKeyId": {"ref": "ProviderKey/ours"}}),
        ("ModelConfig", "mini", {**CONFIG, "modelId": "gpt-4o-mini", "providerKeyId": "platform"}),
        ("ModelConfig", "llama", {"provider": "generic-openai", "modelId": "l", "providerKeyId": {"ref": "lab"}}),
        _default({"ref": "chat"}),
    )
    assert found == ()


def test_a_person_sees_where_and_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _write(tmp_path, *CASES["two default keys of a provider"][0])
    assert run(["validate"]) == 3
    said = capsys.readouterr()
    assert "manifests/1.yaml:10:14" in said.out + said.err
    assert "a provider has one default key" in said.out + said.err
