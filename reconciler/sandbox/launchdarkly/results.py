"""What a runner reports of an optimization: results, and the runs that they are part of.

Takes calls, gives results. It never runs anything, and never touches the definition of an optimization.
"""

from __future__ import annotations

from functools import partial

from reconciler.sandbox.launchdarkly import answers, catalog, forms
from reconciler.sandbox.launchdarkly.answers import Refusal
from reconciler.sandbox.launchdarkly.call import PROJECT, Call, Operation
from reconciler.sandbox.launchdarkly.query import page
from reconciler.sandbox.launchdarkly.state import found
from reconciler.sandbox.store import Row

OPTIMIZATION = f"{PROJECT}/agent-optimizations/{{optimizationKey}}"
RESULTS = f"{OPTIMIZATION}/results"
RESULT = f"{RESULTS}/{{resultId}}"
RUNS = f"{OPTIMIZATION}/runs"
RUN = f"{RUNS}/{{runId}}"
NEEDS = ("runId", "agentOptimizationVersion", "iteration", "instructions", "userInput")


def _create(call: Call) -> Row:
    optimization = _optimization(call)
    body = forms.read(forms.ResultForm, call.body, needs=NEEDS)
    if body["agentOptimizationVersion"] > optimization["versions"][-1]["version"]:
        raise Refusal(400, f"there is no version {body['agentOptimizationVersion']}")
    if any(_attempt(row) == _attempt(body) for row in _results(call)):
        raise Refusal(409, f"run {body['runId']} has a result of iteration {body['iteration']}")
    row = {
        **body,
        "id": call.state.new_id(),
        "agentOptimizationId": optimization["id"],
        "status": "RUNNING",
        "activity": "PENDING",
        "createdAt": call.state.now(),
        "updatedAt": call.state.now(),
    }
    return _shown(call, call.state.results.put(row["id"], row))


def _update(call: Call) -> Row:
    rows = {row["id"]: row for row in _results(call)}
    row = found(rows.get(call.keys["resultId"]), "result", call.keys["resultId"])
    changed = {**row, **forms.read(forms.ResultPatchForm, call.body), "updatedAt": call.state.now()}
    if changed["activity"] == "COMPLETED":
        changed = {"completedAt": call.state.now(), **changed}
    return _shown(call, call.state.results.put(row["id"], changed))


def _list_latest(call: Call) -> Row:
    """The last result of every run."""
    return page(call, list(_by_run(_results(call)).values()), partial(_shown, call))


def _list_all(call: Call) -> Row:
    return page(call, _results(call), partial(_shown, call))


def _list_of_run(call: Call) -> Row:
    return page(call, _of_run(call), partial(_shown, call))


def _list_runs(call: Call) -> Row:
    return page(call, [_run(call, row) for row in _by_run(_results(call)).values()])


def _delete_run(call: Call) -> None:
    rows = _of_run(call)
    if not rows:
        raise Refusal(404, f"run {call.keys['runId']} has no results")
    for row in rows:
        call.state.results.drop(row["id"])


def _optimization(call: Call) -> Row:
    key = call.keys["optimizationKey"]
    return found(call.state.optimizations.get(key), catalog.OPTIMIZATION.noun, key)


def _results(call: Call) -> list[Row]:
    mine = _optimization(call)["id"]
    return [row for row in call.state.results.all() if row["agentOptimizationId"] == mine]


def _of_run(call: Call) -> list[Row]:
    return [row for row in _results(call) if row["runId"] == call.keys["runId"]]


def _by_run(rows: list[Row]) -> dict[str, Row]:
    return {row["runId"]: row for row in rows}


def _attempt(row: Row) -> tuple[str, int]:
    return row["runId"], row["iteration"]


def _run(call: Call, row: Row) -> Row:
    names = (
        "runId",
        "agentOptimizationId",
        "agentOptimizationVersion",
        "status",
        "activity",
        "createdAt",
        "completedAt",
    )
    kept = {name: row[name] for name in names if name in row}
    return {**kept, "optimizationKey": call.keys["optimizationKey"]}


def _shown(call: Call, row: Row) -> Row:
    links = {"self": answers.link(call.below(RESULT, resultId=row["id"])), "parent": answers.link(call.below(RESULTS))}
    return {**row, "_access": answers.access("updateAgentOptimizationResult"), "_links": links}


OPERATIONS = (
    Operation("GET", RESULTS, _list_latest),
    Operation("POST", RESULTS, _create, 201),
    Operation("PATCH", RESULT, _update),
    Operation("GET", f"{OPTIMIZATION}/all-results", _list_all),
    Operation("GET", RUNS, _list_runs),
    Operation("DELETE", RUN, _delete_run, 204, beta=True),
    Operation("GET", f"{RUN}/results", _list_of_run),
)
