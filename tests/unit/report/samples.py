"""Documents of every sort, small enough to be read in every format."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model import Address, Desired, Diagnostic, Field, Kind, Plan, Resource, Selection, Source
from reconciler.report import declared, view
from reconciler.report.about import About
from reconciler.report.view import Document, Facts, Failure, Listing

from .conftest import make_outcomes, make_plan

WRONG = (
    Diagnostic(
        "error",
        "`temprature` is no field of Model.params",
        hint="did you mean `temperature`?",
        address=Address("prod", "Model", "support"),
        source=Source("manifests/models.yaml", 9, 5),
        code="manifest.schema",
    ),
    Diagnostic(
        "warning", "`seed` is deprecated", source=Source("manifests/models.yaml", 10, 5), code="manifest.deprecated"
    ),
    Diagnostic("error", "the file is not UTF-8", source=Source("manifests/broken.yaml"), code="manifest.yaml"),
)

GUARD = Diagnostic(
    "error",
    "2 deletes in prod are more than the 1 that this run may make",
    "17 objects are ours there; the limit is 10 %, at least 1",
    "if they are meant, say --allow-deletes 2",
    code="guard.deletes",
)
UNREAD = Diagnostic(
    "error",
    "staging: could not be reached: connection refused",
    "what it holds is unknown",
    "is it up?",
    code="target.unreachable",
)


def desired() -> Desired:
    kind = Kind("s", "K", "", {}, Field(), ())
    a, b, c = (Address("t", "K", name) for name in "abc")
    resources = {address: Resource(address, kind, {}, Source(f"{address.name}.yaml", 1, 1)) for address in (a, b, c)}
    return Desired(resources, {a: (), b: (a,), c: (a, b)}, (WRONG[1],))


CHECKS = (
    {"status": "ok", "check": "settings", "found": "reconciler.yaml: 1 target", "hint": ""},
    {"status": "warn", "check": "secrets", "found": "not set: environment variable KEY", "hint": "apply needs it"},
    {"status": "fail", "check": "prod", "found": "prod: refused the credential", "hint": "is it right?"},
)
FIELD = {
    "name": "seed",
    "type": "whole number",
    "required": False,
    "description": "Which one. The default is best.",
}


def documents() -> dict[str, tuple[Document, About]]:
    """Give a document of every sort, by name, with the command line that it answers."""
    plan = replace(
        make_plan(),
        commit="8a6d4c1e9b",
        created="2026-11-24T09:00:00+00:00",
        expires="2026-11-25T09:00:00+00:00",
        accounts={"prod": "https://chat.example.com 8a6d", "staging": "https://staging.example.com 11aa"},
    )
    refused = replace(plan, diagnostics=(GUARD, UNREAD, *plan.diagnostics), complete=False)
    failed = view.of_failure(Failure("the manifests have 2 problems", "", 3), WRONG, "validate")
    return {
        "plan": (view.of_plan(plan), About("plan")),
        "refused": (view.of_plan(refused), About("plan", "staging/reconciler.yaml")),
        "limited": (
            view.of_plan(Plan(plan.operations[1:2], selection=Selection(targets=("prod",), exclude=("a|b",)))),
            About("plan"),
        ),
        "empty": (view.of_plan(Plan(unchanged=3)), About("plan")),
        "destroy": (view.of_plan(replace(Plan(plan.operations[3:4]), destroy=True)), About("plan")),
        "apply": (view.of_applied(plan, make_outcomes(), interrupted=True), About("apply")),
        "drift": (view.of_drift(plan), About("drift")),
        "validate": (declared.of_manifests(desired()), About("validate")),
        "invalid": (failed, About("validate")),
        "unreadable": (view.of_failure(Failure("plan.json: no such file", "say which", 3), ()), About("show")),
        "doctor": (
            Listing("checks", ("status", "check", "found"), CHECKS, "Something is missing.", complete=False),
            About("doctor"),
        ),
        "graph": (declared.of_graph(desired()), About("graph")),
        "explain": (
            Facts("s/K.params", "object", "Settings of the model.", True, {"default": None}, ("immutable",), (FIELD,)),
            About("explain"),
        ),
    }
