"""What is wrong with Respan's manifests by themselves: told before any network, with a place and a way out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.app import run

Check = Callable[..., tuple[int, list[dict[str, Any]]]]
GPT = "base_model_name: openai/gpt-4o"


def model(name: str, spec: str) -> str:
    return f"apiVersion: respan/v1\nkind: Model\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n"


def provider(name: str, spec: str) -> str:
    return f"apiVersion: respan/v1\nkind: Provider\nmetadata: {{name: {name}}}\nspec: {{provider_name: P, {spec}}}\n"


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Check:
    """Validate manifests by the command line; nothing listens where the target is, and no credential is set."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SANDBOX_TOKEN")
    (tmp_path / "manifests").mkdir()
    (tmp_path / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\ntargets:\n"
        "  gw: {system: respan, url: 'http://127.0.0.1:9', auth: {bearer: {env: SANDBOX_TOKEN}}}\n"
    )

    def validate(*documents: str) -> tuple[int, list[dict[str, Any]]]:
        (tmp_path / "manifests" / "all.yaml").write_text("---\n".join(documents))
        code = run(("validate", "-o", "json"))
        return code, json.loads(capsys.readouterr().out)["diagnostics"]

    return validate


def test_nothing_is_said_of_what_is_right(check: Check) -> None:
    documents = (
        provider("vllm", "extra_kwargs: {max_tokens: 5, api_key: {env: KEY}, key_id: x}"),
        model("base", "custom_provider_id: {ref: vllm}"),
        model("derived", "base_model_name: {ref: base}"),
        model("own", "model_name: meta-llama/Llama-3-70b, custom_provider_id: vllm"),
        model("openai", GPT),
        model("other", "base_model_name: own-by-nobody"),
    )
    assert check(*documents) == (0, [])


@pytest.mark.parametrize(
    ("documents", "severity", "at", "says", "hint"),
    [
        pytest.param(
            [model("a", "model_name: openai/gpt-4o, base_model_name: openai/gpt-4o-mini")],
            "warning",
            "4:20",
            "Respan's built-in models have names that begin with openai/",
            "choose another name",
            id="a name that a built-in model may bear",
        ),
        pytest.param(
            [model("a", "input_cost: 1")],
            "warning",
            "4:7",
            "neither `base_model_name` nor `custom_provider_id` is set",
            "name the model",
            id="neither base nor provider",
        ),
        pytest.param(
            [model("a", "base_model_name: null, input_cost: 1")],
            "warning",
            "4:7",
            "neither `base_model_name` nor `custom_provider_id` is set",
            "name the model",
            id="a base that is cleared and no provider",
        ),
        pytest.param(
            [model("a", "base_model_name: a")],
            "error",
            "4:25",
            "a model cannot take its properties from itself: a → a",
            "let one of them",
            id="its own base",
        ),
        pytest.param(
            [model("a", "model_name: x, base_model_name: y"), model("b", "model_name: y, base_model_name: {ref: a}")],
            "error",
            "4:40",
            "a model cannot take its properties from itself: x → y → x",
            "let one of them",
            id="a circle that a literal closes",
        ),
        pytest.param(
            [provider("p", "extra_kwargs: {aws_secret_access_key: canary}")],
            "warning",
            "4:64",
            "is called like a secret, and would be shown in plans",
            "use `api_key: {env: NAME}`",
            id="a secret under another name",
        ),
        pytest.param(
            [provider("p", "extra_kwargs: {api_key: canary}")],
            "error",
            "4:50",
            "spec.extra_kwargs.api_key: a secret must not stand in a manifest",
            "write `{env: NAME}` for an environment variable, or `{file: path}`",
            id="a literal key",
        ),
        pytest.param(
            [provider("p", "api_key: canary")],
            "error",
            "4:35",
            "spec.api_key: a secret must not stand in a manifest",
            "write `{env: NAME}` for an environment variable, or `{file: path}`",
            id="a literal key of old",
        ),
        pytest.param(
            [provider("p", "api_key: {env: A}, extra_kwargs: {api_key: {env: A}}")],
            "error",
            "4:",
            "",
            "A provider has one key",
            id="two keys",
        ),
        pytest.param(
            [model("a", f"{GPT}, custom_provider_id: p, provider_id: p")],
            "error",
            "4:",
            "`provider_id` is another spelling of `custom_provider_id`, which is there too",
            "keep one of them",
            id="two spellings of the provider",
        ),
        pytest.param(
            [model("list", GPT)],
            "error",
            "4:1",
            "spec.model_name: expected text such as `support-fast`, got 'list'",
            "which are paths of the API itself",
            id="a name that is a path of the API, by metadata.name",
        ),
        pytest.param(
            [model("a", f"{GPT}, model_name: same"), model("b", f"{GPT}, model_name: same")],
            "error",
            "9:",
            "two manifests declare the Model on gw with model_name 'same'",
            "keep one of them",
            id="two of one name",
        ),
        pytest.param(
            [model("a", f"{GPT}, model_name: b"), model("b", GPT)],
            "error",
            "",
            "two manifests declare the Model on gw with model_name 'b'",
            "keep one of them",
            id="two of one name, one by metadata.name",
        ),
        pytest.param(
            [model("a", f"{GPT}, supported_params_override: {{t: {{type: enum}}}}")],
            "warning",
            "4:78",
            "supported_params_override.t.type",
            "",
            id="an unknown value of an open list",
        ),
    ],
)
def test_what_is_wrong(check: Check, documents: list[str], severity: str, at: str, says: str, hint: str) -> None:
    code, found = check(*documents)
    assert code == (3 if severity == "error" else 0)
    assert {diagnostic["severity"] for diagnostic in found} == {severity}
    first = found[0]
    place = f"{first['source']['line']}:{first['source']['column']}"
    assert place.startswith(at)
    assert says in first["summary"]
    assert hint in first["hint"]
    assert first["summary"]
    assert "canary" not in json.dumps(found)
