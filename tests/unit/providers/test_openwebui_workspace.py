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
    Unauthorized,
    Unavailable,
)
from reconciler.model import Body, Change, Live
from reconciler.providers.openwebui import lists

from .sandboxes import PUBLIC, App, Place, answering, instead, play, send_json

EVERYWHERE = pytest.mark.parametrize(
    "fields", [{}, {"dialect": "0.11.4"}, {"prefix": "/api"}], ids=["0.12.4", "0.11.4", "published page"]
)

TOOL = "class Tools:\n    pass\n"
FILTER = "class Filter:\n    toggle = True\n"
BODIES: dict[str, Body] = {
    "Prompt": {"command": "help", "name": "Help", "content": "Help {{USER_NAME}}.", "access_grants": [PUBLIC]},
    "Tool": {"id": "weather", "name": "Weather", "content": TOOL, "meta": {}, "access_grants": [PUBLIC]},
    "Function": {"id": "polite", "name": "Polite", "content": FILTER},
    "Knowledge": {"name": "Handbook", "access_grants": [PUBLIC]},
}
ROOTS = {"Prompt": "/prompts/id", "Tool": "/tools/id", "Function": "/functions/id", "Knowledge": "/knowledge"}
KINDS = pytest.mark.parametrize("name", BODIES)
SHARED = pytest.mark.parametrize("name", ["Prompt", "Tool", "Knowledge"])


def _grants(live: Live) -> list[tuple[str, str, str]]:
    return [(one["principal_type"], one["principal_id"], one["permission"]) for one in live.body["access_grants"]]


def _changes(*paths: str) -> list[Change]:
    return [Change(path, None, None) for path in paths]


def _field(name: str) -> str:
    return "description" if name == "Knowledge" else "name"


def _held(body: Body, live: Live) -> Body:
    """What the live object says of what a body declares, grants aside."""
    return {key: live.body[key] for key in body if key not in ("access_grants", "meta")}


# --- the verbs ------------------------------------------------------------------------------------


@KINDS
@EVERYWHERE
def test_the_life_of_each_kind(name: str, fields: dict[str, Any]) -> None:
    async def story(place: Place) -> None:
        body = BODIES[name]
        made = await place.create(name, body)
        assert _held(body, made) == {key: body[key] for key in _held(body, made)}
        (listed,) = await place.fetch(name)
        assert (listed.id, listed.identity) == (made.id, made.identity)
        assert _held(body, listed) == _held(body, made)
        place.sent.clear()

        field = _field(name)
        updated = await place.provider.update(made, {**made.body, field: "Other"}, _changes(field))
        assert place.sent == [f"POST {ROOTS[name]}/{made.id}/update"]
        assert updated.body[field] == "Other"
        assert updated.body.get("access_grants") == made.body.get("access_grants")

        await place.provider.delete(updated)
        assert await place.fetch(name) == []
        place.sent.clear()
        with pytest.raises(NotFound, match="is gone"):
            await place.provider.update(updated, updated.body, _changes(field))
        if name == "Function":
            await place.provider.delete(updated)  # the server says true
        else:
            with pytest.raises(NotFound):
                await place.provider.delete(updated)

    play(story, **fields)


@SHARED
@EVERYWHERE
def test_grants_are_a_step_of_their_own(name: str, fields: dict[str, Any]) -> None:
    async def story(place: Place) -> None:
        made = await place.create(name, BODIES[name])
        assert _grants(made) == [("user", "*", "read")]
        place.sent.clear()
        grants = [{"principal_type": "group", "principal_id": "g", "permission": "read", "id": "x", "created_at": 1}]
        wanted = {**made.body, "access_grants": grants}
        shared = await place.provider.update(made, wanted, _changes("access_grants"))
        root = f"{ROOTS[name]}/{made.id}"
        assert place.sent == [f"POST {root}/access/update"]
        assert _grants(shared) == [("group", "g", "read")]
        both = await place.provider.update(
            shared,
            {**shared.body, _field(name): "Other", "access_grants": None},
            _changes(_field(name), "access_grants"),
        )
        assert place.sent == [f"POST {root}/update", f"POST {root}/access/update"]
        assert (_grants(both), both.body[_field(name)]) == ([], "Other")
        same = await place.provider.update(both, both.body, [])
        assert place.sent[:1] == [f"POST {root}/update"]
        assert _grants(same) == []

    play(story, **fields)


@pytest.mark.parametrize(
    ("name", "new", "switches"),
    [
        ("Prompt", {"is_active": False}, ["toggle"]),
        ("Prompt", {"is_active": True}, []),
        ("Function", {"is_active": True, "is_global": True}, ["toggle", "toggle/global"]),
        ("Function", {"is_active": False, "is_global": True}, ["toggle/global"]),
        ("Function", {}, []),
    ],
)
@EVERYWHERE
def test_switches_are_flipped_only_where_they_differ(
    name: str, new: Body, switches: list[str], fields: dict[str, Any]
) -> None:
    async def story(place: Place) -> None:
        made = await place.create(name, {**BODIES[name], **new})
        root = f"{ROOTS[name]}/{made.id}"
        reads = [] if name == "Prompt" or switches else [f"GET {root}"]
        create = f"POST /{name.lower()}s/create"
        assert place.sent == [create, *(f"POST {root}/{switch}" for switch in switches), *reads]
        assert {key: made.body[key] for key in new} == new
        assert made.body["content"] == BODIES[name]["content"]

        turned = {key: not value for key, value in new.items()}
        flipped = await place.provider.update(made, {**made.body, **turned}, _changes(*turned))
        assert {key: flipped.body[key] for key in turned} == turned
        if turned:
            assert place.sent[0] == f"GET {root}"
        place.sent.clear()
        body = {**flipped.body, **new, "name": "Other"}
        both = await place.provider.update(flipped, body, _changes("name", *new))
        assert place.sent[0] == f"POST {root}/update"
        assert {key: both.body[key] for key in (*new, "name")} == {**new, "name": "Other"}

    play(story, **fields)


def test_a_switch_that_somebody_turned_meanwhile_is_left_alone() -> None:
    async def story(place: Place) -> None:
        made = await place.create("Prompt", BODIES["Prompt"])
        await place.provider.post(f"/prompts/id/{made.id}/toggle", None)
        place.sent.clear()
        held = await place.provider.update(made, {**made.body, "is_active": False}, _changes("is_active"))
        assert held.body["is_active"] is False
        assert place.sent == [f"GET /prompts/id/{made.id}"]

    play(story)


def test_a_switch_that_somebody_turns_at_the_same_moment() -> None:
    async def story(place: Place) -> None:
        made = await place.create("Prompt", BODIES["Prompt"])
        answering(place, "/toggle", 200, made.body, works=True)
        with pytest.raises(Conflict, match="somebody flipped is_active of help meanwhile"):
            await place.provider.update(made, {**made.body, "is_active": False}, _changes("is_active"))

    play(story)


@pytest.mark.parametrize("name", ["Prompt", "Tool", "Function"])
@pytest.mark.parametrize("listed", [False, True])
@EVERYWHERE
def test_create_never_overwrites(name: str, listed: bool, fields: dict[str, Any]) -> None:
    async def story(place: Place) -> None:
        made = await place.create(name, BODIES[name])
        if listed:
            await place.fetch(name)
        with pytest.raises(Conflict, match=rf"a {name} with the (id|command) '{made.identity[0]}' exists already"):
            await place.create(name, {**BODIES[name], "name": "Another"})
        assert (await place.find(name, made.id) or {})["name"] == BODIES[name]["name"]

    play(story, **fields)


def test_two_knowledge_bases_of_one_name() -> None:
    async def story(place: Place) -> int:
        for _ in range(2):
            await place.create("Knowledge", BODIES["Knowledge"])
        found = await place.fetch("Knowledge", {("Handbook",): frozenset()})
        return len(found)

    assert play(story) == 2


@pytest.mark.parametrize("name", ["Tool", "Function"])
@EVERYWHERE
def test_code_that_the_server_does_not_take(name: str, fields: dict[str, Any]) -> None:
    async def story(place: Place) -> None:
        broken = {**BODIES[name], "content": "class Nothing: pass"}
        with pytest.raises(Rejected, match="HTTP 400") as caught:
            await place.create(name, broken)
        assert "log" in caught.value.hint
        made = await place.create(name, BODIES[name])
        with pytest.raises(Rejected, match="HTTP 400") as caught:
            await place.provider.update(made, {**made.body, **broken}, _changes("content"))
        assert "log" in caught.value.hint

    play(story, **fields)


def test_a_rewritten_import_is_told_by_what_comes_back() -> None:
    async def story(place: Place) -> str:
        old = {**BODIES["Tool"], "content": f"from utils.misc import x\n{TOOL}"}
        return str((await place.create("Tool", old)).body["content"])

    assert play(story) == f"from open_webui.utils.misc import x\n{TOOL}"


@pytest.mark.parametrize("dialect", ["0.12.4", "0.11.4"])
def test_what_the_server_computes_is_not_sent_back(dialect: str) -> None:
    async def story(place: Place) -> None:
        await place.create("Function", BODIES["Function"])
        (live,) = await place.fetch("Function")
        assert live.body["meta"]["toggle"] is True
        plain = {**live.body, "content": "class Filter:\n    pass\n"}
        await place.provider.update(live, plain, _changes("content"))
        (held,) = await place.fetch("Function")
        assert not held.body["meta"].get("toggle")

    play(story, dialect=dialect)


def test_the_commit_goes_into_the_history() -> None:
    async def story(place: Place) -> None:
        for name in ("Prompt", "Tool", "Function"):
            made = await place.create(name, BODIES[name])
            await place.provider.update(made, {**made.body, "name": "Other"}, _changes("name"))
            history = await place.provider.get(f"{ROOTS[name]}/{made.id}/history")
            assert [entry["commit_message"] for entry in history] == ["abc123", "abc123"]

    play(story)


def test_data_of_a_prompt_is_replaced_and_never_emptied() -> None:
    async def story(place: Place) -> None:
        made = await place.create("Prompt", {**BODIES["Prompt"], "data": {"a": 1, "b": 2}, "meta": {"x": 1}})
        changed = await place.provider.update(made, {**made.body, "data": {"a": 1}}, _changes("data.b"))
        assert (changed.body["data"], changed.body["meta"]) == ({"a": 1}, {"x": 1})
        kept = await place.provider.update(changed, {**changed.body, "data": {}}, _changes("data.a"))
        assert kept.body["data"] == {"a": 1}

    play(story)


# --- what fails on the way ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "new", "fault"),
    [("Prompt", {"is_active": False}, "/toggle"), ("Function", {"is_active": True, "is_global": True}, "/global")],
)
def test_a_create_that_breaks_off_keeps_its_id(name: str, new: Body, fault: str) -> None:
    async def story(place: Place) -> None:
        answering(place, fault, 403, {"detail": "no"})
        with pytest.raises(Incomplete, match=r"HTTP 403: no; everything but is_(active|global) was stored") as caught:
            await place.create(name, {**BODIES[name], **new})
        assert [live.id for live in await place.fetch(name)] == [caught.value.live.id]

    play(story)


@SHARED
def test_an_update_that_breaks_off_before_the_grants(name: str) -> None:
    async def story(place: Place) -> None:
        made = await place.create(name, BODIES[name])
        answering(place, "/access/update", 403, {"detail": "refused audience"})
        body = {**made.body, _field(name): "Other", "access_grants": []}
        with pytest.raises(Incomplete, match="everything but its access grants was stored") as caught:
            await place.provider.update(made, body, _changes(_field(name), "access_grants"))
        assert caught.value.live.body[_field(name)] == "Other"
        with pytest.raises(Unauthorized, match="refused audience"):
            await place.provider.update(made, body, _changes("access_grants"))

    play(story)


@pytest.mark.parametrize(("name", "step"), [("Prompt", "/toggle"), ("Knowledge", "/access/update")])
def test_a_lost_answer_to_a_later_step_is_ambiguous(name: str, step: str) -> None:
    async def story(place: Place) -> None:
        made = await place.create(name, BODIES[name])
        place.sandbox.faults.set(f"reset-after:{step}")
        body = {**made.body, _field(name): "Other", "access_grants": [], "is_active": False}
        with pytest.raises(Ambiguous):
            await place.provider.update(made, body, _changes(_field(name), "access_grants", "is_active"))

    play(story)


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_created_tool_that_cannot_be_read_is_ambiguous(status: int) -> None:
    async def story(place: Place) -> None:
        answering(place, "/tools/id/weather", status, {"detail": "no"})
        with pytest.raises(Ambiguous, match="it was created, and could not be read"):
            await place.create("Tool", BODIES["Tool"])

    play(story)


@KINDS
@pytest.mark.parametrize("verb", ["update", "delete"])
@pytest.mark.parametrize("status", [400, 401, 403, 404])
@pytest.mark.parametrize("there", [True, False])
def test_an_object_is_gone_only_where_looking_says_so(name: str, verb: str, status: int, there: bool) -> None:
    async def story(place: Place) -> None:
        live = await place.create(name, BODIES[name])
        if not there:
            await place.provider.delete(live)
        answering(place, f"{live.id}/{verb}", status, {"detail": "no"})
        errors = {400: Rejected, 404: Rejected}
        with pytest.raises(errors.get(status, Unauthorized) if there else NotFound):
            await (
                place.provider.delete(live)
                if verb == "delete"
                else place.provider.update(live, live.body, _changes(_field(name)))
            )

    play(story)


@pytest.mark.parametrize(("look", "error"), [(403, Unauthorized), (503, Unavailable)])
@KINDS
def test_a_look_that_fails_says_nothing(name: str, look: int, error: type[ProviderError]) -> None:
    async def story(place: Place) -> None:
        live = await place.create(name, BODIES[name])
        answering(place, f"{live.id}/update", 401, {"detail": "no"})
        answering(place, f"{ROOTS[name]}/{live.id}", look, {"detail": "busy"})
        with pytest.raises(error):
            await place.provider.update(live, live.body, _changes(_field(name)))

    play(story)


def test_a_function_is_not_gone_where_the_credential_is() -> None:
    """A 401 means missing or forbidden: a list that only admins read tells which."""

    async def story(place: Place) -> None:
        live = await place.create("Function", BODIES["Function"])
        for path in ("/polite/update", "/functions/id/polite", "/functions/list"):
            answering(place, path, 401, {"detail": "session expired"})
        with pytest.raises(Unauthorized):
            await place.provider.update(live, live.body, _changes("name"))

    play(story)


def test_a_prompt_gone_before_its_switch() -> None:
    async def story(place: Place) -> None:
        live = await place.create("Prompt", BODIES["Prompt"])
        await place.provider.delete(live)
        with pytest.raises(NotFound, match=r"Prompt .* is gone"):
            await place.provider.update(live, {**live.body, "is_active": False}, _changes("is_active"))

    play(story)


# --- lists ----------------------------------------------------------------------------------------


def _prompts(count: int, **fields: Any) -> list[Body]:
    return [{"command": f"c{n:02}", "name": "Same", "content": "x", **fields} for n in range(count)]


@pytest.mark.parametrize(("active", "inactive", "pages"), [(0, 0, 1), (40, 0, 1), (40, 1, 2), (0, 29, 1), (5, 70, 3)])
def test_prompts_cost_a_page_more_only_where_some_are_inactive(active: int, inactive: int, pages: int) -> None:
    async def story(place: Place) -> None:
        found = await place.fetch("Prompt", {})
        assert len(found) == len({live.id for live in found}) == active + inactive
        assert place.sent == ["GET /prompts/", *["GET /prompts/list"] * pages]

    resting = [{**body, "command": f"z{body['command']}"} for body in _prompts(inactive, name="Z", is_active=False)]
    play(story, {"Prompt": [*_prompts(active), *resting]})


@pytest.mark.parametrize("kind", ["Prompt", "Knowledge"])
def test_a_single_one_is_searched_for_once_all_were_listed(kind: str) -> None:
    key = "command" if kind == "Prompt" else "name"
    path = "/prompts/list" if kind == "Prompt" else "/knowledge/search"

    async def story(place: Place) -> None:
        await place.fetch(kind)
        place.sent.clear()
        for name, sent in (("a", [path]), ("a%", [path]), ("a\\b", None), ("nowhere", [path])):
            found = await place.fetch(kind, {(name,): frozenset()})
            assert [live.body[key] for live in found if live.identity == (name,)] == (
                [name] if name != "nowhere" else []
            )
            asked = place.sent
            assert len(asked) >= 1 if sent is None else asked == [f"GET {one}" for one in sent]

    bodies = [{key: name, "name": name, "content": "x", "description": "x"} for name in ("a", "a%", "a\\b", "bab")]
    play(story, {kind: bodies})


@pytest.mark.parametrize("kind", ["Tool", "Function"])
def test_a_single_plugin_is_read_by_itself_once_all_were_listed(kind: str) -> None:
    async def story(place: Place) -> None:
        body = BODIES[kind]
        await place.create(kind, body)
        await place.fetch(kind)
        place.sent.clear()
        (found,) = await place.fetch(kind, {(body["id"],): frozenset()})
        assert found.body["content"] == body["content"]
        assert place.sent == [f"GET {ROOTS[kind]}/{body['id']}"]
        assert await place.fetch(kind, {("nowhere",): frozenset()}) == []

    play(story)


def test_a_tool_whose_code_is_hidden_is_read_from_the_list() -> None:
    async def story(place: Place) -> None:
        await place.create("Tool", BODIES["Tool"])
        await place.fetch("Tool")
        answering(place, "/tools/id/weather", 200, {"id": "weather", "write_access": False, "updated_at": 1})
        place.sent.clear()
        (found,) = await place.fetch("Tool", {("weather",): frozenset()})
        assert found.body["content"] == TOOL
        assert place.sent == ["GET /tools/id/weather", "GET /tools/export"]

    play(story)


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        ({"items": [], "total": 3}, Unavailable, "counts 3 objects and shows 0"),
        ({"items": []}, Malformed, "does not count its objects"),
        ({"items": [1], "total": 1}, Malformed, "is not a list of objects under 'items'"),
        ([], Malformed, "is not a list of objects under 'items'"),
    ],
)
def test_pages_that_do_not_show_everything(answer: Any, error: type[ProviderError], said: str) -> None:
    async def story(place: Place) -> None:
        answering(place, "/prompts/list", 200, answer)
        with pytest.raises(error, match=said):
            await place.fetch("Prompt", {})

    play(story)


def test_pages_that_never_end(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(place: Place) -> list[str]:
        answering(place, "/knowledge/search", 200, {"items": [{"id": "1", "name": "x", "updated_at": 1}], "total": 2})
        with pytest.raises(Unavailable, match="counts 2 objects and shows 1"):
            await place.fetch("Knowledge", {})
        return place.sent

    monkeypatch.setattr(lists, "MAX_PAGES", 2)
    assert play(story) == ["GET /knowledge/search"] * 4  # two pages in each of two orders


def test_rows_that_move_between_pages_are_found_in_another_order() -> None:
    """A server that orders rows of one name as it likes shows one twice and another not at all."""
    rows = [{"id": str(n), "name": "Same", "updated_at": 1} for n in range(3)]
    pages = {("name", "1"): rows[:2], ("name", "2"): rows[1:2], ("created_at", "1"): rows[1:]}

    def wrap(real: App) -> App:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            query = dict(pair.split("=") for pair in scope["query_string"].decode().split("&") if pair)
            if scope["path"].endswith("/knowledge/search"):
                items = pages.get((query["order_by"], query["page"]), [])
                await send_json(send, 200, {"items": items, "total": 3})
            else:
                await real(scope, receive, send)

        return app

    async def story(place: Place) -> list[str]:
        instead(place, wrap)
        return [live.id for live in await place.fetch("Knowledge", {})]

    assert play(story) == ["0", "1", "2"]


def test_no_knowledge_at_all_is_asked_twice() -> None:
    """The server answers an empty list where its own search failed."""

    async def story(place: Place) -> list[str]:
        assert await place.fetch("Knowledge", {}) == []
        assert place.sent == ["GET /knowledge/search", "GET /knowledge/"]
        await place.create("Knowledge", BODIES["Knowledge"])
        answering(place, "/knowledge/search", 200, {"items": [], "total": 0})
        return [live.identity[0] for live in await place.fetch("Knowledge", {})]

    assert play(story) == ["Handbook"]


def test_a_server_whose_functions_are_switched_off_is_not_one_without_functions() -> None:
    async def story(place: Place) -> None:
        wanted = {("polite",): frozenset(("name",)), ("other",): frozenset(("name",))}
        assert await place.fetch("Function", wanted) == []
        await place.create("Function", BODIES["Function"])
        answering(place, "/functions/export", 200, [])
        with pytest.raises(Unavailable, match="lists no Function, and has some") as caught:
            await place.fetch("Function", wanted)
        assert "ENABLE_FUNCTIONS" in caught.value.hint
        assert await place.fetch("Function", {}) == []

    play(story)
