from __future__ import annotations

from typing import Any

import pytest

from reconciler.errors import (
    Ambiguous,
    Conflict,
    Incomplete,
    NotFound,
    ProviderError,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
)
from reconciler.model import Auth, Body, Change, Live, ValueSource
from reconciler.providers.openwebui.models import overlaid

from .sandboxes import PUBLIC, App, Place, answering, instead, kind, play, send_json

EVERYWHERE = pytest.mark.parametrize(
    "fields",
    [{}, {"dialect": "0.11.4"}, {"prefix": "/api"}],
    ids=["0.12.4", "0.11.4", "published page"],
)


def _body(model_id: str = "m", **fields: Any) -> Body:
    return {"id": model_id, "name": "M", "params": {}, "meta": {}, **fields}


def _grants(live: Live) -> list[tuple[str, str, str]]:
    return [
        (grant["principal_type"], grant["principal_id"], grant["permission"]) for grant in live.body["access_grants"]
    ]


def _settled(live: Live) -> Body:
    """A body without what every write renews."""
    return {**live.body, "updated_at": 0, "access_grants": _grants(live)}


def _change(path: str) -> Change:
    return Change(path, None, None)


@EVERYWHERE
def test_the_life_of_a_model(fields: dict[str, Any]) -> None:
    async def story(place: Place) -> None:
        made = await place.create(
            "Model",
            _body(
                "a/b?c#é%",
                base_model_id="gpt-4o",
                params={"temperature": 0.5},
                meta={"description": "d", "tags": [{"name": "x"}], "profile_image_url": "https://e.example/p.png"},
                access_grants=[PUBLIC],
                is_active=False,
            ),
        )
        assert place.sent == ["POST /models/create"]
        assert (made.id, made.identity, made.body["is_active"]) == ("a/b?c#é%", ("a/b?c#é%",), False)
        assert _grants(made) == [("user", "*", "read")]
        assert made.version
        (listed,) = await place.fetch("Model")
        assert listed == made
        place.sent.clear()

        wanted = {**made.body, "name": "N", "params": {"top_p": 1}, "meta": {"tags": []}}
        updated = await place.provider.update(made, wanted, [_change("name")])
        assert place.sent == ["POST /models/model/update"]
        assert (updated.body["name"], updated.body["params"]) == ("N", {"top_p": 1})
        assert updated.body["meta"].get("description") is None
        assert updated.body["meta"].get("profile_image_url") is None  # kept by the server unless it is nulled
        assert _grants(updated) == [("user", "*", "read")]
        assert updated.body["is_active"] is False

        again = await place.provider.update(updated, updated.body, [])
        assert _settled(again) == _settled(updated)
        await place.provider.delete(again)
        place.sent.clear()
        with pytest.raises(NotFound, match="here: Model a/b"):
            await place.provider.delete(again)
        with pytest.raises(NotFound, match="is gone"):
            await place.provider.update(again, again.body, [])
        assert await place.fetch("Model") == []

    play(story, **fields)


@pytest.mark.parametrize(
    ("fields", "sent"),
    [
        ({}, ["POST /models/model/update", "POST /models/model/access/update"]),
        ({"dialect": "0.11.4"}, ["POST /models/model/update"]),
        ({"prefix": "/api"}, ["POST /models/model/update", "POST /models/model/access/update"]),
    ],
)
def test_grants_are_a_second_step_where_the_first_leaves_them(fields: dict[str, Any], sent: list[str]) -> None:
    async def story(place: Place) -> None:
        made = await place.create("Model", _body(access_grants=[PUBLIC]))
        place.sent.clear()
        grants = [{"principal_type": "group", "principal_id": "g", "permission": "read", "id": "x", "created_at": 1}]
        shared = await place.provider.update(made, {**made.body, "access_grants": grants}, [_change("access_grants")])
        assert place.sent == sent
        assert _grants(shared) == [("group", "g", "read")]
        bare = await place.provider.update(shared, {**shared.body, "access_grants": None}, [_change("access_grants")])
        assert _grants(bare) == []

    play(story, **fields)


def test_the_commit_goes_into_the_history() -> None:
    async def story(place: Place) -> Any:
        made = await place.create("Model", _body())
        await place.provider.update(made, {**made.body, "name": "N"}, [_change("name")])
        history = await place.provider.get("/models/model/history?id=m")
        return [entry["commit_message"] for entry in history]

    assert play(story) == ["abc123", "abc123"]


@EVERYWHERE
def test_create_never_overwrites(fields: dict[str, Any]) -> None:
    async def story(place: Place) -> list[str]:
        with pytest.raises(Conflict, match="a model with the id 'm' exists already"):
            await place.create("Model", _body(name="Another"))
        assert (await place.find("Model", "m") or {})["name"] == "First"
        return place.sent

    sent = play(story, {"Model": [{"id": "m", "name": "First"}]}, **fields)
    assert sent[:2] == ["POST /models/create", "GET /models/model"]


@EVERYWHERE
def test_what_the_server_refuses(fields: dict[str, Any]) -> None:
    async def story(place: Place) -> None:
        with pytest.raises(Rejected, match=r"HTTP 400: .*too long"):
            await place.create("Model", _body("x" * 257))
        with pytest.raises(Rejected, match=r"HTTP 422: body\.meta\.capabilities: "):
            await place.create("Model", _body(meta={"capabilities": [1]}))

    play(story, **fields)


# --- what fails on the way ------------------------------------------------------------------------


def test_a_500_on_create_is_repeated_once_reading_shows_nothing() -> None:
    async def story(place: Place) -> list[str]:
        place.sandbox.faults.set({"fault": "500:/models/create", "times": 2})
        assert (await place.create("Model", _body())).id == "m"
        assert place.time.naps == [0.25, 0.5]
        return place.sent

    assert play(story) == ["POST /models/create", "GET /models/model"] * 2 + ["POST /models/create"]


def test_a_500_on_create_is_unknown_where_something_is_there() -> None:
    async def story(place: Place) -> None:
        place.sandbox.faults.set("500:/models/create")
        with pytest.raises(Ambiguous, match="HTTP 500: Internal Server Error; whether it was stored is unknown"):
            await place.create("Model", _body())
        assert place.sent == ["POST /models/create", "GET /models/model"]

    play(story, {"Model": [{"id": "m"}]})


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize("look", [503, 500, 401, 403])
def test_a_500_on_create_is_unknown_where_looking_fails_too(look: int, stored: bool) -> None:
    """What may be stored is never reported as refused: the journal would forget it, and nobody would own it."""

    async def story(place: Place) -> None:
        answering(place, "/models/create", 500, {"detail": "the worker died"}, works=stored)
        answering(place, "/models/model", look, {"detail": "restarting"})
        answering(place, "/models/all", look, {"detail": "restarting"})
        with pytest.raises(Ambiguous, match=r"model m failed with HTTP 500, .* is unknown: here: GET .*: restarting"):
            await place.create("Model", _body())
        assert place.sent.count("POST /models/create") == 1
        assert (place.sandbox.store.table("openwebui.models").get("m") is not None) is stored

    play(story)


def test_a_server_that_keeps_failing_ends_it() -> None:
    async def story(place: Place) -> list[str]:
        place.sandbox.faults.set("500:/models/create")
        with pytest.raises(Ambiguous):
            await place.create("Model", _body())
        return place.sent

    assert play(story).count("POST /models/create") == 5


@pytest.mark.parametrize("fault", ["reset-before", "reset-after"])
def test_a_reset_write_is_sent_once(fault: str) -> None:
    async def story(place: Place) -> None:
        made = await place.create("Model", _body("old"))
        place.sent.clear()
        place.sandbox.faults.set({"fault": f"{fault}:/models/*", "times": 1})
        with pytest.raises(Ambiguous):
            await place.create("Model", _body())
        place.sandbox.faults.set({"fault": f"{fault}:/models/*", "times": 1})
        with pytest.raises(Ambiguous):
            await place.provider.delete(made)
        assert place.sent == ["POST /models/create", "POST /models/model/delete"]
        left = ["m"] if fault == "reset-after" else ["old"]
        assert [live.id for live in await place.fetch("Model")] == left

    play(story)


def test_a_busy_server_is_waited_for() -> None:
    async def story(place: Place) -> None:
        place.sandbox.faults.set({"fault": "429=Retry-After: 7:/models/create", "times": 2})
        assert (await place.create("Model", _body())).id == "m"
        assert place.time.naps[0] == 7.25
        place.sandbox.faults.set("429=Retry-After: 900")
        with pytest.raises(RateLimited) as caught:
            await place.create("Model", _body("n"))
        assert caught.value.retry_after == 900

    play(story)


def test_grants_that_cannot_be_set_leave_an_unfinished_model() -> None:
    async def story(place: Place) -> None:
        made = await place.create("Model", _body())
        everybody = {"principal_type": "anyone", "principal_id": "*", "permission": "read"}
        body = {**made.body, "name": "N", "access_grants": [everybody]}
        with pytest.raises(Incomplete, match="everything but the access grants was stored") as caught:
            await place.provider.update(made, body, [_change("access_grants")])
        assert (caught.value.live.id, caught.value.live.body["name"]) == ("m", "N")
        place.sandbox.faults.set("500:/access/update")
        with pytest.raises(Ambiguous):
            await place.provider.update(made, {**made.body, "access_grants": [PUBLIC]}, [_change("access_grants")])

    play(story)


# --- what a sandbox does not do -------------------------------------------------------------------


def _conflicting(place: Place, times: int, edit: Body) -> None:
    """Let another writer in first, so many times, and answer that write with a 409, as 0.12 does."""
    left = [edit] * times

    def wrap(real: App) -> App:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            if not scope["path"].endswith("/models/model/update") or not left:
                await real(scope, receive, send)
                return
            table = place.sandbox.store.table("openwebui.models")
            row, theirs = table.get("m"), left.pop()
            if row is not None:
                table.put("m", {**row, **theirs})
            await send_json(send, 409, {"detail": {"code": "version_conflict"}})

        return app

    instead(place, wrap)


@pytest.mark.parametrize(("status", "error"), [(403, Unauthorized), (400, Rejected)])
def test_a_write_that_is_refused_for_something_that_is_there(status: int, error: type[ProviderError]) -> None:
    async def story(place: Place) -> None:
        made = await place.create("Model", _body())
        answering(place, "/models/model/update", status, {"detail": "no"})
        with pytest.raises(error, match=f"HTTP {status}: no"):
            await place.provider.update(made, made.body, [])

    play(story)


def test_a_success_that_says_nothing_is_unknown() -> None:
    async def story(place: Place) -> None:
        answering(place, "/models/create", 200, None)
        with pytest.raises(Ambiguous, match="is not a Model as the API's contract describes it; whether it was stored"):
            await place.create("Model", _body())

    play(story)


def test_a_conflict_is_merged_with_what_the_other_wrote() -> None:
    async def story(place: Place) -> Live:
        made = await place.create("Model", _body(params={"temperature": 0.1, "top_p": 0.5}))
        _conflicting(place, 2, {"meta": {**made.body["meta"], "description": "theirs"}})
        body = {**made.body, "name": "ours", "params": {"temperature": 0.9}}
        changes = [_change("name"), _change("params.temperature"), _change("params.top_p")]
        return await place.provider.update(made, body, changes)

    live = play(story)
    assert (live.body["name"], live.body["params"]) == ("ours", {"temperature": 0.9})
    assert live.body["meta"]["description"] == "theirs"


def test_a_conflict_that_does_not_end_is_one() -> None:
    async def story(place: Place) -> None:
        made = await place.create("Model", _body())
        _conflicting(place, 99, {})
        with pytest.raises(Conflict, match="HTTP 409: version_conflict"):
            await place.provider.update(made, made.body, [])
        assert place.sent.count("POST /models/model/update") == 5

    play(story)


def test_a_model_that_vanishes_in_a_conflict_is_gone() -> None:
    async def story(place: Place) -> None:
        made = await place.create("Model", _body())
        _conflicting(place, 1, {})
        place.sandbox.store.table("openwebui.models").drop("m")
        with pytest.raises(NotFound, match="here: model m is gone"):
            await place.provider.update(made, made.body, [])

    play(story)


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("name", {"name": "b"}, {"name": "b", "params": {"a": 1}, "tags": [1]}),
        ("params.a", {"params": {"a": 2}}, {"name": "a", "params": {"a": 2}, "tags": [1]}),
        ("params.a", {"params": {"a": None}}, {"name": "a", "params": {"a": None}, "tags": [1]}),
        ("params.a", {"params": {}}, {"name": "a", "params": {}, "tags": [1]}),
        ("params.a", {}, {"name": "a", "params": {}, "tags": [1]}),
        ("tags[0].name", {"tags": [2, 3]}, {"name": "a", "params": {"a": 1}, "tags": [2, 3]}),
    ],
)
def test_what_we_change_is_laid_over_what_is_there(path: str, body: Body, expected: Body) -> None:
    fresh = {"name": "a", "params": {"a": 1}, "tags": [1]}
    assert overlaid(fresh, body, [_change(path)]) == expected
    assert overlaid(fresh, body, []) == body


# --- reading --------------------------------------------------------------------------------------


def test_one_model_is_read_by_itself_after_the_list() -> None:
    async def story(place: Place) -> list[list[str]]:
        one = {("m",): frozenset({"name"})}
        sent = []
        for wanted in (one, one, {("nobody",): frozenset[str]()}, {**one, ("n",): frozenset[str]()}, None):
            lives = await place.fetch("Model", wanted)
            sent.append([*sorted(live.id for live in lives), *place.sent])
        return sent

    assert play(story, {"Model": [{"id": "m"}, {"id": "n"}]}) == [
        ["m", "n", "GET /models/all"],
        ["m", "GET /models/model"],
        ["GET /models/model"],
        ["m", "n", "GET /models/all"],
        ["m", "n", "GET /models/all"],
    ]


def test_before_0_11_1_there_are_two_lists() -> None:
    async def story(place: Place) -> list[str]:
        place.pretend((0, 11, 0))
        assert sorted(live.id for live in await place.fetch("Model")) == ["base", "preset"]
        return place.sent

    sent = play(story, {"Model": [{"id": "base"}, {"id": "preset", "base_model_id": "base"}]})
    assert sent == ["GET /models/export", "GET /models/base"]


@pytest.mark.parametrize("answer", [(200, {"id": "m", "write_access": False, "params": {}}), (401, {})])
def test_a_model_that_is_shown_in_part_is_taken_from_the_list(answer: tuple[int, Any]) -> None:
    """A server that runs with BYPASS_ADMIN_ACCESS_CONTROL=false hides what belongs to others."""

    async def story(place: Place) -> None:
        one = {("m",): frozenset({"name"})}
        await place.fetch("Model", one)
        answering(place, "/models/model", *answer)
        (live,) = await place.fetch("Model", one)
        assert live.body["params"] == {"top_p": 1}
        with pytest.raises(Conflict):
            await place.create("Model", _body())

    play(story, {"Model": [{"id": "m", "params": {"top_p": 1}}]})


def test_reads_are_repeated() -> None:
    async def story(place: Place) -> None:
        place.sandbox.faults.set({"fault": "500", "times": 1}, {"fault": "reset-before", "times": 2})
        assert [live.id for live in await place.fetch("Model")] == ["m"]
        place.sandbox.faults.set("500")
        with pytest.raises(Unavailable, match="HTTP 500"):
            await place.fetch("Model")

    play(story, {"Model": [{"id": "m"}]})


def test_a_user_who_lost_the_right_is_told() -> None:
    """The account stops being an admin between two requests, and its model becomes somebody else's."""

    async def story(place: Place) -> None:
        made = await place.create("Model", _body())
        users = place.sandbox.store.table("openwebui.users")
        boss = next(user for user in users.all() if user["email"] == "boss@example.com")
        users.put(boss["id"], {**boss, "role": "user"})
        models = place.sandbox.store.table("openwebui.models")
        models.put("m", {**(models.get("m") or {}), "user_id": "somebody"})
        with pytest.raises(Unauthorized, match="HTTP 401"):
            await place.create("Model", _body("n"))
        with pytest.raises(Unauthorized, match="HTTP 401"):
            await place.fetch("Model")
        with pytest.raises(ProviderError, match="HTTP 40"):
            await place.provider.delete(made)

    boss = {"name": "Boss", "email": "boss@example.com", "password": "sandbox", "role": "admin"}
    auth = Auth("login", ValueSource("env", "SANDBOX_TOKEN"), username="boss@example.com")
    play(story, {"User": [boss]}, auth=auth)


def test_decoding_does_not_copy() -> None:
    async def story(place: Place) -> None:
        row = {"id": "m", "updated_at": 7}
        live = place.provider.object(kind("Model"), row, None)
        assert live.body is row
        assert live.version == "7"

    play(story)
