"""Whom a token of LaunchDarkly speaks for, limits in every form, and refusals that mean more than they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest

from reconciler.errors import (
    Conflict,
    Malformed,
    NotFound,
    ProviderError,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
)
from reconciler.model import Auth, ValueSource
from reconciler.providers.launchdarkly import refusals

from .launchdarkly_project import BOT, TOKEN, Project, actions, find, make, opened, play, told
from .sandboxes import Place, answering

BUSY = "429=%s:POST /launchdarkly/api/v2/projects/default/ai-tools"
TOOL = {"key": "t", "schema": {}}
_NOBODY = {"items": [{"variationKey": "v"}]}


def test_it_says_which_account_and_which_token() -> None:
    async def story(place: Place) -> Any:
        return await place.provider.identify()

    account = play(story)
    assert (account.id, account.name) == ("60b1f5d0c1d5a90a1f0e4c11", "sandbox")


@pytest.mark.parametrize("auth", [None, Auth("bearer", ValueSource("env", "SANDBOX_TOKEN"))])
def test_a_bearer_is_not_taken(auth: Any) -> None:
    async def story(place: Place) -> None:
        raise AssertionError("it said who it is")

    with pytest.raises(Unauthorized, match="takes the bare token in the header Authorization") as caught:
        play(story, auth=auth)
    assert "{header: {name: Authorization, value: {env: LAUNCHDARKLY_TOKEN}}}" in caught.value.hint


def test_a_token_that_is_wrong_and_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(place: Place) -> None:
        raise AssertionError("it said who it is")

    monkeypatch.setenv("WRONG", "api-1234")
    with pytest.raises(Unauthorized, match="HTTP 401: Invalid access token"):
        play(story, auth=Auth("header", ValueSource("env", "WRONG"), "Authorization"))
    with pytest.raises(Unauthorized, match="the credential is not set"):
        play(story, auth=Auth("header", ValueSource("env", "NOT_SET_AT_ALL"), "Authorization"))


@pytest.mark.parametrize(
    ("status", "body"), [(404, {"code": "not_found"}), (200, {}), (200, []), (200, {"accountId": "a"})]
)
def test_what_is_no_launchdarkly_is_unavailable(status: int, body: Any) -> None:
    async def story(place: Place) -> Any:
        answering(place, "/caller-identity", status, body)
        return await place.provider.identify()

    if body == {"accountId": "a"}:
        assert play(story).name == ""
    else:
        with pytest.raises(Unavailable, match="no LaunchDarkly API at"):
            play(story)


def test_a_project_that_does_not_exist_is_told(tmp_path: Path) -> None:
    class Elsewhere(Project):
        target: ClassVar = {**Project.target, "project": "elsewhere"}

    with Elsewhere.opened(tmp_path, "v25") as project:
        project.declare(("AIConfig", "bot", BOT))
        plan = project.plan()
        assert not plan.complete
        (failure,) = told(plan, "target.unreachable")
        assert "Unknown project key elsewhere" in failure.summary


def test_a_token_that_may_only_read_plans_and_does_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_TOKEN", "sandbox-reader")
    with opened(tmp_path) as project:
        project.declare(("AIConfig", "bot", BOT))
        assert actions(project.plan()) == {"AIConfig/bot": "create"}
        (outcome,) = project.apply().outcomes
        assert outcome.status.value == "failed"
        assert "HTTP 403" in outcome.error
        assert "the credential may not do this" in outcome.error


# --- limits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told_as", "least", "most"),
    [
        ("Retry-After: 3", 3, 4),
        ("X-Ratelimit-Reset: epoch-ms+5", 5, 6),
        ("X-Ratelimit-Auth-Token-Reset: epoch-ms+4", 4, 5),
        ("X-Ratelimit-Reset: epoch-ms-60", 0, 1),
        ("none", 0, 1),
        ("disguised", 2, 3),
    ],
)
def test_a_limit_is_waited_for_whatever_its_form(told_as: str, least: float, most: float) -> None:
    async def story(place: Place) -> float:
        place.time.now = 1_780_000_000.0  # as of this century, which resets are told in
        place.sandbox.faults.set({"fault": BUSY % told_as, "times": 1})
        begun = place.time.now
        await make(place, "Tool", TOOL)
        return place.time.now - begun

    assert least <= play(story) <= most


def test_a_limit_without_an_end_is_told_as_one() -> None:
    async def story(place: Place) -> None:
        place.sandbox.faults.set({"fault": BUSY % "disguised", "times": None})
        with pytest.raises(RateLimited) as caught:
            await make(place, "Tool", TOOL)
        assert "requests_per_second" in caught.value.hint
        place.sandbox.faults.clear()
        assert await find(place, "Tool") == []

    play(story)


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "url", "status", "text", "error", "hint"),
    [
        ("GET", "/agent-graphs", 403, "This is a beta resource", Rejected, "the header LD-API-Version"),
        (
            "POST",
            "/ai-tools",
            400,
            "Too many values for parameter LD-API-Version",
            Rejected,
            "the header LD-API-Version",
        ),
        ("POST", "/x", 400, "lDAPIVersion is required and must be specified", Rejected, "the header LD-API-Version"),
        ("PATCH", "/variations/v", 403, "changes require approval", Rejected, "not another credential"),
        ("PATCH", "/x/targeting", 409, "", Conflict, "a guarded rollout"),
        ("PATCH", "/ai-tools/x", 409, "changed", None, ""),
        ("POST", "/ai-configs", 400, 'invalid variation "default"', Conflict, "exists already"),
        ("DELETE", "/variations/v", 400, "Cannot delete the last variation", Rejected, "remove the AI Config too"),
        ("DELETE", "/model-configs/x", 400, "model config is still in use", Conflict, "where it is used"),
        ("DELETE", "/skills/x", 409, "still in use by a variation", Conflict, "where it is used"),
        ("POST", "/ai-tools", 403, "no access to alphabet", None, ""),
        ("GET", "/x", 404, "", None, ""),
    ],
)
def test_what_a_refusal_means(
    method: str, url: str, status: int, text: str, error: type[ProviderError] | None, hint: str
) -> None:
    found = refusals.meaning("here: x", method, url, status, text)
    assert (found is None) == (error is None)
    if error is not None:
        assert type(found) is error
        assert hint in found.hint
        assert found.message.startswith(f"here: x: HTTP {status}")


def test_a_lost_beta_header_is_not_blamed_on_the_credential() -> None:
    async def story(place: Place) -> None:
        answering(place, "/agent-graphs", 403, {"code": "forbidden", "message": "This is a beta resource"})
        with pytest.raises(Rejected, match="beta resource"):
            await find(place, "AgentGraph")
        answering(place, "/ai-tools", 403, {"code": "forbidden", "message": "Access was denied"})
        with pytest.raises(Unauthorized):
            await find(place, "Tool")
        answering(place, "/skills", 404, {"code": "not_found", "message": "no"})
        with pytest.raises(NotFound):
            await find(place, "Skill")

    play(story, auth=TOKEN)


# --- answers of another shape ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "name", "answer"),
    [
        ("/ai-tools", "Tool", {"items": [{}], "totalCount": 1}),
        ("/ai-tools", "Tool", {"items": [], "totalCount": "many"}),
        ("/model-configs", "ModelConfig", [{"key": "x"}]),
        ("/model-configs", "RestrictedModels", [{"id": "x"}]),
        ("/ai-configs", "AIConfig", {"items": [{"key": "x"}]}),
        ("/ai-configs", "AIConfig", {"items": [{"key": "x", "variations": [{"key": "v"}]}]}),
        ("/ai-configs", "AIConfig", {"items": [{"key": "x", "variations": [], "dependencies": [{}]}]}),
        ("/ai-configs", "Targeting", {"items": [{}]}),
    ],
)
def test_an_answer_of_another_shape_is_malformed(path: str, name: str, answer: Any) -> None:
    async def story(place: Place) -> None:
        answering(place, path, 200, answer)
        if answer == {"items": [], "totalCount": "many"}:
            assert await find(place, name) == []
        else:
            with pytest.raises(Malformed):
                await find(place, name)

    play(story)


@pytest.mark.parametrize("answer", [None, [], {"successes": []}, {"errors": [{"code": 400}]}])
def test_a_list_of_restricted_models_that_says_something_else_is_malformed(answer: Any) -> None:
    async def story(place: Place) -> None:
        (live,) = await find(place, "RestrictedModels")
        answering(place, "/restricted", 200, answer)
        with pytest.raises(Malformed):
            await place.provider.update(live, {"keys": ["OpenAI.gpt-4o"]}, ())

    play(story)


@pytest.mark.parametrize("answer", [None, {"items": [{"key": "v"}]}, {"items": [{"key": "v", "version": 1}]}])
def test_a_variation_of_another_shape_is_malformed(answer: Any) -> None:
    async def story(place: Place) -> None:
        config = await make(place, "AIConfig", BOT)
        made = await make(place, "Variation", {"config": "bot", "key": "v", "name": "V"}, config)
        answering(place, "/variations/v", 200, answer)
        with pytest.raises(Malformed):
            await place.provider.update(made, made.body, ())

    play(story)


def test_a_reference_that_names_nobody_makes_the_target_unreadable(tmp_path: Path) -> None:
    with opened(tmp_path) as project:
        project.declare(("Tool", "t", TOOL), ("AIConfig", "bot", BOT))
        project.apply()
        project.declare(("AIConfig", "bot", BOT))
        answering(Place(None, project.sandbox, project.time, "", "launchdarkly"), "/references", 200, _NOBODY)
        plan = project.plan()
        assert not plan.complete
        assert "has a row without 'aiConfigKey'" in told(plan, "target.unreachable")[0].summary
