"""Reads targeting as the API shows it: by the places of variations in a list.

Takes the answer about a config, gives each environment in the spelling of manifests, by the keys of variations. Pure:
no I/O, no clock. Raises KeyError, IndexError or TypeError where an answer is not as the contract says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciler.model import Body, Json

STUB = "disabled"
"""What manifests call the variation that every config begins with; it alone has no key."""
FIELDS = frozenset({"rules", "targets", "fallthrough", "offVariation", "trackEvents", "trackEventsFallthrough"})
USER = "user"


@dataclass(frozen=True, slots=True)
class Environment:
    """What is served in one environment."""

    body: Body
    rule_ids: tuple[str, ...]
    version: str
    owner: str
    """What decides here instead of us: `experiment` or `measuredRollout`; empty: nothing does."""


@dataclass(frozen=True, slots=True)
class Served:
    """The targeting of one config as one read shows it."""

    ids: Mapping[str, str]
    """Variation → the id that a patch has to name, for now."""
    environments: Mapping[str, Environment]

    def naming(self, variation: str) -> tuple[str, ...]:
        """Give the environments that name a variation anywhere."""
        return tuple(sorted(name for name, held in self.environments.items() if variation in variations_of(held.body)))


def read(answer: Json) -> Served:
    """Read the answer about a config's targeting."""
    keys = [_key(variation) for variation in answer["variations"]]
    ids = {key: str(shown["_id"]) for key, shown in zip(keys, answer["variations"], strict=True)}
    return Served(ids, {name: _environment(row, keys) for name, row in answer["environments"].items()})


def variations_of(body: Body) -> frozenset[str]:
    """Give the variations that a body names; references that are not resolved yet are left out."""
    serves = [body.get("fallthrough") or {}, *(body.get("rules") or ())]
    parts = [part for serve in serves for part in (serve.get("rollout") or {}).get("variations") or ()]
    places = [*serves, *parts, *(body.get("targets") or ()), {"variation": body.get("offVariation")}]
    return frozenset(place["variation"] for place in places if isinstance(place.get("variation"), str))


def _key(variation: Body) -> str:
    value = variation["value"]
    meta = value.get("_ldMeta") if isinstance(value, dict) else None
    return str((meta or {}).get("variationKey") or STUB)


def _environment(row: Body, keys: Sequence[str]) -> Environment:
    rules = row.get("rules") or []
    allocation = ((row.get("fallthrough") or {}).get("rollout") or {}).get("experimentAllocation") or {}
    return Environment(
        body={
            "rules": [_rule(rule, keys) for rule in rules],
            "targets": _targets([*(row.get("targets") or ()), *(row.get("contextTargets") or ())], keys),
            "fallthrough": _serve(row.get("fallthrough") or {}, keys),
            **({} if row.get("offVariation") is None else {"offVariation": keys[row["offVariation"]]}),
            "trackEvents": bool(row.get("trackEvents")),
            "trackEventsFallthrough": bool(row.get("trackEventsFallthrough")),
        },
        rule_ids=tuple(str(rule.get("_id", "")) for rule in rules),
        version=str(row.get("_version", "")),
        owner=str(allocation.get("type") or ""),
    )


def _rule(rule: Body, keys: Sequence[str]) -> Body:
    described = {"description": rule["description"]} if rule.get("description") else {}
    clauses = [clause(told) for told in rule["clauses"]]
    return {**described, "clauses": clauses, **_serve(rule, keys), "trackEvents": bool(rule.get("trackEvents"))}


def clause(told: Body) -> Body:
    """Give a clause with nothing left out; a segment's has no kind of context, or the usual one (both were seen)."""
    return {
        "contextKind": told.get("contextKind") or USER,
        "attribute": told["attribute"],
        "op": told["op"],
        "negate": bool(told.get("negate")),
        "values": told["values"],
    }


def _serve(row: Body, keys: Sequence[str]) -> Body:
    rollout = row.get("rollout")
    if rollout is None:
        return {} if row.get("variation") is None else {"variation": keys[row["variation"]]}
    bucket = {"bucketBy": rollout["bucketBy"]} if rollout.get("bucketBy") else {}
    parts = [{"variation": keys[part["variation"]], "weight": part["weight"]} for part in rollout["variations"]]
    return {"rollout": {"variations": parts, "contextKind": rollout.get("contextKind") or USER, **bucket}}


def _targets(rows: Sequence[Body], keys: Sequence[str]) -> list[Body]:
    """Give one entry per kind of context and variation: users stand in one list, all others in another."""
    values: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        values.setdefault((row.get("contextKind") or USER, keys[row["variation"]]), []).extend(row["values"])
    return [{"contextKind": kind, "variation": variation, "values": held} for (kind, variation), held in values.items()]
