"""The instructions of a semantic patch of targeting, all of them or none.

Takes an environment's targeting and instructions, gives what it is after the last, or raises the refusal of the whole.
Pure but for the ids of new rules and clauses.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping

from reconciler.sandbox.launchdarkly import edits, targets
from reconciler.sandbox.launchdarkly.answers import Refusal
from reconciler.sandbox.store import Row

_KINDS: Mapping[str, Callable[[edits.Edit, Row], None]] = {
    "addClauses": edits.add_clauses,
    "addRule": edits.add_rule,
    "addTargets": targets.add_targets,
    "addValuesToClause": edits.add_values,
    "clearTargets": targets.clear_targets,
    "removeClauses": edits.remove_clauses,
    "removeRule": edits.remove_rule,
    "removeTargets": targets.remove_targets,
    "removeValuesFromClause": edits.remove_values,
    "reorderRules": edits.reorder_rules,
    "replaceRules": edits.replace_rules,
    "replaceTargets": targets.replace_targets,
    "updateClause": edits.update_clause,
    "updateDefaultVariation": edits.update_defaults,
    "updateFallthroughVariationOrRollout": edits.update_fallthrough,
    "updateOffVariation": edits.update_off_variation,
    "updateRuleDescription": edits.rule_description,
    "updateRuleTrackEvents": edits.rule_track_events,
    "updateRuleVariationOrRollout": edits.rule_serve,
    "updateTrackEvents": edits.track_events,
    "updateTrackEventsFallthrough": edits.track_fallthrough,
    # Not in the documents, but seen.
    "startAutomatedRelease": edits.start_release,
    "stopAutomatedRelease": edits.stop_release,
}
INSTRUCTIONS = tuple(_KINDS)


def follow(instructions: list[Row], environment: Row, defaults: Row, around: edits.Variations) -> tuple[Row, Row]:
    """Give the environment and the defaults after the instructions, one after the other."""
    edit = edits.Edit(copy.deepcopy(environment), dict(defaults), around)
    for told in instructions:
        carry_out = _KINDS.get(str(told.get("kind")))
        if carry_out is None:
            raise Refusal(422, f"unknown instruction {told.get('kind')!r}")
        owner = edit.environment["fallthrough"].get("rollout", {}).get("experimentAllocation")
        if owner is not None and carry_out is not edits.stop_release:
            raise Refusal(409, f"a running {owner['type']} owns the fallthrough of this environment")
        carry_out(edit, told)
    targets.check_targets(edit.environment["targets"])
    return edit.environment, edit.defaults


def content(environment: Row) -> Row:
    """Give what an environment says, without the ids of its rules and clauses."""
    rules = [
        {**_without_id(rule), "clauses": [_without_id(clause) for clause in rule["clauses"]]}
        for rule in environment["rules"]
    ]
    return {**environment, "rules": rules}


def _without_id(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "_id"}
