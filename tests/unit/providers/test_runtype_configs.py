"""Runtype's model configurations: one test for each trap of the API."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from reconciler.errors import (
    Ambiguous,
    Conflict,
    Incomplete,
    Malformed,
    NotFound,
    ProviderError,
    RateLimited,
    Rejected,
    Unauthorized,
)
from reconciler.model import Live

from .runtype_account import CONFIG, CONFIGS, KEY, KEYS, change, play, table
from .sandboxes import Place, answering, kind

CUSTOM = {
    "displayName": "Llama",
    "inputCostPer1kTokens": 0.0008,
    "outputCostPer1kTokens": 0.0024,
    "supportedResponseFormats": ["json", "text"],
}
GENERATIONS = pytest.mark.parametrize("dialect", ["C", "A"])


@GENERATIONS
def test_the_life_of_a_configuration(dialect: str) -> None:
    async def story(place: Place) -> None:
        made = await place.create("ModelConfig", {**CONFIG, "settings": {"maxTokens": 5}})
        assert place.sent == [f"POST {CONFIGS}"]
        assert (made.id, made.identity) == (made.body["id"], ("openai", "gpt-4o"))
        assert (made.body["providerKeyId"], made.body["isEnabled"], made.unseen) == ("platform", True, frozenset())
        assert [live.id for live in await place.fetch("ModelConfig")] == [made.id]

        place.sent.clear()
        body = {**made.body, "settings": {"maxTokens": 6}, "isEnabled": False}
        changed = await place.provider.update(made, body, change("settings.maxTokens", "isEnabled"))
        assert place.sent == [f"PUT {CONFIGS}/{made.id}"]
        assert (changed.body["settings"], changed.body["isEnabled"]) == ({"maxTokens": 6}, False)

        await place.provider.delete(changed)
        for verb in (place.provider.delete(changed), place.provider.update(changed, body, change("isEnabled"))):
            with pytest.raises(NotFound, match="Model configuration not found"):
                await verb

    play(story, dialect)


def test_there_is_no_read_of_one_so_a_plan_lists() -> None:
    async def story(place: Place) -> None:
        wanted = {("openai", f"m{n}"): frozenset({"settings"}) for n in range(9)}
        await place.fetch("ModelConfig", wanted)
        assert place.sent == [f"GET {CONFIGS}"]

    play(story)


def test_the_list_and_the_default_in_it_are_read_once_for_both_kinds() -> None:
    """Two lists at once of an account without configurations could make two first ones."""

    async def story(place: Place) -> None:
        kinds = ("ModelConfig", "DefaultModelConfig")
        (config,), (default,) = await asyncio.gather(*(place.fetch(name) for name in kinds))
        assert default.body["modelConfigId"] == config.id
        assert place.sent == [f"GET {CONFIGS}"]
        await place.fetch("ModelConfig")
        assert place.sent == [f"GET {CONFIGS}"]

    play(story)


def test_who_asks_after_a_write_gets_no_list_that_began_before_it() -> None:
    async def story(place: Place) -> None:
        await place.fetch("ModelConfig")
        place.sent.clear()
        under_way = asyncio.ensure_future(place.fetch("ModelConfig"))
        await asyncio.sleep(0)
        place.provider._configs.wrote()
        await asyncio.gather(under_way, place.fetch("ModelConfig"))
        assert place.sent == [f"GET {CONFIGS}"] * 2

    play(story)


@pytest.mark.parametrize(
    ("spec", "later"),
    [
        ({"settings": {"maxTokens": 5, "customModel": CUSTOM}}, None),
        ({"isEnabled": True, "providerKeyId": "platform"}, None),
        ({"isEnabled": False}, {"isEnabled": False}),
        ({"isEnabled": False, "settings": {"maxTokens": 5}, "providerKeyId": "pk_1"}, {"isEnabled": False}),
        ({"settings": {"topP": 0.9}}, {"settings": {"topP": 0.9}}),  # dropped without a word: asked for once more
        ({"settings": {"maxTokens": 5, "topP": None}}, None),
    ],
)
def test_a_create_takes_one_more_write_where_it_has_no_room_for_something(spec: dict[str, Any], later: Any) -> None:
    async def story(place: Place) -> None:
        sent: list[Any] = []
        send = place.provider.session.send

        async def watched(method: str, path: str, **said: Any) -> Any:
            sent.append((method, said["body"]))
            return await send(method, path, **said)

        place.provider.session.send = watched
        made = await place.create("ModelConfig", {**CONFIG, **spec})
        assert [method for method, _ in sent] == (["POST"] if later is None else ["POST", "PUT"])
        assert later is None or sent[1][1] == later
        assert made.body["isEnabled"] is spec.get("isEnabled", True)
        assert made.body["providerKeyId"] == spec.get("providerKeyId", "platform")

    play(story, ProviderKey=[{**KEY, "id": "pk_1"}])


@pytest.mark.parametrize("fault", ["500", "reset-before", "reset-after"])
def test_a_create_whose_second_write_fails_keeps_its_id(fault: str) -> None:
    async def story(place: Place) -> None:
        place.sandbox.faults.set(f"{fault}:PUT {CONFIGS}")
        with pytest.raises(Incomplete, match="it was created, but for isEnabled") as caught:
            await place.create("ModelConfig", {**CONFIG, "isEnabled": False})
        place.sandbox.faults.clear()
        assert [row["id"] for row in table(place, "configs")] == [caught.value.live.id]

    play(story)


def test_a_lost_create_is_not_sent_again() -> None:
    async def story(place: Place) -> None:
        place.sandbox.faults.set({"fault": "reset-after", "times": 1})
        with pytest.raises(Ambiguous):
            await place.create("ModelConfig", CONFIG)
        assert place.sent == [f"POST {CONFIGS}"]
        assert len(table(place, "configs")) == 1

    play(story)


def test_a_create_is_no_upsert_and_a_taken_model_is_a_conflict_where_the_server_says_so() -> None:
    async def story(place: Place) -> None:
        await place.create("ModelConfig", CONFIG)
        with pytest.raises(Conflict, match="configured already"):
            await place.create("ModelConfig", CONFIG)
        assert place.sent == [f"POST {CONFIGS}"] * 2  # a 409 is never sent again

    play(story, Account=[{"duplicates": "refuse"}])


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        ({"providerKeyId": None}, "platform"),
        ({"providerKeyId": None, "organizationConnectionId": None}, "platform"),
        ({"organizationConnectionId": None}, "platform"),
        ({"providerKeyId": "pk_1"}, "pk_1"),
        ({"providerKeyId": "pk_old", "organizationConnectionId": "con_1"}, "con_1"),
        ({"providerKeyId": None, "organizationConnectionId": "con_1"}, "con_1"),
    ],
)
def test_one_spelling_of_the_key(row: dict[str, Any], shown: str) -> None:
    async def story(place: Place) -> Live:
        whole = {"id": "c", **CONFIG, "isEnabled": True, "settings": {}, **row}
        live: Live = place.provider.decode(kind("ModelConfig", "runtype"), whole, None)
        return live

    assert play(story).body["providerKeyId"] == shown


@pytest.mark.parametrize(
    ("row", "unseen"),
    [
        ({"providerKeyId": None, "isEnabled": True, "settings": {}}, set()),
        ({"isEnabled": True, "settings": {}}, {"providerKeyId"}),
        ({"providerKeyId": None}, {"isEnabled", "settings"}),
        (
            {"providerKeyId": None, "isEnabled": True, "settings": {}, "configurationStatus": "needs_configuration"},
            {"providerKeyId", "settings"},
        ),
        ({"providerKeyId": None, "isEnabled": True, "settings": {}, "configurationStatus": "ready"}, set()),
    ],
)
def test_what_a_row_leaves_out_or_nobody_decided_is_unknown(row: dict[str, Any], unseen: set[str]) -> None:
    async def story(place: Place) -> Live:
        live: Live = place.provider.decode(kind("ModelConfig", "runtype"), {"id": "c", **CONFIG, **row}, None)
        return live

    assert play(story).unseen == unseen


def test_an_update_sends_what_changes_whole_and_nothing_else() -> None:
    """Settings are always complete; whoever switched the configuration off meanwhile is not overruled."""

    async def story(place: Place) -> None:
        made = await place.create("ModelConfig", {**CONFIG, "settings": {"maxTokens": 5, "temperature": 1}})
        await place.provider.update(made, {**made.body, "isEnabled": False}, change("isEnabled"))
        changed = await place.provider.update(
            made, {**made.body, "settings": {"maxTokens": 6, "temperature": 1}}, change("settings.maxTokens")
        )
        assert changed.body["settings"] == {"maxTokens": 6, "temperature": 1}
        assert changed.body["isEnabled"] is False
        same = await place.provider.update(changed, changed.body, [])
        assert same.body["isEnabled"] is False

    play(story)


def test_settings_that_a_server_merges_are_told_as_they_are() -> None:
    async def story(place: Place) -> None:
        made = await place.create("ModelConfig", {**CONFIG, "settings": {"maxTokens": 5, "temperature": 1}})
        changed = await place.provider.update(made, {**made.body, "settings": {}}, change("settings.maxTokens"))
        assert changed.body["settings"] == {"maxTokens": 5, "temperature": 1}

    play(story, Account=[{"settings": "merge"}])


def test_a_key_of_its_own_and_back_to_the_platforms() -> None:
    async def story(place: Place) -> None:
        key = await place.create("ProviderKey", KEY)
        made = await place.create("ModelConfig", {**CONFIG, "providerKeyId": key.id})
        assert made.body["providerKeyId"] == key.id
        back = await place.provider.update(made, {**made.body, "providerKeyId": "platform"}, change("providerKeyId"))
        assert (back.body["providerKeyId"], back.body["keyStatus"]) == ("platform", "platform")

    play(story)


@pytest.mark.parametrize(
    ("account", "spec", "error", "said", "hint"),
    [
        ({}, {"provider": "nobody"}, Rejected, "400: Invalid request body; provider: Input should be", ""),
        ({}, {"providerKeyId": "pk_none"}, Rejected, "400: Provider key not found", ""),
        ({}, {"settings": {"maxTokens": "x"}}, Rejected, "settings.maxTokens: Input should be a valid integer", ""),
        ({"byok": False}, {"providerKeyId": "pk_1"}, Rejected, "402: Keys of your own are not", "the account's plan"),
        ({"mayWrite": False}, {}, Unauthorized, "403: This API key may not write", "give the API key the permission"),
    ],
)
def test_refusals_say_what_and_where(
    account: dict[str, Any], spec: dict[str, Any], error: type[ProviderError], said: str, hint: str
) -> None:
    async def story(place: Place) -> None:
        with pytest.raises(error) as caught:
            await place.create("ModelConfig", {**CONFIG, **spec})
        assert said in caught.value.message
        assert hint in caught.value.hint

    play(story, Account=[account], ProviderKey=[{**KEY, "id": "pk_1"}])


def test_a_busy_server_is_waited_for_as_long_as_it_asks() -> None:
    async def story(place: Place) -> None:
        place.sandbox.faults.set({"fault": "429=Retry-After: 7", "times": 1})
        await place.create("ModelConfig", CONFIG)
        assert place.time.naps[0] >= 7
        assert len(table(place, "configs")) == 1

    play(story)


def test_what_is_asked_for_counts_and_not_when_the_hour_ends() -> None:
    """The rest of the hour stands on every answer; it would be too long to wait for."""

    async def story(place: Place) -> None:
        served = place.sandbox._served["runtype"]
        refused: list[str] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            if not refused:
                refused.append(scope["path"])
                headers = [
                    (b"content-type", b"application/json"),
                    (b"retry-after", b"9"),
                    (b"x-ratelimit-reset", b"3000"),
                ]
                await send({"type": "http.response.start", "status": 429, "headers": headers})
                await send({"type": "http.response.body", "body": b"{}"})
                return
            await served.app(scope, receive, send)

        place.sandbox._served["runtype"] = replace(served, app=app)
        await place.create("ModelConfig", CONFIG)
        assert [round(nap) for nap in place.time.naps] == [9]

    play(story)


def test_an_hours_limit_is_told() -> None:
    async def story(place: Place) -> None:
        for _ in range(3):
            await place.fetch("ModelConfig")
        with pytest.raises(RateLimited, match="Rate limit exceeded") as caught:
            await place.fetch("ModelConfig")
        assert caught.value.retry_after is not None
        assert caught.value.retry_after > 120

    play(story, Account=[{"requestsPerHour": 4}])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"data": [], "total": 3}, "shows 0 of 3 rows"),
        ({"data": {}}, "not a list of objects"),
        ([], "not a list of objects"),
        ({"data": [{"provider": "openai", "modelId": "x"}]}, "it has no 'id'"),
        ({"data": [{"id": 7, "provider": "openai", "modelId": "x"}]}, "not a ModelConfig"),
    ],
)
def test_a_list_that_is_not_what_was_promised(body: Any, said: str) -> None:
    async def story(place: Place) -> None:
        answering(place, CONFIGS, 200, body)
        with pytest.raises(Malformed, match=said):
            await place.fetch("ModelConfig")

    play(story)


def test_a_write_whose_answer_is_no_row_is_unknown() -> None:
    async def story(place: Place) -> None:
        answering(place, CONFIGS, 200, {"success": True}, works=True)
        with pytest.raises(Ambiguous, match="whether it was stored is unknown"):
            await place.create("ModelConfig", CONFIG)

    play(story)


def test_the_list_is_taken_as_whole_only_by_its_own_count() -> None:
    async def story(place: Place) -> None:
        row = {"id": "c", **CONFIG, "providerKeyId": None, "isEnabled": True, "settings": {}}
        answering(place, CONFIGS, 200, {"data": [row]})  # older generations do not count
        assert [live.id for live in await place.fetch("ModelConfig")] == ["c"]

    play(story)


def test_what_stands_for_a_key_that_became_a_connection() -> None:
    async def story(place: Place) -> None:
        config = kind("ModelConfig", "runtype")
        assert await place.provider.resolve_names(config, {"providerKeyId": "pk_old"}) == {"providerKeyId": "pk_old"}
        await place.fetch("ModelConfig")
        spec = {"providerKeyId": "pk_old", "isEnabled": True}
        assert await place.provider.resolve_names(config, spec) == {"providerKeyId": "con_1", "isEnabled": True}
        for same in ({"providerKeyId": {"ref": "ours"}}, {"providerKeyId": "other"}, {}):
            assert await place.provider.resolve_names(config, same) is same
        key = {"providerKeyId": "pk_old"}
        assert await place.provider.resolve_names(kind("ProviderKey", "runtype"), key) is key

    play(
        story,
        Account=[{"orgId": "org_1"}],
        ProviderKey=[{**KEY, "id": "con_1", "alias": "pk_old"}],
        ModelConfig=[{**CONFIG, "providerKeyId": "ours"}],
    )


def test_only_the_keys_of_an_account_are_asked_for_where_only_they_matter() -> None:
    async def story(place: Place) -> None:
        await place.fetch("ProviderKey")
        assert place.sent == [f"GET {KEYS}"]

    play(story)
