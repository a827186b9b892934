"""What is wrong with Xagent's manifests is told before any network, with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler import engine, providers, settings
from reconciler.errors import ManifestError
from reconciler.model import Diagnostic

MODEL: dict[str, Any] = {"model_provider": "openai", "model_name": "gpt-4o"}
SETTINGS = """\
apiVersion: reconciler/v1
targets:
  t: {system: xagent, url: "http://127.0.0.1:9", auth: {login: {username: a, password: {env: NOT_SET}}}}
  u: {system: xagent, url: "http://127.0.0.1:9", auth: {login: {username: a, password: {env: NOT_SET}}}}
"""


def _check(folder: Path, *documents: tuple[str, str, dict[str, Any]], target: str = "t") -> tuple[Diagnostic, ...]:
    """Give what is said of manifests (kind, name, spec), all on one target."""
    written = [
        json.dumps({"apiVersion": "xagent/v1", "kind": kind, "metadata": {"name": n, "target": target}, "spec": spec})
        for kind, n, spec in documents
    ]
    (folder / "manifests").mkdir(exist_ok=True)
    (folder / "manifests" / f"{target}.yaml").write_text("\n---\n".join(written))
    (folder / "reconciler.yaml").write_text(SETTINGS)
    try:
        return engine.check(settings.load(folder / "reconciler.yaml")).diagnostics
    except ManifestError as error:
        return error.diagnostics


def _told(found: tuple[Diagnostic, ...]) -> list[tuple[str, str, str]]:
    return [(d.severity, str(d.source).rpartition("/")[2], d.summary) for d in found]


def _model(name: str, **fields: Any) -> tuple[str, str, dict[str, Any]]:
    return "Model", name, {**MODEL, **fields}


def _default(config_type: str, to: Any) -> tuple[str, str, dict[str, Any]]:
    return "DefaultModel", config_type, {"model_id": to}


@pytest.mark.parametrize("model_id", ["٣", "７７", "२५"])
def test_digits_of_other_scripts_are_numbers_too(model_id: str, tmp_path: Path) -> None:
    ((severity, place, summary),) = _told(_check(tmp_path, _model("a", model_id=model_id)))
    assert (severity, place.partition(":")[0]) == ("error", "t.yaml")
    assert (
        summary
        == f"spec.model_id: the model_id {model_id!r} is digits alone: the server takes it for the number of a row"
    )


@pytest.mark.parametrize(
    ("model_id", "said"),
    [
        ("12", "takes it for the number of a row"),
        ("platform/x", "the server's own"),
        ("auto-router-x", "the server's own"),
        ("", ""),
        (" a", ""),
    ],
)
def test_ids_that_the_schema_refuses(model_id: str, said: str, tmp_path: Path) -> None:
    found = _check(tmp_path, _model("a", model_id=model_id))
    assert [d.severity for d in found] == ["error"]
    assert said in found[0].summary + found[0].hint


def test_ids_and_names_that_are_fine(tmp_path: Path) -> None:
    found = _check(
        tmp_path,
        _model("b", model_id="²"),
        _model("own", model_name="own"),
        _model("fast", model_name="gpt-zz"),
        _model("gpt-zz", model_name="real"),
        _model("a", model_name="own"),
    )
    assert found == ()


@pytest.mark.parametrize(
    ("names", "circle"),
    [
        ({"a": "b", "b": "a"}, "a → b → a"),
        ({"a": "b", "b": "c", "c": "a", "d": "a"}, "a → b → c → a"),
        ({"c": "b", "b": "c", "d": "c"}, "b → c → b"),
    ],
)
def test_models_of_which_none_could_come_first(names: dict[str, str], circle: str, tmp_path: Path) -> None:
    found = _check(tmp_path, *(_model(name, model_name=other) for name, other in names.items()))
    assert [(d.severity, d.summary.rpartition(": ")[2]) for d in found] == [("error", circle)]
    assert "none could come first" in found[0].hint
    assert found[0].source is not None
    assert found[0].source.line


def test_targets_are_judged_apart(tmp_path: Path) -> None:
    assert _check(tmp_path, _model("a", model_name="b"), target="u") == ()
    assert _check(tmp_path, _model("b", model_name="a"), target="t") == ()


@pytest.mark.parametrize(
    ("config_type", "model", "said"),
    [
        ("visual", {"abilities": ["chat"]}, "`visual` takes a model with vision among its abilities"),
        ("visual", {"abilities": None}, "`visual` takes a model with vision among its abilities"),
        ("visual", {"abilities": ["vision"]}, None),
        ("visual", {}, None),  # what is not declared may be right on the server
        ("embedding", {}, None),
        ("embedding", {"category": "llm"}, "takes a model of the category embedding, and this one is of llm"),
        ("speech", {"category": "speech", "abilities": ["tts"]}, "and this one lacks asr"),
        ("music", {"category": "music"}, None),
    ],
)
def test_a_default_that_does_not_fit_its_model(
    config_type: str, model: dict[str, Any], said: str | None, tmp_path: Path
) -> None:
    found = _check(tmp_path, _model("m", **model), _default(config_type, {"ref": "Model/m"}))
    assert [d.severity for d in found] == (["error"] if said else [])
    if said:
        assert said in found[0].summary
        assert str(found[0].address) == f"t/DefaultModel/{config_type}"
        assert found[0].hint == "name another model, or change Model/m"


def test_a_default_by_number_is_not_judged(tmp_path: Path) -> None:
    assert _check(tmp_path, _default("visual", 3), _default("general", None)) == ()


def test_two_defaults_of_one_type(tmp_path: Path) -> None:
    general = {"config_type": "general", "model_id": 1}
    ((severity, _, summary),) = _told(_check(tmp_path, ("DefaultModel", "a", general), ("DefaultModel", "b", general)))
    assert (severity, summary) == ("error", "kind: a second DefaultModel 'general' on t")


def test_two_models_of_one_id(tmp_path: Path) -> None:
    (found,) = _check(tmp_path, _model("a", model_id="x"), _model("b", model_id="x"))
    assert found.summary == "spec.model_id: two manifests declare the Model on t with model_id 'x'"


def test_a_key_that_stands_there_is_refused(tmp_path: Path) -> None:
    (found,) = _check(tmp_path, _model("a", api_key="sk-canary"))
    assert found.severity == "error"
    assert "{env: NAME}" in found.hint
    assert "{file: path}" in found.hint
    assert "canary" not in repr(found)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ({"model_provider": "new-vendor"}, "spec.model_provider: 'new-vendor' is none of the values that are known: "),
        ({"abilities": ["chat", "sing"]}, "spec.abilities[1]: 'sing' is none of the values that are known: "),
        ({"model_provider": "xinference"}, "spec.model_provider: xinference has no address of its own"),
        ({"model_provider": "openai-compatible", "base_url": None}, "spec.model_provider: openai-compatible has no "),
    ],
)
def test_warnings_name_the_field(model: dict[str, Any], said: str, tmp_path: Path) -> None:
    (found,) = _check(tmp_path, _model("a", **model))
    assert found.severity == "warning"
    assert found.summary.startswith(said)
    assert found.source is not None
    assert found.source.column > 1


def test_an_address_that_is_said_is_no_warning(tmp_path: Path) -> None:
    assert _check(tmp_path, _model("a", model_provider="xinference", base_url="http://10.0.0.1:9997")) == ()


def test_the_rules_need_no_network() -> None:
    assert providers.rules_of("xagent") is not None
