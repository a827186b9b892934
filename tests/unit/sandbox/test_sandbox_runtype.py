"""Runtype's model configurations in the sandbox: one test for each trap of the API."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from reconciler.sandbox.runtype.answers import as_numbers
from tests.unit.sandbox.asking import ask, run
from tests.unit.sandbox.runtype_account import (
    CONFIGS,
    GPT_4,
    KEY,
    V1,
    Clock,
    account,
    configs,
    create,
    create_key,
    get,
    put,
)

CUSTOM = {"displayName": "Llama", "inputCostPer1kTokens": 0.00015, "outputCostPer1kTokens": 1}


# reads that are more, or less, than reads


def test_listing_an_empty_account_makes_a_default() -> None:
    sandbox = account()
    first = get(sandbox, CONFIGS)
    assert (first["total"], [row["isDefault"] for row in first["data"]]) == (1, [True])
    assert get(sandbox, CONFIGS) == first


def test_deleting_the_last_one_makes_the_next_list_bring_another() -> None:
    sandbox = account()
    made = create(sandbox)
    answer = ask(sandbox, "DELETE", f"{CONFIGS}/{made['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    (provisioned,) = configs(sandbox)
    assert (provisioned["id"] == made["id"], provisioned["isDefault"]) == (False, True)


@pytest.mark.parametrize("path", ["usage", "available", "grouped", "search-capable", "search-configured"])
def test_the_other_lists_make_nothing(path: str) -> None:
    sandbox = account()
    get(sandbox, f"{CONFIGS}/{path}")
    assert sandbox.store.table("runtype.configs").all() == []


def test_there_is_no_read_of_one() -> None:
    sandbox = account()
    answer = ask(sandbox, "GET", f"{CONFIGS}/{create(sandbox)['id']}")
    assert (answer.status_code, answer.json()) == (404, {"error": "Not found"})


def test_the_list_is_a_read_although_it_may_write() -> None:
    sandbox = account()
    made = create(sandbox)
    put(sandbox, made, isEnabled=False)
    sandbox.faults.set("stale-read")
    assert configs(sandbox)[0]["isEnabled"] is True
    assert len(sandbox.store.table("runtype.configs")) == 1


def test_a_stale_list_makes_no_second_default() -> None:
    sandbox = account()
    create(sandbox)
    sandbox.faults.set("stale-read")
    assert configs(sandbox) == []
    sandbox.faults.clear()
    assert len(configs(sandbox)) == 1


def test_a_key_without_the_right_to_write_still_lists() -> None:
    sandbox = account(Account=[{"mayWrite": False}])
    assert len(configs(sandbox)) == 1
    refused = ask(sandbox, "POST", CONFIGS, GPT_4)
    assert (refused.status_code, list(refused.json())) == (403, ["error"])


# what a body can set


def test_a_create_is_enabled_and_no_default_whatever_it_says() -> None:
    made = create(account(), isEnabled=False, isDefault=True, id="mine", displayName="x")
    assert (made["isEnabled"], made["isDefault"], made["id"] == "mine", made["displayName"]) == (
        *(True, False, False),
        "GPT-4",
    )


def test_a_create_is_no_upsert() -> None:
    sandbox = account()
    assert create(sandbox)["id"] != create(sandbox)["id"]
    assert [row["modelId"] for row in configs(sandbox)] == ["gpt-4", "gpt-4"]


def test_an_account_may_refuse_the_second_of_a_model() -> None:
    sandbox = account(Account=[{"duplicates": "refuse"}])
    create(sandbox)
    refused = ask(sandbox, "POST", CONFIGS, GPT_4)
    assert (refused.status_code, refused.json()) == (409, {"error": "This model is configured already"})


def test_a_put_is_partial_and_cannot_move_the_model() -> None:
    sandbox = account()
    made = create(sandbox, settings={"maxTokens": 5})
    answer = put(sandbox, made, isEnabled=False, provider="xai", modelId="other")
    assert answer.json() == {**made, "isEnabled": False}
    assert put(sandbox, made).json() == answer.json()
    assert configs(sandbox) == [answer.json()]


@pytest.mark.parametrize(
    ("reading", "left"), [("replace", {"temperature": 0.5}), ("merge", {"maxTokens": 5, "temperature": 0.5})]
)
def test_settings_are_replaced_or_merged(reading: str, left: dict[str, Any]) -> None:
    sandbox = account(Account=[{"settings": reading}])
    made = create(sandbox, settings={"maxTokens": 5})
    assert put(sandbox, made, settings={"temperature": 0.5}).json()["settings"] == left


def test_unknown_settings_vanish_without_a_word_but_legacy_ones_are_told() -> None:
    sandbox = account(ModelConfig=[{**GPT_4, "settings": {"topP": 0.9, "maxTokens": 5}}])
    (legacy,) = configs(sandbox)
    assert legacy["settings"] == {"topP": 0.9, "maxTokens": 5}
    assert put(sandbox, legacy, settings=legacy["settings"]).json()["settings"] == {"maxTokens": 5}
    assert create(sandbox, settings={"customModel": {**CUSTOM, "new": 1}})["settings"] == {"customModel": CUSTOM}


def test_numbers_come_back_as_javascript_writes_them() -> None:
    made = create(account(), settings={"maxTokens": 4096.0, "temperature": 1.0, "customModel": CUSTOM})
    assert [type(made["settings"][name]) for name in ("maxTokens", "temperature")] == [int, int]
    assert made["settings"]["customModel"]["inputCostPer1kTokens"] == 0.00015
    odd = [True, 2**53 + 1, {"a": -0.5}, "1.0", None, 10**400, float("inf"), float("nan"), 1e300, 2**64]
    assert as_numbers(odd) == [True, 2**53, {"a": -0.5}, "1.0", None, None, None, None, 1e300, 2.0**64]


@pytest.mark.parametrize("text", ["9" * 500, "1e400", "NaN", "Infinity"])
def test_a_number_that_is_none_is_refused(text: str) -> None:
    async def sent(client: httpx.AsyncClient) -> httpx.Response:
        body = f'{{"provider": "openai", "modelId": "x", "settings": {{"maxTokens": {text}}}}}'
        return await client.post(CONFIGS, content=body, headers={"Content-Type": "application/json"})

    assert run(account(), sent).status_code == 400


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        ({"modelId": "x"}, "MISSING_REQUIRED_FIELD", "provider"),
        ({"provider": "openai"}, "MISSING_REQUIRED_FIELD", "modelId"),
        ({**GPT_4, "provider": "OpenAI"}, "INVALID_ENUM", "provider"),
        ({**GPT_4, "modelId": ""}, "INVALID_VALUE", "modelId"),
        ({**GPT_4, "providerKeyId": None}, "INVALID_TYPE", "providerKeyId"),
        ({**GPT_4, "settings": None}, "INVALID_TYPE", "settings"),
        ({**GPT_4, "settings": {"maxTokens": "5"}}, "INVALID_TYPE", "settings.maxTokens"),
        ({**GPT_4, "settings": {"maxTokens": 5.5}}, "INVALID_TYPE", "settings.maxTokens"),
        ({**GPT_4, "settings": {"temperature": True}}, "INVALID_TYPE", "settings.temperature"),
        (
            {**GPT_4, "settings": {"customModel": {**CUSTOM, "executorProvider": "x"}}},
            "INVALID_ENUM",
            "settings.customModel.executorProvider",
        ),
        (
            {**GPT_4, "settings": {"customModel": {"displayName": "x", "inputCostPer1kTokens": 0}}},
            "MISSING_REQUIRED_FIELD",
            "settings.customModel.outputCostPer1kTokens",
        ),
    ],
)
def test_a_body_that_does_not_fit_is_told_place_by_place(body: dict[str, Any], code: str, path: str) -> None:
    sandbox = account()
    refused = ask(sandbox, "POST", CONFIGS, body)
    (detail,) = refused.json()["details"]
    assert (refused.status_code, refused.json()["error"]) == (400, "Invalid request body")
    assert (detail["code"], detail["path"], "suggestion" in detail) == (code, path, code == "INVALID_ENUM")
    assert sandbox.store.table("runtype.configs").all() == []


@pytest.mark.parametrize("body", [None, [], "x"])
def test_a_body_that_is_no_object_is_refused(body: Any) -> None:
    assert ask(account(), "POST", CONFIGS, body).status_code == 400


@pytest.mark.parametrize(("method", "path"), [("PUT", ""), ("DELETE", ""), ("PATCH", "/default"), ("PATCH", "/status")])
def test_what_is_not_there_is_not_found(method: str, path: str) -> None:
    answer = ask(account(), method, f"{CONFIGS}/nowhere{path}", {"isEnabled": True})
    assert (answer.status_code, answer.json()) == (404, {"error": "Model configuration not found"})


# the default


def test_a_new_default_clears_the_others() -> None:
    sandbox = account()
    configs(sandbox)
    made = create(sandbox)
    answer = ask(sandbox, "PATCH", f"{CONFIGS}/{made['id']}/default", {}).json()
    assert (answer["success"], bool(answer["message"]), answer["data"]) == (True, True, {**made, "isDefault": True})
    assert [row["isDefault"] for row in configs(sandbox)] == [False, True]


def test_an_empty_body_sets_a_default_and_so_does_a_put() -> None:
    sandbox = account()
    one, two = create(sandbox), create(sandbox, modelId="gpt-4o")
    assert ask(sandbox, "PATCH", f"{CONFIGS}/{one['id']}/default").status_code == 200
    assert put(sandbox, two, isDefault=True).json()["isDefault"] is True
    assert [row["isDefault"] for row in configs(sandbox)] == [False, True]


def test_an_account_may_have_a_default_for_each_provider() -> None:
    sandbox = account(Account=[{"default": "provider"}])
    one, two = create(sandbox), create(sandbox, provider="xai", modelId="grok-4")
    for made in (one, two):
        ask(sandbox, "PATCH", f"{CONFIGS}/{made['id']}/default")
    assert [row["isDefault"] for row in configs(sandbox)] == [True, True]


@pytest.mark.parametrize(("reading", "status"), [("allow", 204), ("refuse", 400)])
def test_whether_the_default_can_be_deleted(reading: str, status: int) -> None:
    sandbox = account(Account=[{"deleteDefault": reading}])
    (first,) = configs(sandbox)
    assert ask(sandbox, "DELETE", f"{CONFIGS}/{first['id']}").status_code == status


def test_the_answer_to_a_status_does_not_show_the_object() -> None:
    sandbox = account()
    made = create(sandbox)
    answer = ask(sandbox, "PATCH", f"{CONFIGS}/{made['id']}/status", {"isEnabled": False}).json()
    assert (sorted(answer), answer["success"]) == (["message", "success"], True)
    assert configs(sandbox)[0]["isEnabled"] is False
    assert [row["id"] for row in get(sandbox, f"{V1}/resources")["models"]["enabled"]] == []


# whose key


def test_the_platforms_key_is_written_as_a_word_and_read_as_null() -> None:
    sandbox = account()
    key = create_key(sandbox)
    made = create(sandbox, providerKeyId=key["id"])
    assert (made["providerKeyId"], made["keyStatus"]) == (key["id"], "custom")
    back = put(sandbox, made, providerKeyId="platform").json()
    assert (back["providerKeyId"], back["keyStatus"]) == (None, "platform")
    assert create(sandbox, providerKeyId="platform")["providerKeyId"] is None


@pytest.mark.parametrize(
    ("provider", "status"), [("xai", "platform"), ("modelsocket", "platform"), ("bedrock", "needs_setup")]
)
def test_not_every_provider_has_a_key_of_the_platforms(provider: str, status: str) -> None:
    assert create(account(), provider=provider)["keyStatus"] == status


@pytest.mark.parametrize(("provider", "error"), [("openai", "not found"), ("xai", "is for openai, not for xai")])
def test_a_key_must_be_there_and_of_the_provider(provider: str, error: str) -> None:
    sandbox = account()
    key = create_key(sandbox)["id"] if provider == "xai" else "pk_nowhere"
    refused = ask(sandbox, "POST", CONFIGS, {**GPT_4, "provider": provider, "providerKeyId": key})
    assert refused.status_code == 400
    assert error in refused.json()["error"]


def test_a_plan_without_keys_of_ones_own() -> None:
    sandbox = account(Account=[{"byok": False}], ProviderKey=[{**KEY, "id": "pk_1"}])
    refused = ask(sandbox, "POST", CONFIGS, {**GPT_4, "providerKeyId": "pk_1"})
    assert (refused.status_code, sorted(refused.json())) == (402, ["code", "error", "message"])
    assert create(sandbox)["keyStatus"] == "platform"


# what changes by itself


def test_the_catalogue_changes_rows_that_nobody_wrote() -> None:
    clock = Clock()
    sandbox = account(clock=clock)
    before = create(sandbox)
    clock.time += 3600
    (after,) = configs(sandbox)
    moved = {name for name in before if before[name] != after[name]}
    assert moved == {"creditPromoLabel", "creditPromoMultiplier", "supportedResponseFormats", "updatedAt"}
    assert sorted(before["supportedResponseFormats"]) == sorted(after["supportedResponseFormats"])


def test_a_model_of_ones_own_is_told_in_its_own_words() -> None:
    made = create(account(), modelId="mine", settings={"customModel": {**CUSTOM, "supportsStreaming": False}})
    told = {name: made[name] for name in ("displayName", "inputCostPer1kTokens", "supportsStreaming", "creator")}
    assert told == {
        "displayName": "Llama",
        "inputCostPer1kTokens": 0.00015,
        "supportsStreaming": False,
        "creator": "openai",
    }
    assert made["costPer1kTokens"] == 0.500075


def test_a_write_that_changes_nothing_moves_updated_at() -> None:
    clock = Clock()
    sandbox = account(clock=clock)
    made = create(sandbox)
    clock.time += 5
    assert put(sandbox, made, isEnabled=True).json() == {**made, "updatedAt": "1970-03-25T08:00:05.000Z"}
