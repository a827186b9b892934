"""What machines read, and the schema that is published for it."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from reconciler.model import (
    Address,
    Desired,
    Diagnostic,
    Field,
    Kind,
    Outcome,
    Plan,
    Resource,
    Source,
)
from reconciler.report import declared, view
from reconciler.report.about import PLAN
from reconciler.report.formats import EVERYTHING, FORMATS
from reconciler.report.json import body, render
from reconciler.report.view import Document, Facts, Failure, Graph, Listing

from .published import SCHEMA, VALIDATOR

ROW = Diagnostic("error", "what", "detail", "hint", Address("t", "K", "n"), Source("f.yaml", 3, 4), "guard.x")


def desired() -> Desired:
    kind = Kind("s", "K", "", {}, Field(), ())
    a, b = Address("t", "K", "a"), Address("t", "K", "b")
    resources = {b: Resource(b, kind, {}, Source("b.yaml", 1, 1)), a: Resource(a, kind, {}, Source("a.yaml", 2, 1))}
    return Desired(resources, {a: (), b: (a,)}, (ROW,))


DOCUMENTS: dict[str, Document] = {
    "failure": view.of_failure(Failure("it failed", "do this", 3), [ROW]),
    "failed apply": view.of_failure(Failure("it failed", "", 1), [ROW], "apply"),
    "validate": declared.of_manifests(desired()),
    "graph": declared.of_graph(desired()),
    "inventory": Listing(
        "entries", ("address",), ({"address": "t/K/a", "id": None, "phase": "pending", "commit": None},), "1 object."
    ),
    "explain": Facts("s/K.a", "text", "d", True, {"default": None, "limits": "x", "examples": [1]}, ("note",), ()),
    "empty": view.of_plan(Plan()),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_is_as_published(name: str) -> None:
    document = json.loads(render(DOCUMENTS[name]))
    VALIDATOR.validate(document)
    assert document["format_version"] == "1.1"


def test_schema_is_valid() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_plan(plan: Plan) -> None:
    document = json.loads(render(view.of_plan(plan)))
    VALIDATOR.validate(document)
    assert document["complete"] is True
    assert document["summary"] == {"create": 1, "update": 1, "replace": 1, "delete": 1, "adopt": 1, "forget": 1}
    assert [row["address"] for row in document["operations"]] == sorted(
        row["address"] for row in document["operations"]
    )
    assert "outcomes" not in document
    update = next(row for row in document["operations"] if row["action"] == "update")
    assert update["needs"] == ["prod/Group/developers"]
    assert update["source"] == {"file": "manifests/models.yaml", "line": 4, "column": 1}
    assert update["changes"][0] == {
        "path": "meta.api_key",
        "before": "(sensitive)",
        "after": "(sensitive, changed)",
        "sensitive": True,
        "replaces": False,
        "removed": False,
    }
    assert document["drift"][1] == {
        "address": "prod/Model/support",
        "path": "name",
        "class": "drift",
        "wanted": "Support bot",
        "live": "Helpdesk",
        "fingerprint": "f1",
        "source": None,
        "changed_at": None,
        "changed_by": None,
        "standing": None,
    }
    assert document["diagnostics"][0]["source"] == {"file": "manifests/models.yaml", "line": 9, "column": 3}


def test_applied(plan: Plan, outcomes: tuple[Outcome, ...]) -> None:
    document = json.loads(render(view.of_applied(plan, outcomes, interrupted=True)))
    VALIDATOR.validate(document)
    assert document["interrupted"] is True
    assert [row["status"] for row in document["outcomes"]] == ["failed", "unknown", "done", "skipped", "diverged"]
    assert document["outcomes"][3]["cause"] == "prod/Group/developers"
    assert document["outcomes"][4]["left"][0].items() >= {"path": "name", "before": "held", "after": "sent"}.items()
    assert document["outcomes"][2] == {
        "action": "delete",
        "address": "prod/Model/old",
        "status": "done",
        "error": None,
        "cause": None,
        "live_id": None,
        "left": [],
        "attempts": 1,
        "seconds": 0.123,
    }


def test_failure_is_never_complete() -> None:
    document = body(DOCUMENTS["failed apply"])
    assert document["error"] == {"message": "it failed", "hint": "", "exit_code": 1}
    assert document["complete"] is False
    assert document["outcomes"] == []
    assert document["diagnostics"][0]["address"] == "t/K/n"


def test_manifests_are_counted() -> None:
    assert declared.of_manifests(desired()).closing == "2 manifests are valid."
    one = desired()
    assert declared.of_manifests(Desired(dict(list(one.resources.items())[:1]), {})).closing == "1 manifest is valid."


def test_two_runs_give_the_same_bytes(plan: Plan) -> None:
    mixed = Plan(tuple(reversed(plan.operations)), plan.unchanged, tuple(reversed(plan.drift)), plan.diagnostics)
    assert render(view.of_plan(plan)) == render(view.of_plan(mixed))


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_format_writes_every_document(name: str) -> None:
    for document in DOCUMENTS.values():
        assert FORMATS[name](document, PLAN).endswith("\n")


GRAPH = Graph(('t/K/a"', "t/K/b"), {}, {"t/K/b": ('t/K/a"', "outside")})


def test_dot() -> None:
    assert FORMATS["dot"](GRAPH, PLAN) == (
        "digraph manifests {\n  rankdir=LR;\n  node [shape=box];\n"
        '  "t/K/a\\"";\n  "t/K/b";\n  "t/K/b" -> "t/K/a\\"";\n}\n'
    )


def test_mermaid() -> None:
    assert FORMATS["mermaid"](GRAPH, PLAN) == ('flowchart LR\n  n0["t/K/a#quot;"]\n  n1["t/K/b"]\n  n1 --> n0\n')
