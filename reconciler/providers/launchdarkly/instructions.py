"""Says a change of targeting as the instructions of one semantic patch.

Takes what is wanted and what is served, both in the spelling of manifests, and the ids of variations and rules; gives
instructions for what differs. Pure: no I/O, no clock.

The instruction that replaces the rules cannot say whether their events are tracked: that takes the ids of the new
rules, and so a patch of its own, unless the rules are otherwise as they should be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from reconciler.model import Body, Json
from reconciler.providers.launchdarkly.served import STUB, USER, clause

Ids = Mapping[str, str]
REPLACE_RULES = "replaceRules"


def of(told: Body, held: Body, rule_ids: Sequence[str], ids: Ids) -> list[Body]:
    """Give the instructions for the fields of `told`; `held` are the rules as they are, and all else."""
    steps: list[Body] = []
    for name, value in told.items():
        if name == "rules":
            steps += _rules(value or [], held["rules"], rule_ids, ids)
        else:
            steps.append(_STEPS[name](value, ids))
    return steps


def tracking(rules: Json, rule_ids: Sequence[str]) -> list[Body]:
    """Give the instructions by which rules that were made just now track their events."""
    return [_track(id_, on=True) for rule, id_ in zip(rules or (), rule_ids, strict=True) if rule.get("trackEvents")]


def _rules(rules: Sequence[Body], held: Sequence[Body], rule_ids: Sequence[str], ids: Ids) -> list[Body]:
    wanted = [_rule(rule, ids) for rule in rules]
    if wanted != [_rule(rule, ids) for rule in held]:
        return [{"kind": REPLACE_RULES, "rules": wanted}]
    return [
        _track(id_, on=bool(rule.get("trackEvents")))
        for rule, before, id_ in zip(rules, held, rule_ids, strict=True)
        if bool(rule.get("trackEvents")) != before["trackEvents"]
    ]


def _track(rule_id: str, *, on: bool) -> Body:
    return {"kind": "updateRuleTrackEvents", "ruleId": rule_id, "trackEvents": on}


def _target(target: Body, ids: Ids) -> Body:
    kind = target.get("contextKind") or USER
    return {"contextKind": kind, "variationId": ids[target["variation"]], "values": target["values"]}


_STEPS: Mapping[str, Callable[[Json, Ids], Body]] = {
    "fallthrough": lambda serve, ids: {
        "kind": "updateFallthroughVariationOrRollout",
        **_serve(serve or {"variation": STUB}, ids),
    },
    "offVariation": lambda variation, ids: {"kind": "updateOffVariation", "variationId": ids[variation or STUB]},
    "targets": lambda targets, ids: {
        "kind": "replaceTargets",
        "targets": [_target(target, ids) for target in targets or ()],
    },
    "trackEvents": lambda on, _: {"kind": "updateTrackEvents", "trackEvents": bool(on)},
    "trackEventsFallthrough": lambda on, _: {"kind": "updateTrackEventsFallthrough", "trackEvents": bool(on)},
}


def _rule(rule: Body, ids: Ids) -> Body:
    described = {"description": rule["description"]} if rule.get("description") else {}
    return {**described, "clauses": [clause(told) for told in rule["clauses"]], **_serve(rule, ids)}


def _serve(serve: Body, ids: Ids) -> Body:
    rollout = serve.get("rollout")
    if rollout is None:
        return {"variationId": ids[serve["variation"]]}
    weights = {ids[part["variation"]]: part["weight"] for part in rollout["variations"]}
    bucket = {"rolloutBucketBy": rollout["bucketBy"]} if rollout.get("bucketBy") else {}
    return {"rolloutWeights": weights, "rolloutContextKind": rollout.get("contextKind") or USER, **bucket}
