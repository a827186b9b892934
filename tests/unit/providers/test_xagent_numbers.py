"""Writes to Xagent go to the number of a model, and never to another one that got it, or whose name it is."""

from __future__ import annotations

import pytest

from reconciler.errors import (
    Ambiguous,
    NotFound,
    ProviderError,
)
from reconciler.model import Body

from .sandboxes import Place
from .xagent_place import (
    BOTH,
    by_hand,
    create,
    ids,
    made_by,
    play,
    update,
)


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
