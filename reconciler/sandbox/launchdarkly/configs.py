"""AI Configs: the shells that variations and targeting live in.

Takes calls, gives configs with every version of every variation. A deletion takes all that is in the config along.
"""

from __future__ import annotations

from functools import partial

from reconciler.sandbox.launchdarkly import answers, forms, maintainers, targeting, variations
from reconciler.sandbox.launchdarkly.answers import Refusal
from reconciler.sandbox.launchdarkly.call import CONFIGS, Call, Operation, fill
from reconciler.sandbox.launchdarkly.query import page
from reconciler.sandbox.launchdarkly.state import State
from reconciler.sandbox.launchdarkly.versioned import amended, stored_tags
from reconciler.sandbox.store import Row

ONE = f"{CONFIGS}/{{configKey}}"
NEEDS = ("key", "name")
FIXED = ("key", "mode", "defaultVariation")

_AT_FIRST: Row = {"description": "", "tags": [], "mode": "completion", "isInverted": False, "evaluationMetricKey": ""}
_KEPT_APART = (*maintainers.FIELDS, "defaultVariation")


def insert(state: State, body: Row) -> Row:
    """Store a config, with the stub in its targeting and the variation that the body may bring."""
    fields = {name: value for name, value in stored_tags(body).items() if name not in _KEPT_APART}
    first = {**_AT_FIRST, **fields, "version": 1, "createdAt": state.now(), "updatedAt": state.now()}
    _check(first)
    row = {
        **first,
        "maintainer": maintainers.settle(state, body, maintainers.DEFAULT),
        "variations": {},
        "targeting": targeting.at_first(state),
    }
    if "defaultVariation" in body:
        # Its tools are ignored, as a lab observed.
        told = forms.read(
            forms.VariationForm, body["defaultVariation"], needs=variations.NEEDS, leave=("tools", "state")
        )
        row = variations.added(state, row, told)
    return state.configs.put(row["key"], row)


def _list(call: Call) -> Row:
    return page(call, call.state.configs.all(), partial(_shown, call.state, _graphs(call.state)))


def _create(call: Call) -> Row:
    body = forms.read(forms.ConfigForm, call.body, needs=NEEDS)
    if body.get("description") == "":
        raise Refusal(400, "description must not be empty")
    if call.state.configs.get(body["key"]) is not None:
        raise Refusal(400, answers.DUPLICATE_CONFIG)
    return _shown(call.state, {}, insert(call.state, body))


def _read(call: Call) -> Row:
    return _shown(call.state, _graphs(call.state), call.state.config(call.keys["configKey"]))


def _update(call: Call) -> Row:
    row = call.state.config(call.keys["configKey"])
    body = stored_tags(forms.read(forms.ConfigForm, call.body, leave=FIXED))
    changes = {name: value for name, value in body.items() if name not in _KEPT_APART}
    (*_, changed) = amended([row], changes)
    _check(changed)
    changed = {**changed, "maintainer": maintainers.settle(call.state, body, row["maintainer"])}
    if not forms.same(changed, row):
        changed = call.state.configs.put(row["key"], {**changed, "updatedAt": call.state.now()})
    return _shown(call.state, _graphs(call.state), changed)


def _delete(call: Call) -> None:
    key = call.state.config(call.keys["configKey"])["key"]
    graphs = _graphs(call.state).get(key)
    if graphs:
        raise Refusal(400, f"AI Config {key} is used by agent graph {graphs[0]}")
    if key not in call.state.refused_once:
        call.state.refused_once.add(key)
        raise Refusal(400, answers.CANNOT_DELETE_CONFIG)
    call.state.refused_once.discard(key)
    call.state.configs.drop(key)


def _check(row: Row) -> None:
    if row["mode"] == "judge" and not row["evaluationMetricKey"]:
        raise Refusal(400, "evaluationMetricKey is required for a config in judge mode")


def _graphs(state: State) -> dict[str, list[str]]:
    """Give, by config, the graphs that it is a node of."""
    nodes: dict[str, list[str]] = {}
    for graph in state.graphs.all():
        ends = [end for edge in graph.get("edges", ()) for end in (edge["sourceConfig"], edge["targetConfig"])]
        for key in dict.fromkeys([graph.get("rootConfigKey"), *ends]):
            nodes.setdefault(key, []).append(graph["key"])
    return nodes


def _shown(state: State, graphs: dict[str, list[str]], row: Row) -> Row:
    inside = {"maintainer", "variations", "targeting"}
    metric = row["evaluationMetricKey"]
    return {
        **{name: value for name, value in row.items() if name not in inside},
        "_access": answers.access("updateAIConfig"),
        "_links": _links(state, row["key"]),
        "_site": answers.site(f"/projects/{state.project}/ai-configs/{row['key']}"),
        **maintainers.shown(state, row["maintainer"]),
        "variations": [
            variations.shown(state, row, version)
            for versions in row["variations"].values()
            for version in variations.unordered(versions)
        ],
        "evaluationMetricKeys": [metric] if metric else [],
        "dependencies": [{"type": "agent-graph", "key": key} for key in graphs.get(row["key"], ())],
    }


def _links(state: State, key: str) -> Row:
    keys = {"projectKey": state.project, "configKey": key}
    return {"self": answers.link(fill(ONE, keys)), "parent": answers.link(fill(CONFIGS, keys))}


OPERATIONS = (
    Operation("GET", CONFIGS, _list),
    Operation("POST", CONFIGS, _create, 201),
    Operation("GET", ONE, _read),
    Operation("PATCH", ONE, _update),
    Operation("DELETE", ONE, _delete, 204),
)
