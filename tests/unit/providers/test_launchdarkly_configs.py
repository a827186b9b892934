"""AI Configs, variations, graphs and the library of LaunchDarkly: one test per trap of the API."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import Conflict, Incomplete, NotFound, Rejected
from reconciler.model import Body, Live

from .launchdarkly_project import BOT, MODEL, MODELS, actions, change, ends, find, make, opened, play
from .sandboxes import App, Place, answering, instead, send_json

SEEDS: dict[str, list[Body]] = {
    "AIConfig": [BOT],
    "Variation": [{"config": "bot", "key": key, "name": key.title()} for key in ("v", "w")],
    "Tool": [{"key": "up", "schema": {}}],
}


async def _config(place: Place, key: str = "bot") -> Live:
    return next(live for live in await find(place, "AIConfig") if live.id == key)


async def _variation(place: Place, key: str = "v") -> Live:
    config = await _config(place)
    return next(live for live in await find(place, "Variation", config) if live.identity == ("bot", key))


def _wrapped(place: Place, answer: Callable[[Any], tuple[int, Any] | None]) -> None:
    """Answer some requests otherwise than the sandbox: None leaves it to that."""

    def wrap(real: App) -> App:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            told = answer(scope)
            if told is None:
                await real(scope, receive, send)
            else:
                await send_json(send, *told)

        return app

    instead(place, wrap)


# --- creations ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("AIConfig", BOT),
        ("ModelConfig", MODEL),
        ("AgentGraph", {"key": "g", "name": "G"}),
        ("Tool", {"key": "t", "schema": {}}),
        ("Skill", {"key": "t", "name": "T", "markdown": "x"}),
        ("PromptSnippet", {"key": "t", "name": "T", "text": "x"}),
    ],
)
def test_a_creation_never_overwrites(name: str, body: Body) -> None:
    async def story(place: Place) -> None:
        made = await make(place, name, body)
        with pytest.raises(Conflict):
            await make(place, name, {**body, "name": "another"})
        (held,) = [live for live in await find(place, name) if live.id == made.id]
        assert held.body.get("name") == made.body.get("name")

    play(story)


def test_what_a_lab_saw_of_a_second_creation_is_understood() -> None:
    """Nobody is there when we look, and somebody when we write."""

    async def story(place: Place) -> None:
        config = await _config(place)
        _wrapped(place, lambda scope: (404, {"code": "not_found"}) if scope["path"].endswith("/bot") else None)
        with pytest.raises(Conflict, match="invalid variation") as caught:
            await make(place, "AIConfig", BOT)
        assert "exists already" in caught.value.hint
        assert config.id == "bot"

    play(story, seeds=SEEDS)


def test_a_model_of_the_catalog_is_not_made_again() -> None:
    async def story(place: Place) -> None:
        with pytest.raises(Conflict, match=r"OpenAI.gpt-4o is a model of LaunchDarkly's own catalog"):
            await make(place, "ModelConfig", {**MODEL, "key": "OpenAI.gpt-4o"})

    play(story)


def test_an_empty_description_is_not_sent_at_first_and_is_later() -> None:
    async def story(place: Place) -> None:
        made = await make(place, "AIConfig", {"key": "x", "name": "X", "description": ""})
        told = await place.provider.update(made, {**made.body, "description": "d"}, change("description"))
        bare = await place.provider.update(told, {**told.body, "description": ""}, change("description"))
        assert (told.body["description"], bare.body["description"]) == ("d", "")

    play(story)


def test_configs_and_variations_are_written_one_at_a_time_and_the_library_side_by_side(tmp_path: Path) -> None:
    async def story(place: Place) -> dict[str, int]:
        busy: dict[str, int] = {}
        most: dict[str, int] = {}

        def wrap(real: App) -> App:
            async def app(scope: Any, receive: Any, send: Any) -> None:
                writes = scope["method"] != "GET"
                lane = "library" if "/ai-tools" in scope["path"] else "configs"
                busy[lane] = busy.get(lane, 0) + writes
                most[lane] = max(most.get(lane, 0), busy[lane])
                await asyncio.sleep(0.002)
                await real(scope, receive, send)
                busy[lane] -= writes

            return app

        config = await _config(place)
        instead(place, wrap)
        await asyncio.gather(
            *(make(place, "AIConfig", {"key": f"c{n}", "name": "C"}) for n in range(3)),
            *(make(place, "Variation", {"config": "bot", "key": f"v{n}", "name": "V"}, config) for n in range(3)),
            *(make(place, "Tool", {"key": f"t{n}", "schema": {}}) for n in range(3)),
        )
        return most

    most = play(story, seeds=SEEDS)
    assert most["configs"] == 1
    assert most["library"] > 1


# --- deletions ------------------------------------------------------------------------------------


def test_a_config_that_cannot_be_deleted_yet_is_deleted_later() -> None:
    async def story(place: Place) -> float:
        live, begun = await _config(place), place.time.now
        await place.provider.delete(live)
        assert [key.id for key in await find(place, "AIConfig")] == []
        return place.time.now - begun

    assert play(story, seeds=SEEDS) == 2.0


def test_one_that_can_never_be_deleted_is_given_up_after_a_while() -> None:
    async def story(place: Place) -> float:
        live, begun = await _config(place), place.time.now
        body = {"code": "invalid_request", "message": "could not delete AI Config"}
        _wrapped(place, lambda scope: (400, body) if scope["method"] == "DELETE" else None)
        with pytest.raises(Rejected, match="could not delete AI Config"):
            await place.provider.delete(live)
        return place.time.now - begun

    assert 40 <= play(story, seeds=SEEDS) <= 45


def test_another_refusal_is_told_at_once() -> None:
    async def story(place: Place) -> None:
        edge = {"key": "e", "sourceConfig": "bot", "targetConfig": "bot"}
        await make(place, "AgentGraph", {"key": "g", "name": "G", "rootConfigKey": "bot", "edges": [edge]})
        live, begun = await _config(place), place.time.now
        with pytest.raises(Conflict, match="is used by agent graph g"):
            await place.provider.delete(live)
        assert place.time.now == begun

    play(story, seeds=SEEDS)


@pytest.mark.parametrize("name", ["AIConfig", "Variation", "Tool"])
def test_what_is_gone_is_not_found(name: str) -> None:
    async def story(place: Place) -> None:
        live = await _variation(place) if name == "Variation" else (await find(place, name))[0]
        await place.provider.delete(live)
        with pytest.raises(NotFound):
            await place.provider.delete(live)
        with pytest.raises(NotFound):
            await place.provider.update(
                live, {**live.body, "name": "X", "description": "X"}, change("name", "description")
            )
        with pytest.raises(NotFound):
            await place.provider.update(live, live.body, [])

    play(story, seeds=SEEDS)


def test_the_last_variation_is_told_with_advice() -> None:
    async def story(place: Place) -> None:
        first, last = await _variation(place), await _variation(place, "w")
        await place.provider.delete(first)
        with pytest.raises(Rejected, match="Cannot delete the last variation") as caught:
            await place.provider.delete(last)
        assert "goes with its AI Config alone" in caught.value.hint

    play(story, seeds=SEEDS)


# --- changes --------------------------------------------------------------------------------------


def test_only_what_changed_is_sent_and_nothing_where_nothing_does() -> None:
    async def story(place: Place) -> None:
        live = (await find(place, "Tool"))[0]
        place.sent.clear()
        same = await place.provider.update(live, live.body, change("description"))
        assert place.sent == ["GET /projects/default/ai-tools/up"]
        assert same.body["version"] == 1
        one = await place.provider.update(
            live, {**live.body, "customParameters": {"a": 1}}, change("customParameters.a")
        )
        true = await place.provider.update(
            one, {**one.body, "customParameters": {"a": True}}, change("customParameters.a")
        )
        assert true.body["customParameters"] == {"a": True}
        assert true.version == "3"

    play(story, seeds=SEEDS)


@pytest.mark.parametrize(
    ("name", "sent"),
    [("Tool", {"maintainerId": "", "maintainerTeamKey": ""}), ("ModelConfig", {"maintainerId": ""})],
)
def test_nobody_looks_after_it_any_more(tmp_path: Path, name: str, sent: Body) -> None:
    body: Body = {"schema": {}} if name == "Tool" else MODEL
    with opened(tmp_path, Team=[{"key": "platform", "name": "Platform"}]) as project:
        project.declare((name, "x", {**body, "maintainerTeamKey": "platform"}))
        assert set(ends(project.apply()).values()) == {"done"}
        assert actions(project.plan()) == {}
        project.declare((name, "x", {**body, "maintainerTeamKey": None}))
        project.heard()
        assert set(ends(project.apply()).values()) == {"done"}
        assert [asked.body for asked in project.heard() if asked.body is not None] == [sent]
        assert actions(project.plan()) == {}


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("AIConfig", {"name": "X"}),
        ("AgentGraph", {"name": "X"}),
        ("ModelConfig", {"id": "gpt-4o", "name": "X"}),
        ("PromptSnippet", {"name": "X", "text": "x"}),
        ("Skill", {"name": "X", "markdown": "x"}),
        ("Tool", {"schema": {}}),
    ],
)
def test_nobody_looks_after_it_from_the_beginning(tmp_path: Path, name: str, body: Body) -> None:
    """Where a creation says nothing of it, the server chooses somebody."""
    with opened(tmp_path) as project:
        project.declare((name, "x", {**body, "maintainerId": None}))
        assert ends(project.apply()) == {f"{name}/x": "done"}
        assert actions(project.plan()) == {}
        assert project.plan().drift == ()


def test_a_creation_that_was_cut_before_nobody_looks_after_it_is_finished(tmp_path: Path) -> None:
    post = "reset-after:POST /launchdarkly/api/v2/projects/default/ai-tools"
    with opened(tmp_path) as project:
        project.declare(("Tool", "x", {"schema": {}, "maintainerId": None}))
        project.sandbox.faults.set({"fault": post, "times": 1})
        assert ends(project.apply()) == {"Tool/x": "diverged"}
        assert ends(project.apply()) == {"Tool/x": "done"}
        assert actions(project.plan()) == {}


def test_a_team_takes_over_from_a_member(tmp_path: Path) -> None:
    with opened(tmp_path, Team=[{"key": "platform", "name": "Platform"}]) as project:
        project.declare(("AIConfig", "bot", BOT))
        project.apply()
        assert "_id" in project.config("bot")["_maintainer"]  # the server's choice, which is nobody's here
        assert actions(project.plan()) == {}
        project.declare(("AIConfig", "bot", {**BOT, "maintainerTeamKey": "platform"}))
        project.apply()
        assert project.config("bot")["_maintainer"] == {"key": "platform", "name": "Platform"}
        assert actions(project.plan()) == {}


# --- variations -----------------------------------------------------------------------------------


def test_a_change_is_over_when_a_read_shows_it() -> None:
    async def story(place: Place) -> float:
        live, begun = await _variation(place), place.time.now
        place.sent.clear()
        changed = await place.provider.update(live, {**live.body, "name": "N"}, change("name"))
        path = "/projects/default/ai-configs/bot/variations/v"
        assert place.sent == [f"PATCH {path}", f"GET {path}", f"GET {path}"]
        assert (changed.body["name"], changed.version) == ("N", "2")
        return place.time.now - begun

    assert play(story, seeds=SEEDS) == 0.25


@pytest.mark.parametrize("lag", ["one version", "nothing", "an error"])
def test_a_read_that_never_shows_it_is_left_after_half_a_minute(lag: str) -> None:
    async def story(place: Place) -> float:
        live, begun = await _variation(place), place.time.now
        old = {"items": [dict(live.body)], "totalCount": 1}
        answers = {"one version": (200, old), "nothing": (404, {"code": "not_found"}), "an error": (403, {"code": "x"})}
        is_read = lambda scope: scope["method"] == "GET" and scope["path"].endswith("/variations/v")  # noqa: E731
        _wrapped(place, lambda scope: answers[lag] if is_read(scope) else None)
        changed = await place.provider.update(live, {**live.body, "name": "N"}, change("name"))
        assert changed.body["name"] == "N"
        return place.time.now - begun

    assert play(story, seeds=SEEDS) == (0.0 if lag == "an error" else pytest.approx(29, abs=2))


def test_what_somebody_changed_since_is_not_waited_for() -> None:
    async def story(place: Place) -> float:
        live, begun = await _variation(place), place.time.now
        newer = {"items": [{**live.body, "version": 9}], "totalCount": 1}
        is_read = lambda scope: scope["method"] == "GET" and scope["path"].endswith("/variations/v")  # noqa: E731
        _wrapped(place, lambda scope: (200, newer) if is_read(scope) else None)
        await place.provider.update(live, {**live.body, "name": "N"}, change("name"))
        return place.time.now - begun

    assert play(story, seeds=SEEDS) == 0.0


def test_the_newest_of_many_versions_is_the_one() -> None:
    async def story(place: Place) -> None:
        for name in "abcde":
            live = await _variation(place)
            await place.provider.update(live, {**live.body, "name": name}, change("name"))
        live = await _variation(place)
        assert (live.body["name"], live.version, live.id) == ("e", "6", "bot/v")

    play(story, seeds=SEEDS)


def test_a_list_that_shows_too_little_costs_one_read_a_variation() -> None:
    async def story(place: Place) -> None:
        config = await _config(place)
        for row in config.body["variations"]:
            del row["messages"], row["tools"]
        wanted = {
            ("bot", "v"): frozenset({"config", "key", "name", "tools", "comment"}),
            ("bot", "x"): frozenset({"name"}),
        }
        place.sent.clear()
        lives = await find(place, "Variation", config, wanted)
        assert place.sent == ["GET /projects/default/ai-configs/bot/variations/v"]
        assert [("tools" in live.body) for live in lives] == [True, False]
        assert await find(place, "Variation", config, {("other", "v"): frozenset({"name"})}) == []
        assert place.sent == []

    seeds = {**SEEDS, "Variation": [{**row, "messages": []} for row in SEEDS["Variation"]]}
    play(story, seeds=seeds)


def test_a_config_that_was_written_since_is_read_again_and_one_that_is_gone_has_none() -> None:
    async def story(place: Place) -> None:
        config = await _config(place)
        await make(place, "Variation", {"config": "bot", "key": "x", "name": "X"}, config)
        assert [live.identity[1] for live in await find(place, "Variation", config, {("bot", "x"): frozenset()})] == [
            "v",
            "w",
            "x",
        ]
        await place.provider.delete(config)
        assert await find(place, "Variation", config, {("bot", "x"): frozenset()}) == []

    play(story, seeds=SEEDS)


def test_one_that_shall_be_put_away_is_so_in_a_second_step(tmp_path: Path) -> None:
    bot = ("AIConfig", "bot", BOT)
    v: Body = {"config": {"ref": "bot"}, "key": "v", "name": "V"}
    w = ("Variation", "w", {"config": {"ref": "bot"}, "key": "w", "name": "W"})
    with opened(tmp_path) as project:
        project.declare(bot, ("Variation", "v", {**v, "state": "archived"}), w)
        assert set(ends(project.apply()).values()) == {"done"}
        assert project.variation("bot", "v")["state"] == "archived"
        assert actions(project.plan()) == {}
        project.declare(bot, ("Variation", "v", {**v, "name": "N"}), w)
        project.heard()
        assert ends(project.apply()) == {"Variation/v": "done"}
        assert [asked.body for asked in project.heard() if asked.body] == [{"name": "N", "state": "published"}]
        assert actions(project.plan()) == {}


def test_an_archived_variation_that_cannot_be_is_incomplete() -> None:
    async def story(place: Place) -> None:
        config = await make(place, "AIConfig", {"key": "x", "name": "X"})
        with pytest.raises(Incomplete, match="cannot be archived; it is there, and not archived") as caught:
            await make(place, "Variation", {"config": "x", "key": "v", "name": "V", "state": "archived"}, config)
        assert caught.value.live.id == "x/v"

    play(story)


def test_the_commit_is_the_comment_of_a_version_where_none_is_declared() -> None:
    async def story(place: Place) -> list[str]:
        config = await _config(place)
        made = await make(place, "Variation", {"config": "bot", "key": "x", "name": "X"}, config)
        await place.provider.update(made, {**made.body, "name": "N", "comment": "why"}, change("name", "comment"))
        versions = place.sandbox.store.table("launchdarkly.configs").all()[0]["variations"]["x"]
        assert "comment" not in made.body
        return [version["comment"] for version in versions]

    assert play(story, seeds=SEEDS) == ["abc123", "why"]


def test_instructions_that_no_answer_shows_are_remembered(tmp_path: Path) -> None:
    """Absent is unknown: neither drift nor a change until the manifest says something else."""
    bot = ("AIConfig", "bot", {**BOT, "mode": "completion"})
    v: Body = {"config": {"ref": "bot"}, "key": "v", "name": "V", "instructions": "Help.", "description": "D"}
    with opened(tmp_path) as project:
        project.declare(bot, ("Variation", "v", v))
        assert set(ends(project.apply()).values()) == {"done"}
        plan = project.plan()
        assert (actions(plan), plan.drift) == ({}, ())
        project.declare(bot, ("Variation", "v", {**v, "instructions": "Help more."}))
        assert actions(project.plan()) == {"Variation/v": "update"}
        project.heard()
        assert ends(project.apply()) == {"Variation/v": "done"}
        assert [asked.body for asked in project.heard() if asked.body] == [{"instructions": "Help more."}]
        assert actions(project.plan()) == {}


# --- graphs ---------------------------------------------------------------------------------------


def test_root_and_edges_are_sent_together(tmp_path: Path) -> None:
    config = ("AIConfig", "bot", BOT)
    edge = {"key": "e", "sourceConfig": {"ref": "bot"}, "targetConfig": {"ref": "bot"}}
    graph: Body = {"name": "G", "rootConfigKey": {"ref": "bot"}, "edges": [edge]}
    with opened(tmp_path) as project:
        project.declare(config, ("AgentGraph", "g", graph))
        project.apply()
        project.declare(config, ("AgentGraph", "g", {**graph, "edges": [{**edge, "handoff": {"when": "x"}}]}))
        project.heard()
        assert ends(project.apply()) == {"AgentGraph/g": "done"}
        (body,) = [asked.body for asked in project.heard() if asked.body]
        assert set(body) == {"rootConfigKey", "edges"}
        project.declare(
            config, ("AgentGraph", "g", {**graph, "name": "H", "edges": [{**edge, "handoff": {"when": "x"}}]})
        )
        project.heard()
        project.apply()
        assert [asked.body for asked in project.heard() if asked.body] == [{"name": "H"}]
        assert actions(project.plan()) == {}


def test_a_graph_that_goes_while_it_is_read_is_gone() -> None:
    async def story(place: Place) -> None:
        await make(place, "AgentGraph", {"key": "g", "name": "G"})
        answering(place, "/agent-graphs/g", 404, {"code": "not_found"})
        assert await find(place, "AgentGraph") == []
        assert len(await find(place, "AgentGraph", wanted={("g",): frozenset({"name"})})) == 1

    play(story)


def test_the_model_of_a_model_config_that_is_gone_is_nobodys() -> None:
    async def story(place: Place) -> None:
        assert await place.provider.models.model_of("gone") is None
        assert await place.provider.models.model_of("OpenAI.gpt-4o") == "gpt-4o"
        assert place.sent == [f"GET /projects/default{MODELS}"]

    play(story)
