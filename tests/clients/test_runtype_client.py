"""The vendor's own client drives the sandbox, and finds every answer in the shape that it knows.

Its models refuse an answer that lacks a key or has one of another type; a key that they do not know is kept aside, so
that none is asserted everywhere. What no method of it reaches goes through its raw calls.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from runtype import APIError, AuthenticationError, NotFoundError, RuntypeClient
from runtype._generated.core.api_error import ApiError
from runtype._generated.model_configs import PostV1ModelConfigsRequestSettings
from runtype._generated.provider_keys import (
    PostV1ProviderKeysIdSyncModelsRequestModelsItem,
    PutV1ProviderKeysOrganizationPolicyRequestOne,
    PutV1ProviderKeysOrganizationPolicyRequestZero,
    PutV1ProviderKeysOrganizationPolicyRequestZeroSelection,
)

from reconciler.sandbox import app

ONCE: Any = {"max_retries": 0}
"""The client repeats a 409 twice, waiting until the rate limit is reset."""

ORGANIZATION = {"orgId": "org_1", "orgSlug": "acme", "orgRole": "org:admin"}
CUSTOM = {
    "displayName": "Llama 3.1 70B",
    "inputCostPer1kTokens": 0.0008,
    "outputCostPer1kTokens": 0.0024,
    "executorProvider": "generic-openai",
    "executorConfig": {"baseURL": "https://llm.example.com/v1", "modelMapping": "llama"},
    "maxOutputTokens": 8192,
    "supportsStreaming": True,
    "supportedResponseFormats": ["json", "text"],
    "reasoning": {"supported": True, "defaultEffort": "low"},
    "midConversationSystemMessages": "hoist",
}


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@contextmanager
def _client(dialect: str = "C", token: str = "sandbox", **seeds: list[dict[str, Any]]) -> Iterator[RuntypeClient]:
    options = app.Options(dialects={"runtype": dialect}, seeds={"runtype": seeds})
    with app.running(options) as (url, _), RuntypeClient(token, base_url=f"{url}/runtype") as client:
        yield client


def _known(answer: Any, at: str = "") -> None:
    """Assert that the client's models know every key of an answer."""
    if isinstance(answer, list):
        for item in answer:
            _known(item, at)
    elif hasattr(answer, "model_extra"):
        assert answer.model_extra == {}, at
        for name in type(answer).model_fields:
            _known(getattr(answer, name), f"{at}.{name}")


@pytest.mark.parametrize("account", [{}, ORGANIZATION])
def test_the_life_of_a_model_configuration(account: dict[str, Any]) -> None:
    with _client(Account=[account]) as client:
        configs = client.api.model_configs
        (first,) = configs.list_model_configurations().data
        settings = PostV1ModelConfigsRequestSettings.model_validate({"maxTokens": 5, "customModel": CUSTOM})
        made = configs.create_model_configuration(provider="openai", model_id="gpt-4", settings=settings)
        assert (made.settings, made.is_enabled, made.is_default) == (
            {"maxTokens": 5, "customModel": CUSTOM},
            True,
            False,
        )
        assert (made.display_name, made.organization_id) == ("Llama 3.1 70B", account.get("orgId"))
        changed = configs.update_model_configuration(made.id, settings={"temperature": 0.5}, is_enabled=False)
        assert (changed.settings, changed.is_enabled, changed.provider_key_id) == ({"temperature": 0.5}, False, None)
        assert configs.enable_or_disable_model_configuration(made.id, is_enabled=True).success is True
        default = configs.set_default_model_configuration(made.id)
        assert (default.data.id, default.data.is_default) == (made.id, True)
        listed = configs.list_model_configurations()
        assert [(row.id, row.is_default, row.is_enabled) for row in listed.data] == [
            *((first.id, False, True), (made.id, True, True))
        ]
        for answer in (made, changed, default, listed):
            _known(answer)
        assert configs.delete_model_configuration(first.id) is None
        assert [row.id for row in configs.list_model_configurations().data] == [made.id]


@pytest.mark.parametrize("account", [{}, ORGANIZATION])
def test_the_life_of_a_provider_key(account: dict[str, Any]) -> None:
    with _client(Account=[account]) as client:
        keys = client.api.provider_keys
        made = keys.create_a_provider_key(
            provider="openai", name="ours", api_key="sk-ours-12345678", is_default=True, settings={"region": "eu"}
        )
        key = made.provider_key
        assert (key.is_default, key.is_active, key.settings, key.usage_count) == (True, True, {"region": "eu"}, 0)
        changed = keys.update_a_provider_key(key.id, name="theirs", api_key="sk-theirs-87654321", settings={})
        assert (changed.provider_key.name, changed.provider_key.settings) == ("theirs", {})
        assert changed.provider_key.key_preview != key.key_preview
        listed = keys.list_provider_keys()
        of_provider = keys.list_provider_keys_by_provider("openai")
        assert [row.id for row in listed.provider_keys] == [row.id for row in of_provider.provider_keys] == [key.id]
        assert of_provider.organization_policy == ("organization-byok-required" if account else None)
        other = keys.create_a_provider_key(provider="xai", name="ours", api_key="sk-x-12345678")
        inactive = keys.update_a_provider_key(other.provider_key.id, is_active=False)
        assert inactive.provider_key.is_active is False
        gone = keys.delete_a_provider_key(other.provider_key.id)
        assert gone.success is True
        for answer in (made, changed, listed, of_provider, inactive, gone):
            _known(answer)
        assert [row.id for row in keys.list_provider_keys().provider_keys] == [key.id]


def test_a_configuration_with_a_key_of_ones_own() -> None:
    with _client() as client:
        key = client.api.provider_keys.create_a_provider_key(provider="openai", name="ours", api_key="sk-1")
        configs = client.api.model_configs
        key_id = key.provider_key.id
        made = configs.create_model_configuration(provider="openai", model_id="gpt-4", provider_key_id=key_id)
        assert (made.provider_key_id, made.key_status) == (key_id, "custom")
        back = configs.update_model_configuration(made.id, provider_key_id="platform")
        assert (back.provider_key_id, back.key_status) == (None, "platform")


def test_the_models_of_an_endpoint() -> None:
    with _client() as client:
        keys = client.api.provider_keys
        key_id = keys.create_a_provider_key(provider="generic-openai", name="lab", api_key="sk-1").provider_key.id
        found = keys.discover_models_from_endpoint(api_key="sk-1", base_url="https://llm.example.com/v1")
        same = keys.discover_models_from_existing_key(key_id)
        assert [model.id for model in found.models] == [model.id for model in same.models]
        models = [
            PostV1ProviderKeysIdSyncModelsRequestModelsItem(id=model.id, input_cost_per1k_tokens=0.0008)
            for model in found.models
        ]
        synced = keys.sync_models_for_a_provider_key(key_id, models=models)
        assert (synced.success, synced.synced_count) == (True, len(models))
        for answer in (found, same, synced):
            _known(answer)
        rows = client.api.model_configs.list_model_configurations().data
        assert [(row.model_id, row.input_cost_per1k_tokens) for row in rows] == [(m.id, 0.0008) for m in found.models]
        keys.delete_a_provider_key(key_id)
        assert [row.is_default for row in client.api.model_configs.list_model_configurations().data] == [True]


def test_an_organisations_policy() -> None:
    with _client(Account=[ORGANIZATION]) as client:
        keys = client.api.provider_keys
        key_id = keys.create_a_provider_key(provider="bedrock", name="ours", api_key="sk-1").provider_key.id
        selection = PutV1ProviderKeysOrganizationPolicyRequestZeroSelection(connection_id=key_id)
        ours = PutV1ProviderKeysOrganizationPolicyRequestZero(provider="bedrock", selection=selection)
        chosen = keys.select_organization_model_provider_credential_custody(request=ours)
        assert (chosen.policy, chosen.connection_id) == ("organization-byok-required", key_id)
        platform = PutV1ProviderKeysOrganizationPolicyRequestOne(provider="openai", selection="platform")
        back = keys.select_organization_model_provider_credential_custody(request=platform)
        assert (back.policy, back.connection_id) == ("platform-managed", None)
        for answer in (chosen, back):
            _known(answer)


def test_everything_that_only_looks() -> None:
    used = {"provider": "openai", "modelId": "gpt-4o", "usageCount": 3, "lastUsedAt": "2024-06-10T16:45:30Z"}
    config = {"provider": "openai", "modelId": "gpt-4o", "id": "cfg_1"}
    with _client(ModelConfig=[config], Usage=[used]) as client:
        api = client.api
        usage = api.model_configs.get_model_configuration_usage()
        assert [(row.model_id, row.usage_count) for row in usage.data] == [("gpt-4o", 3)]
        answers = [
            usage,
            api.model_configs.list_available_models(show_all="true"),
            api.model_configs.get_grouped_models(configured="true"),
            api.model_configs.list_search_capable_models(),
            api.model_configs.list_configured_search_providers(),
            api.authentication.get_current_user_info(),
            api.resources.get_available_resources(),
            api.model_usage.get_model_usage_statistics(),
            api.model_usage.get_model_usage_details("cfg_1"),
        ]
        for answer in answers:
            _known(answer)


@pytest.mark.parametrize("account", [{}, ORGANIZATION])
def test_who_is_asking(account: dict[str, Any]) -> None:
    with _client(Account=[account]) as client:
        me = client.api.authentication.get_current_user_info()
        assert (me.user_id, me.org_id, me.has_organization) == ("user_sandbox", account.get("orgId"), bool(account))


def test_refusals_reach_the_client_as_its_errors() -> None:
    with _client(Account=[{"byok": False}]) as client:
        for status, call in {
            400: lambda: client.api.model_configs.create_model_configuration(provider="nobody", model_id="x"),
            402: lambda: client.api.provider_keys.create_a_provider_key(provider="xai", name="x", api_key="x"),
            404: lambda: client.api.model_configs.delete_model_configuration("nowhere"),
        }.items():
            with pytest.raises(ApiError) as refused:
                call()
            assert (refused.value.status_code, type(refused.value.body["error"])) == (status, str)
    with _client(token="wrong") as client, pytest.raises(ApiError) as refused:
        client.api.model_configs.list_model_configurations()
    assert (refused.value.status_code, refused.value.body) == (401, {"error": "Unauthorized"})


def test_ids_that_an_organisation_replaced() -> None:
    config = {"provider": "openai", "modelId": "gpt-4"}
    undecided = {**config, "id": "cfg_2", "configurationStatus": "needs_configuration", "migrationCandidateCount": 2}
    moved = [{"id": "cfg_old", "migratedTo": "cfg_2"}, undecided]
    with _client(Account=[ORGANIZATION], ModelConfig=moved) as client:
        for config_id, code in (("cfg_old", "MIGRATED"), ("cfg_2", "NEEDS_CONFIGURATION")):
            with pytest.raises(ApiError) as refused:
                client.api.model_configs.set_default_model_configuration(config_id, request_options=ONCE)
            assert (refused.value.status_code, refused.value.body["code"]) == (409, f"ORGANIZATION_MODEL_CONFIG_{code}")
            assert refused.value.body["configId"] == "cfg_2"


def test_raw_calls_say_what_is_wrong_and_reach_what_no_method_does() -> None:
    with _client("A", Account=[ORGANIZATION]) as client:
        made = client.post("/model-configs", {"provider": "openai", "modelId": "gpt-4", "settings": {"topP": 0.9}})
        assert (made["settings"], made["userId"]) == ({"topP": 0.9}, "user_sandbox")
        assert client.get("/model-configs/distinct")["data"] == [{"provider": "openai", "modelId": "gpt-4"}]
        with pytest.raises(NotFoundError, match="Not found"):
            client.get(f"/model-configs/{made['id']}")
        with pytest.raises(APIError, match="Invalid request body"):
            client.post("/model-configs", {})
    with _client(token="wrong") as client, pytest.raises(AuthenticationError, match="Unauthorized"):
        client.get("/auth/me")
