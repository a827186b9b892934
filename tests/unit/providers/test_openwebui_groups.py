from __future__ import annotations

from typing import Any

import pytest

from reconciler.errors import (
    Ambiguous,
    Incomplete,
    NotFound,
    ProviderError,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
)
from reconciler.model import Body, Change, Live

from .sandboxes import Place, answering, play

USERS = [{"name": name, "email": f"{name}@example.com"} for name in ("ann", "bob", "cem")]
EVERYWHERE = pytest.mark.parametrize(
    "fields", [{}, {"dialect": "0.11.4"}, {"prefix": "/api"}], ids=["0.12.4", "0.11.4", "published page"]
)


def _emails(*names: str) -> list[str]:
    return [f"{name}@example.com" for name in names]


def _change(path: str) -> Change:
    return Change(path, None, None)


def _config(live: Live) -> Body:
    return {key: value for key, value in live.body["data"]["config"].items() if value is not None}


@EVERYWHERE
def test_the_life_of_a_group(fields: dict[str, Any]) -> None:
    async def story(place: Place) -> None:
        made = await place.create(
            "Group",
            {
                "name": "devs",
                "permissions": {"chat": {"delete": False}},
                "data": {"config": {"share": True, "default_models": ["a"]}},
            },
        )
        assert place.sent == ["POST /groups/create"]
        assert made.identity == ("devs",)
        assert made.id == made.body["id"] != "devs"
        assert "members" not in made.body
        assert [live.id for live in await place.fetch("Group")] == [made.id]

        body = {**made.body, "description": "They build", "permissions": None, "data": {"config": {"share": True}}}
        place.sent.clear()
        updated = await place.provider.update(made, body, [_change("description"), _change("permissions")])
        assert place.sent == [f"POST /groups/id/{made.id}/update"]
        assert (updated.body["description"], updated.body["permissions"]) == ("They build", {})
        assert _config(updated) == {"share": True}  # the server merges; null is as near to gone as it comes

        await place.provider.delete(updated)
        assert await place.fetch("Group") == []
        with pytest.raises(NotFound):
            await place.provider.update(updated, body, [])

    play(story, **fields)


@pytest.mark.parametrize(("dialect", "gone"), [("0.12.4", True), ("0.11.4", False)])
def test_deleting_twice(dialect: str, gone: bool) -> None:
    async def story(place: Place) -> bool:
        made = await place.create("Group", {"name": "devs"})
        await place.provider.delete(made)
        try:
            await place.provider.delete(made)
        except NotFound:
            return True
        return False  # 0.11.4 says true

    assert play(story, dialect=dialect) is gone


@EVERYWHERE
def test_members_are_steps_of_their_own(fields: dict[str, Any]) -> None:
    async def story(place: Place) -> None:
        made = await place.create("Group", {"name": "devs", "members": _emails("bob", "ann")})
        group = f"/groups/id/{made.id}"
        assert made.body["members"] == _emails("ann", "bob")
        assert place.sent == ["POST /groups/create", "GET /users/all", f"POST {group}/users/add", f"POST {group}/users"]

        changed = {**made.body, "members": ["Cem@Example.com", "ann@example.com"]}
        updated = await place.provider.update(made, changed, [_change("members")])
        assert updated.body["members"] == _emails("ann", "cem")
        assert place.sent == [
            f"POST {group}/users",
            f"POST {group}/users/add",
            f"POST {group}/users/remove",
            f"POST {group}/users",
        ]

        renamed = await place.provider.update(updated, {**updated.body, "description": "x"}, [_change("description")])
        assert (renamed.body["members"], renamed.body["description"]) == (_emails("ann", "cem"), "x")
        assert place.sent == [f"POST {group}/update"]

        same = await place.provider.update(renamed, renamed.body, [])
        assert same.body["members"] == _emails("ann", "cem")
        assert place.sent == [f"POST {group}/update", f"POST {group}/users"]
        emptied = await place.provider.update(same, {**same.body, "members": []}, [_change("members")])
        assert emptied.body["members"] == []

    play(story, {"User": USERS}, **fields)


def test_members_are_read_only_where_they_are_wanted() -> None:
    async def story(place: Place) -> None:
        first, second = sorted(await place.fetch("Group"), key=lambda live: live.identity)
        assert (first.body["members"], second.body["members"]) == (_emails("ann"), [])
        place.sent.clear()
        wanted = {("devs",): frozenset({"name", "members"}), ("ops",): frozenset({"name"})}
        lives = {live.identity: live.body.get("members") for live in await place.fetch("Group", wanted)}
        assert lives == {("devs",): _emails("ann"), ("ops",): None}
        assert place.sent == ["GET /groups/", f"POST /groups/id/{first.id}/users"]

    play(story, {"User": USERS, "Group": [{"name": "devs", "members": _emails("ann")}, {"name": "ops"}]})


@pytest.mark.parametrize("fault", ["500:/users/add", "reset-after:/users/add"])
def test_a_group_whose_members_cannot_be_set_keeps_its_id(fault: str) -> None:
    async def story(place: Place) -> None:
        place.sandbox.faults.set(fault)
        with pytest.raises(Incomplete, match="the group itself was stored") as caught:
            await place.create("Group", {"name": "devs", "members": _emails("ann")})
        place.sandbox.faults.clear()
        assert [live.id for live in await place.fetch("Group")] == [caught.value.live.id]

    play(story, {"User": USERS})


def test_a_member_nobody_knows_leaves_the_group_unfinished() -> None:
    async def story(place: Place) -> None:
        with pytest.raises(Incomplete, match=r"here has no user with the id or e-mail 'eve@example.com'"):
            await place.create("Group", {"name": "devs", "members": ["eve@example.com"]})

    play(story, {"User": USERS})


@pytest.mark.parametrize("verb", ["update", "delete"])
@pytest.mark.parametrize(
    ("look", "error"),
    [
        (200, Unauthorized),
        (401, NotFound),
        (404, NotFound),
        (403, Unauthorized),
        (429, RateLimited),
        (503, Unavailable),
    ],
)
def test_a_group_is_gone_only_where_looking_says_so(verb: str, look: int, error: type[ProviderError]) -> None:
    """A write answered 401 says gone or forbidden; a look that fails says neither, and a group counts as there."""

    async def story(place: Place) -> None:
        (live,) = await place.fetch("Group")
        answering(place, f"/groups/id/{live.id}/{verb}", 401, {"detail": "no"})
        answering(place, f"/groups/id/{live.id}", look, {"detail": "busy"})
        with pytest.raises(error):
            await (place.provider.delete(live) if verb == "delete" else place.provider.update(live, live.body, []))

    play(story, {"Group": [{"name": "devs"}]})


def test_a_lost_create_is_ambiguous() -> None:
    async def story(place: Place) -> None:
        place.sandbox.faults.set({"fault": "reset-after", "times": 1})
        with pytest.raises(Ambiguous):
            await place.create("Group", {"name": "devs"})
        assert place.sent == ["POST /groups/create"]

    play(story)


def test_a_parent() -> None:
    async def story(place: Place) -> None:
        parent = await place.create("Group", {"name": "all"})
        child = await place.create("Group", {"name": "devs", "parent_group_id": parent.id})
        assert child.body["parent_group_id"] == parent.id
        freed = await place.provider.update(
            child, {**child.body, "parent_group_id": None}, [_change("parent_group_id")]
        )
        assert freed.body["parent_group_id"] is None
        with pytest.raises(Rejected, match="404: Parent group not found") as caught:
            await place.create("Group", {"name": "x", "parent_group_id": "nope"})
        assert "parent_group_id" in caught.value.hint
        with pytest.raises(Rejected, match="404: Parent group not found"):
            await place.provider.update(child, {**child.body, "parent_group_id": "nope"}, [])

    play(story)


@pytest.mark.parametrize("dialect", ["0.12.4", "0.11.4"])
def test_the_default_models_are_read_and_written_whole(dialect: str) -> None:
    async def story(place: Place) -> None:
        (live,) = await place.fetch("DefaultModels")
        assert (live.id, live.identity, live.body["DEFAULT_MODELS"]) == ("models", (), None)
        body = {**live.body, "DEFAULT_MODELS": ["a", "b"], "DEFAULT_MODEL_PARAMS": {"temperature": 1}}
        place.sent.clear()
        written = await place.provider.update(live, body, [_change("DEFAULT_MODELS")])
        assert place.sent == ["POST /configs/models"]
        assert written.body == {
            "DEFAULT_MODELS": ["a", "b"],
            "DEFAULT_PINNED_MODELS": None,
            "MODEL_ORDER_LIST": [],
            "DEFAULT_MODEL_METADATA": {},
            "DEFAULT_MODEL_PARAMS": {"temperature": 1},
        }
        assert (await place.fetch("DefaultModels"))[0] == written
        emptied = await place.provider.update(written, {**written.body, "DEFAULT_MODELS": []}, [])
        assert emptied.body["DEFAULT_MODELS"] == []
        with pytest.raises(Rejected, match="commas"):
            await place.provider.update(live, {"DEFAULT_PINNED_MODELS": ["a,b"]}, [])
        with pytest.raises(Rejected, match="no such verb"):
            await place.create("DefaultModels", {})

    play(story, dialect=dialect)


def test_a_value_that_the_server_takes_for_the_old_one_is_not_said_to_be_stored() -> None:
    """It is written in Python, where true is 1: it answers the new value, and keeps the old."""

    async def story(place: Place) -> tuple[Any, list[str]]:
        made = await place.create("Group", {"name": "devs", "data": {"weight": True}, "members": _emails("ann")})
        place.sent.clear()
        body = {**made.body, "data": {**made.body["data"], "weight": 1}}
        updated = await place.provider.update(made, body, [Change("data.weight", True, 1)])
        assert updated.body["members"] == _emails("ann")
        return updated.body["data"]["weight"], place.sent

    weight, sent = play(story, {"User": USERS})
    assert weight is True
    assert len(sent) == 2
