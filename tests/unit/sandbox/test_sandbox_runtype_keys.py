"""Runtype's provider keys and organisation policies in the sandbox: one test for each trap of the API."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.sandbox import app
from tests.unit.sandbox.asking import ask
from tests.unit.sandbox.runtype_account import (
    CONFIGS,
    KEY,
    KEYS,
    ORGANIZATION,
    account,
    configs,
    create,
    create_key,
    get,
)

ENDPOINT = {"provider": "generic-openai", "name": "lab", "apiKey": "sk-lab-12345678"}
POLICY = f"{KEYS}/organization-policy"


def _keys(sandbox: app.Sandbox) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = get(sandbox, KEYS)["providerKeys"]
    return found


def _patch(sandbox: app.Sandbox, key: dict[str, Any], **fields: Any) -> Any:
    return ask(sandbox, "PATCH", f"{KEYS}/{key['id']}", fields)


def _policy(sandbox: app.Sandbox, provider: str = "openai") -> Any:
    return get(sandbox, f"{KEYS}/provider/{provider}").get("organizationPolicy")


def test_the_secret_is_never_told() -> None:
    sandbox = account()
    made = create_key(sandbox)
    assert made["keyPreview"] == "sk-...1234"
    assert KEY["apiKey"] not in ask(sandbox, "GET", KEYS).text
    rotated = _patch(sandbox, made, apiKey="sk-another-9876")
    assert rotated.json()["providerKey"]["keyPreview"] == "sk-...9876"
    assert "another" not in rotated.text


def test_a_list_of_keys_has_a_name_of_its_own() -> None:
    sandbox = account()
    made = create_key(sandbox)
    other = create_key(sandbox, provider="xai")
    assert get(sandbox, KEYS) == {"providerKeys": [made, other]}
    assert get(sandbox, f"{KEYS}/provider/xai") == {"providerKeys": [other]}


def test_names_need_not_differ() -> None:
    sandbox = account()
    assert create_key(sandbox)["id"] != create_key(sandbox)["id"]


def test_a_key_can_only_be_switched_off_once_it_exists() -> None:
    sandbox = account()
    made = create_key(sandbox, isActive=False)
    assert made["isActive"] is True
    config = create(sandbox, providerKeyId=made["id"])
    assert _patch(sandbox, made, isActive=False).json()["providerKey"] == {**made, "isActive": False}
    assert (config["keyStatus"], configs(sandbox)[0]["keyStatus"]) == ("custom", "platform")


@pytest.mark.parametrize(
    "changes",
    [
        {"provider": "runtype"},
        {"name": ""},
        {"name": "x" * 101},
        {"apiKey": ""},
        {"apiKey": None},
        {"isDefault": "yes"},
    ],
)
def test_keys_that_do_not_fit(changes: dict[str, Any]) -> None:
    sandbox = account()
    refused = ask(sandbox, "POST", KEYS, {**KEY, **changes})
    assert (refused.status_code, refused.json()["details"][0]["path"]) == (400, *changes)
    assert _keys(sandbox) == []


def test_a_default_key_takes_the_mark_from_the_one_of_its_provider() -> None:
    sandbox = account()
    one, two, other = create_key(sandbox, isDefault=True), create_key(sandbox), create_key(sandbox, provider="xai")
    assert one["isDefault"] is True
    for key in (two, other):
        assert _patch(sandbox, key, isDefault=True).json()["providerKey"]["isDefault"] is True
    assert [key["isDefault"] for key in _keys(sandbox)] == [False, True, True]
    assert _patch(sandbox, two, isDefault=False).json()["providerKey"]["isDefault"] is False


@pytest.mark.parametrize(("reading", "left"), [("replace", {"b": 2}), ("merge", {"a": 1, "b": 2})])
def test_settings_of_keys_are_replaced_or_merged(reading: str, left: dict[str, int]) -> None:
    sandbox = account(Account=[{"settings": reading}])
    made = create_key(sandbox, settings={"a": 1})
    assert _patch(sandbox, made, settings={"b": 2}).json()["providerKey"]["settings"] == left


def test_deleting_a_key() -> None:
    sandbox = account()
    made = create_key(sandbox)
    create(sandbox, providerKeyId=made["id"])
    assert ask(sandbox, "DELETE", f"{KEYS}/{made['id']}").json() == {"success": True}
    assert [(row["providerKeyId"], row["keyStatus"]) for row in configs(sandbox)] == [(None, "platform")]
    refused = ask(sandbox, "DELETE", f"{KEYS}/{made['id']}")
    assert (refused.status_code, refused.json()) == (404, {"error": "Provider key not found"})


def test_deleting_an_endpoints_key_deletes_its_models() -> None:
    sandbox = account(ProviderKey=[ENDPOINT, {**ENDPOINT, "name": "other"}])
    lab, other = _keys(sandbox)
    kept = create(sandbox)
    for key in (lab, other):
        create(sandbox, provider="generic-openai", modelId="llama", providerKeyId=key["id"])
    ask(sandbox, "DELETE", f"{KEYS}/{lab['id']}")
    assert [(row["id"] == kept["id"], row["providerKeyId"]) for row in configs(sandbox)] == [
        *((True, None), (False, other["id"]))
    ]


# endpoints


def test_an_endpoints_models() -> None:
    sandbox = account(ProviderKey=[ENDPOINT, KEY])
    lab, openai = _keys(sandbox)
    asked = {"apiKey": "sk-x", "baseUrl": "https://llm.example.com/v1"}
    found = ask(sandbox, "POST", f"{KEYS}/discover-models", asked).json()
    assert found["models"][0] == {"id": "llama-3.1-70b", "ownedBy": "meta"}
    assert ask(sandbox, "POST", f"{KEYS}/{lab['id']}/discover-models").json() == found
    assert ask(sandbox, "POST", f"{KEYS}/{openai['id']}/discover-models").status_code == 400
    assert ask(sandbox, "POST", f"{KEYS}/nowhere/discover-models").status_code == 404
    assert ask(sandbox, "POST", f"{KEYS}/discover-models", {"apiKey": "x"}).status_code == 400


def test_asking_an_endpoint_needs_no_right_to_write() -> None:
    sandbox = account(Account=[{"mayWrite": False}], ProviderKey=[ENDPOINT])
    (lab,) = _keys(sandbox)
    assert ask(sandbox, "POST", f"{KEYS}/{lab['id']}/discover-models").status_code == 200
    assert ask(sandbox, "POST", f"{KEYS}/{lab['id']}/sync-models", {"models": []}).status_code == 403


def test_synchronizing_writes_what_was_managed_and_keeps_what_is_not_named() -> None:
    sandbox = account(ProviderKey=[ENDPOINT])
    (lab,) = _keys(sandbox)
    custom = {"displayName": "Ours", "inputCostPer1kTokens": 1, "outputCostPer1kTokens": 1}
    ours = {"settings": {"maxTokens": 5, "customModel": custom}, "providerKeyId": lab["id"]}
    for model in ("llama", "absent"):
        create(sandbox, provider="generic-openai", modelId=model, **ours)
    models = [{"id": "llama", "inputCostPer1kTokens": 0.0008}, {"id": "new", "displayName": "New"}]
    answer = ask(sandbox, "POST", f"{KEYS}/{lab['id']}/sync-models", {"models": models})
    assert (answer.status_code, answer.json()) == (200, {"success": True, "syncedCount": 2})
    bare = {"inputCostPer1kTokens": 0, "outputCostPer1kTokens": 0}
    assert {row["modelId"]: row["settings"] for row in configs(sandbox)} == {
        "llama": {"maxTokens": 5, "customModel": {**bare, "displayName": "llama", "inputCostPer1kTokens": 0.0008}},
        "absent": ours["settings"],
        "new": {"customModel": {**bare, "displayName": "New"}},
    }


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("", KEY),
        ("/discover-models", {"apiKey": "x", "baseUrl": "https://x"}),
        ("/pk_1/discover-models", None),
        ("/pk_1/sync-models", {"models": []}),
    ],
)
def test_a_plan_without_keys_of_ones_own(path: str, body: Any) -> None:
    refused = ask(
        account(Account=[{"byok": False}], ProviderKey=[{**ENDPOINT, "id": "pk_1"}]), "POST", KEYS + path, body
    )
    assert (refused.status_code, sorted(refused.json())) == (402, ["code", "error", "message"])


# organisations


def test_a_default_key_of_an_organisation_changes_what_everybody_uses() -> None:
    sandbox = account(Account=[ORGANIZATION])
    config = create(sandbox)
    assert (_policy(sandbox), config["keyStatus"]) == ("platform-managed", "platform")
    made = create_key(sandbox, isDefault=True)
    assert (made["isDefault"], _policy(sandbox)) == (True, "organization-byok-required")
    (row,) = configs(sandbox)
    assert (row["providerKeyId"], row["keyStatus"]) == (None, "custom")


@pytest.mark.parametrize("provider", ["generic-openai", "bedrock", "mixlayer", "vercel"])
def test_other_connections_are_only_stored_at_first(provider: str) -> None:
    sandbox = account(Account=[ORGANIZATION])
    made = create_key(sandbox, provider=provider, isDefault=True)
    assert (made["isDefault"], _policy(sandbox, provider)) == (False, "platform-managed")
    assert _patch(sandbox, made, isDefault=True).json()["providerKey"]["isDefault"] is True
    assert _policy(sandbox, provider) == "organization-byok-required"


def test_neither_rotation_nor_false_changes_the_policy() -> None:
    sandbox = account(Account=[ORGANIZATION])
    made = create_key(sandbox, isDefault=True)
    for fields in ({"apiKey": "sk-new-00000000"}, {"name": "renamed"}, {"isDefault": False}):
        assert _patch(sandbox, made, **fields).status_code == 200
    assert (_policy(sandbox), _keys(sandbox)[0]["isDefault"]) == ("organization-byok-required", True)


@pytest.mark.parametrize("provider", ["weaviate", "braintrust"])
def test_integrations_have_no_policy(provider: str) -> None:
    sandbox = account(Account=[ORGANIZATION])
    assert create_key(sandbox, provider=provider, isDefault=True)["isDefault"] is True
    assert _policy(sandbox, provider) is None


def test_selecting_a_connection_and_the_platform_again() -> None:
    sandbox = account(Account=[ORGANIZATION])
    one, two = create_key(sandbox, isDefault=True), create_key(sandbox, name="other")
    body = {"provider": "openai", "selection": {"connectionId": two["id"]}}
    told = {"provider": "openai", "policy": "organization-byok-required", "connectionId": two["id"]}
    assert ask(sandbox, "PUT", POLICY, body).json() == told
    assert [key["isDefault"] for key in _keys(sandbox)] == [False, True]
    back = ask(sandbox, "PUT", POLICY, {"provider": "openai", "selection": "platform"}).json()
    assert back == {"provider": "openai", "policy": "platform-managed"}
    assert [key["isDefault"] for key in _keys(sandbox)] == [False, False]
    assert one["isDefault"] is True


@pytest.mark.parametrize(
    ("seed", "provider", "selection", "status"),
    [
        ({}, "openai", "platform", 403),
        ({**ORGANIZATION, "orgRole": "org:member"}, "openai", "platform", 403),
        (ORGANIZATION, "bedrock", "platform", 422),
        (ORGANIZATION, "openai", {"connectionId": "nowhere"}, 422),
        (ORGANIZATION, "xai", {"connectionId": "conn_1"}, 422),
        (ORGANIZATION, "openai", {"connectionId": "conn_off"}, 422),
        (ORGANIZATION, "openai", "nobody", 400),
        (ORGANIZATION, "weaviate", "platform", 400),
    ],
)
def test_selections_that_are_refused(seed: dict[str, Any], provider: str, selection: Any, status: int) -> None:
    keys = [{**KEY, "id": "conn_1"}, {**KEY, "id": "conn_off", "name": "off", "isActive": False}]
    sandbox = account(Account=[seed], ProviderKey=keys)
    refused = ask(sandbox, "PUT", POLICY, {"provider": provider, "selection": selection})
    assert (refused.status_code, type(refused.json()["error"])) == (status, str)


def test_the_connection_that_everybody_uses_stays() -> None:
    sandbox = account(Account=[ORGANIZATION])
    made = create_key(sandbox, isDefault=True)
    assert ask(sandbox, "DELETE", f"{KEYS}/{made['id']}").status_code == 422
    assert _patch(sandbox, made, isActive=False).status_code == 422
    assert _keys(sandbox) == [made]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", f"{KEYS}/pk_old", {"name": "x"}),
        ("DELETE", f"{KEYS}/pk_old", None),
        ("POST", f"{KEYS}/pk_old/sync-models", {"models": []}),
        ("POST", CONFIGS, {"provider": "openai", "modelId": "gpt-4", "providerKeyId": "pk_old"}),
        ("PUT", f"{CONFIGS}/cfg_1", {"providerKeyId": "pk_old"}),
    ],
)
def test_an_id_that_an_organisation_replaced(method: str, path: str, body: Any) -> None:
    sandbox = account(
        Account=[ORGANIZATION],
        ProviderKey=[{**KEY, "id": "conn_new"}, {"id": "pk_old", "replacementId": "conn_new"}],
        ModelConfig=[{"provider": "openai", "modelId": "gpt-4", "id": "cfg_1"}],
    )
    assert [key["id"] for key in _keys(sandbox)] == ["conn_new"]
    refused = ask(sandbox, method, path, body)
    told = refused.json()
    assert (refused.status_code, told["code"]) == (409, "ORGANIZATION_CONNECTION_MIGRATED")
    assert (told["replacementId"], sorted(told)) == ("conn_new", ["code", "error", "replacementId"])
