"""Variations: what a config may serve, each with all its versions.

Takes calls, gives variations as they are served: defaults filled in, shares rounded to 32 bits. A change of content
makes a new version with an id of its own, which the next read of the variation does not show yet.
"""

from __future__ import annotations

import struct

from reconciler.sandbox.launchdarkly import answers, catalog, forms, models, targeting
from reconciler.sandbox.launchdarkly.answers import Refusal
from reconciler.sandbox.launchdarkly.call import CONFIGS, Call, Operation, fill
from reconciler.sandbox.launchdarkly.state import State
from reconciler.sandbox.launchdarkly.versioned import Resource
from reconciler.sandbox.store import Row

CONFIG = f"{CONFIGS}/{{configKey}}"
VARIATIONS = f"{CONFIG}/variations"
ONE = f"{VARIATIONS}/{{variationKey}}"
NEEDS = ("key", "name")

_MODEL: Row = {"modelName": "", "parameters": {}, "custom": {}}
_AGENT_ONLY = ("instructions",)
_MOMENTS = ("_archivedAt", "_publishedAt")
_SINCE_V24 = ("modelConfigVersion",)


def added(state: State, config: Row, body: Row) -> Row:
    """Give the config with a first version of the variation that a body describes."""
    content = _settled(state, {"state": "published"}, body)
    version = _numbered(state, content, 1, body)
    return {**config, "variations": {**config["variations"], body["key"]: [version]}}


def unordered(versions: list[Row]) -> list[Row]:
    """Give the versions in no order that a client could rely on: the newest is now first, now last, now between."""
    return sorted(versions, key=lambda version: (version["version"] % 2, version["version"]))


def shown(state: State, config: Row, variation: Row) -> Row:
    """Give a version as answers show it."""
    left_out = () if config["mode"] == "agent" else _AGENT_ONLY
    keys = {"projectKey": state.project, "configKey": config["key"]}
    judges = variation.get("judgeConfiguration", {}).get("judges", [])
    return {
        **_without(variation, *left_out),
        "_links": {"parent": answers.link(fill(CONFIG, keys))},
        "color": "#405BFF",
        "model": _model(state, variation),
        "tools": [{**pin, **_custom_parameters(state, pin)} for pin in variation.get("tools", ())],
        "judgingConfigKeys": [judge["judgeConfigKey"] for judge in judges],
    }


def _create(call: Call) -> Row:
    config = call.state.config(call.keys["configKey"])
    body = forms.read(forms.VariationForm, call.body, needs=NEEDS, leave=("state",))
    if body["key"] in config["variations"]:
        raise Refusal(409, f"variation key {body['key']} already exists")
    config = call.state.configs.put(config["key"], added(call.state, config, body))
    return shown(call.state, config, config["variations"][body["key"]][-1])


def _read(call: Call) -> Row:
    config, versions = _found(call)
    place = (config["key"], call.keys["variationKey"])
    if place in call.state.lagging:
        call.state.lagging.discard(place)
        versions = versions[:-1]
    items = [shown(call.state, config, version) for version in unordered(versions)]
    return {"items": items, "totalCount": len(items)}


def _update(call: Call) -> Row:
    config, versions = _found(call)
    body = forms.read(forms.VariationForm, call.body, leave=("key",))
    newest = versions[-1]
    for environment in targeting.serving(config, newest["key"]):
        if call.state.environment(environment).get("requires_approval"):
            raise Refusal(403, f"the variation is in use in {environment}, where changes require approval")
    _check_state(config, newest, body)
    content = _settled(call.state, newest, body)
    if _differs(call.state, newest, content):
        versions = [*versions, _numbered(call.state, content, newest["version"] + 1, body)]
        call.state.lagging.add((config["key"], newest["key"]))
    elif content["state"] != newest["state"]:
        versions = [*versions[:-1], {**_without(newest, *_MOMENTS), **_moved(call.state, content["state"])}]
    if versions is not config["variations"][newest["key"]]:
        kept = {**config["variations"], newest["key"]: versions}
        config = call.state.configs.put(config["key"], {**config, "variations": kept})
    return shown(call.state, config, versions[-1])


def _delete(call: Call) -> None:
    config, versions = _found(call)
    key = versions[-1]["key"]
    if len(config["variations"]) == 1:
        raise Refusal(400, answers.LAST_VARIATION)
    for environment in targeting.serving(config, key):
        raise Refusal(400, f"variation {key} is in use by the targeting of {environment}")
    kept = {other: held for other, held in config["variations"].items() if other != key}
    call.state.configs.put(config["key"], {**config, "variations": kept})


def _found(call: Call) -> tuple[Row, list[Row]]:
    config, key = call.state.config(call.keys["configKey"]), call.keys["variationKey"]
    if key not in config["variations"]:
        raise Refusal(404, f"Unknown variation key {key}")
    versions: list[Row] = config["variations"][key]
    return config, versions


def _settled(state: State, before: Row, body: Row) -> Row:
    """Give the content after a body: each field that it names is replaced, and what it names must be there."""
    after = {**before, **_without(body, "comment")}
    if not state.dialect.model_versions:
        after = _without(after, *_SINCE_V24)
    for resource in (catalog.TOOL, catalog.SKILL):
        name = resource.table
        if name in body:
            _check_pins(state, resource, body[name])
            after[name] = sorted(body[name], key=lambda pin: pin["key"])
    if "judgeConfiguration" in body:
        after["judgeConfiguration"] = {"judges": _judges(state, body["judgeConfiguration"].get("judges", []))}
    if after.get("classifiers") and after.get("messages"):
        raise Refusal(400, "messages must be empty where classifiers are not")
    return _with_model_version(state, before, after, body)


def _with_model_version(state: State, before: Row, after: Row, body: Row) -> Row:
    """Pin a custom model config: to the version asked for, else to the latest where the model config is a new one."""
    key = after.get("modelConfigKey")
    if key is None:
        if "modelConfigVersion" in after:
            raise Refusal(400, "modelConfigVersion requires modelConfigKey")
        return after
    model = models.current(state, key)
    is_new = key != before.get("modelConfigKey")
    if is_new and state.restricted.get(key) is not None:
        raise Refusal(400, f"model config {key} is restricted")
    asked = body.get("modelConfigVersion") if state.dialect.model_versions else None
    if asked is not None and asked > model["version"]:
        raise Refusal(400, f"model config {key} has no version {asked}")
    if not is_new and asked is None:
        return after
    after = _without(after, *_SINCE_V24)
    if model["global"] or not state.dialect.model_versions:
        return after
    return {**after, "modelConfigVersion": asked or model["version"]}


def _judges(state: State, judges: list[Row]) -> list[Row]:
    metrics = []
    for judge in judges:
        config = state.configs.get(judge["judgeConfigKey"])
        if config is None or config["mode"] != "judge":
            raise Refusal(400, f"judgeConfigKey: there is no judge {judge['judgeConfigKey']}")
        metrics.append(config["evaluationMetricKey"])
    if len(set(metrics)) < len(metrics):
        raise Refusal(422, "two judges of a variation have the same evaluation metric")
    rounded = [{**judge, "samplingRate": as_float32(judge["samplingRate"])} for judge in judges]
    return sorted(rounded, key=lambda judge: judge["judgeConfigKey"])


def as_float32(number: float) -> float:
    """Give the 64-bit float that a 32-bit float of that number reads as."""
    (rounded,) = struct.unpack("f", struct.pack("f", number))
    return float(rounded)


def _check_pins(state: State, resource: Resource, pins: list[Row]) -> None:
    for pin in pins:
        if _pinned(state, resource, pin) is None:
            what = f"{resource.noun} {pin['key']} of version {pin['version']}"
            raise Refusal(400, f"{resource.table}: there is no {what}")


def _pinned(state: State, resource: Resource, pin: Row) -> Row | None:
    row = state.table(resource.table).get(pin["key"]) or {"versions": ()}
    return next((version for version in row["versions"] if version["version"] == pin["version"]), None)


def _custom_parameters(state: State, pin: Row) -> Row:
    """Echo what the tool says of itself; of a tool that is gone, which only old versions name, there is nothing."""
    tool = _pinned(state, catalog.TOOL, pin)
    return {} if tool is None else {"customParameters": tool["customParameters"]}


def _model(state: State, variation: Row) -> Row:
    """Fill in what the body did not say of the model."""
    model = {**_MODEL, **variation.get("model", {})}
    row = state.models.get(variation.get("modelConfigKey", ""))
    if not model["modelName"] and row is not None:
        model["modelName"] = row["versions"][-1]["id"]
    return model


def _differs(state: State, before: Row, after: Row) -> bool:
    held, wanted = (
        {**_without(row, "state", "comment", *_MOMENTS), "model": _model(state, row)} for row in (before, after)
    )
    return not forms.same(held, wanted)


def _numbered(state: State, content: Row, number: int, body: Row) -> Row:
    """Give the content as a version of its own, with the comment of the change that made it."""
    comment = {"comment": body["comment"]} if "comment" in body else {}
    told = {**comment, "_id": state.new_id(), "version": number, "createdAt": state.now()}
    return {**_without(content, "comment", *_MOMENTS), **told, **_moved(state, content["state"])}


def _without(row: Row, *names: str) -> Row:
    return {name: value for name, value in row.items() if name not in names}


def _moved(state: State, to: str) -> Row:
    return {"state": to, "_archivedAt" if to == "archived" else "_publishedAt": state.now()}


def _check_state(config: Row, newest: Row, body: Row) -> None:
    wanted = body.get("state")
    if wanted is not None and wanted == newest["state"]:
        raise Refusal(400, f"the variation is {wanted} already")
    if wanted == "archived" and len(config["variations"]) == 1:
        raise Refusal(400, "the only variation of an AI Config cannot be archived")


OPERATIONS = (
    Operation("POST", VARIATIONS, _create, 201),
    Operation("GET", ONE, _read),
    Operation("PATCH", ONE, _update),
    Operation("DELETE", ONE, _delete, 204),
)
