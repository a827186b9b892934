"""Runtype's default among the model configurations: one test for each trap of the API."""

from __future__ import annotations

import pytest

from reconciler.errors import Ambiguous, Conflict, Rejected
from reconciler.model import Live

from .runtype_account import CONFIG, CONFIGS, ORGANIZATION, change, play
from .sandboxes import Place, answering

FIRST = {"provider": "openai", "modelId": "gpt-4o-mini", "id": "cfg_first", "isDefault": True}
SECOND = {**CONFIG, "id": "cfg_second"}
OTHER = {"provider": "anthropic", "modelId": "claude-sonnet-4-6", "id": "cfg_other"}


async def _default(place: Place) -> Live:
    (live,) = await place.fetch("DefaultModelConfig")
    return live


async def _set(place: Place, config_id: str) -> Live:
    live = await _default(place)
    place.sent.clear()
    written: Live = await place.provider.update(live, {"modelConfigId": config_id}, change("modelConfigId"))
    return written


@pytest.mark.parametrize("dialect", ["C", "A"])
def test_it_is_the_configuration_that_bears_the_mark(dialect: str) -> None:
    async def story(place: Place) -> None:
        live = await _default(place)
        assert (live.id, live.identity, live.body) == ("default", (), {"modelConfigId": "cfg_first"})
        moved = await _set(place, "cfg_second")
        assert place.sent == [f"PATCH {CONFIGS}/cfg_second/default"]
        assert moved.body == {"modelConfigId": "cfg_second"} == (await _default(place)).body

    play(story, dialect, ModelConfig=[FIRST, SECOND])


def test_no_mark_at_all() -> None:
    async def story(place: Place) -> None:
        assert (await _default(place)).body == {"modelConfigId": None}
        assert (await _set(place, "cfg_second")).body == {"modelConfigId": "cfg_second"}

    play(story, ModelConfig=[SECOND])


def test_an_account_may_keep_one_for_each_provider() -> None:
    async def story(place: Place) -> None:
        assert (await _set(place, "cfg_other")).body == {"modelConfigId": "cfg_other"}
        assert (await _default(place)).body == {"modelConfigId": ["cfg_first", "cfg_other"]}
        await _set(place, "cfg_second")
        assert (await _default(place)).body == {"modelConfigId": ["cfg_other", "cfg_second"]}

    play(story, Account=[{"default": "provider"}], ModelConfig=[FIRST, SECOND, OTHER])


def test_a_configuration_that_is_not_there() -> None:
    async def story(place: Place) -> None:
        with pytest.raises(Rejected, match="404: Model configuration not found") as caught:
            await _set(place, "nowhere")
        assert "modelConfigId" in caught.value.hint

    play(story, ModelConfig=[FIRST])


def test_an_answer_that_does_not_show_the_mark_is_looked_after() -> None:
    async def story(place: Place) -> None:
        answer = {"success": True, "message": "set", "data": {**SECOND, "isDefault": False}}
        answering(place, "/default", 200, answer, works=True)
        assert (await _set(place, "cfg_second")).body == {"modelConfigId": "cfg_second"}
        assert place.sent[-1] == f"GET {CONFIGS}"

    play(story, ModelConfig=[FIRST, SECOND])


def test_an_answer_without_a_configuration_is_unknown() -> None:
    async def story(place: Place) -> None:
        answering(place, "/default", 200, {"success": True, "message": "set"}, works=True)
        with pytest.raises(Ambiguous):
            await _set(place, "cfg_second")

    play(story, ModelConfig=[FIRST, SECOND])


def test_nothing_makes_or_deletes_a_default() -> None:
    async def story(place: Place) -> None:
        with pytest.raises(Rejected, match="the API has no create for DefaultModelConfig"):
            await place.create("DefaultModelConfig", {"modelConfigId": "cfg_first"})
        with pytest.raises(Rejected, match="the API has no delete for DefaultModelConfig"):
            await place.provider.delete(await _default(place))

    play(story, ModelConfig=[FIRST])


def test_a_configuration_that_nobody_has_decided_is_no_default() -> None:
    async def story(place: Place) -> None:
        with pytest.raises(Conflict) as caught:
            await _set(place, "cfg_second")
        assert "declare its ModelConfig" in caught.value.hint

    undecided = {**SECOND, "configurationStatus": "needs_configuration"}
    play(story, Account=[ORGANIZATION], ModelConfig=[FIRST, undecided])
