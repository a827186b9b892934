"""Updates of Xagent's models: what must go along, and what a shared model takes in steps."""

from __future__ import annotations

import pytest

from reconciler.errors import (
    Conflict,
    Incomplete,
    ProviderError,
    Rejected,
)
from reconciler.model import Body, Live

from .sandboxes import Place
from .xagent_place import (
    BOTH,
    MODEL,
    by_hand,
    create,
    on_write,
    overheard,
    play,
    refused,
    update,
)

CHAT = {"abilities": ["chat", "vision"]}
BEDROCK: Body = {"model_provider": "bedrock", "bedrock_region": "eu-central-1"}

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
