"""What else LaunchDarkly's sandbox does: references, pins, maintainers, graphs, runs, metrics."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.unit.sandbox.launchdarkly_asking import (
    BETA,
    CONFIGS,
    GLOBAL,
    GRAPHS,
    MODELS,
    OPTIMIZATIONS,
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
    variation,
)

OPTIMIZATION = {"key": "o", "aiConfigKey": "bot", "maxAttempts": 3, "judgeModel": "m"}


# versions, pins and references


def test_a_tool_its_versions_and_who_uses_it() -> None:
    sandbox = started()
    send(sandbox, "POST", TOOLS, {"key": "t", "schema": {}, "customParameters": {"a": 1}}, 201)
    send(sandbox, "PATCH", f"{TOOLS}/t", {"customParameters": {"a": 2}})
    config(sandbox)
    made = variation(sandbox, tools=[{"key": "t", "version": 1}])
    assert made["tools"] == [{"key": "t", "version": 1, "customParameters": {"a": 1}}]
    assert [row["version"] for row in get(sandbox, f"{TOOLS}/t/versions")["items"]] == [2, 1]
    (reference,) = get(sandbox, f"{TOOLS}/t/references")["items"]
    assert (reference["aiConfigKey"], reference["variationKey"], reference["toolVersion"]) == ("bot", "a", 1)
    assert refused(sandbox, "DELETE", f"{TOOLS}/t")[0] == 400
    send(sandbox, "PATCH", f"{CONFIGS}/bot/variations/a", {"tools": []})
    assert get(sandbox, f"{TOOLS}/t/references")["items"] == []
    assert ask(sandbox, "DELETE", f"{TOOLS}/t").status_code == 204
    old = get(sandbox, f"{CONFIGS}/bot")["variations"][-1]
    assert (old["version"], old["tools"]) == (1, [{"key": "t", "version": 1}])


def test_a_snippet_is_referenced_by_text_and_deleted_all_the_same() -> None:
    sandbox = started()
    send(sandbox, "POST", SNIPPETS, {"key": "brand", "name": "B", "text": "x"}, 201)
    send(sandbox, "PATCH", f"{SNIPPETS}/brand", {"description": "voice"})
    config(sandbox)
    variation(sandbox, messages=[{"role": "system", "content": "Say {{snippet.brand#2}}, {{ snippet.brand#1 }}."}])
    found = get(sandbox, f"{SNIPPETS}/brand/references")
    assert (found["resourceKey"], found["resourceType"]) == ("brand", "snippet")
    assert [row["resourceVersion"] for row in found["items"]] == [2, 1]
    assert get(sandbox, f"{SNIPPETS}/brand/versions")["totalCount"] == 2
    assert ask(sandbox, "DELETE", f"{SNIPPETS}/brand").status_code == 204


def test_a_skill_in_use_is_not_deleted_and_tags_alone_make_no_version() -> None:
    sandbox = started()
    send(sandbox, "POST", SKILLS, {"key": "s", "name": "S", "markdown": "x"}, 201)
    assert send(sandbox, "PATCH", f"{SKILLS}/s", {"tags": ["a"]})["version"] == 1
    config(sandbox, mode="agent")
    made = variation(sandbox, skills=[{"key": "s", "version": 1}], instructions="Do.")
    assert (made["skills"], made["instructions"]) == ([{"key": "s", "version": 1}], "Do.")
    assert refused(sandbox, "DELETE", f"{SKILLS}/s")[:2] == (409, "optimistic_locking_error")
    assert ask(sandbox, "DELETE", f"{CONFIGS}/bot/variations/a").status_code == 400


def test_instructions_are_shown_by_agents_alone() -> None:
    sandbox = started()
    config(sandbox)
    assert "instructions" not in variation(sandbox, instructions="Do.")


def test_versions_of_a_model_config() -> None:
    sandbox = started()
    send(sandbox, "POST", MODELS, model(costPerInputToken=1e-06))
    changed = send(sandbox, "PATCH", f"{MODELS}/Acme.small", {"costPerInputToken": 2e-06, "id": "x", "icon": "y"})
    assert (changed["version"], changed["id"], changed["icon"]) == (2, "small", "")
    assert get(sandbox, f"{MODELS}/Acme.small?version=1")["costPerInputToken"] == 1e-06
    assert get(sandbox, f"{MODELS}/Acme.small?version=0")["version"] == 2
    assert refused(sandbox, "GET", f"{MODELS}/Acme.small?version=3")[0] == 404
    assert [row["version"] for row in get(sandbox, f"{MODELS}/Acme.small/versions")["items"]] == [2, 1]
    for version in (0, 1):
        assert get(sandbox, f"{MODELS}/{GLOBAL}?version={version}")["global"] is True


def test_numbers_have_one_type_and_are_no_booleans() -> None:
    sandbox = started()
    made = send(sandbox, "POST", MODELS, model(params={"a": 1.0, "b": [0.5, {"c": 2.0}], "d": 1e300}))
    assert json.dumps(made["params"]) == '{"a": 1, "b": [0.5, {"c": 2}], "d": 1e+300}'
    path = f"{MODELS}/Acme.small"
    assert send(sandbox, "PATCH", path, {"params": {"d": 1e300, "b": [0.5, {"c": 2}], "a": 1.0}})["version"] == 1
    changed = send(sandbox, "PATCH", path, {"params": {"a": True}})
    assert (changed["version"], json.dumps(changed["params"])) == (2, '{"a": true}')


def test_the_catalog_is_read_only() -> None:
    sandbox = started(seeds={"ModelConfig": [{**model("Acme.shared"), "global": True}]})
    for key in (GLOBAL, "Acme.shared"):
        assert refused(sandbox, "PATCH", f"{MODELS}/{key}", {"name": "x"})[0] == 400
        assert refused(sandbox, "DELETE", f"{MODELS}/{key}")[0] == 400


def test_keys_with_colons_and_slashes_are_encoded() -> None:
    sandbox = started()
    send(sandbox, "POST", MODELS, model("Acme.a/b:c"))
    assert get(sandbox, f"{MODELS}/Acme.a%2Fb%3Ac")["key"] == "Acme.a/b:c"
    assert get(sandbox, f"{MODELS}/Bedrock.anthropic.claude-haiku-4-5-20251001-v1:0")["provider"] == "Bedrock"


def test_a_variation_is_pinned_to_a_model_config() -> None:
    sandbox = started()
    send(sandbox, "POST", MODELS, model())
    config(sandbox)
    path = f"{CONFIGS}/bot/variations/a"
    assert variation(sandbox, modelConfigKey="Acme.small")["modelConfigVersion"] == 1
    send(sandbox, "PATCH", f"{MODELS}/Acme.small", {"name": "x"})
    assert send(sandbox, "PATCH", path, {"name": "y"})["modelConfigVersion"] == 1
    assert send(sandbox, "PATCH", path, {"modelConfigVersion": 2})["modelConfigVersion"] == 2
    assert refused(sandbox, "PATCH", path, {"modelConfigVersion": 3})[0] == 400
    assert "modelConfigVersion" not in send(sandbox, "PATCH", path, {"modelConfigKey": GLOBAL})
    assert send(sandbox, "PATCH", path, {"modelConfigKey": "Acme.small"})["modelConfigVersion"] == 2
    assert refused(sandbox, "PATCH", path, {"modelConfigKey": "nobody"})[0] == 400


@pytest.mark.parametrize(
    ("fields", "status", "message"),
    [
        ({"tools": [{"key": "t", "version": 1}]}, 400, "there is no AI tool t of version 1"),
        ({"skills": [{"key": "s", "version": 1}]}, 400, "there is no agent skill s of version 1"),
        ({"tools": [{"key": "t"}]}, 400, "tools.0.version: Field required"),
        ({"modelConfigVersion": 1}, 400, "modelConfigVersion requires modelConfigKey"),
        (
            {"judgeConfiguration": {"judges": [{"judgeConfigKey": "bot", "samplingRate": 1}]}},
            400,
            "there is no judge bot",
        ),
        ({"judgeConfiguration": {"judges": [{"judgeConfigKey": "j", "samplingRate": 2}]}}, 400, "samplingRate"),
        (
            {"judgeConfiguration": {"judges": [{"judgeConfigKey": j, "samplingRate": 1} for j in ("j1", "j2")]}},
            422,
            "the same evaluation metric",
        ),
        (
            {
                "classifiers": [{"key": "c", "type": "bool", "instructions": "?"}],
                "messages": [{"role": "user", "content": "x"}],
            },
            400,
            "messages must be empty",
        ),
    ],
)
def test_variations_that_are_refused(fields: Any, status: int, message: str) -> None:
    sandbox = started()
    config(sandbox)
    for key in ("j1", "j2"):
        config(sandbox, key, mode="judge", evaluationMetricKey="$ld:ai:judge:same")
    found, _, text = refused(sandbox, "POST", f"{CONFIGS}/bot/variations", {"key": "a", "name": "A", **fields})
    assert found == status
    assert message in text


def test_variations_are_archived_and_published() -> None:
    sandbox = started()
    config(sandbox)
    path = f"{CONFIGS}/bot/variations/a"
    variation(sandbox)
    assert refused(sandbox, "PATCH", path, {"state": "archived"})[0] == 400
    variation(sandbox, "b")
    archived = send(sandbox, "PATCH", path, {"state": "archived"})
    assert (archived["state"], archived["version"]) == ("archived", 1)
    assert archived["_archivedAt"] > 0
    assert refused(sandbox, "PATCH", path, {"state": "archived"})[0] == 400
    published = send(sandbox, "PATCH", path, {"state": "published", "name": "B"})
    assert (published["state"], published["version"], "_archivedAt" in published) == ("published", 2, False)


def test_variations_that_are_not_there() -> None:
    sandbox = started()
    config(sandbox)
    variation(sandbox)
    assert refused(sandbox, "POST", f"{CONFIGS}/bot/variations", {"key": "a", "name": "A"})[0] == 409
    for method, path in (("GET", "bot/variations/x"), ("PATCH", "bot/variations/x"), ("POST", "nobody/variations")):
        assert refused(sandbox, method, f"{CONFIGS}/{path}", {"key": "a", "name": "A"})[0] == 404


def test_a_config_can_bring_its_first_variation_but_not_its_tools() -> None:
    sandbox = started()
    send(sandbox, "POST", TOOLS, {"key": "t", "schema": {}}, 201)
    told = {"key": "first", "name": "First", "tools": [{"key": "t", "version": 1}]}
    (made,) = config(sandbox, defaultVariation=told)["variations"]
    assert (made["key"], made["tools"]) == ("first", [])


# who maintains


def test_maintainers_are_members_or_teams() -> None:
    seeds = {
        "Member": [{"_id": "m1", "email": "ann@example.com", "role": "writer"}],
        "Team": [{"key": "platform", "name": "Platform"}],
    }
    sandbox = started(seeds=seeds)
    config(sandbox)
    send(sandbox, "POST", GRAPHS, {"key": "g", "name": "G"}, 201, BETA)
    path = f"{CONFIGS}/bot"
    assert send(sandbox, "PATCH", path, {"maintainerId": "m1"})["_maintainer"]["email"] == "ann@example.com"
    team = send(sandbox, "PATCH", path, {"maintainerTeamKey": "platform"})
    assert (team["_maintainer"], team["version"]) == ({"key": "platform", "name": "Platform"}, 1)
    assert send(sandbox, "PATCH", path, {"maintainerId": ""})["_maintainer"]["key"] == "platform"
    both = {"maintainerId": "", "maintainerTeamKey": ""}
    assert "_maintainer" not in send(sandbox, "PATCH", path, both)
    assert "_maintainer" not in send(sandbox, "PATCH", f"{GRAPHS}/g", {"maintainerTeamKey": ""}, 200, BETA)


# graphs, optimizations and what runs report


def test_graphs_keep_their_nodes() -> None:
    sandbox = started()
    for key in ("one", "two"):
        config(sandbox, key, mode="agent")
    edges = [{"key": "e", "sourceConfig": "one", "targetConfig": "two"}]
    pair = {"rootConfigKey": "one", "edges": edges}
    assert refused(sandbox, "POST", GRAPHS, {"key": "g", "name": "G", **pair, "rootConfigKey": "x"}, BETA)[0] == 400
    assert refused(sandbox, "POST", GRAPHS, {"key": "g", "name": "G", **pair, "edges": edges * 2}, BETA)[0] == 400
    made = send(sandbox, "POST", GRAPHS, {"key": "g", "name": "G"}, 201, BETA)
    assert {"rootConfigKey", "edges"} & made.keys() == set()
    assert refused(sandbox, "POST", GRAPHS, {"key": "g", "name": "G"}, BETA)[0] == 400
    same = send(sandbox, "PATCH", f"{GRAPHS}/g", {"name": "G"}, 200, BETA)
    assert same == made
    send(sandbox, "PATCH", f"{GRAPHS}/g", pair, 200, BETA)
    assert get(sandbox, f"{CONFIGS}/two")["dependencies"] == [{"type": "agent-graph", "key": "g"}]
    assert refused(sandbox, "DELETE", f"{CONFIGS}/two")[2] == "AI Config two is used by agent graph g"
    assert ask(sandbox, "DELETE", f"{GRAPHS}/g", headers=BETA).status_code == 204
    assert ask(sandbox, "DELETE", f"{GRAPHS}/g", headers=BETA).status_code == 404


def test_an_optimization_and_the_results_of_its_runs() -> None:
    sandbox = started()
    config(sandbox, mode="agent")
    made = send(sandbox, "POST", OPTIMIZATIONS, {**OPTIMIZATION, "judges": [{"key": "j", "threshold": 0.5}]}, 201)
    assert (made["version"], made["modelChoices"], made["groundTruthResponses"]) == (1, [], [])
    path = f"{OPTIMIZATIONS}/o"
    changed = send(sandbox, "PATCH", path, {"maxAttempts": 4, "aiConfigKey": "x"})
    assert (changed["version"], changed["id"], changed["aiConfigKey"]) == (2, made["id"], "bot")
    runs = [str(uuid4()), str(uuid4())]
    attempt = {"agentOptimizationVersion": 2, "instructions": "Do.", "userInput": "Hi"}
    for run_id, iteration in ((runs[0], 1), (runs[0], 2), (runs[1], 1)):
        result = send(sandbox, "POST", f"{path}/results", {**attempt, "runId": run_id, "iteration": iteration}, 201)
        assert (result["status"], result["activity"]) == ("RUNNING", "PENDING")
    again = {**attempt, "runId": runs[0], "iteration": 1}
    assert refused(sandbox, "POST", f"{path}/results", again)[0] == 409
    too_new = {**again, "iteration": 9, "agentOptimizationVersion": 3}
    assert refused(sandbox, "POST", f"{path}/results", too_new)[0] == 400
    assert get(sandbox, f"{path}/all-results")["totalCount"] == 3
    assert [row["iteration"] for row in get(sandbox, f"{path}/results")["items"]] == [2, 1]
    done = {"status": "PASSED", "activity": "COMPLETED", "scores": {"j": 1}}
    at_work = send(sandbox, "PATCH", f"{path}/results/{result['id']}", {"activity": "EVALUATING"})
    assert "completedAt" not in at_work
    patched = send(sandbox, "PATCH", f"{path}/results/{result['id']}", done)
    assert (patched["status"], patched["completedAt"] > 0) == ("PASSED", True)
    assert refused(sandbox, "PATCH", f"{path}/results/nobody", done)[0] == 404
    assert [row["status"] for row in get(sandbox, f"{path}/runs")["items"]] == ["RUNNING", "PASSED"]
    assert get(sandbox, f"{path}/runs/{runs[0]}/results")["totalCount"] == 2
    assert refused(sandbox, "DELETE", f"{path}/runs/{runs[0]}")[0] == 403
    assert ask(sandbox, "DELETE", f"{path}/runs/{runs[0]}", headers=BETA).status_code == 204
    assert ask(sandbox, "DELETE", f"{path}/runs/{runs[0]}", headers=BETA).status_code == 404
    assert get(sandbox, f"{path}/all-results")["totalCount"] == 1
    assert ask(sandbox, "DELETE", path).status_code == 204
    assert ask(sandbox, "GET", f"{path}/runs").status_code == 404


# metrics


DAY = 24 * 3600 * 1000
SPAN = f"from=0&to={DAY}"


def test_metrics_are_what_a_seed_says() -> None:
    seen = {"config": "bot", "variation": "a", "env": "production", "at": 5}
    rows = [
        {**seen, "inputTokens": 3, "inputCost": 0.5},
        {**seen, "variation": "b", "inputTokens": 4, "outputCost": 0.25},
        {**seen, "at": DAY, "inputTokens": 100},
        {**seen, "env": "test", "inputTokens": 100},
    ]
    sandbox = started(seeds={"AIConfig": [{"key": "bot", "name": "Bot"}], "Metrics": rows})
    found = get(sandbox, f"{CONFIGS}/bot/metrics?env=production&{SPAN}")
    assert (found["inputTokens"], found["outputTokens"], found["inputCost"]) == (7, 0, 0.5)
    by_variation = get(sandbox, f"{CONFIGS}/bot/metrics-by-variation?env=production&{SPAN}")
    assert [(row["variationKey"], row["metrics"]["inputTokens"]) for row in by_variation] == [("a", 3), ("b", 4)]
    stats = get(sandbox, f"{CONFIGS}/quick-stats?env=production")
    assert (stats["activeConfigs"], stats["spendMonthToDate"]) == (1, 0.75)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        (f"env=nowhere&{SPAN}", 404),
        (SPAN, 400),
        ("env=test&from=0", 400),
        ("env=test&from=5&to=5", 400),
        (f"env=test&from=0&to={100 * DAY + 1}", 400),
        (f"env=test&{SPAN}&contextKey=ann", 400),
        (f"env=test&{SPAN}&contextKey=ann&contextKind=user", 200),
        (f"env=test&from=0&to={100 * DAY}", 200),
    ],
)
def test_metrics_want_an_environment_and_a_span(query: str, status: int) -> None:
    sandbox = started()
    config(sandbox)
    assert ask(sandbox, "GET", f"{CONFIGS}/bot/metrics?{query}").status_code == status
