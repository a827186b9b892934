"""How LaunchDarkly's sandbox is asked: what is served, to whom, page by page, from which seeds."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from reconciler.sandbox.launchdarkly import served
from reconciler.sandbox.launchdarkly.state import DIALECTS, GLOBAL_MODELS
from tests.openapi.launchdarkly import DOCUMENT, problems
from tests.unit.sandbox.asking import run
from tests.unit.sandbox.launchdarkly_asking import (
    ADMIN,
    BETA,
    CONFIGS,
    GLOBAL,
    GRAPHS,
    MODELS,
    OPTIMIZATIONS,
    ROOT,
    SKILLS,
    SNIPPETS,
    TOOLS,
    ask,
    config,
    get,
    model,
    refused,
    send,
    started,
)

OPTIMIZATION = {"key": "o", "aiConfigKey": "bot", "maxAttempts": 3, "judgeModel": "m"}


# what is served


def test_every_operation_of_the_document_is_served_and_no_other() -> None:
    beta = {"$ref": "#/components/parameters/LDAPIVersionBeta"}
    documented = {
        (operation.method, operation.path, beta in operation.facts.get("parameters", ()))
        for operation in DOCUMENT.operations
    }
    ours = {(operation.method, operation.path, operation.beta) for operation in served(DIALECTS["v25"])}
    assert ours - documented == {("GET", "/api/v2/caller-identity", False)}
    assert documented - ours == set()
    assert len(documented) == 60


def test_every_operation_answers_with_a_status_of_the_document() -> None:
    statuses = {(operation.method, operation.path): operation.facts["responses"] for operation in DOCUMENT.operations}
    for operation in served(DIALECTS["v25"])[1:]:
        assert str(operation.status) in statuses[operation.method, operation.path], operation.path


@pytest.mark.parametrize(
    ("status", "body", "found"),
    [
        (200, {"key": "a", "schema": {}, "version": 1, "createdAt": 1}, ""),
        (200, {"key": "a", "schema": {}, "version": 1}, "createdAt"),
        (200, {"key": "a", "schema": [], "version": 1, "createdAt": 1}, "schema"),
        (200, None, "null"),
        (404, {"code": "not_found"}, "message"),
        (418, {}, "getAITool answers 418, which neither the document nor UNLISTED knows"),
    ],
)
def test_a_wrong_answer_would_be_found(status: int, body: Any, found: str) -> None:
    told = problems("GET", f"{TOOLS}/a", status, body)
    assert bool(told) is bool(found)
    assert found in "".join(told)
    assert problems("DELETE", f"{TOOLS}/a", 204, {}) == ["deleteAITool answers 204 with a body"]


# who asks, and how


def test_the_caller() -> None:
    caller = get(started(), "/api/v2/caller-identity")
    assert (caller["memberId"], caller["tokenName"], caller["serviceToken"]) == (ADMIN, "sandbox", False)
    assert caller["accountId"]


@pytest.mark.parametrize("token", [None, "wrong", "Bearer sandbox", ""])
def test_only_the_bare_token_is_taken(token: str | None) -> None:
    answer = ask(started(), "GET", TOOLS, token=token)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


def test_a_token_that_may_only_read() -> None:
    sandbox = started()
    assert ask(sandbox, "GET", TOOLS, token="sandbox-reader").status_code == 200
    answer = ask(sandbox, "POST", TOOLS, {"key": "a", "schema": {}}, token="sandbox-reader")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v2/nowhere", 404, "not_found"),
        ("GET", "/api/v2/projects/other/ai-tools", 404, "not_found"),
        ("PUT", TOOLS, 405, "method_not_allowed"),
        ("GET", f"{TOOLS}/", 404, "not_found"),
    ],
)
def test_what_nothing_answers(method: str, path: str, status: int, code: str) -> None:
    assert refused(started(), method, path)[:2] == (status, code)


def test_methods_can_be_overridden() -> None:
    sandbox = started()
    send(sandbox, "POST", TOOLS, {"key": "a", "schema": {}}, 201)

    async def story(client: httpx.AsyncClient) -> list[int]:
        auth = {"Authorization": "sandbox"}
        statuses = []
        for override in ("patch", "DELETE"):
            headers = {**auth, "X-HTTP-Method-Override": override}
            answer = await client.post(f"{ROOT}{TOOLS}/a", json={"description": "x"}, headers=headers)
            statuses.append(answer.status_code)
        answer = await client.get(f"{ROOT}{TOOLS}", headers={**auth, "X-HTTP-Method-Override": "DELETE"})
        return [*statuses, answer.status_code]

    assert run(sandbox, story, token=None) == [200, 204, 200]


def test_the_version_of_the_api_is_said_once() -> None:
    sandbox = started()

    async def story(client: httpx.AsyncClient) -> list[httpx.Response]:
        auth = ("Authorization", "sandbox")
        once = [auth, ("LD-API-Version", "20240415")]
        return [
            await client.get(f"{ROOT}{TOOLS}", headers=once),
            await client.get(f"{ROOT}{TOOLS}", headers=[*once, ("LD-API-Version", "beta")]),
        ]

    good, bad = run(sandbox, story, token=None)
    assert (good.status_code, bad.status_code) == (200, 400)
    assert bad.json()["message"] == "Too many values for parameter LD-API-Version"


@pytest.mark.parametrize("content", [b"{", b"", b"[]", b"null"])
def test_a_body_that_is_no_object(content: bytes) -> None:
    async def story(client: httpx.AsyncClient) -> httpx.Response:
        return await client.post(f"{ROOT}{TOOLS}", content=content, headers={"Authorization": "sandbox"})

    answer = run(started(), story, token=None)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        (MODELS, {"key": "a", "id": "a"}, "name: Field required"),
        (MODELS, {**model(), "costPerInputToken": "1"}, "costPerInputToken: Input should be a valid number"),
        (MODELS, {**model(), "tags": ["a b"]}, "tags.0: String should match"),
        (MODELS, model(GLOBAL), "already exists"),
        (TOOLS, {"key": "a", "schema": "x"}, "schema: Input should be a valid dictionary"),
        (TOOLS, {"key": "a", "schema": None}, "schema: Field required"),
        (SKILLS, {"key": "A", "name": "A", "markdown": "x"}, "key: String should match"),
        (CONFIGS, {"key": "a", "name": "A", "mode": "judge"}, "evaluationMetricKey is required"),
        (CONFIGS, {"key": "a", "name": "A", "mode": "other"}, "mode: Input should be"),
        (CONFIGS, {"key": "a", "name": "A", "maintainerId": "nobody"}, "maintainerId: there is no nobody"),
        (CONFIGS, {"key": "a", "name": "A", "maintainerId": ADMIN, "maintainerTeamKey": "t"}, "not both"),
        (CONFIGS, {"key": "a", "name": "A", "defaultVariation": {"name": "A"}}, "key: Field required"),
        (OPTIMIZATIONS, {**OPTIMIZATION, "aiConfigKey": "nobody"}, "there is no AI Config nobody"),
    ],
)
def test_bodies_that_are_refused(path: str, body: Any, message: str) -> None:
    status, code, found = refused(started(), "POST", path, body)
    assert (status, code) == (400, "invalid_request")
    assert message in found


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (TOOLS, {"key": "a", "schema": {}}),
        (SNIPPETS, {"key": "a", "name": "A", "text": "x"}),
        (SKILLS, {"key": "a", "name": "A", "markdown": "x"}),
    ],
)
def test_a_key_that_is_taken(path: str, body: Any) -> None:
    sandbox = started()
    send(sandbox, "POST", path, body, 201)
    assert refused(sandbox, "POST", path, body)[:2] == (409, "optimistic_locking_error")


# lists


def test_pages_name_their_neighbours() -> None:
    seeds = {"Tool": [{"key": f"t{n:02}", "schema": {}} for n in range(45)]}
    sandbox = started(seeds=seeds)
    found, path = [], TOOLS
    while path:
        page = get(sandbox, path)
        assert page["totalCount"] == 45
        found.append([row["key"] for row in page["items"]])
        path = page["_links"].get("next", {}).get("href", "")
    assert [len(keys) for keys in found] == [20, 20, 5]
    assert [key for keys in found for key in keys] == [f"t{n:02}" for n in range(45)]
    links = get(sandbox, f"{TOOLS}?limit=10&offset=15&sort=key")["_links"]
    assert {name: link["href"].partition("?")[2] for name, link in links.items()} == {
        "self": "sort=key&limit=10&offset=15",
        "first": "sort=key&limit=10&offset=0",
        "last": "sort=key&limit=10&offset=40",
        "next": "sort=key&limit=10&offset=25",
        "prev": "sort=key&limit=10&offset=5",
    }


def test_a_page_has_a_hundred_rows_at_most() -> None:
    sandbox = started(seeds={"Tool": [{"key": f"t{n}", "schema": {}} for n in range(101)]})
    assert len(get(sandbox, f"{TOOLS}?limit=1000")["items"]) == 100
    assert list(get(started(), TOOLS)["_links"]) == ["self"]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "offset=-1", "filter=mode", "filter=mode anyOf [x]y", "filter=mode anyOf [x]"]
)
def test_queries_that_are_refused(query: str) -> None:
    assert refused(started(), "GET", f"{CONFIGS}?{query}")[0] == 400


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ('filter=mode anyOf ["agent", "judge"]', ["b"]),
        ("filter=mode equals completion", ["c", "a"]),
        ('filter=mode equals "completion",tags anyOf ["x"]', ["a"]),
        ("filter=version equals 2", []),
        ("sort=name", ["a", "b", "c"]),
        ("sort=-name", ["c", "b", "a"]),
        ("sort=-lastModified", ["a", "b", "c"]),
    ],
)
def test_lists_are_filtered_and_sorted(query: str, keys: list[str]) -> None:
    times = iter(range(1, 1000))
    sandbox = started(clock=lambda: float(next(times)))
    for key, fields in (("c", {}), ("b", {"mode": "agent"}), ("a", {"tags": ["x"]})):
        config(sandbox, key, **fields)
    assert [row["key"] for row in get(sandbox, f"{CONFIGS}?{query}")["items"]] == keys


def test_model_configs_are_sorted_too() -> None:
    keys = [row["key"] for row in get(started(), f"{MODELS}?sort=-name")]
    assert keys == [row["key"] for row in sorted(GLOBAL_MODELS, key=lambda row: row["name"], reverse=True)]


# seeds


SEEDS: dict[str, list[dict[str, Any]]] = {
    "AgentGraph": [{"key": "g", "name": "G"}],
    "Optimization": [OPTIMIZATION],
    "Variation": [{"config": "bot", "key": "a", "name": "A", "tools": [{"key": "t", "version": 1}]}],
    "AIConfig": [{"key": "bot", "name": "Bot"}],
    "Tool": [{"key": "t", "schema": {}}],
    "PromptSnippet": [{"key": "s", "name": "S", "text": "x"}],
    "Skill": [{"key": "k", "name": "K", "markdown": "x"}],
    "ModelConfig": [model()],
    "RestrictedModels": [{"keys": ["Acme.small", GLOBAL]}],
    "Environment": [{"key": "staging", "name": "Staging"}, {"key": "production", "requires_approval": True}],
    "Segment": [{"key": "staff"}],
    "Member": [{"_id": "m1", "email": "ann@example.com", "role": "writer"}],
    "Team": [{"key": "platform", "name": "Platform"}],
}


def test_seeds_are_there_before_anyone_asks_and_stay_as_they_became(tmp_path: Any) -> None:
    for changed in (False, True):
        sandbox = started(seeds=SEEDS, data=tmp_path / "data")
        assert get(sandbox, f"{TOOLS}/t")["description"] == ("changed" if changed else "")
        send(sandbox, "PATCH", f"{TOOLS}/t", {"description": "changed"})
        restricted = [row["key"] for row in get(sandbox, f"{MODELS}?restricted=true")]
        assert restricted == ([GLOBAL] if changed else ["Acme.small", GLOBAL])
        send(sandbox, "DELETE", f"{MODELS}/restricted", {"keys": ["Acme.small"]}, 204)
        assert get(sandbox, f"{CONFIGS}/bot")["variations"][0]["tools"][0]["key"] == "t"
        environments = get(sandbox, f"{CONFIGS}/bot/targeting")["environments"]
        names = {key: held["_environmentName"] for key, held in environments.items()}
        assert names == {"production": "Production", "test": "Test", "staging": "Staging"}
        for path in (f"{SNIPPETS}/s", f"{SKILLS}/k", f"{OPTIMIZATIONS}/o"):
            assert get(sandbox, path)["version"] == 1
        assert get(sandbox, f"{GRAPHS}/g", BETA)["name"] == "G"
        assert (
            send(sandbox, "PATCH", f"{SKILLS}/k", {"maintainerTeamKey": "platform"})["_maintainer"]["key"] == "platform"
        )
        sandbox.store.close()


@pytest.mark.parametrize(
    ("seeds", "message"),
    [
        ({"Nothing": []}, "launchdarkly has no kind 'Nothing' to seed; it has Member, Team"),
        ({"Tool": [{"key": "t"}]}, r"seed launchdarkly.Tool\[0\]: schema: Field required"),
        ({"Variation": [{"key": "t"}]}, r"seed launchdarkly.Variation\[0\]: `config` is missing"),
        ({"RestrictedModels": [{"keys": ["x"]}]}, "there is no model config x"),
    ],
)
def test_seeds_that_do_not_fit(seeds: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        started(seeds=seeds)


def test_a_stale_read_is_a_write_behind() -> None:
    sandbox = started()
    send(sandbox, "POST", TOOLS, {"key": "a", "schema": {}}, 201)
    sandbox.faults.set("stale-read")
    assert get(sandbox, TOOLS)["items"] == []
