"""Whose Runtype account it is in the sandbox: organisations, generations of the API, credentials and rate limits."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from reconciler.sandbox import app
from tests.unit.sandbox.asking import ask, run
from tests.unit.sandbox.runtype_account import (
    CONFIGS,
    GPT_4,
    KEY,
    ORGANIZATION,
    V1,
    Clock,
    account,
    configs,
    create,
    get,
    put,
)

# organisations


def test_rows_of_an_organisation_have_no_user() -> None:
    sandbox = account(Account=[ORGANIZATION])
    made = create(sandbox)
    told = ("userId", "organizationId", "createdByUserId", "configScope", "configurationStatus")
    assert [made[name] for name in told] == [None, "org_1", "user_1", "organization", "ready"]
    assert (made["organizationConnectionId"], made["migrationCandidateCount"]) == (None, 0)


def test_a_personal_row_does_not_tell_what_only_organisations_have() -> None:
    made = create(account())
    assert (made["userId"], made["organizationId"], made["configScope"]) == ("user_sandbox", None, "user")
    assert not {"configurationStatus", "migrationCandidateCount"} & made.keys()


@pytest.mark.parametrize(("alias", "told"), [({}, "conn_1"), ({"alias": "pk_old"}, "pk_old")])
def test_a_connection_is_told_twice_and_the_older_word_may_be_an_alias(alias: dict[str, str], told: str) -> None:
    sandbox = account(Account=[ORGANIZATION], ProviderKey=[{**KEY, "id": "conn_1", **alias}])
    made = create(sandbox, providerKeyId="conn_1")
    assert (made["organizationConnectionId"], made["providerKeyId"]) == ("conn_1", told)


@pytest.mark.parametrize(("method", "path"), [("PUT", ""), ("DELETE", ""), ("PATCH", "/default"), ("PATCH", "/status")])
def test_an_id_that_an_organisation_replaced(method: str, path: str) -> None:
    sandbox = account(
        Account=[ORGANIZATION], ModelConfig=[{**GPT_4, "id": "cfg_new"}, {"id": "cfg_old", "migratedTo": "cfg_new"}]
    )
    assert [row["id"] for row in configs(sandbox)] == ["cfg_new"]
    refused = ask(sandbox, method, f"{CONFIGS}/cfg_old{path}", {"isEnabled": True})
    body = refused.json()
    assert (refused.status_code, body["code"]) == (409, "ORGANIZATION_MODEL_CONFIG_MIGRATED")
    assert (body["configId"], type(body["details"]), type(body["error"])) == ("cfg_new", str, str)


def _undecided() -> app.Sandbox:
    status = {"configurationStatus": "needs_configuration", "migrationCandidateCount": 3}
    return account(Account=[ORGANIZATION], ModelConfig=[{**GPT_4, "id": "cfg_1", **status}])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/cfg_1", {"isEnabled": True}),
        ("PUT", "/cfg_1", {"settings": {}}),
        ("DELETE", "/cfg_1", None),
        ("PATCH", "/cfg_1/default", None),
        ("PATCH", "/cfg_1/status", {"isEnabled": True}),
        ("POST", "", GPT_4),
    ],
)
def test_a_row_that_nobody_has_decided_about(method: str, path: str, body: Any) -> None:
    sandbox = _undecided()
    assert configs(sandbox)[0]["configurationStatus"] == "needs_configuration"
    refused = ask(sandbox, method, CONFIGS + path, body)
    told = refused.json()
    assert (refused.status_code, told["code"]) == (409, "ORGANIZATION_MODEL_CONFIG_NEEDS_CONFIGURATION")
    assert (told["configId"], told["provider"], told["modelId"]) == ("cfg_1", "openai", "gpt-4")
    assert (told["candidateCount"], type(told["details"])) == (3, str)


def test_a_put_of_all_of_it_decides() -> None:
    sandbox = _undecided()
    decided = put(sandbox, {"id": "cfg_1"}, settings={}, providerKeyId="platform")
    assert (decided.status_code, decided.json()["configurationStatus"]) == (200, "ready")
    assert put(sandbox, {"id": "cfg_1"}, isEnabled=False).status_code == 200


# generations


def test_the_older_generation() -> None:
    sandbox = account("A", Account=[ORGANIZATION])
    made = create(sandbox, settings={"topP": 0.9, "maxTokens": "many"})
    assert (made["userId"], made["organizationId"], made["configScope"]) == ("user_1", "org_1", "user")
    assert made["settings"] == {"topP": 0.9, "maxTokens": "many"}
    newer = {"creditPromoLabel", "creditPromoMultiplier", "createdByUserId", "organizationConnectionId"}
    assert not (newer | {"configurationStatus", "migrationCandidateCount"}) & made.keys()
    assert made["createdAt"] == "1970-03-25T08:00:00Z"
    assert ask(sandbox, "PUT", f"{V1}/provider-keys/organization-policy", {}).status_code == 404


def test_the_list_of_distinct_models_is_gone_from_the_newer_one() -> None:
    older, newer = account("A"), account("C")
    for sandbox in (older, newer):
        create(sandbox)
        create(sandbox)
    assert get(older, f"{CONFIGS}/distinct") == {"data": [GPT_4], "total": 1}
    assert ask(newer, "GET", f"{CONFIGS}/distinct").status_code == 404


# the way in


@pytest.mark.parametrize("credential", [None, "Bearer wrong", "sandbox", "Basic sandbox"])
def test_without_the_credential_nothing_is_answered(credential: str | None) -> None:
    async def with_header(client: httpx.AsyncClient) -> httpx.Response:
        headers = {} if credential is None else {"Authorization": credential}
        return await client.get(CONFIGS, headers=headers)

    answer = run(account(), with_header, token=None)
    assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})


@pytest.mark.parametrize("seed", [{}, ORGANIZATION])
def test_who_is_asking(seed: dict[str, str]) -> None:
    me = get(account(Account=[seed]), f"{V1}/auth/me")
    assert me == {
        "userId": seed.get("userId", "user_sandbox"),
        "orgId": seed.get("orgId"),
        "orgSlug": seed.get("orgSlug"),
        "orgRole": seed.get("orgRole"),
        "hasOrganization": bool(seed),
        "sessionId": None,
        "workspaceOrganizationId": seed.get("orgId"),
    }


@pytest.mark.parametrize(
    ("method", "path", "token", "status"),
    [
        ("GET", CONFIGS, "sandbox", 200),
        ("DELETE", f"{CONFIGS}/nowhere", "sandbox", 404),
        ("GET", f"{V1}/nowhere", "sandbox", 404),
        ("POST", f"{V1}/auth/me", "sandbox", 404),
        ("GET", CONFIGS, "wrong", 401),
    ],
)
def test_every_answer_says_how_many_requests_are_left(method: str, path: str, token: str, status: int) -> None:
    answer = ask(account(Account=[{"requestsPerHour": 10}]), method, path, token=token)
    assert answer.status_code == status
    told = [answer.headers[f"x-ratelimit-{name}"] for name in ("limit", "remaining", "reset")]
    assert told == ["10", "9", "7203600"]


def test_too_many_requests_in_an_hour() -> None:
    clock = Clock()
    sandbox = account(clock=clock, Account=[{"requestsPerHour": 1}])
    clock.time += 600
    assert ask(sandbox, "GET", CONFIGS).status_code == 200
    refused = ask(sandbox, "POST", CONFIGS, GPT_4)
    assert (refused.status_code, refused.json()) == (429, {"error": "Rate limit exceeded"})
    assert (refused.headers["retry-after"], refused.headers["x-ratelimit-remaining"]) == ("3000", "0")
    clock.time += 3000
    assert ask(sandbox, "GET", CONFIGS).status_code == 200


def test_a_429_on_demand_says_so_in_the_systems_words() -> None:
    sandbox = account()
    sandbox.faults.set("429=Retry-After: 2")
    answer = ask(sandbox, "GET", CONFIGS)
    assert (answer.status_code, answer.json()) == (429, {"error": "Rate limit exceeded"})
    assert answer.headers["retry-after"] == "2"
