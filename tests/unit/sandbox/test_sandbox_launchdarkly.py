"""What a fake of LaunchDarkly must reproduce for honest tests: eighteen points, each by its name."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.sandbox.launchdarkly.variations import as_float32
from tests.unit.sandbox.launchdarkly_asking import (
    ADMIN,
    BETA,
    CONFIGS,
    GLOBAL,
    GRAPHS,
    MODELS,
    RESTRICTED,
    SEMANTIC,
    SKILLS,
    SNIPPETS,
    TOOLS,
    ask,
    config,
    get,
    ids,
    model,
    patch_targeting,
    refused,
    send,
    started,
    variation,
)

TARGETING = f"{CONFIGS}/bot/targeting"
VARIATION = f"{CONFIGS}/bot/variations/a"


@pytest.mark.parametrize(
    ("path", "body", "status", "headers"),
    [
        (MODELS, model(), 200, None),
        (TOOLS, {"key": "a", "schema": {}}, 201, None),
        (SNIPPETS, {"key": "a", "name": "A", "text": "x"}, 201, None),
        (SKILLS, {"key": "a", "name": "A", "markdown": "x"}, 201, None),
        (CONFIGS, {"key": "a", "name": "A"}, 201, None),
        (GRAPHS, {"key": "a", "name": "A"}, 201, BETA),
    ],
)
def test_1_a_model_config_is_created_with_200_and_others_with_201(
    path: str, body: Any, status: int, headers: dict[str, str] | None
) -> None:
    assert ask(started(), "POST", path, body, headers).status_code == status


def test_2_model_configs_are_a_bare_array_that_mixes_the_catalog_in() -> None:
    sandbox = started()
    for key in ("Acme.small", "Zeta.large"):
        send(sandbox, "POST", MODELS, model(key))
    rows = get(sandbox, MODELS)
    assert [row["key"] for row in rows] == [
        "Acme.small",
        "Anthropic.claude-sonnet-4-5",
        "Bedrock.anthropic.claude-haiku-4-5-20251001-v1:0",
        GLOBAL,
        "Zeta.large",
    ]
    assert [row["global"] for row in rows] == [False, True, True, True, False]


def test_3_who_maintains_a_model_config_is_ignored_on_creation() -> None:
    sandbox = started()
    assert "_maintainer" not in send(sandbox, "POST", MODELS, model(maintainerId=ADMIN))
    changed = send(sandbox, "PATCH", f"{MODELS}/Acme.small", {"maintainerId": ADMIN})
    assert (changed["_maintainer"]["_id"], changed["version"]) == (ADMIN, 2)
    assert "_maintainer" not in send(sandbox, "PATCH", f"{MODELS}/Acme.small", {"maintainerId": ""})


def test_4_a_model_config_in_use_is_not_deleted() -> None:
    sandbox = started()
    send(sandbox, "POST", MODELS, model())
    config(sandbox)
    variation(sandbox, "a", modelConfigKey="Acme.small")
    variation(sandbox, "b", modelConfigKey=GLOBAL)
    assert get(sandbox, f"{MODELS}/Acme.small")["usedInCount"] == 1
    status, code, message = refused(sandbox, "DELETE", f"{MODELS}/Acme.small")
    assert (status, code) == (400, "invalid_request")
    assert "model config is still in use" in message
    send(sandbox, "PATCH", VARIATION, {"modelConfigKey": GLOBAL})
    assert get(sandbox, f"{MODELS}/Acme.small")["usedInCount"] == 0
    assert ask(sandbox, "DELETE", f"{MODELS}/Acme.small").status_code == 204
    assert ask(sandbox, "DELETE", f"{MODELS}/Acme.small").status_code == 404


def test_5_restricting_can_succeed_in_part() -> None:
    sandbox = started()
    send(sandbox, "POST", MODELS, model())
    config(sandbox)
    variation(sandbox, "a", modelConfigKey="Acme.small")
    answer = send(sandbox, "POST", RESTRICTED, {"keys": [GLOBAL, "Acme.small", "nobody"]})
    assert answer["successes"] == [GLOBAL]
    assert [(error["key"], error["code"]) for error in answer["errors"]] == [("Acme.small", 400), ("nobody", 404)]
    assert [row["key"] for row in get(sandbox, f"{MODELS}?restricted=true")] == [GLOBAL]
    assert len(get(sandbox, f"{MODELS}?restricted=false")) == 3
    status, _, message = refused(
        sandbox, "POST", f"{CONFIGS}/bot/variations", {"key": "b", "name": "B", "modelConfigKey": GLOBAL}
    )
    assert (status, message) == (400, f"model config {GLOBAL} is restricted")
    assert refused(sandbox, "DELETE", RESTRICTED, {"keys": [GLOBAL, "nobody"]})[0] == 404
    assert ask(sandbox, "DELETE", RESTRICTED, {"keys": [GLOBAL]}).status_code == 204
    assert get(sandbox, f"{MODELS}/{GLOBAL}")["isRestricted"] is False


def test_6_a_variation_is_read_with_all_versions_in_no_order_and_one_behind_at_first() -> None:
    sandbox = started()
    config(sandbox)
    variation(sandbox)
    orders, behind = [], []
    for name in ("two", "three", "four"):
        send(sandbox, "PATCH", VARIATION, {"name": name})
        behind.append(max(item["version"] for item in get(sandbox, VARIATION)["items"]))
        orders.append([item["version"] for item in get(sandbox, VARIATION)["items"]])
    assert behind == [1, 2, 3]
    assert orders == [[2, 1], [2, 1, 3], [2, 4, 1, 3]]
    assert get(sandbox, VARIATION)["totalCount"] == 4
    assert len({item["_id"] for item in get(sandbox, VARIATION)["items"]}) == 4
    assert [item["version"] for item in get(sandbox, f"{CONFIGS}/bot")["variations"]] == [2, 4, 1, 3]


@pytest.mark.parametrize(
    ("make", "path", "same", "other"),
    [
        (
            (MODELS, model(tags=["a", "b"])),
            f"{MODELS}/Acme.small",
            {"tags": ["b", "a"], "params": {}},
            {"params": {"a": 1}},
        ),
        ((TOOLS, {"key": "a", "schema": {}}), f"{TOOLS}/a", {"description": "", "schema": {}}, {"tags": ["a"]}),
        ((SNIPPETS, {"key": "a", "name": "A", "text": "x"}), f"{SNIPPETS}/a", {"text": "x"}, {"text": "y"}),
        ((SKILLS, {"key": "a", "name": "A", "markdown": "x"}), f"{SKILLS}/a", {"markdown": "x"}, {"name": "B"}),
        ((CONFIGS, {"key": "a", "name": "A"}), f"{CONFIGS}/a", {"description": "", "isInverted": False}, {"name": "B"}),
    ],
)
def test_7_a_change_that_changes_nothing_keeps_the_version(
    make: tuple[str, Any], path: str, same: Any, other: Any
) -> None:
    sandbox = started()
    assert ask(sandbox, "POST", *make).json()["version"] == 1
    assert send(sandbox, "PATCH", path, same)["version"] == 1
    assert send(sandbox, "PATCH", path, other)["version"] == 2
    assert get(sandbox, path)["version"] == 2


def test_7_a_variation_that_stays_as_it_is_keeps_version_and_id() -> None:
    sandbox = started()
    config(sandbox)
    first = variation(sandbox, messages=[{"role": "user", "content": "x"}], model={"modelName": "m"})
    same = {"name": "a", "model": {"modelName": "m", "parameters": {}, "custom": {}}, "comment": "nothing"}
    again = send(sandbox, "PATCH", VARIATION, same)
    assert (again["version"], again["_id"], "comment" in again) == (1, first["_id"], False)
    changed = send(sandbox, "PATCH", VARIATION, {"messages": [], "comment": "no prompt"})
    assert (changed["version"], changed["comment"]) == (2, "no prompt")
    assert changed["_id"] != first["_id"]


def test_8_the_server_fills_in_what_was_not_said() -> None:
    sandbox = started()
    made = config(sandbox)
    assert (made["isInverted"], made["mode"], made["_maintainer"]["_id"]) == (False, "completion", ADMIN)
    assert variation(sandbox, "a")["model"] == {"modelName": "", "parameters": {}, "custom": {}}
    with_config = variation(sandbox, "b", modelConfigKey=GLOBAL, model={"parameters": {"temperature": 0.2}})
    assert with_config["model"] == {"modelName": "gpt-4o", "parameters": {"temperature": 0.2}, "custom": {}}
    for path, body in (
        (TOOLS, {"key": "t", "schema": {}}),
        (SNIPPETS, {"key": "s", "name": "S", "text": "x"}),
        (SKILLS, {"key": "k", "name": "K", "markdown": "x"}),
    ):
        assert send(sandbox, "POST", path, body, 201)["_maintainer"]["_id"] == ADMIN
    graph = send(sandbox, "POST", GRAPHS, {"key": "g", "name": "G"}, 201, BETA)
    assert graph["_maintainer"]["_id"] == ADMIN


def test_9_tool_keys_and_unknown_fields_are_taken_and_dropped() -> None:
    sandbox = started()
    send(sandbox, "POST", TOOLS, {"key": "search", "schema": {}, "name": "Search", "type": "function"}, 201)
    config(sandbox, archived=True, viewKeys=["v"])
    made = variation(sandbox, toolKeys=["search"], description="for agents", whatever=1)
    assert (made["tools"], "toolKeys" in made, "description" in made) == ([], False, False)
    assert send(sandbox, "PATCH", f"{CONFIGS}/bot", {"archived": True, "mode": "agent", "key": "x"})["version"] == 1
    assert send(sandbox, "PATCH", VARIATION, {"toolKeys": ["search"], "key": "x"})["version"] == 1


def test_10_a_config_that_exists_is_an_invalid_variation() -> None:
    sandbox = started()
    config(sandbox)
    answer = refused(sandbox, "POST", CONFIGS, {"key": "bot", "name": "again"})
    assert answer == (400, "invalid_request", 'invalid variation "default"')


def test_11_the_last_variation_stays_and_a_config_goes_at_the_second_try() -> None:
    sandbox = started()
    config(sandbox)
    variation(sandbox, "a")
    variation(sandbox, "b")
    assert ask(sandbox, "DELETE", f"{CONFIGS}/bot/variations/b").status_code == 204
    status, _, message = refused(sandbox, "DELETE", VARIATION)
    assert status == 400
    assert "Cannot delete the last variation" in message
    status, _, message = refused(sandbox, "DELETE", f"{CONFIGS}/bot")
    assert (status, message) == (400, "could not delete AI Config")
    assert ask(sandbox, "DELETE", f"{CONFIGS}/bot").status_code == 204
    for path in (f"{CONFIGS}/bot", VARIATION, TARGETING):
        assert ask(sandbox, "GET", path).status_code == 404


def test_12_sampling_rates_are_kept_in_32_bits() -> None:
    sandbox = started()
    config(sandbox, "judge", mode="judge", evaluationMetricKey="$ld:ai:judge:accuracy")
    config(sandbox)
    judges = [{"judgeConfigKey": "judge", "samplingRate": 0.1}]
    made = variation(sandbox, judgeConfiguration={"judges": judges})
    assert made["judgeConfiguration"]["judges"][0]["samplingRate"] == 0.10000000149011612 == as_float32(0.1)
    assert made["judgingConfigKeys"] == ["judge"]
    assert send(sandbox, "PATCH", VARIATION, {"judgeConfiguration": {"judges": judges}})["version"] == 1
    assert send(sandbox, "PATCH", VARIATION, {"judgeConfiguration": {"judges": []}})["judgingConfigKeys"] == []


def test_13_targeting_begins_with_a_stub_reads_indexes_and_writes_ids() -> None:
    sandbox = started()
    config(sandbox)
    variation(sandbox)
    before = get(sandbox, TARGETING)
    assert [row["name"] for row in before["variations"]] == ["disabled", "a"]
    assert before["variations"][0]["value"] == {"_ldMeta": {"enabled": False}}
    assert before["variations"][1]["value"]["_ldMeta"]["variationKey"] == "a"
    for environment in ("production", "test"):
        held = before["environments"][environment]
        assert (held["enabled"], held["fallthrough"], held["offVariation"]) == (True, {"variation": 0}, 0)
    served = patch_targeting(sandbox, {"kind": "updateFallthroughVariationOrRollout", "variationId": ids(sandbox)["a"]})
    assert served["fallthrough"] == {"variation": 1}
    assert get(sandbox, TARGETING)["environments"]["test"]["fallthrough"] == {"variation": 0}


def test_13_targeting_wants_its_own_content_type() -> None:
    sandbox = started()
    config(sandbox)
    body = {"environmentKey": "test", "instructions": []}
    assert refused(sandbox, "PATCH", TARGETING, body)[:2] == (400, "invalid_request")
    assert ask(sandbox, "PATCH", TARGETING, body, SEMANTIC).status_code == 200


def test_13_an_unknown_variation_is_not_targeted() -> None:
    sandbox = started()
    config(sandbox)
    variation(sandbox)
    stale = ids(sandbox)["a"]
    send(sandbox, "PATCH", VARIATION, {"name": "B"})
    assert ids(sandbox)["a"] != stale
    for wrong in (stale, "a", 1, None):
        instruction = {"kind": "updateOffVariation", "variationId": wrong}
        body = {"environmentKey": "test", "instructions": [instruction]}
        assert refused(sandbox, "PATCH", TARGETING, body, SEMANTIC)[:2] == (422, "patch_failed")


@pytest.mark.parametrize("kind", ["experiment", "measuredRollout"])
def test_13_a_running_rollout_owns_the_environment(kind: str) -> None:
    seeds = {
        "AIConfig": [{"key": "bot", "name": "Bot"}],
        "Variation": [{"config": "bot", "key": "a", "name": "A"}, {"config": "bot", "key": "b", "name": "B"}],
        "Rollout": [{"config": "bot", "environment": "production", "type": kind}],
    }
    sandbox = started(seeds=seeds)
    rollout = get(sandbox, TARGETING)["environments"]["production"]["fallthrough"]["rollout"]
    assert rollout["experimentAllocation"] == {"type": kind, "canReshuffle": False, "defaultVariation": 1}
    assert [part["weight"] for part in rollout["variations"]] == [50_000, 50_000]
    track = {"kind": "updateTrackEvents", "trackEvents": True}
    body = {"environmentKey": "production", "instructions": [track]}
    status, _, message = refused(sandbox, "PATCH", TARGETING, body, SEMANTIC)
    assert (status, message) == (409, f"a running {kind} owns the fallthrough of this environment")
    assert patch_targeting(sandbox, track, environment="test")["trackEvents"] is True
    stop = {"kind": "stopAutomatedRelease", "finalVariationId": ids(sandbox)["b"]}
    after = patch_targeting(sandbox, stop, track)
    assert (after["fallthrough"], after["trackEvents"]) == ({"variation": 2}, True)


def test_13_a_guarded_rollout_can_be_started() -> None:
    sandbox = started()
    config(sandbox)
    variation(sandbox)
    known = ids(sandbox)
    start = {"kind": "startAutomatedRelease", "originalVariationId": known["disabled"], "targetVariationId": known["a"]}
    rollout = patch_targeting(sandbox, start)["fallthrough"]["rollout"]
    assert rollout["experimentAllocation"]["type"] == "measuredRollout"
    assert [(part["variation"], part["weight"]) for part in rollout["variations"]] == [(0, 100_000), (1, 0)]
    body = {"environmentKey": "production", "instructions": [{"kind": "replaceRules", "rules": []}]}
    assert refused(sandbox, "PATCH", TARGETING, body, SEMANTIC)[0] == 409


@pytest.mark.parametrize(("method", "path"), [("GET", GRAPHS), ("POST", GRAPHS), ("GET", f"{GRAPHS}/g")])
@pytest.mark.parametrize("headers", [None, {"LD-API-Version": "20240415"}])
def test_14_graphs_are_beta(method: str, path: str, headers: dict[str, str] | None) -> None:
    assert refused(started(), method, path, {"key": "g", "name": "G"}, headers)[:2] == (403, "forbidden")


def test_14_a_graph_has_root_and_edges_or_neither_and_its_list_has_no_edges() -> None:
    sandbox = started()
    for key in ("one", "two"):
        config(sandbox, key, mode="agent")
    body = {"key": "g", "name": "G"}
    edge = {"key": "e", "sourceConfig": "one", "targetConfig": "two", "handoff": {"when": "asked"}}
    for half in ({"rootConfigKey": "one"}, {"edges": [edge]}):
        assert refused(sandbox, "POST", GRAPHS, {**body, **half}, BETA)[0] == 400
    made = send(sandbox, "POST", GRAPHS, {**body, "rootConfigKey": "one", "edges": [edge]}, 201, BETA)
    assert (made["rootConfigKey"], made["edges"]) == ("one", [edge])
    for half in ({"rootConfigKey": "two"}, {"edges": []}):
        assert refused(sandbox, "PATCH", f"{GRAPHS}/g", half, BETA)[0] == 400
    (row,) = get(sandbox, GRAPHS, BETA)["items"]
    assert (row["key"], row["rootConfigKey"], "edges" in row) == ("g", "one", False)
    assert get(sandbox, f"{GRAPHS}/g", BETA) == made
    emptied = send(sandbox, "PATCH", f"{GRAPHS}/g", {"rootConfigKey": "one", "edges": []}, 200, BETA)
    assert "edges" not in emptied


@pytest.mark.parametrize(
    ("fault", "headers"),
    [
        (
            "429=X-Ratelimit-Reset: epoch-ms+2",
            {
                "x-ratelimit-reset": "12000",
                "x-ratelimit-global-limit": "300",
                "x-ratelimit-global-remaining": "120",
                "x-ratelimit-route-limit": "10",
                "x-ratelimit-route-remaining": "0",
            },
        ),
        ("429=X-Ratelimit-Reset", {"x-ratelimit-reset": "11000", "x-ratelimit-route-remaining": "0"}),
        ("429=X-Ratelimit-Reset: epoch-ms-3", {"x-ratelimit-reset": "7000"}),
        (
            "429=X-Ratelimit-Auth-Token-Reset: epoch-ms+1",
            {
                "x-ratelimit-auth-token-reset": "11000",
                "x-ratelimit-auth-token-limit": "100",
                "x-ratelimit-auth-token-remaining": "0",
            },
        ),
        ("429=Retry-After: 2", {"retry-after": "2"}),
        ("429", {}),
    ],
)
def test_15_too_many_requests_say_when_to_come_back(fault: str, headers: dict[str, str]) -> None:
    answer = ask(started(faults=[fault], clock=lambda: 10.0), "POST", TOOLS, {"key": "a", "schema": {}})
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    given = {name: value for name, value in answer.headers.items() if name.startswith(("x-ratelimit", "retry"))}
    assert given == (given | headers)
    assert bool(given) is bool(headers)


def test_15_a_rate_limit_can_come_as_a_bad_request() -> None:
    sandbox = started(faults=[f"429=disguised:POST {'/launchdarkly' + CONFIGS}$"])
    status, code, message = refused(sandbox, "POST", CONFIGS, {"key": "a", "name": "A"})
    assert (status, code) == (400, "invalid_request")
    assert "rate limit" in message
    assert get(sandbox, CONFIGS)["items"] == []


def test_16_a_variation_in_use_may_need_an_approval() -> None:
    sandbox = started(seeds={"Environment": [{"key": "production", "requires_approval": True}]})
    config(sandbox)
    variation(sandbox)
    assert send(sandbox, "PATCH", VARIATION, {"name": "B"})["version"] == 2
    patch_targeting(sandbox, {"kind": "updateFallthroughVariationOrRollout", "variationId": ids(sandbox)["a"]})
    status, code, message = refused(sandbox, "PATCH", VARIATION, {"name": "C"})
    assert (status, code) == (403, "forbidden")
    assert "approval" in message
    assert get(sandbox, f"{CONFIGS}/bot")["variations"][0]["name"] == "B"


def test_17_tags_come_in_another_order_and_no_description_is_an_empty_one() -> None:
    sandbox = started()
    config(sandbox, tags=["a", "b", "a", "c"])
    send(sandbox, "POST", TOOLS, {"key": "t", "schema": {}, "tags": ["a", "b"]}, 201)
    send(sandbox, "POST", MODELS, model(tags=["a", "b"]))
    assert get(sandbox, f"{CONFIGS}/bot")["tags"] == ["c", "b", "a"]
    assert get(sandbox, f"{TOOLS}/t")["tags"] == ["b", "a"]
    assert get(sandbox, f"{MODELS}/Acme.small")["tags"] == ["b", "a"]
    assert (get(sandbox, f"{CONFIGS}/bot")["description"], get(sandbox, f"{TOOLS}/t")["description"]) == ("", "")
    found = get(sandbox, f"{MODELS}/Acme.small")
    assert (found["icon"], found["provider"], found["params"], found["customParams"]) == ("", "", {}, {})
    assert refused(sandbox, "POST", CONFIGS, {"key": "x", "name": "X", "description": ""})[0] == 400
    assert send(sandbox, "PATCH", f"{CONFIGS}/bot", {"description": ""})["version"] == 1


def test_18_an_old_server_cannot_change_a_model_config() -> None:
    sandbox = started("v23")
    made = send(sandbox, "POST", MODELS, model())
    assert "usedInCount" not in made
    assert refused(sandbox, "PATCH", f"{MODELS}/Acme.small", {"name": "B"})[:2] == (404, "not_found")
    assert refused(sandbox, "GET", f"{MODELS}/Acme.small/versions")[:2] == (404, "not_found")
    config(sandbox)
    made = variation(sandbox, modelConfigKey="Acme.small", modelConfigVersion=7)
    assert "modelConfigVersion" not in made
    changed = send(sandbox, "PATCH", VARIATION, {"modelConfigVersion": 1})
    assert ("modelConfigVersion" in changed, changed["version"]) == (False, 1)
