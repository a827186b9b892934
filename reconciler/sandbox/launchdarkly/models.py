"""Model configs, and the list of those that variations may not choose.

Takes calls, gives model configs: the catalog that every project sees mixed with the project's own, as one bare array.
It never changes one of the catalog.
"""

from __future__ import annotations

from functools import partial

from reconciler.sandbox.launchdarkly import answers, forms, maintainers
from reconciler.sandbox.launchdarkly.answers import Refusal
from reconciler.sandbox.launchdarkly.call import CONFIGS, Call, Operation
from reconciler.sandbox.launchdarkly.query import chosen, number, page
from reconciler.sandbox.launchdarkly.state import Dialect, State, found
from reconciler.sandbox.launchdarkly.versioned import amended, stored_tags
from reconciler.sandbox.store import Row

MODELS = f"{CONFIGS}/model-configs"
ONE = f"{MODELS}/{{modelConfigKey}}"

NEEDS = ("name", "key", "id")
FIXED = ("key", "id", "provider", "icon")
"""What a change leaves as it is, without a word."""

_AT_FIRST: Row = {"icon": "", "provider": "", "params": {}, "customParams": {}, "tags": []}


def operations(dialect: Dialect) -> tuple[Operation, ...]:
    """Give the operations that an age of the server has."""
    since_v24 = (Operation("PATCH", ONE, _update), Operation("GET", f"{ONE}/versions", _versions))
    before = (Operation("PATCH", ONE, _nowhere),)
    return (
        Operation("GET", MODELS, _list),
        Operation("POST", MODELS, _create),
        Operation("POST", f"{MODELS}/restricted", _restrict),
        Operation("DELETE", f"{MODELS}/restricted", _release, 204),
        Operation("GET", ONE, _read),
        Operation("DELETE", ONE, _delete, 204),
        *(since_v24 if dialect.model_versions else before),
    )


def insert(state: State, body: Row, *, is_global: bool = False) -> Row:
    """Store a model config. Who looks after it is not applied here: only a change does that."""
    held = {name: value for name, value in stored_tags(body).items() if name not in maintainers.FIELDS}
    first = {**_AT_FIRST, **held, "version": 1}
    return state.models.put(
        body["key"], {"key": body["key"], "global": is_global, "maintainer": {}, "versions": [first]}
    )


def current(state: State, key: str) -> Row:
    """Give a model config's last version; raise 400 where there is none, as whoever names it is told."""
    row = state.models.get(key)
    if row is None:
        raise Refusal(400, f"modelConfigKey: there is no model config {key}")
    return {**row["versions"][-1], "global": row["global"]}


def uses(state: State) -> dict[str, set[str]]:
    """Give, by model config, the configs whose variations use it now."""
    users: dict[str, set[str]] = {}
    for config, variation in state.variations():
        if "modelConfigKey" in variation:
            users.setdefault(variation["modelConfigKey"], set()).add(config["key"])
    return users


def _list(call: Call) -> list[Row]:
    users = uses(call.state)
    rows = sorted(call.state.models.all(), key=lambda row: row["key"])
    wanted = call.query.get("restricted")
    if wanted is not None:
        rows = [row for row in rows if _is_restricted(call.state, row) is (wanted == "true")]
    return chosen(call, [_shown(call.state, users, row) for row in rows])


def _create(call: Call) -> Row:
    body = forms.read(forms.ModelConfigForm, call.body, needs=NEEDS)
    if call.state.models.get(body["key"]) is not None:
        raise Refusal(400, f"model config key {body['key']} already exists")
    return _shown(call.state, uses(call.state), insert(call.state, body))


def _read(call: Call) -> Row:
    row = _found(call)
    newest = row["versions"][-1]["version"]
    version = number(call, "version", newest) or newest
    kept = [held for held in row["versions"] if held["version"] == version]
    if not kept:
        raise Refusal(404, f"model config {row['key']} has no version {version}")
    return _shown(call.state, uses(call.state), {**row, "versions": kept})


def _update(call: Call) -> Row:
    row = _own(call)
    body = forms.read(forms.ModelConfigForm, call.body, leave=FIXED)
    changes = {name: value for name, value in stored_tags(body).items() if name not in maintainers.FIELDS}
    maintainer = maintainers.settle(call.state, body, row["maintainer"], clears=("maintainerId",))
    versions = amended(row["versions"], changes)
    if maintainer != row["maintainer"] and versions is row["versions"]:
        versions = [*versions, {**versions[-1], "version": versions[-1]["version"] + 1}]
    changed = {**row, "maintainer": maintainer, "versions": versions}
    if not forms.same(changed, row):
        call.state.models.put(row["key"], changed)
    return _shown(call.state, uses(call.state), changed)


def _delete(call: Call) -> None:
    key = _own(call)["key"]
    if key in uses(call.state):
        raise Refusal(400, answers.STILL_IN_USE)
    call.state.models.drop(key)
    call.state.restricted.drop(key)


def _versions(call: Call) -> Row:
    row = _found(call)
    newest_first = [{**row, "versions": [version]} for version in reversed(row["versions"])]
    return page(call, newest_first, partial(_shown, call.state, uses(call.state)))


def _nowhere(call: Call) -> Row:
    raise Refusal(404, f"there is nothing at PATCH {call.path}")


def _restrict(call: Call) -> Row:
    """Add keys one by one: what is in use, or unknown, is told beside what was added."""
    keys = forms.read(forms.KeysForm, call.body, needs=("keys",))["keys"]
    users, successes, errors = uses(call.state), [], []
    for key in keys:
        if call.state.models.get(key) is None:
            errors.append({"key": key, "message": f"there is no model config {key}", "code": 404})
        elif key in users:
            errors.append({"key": key, "message": f"{answers.STILL_IN_USE}: {key}", "code": 400})
        else:
            call.state.restricted.put(key, {"key": key})
            successes.append(key)
    return {"successes": successes, "errors": errors}


def _release(call: Call) -> None:
    keys = forms.read(forms.KeysForm, call.body, needs=("keys",))["keys"]
    for key in keys:
        found(call.state.models.get(key), "model config", key)
    for key in keys:
        call.state.restricted.drop(key)


def _found(call: Call) -> Row:
    key = call.keys["modelConfigKey"]
    return found(call.state.models.get(key), "model config", key)


def _own(call: Call) -> Row:
    row = _found(call)
    if row["global"]:
        raise Refusal(400, f"{row['key']} is a global model config, which is read-only")
    return row


def _is_restricted(state: State, row: Row) -> bool:
    return state.restricted.get(row["key"]) is not None


def _shown(state: State, users: dict[str, set[str]], row: Row) -> Row:
    counted = {"usedInCount": len(users.get(row["key"], ()))} if state.dialect.model_versions else {}
    return {
        "_access": answers.access("updateAIModelConfig"),
        **maintainers.shown(state, row["maintainer"]),
        **row["versions"][-1],
        "global": row["global"],
        "isRestricted": _is_restricted(state, row),
        **counted,
    }
