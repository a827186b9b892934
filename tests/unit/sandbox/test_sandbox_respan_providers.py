"""Providers of Respan: upsert or refusal, numbers or ids, what is answered of their secrets; and seeds."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.sandbox import app
from tests.unit.sandbox.respan_asking import Respan

KWARGS = {"base_url": "https://llm.example.com/v1", "timeout": 60, "api_key": "inner-secret"}
OPEN = {"base_url": "https://llm.example.com/v1", "timeout": 60}


@pytest.mark.parametrize(
    ("dialect", "answered"), [("3", {"extra_kwargs": KWARGS}), ("2", {"extra_kwargs": OPEN}), ("1", {})]
)
def test_what_a_generation_answers(dialect: str, answered: dict[str, Any]) -> None:
    respan = Respan(dialect)
    times = {"created_at": "1970-01-12T13:46:40Z", "updated_at": "1970-01-12T13:46:40Z"}
    provider = {"id": "p", "provider_id": "p", "provider_name": "P", **answered, **times}
    body = {"provider_id": "p", "provider_name": "P", "api_key": "outer-secret", "extra_kwargs": KWARGS}
    assert respan.json("POST", "providers/", body, status=201) == provider
    assert respan.json("GET", "providers/p/") == provider
    listed = respan.json("GET", "providers/")
    assert (listed["results"] if dialect == "3" else listed) == [provider]
    assert "outer-secret" not in str(listed)


def test_the_list_of_the_newest_generation_comes_in_pages() -> None:
    respan = Respan()
    for number in range(3):
        respan.provider(f"p{number}")
    first = respan.json("GET", "providers/?page_size=2")
    assert (first["count"], [one["id"] for one in first["results"]]) == (2, ["p0", "p1"])
    assert first["next"] == "http://sandbox/respan/api/providers/?page_size=2&page=2"
    last = respan.json("GET", "providers/?page_size=2&page=2")
    assert (last["count"], last["next"]) == (1, None)


def test_the_first_generation_upserts() -> None:
    respan = Respan("1")
    respan.provider("p", api_key="secret", extra_kwargs=OPEN)
    again = respan.json("POST", "providers/", {"provider_id": "p", "provider_name": "New"}, status=200)
    assert again["provider_name"] == "New"
    stored = respan.sandbox.store.table("respan.providers").get("p")
    assert stored is not None
    assert (stored["api_key"], stored["extra_kwargs"]) == ("secret", OPEN)


@pytest.mark.parametrize("dialect", ["3", "2"])
def test_later_ones_refuse_an_id_that_is_taken(dialect: str) -> None:
    respan = Respan(dialect)
    respan.provider("p")
    refused = respan.json("POST", "providers/", {"provider_id": "p", "provider_name": "New"}, status=400)
    assert refused == {"provider_id": ["custom provider with this provider id already exists."]}
    assert respan.json("GET", "providers/p/")["provider_name"] == "p"


def test_the_newest_generation_does_not_look_at_a_key_beside() -> None:
    respan = Respan()
    respan.provider("p", api_key="lost")
    assert "lost" not in str(respan.sandbox.store.table("respan.providers").all())


@pytest.mark.parametrize(("dialect", "by_number"), [("3", 404), ("2", 404), ("1", 200)])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_provider_by_its_number(dialect: str, by_number: int, method: str) -> None:
    respan = Respan(dialect)
    respan.provider("other")
    respan.provider("p")
    answer = respan.ask(method, "providers/2/", {})
    assert answer.status_code == (204 if (method, by_number) == ("DELETE", 200) else by_number)
    assert respan.ask("GET", "providers/p/").status_code == (404 if answer.status_code == 204 else 200)


def test_numbers_are_not_given_twice_while_a_later_one_is_there() -> None:
    respan = Respan("1")
    for name in "abc":
        respan.provider(name)
    respan.json("DELETE", "providers/a/", status=204)
    respan.provider("d")
    assert respan.json("GET", "providers/4/")["id"] == "d"


def test_settings_are_replaced_as_a_whole() -> None:
    respan = Respan()
    respan.provider("p", extra_kwargs=KWARGS)
    assert respan.json("PATCH", "providers/p/", {"provider_name": "New"})["extra_kwargs"] == KWARGS
    assert respan.json("PATCH", "providers/p/", {"extra_kwargs": OPEN})["extra_kwargs"] == OPEN
    assert respan.json("PUT", "providers/p/", {"provider_name": "New"})["extra_kwargs"] == {}


def test_put_needs_a_name_and_the_id_stays() -> None:
    respan = Respan()
    created = respan.provider("p")
    refused = respan.json("PUT", "providers/p/", {"extra_kwargs": {}}, status=400)
    assert refused == {"provider_name": ["This field is required."]}
    renamed = respan.json("PUT", "providers/p/", {"provider_id": "q", "provider_name": "New"})
    assert (renamed["provider_id"], renamed["created_at"]) == ("p", created["created_at"])
    assert respan.ask("GET", "providers/q/").status_code == 404


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"provider_id": ["This field is required."], "provider_name": ["This field is required."]}),
        ({"provider_id": "p", "provider_name": ""}, {"provider_name": ["This field may not be blank."]}),
        (
            {"provider_id": "p", "provider_name": "P", "extra_kwargs": []},
            {"extra_kwargs": ['Expected a dictionary of items but got type "list".']},
        ),
    ],
)
def test_bodies_that_do_not_fit(body: Any, errors: Any) -> None:
    assert Respan().json("POST", "providers/", body, status=400) == errors


def test_a_provider_that_is_not_there() -> None:
    respan = Respan()
    for method in ("GET", "PATCH", "PUT", "DELETE"):
        assert respan.json(method, "providers/p/", {"provider_name": "P"}, status=404) == {"detail": "Not found."}


def test_models_outlive_their_provider() -> None:
    respan = Respan()
    respan.provider("p")
    respan.provider("q")
    respan.model("a", custom_provider_id="p")
    respan.model("b", custom_provider_id="q")
    respan.json("DELETE", "providers/p/", status=204)
    respan.provider("p")
    assert respan.json("GET", "models/a/")["provider"] is None
    assert respan.json("GET", "models/b/")["provider"]["id"] == "q"


@pytest.mark.parametrize(
    ("dialect", "nested"),
    [
        ("3", {"extra_kwargs": OPEN, "created_at": "1970-01-12T13:46:40Z", "updated_at": "1970-01-12T13:46:40Z"}),
        ("2", {"extra_kwargs": OPEN, "created_at": "1970-01-12T13:46:40Z", "updated_at": "1970-01-12T13:46:40Z"}),
        ("1", {"organization_id": 123}),
    ],
)
def test_a_provider_inside_a_model(dialect: str, nested: dict[str, Any]) -> None:
    respan = Respan(dialect)
    respan.provider("p", provider_name="P", extra_kwargs=KWARGS)
    model = respan.model("a", custom_provider_id="p")
    assert model["provider"] == {"id": "p", "provider_id": "p", "provider_name": "P", **nested}


SEEDS: dict[str, list[dict[str, Any]]] = {
    "Model": [
        {"model_name": "a", "custom_provider_id": "vllm", "base_model_name": "acme/own", "output_cost": 2},
        {"model_name": "a", "custom_provider_id": "vllm", "output_cost": 9},
    ],
    "Provider": [
        {"provider_id": "vllm", "provider_name": "vLLM"},
        {"provider_id": "vllm", "provider_name": "a second of the same id is left out"},
        {"provider_id": "house", "provider_name": "House", "is_managed": True},
    ],
    "BuiltIn": [
        {"model_name": "acme/own", "input_cost": 7.5, "image_support": 1},
        {"model_name": "openai/gpt-4o", "input_cost": 99.0},
    ],
}


@pytest.mark.parametrize("dialect", ["3", "2", "1"])
def test_seeds(dialect: str) -> None:
    respan = Respan(dialect, SEEDS)
    model = respan.json("GET", "models/a/")
    assert (model["input_cost"], model["output_cost"], model["image_support"]) == (7.5, 2.0, 1)
    assert model["provider"]["provider_name"] == "vLLM"
    assert respan.json("GET", "models/acme/own/")["affiliation_category"] != "custom"
    assert respan.json("GET", "models/openai/gpt-4o/")["input_cost"] == 2.5


def test_a_managed_provider_cannot_be_changed() -> None:
    respan = Respan(seeds=SEEDS)
    for method, verb in (("PATCH", "modify"), ("PUT", "modify"), ("DELETE", "delete")):
        refused = respan.json(method, "providers/house/", {"provider_name": "Mine"}, status=403)
        assert refused["error"].startswith(f"Cannot {verb} managed provider.")
    assert respan.json("GET", "providers/house/")["provider_name"] == "House"


@pytest.mark.parametrize(
    ("seeds", "complaint"),
    [
        ({"Prompt": []}, "respan has no kind 'Prompt' to seed; it has BuiltIn, Provider, Model"),
        ({"Model": [{}]}, r"seed respan\.Model\[0\]: .*model_name.*required"),
        ({"Model": [{"model_name": "a"}]}, r"seed respan\.Model\[0\]: .*custom_provider_id is required"),
        ({"Provider": [{"provider_id": "a"}]}, r"seed respan\.Provider\[0\]: .*provider_name"),
        ({"BuiltIn": [{}]}, r"seed respan\.BuiltIn\[0\]: .*model_name"),
    ],
)
def test_seeds_that_do_not_fit(seeds: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Respan(seeds=seeds)


def test_a_data_file_is_read_by_every_generation(tmp_path: Any) -> None:
    for dialect, category in (("1", "custom"), ("3", "custom"), ("2", "custom")):
        options = app.Options(data=tmp_path / "data", seeds={"respan": SEEDS}, dialects={"respan": dialect})
        respan = Respan()
        respan.sandbox = app.create_app(options)
        assert respan.json("GET", "models/a/")["affiliation_category"] == category
        respan.sandbox.store.close()
