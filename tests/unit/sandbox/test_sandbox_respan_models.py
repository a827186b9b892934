"""Models of Respan: upsert, what is inherited, what is replaced, what nobody may change."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox.respan_asking import BASE, Respan

COMMON = {
    *("id", "model_name", "base_model_name", "affiliation_category", "is_called_by_custom_name", "input_cost"),
    *("output_cost", "cache_hit_input_cost", "cache_creation_input_cost", "max_context_window", "function_call"),
    *("image_support", "supported_params", "provider"),
}
OLD = {"display_name", "streaming_support", "source"}
LIMITED = {"temperature": {"name": "temperature", "type": "number", "default": 0.7, "min": 0, "max": 1.5}}
RANGED = {"temperature": {"name": "temperature", "type": "number", "default": 0.7, "range": {"min": 0, "max": 1.5}}}


@pytest.mark.parametrize(
    ("dialect", "keys", "builtin"),
    [
        ("1", COMMON | OLD, "respan"),
        ("2", COMMON | OLD | {"model_type", "throughput", "created_at", "updated_at"}, "respan"),
        ("3", COMMON | {"model_type"}, "keywordsai"),
    ],
)
def test_what_a_generation_answers(dialect: str, keys: set[str], builtin: str) -> None:
    respan = Respan(dialect)
    model = respan.model("a/b", display_name="A", streaming_support=1)
    assert set(model) == keys
    assert (model["id"], model["affiliation_category"], model.get("source", "db")) == ("a/b", "custom", "db")
    assert (model.get("display_name", "A"), model.get("streaming_support", 1)) == ("A", 1)
    known = respan.json("GET", "models/openai/gpt-4o/")
    assert set(known) == keys
    assert (known["affiliation_category"], known.get("source", "hardcoded")) == (builtin, "hardcoded")
    assert (known["id"], known["base_model_name"], known["provider"]) == ("openai/gpt-4o", None, None)


@pytest.mark.parametrize("dialect", ["3", "2", "1"])
def test_post_creates_and_then_changes(dialect: str) -> None:
    """What it does not name is kept: the vendor says neither."""
    respan = Respan(dialect)
    respan.model("a", input_cost=1.0, output_cost=2.0)
    again = respan.json("POST", "models/", {"model_name": "a", "input_cost": 3}, status=200)
    assert (again["input_cost"], again["output_cost"], again["base_model_name"]) == (3.0, 2.0, "openai/gpt-4o")


@pytest.mark.parametrize("dialect", ["3", "2", "1"])
def test_nobody_changes_what_is_built_in(dialect: str) -> None:
    respan = Respan(dialect)
    before = respan.json("GET", "models/openai/gpt-4o/")
    asked = [
        ("POST", "models/", {"model_name": "openai/gpt-4o"}),
        ("PATCH", "models/openai/gpt-4o/", {"input_cost": 0}),
    ]
    for method, path, body in [*asked, *([("PUT", "models/openai/gpt-4o/", BASE)] if dialect != "1" else [])]:
        assert respan.json(method, path, body, status=403)["detail"].startswith("Cannot modify hardcoded models.")
    refused = respan.json("DELETE", "models/openai/gpt-4o/", status=403)
    assert refused["detail"].startswith("Cannot delete hardcoded models.")
    assert respan.json("GET", "models/openai/gpt-4o/") == before


def test_a_bare_name_is_no_built_in_model_but_a_base() -> None:
    respan = Respan()
    assert respan.json("GET", "models/gpt-4o/", status=404) == {"detail": "Not found."}
    assert respan.model("a", base_model_name="gpt-4o")["base_model_name"] == "gpt-4o"
    assert respan.model("gpt-4o")["model_name"] == "gpt-4o"


@pytest.mark.parametrize("name", ["a", "a/b", "a/b/c", "ä", "a b", "a%b", "a?b", "a#b", "a:b@c+d"])
def test_names_in_paths(name: str) -> None:
    from urllib.parse import quote

    respan = Respan()
    respan.model(name)
    path = f"models/{quote(name)}/"
    assert respan.json("GET", path)["id"] == name
    assert respan.json("PATCH", path, {"model_name": "other", "input_cost": 1})["model_name"] == name
    respan.json("DELETE", path, status=204)
    for method in ("GET", "PATCH", "PUT", "DELETE"):
        assert respan.json(method, path, {}, status=404) == {"detail": "Not found."}


@pytest.mark.parametrize("name", ["list", "summary", "public", "a/status"])
def test_names_that_are_other_routes(name: str) -> None:
    respan = Respan()
    respan.model(name)
    assert respan.ask("GET", f"models/{name}/").json().get("id") is None
    assert respan.ask("DELETE", f"models/{name}/").status_code == 405


def test_what_is_unset() -> None:
    respan = Respan("2")
    model = respan.json("POST", "models/", {"model_name": "a"}, status=201)
    assert {key: model[key] for key in COMMON | OLD if key not in {"id", "supported_params"}} == {
        "model_name": "a",
        "base_model_name": None,
        "affiliation_category": "custom",
        "is_called_by_custom_name": True,
        "input_cost": 0.0,
        "output_cost": 0.0,
        "cache_hit_input_cost": 0.0,
        "cache_creation_input_cost": 0.0,
        "max_context_window": None,
        "function_call": 0,
        "image_support": 0,
        "provider": None,
        "display_name": None,
        "streaming_support": 0,
        "source": "db",
    }
    assert isinstance(model["input_cost"], float)


def test_what_is_inherited_through_a_chain() -> None:
    respan = Respan()
    respan.provider("p")
    respan.model("middle", custom_provider_id="p", base_model_name="openai/gpt-4o", input_cost=1, function_call=0)
    leaf = respan.model("leaf", base_model_name="middle", output_cost=9)
    assert (leaf["input_cost"], leaf["output_cost"], leaf["cache_hit_input_cost"]) == (1.0, 9.0, 1.25)
    assert (leaf["function_call"], leaf["image_support"], leaf["max_context_window"]) == (0, 1, 128_000)
    assert (leaf["provider"]["provider_id"], leaf["is_called_by_custom_name"]) == ("p", False)
    respan.json("PATCH", "models/middle/", {"input_cost": 2})
    assert respan.json("GET", "models/leaf/")["input_cost"] == 2.0
    respan.json("DELETE", "models/middle/", status=204)
    left = respan.json("GET", "models/leaf/")
    assert (left["base_model_name"], left["input_cost"], left["provider"]) == ("middle", 0.0, None)


@pytest.mark.parametrize("base", ["nowhere", "a", "gpt-nowhere"])
def test_a_base_that_is_not_there(base: str) -> None:
    body = {"model_name": "a", "base_model_name": base}
    assert Respan().json("POST", "models/", body, status=400) == {"error": "Base model not found"}


def test_bases_in_a_circle_do_no_harm() -> None:
    respan = Respan()
    respan.model("a", input_cost=1)
    respan.model("b", base_model_name="a")
    assert respan.json("PATCH", "models/a/", {"base_model_name": "a"}, status=400) == {"error": "Base model not found"}
    assert respan.json("PATCH", "models/a/", {"base_model_name": "b"})["input_cost"] == 1.0
    assert respan.json("GET", "models/b/")["output_cost"] == 0.0


@pytest.mark.parametrize(("dialect", "status"), [("3", 400), ("2", 201), ("1", 201)])
def test_a_provider_is_required_unless_there_is_a_base(dialect: str, status: int) -> None:
    respan = Respan(dialect)
    respan.json("POST", "models/", {"model_name": "a"}, status=status)
    respan.provider("p")
    respan.model("b", custom_provider_id="p")
    if dialect == "3":
        refused = respan.json("PUT", "models/b/", {"input_cost": 1}, status=400)
        assert refused == {"error": "custom_provider_id is required unless base_model_name is set"}
        assert respan.json("GET", "models/b/")["provider"]["provider_id"] == "p"


@pytest.mark.parametrize(
    ("dialect", "status", "body"),
    [
        ("3", 404, {"detail": "Custom provider not found"}),
        ("2", 404, {"detail": "Custom provider not found"}),
        ("1", 400, {"error": "Custom provider not found"}),
    ],
)
def test_a_provider_that_is_not_there(dialect: str, status: int, body: Any) -> None:
    assert Respan(dialect).json("POST", "models/", {"model_name": "a", "provider_id": "p"}, status=status) == body


@pytest.mark.parametrize(
    "named",
    [{"custom_provider_id": "p"}, {"provider_id": "p"}, {"custom_provider_id": "p", "provider_id": "q"}],
)
def test_both_spellings_of_the_provider(named: dict[str, str]) -> None:
    respan = Respan()
    respan.provider("p")
    respan.provider("q")
    model = respan.json("POST", "models/", {"model_name": "a", **named}, status=201)
    assert model["provider"]["id"] == "p"
    assert "custom_provider_id" not in model


@pytest.mark.parametrize("number", [1, "1"])
def test_the_first_generation_knows_providers_by_number(number: int | str) -> None:
    respan = Respan("1")
    respan.provider("p")
    assert respan.model("a", custom_provider_id=number)["provider"]["provider_id"] == "p"
    assert Respan("2").ask("POST", "models/", {"model_name": "a", "custom_provider_id": number}).status_code == 404


def test_patch_changes_what_it_names_and_put_replaces_all() -> None:
    respan = Respan()
    respan.provider("p")
    respan.model("a", **BASE, custom_provider_id="p", input_cost=1, output_cost=2, image_support=0)
    patched = respan.json("PATCH", "models/a/", {"input_cost": 5})
    assert (patched["input_cost"], patched["output_cost"], patched["image_support"]) == (5.0, 2.0, 0)
    put = respan.json("PUT", "models/a/", {**BASE, "output_cost": 3})
    assert (put["input_cost"], put["output_cost"], put["image_support"], put["provider"]) == (2.5, 3.0, 1, None)
    bare = respan.json("PUT", "models/a/", {"custom_provider_id": "p"})
    assert (bare["base_model_name"], bare["output_cost"], bare["max_context_window"]) == (None, 0.0, None)


@pytest.mark.parametrize("field", ["input_cost", "base_model_name", "custom_provider_id", "supported_params_override"])
def test_null_clears_nothing(field: str) -> None:
    respan = Respan()
    respan.model("a", input_cost=1)
    refused = respan.json("PATCH", "models/a/", {field: None}, status=400)
    assert refused == {field: ["This field may not be null."]}


@pytest.mark.parametrize(("dialect", "limits"), [("3", RANGED), ("2", RANGED), ("1", LIMITED)])
def test_overrides_are_computed_and_never_answered(dialect: str, limits: dict[str, Any]) -> None:
    respan = Respan(dialect)
    model = respan.model("a", supported_params_override=limits)
    assert "supported_params_override" not in model
    assert model["supported_params"]["temperature"].items() >= limits["temperature"].items()
    assert model["supported_params"]["top_p"]["default"] == 1
    leaf = respan.model("b", base_model_name="a", supported_params_override={"temperature": {"default": 0.1}})
    assert leaf["supported_params"]["temperature"] == {**model["supported_params"]["temperature"], "default": 0.1}


NEW_LIMITS = {"range": {"min": 0, "max": 1}, "description": "", "required": False}


@pytest.mark.parametrize(("dialect", "limits"), [("3", NEW_LIMITS), ("2", NEW_LIMITS), ("1", {"min": 0, "max": 1})])
def test_how_a_generation_spells_the_limits_of_a_parameter(dialect: str, limits: dict[str, Any]) -> None:
    params = Respan(dialect).json("GET", "models/openai/gpt-4o/")["supported_params"]
    assert params["top_p"] == {"name": "top_p", "type": "number", "default": 1, **limits}


@pytest.mark.parametrize(("dialect", "temperature"), [("3", 1), ("2", 0.5), ("1", 0.5)])
def test_later_overrides_replace_or_are_merged(dialect: str, temperature: float) -> None:
    respan = Respan(dialect)
    respan.model("a", supported_params_override={"temperature": {"default": 0.5}})
    changed = respan.json("PATCH", "models/a/", {"supported_params_override": {"top_p": {"default": 0.9}}})
    assert changed["supported_params"]["top_p"]["default"] == 0.9
    assert changed["supported_params"]["temperature"]["default"] == temperature
    kept = respan.json("PATCH", "models/a/", {"input_cost": 1})
    assert kept["supported_params"] == changed["supported_params"]


def test_null_drops_a_parameter_in_the_newest_generation() -> None:
    respan = Respan()
    model = respan.model("a", supported_params_override={"top_p": None, "own": {"type": "string"}})
    assert "top_p" not in model["supported_params"]
    assert model["supported_params"]["own"] == {"name": "own", "type": "string"}
    leaf = respan.model("b", base_model_name="a")
    assert leaf["supported_params"] == model["supported_params"]
    refused = Respan("2").json(
        "POST", "models/", {"model_name": "a", "supported_params_override": {"top_p": None}}, status=400
    )
    assert refused == {"supported_params_override": ['Expected a dictionary of items but got type "NoneType".']}


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("function_call", 2, '"2" is not a valid choice.'),
        ("function_call", False, '"False" is not a valid choice.'),
        ("input_cost", "x", "A valid number is required."),
        ("input_cost", [], "A valid number is required."),
        ("input_cost", "nan", "A valid number is required."),
        ("max_context_window", "8k", "A valid integer is required."),
        ("max_context_window", True, "A valid integer is required."),
        ("max_context_window", 2**31, "Ensure this value is less than or equal to 2147483647."),
        ("max_context_window", "9" * 400, "A valid integer is required."),
        ("input_cost", "9" * 400, "A valid number is required."),
        ("base_model_name", {}, "Not a valid string."),
        ("base_model_name", True, "Not a valid string."),
        ("supported_params_override", [], 'Expected a dictionary of items but got type "list".'),
        ("supported_params_override", {"a": 1}, 'Expected a dictionary of items but got type "int".'),
    ],
)
def test_values_that_do_not_fit(field: str, value: Any, message: str) -> None:
    body = {"model_name": "a", **BASE, field: value}
    assert Respan().json("POST", "models/", body, status=400) == {field: [message]}


def test_values_that_are_read_kindly() -> None:
    body = {"input_cost": "0.030", "output_cost": 3, "max_context_window": "8192", "function_call": "0", "unknown": 1}
    model = Respan().model(" a ", **body)
    assert (model["model_name"], model["input_cost"], model["output_cost"]) == ("a", 0.03, 3.0)
    assert (model["max_context_window"], model["function_call"]) == (8192, 0)
    assert "unknown" not in model


def test_times() -> None:
    now = [1_000_000.0]
    respan = Respan("2", clock=lambda: now[0])
    model = respan.model("a")
    assert model["created_at"] == model["updated_at"] == "1970-01-12T13:46:40Z"
    now[0] += 60
    for method in ("PATCH", "PUT"):
        changed = respan.json(method, "models/a/", BASE)
        assert (changed["created_at"], changed["updated_at"]) == (model["created_at"], "1970-01-12T13:47:40Z")
