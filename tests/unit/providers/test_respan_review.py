"""What only Respan's rules know of a plan: order without references, refusals before a write, warnings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.model import Action, Diagnostic, Plan, Status

from .respan_estate import Estate, codes, estate, operations
from .respan_place import GPT

__all__ = ["estate"]

every_generation = pytest.mark.parametrize("estate", ["3", "2", "1"], indirect=True)
KEY = {"env": "VLLM_KEY"}
PROVIDER = ("Provider", "vllm", {"provider_name": "vLLM"})


def only(plan: Plan) -> Diagnostic:
    (found,) = plan.diagnostics
    return found


def needs(plan: Plan) -> dict[str, list[str]]:
    """Give what each operation waits for."""
    return {f"{op.address.kind}/{op.address.name}": [need.name for need in op.needs] for op in plan.operations}


# --- order ----------------------------------------------------------------------------------------


def test_literals_order_as_references_do(estate: Estate) -> None:
    derived = {"base_model_name": "team/base", "custom_provider_id": "vllm"}
    manifests = [
        ("Model", "a-derived", derived),
        ("Model", "base", {"model_name": "team/base", "custom_provider_id": "vllm"}),
        PROVIDER,
    ]
    estate.declare(*manifests)
    assert needs(estate.plan()) == {
        "Model/a-derived": ["base", "vllm"],
        "Model/base": ["vllm"],
        "Provider/vllm": [],
    }
    estate.settle()
    estate.declare(("Model", "z", GPT))
    assert needs(estate.plan()) == {
        "Model/a-derived": [],
        "Model/base": ["a-derived"],
        "Model/z": [],
        "Provider/vllm": ["a-derived", "base"],
    }
    estate.settle()


def test_a_model_moves_away_before_its_provider_goes(estate: Estate) -> None:
    new = ("Provider", "new", {"provider_name": "New"})
    estate.declare(PROVIDER, ("Model", "m", {**GPT, "custom_provider_id": "vllm"}))
    estate.settle()
    estate.declare(new, ("Model", "m", {**GPT, "custom_provider_id": "new"}))
    assert needs(estate.plan()) == {"Provider/vllm": ["m"], "Provider/new": [], "Model/m": ["new"]}
    estate.settle()
    assert estate.by_hand("GET", "/models/m/")["provider"]["id"] == "new"


# --- keys -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("estate", "spec", "right"),
    [
        ("3", {"api_key": KEY}, "extra_kwargs.api_key"),
        ("2", {"extra_kwargs": {"api_key": KEY}}, "api_key"),
        ("1", {"extra_kwargs": {"api_key": KEY}}, "api_key"),
    ],
    indirect=["estate"],
)
def test_a_key_where_the_server_does_not_look_for_it_is_refused(
    estate: Estate, spec: dict[str, Any], right: str
) -> None:
    estate.declare(("Provider", "vllm", {"provider_name": "vLLM", **spec}))
    plan = estate.plan()
    refusal = only(plan)
    assert (refusal.severity, refusal.code, plan.refused) == ("error", "guard.api-key", True)
    assert refusal.hint == f"write it as {right}"
    assert refusal.source is not None
    assert estate.apply().outcomes == ()
    assert estate.written == []


@pytest.mark.parametrize(
    ("estate", "spec"),
    [
        ("3", {"extra_kwargs": {"api_key": KEY}}),
        ("2", {"api_key": KEY}),
        ("1", {"api_key": KEY}),
    ],
    indirect=["estate"],
)
def test_a_key_in_its_place(estate: Estate, spec: dict[str, Any]) -> None:
    estate.declare(("Provider", "vllm", {"provider_name": "vLLM", **spec}))
    assert codes(estate.plan()) == []
    estate.settle()


@pytest.mark.parametrize("estate", ["2"], indirect=True)
def test_a_key_that_the_server_looks_for_elsewhere_since_lately_is_a_warning_until_it_would_be_sent(
    estate: Estate,
) -> None:
    estate.declare(("Provider", "vllm", {"provider_name": "vLLM", "api_key": KEY}))
    estate.settle()
    estate.become("3")
    plan = estate.plan()
    assert (codes(plan), plan.operations) == ([("warning", "lint.api-key")], ())
    estate.declare(("Provider", "vllm", {"provider_name": "Ours", "api_key": KEY}))
    assert codes(estate.plan()) == [("error", "guard.api-key")]
    estate.declare(("Provider", "vllm", {"provider_name": "Ours", "extra_kwargs": {"api_key": KEY}}))
    assert codes(estate.plan()) == []
    estate.settle()


@pytest.mark.parametrize("estate", ["1"], indirect=True)
def test_a_server_that_grows_up_is_no_drift(estate: Estate) -> None:
    provider = ("Provider", "vllm", {"provider_name": "vLLM", "extra_kwargs": {"timeout": 60}})
    model = {**GPT, "custom_provider_id": {"ref": "vllm"}, "display_name": "M", "input_cost": 1}
    override = {"supported_params_override": {"top_p": {"default": 0.5}}}
    estate.declare(provider, ("Model", "m", {**model, **override}))
    estate.settle()
    for generation in ("2", "3"):
        estate.become(generation)
        plan = estate.plan()
        assert (plan.complete, plan.unchanged, plan.operations, plan.drift) == (True, 2, (), ())


# --- models that the server would refuse ----------------------------------------------------------


@pytest.mark.parametrize(
    ("estate", "code"), [("3", "guard.no-provider"), ("2", None), ("1", None)], indirect=["estate"]
)
def test_a_model_without_base_and_provider(estate: Estate, code: str | None) -> None:
    estate.declare(("Model", "alone", {"input_cost": 1}))
    plan = estate.plan()
    warned = [("warning", "manifest.rule")]
    assert codes(plan) == ([*warned, ("error", code)] if code else warned)
    if code is None:
        estate.settle()
    else:
        assert estate.apply().outcomes == ()


def test_a_model_that_has_both_already_may_leave_them_to_others(estate: Estate) -> None:
    estate.by_hand("POST", "/models/", {"model_name": "alone", **GPT, "input_cost": 2})
    estate.declare(("Model", "alone", {"input_cost": 1}))
    applied = estate.apply(adopt=True)
    assert [outcome.status for outcome in applied.outcomes] == [Status.DONE]


@pytest.mark.parametrize(
    ("estate", "code"),
    [("3", None), ("2", "guard.dropped-parameter"), ("1", "guard.dropped-parameter")],
    indirect=["estate"],
)
def test_a_parameter_that_is_dropped(estate: Estate, code: str | None) -> None:
    spec = {**GPT, "supported_params_override": {"top_p": None, "seed": {"type": "integer"}}}
    estate.declare(("Model", "m", spec))
    plan = estate.plan()
    assert codes(plan) == ([("error", code)] if code else [])
    if code is None:
        estate.settle()
        assert "top_p" not in estate.by_hand("GET", "/models/m/")["supported_params"]
    else:
        assert only(plan).hint == "take top_p out of supported_params_override"


# --- what this server does not show ---------------------------------------------------------------


def test_one_warning_for_a_field_that_generation_3_forgets_whatever_the_number_of_models(estate: Estate) -> None:
    models = [("Model", f"m-{n}", {**GPT, "display_name": f"M {n}"}) for n in range(5)]
    estate.declare(*models, ("Model", "streams", {**GPT, "streaming_support": 1}))
    for _ in range(2):  # before there is a model to look at, and after
        plan = estate.plan()
        assert codes(plan) == [("warning", "lint.not-stored")] * 2
        assert [diagnostic.summary for diagnostic in plan.diagnostics] == [
            "gw: this server does not show display_name of a Model, which m-0, m-1, m-2 and 2 more set",
            "gw: this server does not show streaming_support of a Model, which streams sets",
        ]
        estate.apply()
        assert estate.plan().operations == ()
    assert estate.drift().drift == ()


def test_a_field_that_generation_3_forgets_needs_no_whole_write_when_it_leaves(estate: Estate) -> None:
    estate.declare(("Model", "m", {**GPT, "display_name": "M", "input_cost": 1}))
    estate.settle()
    estate.declare(("Model", "m", {**GPT, "input_cost": 2}))
    estate.settle()
    assert [(asked.method, asked.body) for asked in estate.written] == [("PATCH", {"input_cost": 2})]


@pytest.mark.parametrize("estate", ["1"], indirect=True)
def test_generation_1_hides_the_settings_of_providers(estate: Estate) -> None:
    spec = {"provider_name": "vLLM", "extra_kwargs": {"timeout": 60}}
    estate.declare(("Provider", "vllm", spec))
    estate.settle()
    plan = estate.plan()
    assert codes(plan) == [("warning", "lint.not-shown")]
    assert "what others set in it is lost when it is written" in only(plan).detail
    estate.by_hand("PATCH", "/providers/vllm/", {"extra_kwargs": {"timeout": 1}})
    assert (estate.plan().operations, estate.drift().drift) == ((), ())
    estate.declare(("Provider", "vllm", {**spec, "extra_kwargs": {"timeout": 30}}))
    assert operations(estate.plan()) == {"Provider/vllm": Action.UPDATE}
    estate.settle()


@pytest.mark.parametrize("estate", ["2"], indirect=True)
def test_generation_2_shows_it_all(estate: Estate) -> None:
    provider = ("Provider", "vllm", {"provider_name": "vLLM", "extra_kwargs": {"timeout": 60}})
    estate.declare(provider, ("Model", "m", {**GPT, "display_name": "M", "streaming_support": 0}))
    estate.settle()
    assert codes(estate.plan()) == []


# --- what others would lose -----------------------------------------------------------------------


@every_generation
def test_what_stays_without_its_provider_or_base_is_told(estate: Estate) -> None:
    base = ("Model", "base", {"custom_provider_id": {"ref": "vllm"}})
    estate.declare(PROVIDER, base, ("Model", "ours", {**GPT, "custom_provider_id": {"ref": "vllm"}}))
    estate.settle()
    for name in ("x", "y"):
        estate.by_hand("POST", "/models/", {"model_name": name, **GPT, "custom_provider_id": "vllm"})
    estate.by_hand(
        "POST", "/models/", {"model_name": "derived", "base_model_name": "base", "custom_provider_id": "vllm"}
    )
    estate.declare(("Model", "other", GPT))
    found = {d.summary: d.code for d in estate.plan().diagnostics}
    assert found == {
        "gw/Model/base goes, and derived is based on it": "lint.still-used",
        "gw/Provider/vllm goes, and derived, x, y are called through it": "lint.still-used",
    }


def test_a_provider_that_goes_while_a_manifest_names_it(estate: Estate) -> None:
    estate.declare(PROVIDER, ("Model", "m", {**GPT, "custom_provider_id": "vllm"}))
    estate.settle()
    estate.declare(("Model", "m", {**GPT, "custom_provider_id": "vllm"}))
    assert only(estate.plan()).summary == "gw/Provider/vllm goes, and m is called through it"


def test_a_provider_under_a_new_id_leaves_those_behind_that_are_not_ours(estate: Estate) -> None:
    ours = ("Model", "m", {**GPT, "custom_provider_id": {"ref": "vllm"}})
    estate.declare(PROVIDER, ours)
    estate.settle()
    estate.by_hand("POST", "/models/", {"model_name": "theirs", **GPT, "custom_provider_id": "vllm"})
    estate.declare(("Provider", "vllm", {"provider_id": "new", "provider_name": "vLLM"}), ours)
    assert operations(estate.plan()) == {"Provider/vllm": Action.REPLACE, "Model/m": Action.UPDATE}
    assert only(estate.plan()).summary == "gw/Provider/vllm goes, and theirs is called through it"
    estate.settle()


@pytest.mark.parametrize("estate", ["1"], indirect=True)
def test_a_base_that_is_made_anew_leaves_nobody_behind(estate: Estate) -> None:
    derived = ("Model", "derived", {"base_model_name": "base"})
    estate.declare(("Model", "base", {**GPT, "input_cost": 1}), derived)
    estate.settle()
    estate.declare(("Model", "base", GPT), derived)
    plan = estate.plan()
    assert (operations(plan), codes(plan)) == ({"Model/base": Action.REPLACE}, [])
    estate.settle()


def test_a_provider_that_no_manifest_of_a_model_names_is_leant_on_all_the_same(estate: Estate) -> None:
    estate.declare(PROVIDER, ("Model", "m", {**GPT, "input_cost": 1}))
    estate.settle()
    estate.by_hand("PATCH", "/models/m/", {"custom_provider_id": "vllm"})
    estate.declare(("Model", "m", {**GPT, "input_cost": 2}))
    assert only(estate.plan()).summary == "gw/Provider/vllm goes, and m is called through it"


@pytest.mark.parametrize(("estate", "warned"), [("3", True), ("2", True), ("1", False)], indirect=["estate"])
def test_an_override_that_nobody_can_know_of_is_told_before_it_is_lost(estate: Estate, warned: bool) -> None:
    provider = PROVIDER
    bare = {"custom_provider_id": {"ref": "vllm"}}
    estate.declare(provider, ("Model", "bare", {**bare, "input_cost": 1}), ("Model", "based", {**GPT, "input_cost": 1}))
    estate.settle()
    estate.declare(provider, ("Model", "bare", bare), ("Model", "based", GPT))
    plan = estate.plan()
    assert codes(plan) == ([("warning", "lint.override-lost")] if warned else [])
    if warned:
        assert only(plan).summary == "gw: bare will be written whole, since a value leaves"
    estate.settle()


def test_nothing_is_said_of_another_target(estate: Estate, tmp_path: Path) -> None:
    estate.declare(("Model", "m", {**GPT, "display_name": "M"}))
    settings = (estate.folder / "reconciler.yaml").read_text()
    two = settings.replace(
        '"gw":',
        '"beside": {"system": "respan", "url": "http://127.0.0.1:1/respan", "auth": '
        '{"bearer": {"env": "SANDBOX_TOKEN"}}}, "gw":',
    )
    (estate.folder / "reconciler.yaml").write_text(two)
    manifest = estate.folder / "manifests" / "all.yaml"
    manifest.write_text(manifest.read_text().replace('"name": "m"', '"name": "m", "target": "beside"'))
    assert [d.summary.partition(":")[0] for d in estate.plan().diagnostics] == ["beside"]
