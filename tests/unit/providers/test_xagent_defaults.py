"""Defaults of Xagent: one of each type for an account, set by the number of a model."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import schema
from reconciler.errors import Ambiguous, Malformed, NotFound, ProviderError, Rejected
from reconciler.model import Body, Change, Live
from reconciler.providers.xagent.config_types import GENERATING, NEEDS, misfit
from reconciler.sandbox.xagent import defaults, model_rows

from .sandboxes import Place, answering, kind
from .xagent_place import BOTH, by_hand, create, made_by, overheard, play

KIND = kind("DefaultModel", "xagent")
UNSET: Body = {"model_id": None}


async def _read(place: Place, config_type: str = "general") -> Live:
    (live,) = await place.fetch("DefaultModel", {(config_type,): frozenset({"model_id"})})
    place.sandbox.requests.clear()
    return live


async def _set(place: Place, number: int | None, config_type: str = "general") -> Live:
    """Set or unset a default by the provider."""
    live = await _read(place, config_type)
    body = {"config_type": config_type, "model_id": number}
    held: Live = await place.provider.update(live, body, [Change("model_id", live.body["model_id"], number)])
    return held


def test_the_table_of_types_is_the_schemas_and_the_servers() -> None:
    field = schema.field_at(KIND.root, ("config_type",))
    assert field is not None
    assert list(NEEDS) == KIND.schema["properties"]["config_type"]["enum"] == list(defaults.TYPES)
    assert {name: (need.category, frozenset(need.abilities)) for name, need in NEEDS.items()} == defaults.TYPES
    assert GENERATING == model_rows.GENERATING


@pytest.mark.parametrize(
    ("config_type", "category", "abilities", "said"),
    [
        ("general", "llm", (), None),
        ("visual", "llm", ("chat", "vision"), None),
        (
            "visual",
            "llm",
            ("chat",),
            "`visual` takes a model with vision among its abilities, and this one lacks vision",
        ),
        (
            "speech",
            "speech",
            ("asr",),
            "`speech` takes a model with asr and tts among its abilities, and this one lacks tts",
        ),
        ("image_edit", "llm", ("edit",), "`image_edit` takes a model of the category image, and this one is of llm"),
    ],
)
def test_what_does_not_fit(config_type: str, category: str, abilities: tuple[str, ...], said: str | None) -> None:
    assert (misfit(config_type, category, abilities) or "").startswith(said or "")
    assert (misfit(config_type, category, abilities) is None) is (said is None)


@BOTH
def test_the_life_of_a_default(dialect: str) -> None:
    async def story(place: Place) -> None:
        first, second = [(await create(place, name)).body["id"] for name in ("a", "b")]
        assert (await _read(place)).body == {"config_type": "general", "model_id": None}
        heard = overheard(place)
        held = await _set(place, first)
        assert place.sent == [f"GET /models/by-id/{first}", "POST /models/user-default"]
        assert heard == [("POST", {"config_type": "general", "model_id": first})]
        assert (held.id, held.identity, held.body["model_id"]) == ("general", ("general",), first)
        assert await _read(place) == held
        assert (await _set(place, second)).body["model_id"] == second
        place.sent.clear()
        assert (await _set(place, None)).body == {"config_type": "general", "model_id": None}
        assert place.sent == ["DELETE /models/user-default/general"]
        assert (await _set(place, None)).body["model_id"] is None  # gone already is what we want
        made = await place.create("DefaultModel", {"config_type": "compact", "model_id": first})
        assert made.body["model_id"] == first
        await place.provider.delete(made)
        with pytest.raises(NotFound):
            await place.provider.delete(made)

    play(story, dialect=dialect)


def test_only_types_that_are_wanted_are_read_and_each_by_itself() -> None:
    """The list leaves four types out, and adds the defaults of other administrators."""

    async def story(place: Place) -> None:
        theirs = await made_by(place, "olga", "theirs", share_with_users=True)
        film = (await create(place, "film", category="video")).body["id"]
        await by_hand(place, "POST", "/models/user-default", {"config_type": "general", "model_id": theirs}, "olga")
        await by_hand(place, "POST", "/models/user-default", {"config_type": "video", "model_id": film})
        found = await place.fetch("DefaultModel", {("video",): frozenset(), ("general",): frozenset()})
        assert sorted(place.sent) == ["GET /models/user-default/general", "GET /models/user-default/video"]
        assert {live.id: live.body["model_id"] for live in found} == {"general": None, "video": film}
        assert [live.id for live in await place.fetch("DefaultModel")] == list(NEEDS)
        assert len(place.sent) == 14

    play(story)


def test_a_model_that_is_shared_by_others_can_be_the_default() -> None:
    async def story(place: Place) -> None:
        theirs = await made_by(place, "olga", "theirs", share_with_users=True)
        assert (await _set(place, theirs)).body["model_id"] == theirs

    play(story)


def test_a_number_that_means_another_model_by_now_is_not_set() -> None:
    """SQLite gives the number of the last model, once it is gone, to the next one."""

    async def story(place: Place) -> None:
        mine = await create(place, "mine")
        await place.fetch("Model")
        await by_hand(place, "DELETE", "/models/by-id/mine")
        assert await made_by(place, "admin", "another") == mine.body["id"]
        with pytest.raises(Rejected, match="the model of the number 1 is gone"):
            await _set(place, 1)
        assert place.sent == ["GET /models/by-id/1"]

    play(story)


@pytest.mark.parametrize("seed", [{"model_id": "a", "model_name": "9"}, {"model_id": "b", "owner": "paul"}])
def test_a_number_that_is_no_model_to_us_is_not_set(seed: Body) -> None:
    async def story(place: Place) -> None:
        number = 9 if "model_name" in seed else 1
        with pytest.raises(Rejected, match=f"the model of the number {number} is gone"):
            await _set(place, number)
        assert place.sent == [f"GET /models/by-id/{number}"]

    play(story, {"Model": [seed]})


@BOTH
@pytest.mark.parametrize(
    ("config_type", "fields", "said"),
    [
        (
            "visual",
            {"abilities": ["chat"]},
            "`visual` takes a model with vision among its abilities, and this one lacks vision",
        ),
        ("embedding", {}, "`embedding` takes a model of the category embedding, and this one is of llm"),
        (
            "speech",
            {"category": "speech", "abilities": ["tts"]},
            "with asr and tts among its abilities, and this one lacks asr",
        ),
        ("visual", {"abilities": None}, "lacks vision"),
    ],
)
def test_a_default_that_does_not_fit_is_told_as_what_it_is(
    config_type: str, fields: Body, said: str, dialect: str
) -> None:
    """The server calls each of them a wrong category."""

    async def story(place: Place) -> None:
        number = (await create(place, "m", **fields)).body["id"]
        with pytest.raises(Rejected, match="the model 'm' cannot be this default: ") as caught:
            await _set(place, number, config_type)
        assert said in caught.value.message

    play(story, dialect=dialect)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"detail": "something else"}, "something else"),
        ({"detail": "is incompatible with model category"}, "incompatible"),
    ],
)
def test_another_refusal_is_told_as_it_is(body: Body, said: str) -> None:
    async def story(place: Place) -> None:
        number = (await create(place, "m")).body["id"]
        answering(place, "/user-default", 400, body)
        with pytest.raises(Rejected, match=said):
            await _set(place, number)

    play(story)


def test_the_default_of_an_inactive_model_reads_as_unset() -> None:
    """As on real servers: what was set is told as diverged then."""

    async def story(place: Place) -> None:
        (model,) = await place.fetch("Model")
        assert (await _set(place, model.body["id"])).body["model_id"] == model.body["id"]
        assert (await _read(place)).body["model_id"] is None

    play(story, {"Model": [{"model_id": "asleep", "is_active": False}]})


@pytest.mark.parametrize("fault", ["reset-before", "reset-after", "500"])
def test_a_write_whose_answer_is_lost_is_not_sent_again(fault: str) -> None:
    async def story(place: Place) -> None:
        number = (await create(place, "m")).body["id"]
        place.sandbox.faults.set(f"{fault}:/models/user-default$")
        with pytest.raises(Ambiguous):
            await _set(place, number)
        assert place.sent.count("POST /models/user-default") == 1

    play(story)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, [], Malformed),
        (200, {"config_type": "general"}, Malformed),
        (200, {"model_id": 1}, Malformed),
        (500, None, ProviderError),
    ],
)
def test_an_answer_that_is_none_is_unknown_and_not_unset(status: int, body: Any, error: type[ProviderError]) -> None:
    async def story(place: Place) -> None:
        answering(place, "/user-default/general", status, body)
        with pytest.raises(error):
            await _read(place)

    play(story)
