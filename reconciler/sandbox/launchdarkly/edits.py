"""What the instructions of a semantic patch do, one function each.

Takes an environment's targeting that may be changed, and an instruction; gives nothing, or raises the refusal.
Variations are keys in targeting and ids in instructions. It never touches anything but its own copy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox.launchdarkly.answers import Refusal
from reconciler.sandbox.store import Row, Table

STUB = ""
"""The key of the variation `disabled`, which has none."""

WHOLE = 100_000
"""What the weights of a rollout come to: thousandths of a percent."""

_RELEASE = "measuredRollout"


@dataclass(frozen=True, slots=True)
class Variations:
    """What instructions may name."""

    by_id: Mapping[str, str]
    segments: Table
    new_id: Callable[[], str]

    def key(self, told: Row, name: str = "variationId") -> str:
        """Give the key of the variation that a field names."""
        key = self.by_id.get(str(told.get(name)))
        if key is None:
            raise Refusal(422, f"invalid variation: {told.get(name)!r}")
        return key


@dataclass(slots=True)
class Edit:
    """An environment while it is changed: a copy of its own."""

    environment: Row
    defaults: Row
    around: Variations

    def rule(self, told: Row) -> Row:
        """Give the rule that `ruleId` names."""
        rules = [rule for rule in self.environment["rules"] if rule["_id"] == told.get("ruleId")]
        if not rules:
            raise Refusal(422, f"ruleId: there is no rule {told.get('ruleId')!r}")
        rule: Row = rules[0]
        return rule

    def clause(self, told: Row) -> Row:
        """Give the clause that `ruleId` and `clauseId` name."""
        clauses = [clause for clause in self.rule(told)["clauses"] if clause["_id"] == told.get("clauseId")]
        if not clauses:
            raise Refusal(422, f"clauseId: there is no clause {told.get('clauseId')!r}")
        clause: Row = clauses[0]
        return clause


def add_rule(edit: Edit, told: Row) -> None:
    """Add a rule, before another one or at the end."""
    rules, place = edit.environment["rules"], len(edit.environment["rules"])
    if "beforeRuleId" in told:
        place = rules.index(edit.rule({"ruleId": told["beforeRuleId"]}))
    rules.insert(place, _new_rule(edit, told))


def remove_rule(edit: Edit, told: Row) -> None:
    """Remove a rule; one that is not there is no error."""
    rules = edit.environment["rules"]
    edit.environment["rules"] = [rule for rule in rules if rule["_id"] != told.get("ruleId")]


def reorder_rules(edit: Edit, told: Row) -> None:
    """Put the rules in another order."""
    by_id = {rule["_id"]: rule for rule in edit.environment["rules"]}
    wanted = told.get("ruleIds")
    if not isinstance(wanted, list) or sorted(map(str, wanted)) != sorted(by_id):
        raise Refusal(422, "ruleIds must name every rule once")
    edit.environment["rules"] = [by_id[rule_id] for rule_id in wanted]


def replace_rules(edit: Edit, told: Row) -> None:
    """Put other rules in the place of all."""
    edit.environment["rules"] = [_new_rule(edit, rule) for rule in rows_of(told, "rules")]


def rule_description(edit: Edit, told: Row) -> None:
    """Say what a rule is for."""
    edit.rule(told)["description"] = text_of(told, "description", "")


def rule_track_events(edit: Edit, told: Row) -> None:
    """Say whether events of a rule are tracked."""
    edit.rule(told)["trackEvents"] = _flag(told)


def rule_serve(edit: Edit, told: Row) -> None:
    """Say what a rule serves."""
    edit.rule(told)["serve"] = _serve(edit.around, told)


def _new_rule(edit: Edit, told: Row) -> Row:
    description = text_of(told, "description", "")
    described = {"description": description} if description else {}
    return {
        "_id": edit.around.new_id(),
        **described,
        "clauses": [_clause(edit.around, clause) for clause in rows_of(told, "clauses")],
        "trackEvents": False,
        "serve": _serve(edit.around, told),
    }


def add_clauses(edit: Edit, told: Row) -> None:
    """Add clauses to a rule."""
    edit.rule(told)["clauses"] += [_clause(edit.around, clause) for clause in rows_of(told, "clauses")]


def remove_clauses(edit: Edit, told: Row) -> None:
    """Remove clauses of a rule."""
    rule = edit.rule(told)
    gone = values_of(told, "clauseIds")
    rule["clauses"] = [clause for clause in rule["clauses"] if clause["_id"] not in gone]


def update_clause(edit: Edit, told: Row) -> None:
    """Put another clause in the place of one."""
    held, wanted = edit.clause(told), told.get("clause")
    if not isinstance(wanted, dict):
        raise Refusal(422, "clause: expected an object")
    held.update({**_clause(edit.around, wanted), "_id": held["_id"]})


def add_values(edit: Edit, told: Row) -> None:
    """Add values to a clause."""
    held = edit.clause(told)
    held["values"] = list(dict.fromkeys([*held["values"], *values_of(told)]))


def remove_values(edit: Edit, told: Row) -> None:
    """Remove values of a clause."""
    held, gone = edit.clause(told), values_of(told)
    held["values"] = [value for value in held["values"] if value not in gone]


def _clause(around: Variations, told: Row) -> Row:
    values = values_of(told)
    for name in ("attribute", "op"):
        if not isinstance(told.get(name), str) or not told[name]:
            raise Refusal(422, f"a clause needs {name}")
    if told["op"] == "segmentMatch":
        for segment in values:
            if around.segments.get(segment) is None:
                raise Refusal(422, f"there is no segment {segment}")
    return {
        "_id": around.new_id(),
        "contextKind": text_of(told, "contextKind", "user"),
        "attribute": told["attribute"],
        "op": told["op"],
        "negate": bool(told.get("negate", False)),
        "values": values,
    }


def update_fallthrough(edit: Edit, told: Row) -> None:
    """Say what is served where no rule holds."""
    edit.environment["fallthrough"] = _serve(edit.around, told)


def update_off_variation(edit: Edit, told: Row) -> None:
    """Say what is served where targeting is off."""
    edit.environment["offVariation"] = edit.around.key(told)


def update_defaults(edit: Edit, told: Row) -> None:
    """Say what new environments serve, by the variations' values; the documents spell the parameters in two ways."""
    for name in ("onVariation", "offVariation"):
        value = told.get(f"{name}Value", told.get(f"{name[0].upper()}{name[1:]}Value"))
        if value is None:
            continue
        meta = value.get("_ldMeta") if isinstance(value, dict) else None
        key = meta.get("variationKey", STUB) if isinstance(meta, dict) else None
        if key not in edit.around.by_id.values():
            raise Refusal(422, f"invalid variation: {value!r}")
        edit.defaults[name] = key


def track_events(edit: Edit, told: Row) -> None:
    """Say whether events of all rules are tracked."""
    edit.environment["trackEvents"] = _flag(told)


def track_fallthrough(edit: Edit, told: Row) -> None:
    """Say whether events are tracked where no rule holds."""
    edit.environment["trackEventsFallthrough"] = _flag(told)


def start_release(edit: Edit, told: Row) -> None:
    """Let a guarded rollout own what is served where no rule holds."""
    original = edit.around.key(told, "originalVariationId")
    target = edit.around.key(told, "targetVariationId")
    parts = [{"variation": original, "weight": WHOLE}, {"variation": target, "weight": 0}]
    owner = {"type": _RELEASE, "canReshuffle": False, "defaultVariation": original}
    kind = text_of(told, "randomizationUnit", "user")
    rollout = {"contextKind": kind, "variations": parts, "experimentAllocation": owner}
    edit.environment["fallthrough"] = {"rollout": rollout}


def stop_release(edit: Edit, told: Row) -> None:
    """End whatever owns it, with the variation that stays."""
    edit.environment["fallthrough"] = {"variation": edit.around.key(told, "finalVariationId")}


def _serve(around: Variations, told: Row) -> Row:
    weights = told.get("rolloutWeights")
    if weights is None:
        return {"variation": around.key(told)}
    if not isinstance(weights, dict) or not all(type(weight) is int and weight >= 0 for weight in weights.values()):
        raise Refusal(422, "rolloutWeights: expected whole numbers by variation")
    if sum(weights.values()) != WHOLE:
        raise Refusal(422, f"rolloutWeights must sum to {WHOLE}, got {sum(weights.values())}")
    parts = [{"variation": around.key({"variationId": id_}), "weight": weight} for id_, weight in weights.items()]
    parts.sort(key=lambda part: str(part["variation"]))
    bucket_by = text_of(told, "rolloutBucketBy", "")
    bucket = {"bucketBy": bucket_by} if bucket_by else {}
    return {"rollout": {"contextKind": text_of(told, "rolloutContextKind", "user"), **bucket, "variations": parts}}


def rows_of(told: Row, name: str) -> list[Row]:
    """Give the objects that a field lists."""
    rows = told.get(name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Refusal(422, f"{name}: expected a list of objects")
    return rows


def text_of(told: Row, name: str, default: str) -> str:
    """Give the text that a field holds."""
    text = told.get(name, default)
    if not isinstance(text, str):
        raise Refusal(422, f"{name}: expected a text")
    return text


def values_of(told: Row, name: str = "values") -> list[Any]:
    """Give the texts or numbers that a field lists."""
    values = told.get(name)
    if not isinstance(values, list) or any(isinstance(value, (dict, list)) for value in values):
        raise Refusal(422, f"{name}: expected a list of texts or numbers")
    return values


def _flag(told: Row) -> bool:
    if not isinstance(told.get("trackEvents"), bool):
        raise Refusal(422, "trackEvents: expected true or false")
    return bool(told["trackEvents"])
