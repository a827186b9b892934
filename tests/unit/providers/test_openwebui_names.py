from __future__ import annotations

import asyncio
from typing import Any

import pytest

from reconciler.errors import UnresolvedName
from reconciler.model import Body
from reconciler.providers.openwebui.names import Listing

from .sandboxes import PUBLIC, Place, kind, play

SEEDS: dict[str, list[Body]] = {
    "User": [{"name": "Ann", "email": "ann@example.com"}, {"name": "Bob", "email": "bob@example.com"}],
    "Group": [{"name": "developers"}, {"name": "ops"}],
}


def _grant(sort: str, who: Any, permission: str = "read") -> Body:
    return {"principal_type": sort, "principal_id": who, "permission": permission}


async def _resolve(place: Place, *grants: Body, name: str = "Model") -> list[Body]:
    spec = {"id": "m", "access_grants": list(grants)}
    resolved = await place.provider.resolve_names(kind(name), spec)
    assert spec["access_grants"] == list(grants)  # the spec is shared
    found: list[Body] = resolved["access_grants"]
    return found


@pytest.mark.parametrize("name", ["Model", "Prompt", "Tool", "Knowledge"])
def test_names_become_ids(name: str) -> None:
    async def story(place: Place) -> None:
        groups = {live.body["name"]: live.id for live in await place.fetch("Group")}
        place.sent.clear()
        resolved = await _resolve(
            place,
            _grant("group", "developers"),
            _grant("user", "Ann@Example.com", "write"),
            _grant("group", groups["ops"]),
            PUBLIC,
            _grant("group", {"ref": "Group/new"}),
            {"principal_type": "anyone", "principal_id": "x"},
            name=name,
        )
        ann = resolved[1]["principal_id"]
        assert resolved[0] == _grant("group", groups["developers"])
        assert resolved[2:5] == [_grant("group", groups["ops"]), PUBLIC, _grant("group", {"ref": "Group/new"})]
        assert "@" not in ann
        assert await _resolve(place, _grant("user", ann)) == [_grant("user", ann)]
        assert place.sent == ["GET /users/all"]  # the groups were read before, the users once

    play(story, SEEDS)


@pytest.mark.parametrize(
    ("name", "spec"),
    [
        ("Model", {}),
        ("Model", {"access_grants": None}),
        ("Model", {"access_grants": []}),
        ("Model", {"access_grants": [PUBLIC, _grant("group", {"ref": "Group/x"})]}),
        ("Function", {"id": "f"}),
        ("Group", {"name": "g"}),
        ("DefaultModels", {"DEFAULT_MODELS": ["a"]}),
    ],
)
def test_where_there_is_nothing_to_look_up_nothing_is_read_or_copied(name: str, spec: Body) -> None:
    async def story(place: Place) -> None:
        assert await place.provider.resolve_names(kind(name), spec) is spec
        assert place.sent == []

    play(story, SEEDS)


def test_members_stay_e_mails() -> None:
    async def story(place: Place) -> None:
        spec = {"name": "g", "members": ["Ann@example.com", "bob@example.com"]}
        resolved = await place.provider.resolve_names(kind("Group"), spec)
        assert resolved["members"] == ["ann@example.com", "bob@example.com"]
        assert await place.provider.resolve_names(kind("Group"), resolved) is resolved
        with pytest.raises(UnresolvedName) as caught:
            await place.provider.resolve_names(kind("Group"), {"members": ["bob@example.com", "ane@example.com"]})
        assert caught.value.path == ("members", 1)
        assert "did you mean ann@example.com?" in caught.value.hint

    play(story, SEEDS)


@pytest.mark.parametrize(
    ("grant", "message", "hints"),
    [
        (
            _grant("group", "develpers"),
            "here has no group with the id or name 'develpers'",
            ["did you mean developers?", "{ref: Group/<its name>}"],
        ),
        (_grant("group", "zzz"), "here has no group with the id or name 'zzz'", ["{ref: Group/<its name>}"]),
        (_grant("group", "ann@example.com"), "has no group", []),
        (_grant("user", "developers"), "here has no user with the id or e-mail 'developers'", ["e-mail of a user"]),
        (_grant("group", "twins"), "here has 2 groups called 'twins'", ["write the id"]),
    ],
)
def test_a_name_that_stands_for_none_or_several(grant: Body, message: str, hints: list[str]) -> None:
    async def story(place: Place) -> None:
        await place.provider.post("/groups/create", {"name": "twins", "description": ""})
        await place.provider.post("/groups/create", {"name": "twins", "description": ""})
        with pytest.raises(UnresolvedName, match=message) as caught:
            await _resolve(place, PUBLIC, grant)
        assert caught.value.path == ("access_grants", 1, "principal_id")
        assert all(hint in caught.value.hint for hint in hints)

    play(story, SEEDS)


def test_a_list_is_read_once_for_a_look_up_and_a_fetch() -> None:
    async def story(place: Place) -> None:
        await asyncio.gather(*(_resolve(place, _grant("group", "ops")) for _ in range(5)))
        await place.fetch("Group", {})
        assert place.sent == ["GET /groups/"]
        await place.fetch("Group", {})
        assert place.sent == ["GET /groups/"]

    play(story, SEEDS)


def test_what_we_made_since_is_found() -> None:
    async def story(place: Place) -> None:
        with pytest.raises(UnresolvedName):
            await _resolve(place, _grant("group", "new"))
        made = await place.create("Group", {"name": "new"})
        assert await _resolve(place, _grant("group", "new")) == [_grant("group", made.id)]
        with pytest.raises(UnresolvedName):
            await _resolve(place, _grant("group", "newer"))
        assert place.sent == ["GET /groups/", "POST /groups/create", "GET /groups/"]

    play(story, SEEDS)


def test_a_listing_that_was_not_read_knows_nobody() -> None:
    async def read() -> list[Body]:
        return [{"id": "1", "name": "a"}]

    listing = Listing("group", "name", read)
    assert listing.known is None
    asyncio.run(listing.names())
    assert listing.known is not None
