"""Targeting: which variation an environment serves to whom.

Takes calls, gives rules and targets by the index of a variation; changes name variations by their ids. Inside, both are
keys, and the stub that every config begins with has the empty one. It never changes half of what a patch says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.sandbox.launchdarkly import forms
from reconciler.sandbox.launchdarkly.answers import Refusal
from reconciler.sandbox.launchdarkly.call import CONFIGS, Call, Operation
from reconciler.sandbox.launchdarkly.edits import STUB, Variations
from reconciler.sandbox.launchdarkly.instructions import content, follow
from reconciler.sandbox.launchdarkly.state import State
from reconciler.sandbox.store import Row

TARGETING = f"{CONFIGS}/{{configKey}}/targeting"
SEMANTIC_PATCH = "domain-model=launchdarkly.semanticpatch"
USER = "user"

_ENVIRONMENT: Row = {
    "enabled": True,
    "offVariation": STUB,
    "fallthrough": {"variation": STUB},
    "rules": [],
    "targets": [],
    "trackEvents": False,
    "trackEventsFallthrough": False,
}
"""Where every environment starts: targeting is on, and serves the stub."""


def at_first(state: State) -> Row:
    """Give the targeting of a config that was created just now."""
    return {
        "id": state.new_id(),
        "version": 1,
        "defaults": {"onVariation": STUB, "offVariation": STUB},
        "environments": {},
    }


def serving(config: Row, variation: str) -> Iterator[str]:
    """Yield the environments that name a variation."""
    for key, environment in config["targeting"]["environments"].items():
        if variation in _named(environment):
            yield key


def start_rollout(state: State, config: Row, environment: str, kind: str) -> None:
    """Let a rollout of that kind own an environment's fallthrough, as one that somebody started by hand does."""
    held = _environment(config, environment)
    named = list(config["variations"])[:2] or [STUB]
    rollout = {
        "contextKind": USER,
        "variations": [{"variation": key, "weight": 100_000 // len(named)} for key in named],
        "experimentAllocation": {"type": kind, "canReshuffle": False, "defaultVariation": named[0]},
    }
    _put(state, config, environment, {**held, "fallthrough": {"rollout": rollout}})


def _read(call: Call) -> Row:
    return _shown(call.state, call.state.config(call.keys["configKey"]))


def _update(call: Call) -> Row:
    config = call.state.config(call.keys["configKey"])
    if SEMANTIC_PATCH not in call.content_type.replace(" ", ""):
        raise Refusal(400, "the body is no JSON patch; a semantic patch needs its own content type")
    patch = forms.read(forms.TargetingForm, call.body, needs=("environmentKey", "instructions"))
    key = call.state.environment(patch["environmentKey"])["key"]
    held = _environment(config, key)
    by_id = {call_id: name for name, call_id in _ids(config).items()}
    around = Variations(by_id, call.state.segments, call.state.new_id)
    targeting = config["targeting"]
    after, defaults = follow(patch["instructions"], held, targeting["defaults"], around)
    if not forms.same(content(after), content(held)) or defaults != targeting["defaults"]:
        config = {**config, "targeting": {**targeting, "defaults": defaults}}
        config = _put(call.state, config, key, after)
    return _shown(call.state, config)


def _put(state: State, config: Row, key: str, environment: Row) -> Row:
    targeting = config["targeting"]
    changed = {**environment, "version": environment["version"] + 1, "lastModified": state.now()}
    environments = {**targeting["environments"], key: changed}
    after = {**targeting, "version": targeting["version"] + 1, "environments": environments}
    return state.configs.put(config["key"], {**config, "targeting": after})


def _environment(config: Row, key: str) -> Row:
    held: Row = config["targeting"]["environments"].get(key)
    return held or {**_ENVIRONMENT, "version": 1, "lastModified": config["createdAt"]}


def _named(environment: Row) -> set[str]:
    """Give the variations that an environment names anywhere."""
    serves = [environment["fallthrough"], *(rule["serve"] for rule in environment["rules"])]
    split = [part for serve in serves for part in serve.get("rollout", {}).get("variations", ())]
    alone = [serve for serve in serves if "variation" in serve]
    places = [*split, *alone, *environment["targets"]]
    return {environment["offVariation"], *(place["variation"] for place in places)}


def _ids(config: Row) -> dict[str, str]:
    """Give the id of every variation by its key, the stub's first: a variation's changes with each of its versions."""
    newest = {key: versions[-1]["_id"] for key, versions in config["variations"].items()}
    return {STUB: config["targeting"]["id"], **newest}


def _shown(state: State, config: Row) -> Row:
    targeting = config["targeting"]
    index = {key: place for place, key in enumerate(_ids(config))}
    return {
        "key": config["key"],
        "name": config["name"],
        "tags": config["tags"],
        "createdAt": config["createdAt"],
        "_version": targeting["version"],
        "defaults": {name: index.get(default, 0) for name, default in targeting["defaults"].items()},
        "variations": [_variation(config, key, id_) for key, id_ in _ids(config).items()],
        "environments": {
            row["key"]: _shown_environment(row, _environment(config, row["key"]), index)
            for row in state.environments.all()
        },
        "experiments": {"baselineIdx": 0, "items": []},
    }


def _variation(config: Row, key: str, id_: str) -> Row:
    if key == STUB:
        return {"_id": id_, "name": "disabled", "description": "", "value": {"_ldMeta": {"enabled": False}}}
    held = config["variations"][key][-1]
    meta = {"enabled": True, "variationKey": key, "version": held["version"], "mode": config["mode"]}
    served = {name: held[name] for name in ("model", "messages", "instructions") if name in held}
    return {"_id": id_, "name": held["name"], "description": "", "value": {"_ldMeta": meta, **served}}


def _shown_environment(row: Row, held: Row, index: dict[str, int]) -> Row:
    targets = [{**target, "variation": index[target["variation"]]} for target in held["targets"]]
    return {
        "enabled": held["enabled"],
        "offVariation": index[held["offVariation"]],
        "fallthrough": _serve(held["fallthrough"], index),
        "rules": [_rule(rule, index) for rule in held["rules"]],
        "targets": [target for target in targets if target["contextKind"] == USER],
        "contextTargets": [target for target in targets if target["contextKind"] != USER],
        "trackEvents": held["trackEvents"],
        "trackEventsFallthrough": held["trackEventsFallthrough"],
        "lastModified": held["lastModified"],
        "_environmentName": row["name"],
        "_version": held["version"],
    }


def _rule(rule: Row, index: dict[str, int]) -> Row:
    shown = {name: value for name, value in rule.items() if name not in {"serve", "clauses"}}
    # The documents call a clause's id `id`, flags call it `_id`.
    clauses = [{**clause, "id": clause["_id"]} for clause in rule["clauses"]]
    return {**shown, "clauses": clauses, **_serve(rule["serve"], index)}


def _serve(serve: Row, index: dict[str, int]) -> Row:
    if "variation" in serve:
        return {"variation": index[serve["variation"]]}
    rollout = serve["rollout"]
    parts = [{**part, "variation": index[part["variation"]]} for part in rollout["variations"]]
    shown: dict[str, Any] = {**rollout, "variations": sorted(parts, key=lambda part: part["variation"])}
    if "experimentAllocation" in rollout:
        allocation = rollout["experimentAllocation"]
        shown["experimentAllocation"] = {**allocation, "defaultVariation": index[allocation["defaultVariation"]]}
    return {"rollout": shown}


OPERATIONS = (Operation("GET", TARGETING, _read), Operation("PATCH", TARGETING, _update))
