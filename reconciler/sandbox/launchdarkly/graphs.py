"""Agent graphs: how agents hand over to each other.

Takes calls that say they know the resource is beta, gives graphs; their list leaves the edges out. It never keeps a
root without edges, or edges without a root.
"""

from __future__ import annotations

from functools import partial

from reconciler.sandbox.launchdarkly import answers, forms, maintainers
from reconciler.sandbox.launchdarkly.answers import Refusal
from reconciler.sandbox.launchdarkly.call import PROJECT, Call, Operation
from reconciler.sandbox.launchdarkly.query import page
from reconciler.sandbox.launchdarkly.state import State, found
from reconciler.sandbox.store import Row

GRAPHS = f"{PROJECT}/agent-graphs"
ONE = f"{GRAPHS}/{{graphKey}}"
NEEDS = ("key", "name")
PAIR = {"rootConfigKey", "edges"}
DROPPED = ("tags",)


def insert(state: State, body: Row) -> Row:
    """Store a graph."""
    maintainer = maintainers.settle(state, body, maintainers.DEFAULT)
    moments = {"createdAt": state.now(), "updatedAt": state.now()}
    row = {"description": "", **_settled(state, body), "maintainer": maintainer, **moments}
    return state.graphs.put(row["key"], row)


def _list(call: Call) -> Row:
    return page(call, call.state.graphs.all(), partial(_summary, call.state))


def _create(call: Call) -> Row:
    body = forms.read(forms.GraphForm, call.body, needs=NEEDS, leave=DROPPED)
    if call.state.graphs.get(body["key"]) is not None:
        raise Refusal(400, f"agent graph key {body['key']} already exists")
    return _shown(call.state, insert(call.state, body))


def _read(call: Call) -> Row:
    return _shown(call.state, _found(call))


def _update(call: Call) -> Row:
    row = _found(call)
    body = forms.read(forms.GraphForm, call.body, leave=("key", *DROPPED))
    maintainer = maintainers.settle(call.state, body, row["maintainer"], clears=maintainers.FIELDS)
    changed = {**row, **_settled(call.state, body), "maintainer": maintainer}
    if not forms.same(changed, row):
        changed = call.state.graphs.put(row["key"], {**changed, "updatedAt": call.state.now()})
    return _shown(call.state, changed)


def _delete(call: Call) -> None:
    call.state.graphs.drop(_found(call)["key"])


def _found(call: Call) -> Row:
    return found(call.state.graphs.get(call.keys["graphKey"]), "agent graph", call.keys["graphKey"])


def _settled(state: State, body: Row) -> Row:
    """Give the fields of a body as they are stored; raise 400 where the pair is halved or a node does not exist."""
    given = PAIR & body.keys()
    if given and given != PAIR:
        raise Refusal(400, "rootConfigKey and edges must be given together")
    fields = {name: value for name, value in body.items() if name not in maintainers.FIELDS}
    if not given:
        return fields
    edges = sorted(body["edges"], key=lambda edge: edge["key"])
    ends = [end for edge in edges for end in (edge["sourceConfig"], edge["targetConfig"])]
    for key in [body["rootConfigKey"], *ends]:
        if state.configs.get(key) is None:
            raise Refusal(400, f"there is no AI Config {key}")
    if len({edge["key"] for edge in edges}) < len(edges):
        raise Refusal(400, "two edges have the same key")
    return {**fields, "edges": edges}


def _shown(state: State, row: Row) -> Row:
    hidden = {"maintainer"} if row.get("edges") else {"maintainer", "edges"}
    return {
        **{name: value for name, value in row.items() if name not in hidden},
        "_access": answers.access("updateAgentGraph"),
        "_site": answers.site(f"/projects/{state.project}/agent-graphs/{row['key']}"),
        **maintainers.shown(state, row["maintainer"]),
    }


def _summary(state: State, row: Row) -> Row:
    return {name: value for name, value in _shown(state, row).items() if name != "edges"}


OPERATIONS = (
    Operation("GET", GRAPHS, _list, beta=True),
    Operation("POST", GRAPHS, _create, 201, beta=True),
    Operation("GET", ONE, _read, beta=True),
    Operation("PATCH", ONE, _update, beta=True),
    Operation("DELETE", ONE, _delete, 204, beta=True),
)
