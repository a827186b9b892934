"""Every instruction of a semantic patch of targeting, and that a patch is done whole or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.sandbox.app import Sandbox
from tests.unit.sandbox.launchdarkly_asking import (
    CONFIGS,
    SEMANTIC,
    ask,
    config,
    get,
    ids,
    patch_targeting,
    refused,
    send,
    started,
    variation,
)

TARGETING = f"{CONFIGS}/bot/targeting"
SWEDEN = {"contextKind": "organization", "attribute": "country", "op": "in", "negate": False, "values": ["SE"]}
STAFF = {"attribute": "segmentMatch", "op": "segmentMatch", "values": ["staff"]}


@pytest.fixture
def sandbox() -> Sandbox:
    """A config with the variations a and b, a rule that serves a, and a target of a."""
    made = started(seeds={"Segment": [{"key": "staff"}]})
    config(made)
    variation(made, "a")
    variation(made, "b")
    known = ids(made)
    patch_targeting(
        made,
        {"kind": "addRule", "variationId": known["a"], "clauses": [SWEDEN], "description": "Swedes"},
        {"kind": "addTargets", "variationId": known["a"], "values": ["ann"]},
    )
    return made


def rules(environment: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the rules without what the server makes up."""
    return [
        {
            **{name: value for name, value in rule.items() if name != "_id"},
            "clauses": [
                {name: value for name, value in clause.items() if name not in {"_id", "id"}}
                for clause in rule["clauses"]
            ],
        }
        for rule in environment["rules"]
    ]


def production(sandbox: Sandbox) -> Any:
    return get(sandbox, TARGETING)["environments"]["production"]


FIRST = {"clauses": [SWEDEN], "variation": 1, "trackEvents": False, "description": "Swedes"}


@pytest.mark.parametrize(
    ("instruction", "after"),
    [
        ({"kind": "updateRuleDescription", "description": "North"}, [{**FIRST, "description": "North"}]),
        ({"kind": "updateRuleTrackEvents", "trackEvents": True}, [{**FIRST, "trackEvents": True}]),
        (
            {"kind": "addClauses", "clauses": [STAFF]},
            [{**FIRST, "clauses": [SWEDEN, {"contextKind": "user", "negate": False, **STAFF}]}],
        ),
        (
            {"kind": "addValuesToClause", "values": ["NO", "SE"]},
            [{**FIRST, "clauses": [{**SWEDEN, "values": ["SE", "NO"]}]}],
        ),
        ({"kind": "removeValuesFromClause", "values": ["SE"]}, [{**FIRST, "clauses": [{**SWEDEN, "values": []}]}]),
        (
            {"kind": "updateClause", "clause": {**SWEDEN, "negate": True}},
            [{**FIRST, "clauses": [{**SWEDEN, "negate": True}]}],
        ),
        ({"kind": "removeClauses"}, [{**FIRST, "clauses": []}]),
        ({"kind": "removeRule"}, []),
        ({"kind": "removeRule", "ruleId": "of nobody"}, [FIRST]),
        ({"kind": "reorderRules"}, [FIRST]),
        ({"kind": "replaceRules", "rules": []}, []),
        ({"kind": "updateRuleVariationOrRollout", "variationId": "b"}, [{**FIRST, "variation": 2}]),
        (
            {"kind": "addRule", "variationId": "b", "clauses": [], "beforeRuleId": "rule"},
            [{"clauses": [], "variation": 2, "trackEvents": False}, FIRST],
        ),
        (
            {"kind": "addRule", "variationId": "b", "clauses": []},
            [FIRST, {"clauses": [], "variation": 2, "trackEvents": False}],
        ),
    ],
)
def test_instructions_on_rules(sandbox: Sandbox, instruction: dict[str, Any], after: list[dict[str, Any]]) -> None:
    (rule,) = production(sandbox)["rules"]
    clause = rule["clauses"][0]["_id"]
    places = {"ruleId": rule["_id"], "clauseId": clause, "clauseIds": [clause], "ruleIds": [rule["_id"]]}
    told = {**places, **instruction}
    told |= {"variationId": ids(sandbox)[told["variationId"]]} if "variationId" in told else {}
    told |= {"beforeRuleId": rule["_id"]} if "beforeRuleId" in told else {}
    assert rules(patch_targeting(sandbox, told)) == after


@pytest.mark.parametrize(
    ("instruction", "targets", "others"),
    [
        ({"kind": "addTargets", "variationId": "a", "values": ["ben", "ann"]}, [("user", 1, ["ann", "ben"])], []),
        (
            {"kind": "addTargets", "variationId": "b", "values": ["x"], "contextKind": "device"},
            [("user", 1, ["ann"])],
            [("device", 2, ["x"])],
        ),
        ({"kind": "removeTargets", "variationId": "a", "values": ["ann", "nobody"]}, [], []),
        ({"kind": "removeTargets", "variationId": "b", "values": ["ann"]}, [("user", 1, ["ann"])], []),
        ({"kind": "clearTargets", "variationId": "a"}, [], []),
        ({"kind": "clearTargets", "variationId": "b"}, [("user", 1, ["ann"])], []),
        ({"kind": "replaceTargets", "targets": []}, [], []),
        (
            {
                "kind": "replaceTargets",
                "targets": [{"variationId": "b", "values": ["ann"]}, {"variationId": "a", "values": []}],
            },
            [("user", 2, ["ann"])],
            [],
        ),
    ],
)
def test_instructions_on_targets(
    sandbox: Sandbox, instruction: dict[str, Any], targets: list[Any], others: list[Any]
) -> None:
    known = ids(sandbox)
    told = dict(instruction)
    told |= {"variationId": known[told["variationId"]]} if "variationId" in told else {}
    if "targets" in told:
        told["targets"] = [{**target, "variationId": known[target["variationId"]]} for target in told["targets"]]
    after = patch_targeting(sandbox, told)
    for name, expected in (("targets", targets), ("contextTargets", others)):
        assert [(row["contextKind"], row["variation"], row["values"]) for row in after[name]] == expected


def test_instructions_on_what_is_served(sandbox: Sandbox) -> None:
    known = ids(sandbox)
    after = patch_targeting(
        sandbox,
        {"kind": "updateOffVariation", "variationId": known["b"]},
        {
            "kind": "updateFallthroughVariationOrRollout",
            "rolloutWeights": {known["b"]: 60_000, known["a"]: 40_000},
            "rolloutContextKind": "device",
            "rolloutBucketBy": "country",
        },
        {"kind": "updateTrackEvents", "trackEvents": True},
        {"kind": "updateTrackEventsFallthrough", "trackEvents": True},
    )
    assert (after["offVariation"], after["trackEvents"], after["trackEventsFallthrough"]) == (2, True, True)
    assert after["fallthrough"] == {
        "rollout": {
            "contextKind": "device",
            "bucketBy": "country",
            "variations": [{"variation": 1, "weight": 40_000}, {"variation": 2, "weight": 60_000}],
        }
    }


@pytest.mark.parametrize(
    ("on", "off"), [("onVariationValue", "offVariationValue"), ("OnVariationValue", "OffVariationValue")]
)
def test_default_variations_are_named_by_value_in_two_spellings(sandbox: Sandbox, on: str, off: str) -> None:
    stub, served = (row["value"] for row in get(sandbox, TARGETING)["variations"][:2])
    patch_targeting(sandbox, {"kind": "updateDefaultVariation", on: served})
    assert get(sandbox, TARGETING)["defaults"] == {"onVariation": 1, "offVariation": 0}
    patch_targeting(sandbox, {"kind": "updateDefaultVariation", on: stub, off: served})
    assert get(sandbox, TARGETING)["defaults"] == {"onVariation": 0, "offVariation": 1}


@pytest.mark.parametrize(
    ("instruction", "status", "message"),
    [
        ({"kind": "turnTargetingOff"}, 422, "unknown instruction 'turnTargetingOff'"),
        ({}, 422, "unknown instruction None"),
        ({"kind": "updateRuleTrackEvents", "ruleId": "x", "trackEvents": True}, 422, "there is no rule 'x'"),
        ({"kind": "addValuesToClause", "clauseId": "x", "values": []}, 422, "there is no clause 'x'"),
        ({"kind": "updateClause", "clause": None}, 422, "clause: expected an object"),
        ({"kind": "updateClause", "clause": {"values": [], "op": "in"}}, 422, "a clause needs attribute"),
        ({"kind": "addClauses", "clauses": "x"}, 422, "clauses: expected a list of objects"),
        ({"kind": "addClauses", "clauses": [{**STAFF, "values": ["nobody"]}]}, 422, "there is no segment nobody"),
        (
            {"kind": "addClauses", "clauses": [{**STAFF, "values": [{}]}]},
            422,
            "values: expected a list of texts or numbers",
        ),
        ({"kind": "addTargets", "variationId": "b", "values": [1]}, 422, "values: expected keys of contexts"),
        (
            {"kind": "addTargets", "variationId": "b", "values": ["x"], "contextKind": 1},
            422,
            "contextKind: expected a text",
        ),
        ({"kind": "reorderRules", "ruleIds": []}, 422, "ruleIds must name every rule once"),
        ({"kind": "reorderRules", "ruleIds": "x"}, 422, "ruleIds must name every rule once"),
        ({"kind": "updateTrackEvents", "trackEvents": "yes"}, 422, "trackEvents: expected true or false"),
        ({"kind": "replaceRules", "rules": [{"clauses": [], "variationId": "x"}]}, 422, "invalid variation: 'x'"),
        ({"kind": "updateDefaultVariation", "onVariationValue": True}, 422, "invalid variation: True"),
        (
            {"kind": "updateDefaultVariation", "onVariationValue": {"_ldMeta": {"variationKey": "x"}}},
            422,
            "invalid variation",
        ),
        ({"kind": "updateFallthroughVariationOrRollout", "rolloutWeights": {"b": 1}}, 422, "must sum to 100000, got 1"),
        ({"kind": "updateFallthroughVariationOrRollout", "rolloutWeights": {"b": 0.5}}, 422, "expected whole numbers"),
        ({"kind": "addTargets", "variationId": "b", "values": ["ann"]}, 422, "user ann is targeted by two variations"),
    ],
)
def test_a_patch_with_one_bad_instruction_changes_nothing(
    sandbox: Sandbox, instruction: dict[str, Any], status: int, message: str
) -> None:
    before = get(sandbox, TARGETING)
    known = ids(sandbox)
    (rule,) = production(sandbox)["rules"]
    told = {"ruleId": rule["_id"], "clauseId": rule["clauses"][0]["_id"], **instruction}
    told |= {"variationId": known[told["variationId"]]} if "variationId" in told else {}
    if "rolloutWeights" in told:
        told["rolloutWeights"] = {known[key]: weight for key, weight in told["rolloutWeights"].items()}
    good = {"kind": "updateTrackEvents", "trackEvents": True}
    body = {"environmentKey": "production", "instructions": [good, told]}
    found_status, code, found = refused(sandbox, "PATCH", TARGETING, body, SEMANTIC)
    assert (found_status, code) == (status, "patch_failed")
    assert message in found
    assert get(sandbox, TARGETING) == before


def test_a_patch_that_changes_nothing_keeps_version_and_ids(sandbox: Sandbox) -> None:
    before = get(sandbox, TARGETING)
    rule = {"description": "Swedes", "variationId": ids(sandbox)["a"], "clauses": [SWEDEN]}
    target = {"variationId": ids(sandbox)["a"], "values": ["ann"]}
    same = [{"kind": "replaceRules", "rules": [rule]}, {"kind": "replaceTargets", "targets": [target]}]
    patch_targeting(sandbox, *same)
    assert get(sandbox, TARGETING) == before
    patch_targeting(sandbox, {"kind": "replaceRules", "rules": [{**rule, "clauses": []}]})
    after = get(sandbox, TARGETING)
    assert after["_version"] == before["_version"] + 1
    versions = {name: held["_version"] for name, held in after["environments"].items()}
    assert versions == {"production": 3, "test": 1}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"instructions": []}, 400),
        ({"environmentKey": "test"}, 400),
        ({"environmentKey": "nowhere", "instructions": []}, 404),
        ({"environmentKey": "test", "instructions": ["x"]}, 400),
        ([], 400),
    ],
)
def test_a_patch_names_an_environment_and_instructions(sandbox: Sandbox, body: Any, status: int) -> None:
    assert ask(sandbox, "PATCH", TARGETING, body, SEMANTIC).status_code == status


def test_a_variation_that_is_served_is_not_deleted(sandbox: Sandbox) -> None:
    status, _, message = refused(sandbox, "DELETE", f"{CONFIGS}/bot/variations/a")
    assert (status, message) == (400, "variation a is in use by the targeting of production")
    patch_targeting(sandbox, {"kind": "replaceRules", "rules": []}, {"kind": "replaceTargets", "targets": []})
    assert ask(sandbox, "DELETE", f"{CONFIGS}/bot/variations/a").status_code == 204
    assert list(ids(sandbox)) == ["disabled", "b"]


def test_targeting_follows_new_versions_and_indexes(sandbox: Sandbox) -> None:
    send(sandbox, "PATCH", f"{CONFIGS}/bot/variations/a", {"name": "new"})
    assert production(sandbox)["rules"][0]["variation"] == 1
    assert [row["name"] for row in get(sandbox, TARGETING)["variations"]] == ["disabled", "new", "b"]
