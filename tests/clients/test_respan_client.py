"""The vendor's own client drives the sandbox: it can read what it gets, and finds what it asks for.

What the client cannot say goes through its own connection, beside its methods.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from respan import BadRequestError, ForbiddenError, NotFoundError, RespanClient
from respan.models.client import ModelsClient

from reconciler.sandbox import app

PROVIDER = {"base_url": "https://llm.example.com/v1", "timeout": 60, "api_key": "secret"}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with app.running() as (found, _):
        yield f"{found}/respan"


def _client(address: str, connection: httpx.Client, key: str = "sandbox") -> RespanClient:
    return RespanClient(base_url=address, authorization=f"Bearer {key}", respan_api_key=key, httpx_client=connection)


@pytest.fixture
def client(address: str) -> Iterator[RespanClient]:
    with httpx.Client() as connection:
        yield _client(address, connection)


def _is_there(client: RespanClient, name: str) -> bool:
    pages = client.models.filter_models(filters={"affiliation_category": {"operator": "", "value": ["custom"]}})
    return name in [model.model_name for model in pages]


def test_the_life_of_a_provider(client: RespanClient) -> None:
    created = client.models.create_custom_provider(provider_id="vllm", provider_name="My vLLM", extra_kwargs=PROVIDER)
    assert (created.id, created.provider_id, created.extra_kwargs) == ("vllm", "vllm", PROVIDER)
    assert isinstance(created.created_at, datetime)
    with pytest.raises(BadRequestError) as taken:
        client.models.create_custom_provider(provider_id="vllm", provider_name="x")
    assert list(taken.value.body) == ["provider_id"]
    assert [one.provider_id for one in client.models.list_custom_providers().results] == ["vllm"]
    assert client.models.retrieve_custom_provider("vllm").provider_name == "My vLLM"
    assert client.models.update_custom_provider("vllm", provider_name="Ours").extra_kwargs == PROVIDER
    assert client.models.replace_custom_provider("vllm", provider_name="Ours").extra_kwargs == {}
    client.models.delete_custom_provider("vllm")
    with pytest.raises(NotFoundError):
        client.models.retrieve_custom_provider("vllm")
    assert client.models.list_custom_providers().count == 0


def test_the_life_of_a_model(client: RespanClient) -> None:
    client.models.create_custom_provider(provider_id="azure", provider_name="Azure", extra_kwargs=PROVIDER)
    created = client.models.with_raw_response.create_custom_model(
        model_name="team/fast",
        base_model_name="openai/gpt-4o",
        custom_provider_id="azure",
        input_cost=0.025,
        max_context_window=8192,
        image_support=0,
        supported_params_override={"temperature": {"default": 0.7, "range": {"min": 0, "max": 1.5}}, "top_p": None},
    )
    model = created.data
    assert (model.id, model.model_name, model.affiliation_category) == ("team/fast", "team/fast", "custom")
    assert (model.input_cost, model.output_cost, model.cache_creation_input_cost) == (0.025, 10.0, 0.0)
    assert (model.max_context_window, model.function_call, model.image_support) == (8192, 1, 0)
    assert model.supported_params is not None
    assert model.supported_params["temperature"]["range"] == {"min": 0, "max": 1.5}
    assert "top_p" not in model.supported_params
    assert model.provider is not None
    assert (model.provider.id, model.provider.extra_kwargs) == (
        "azure",
        {"base_url": PROVIDER["base_url"], "timeout": 60},
    )
    again = client.models.create_custom_model(model_name="team/fast", output_cost=0.5)
    assert (again.input_cost, again.output_cost) == (0.025, 0.5)
    assert _is_there(client, "team/fast")
    assert client.models.retrieve_custom_model("team/fast").output_cost == 0.5
    assert client.models.update_custom_model("team/fast", input_cost=0.03).input_cost == 0.03
    replaced = client.models.replace_custom_model("team/fast", base_model_name="openai/gpt-4o")
    assert (replaced.input_cost, replaced.provider, replaced.max_context_window) == (2.5, None, 128000)
    client.models.delete_custom_model("team/fast")
    assert not _is_there(client, "team/fast")
    with pytest.raises(NotFoundError):
        client.models.retrieve_custom_model("team/fast")
    client.models.delete_custom_provider("azure")


def test_it_pages_through_every_model(client: RespanClient) -> None:
    """The client's own pager asks on until a page is empty."""
    first = client.models.filter_models(sort_by="-model_name")
    names = [model.model_name for model in first]
    assert (first.response.count, first.response.previous) == (100, None)
    assert names == sorted(names, reverse=True)
    assert len(names) == client.models.filter_models_summary().summary.total_count > 100


def test_what_is_built_in(client: RespanClient) -> None:
    assert client.models.retrieve_custom_model("openai/gpt-4o-mini").affiliation_category == "keywordsai"
    with pytest.raises(NotFoundError):
        client.models.retrieve_custom_model("gpt-4o-mini")
    with pytest.raises(ForbiddenError):
        client.models.update_custom_model("openai/gpt-4o-mini", input_cost=0.0)
    with pytest.raises(ForbiddenError):
        client.models.delete_custom_model("openai/gpt-4o-mini")
    nested, plain = client.models.list_models(), client.models.list_models(unnest=True)
    assert [model.model_name for model in nested.models] == [model.model_name for model in plain]  # type: ignore[union-attr]


def test_refusals(client: RespanClient) -> None:
    with pytest.raises(BadRequestError) as base:
        client.models.create_custom_model(model_name="x", base_model_name="nowhere")
    assert base.value.body == {"error": "Base model not found"}
    with pytest.raises(NotFoundError):
        client.models.create_custom_model(model_name="x", custom_provider_id="nobody")
    with pytest.raises(BadRequestError):
        client.models.create_custom_model(model_name="x")
    with pytest.raises(BadRequestError):
        client.models.filter_models(filters={"display_name": {"operator": "", "value": ["x"]}})


def test_a_wrong_key_is_refused_but_not_by_lists(address: str, client: RespanClient) -> None:
    client.models.create_custom_model(model_name="hidden", base_model_name="openai/gpt-4o")
    with httpx.Client() as connection:
        stranger = _client(address, connection, key="wrong")
        with pytest.raises(ForbiddenError):
            stranger.models.list_custom_providers()
        assert not _is_there(stranger, "hidden")
        assert stranger.models.filter_models_summary().summary.custom_count == 0
    assert client.models.filter_models_summary().summary.custom_count == 1
    client.models.delete_custom_model("hidden")


def test_how_a_model_has_been_doing(client: RespanClient) -> None:
    asked = {"start_time": "2026-01-01T00:00:00Z", "end_time": "2026-01-02T00:00:00Z"}
    told = client.models.api_models_status_retrieve("openai/gpt-4o", **asked)
    assert (told.model, told.time_tick, told.data) == ("openai/gpt-4o", "hour", [])
    assert told.start_time == datetime(2026, 1, 1, tzinfo=UTC)
    again = client.models.api_models_status_create("openai/gpt-4o", **asked, provider_id="openai", time_tick="day")
    assert (again.provider_id, again.respan_uptime) == ("openai", None)
    with pytest.raises(BadRequestError):
        client.models.api_models_status_retrieve("openai/gpt-4o", start_time="2026-01-01", end_time="2026-06-01")


def test_what_the_client_has_no_word_for(address: str) -> None:
    """Fields that are gone are not looked at, `GET /models/` is no list, and a redirect has no body left."""
    with httpx.Client(base_url=address, headers={"Authorization": "Bearer sandbox"}) as raw:
        gone = {"model_name": "old", "base_model_name": "openai/gpt-4o", "display_name": "Old", "streaming_support": 1}
        created = raw.post("/api/models/", json=gone)
        assert created.status_code == 201
        assert {"display_name", "streaming_support", "source"}.isdisjoint(created.json())
        assert raw.get("/api/models/").status_code == 405
        assert raw.post("/api/models", json=gone, follow_redirects=True).status_code == 405
        assert raw.delete("/api/models/old/").status_code == 204


def test_every_operation_of_the_client_is_listed() -> None:
    """The list also has what the vendor's documentation calls a list of custom models, which the client has dropped."""
    listed = (Path(__file__).parents[1] / "pages" / "respan-operations.txt").read_text(encoding="utf-8").split()
    own = {name for name in vars(ModelsClient) if not name.startswith("_")} - {"with_raw_response"}
    assert own == set(listed) - {"list_custom_models"}
