"""Targeting of LaunchDarkly: one patch of what differs, by ids that were read a moment ago."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import Conflict, Incomplete, Malformed, Rejected
from reconciler.model import Body, Live
from reconciler.providers.launchdarkly import served

from .launchdarkly_project import (
    BOT,
    CONFIGS,
    SEMANTIC,
    Project,
    actions,
    change,
    ends,
    find,
    kind,
    make,
    opened,
    play,
    told,
)
from .sandboxes import App, Place, instead, send_json

SEEDS: dict[str, list[Body]] = {
    "AIConfig": [BOT],
    "Variation": [{"config": "bot", "key": key, "name": key.title()} for key in ("v", "w")],
    "Segment": [{"key": "beta"}],
}
CLAUSE = {"attribute": "country", "op": "in", "values": ["DE"]}
FULL: Body = {
    "config": "bot",
    "environment": "test",
    "rules": [{"description": "Some", "clauses": [CLAUSE], "variation": "v"}],
    "targets": [
        {"variation": "v", "values": ["ann"]},
        {"contextKind": "organization", "variation": "v", "values": ["acme"]},
    ],
    "fallthrough": {
        "rollout": {"variations": [{"variation": "v", "weight": 60000}, {"variation": "w", "weight": 40000}]}
    },
    "offVariation": "w",
    "trackEvents": True,
    "trackEventsFallthrough": True,
}


async def _target(place: Place, environment: str = "test") -> Live:
    lives = await find(place, "Targeting", wanted={("bot", environment): frozenset()})
    return next(live for live in lives if live.identity == ("bot", environment))


def _kinds(heard: list[Any]) -> list[list[str]]:
    """The instructions of each patch."""
    bodies = [asked.body for asked in heard if asked.line.startswith("PATCH")]
    return [[step["kind"] for step in body["instructions"]] for body in bodies]


def test_all_of_it_is_one_patch_and_reads_back_as_it_was_written(tmp_path: Path) -> None:
    with opened(tmp_path, **SEEDS) as project:
        project.declare(("Targeting", "t", FULL), ("Tool", "beside", {"schema": {}}))
        project.heard()
        assert ends(project.apply())["Targeting/t"] == "done"
        (steps,) = _kinds(project.heard())
        assert steps == [
            "updateFallthroughVariationOrRollout",
            "updateOffVariation",
            "replaceRules",
            "replaceTargets",
            "updateTrackEvents",
            "updateTrackEventsFallthrough",
        ]
        assert actions(project.plan()) == {}
        project.declare(("Targeting", "t", {**FULL, "offVariation": "v"}), ("Tool", "beside", {"schema": {}}))
        project.heard()
        project.apply()
        assert _kinds(project.heard()) == [["updateOffVariation"]]


def test_ids_are_those_of_a_moment_ago(tmp_path: Path) -> None:
    """A change of a variation in the same run gives it another id."""
    bot, v = ("AIConfig", "bot", BOT), {"config": {"ref": "bot"}, "key": "v", "name": "V"}
    there = {"config": {"ref": "bot"}, "environment": "test"}
    with opened(tmp_path) as project:
        project.declare(bot, ("Variation", "v", v), ("Targeting", "t", {**there, "trackEvents": True}))
        project.apply()
        served = {**there, "fallthrough": {"variation": {"ref": "v"}}}
        project.declare(bot, ("Variation", "v", {**v, "instructions": "Help."}), ("Targeting", "t", served))
        assert set(ends(project.apply()).values()) == {"done"}
        assert project.served("bot", "test")["fallthrough"] == "V"
        assert actions(project.plan()) == {}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"variation": "v"}, {"rollout": {"variations": [{"variation": "w", "weight": 100000}]}}),
        (
            {"rollout": {"variations": [{"variation": "w", "weight": 100000}], "bucketBy": "country"}},
            {"variation": "v"},
        ),
        ({"variation": "v"}, None),
        ({"rollout": {"variations": [{"variation": "w", "weight": 100000}]}}, None),
    ],
)
def test_a_fallthrough_is_a_variation_or_a_rollout_or_the_stub(
    tmp_path: Path, first: Body, second: Body | None
) -> None:
    there: Body = {"config": "bot", "environment": "test", "offVariation": "v"}
    with opened(tmp_path, **SEEDS) as project:
        for fallthrough in (first, second, first):
            more = {"fallthrough": fallthrough} if fallthrough is not None else {}
            project.declare(("Targeting", "t", {**there, **more}), ("Tool", "beside", {"schema": {}}))
            assert ends(project.apply())["Targeting/t"] == "done"
            assert actions(project.plan()) == {}
            held = project.ask("GET", f"{CONFIGS}/bot/targeting")["environments"]["test"]["fallthrough"]
            assert ("rollout" in held) is ("rollout" in (fallthrough or {}))
            assert held.get("variation", -1) == (0 if fallthrough is None else 1 if "variation" in fallthrough else -1)


@pytest.mark.parametrize(("variation", "name"), [("v", "V"), ("disabled", "disabled")])
def test_a_drifted_kind_of_fallthrough_is_taken_back(tmp_path: Path, variation: str, name: str) -> None:
    there: Body = {"config": "bot", "environment": "test", "fallthrough": {"variation": variation}}
    with opened(tmp_path, **SEEDS) as project:
        project.declare(("Targeting", "t", there), ("Tool", "beside", {"schema": {}}))
        project.apply()
        ids = [row["_id"] for row in project.ask("GET", f"{CONFIGS}/bot/targeting")["variations"]]
        step = {"kind": "updateFallthroughVariationOrRollout", "rolloutWeights": {ids[1]: 50000, ids[2]: 50000}}
        _by_hand(project, step)
        assert actions(project.plan()) == {"Targeting/t": "update"}
        assert ends(project.apply()) == {"Targeting/t": "done"}
        assert project.served("bot", "test")["fallthrough"] == name
        assert actions(project.plan()) == {}


def test_a_rollout_by_hand_goes_with_the_manifest_that_said_a_variation(tmp_path: Path) -> None:
    there: Body = {"config": "bot", "environment": "test", "fallthrough": {"variation": "v"}}
    with opened(tmp_path, **SEEDS) as project:
        project.declare(("Targeting", "t", there), ("Tool", "beside", {"schema": {}}))
        project.apply()
        ids = [row["_id"] for row in project.ask("GET", f"{CONFIGS}/bot/targeting")["variations"]]
        step = {"kind": "updateFallthroughVariationOrRollout", "rolloutWeights": {ids[1]: 50000, ids[2]: 50000}}
        _by_hand(project, step)
        project.declare(("Tool", "beside", {"schema": {}}))
        assert ends(project.apply()) == {"Targeting/t": "done"}
        assert project.served("bot", "test")["fallthrough"] == "disabled"


def _by_hand(project: Project, *steps: Body, environment: str = "test") -> None:
    patch = {"environmentKey": environment, "instructions": list(steps)}
    project.ask("PATCH", f"{CONFIGS}/bot/targeting", patch, content_type=SEMANTIC)


# --- events of rules ------------------------------------------------------------------------------


def test_new_rules_track_their_events_by_a_second_patch_and_old_ones_by_the_first(tmp_path: Path) -> None:
    rules = [
        {"clauses": [CLAUSE], "variation": "v", "trackEvents": True},
        {"clauses": [{**CLAUSE, "negate": True}], "variation": "w"},
    ]
    there: Body = {"config": "bot", "environment": "test", "rules": rules}
    with opened(tmp_path, **SEEDS) as project:
        project.declare(("Targeting", "t", there), ("Tool", "beside", {"schema": {}}))
        project.heard()
        assert ends(project.apply())["Targeting/t"] == "done"
        assert _kinds(project.heard()) == [["replaceRules"], ["updateRuleTrackEvents"]]
        assert [rule["trackEvents"] for rule in project.served("bot", "test")["rules"]] == [True, False]
        assert actions(project.plan()) == {}
        turned = [{**rules[0], "trackEvents": False}, {**rules[1], "trackEvents": True}]
        project.declare(("Targeting", "t", {**there, "rules": turned}), ("Tool", "beside", {"schema": {}}))
        project.heard()
        project.apply()
        assert _kinds(project.heard()) == [["updateRuleTrackEvents", "updateRuleTrackEvents"]]
        assert [rule["trackEvents"] for rule in project.served("bot", "test")["rules"]] == [False, True]


def test_a_second_patch_that_fails_says_what_is_set(tmp_path: Path) -> None:
    async def story(place: Place) -> None:
        patches = 0

        def wrap(real: App) -> App:
            async def app(scope: Any, receive: Any, send: Any) -> None:
                nonlocal patches
                patches += scope["method"] == "PATCH"
                if scope["method"] == "PATCH" and patches == 2:
                    await send_json(send, 400, {"code": "invalid_request", "message": "no"})
                else:
                    await real(scope, receive, send)

            return app

        instead(place, wrap)
        live = await _target(place)
        body = {**live.body, "rules": [{"clauses": [CLAUSE], "variation": "v", "trackEvents": True}]}
        with pytest.raises(Incomplete, match="all is set but `trackEvents` of the rules") as caught:
            await place.provider.update(live, body, change("rules"))
        assert caught.value.live.body["rules"][0]["variation"] == "v"

    play(story, seeds=SEEDS)


# --- what somebody else decides -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("owner", "called"), [("experiment", "an experiment"), ("measuredRollout", "a guarded rollout")]
)
def test_what_a_rollout_owns_is_reported_and_left(tmp_path: Path, owner: str, called: str) -> None:
    there: Body = {"config": "bot", "environment": "test", "fallthrough": {"variation": "v"}}
    rollout = {"config": "bot", "environment": "production", "type": owner}
    with opened(tmp_path, **SEEDS, Rollout=[rollout]) as project:
        project.declare(("Targeting", "t", there), ("Targeting", "p", {**there, "environment": "production"}))
        (refusal,) = told(project.plan(), "guard.rollout")
        assert refusal.summary == f"here/Targeting/p cannot be changed: {called} decides what is served"
        assert ends(project.apply(exclude=["Targeting/p"])) == {"Targeting/t": "done"}


def test_a_rollout_that_began_since_is_no_drift(tmp_path: Path) -> None:
    there: Body = {"config": "bot", "environment": "test", "fallthrough": {"variation": "v"}}
    with opened(tmp_path, **SEEDS) as project:
        ours = ("AIConfig", "bot", BOT)
        project.declare(("Targeting", "t", there), ("Tool", "beside", {"schema": {}}))
        project.apply()
        ids = [row["_id"] for row in project.ask("GET", f"{CONFIGS}/bot/targeting")["variations"]]
        _by_hand(project, {"kind": "startAutomatedRelease", "originalVariationId": ids[1], "targetVariationId": ids[2]})
        plan = project.plan()
        assert (actions(plan), plan.drift) == ({}, ())
        project.declare(
            ("Targeting", "t", there),
            ("Targeting", "p", {**there, "environment": "production", "fallthrough": {"variation": "disabled"}}),
            ("Tool", "beside", {"schema": {}}),
        )
        assert len(told(project.plan(), "lint.rollout")) == 1
        (warning,) = told(plan, "lint.rollout")
        assert warning.summary == "here/Targeting/t is left alone: a guarded rollout decides what is served"
        project.declare(("Tool", "beside", {"schema": {}}))
        assert [d.code for d in project.plan().diagnostics] == ["guard.rollout"]
        project.declare(
            ("Targeting", "t", {**there, "config": {"ref": "bot"}}), ours, ("Tool", "beside", {"schema": {}})
        )
        assert [d.code for d in project.plan().diagnostics] == ["lint.rollout"]
        _by_hand(project, {"kind": "stopAutomatedRelease", "finalVariationId": ids[2]})
        assert actions(project.plan(adopt=True)) == {"AIConfig/bot": "adopt", "Targeting/t": "update"}


def test_a_rollout_that_begins_meanwhile_is_told(tmp_path: Path) -> None:
    there: Body = {"config": "bot", "environment": "test", "offVariation": "v"}
    with opened(tmp_path, **SEEDS) as project:
        project.declare(("Targeting", "t", there), ("Tool", "beside", {"schema": {}}))

        def meanwhile(_: object) -> bool:
            ids = [row["_id"] for row in project.ask("GET", f"{CONFIGS}/bot/targeting")["variations"]]
            step = {"kind": "startAutomatedRelease", "originalVariationId": ids[1], "targetVariationId": ids[2]}
            _by_hand(project, step)
            return True

        (outcome,) = [o for o in project.apply(confirm=meanwhile).outcomes if o.address.kind == "Targeting"]
        assert outcome.status.value == "failed"
        assert "HTTP 409" in outcome.error
        assert "an experiment or a guarded rollout runs in this environment" in outcome.error


def test_what_moved_since_the_plan_is_not_overwritten() -> None:
    async def story(place: Place) -> None:
        live = await _target(place)
        await place.provider.update(live, {**live.body, "offVariation": "w"}, change("offVariation"))
        with pytest.raises(Conflict, match="offVariation of Targeting bot/test moved since the plan was made"):
            await place.provider.update(live, {**live.body, "offVariation": "v"}, change("offVariation"))
        again = await place.provider.update(live, {**live.body, "trackEvents": True}, change("trackEvents"))
        assert (again.body["offVariation"], again.body["trackEvents"]) == ("w", True)

    play(story, seeds=SEEDS)


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "code", "summary"),
    [
        ({"offVariation": "x"}, "guard.variation", "names x, which the AI Config bot does not have"),
        ({"rules": [{"clauses": [CLAUSE], "variation": "y"}]}, "guard.variation", "names y"),
        ({"environment": "staging"}, "guard.environment", "there is no environment staging"),
    ],
)
def test_what_is_not_there_is_refused_by_the_plan(tmp_path: Path, fields: Body, code: str, summary: str) -> None:
    with opened(tmp_path, **SEEDS) as project:
        project.declare(("Targeting", "t", {"config": "bot", "environment": "test", **fields}))
        (refusal,) = told(project.plan(), code)
        assert summary in refusal.summary


def test_a_config_that_is_made_in_the_same_run_has_its_variations_alone(tmp_path: Path) -> None:
    bot = ("AIConfig", "bot", BOT)
    v = ("Variation", "v", {"config": {"ref": "bot"}, "name": "V"})
    there: Body = {"config": {"ref": "bot"}, "environment": "test", "fallthrough": {"variation": {"ref": "v"}}}
    with opened(tmp_path) as project:
        project.declare(bot, v, ("Targeting", "t", {**there, "offVariation": "x"}))
        (refusal,) = told(project.plan(), "guard.variation")
        assert refusal.detail == "it has disabled, v"
        project.declare(bot, v, ("Targeting", "t", {**there, "environment": "staging"}))
        assert "there is no environment staging" in project.apply().outcomes[1].error


def test_a_variation_that_targeting_does_not_know_yet_is_waited_for() -> None:
    async def story(place: Place) -> float:
        reads = 0

        def wrap(real: App) -> App:
            async def app(scope: Any, receive: Any, send: Any) -> None:
                nonlocal reads
                is_read = scope["method"] == "GET" and scope["path"].endswith("/targeting")
                reads += is_read
                if is_read and reads < 4:
                    empty = {"variations": [], "environments": {}}
                    await send_json(send, 200, empty)
                else:
                    await real(scope, receive, send)

            return app

        live = await _target(place)
        instead(place, wrap)
        held = await place.provider.update(live, {**live.body, "offVariation": "v"}, change("offVariation"))
        assert held.body["offVariation"] == "v"
        return place.time.now

    begun = play(_now, seeds=SEEDS)
    assert play(story, seeds=SEEDS) - begun == pytest.approx(0.25 + 0.5 + 1)


async def _now(place: Place) -> float:
    return place.time.now


def test_one_that_never_comes_is_told() -> None:
    async def story(place: Place) -> None:
        live = await _target(place)
        with pytest.raises(Rejected, match="the targeting of bot does not know nobody"):
            await place.provider.update(live, {**live.body, "offVariation": "nobody"}, change("offVariation"))
        gone = {**live.body, "config": "gone"}
        with pytest.raises(Rejected, match="the targeting of gone does not know"):
            await place.provider.create(kind("Targeting"), gone, None)

    play(story, seeds=SEEDS)


# --- what answers look like -----------------------------------------------------------------------


def test_answers_are_read_as_they_are_seen_in_the_field() -> None:
    """Parts left out, one kind of context in both lists, a segment without a kind, a value that is no object."""
    shown = served.read(
        {
            "variations": [
                {"_id": "0", "name": "disabled", "value": "off"},
                {"_id": "1", "name": "V", "value": {"_ldMeta": {"variationKey": "v"}}},
            ],
            "environments": {
                "test": {
                    "fallthrough": {"variation": 0},
                    "rules": [
                        {
                            "clauses": [
                                {
                                    "attribute": "segmentMatch",
                                    "op": "segmentMatch",
                                    "values": ["beta"],
                                    "contextKind": "",
                                }
                            ],
                            "rollout": {
                                "variations": [{"variation": 1, "weight": 100000, "_untracked": True}],
                                "seed": 7,
                            },
                        }
                    ],
                    "targets": [{"variation": 1, "values": ["ann"]}],
                    "contextTargets": [{"variation": 1, "contextKind": "user", "values": ["ben"]}],
                },
                "bare": {},
            },
        }
    )
    assert shown.ids == {"disabled": "0", "v": "1"}
    body = shown.environments["test"].body
    assert body["rules"] == [
        {
            "clauses": [
                {
                    "contextKind": "user",
                    "attribute": "segmentMatch",
                    "op": "segmentMatch",
                    "negate": False,
                    "values": ["beta"],
                }
            ],
            "rollout": {"variations": [{"variation": "v", "weight": 100000}], "contextKind": "user"},
            "trackEvents": False,
        }
    ]
    assert body["targets"] == [{"contextKind": "user", "variation": "v", "values": ["ann", "ben"]}]
    assert (body["fallthrough"], body.get("offVariation")) == ({"variation": "disabled"}, None)
    assert shown.environments["bare"].body["fallthrough"] == {}
    assert shown.naming("v") == ("test",)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [],
        None,
        {"variations": [], "environments": {"test": {"fallthrough": {"variation": 3}}}},
        {"variations": [1]},
    ],
)
def test_another_shape_is_malformed(answer: Any) -> None:
    async def story(place: Place) -> None:
        def wrap(real: App) -> App:
            async def app(scope: Any, receive: Any, send: Any) -> None:
                await send_json(send, 200, answer)

            return app

        instead(place, wrap)
        with pytest.raises(Malformed, match="the targeting of bot is not as the API's contract describes it"):
            await find(place, "Targeting", wanted={("bot", "test"): frozenset()})

    play(story, seeds=SEEDS)


def test_everything_is_found_where_nothing_is_named(tmp_path: Path) -> None:
    async def story(place: Place) -> list[str]:
        return sorted(live.id for live in await find(place, "Targeting"))

    assert play(story, seeds=SEEDS) == ["bot/production", "bot/test"]


def test_the_commit_is_the_comment_where_none_is_declared() -> None:
    async def story(place: Place) -> list[Any]:
        live = await _target(place)
        said: list[Any] = []

        def wrap(real: App) -> App:
            async def app(scope: Any, receive: Any, send: Any) -> None:
                async def told() -> Any:
                    message = await receive()
                    if scope["method"] == "PATCH" and message.get("body"):
                        said.append(json.loads(message["body"]).get("comment"))
                    return message

                await real(scope, told, send)

            return app

        instead(place, wrap)
        live = await place.provider.update(live, {**live.body, "offVariation": "v"}, change("offVariation"))
        await place.provider.update(live, {**live.body, "offVariation": "w", "comment": "why"}, change("offVariation"))
        same = await place.provider.update(live, {**live.body, "comment": "why not"}, change("comment"))
        assert same.body["offVariation"] == "w"
        place.provider.note = ""
        await place.provider.update(same, {**same.body, "trackEvents": True}, change("trackEvents"))
        return said

    assert play(story, seeds=SEEDS) == ["abc123", "why", None]


def test_an_environment_that_wants_approvals_says_so(tmp_path: Path) -> None:
    config = ("AIConfig", "bot", BOT)
    v: Body = {"config": {"ref": "bot"}, "key": "v", "name": "V"}
    serving = ("Targeting", "t", {"config": {"ref": "bot"}, "environment": "test", "offVariation": {"ref": "v"}})
    with opened(tmp_path, Environment=[{"key": "test", "name": "Test", "requires_approval": True}]) as project:
        project.declare(config, ("Variation", "v", v), serving)
        project.apply()
        project.declare(config, ("Variation", "v", {**v, "instructions": "Help."}), serving)
        (outcome,) = project.apply().outcomes
        assert outcome.status.value == "failed"
        assert "needs an approval in LaunchDarkly, not another credential" in outcome.error


def test_making_one_that_nobody_lists(tmp_path: Path) -> None:
    async def story(place: Place) -> None:
        made = await make(place, "Targeting", FULL)
        assert made.id == "bot/test"
        assert made.body["offVariation"] == "w"
        with pytest.raises(Rejected, match="there is no environment moon"):
            await make(place, "Targeting", {**FULL, "environment": "moon"})

    play(story, seeds=SEEDS)
