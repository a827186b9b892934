"""Nearest names, and warnings about keys that are kept."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import schema
from reconciler.model import Kind
from reconciler.schema.spelling import misspelled

PARAMS = ("temperature", "top_p", "top_k", "max_tokens", "seed", "stop", "num_ctx", "repeat_penalty")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("temprature", "temperature"),
        ("Temperature", "temperature"),
        ("maxTokens", "max_tokens"),
        ("max-tokens", "max_tokens"),
        ("xyz", None),
    ],
)
def test_nearest(name: str, expected: str | None) -> None:
    assert schema.nearest(name, PARAMS) == expected


def test_hints() -> None:
    assert schema.did_you_mean("tempture", PARAMS) == "did you mean `temperature`?"
    assert schema.did_you_mean("xyz", ("one", "two")) == "known: `one`, `two`"
    assert schema.did_you_mean("xyz", ()) == ""
    assert schema.did_you_mean("xyz", [f"name{i}" for i in range(50)]) == ""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tempature", "temperature"),  # two letters missing
        ("temprature", "temperature"),
        ("temperatture", "temperature"),
        ("tempertaure", "temperature"),  # two letters swapped
        ("temperatura", "temperature"),  # one letter wrong
        ("topP", "top_p"),
        ("sede", "seed"),
        ("stops", "stop"),
        ("repeat_penality", "repeat_penalty"),
        ("num_ctxx", "num_ctx"),
        ("numbctx", "num_ctx"),
        ("num_cty", "num_ctx"),
        ("top_a", None),  # a parameter of some providers
        ("min_tokens", None),
        ("max_completion_tokens", None),
        ("logprobs", None),
        ("temperament", None),
    ],
)
def test_only_slips_of_the_pen_are_misspelled(name: str, expected: str | None) -> None:
    assert misspelled(name, PARAMS) == expected


@pytest.mark.parametrize(
    ("spec", "warnings"),
    [
        (
            {"limits": {"brust": 1}},
            [(("limits", "brust"), "unknown key `brust` is kept as it is", "did you mean `burst`?")],
        ),
        ({"limits": {"brust": 1, "burst": 1}}, []),
        ({"limits": {"other": 1}}, []),
        ({"limits": None}, []),
        ({"prot": 1}, []),  # refused, not kept
        ({}, []),
        (None, []),
    ],
)
def test_near_misses(service: Kind, spec: Any, warnings: list[Any]) -> None:
    assert schema.near_misses(service, spec) == warnings


@pytest.mark.parametrize(
    ("spec", "places"),
    [
        ({"params": {"temprature": 1, "reasoning": {}}}, [("params", "temprature")]),
        ({"meta": {"tags": [{"nam": "a"}], "capabilities": {"visoin": True}}}, [("meta", "capabilities", "visoin")]),
        ({"meta": {"i18n": {"de": {"nmae": "x"}, "fr": {"name": "x"}}}}, [("meta", "i18n", "de", "nmae")]),
        ({"meta": {"knowledge": [{"id": "1"}, {"id": "2", "tpye": "file"}]}}, [("meta", "knowledge", 1, "tpye")]),
        ({"params": {"custom_params": {"temprature": 1}}}, []),
    ],
)
def test_near_misses_of_a_model(spec: Any, places: list[Any]) -> None:
    model = schema.load_kinds().get("openwebui", "Model")
    assert [path for path, _, _ in schema.near_misses(model, spec)] == places


def test_deprecations(service: Kind) -> None:
    assert schema.deprecations(service, {"old": "x", "port": 1}) == [(("old",), "`old` is deprecated", "Use `mode`.")]
    assert schema.deprecations(service, {"port": 1}) == []
    assert schema.deprecations(schema.load_kinds().get("openwebui", "Model"), {"name": "x"}) == []
