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
    Rejected,
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
    made_by,
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


# --- a number is no name --------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["update", "delete"])
def test_a_number_that_another_model_got_is_left_alone(verb: str) -> None:
    """SQLite gives the number of the last model, once it is gone, to the next one."""

    async def story(place: Place) -> None:
        made = await create(place, "mine")
        await by_hand(place, "DELETE", "/models/by-id/mine")
        assert await made_by(place, "olga", "theirs", share_with_users=True) == made.body["id"]
        with pytest.raises(NotFound, match="the model 'mine' is gone from the number 1"):
            await (place.provider.delete(made) if verb == "delete" else update(place, made, temperature=1))
        assert place.sent == ["GET /models/by-id/1"]

    play(story)


@BOTH
@pytest.mark.parametrize("verb", ["update", "delete"])
@pytest.mark.parametrize("victim", [{"model_name": "2"}, {"model_name": "mine"}])
def test_a_model_whose_name_is_the_number_or_the_id_of_one_that_is_gone_is_left_alone(
    victim: Body, verb: str, dialect: str
) -> None:
    async def story(place: Place) -> None:
        mine = await create(place, "mine")
        assert mine.id == "2"
        await by_hand(place, "DELETE", "/models/by-id/mine")
        await by_hand(place, "PUT", "/models/by-id/victim", victim)
        with pytest.raises(NotFound):
            await (place.provider.delete(mine) if verb == "delete" else update(place, mine, temperature=1))
        assert await ids(place) == ["victim"]

    play(story, {"Model": [{"model_id": "victim", "model_name": "name"}]}, dialect)


@BOTH
@pytest.mark.parametrize(("fault", "left"), [("reset-after", ["victim"]), ("reset-before", ["mine", "victim"])])
def test_a_delete_whose_answer_is_lost_is_not_sent_again(fault: str, left: list[str], dialect: str) -> None:
    """The second one would delete the model whose `model_name` the first one's `model_id` is."""

    async def story(place: Place) -> None:
        mine = await create(place, "mine")
        await by_hand(place, "PUT", "/models/by-id/victim", {"model_name": "mine"})
        place.sandbox.faults.set({"fault": f"{fault}:DELETE /models/by-id/", "times": 1})
        with pytest.raises(Ambiguous):
            await place.provider.delete(mine)
        assert place.sent == ["GET /models/by-id/2", "DELETE /models/by-id/2"]
        place.sandbox.faults.clear()
        assert await ids(place) == left

    play(story, {"Model": [{"model_id": "victim", "model_name": "name"}]}, dialect)


@pytest.mark.parametrize("verb", ["create", "update"])
def test_a_write_that_the_server_failed_at_is_not_sent_again(verb: str) -> None:
    async def story(place: Place) -> None:
        mine = await create(place, "mine")
        place.sandbox.faults.set("500:POST /models/register", "500:PUT /models/by-id/")
        with pytest.raises(Ambiguous, match="whether it was stored is unknown"):
            await (create(place, "new") if verb == "create" else update(place, mine, temperature=1))
        assert [line for line in place.sent if not line.startswith("GET")] == [
            {"create": "POST /models/register", "update": "PUT /models/by-id/1"}[verb]
        ]

    play(story)


def test_another_accounts_model_is_not_changed() -> None:
    async def story(place: Place) -> None:
        mine = await create(place, "mine")
        await by_hand(place, "DELETE", "/models/by-id/mine")
        await made_by(place, "olga", "mine", share_with_users=True)
        with pytest.raises(ProviderError, match="No permission to edit this model"):
            await update(place, mine, temperature=1)

    play(story)


# --- keys -----------------------------------------------------------------------------------------


def test_a_key_is_sent_when_it_changed_and_is_in_no_answer() -> None:
    async def story(place: Place) -> None:
        heard = overheard(place)
        made = await place.create("Model", {**MODEL, "model_id": "m", "api_key": "key-canary"})
        assert heard.pop()[1]["api_key"] == "key-canary"
        assert "api_key" not in made.body
        with_key = Live(made.kind, made.id, made.identity, {**made.body, "api_key": "key-canary"})
        await update(place, with_key, temperature=1)
        assert heard.pop() == ("PUT", {"temperature": 1})
        await update(place, made, api_key="new-canary")
        assert heard.pop() == ("PUT", {"api_key": "new-canary"})

    play(story)


@pytest.mark.parametrize(
    ("first", "changed", "sent"),
    [
        (
            {**BEDROCK, "bedrock_auth_mode": "credentials_chain"},
            {"bedrock_auth_mode": "api_key"},
            {"bedrock_auth_mode": "api_key", "api_key": "k"},
        ),
        ({}, BEDROCK, {**BEDROCK, "api_key": "k"}),
        ({**BEDROCK, "api_key": "k"}, {"bedrock_region": "us-east-1"}, {"bedrock_region": "us-east-1"}),
        (
            {**BEDROCK, "api_key": "k"},
            {"model_provider": "openai", "bedrock_region": None},
            {"model_provider": "openai", "bedrock_region": None},
        ),
    ],
)
def test_a_key_goes_along_where_the_server_asks_for_it_again(first: Body, changed: Body, sent: Body) -> None:
    async def story(place: Place) -> None:
        made = await create(place, "m", **first)
        declared = Live(made.kind, made.id, made.identity, {**made.body, "api_key": "k"})
        heard = overheard(place)
        held = await update(place, declared, **changed)
        assert heard == [("PUT", sent)]
        assert {name: held.body[name] for name in changed} == changed

    play(story)


def test_no_body_is_in_a_message() -> None:
    """A 422 about a missing field holds the whole body, key included."""

    async def story(place: Place) -> str:
        with pytest.raises(Rejected) as caught:
            await place.create("Model", {"model_id": "m", "model_provider": "openai", "api_key": "key-canary"})
        return f"{caught.value.message} {caught.value.hint} {caught.value!r}"

    said = play(story)
    assert "HTTP 422: body.model_name: Field required" in said
    assert "canary" not in said


# --- what is shared -------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("changes", "sent"),
    [
        (
            {"abilities": ["chat"], "temperature": 1},
            [{"share_with_users": False}, {"abilities": ["chat"], "temperature": 1}, {"share_with_users": True}],
        ),
        (
            {"category": "embedding", "abilities": ["embedding"]},
            [
                {"share_with_users": False},
                {"category": "embedding", "abilities": ["embedding"]},
                {"share_with_users": True},
            ],
        ),
        (
            {"abilities": ["chat"], "share_with_users": False},
            [{"share_with_users": False}, {"abilities": ["chat"]}],
        ),
        ({"abilities": None}, [{"abilities": None}]),
        ({"abilities": ["vision", "chat"]}, [{"abilities": ["vision", "chat"]}]),
        ({"temperature": 1}, [{"temperature": 1}]),
        ({"share_with_users": False}, [{"share_with_users": False}]),
    ],
)
def test_a_shared_model_is_unshared_for_what_it_would_not_take(changes: Body, sent: list[Body], dialect: str) -> None:
    async def story(place: Place) -> None:
        made = await create(place, "m", **CHAT, share_with_users=True)
        heard = overheard(place)
        held = await update(place, made, **changes)
        assert [body for _, body in heard] == sent
        assert {name: held.body[name] for name in changes} == changes
        assert held.body["is_shared"] is changes.get("share_with_users", True)

    play(story, dialect=dialect)


def test_what_becomes_shared_is_changed_and_shared_in_one_write() -> None:
    async def story(place: Place) -> None:
        made = await create(place, "m", **CHAT)
        heard = overheard(place)
        assert (await update(place, made, abilities=["chat"], share_with_users=True)).body["is_shared"] is True
        assert len(heard) == 1

    play(story)


@pytest.mark.parametrize(
    ("number", "error", "said", "shared"),
    [
        (1, Rejected, "not now", True),
        (2, Incomplete, "not now; it was un-shared, and is not shared again", False),
        (3, Incomplete, "not now; it was un-shared, and is not shared again", False),
    ],
)
def test_a_cycle_that_is_cut_says_where(number: int, error: type[ProviderError], said: str, shared: bool) -> None:
    async def story(place: Place) -> None:
        made = await create(place, "m", **CHAT, share_with_users=True)
        on_write(place, number, refused)
        with pytest.raises(error, match=said) as caught:
            await update(place, made, abilities=["chat"])
        (live,) = await place.fetch("Model")
        assert live.body["is_shared"] is shared
        if isinstance(caught.value, Incomplete):
            assert caught.value.live == live

    play(story)


def test_a_model_that_is_the_accounts_default_is_not_unshared() -> None:
    async def story(place: Place) -> None:
        made = await create(place, "m", **CHAT, share_with_users=True)
        await by_hand(place, "POST", "/models/user-default", {"config_type": "general", "model_id": made.body["id"]})
        with pytest.raises(Conflict, match="Cannot un-share: you have this model as your default"):
            await update(place, made, abilities=["chat"])
        with pytest.raises(Conflict, match="Cannot delete: you have this model as your default"):
            await place.provider.delete(made)
        assert (await place.fetch("Model"))[0].body["is_shared"] is True

    play(story)


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
