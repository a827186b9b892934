"""Runtype's provider keys: one test for each trap of the API."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.errors import Conflict, Incomplete, NotFound, Rejected

from .runtype_account import CONFIG, KEY, KEYS, ORGANIZATION, change, play, table
from .sandboxes import Place, answering

GENERATIONS = pytest.mark.parametrize("dialect", ["C", "A"])


@GENERATIONS
def test_the_life_of_a_key(dialect: str) -> None:
    async def story(place: Place) -> None:
        made = await place.create("ProviderKey", {**KEY, "settings": {"region": "eu", "zone": None}})
        assert place.sent == [f"POST {KEYS}"]
        assert (made.id, made.identity, made.unseen) == (made.body["id"], ("openai", "ours"), frozenset())
        assert (made.body["settings"], made.body["isActive"]) == ({"region": "eu"}, True)
        assert "apiKey" not in made.body
        assert [live.id for live in await place.fetch("ProviderKey")] == [made.id]

        place.sent.clear()
        body = {**made.body, "apiKey": "sk-new-87654321", "isActive": False}
        changed = await place.provider.update(made, body, change("apiKey", "isActive"))
        assert place.sent == [f"PATCH {KEYS}/{made.id}"]
        assert (changed.body["keyPreview"], changed.body["isActive"]) == ("sk-...4321", False)
        assert table(place, "keys")[0]["apiKey"] == "sk-new-87654321"

        await place.provider.delete(changed)
        assert await place.fetch("ProviderKey") == []
        for verb in (place.provider.delete(changed), place.provider.update(changed, body, change("isActive"))):
            with pytest.raises(NotFound):
                await verb

    play(story, dialect)


@pytest.mark.parametrize(
    ("account", "spec", "later"),
    [
        ({}, {"isActive": False}, ["isActive"]),
        ({}, {"isDefault": True}, []),
        ({}, {"isDefault": False}, []),
        (ORGANIZATION, {"isDefault": True}, []),
        # of these an organization heeds it only later
        (ORGANIZATION, {"isDefault": True, "provider": "bedrock"}, ["isDefault"]),
        (ORGANIZATION, {"isDefault": True, "provider": "bedrock", "isActive": True}, ["isDefault"]),
    ],
)
def test_what_a_create_does_not_do_is_done_by_one_more_write(
    account: dict[str, Any], spec: dict[str, Any], later: list[str]
) -> None:
    async def story(place: Place) -> None:
        made = await place.create("ProviderKey", {**KEY, **spec})
        assert place.sent == [f"POST {KEYS}", *(f"PATCH {KEYS}/{made.id}" for _ in later[:1])]
        assert {name: made.body[name] for name in spec} == spec

    play(story, Account=[account])


def test_what_is_left_out_of_a_manifest_selects_nothing() -> None:
    async def story(place: Place) -> None:
        await place.create("ProviderKey", KEY)
        assert table(place, "policies") == []

    play(story, Account=[ORGANIZATION])


def test_a_key_that_cannot_be_finished_keeps_its_id() -> None:
    async def story(place: Place) -> None:
        place.sandbox.faults.set(f"500:PATCH {KEYS}")
        with pytest.raises(Incomplete, match="it was created, but for isActive") as caught:
            await place.create("ProviderKey", {**KEY, "isActive": False})
        assert [row["id"] for row in table(place, "keys")] == [caught.value.live.id]

    play(story)


def test_names_need_not_differ_so_a_second_key_is_a_second_key() -> None:
    async def story(place: Place) -> None:
        first, second = [await place.create("ProviderKey", KEY) for _ in range(2)]
        assert first.identity == second.identity
        assert first.id != second.id

    play(story)


def test_keys_of_ones_own_need_a_plan_that_has_them() -> None:
    async def story(place: Place) -> None:
        with pytest.raises(Rejected, match="402: Keys of your own are not part of this plan") as caught:
            await place.create("ProviderKey", KEY)
        assert caught.value.hint == "the account's plan does not include this"

    play(story, Account=[{"byok": False}])


def test_a_key_that_the_organization_uses_stays() -> None:
    async def story(place: Place) -> None:
        made = await place.create("ProviderKey", {**KEY, "isDefault": True})
        with pytest.raises(Rejected, match="422: The organization uses this connection"):
            await place.provider.delete(made)
        assert len(table(place, "keys")) == 1

    play(story, Account=[ORGANIZATION])


def test_deleting_the_key_of_an_endpoint_takes_its_configurations_along() -> None:
    async def story(place: Place) -> None:
        endpoint = {**KEY, "provider": "generic-openai"}
        key = await place.create("ProviderKey", endpoint)
        of_it = {"provider": "generic-openai", "modelId": "llama", "providerKeyId": key.id}
        config = await place.create("ModelConfig", of_it)
        await place.provider.delete(key)
        with pytest.raises(NotFound):
            await place.provider.delete(config)

    play(story, ModelConfig=[CONFIG])


def test_an_answer_that_is_no_key_is_told() -> None:
    async def story(place: Place) -> None:
        answering(place, KEYS, 409, "no JSON object")
        with pytest.raises(Conflict, match="409"):
            await place.create("ProviderKey", KEY)

    play(story)
