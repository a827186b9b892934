"""Models of Xagent: each write goes where it is meant, says what it must, and is told as what it was."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.errors import (
    Ambiguous,
    Conflict,
    Incomplete,
    Malformed,
    NotFound,
    ProviderError,
    Unavailable,
)
from reconciler.model import Body, Live

from .sandboxes import App, Place, answering, instead
from .xagent_place import (
    BOTH,
    MODEL,
    by_hand,
    create,
    ids,
    on_write,
    overheard,
    play,
    refused,
    update,
)

CHAT = {"abilities": ["chat", "vision"]}
BEDROCK: Body = {"model_provider": "bedrock", "bedrock_region": "eu-central-1"}
WEIRD = ["team/a b%2Fc?d#é", ".", "..", "a/../b", "summary", "user-default", "7b", "x" * 100]


@BOTH
def test_the_life_of_a_model(dialect: str) -> None:
    async def story(place: Place) -> None:
        heard = overheard(place)
        body = {**MODEL, "model_id": "m", "temperature": 0.5, **CHAT, "description": " d "}
        made = await place.create("Model", body)
        assert heard == [("POST", body)]
        assert place.sent == ["POST /models/register"]
        assert (made.id, made.identity) == ("1", ("m",))
        assert {name: made.body[name] for name in body} == body
        assert made.body["share_with_users"] is made.body["is_shared"] is False
        assert await place.fetch("Model") == [made]
        place.sent.clear()

        place.time.now += 60
        updated = await update(place, made, temperature=None, model_name="gpt-5")
        assert place.sent == ["GET /models/by-id/1", "PUT /models/by-id/1"]
        assert heard[-1] == ("PUT", {"temperature": None, "model_name": "gpt-5"})
        assert (updated.body["temperature"], updated.body["model_name"]) == (None, "gpt-5")
        assert updated.body["description"] == " d "
        assert updated.version != made.version

        await place.provider.delete(updated)
        assert place.sent == ["GET /models/by-id/1", "DELETE /models/by-id/1"]
        with pytest.raises(NotFound, match="here: the model 'm' is gone from the number 1"):
            await place.provider.delete(updated)
        with pytest.raises(NotFound, match="is gone"):
            await update(place, updated, temperature=1)
        assert place.sent == ["GET /models/by-id/1"] * 2
        assert await place.fetch("Model") == []

    play(story, dialect=dialect)


@pytest.mark.parametrize("model_id", WEIRD)
def test_any_id_is_found_changed_and_deleted(model_id: str) -> None:
    async def story(place: Place) -> None:
        made = await create(place, model_id)
        assert (await place.fetch("Model"))[0].identity == (model_id,)
        assert (await update(place, made, temperature=1)).body["temperature"] == 1
        with pytest.raises(Conflict, match="exists already, for this account"):
            await place.create("Model", {**MODEL, "model_id": model_id})
        await place.provider.delete(made)
        assert await ids(place) == []

    play(story)


# --- whose models they are ------------------------------------------------------------------------


def test_only_models_of_the_account_are_ours_inactive_ones_too() -> None:
    seeds = {
        "Model": [
            {"model_id": "mine"},
            {"model_id": "asleep", "is_active": False},
            {"model_id": "shared-by-olga", "owner": "olga", "share_with_users": True},
            {"model_id": "of-paul", "owner": "paul"},
        ]
    }

    async def story(place: Place) -> None:
        assert await ids(place) == ["asleep", "mine"]
        assert place.sent == ["GET /models/", "GET /models/"]
        (asleep,) = [live for live in await place.fetch("Model") if live.identity == ("asleep",)]
        assert (await update(place, asleep, temperature=1)).body["is_active"] is False

    play(story, seeds)


# --- creating -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "second"),
    [
        ({"base_url": None}, {"base_url": None}),
        ({"base_url": None, "model_provider": "openai-compatible"}, None),
        ({"category": "video", "abilities": None}, {"abilities": None}),
        ({"category": "image", "abilities": ["edit", "generate"], "temperature": 1}, {"temperature": 1}),
        (
            {
                "category": "rerank",
                "model_provider": "dashscope",
                "model_name": "qwen3-rerank",
                "base_url": "https://mine.example.com/v1",
            },
            {"base_url": "https://mine.example.com/v1"},
        ),
        ({"temperature": 1, "context_window": 1000, **CHAT, "share_with_users": True}, None),
        ({**BEDROCK, "api_key": "k"}, None),
        ({**BEDROCK, "bedrock_auth_mode": "credentials_chain"}, None),
    ],
)
def test_what_a_create_does_not_store_a_second_write_sets(fields: Body, second: Body | None) -> None:
    async def story(place: Place) -> None:
        heard = overheard(place)
        body = {**MODEL, "model_id": "m", **fields}
        made = await place.create("Model", body)
        assert heard == [("POST", body), *([("PUT", second)] if second is not None else [])]
        assert {name: made.body[name] for name in fields if name != "api_key"} == {
            name: value for name, value in fields.items() if name != "api_key"
        }

    play(story)


def test_a_second_write_that_fails_leaves_a_model_that_is_not_finished() -> None:
    async def story(place: Place) -> Live:
        on_write(place, 1, refused)
        with pytest.raises(Incomplete, match="not now; the model itself was stored") as caught:
            await place.create("Model", {**MODEL, "model_id": "m", "base_url": None})
        return caught.value.live

    assert play(story).id == "1"


@pytest.mark.parametrize(
    ("changed", "category", "abilities", "chosen"),
    [
        (False, "llm", ["chat"], {"base_url"}),
        (False, "video", ["generate"], {"base_url", "abilities"}),
        (False, "image", ["generate"], {"base_url"}),
        (True, "video", ["generate"], set()),
    ],
)
def test_what_the_server_may_have_chosen_itself(
    changed: bool, category: str, abilities: list[str], chosen: set[str]
) -> None:
    async def story(place: Place) -> frozenset[str]:
        made = await create(place, "m", category=category, abilities=abilities)
        live = await update(place, made, description="changed") if changed else made
        return live.defaulted

    assert play(story) == chosen


@BOTH
@pytest.mark.parametrize(
    ("seed", "said"),
    [
        ({"model_id": "new"}, "exists already, for this account"),
        ({"model_id": "new", "owner": "olga", "share_with_users": True}, "is held by another account"),
        ({"model_id": "old", "model_name": "new"}, "is the `model_name` of the model 'old'"),
        ({"model_id": "new", "owner": "paul"}, "is held by a model that this account does not see"),
        ({"model_id": "old", "model_name": "new", "owner": "paul"}, "is held by a model that this account does not"),
    ],
)
def test_a_create_never_overwrites_and_says_what_stands_in_the_way(seed: Body, said: str, dialect: str) -> None:
    async def story(place: Place) -> None:
        before = await by_hand(place, "GET", "/models/?limit=1000")
        with pytest.raises(Conflict, match=f"the model_id 'new' {said}"):
            await place.create("Model", {**MODEL, "model_id": "new", "temperature": 2})
        assert place.sent == ["POST /models/register", "GET /models/by-id/new"]
        assert await by_hand(place, "GET", "/models/?limit=1000") == before

    play(story, {"Model": [seed]}, dialect)


def test_a_model_that_nobody_owns_any_more_stands_in_the_way() -> None:
    async def story(place: Place) -> None:
        await by_hand(place, "DELETE", "/admin/users/3")
        with pytest.raises(Conflict, match="does not see") as caught:
            await create(place, "orphan")
        assert "administrator of the server" in caught.value.hint

    play(story, {"Model": [{"model_id": "orphan", "owner": "paul"}]})


def test_the_refusal_counts_where_nobody_can_say_why() -> None:
    async def story(place: Place) -> None:
        answering(place, "/by-id/m", 403, {"detail": "no"})
        with pytest.raises(Conflict, match="the model_id 'm' is taken"):
            await create(place, "m")

    play(story, {"Model": [{"model_id": "m"}]})


# --- answers that are none ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, {"detail": "x"}, Malformed),
        (200, [{"id": 1}], Malformed),
        (200, [{"model_id": "a"}], Malformed),
        (200, ["a"], Malformed),
        (200, None, Malformed),
        (503, {"detail": "x"}, Unavailable),
    ],
)
def test_a_list_that_is_none_is_unknown_and_not_empty(status: int, body: Any, error: type[ProviderError]) -> None:
    async def story(place: Place) -> None:
        answering(place, "/models/", status, body)
        with pytest.raises(error):
            await place.fetch("Model")

    play(story)


def test_a_web_page_is_no_list() -> None:
    async def story(place: Place) -> None:
        def wrap(_: App) -> App:
            async def app(scope: Any, receive: Any, send: Any) -> None:
                await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
                await send({"type": "http.response.body", "body": b"<html>"})

            return app

        instead(place, wrap)
        with pytest.raises(Malformed, match="text/html, not JSON"):
            await place.fetch("Model")

    play(story)


def test_an_answer_to_a_write_that_says_nothing_is_looked_up() -> None:
    async def story(place: Place) -> None:
        answering(place, "/models/register", 200, {"message": "ok"}, works=True)
        made = await place.create("Model", {**MODEL, "model_id": "m"})
        assert made.identity == ("m",)
        answering(place, "/models/register", 200, {"message": "ok"})
        with pytest.raises(Ambiguous, match="whether it was stored is unknown"):
            await place.create("Model", {**MODEL, "model_id": "n"})

    play(story)
