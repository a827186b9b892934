"""What people read, word for word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model import Action, Address, Change, Diagnostic, DriftItem, Operation, Outcome, Plan, Source, Status
from reconciler.report import human, view
from reconciler.report.human import diagnostics_of, outcome_lines, render, result_lines, summary_line
from reconciler.report.lines import plain_text
from reconciler.report.view import Document, Facts, Graph, Listing

PLAN = """\
+ create    prod/Group/developers   not there yet                   manifests/groups.yaml:1
      description
        + People who write code, who review it, who deploy it, and who mend it
      name          Developers

. forget    prod/Model/away         was deleted outside
± replace   prod/Model/moved        id cannot be changed in place   manifests/models.yaml:44
      id   a → b   (cannot be changed in place)

- delete    prod/Model/old          not in the manifests
~ update    prod/Model/support      differs                         manifests/models.yaml:4
      meta.api_key         (sensitive, changed)
      name                 Support bot → Support \\x1b[31massistant
      params.system
          You are a helpful assistant.
        - Answer in [-two-] sentences.
        + Answer in {+three short+} sentences.
          Be kind.
          Rule 0.
        … 6 unchanged lines
          Rule 7.
          Rule 8.
        + Never lie.
      params.temperature   0.7 → (default)
      params.top_p         0.1 → 1 (default)

← adopt     prod/Model/twin         exists and is equal             manifests/twin.yaml

Moved outside git since the last apply:
~ prod/Model/gone      (object)        wanted (present)   live (absent)
~ prod/Model/support   name            wanted Support bot   live Helpdesk
! prod/Model/support   params.system   wanted You are a helpful assistant.\\nAnswer in two sentences.\\nBe k … \
85 more characters   live You are a helpful assistant.\\nAnswer in three short sentence … 105 more characters   \
(conflict: git moved too)
          You are a helpful assistant.
        - Answer in [-two-] sentences.
        + Answer in {+three short+} sentences.
          Be kind.
          Rule 0.
        … 6 unchanged lines
          Rule 7.
          Rule 8.
        + Never lie.

Plan: 1 to create, 1 to update, 1 to replace, 1 to delete, 1 to adopt, 1 to forget.
"""

OUTCOMES = """\
failed     + create    prod/Group/developers
      403 from the server:
      not allowed
unknown    ± replace   prod/Model/moved
      the connection broke
done       - delete    prod/Model/old
skipped    ~ update    prod/Model/support   prod/Group/developers was not done
diverged   ← adopt     prod/Model/twin
      name   sent sent, holds held

Interrupted: what was in flight is finished and recorded; apply again to go on.
Diverged: the server accepted the write, but holds something else.
Unknown: whether the write arrived could not be found out; the next plan looks again.
Apply: 1 done, 1 diverged, 1 failed, 1 skipped, 1 unknown.
"""


def text(document: Document) -> str:
    return plain_text(result_lines(document))


def test_plan(plan: Plan) -> None:
    assert text(view.of_plan(plan)) == PLAN


def test_warnings_follow_the_plan_only_in_files(plan: Plan) -> None:
    assert render(view.of_plan(plan)) == PLAN + (
        "warning: base model `gpt-4o` has no readable row\n"
        "  at manifests/models.yaml:9:3 (prod/Model/support)\n"
        "  people may not be able to use it\n"
        "  hint: declare it,\n"
        "        or check the connection\n"
    )


def test_applied(plan: Plan, outcomes: tuple[Outcome, ...]) -> None:
    assert text(view.of_applied(plan, outcomes, interrupted=True)) == f"{PLAN}\n{OUTCOMES}"


def test_drift(plan: Plan) -> None:
    drift = PLAN.partition("last apply:\n")[2].rpartition("\nPlan:")[0]
    assert text(view.of_drift(plan)) == f"{drift}\nDrift: 3 fields of 2 objects moved outside git.\n"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "Drift: none.\n"),
        ({"complete": False}, "Drift: none found; not everything could be read, the rest is unknown.\n"),
        (
            {"drift": (DriftItem(Address("t", "K", "n"), "a", "drift", 1, 2, "f"),), "complete": False},
            (
                "~ t/K/n   a   wanted 1   live 2\n\n"
                "Drift: 1 field of 1 object moved outside git; not everything could be read, the rest is unknown.\n"
            ),
        ),
    ],
)
def test_drift_closing_line(changes: dict[str, object], expected: str) -> None:
    assert text(view.of_drift(replace(Plan(), **changes))) == expected  # type: ignore[arg-type]


GUARD = Diagnostic("error", "too many", code="guard.deletes")
DELETE = Operation(Action.DELETE, Address("t", "K", "n"), "not in the manifests")


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (Plan(), "Nothing to do.\n"),
        (Plan(unchanged=1), "Nothing to do: 1 object is as declared.\n"),
        (Plan(unchanged=2), "Nothing to do: 2 objects are as declared.\n"),
        (
            Plan(complete=False, unchanged=2),
            "Incomplete: not everything could be read; what is missing is unknown, not clean.\n",
        ),
        (Plan(diagnostics=(GUARD,)), "Refused: nothing of this may be applied as it is; the errors say why.\n"),
        (
            Plan(unmanaged=(Address("t", "K", "z"), Address("t", "K", "a\n"))),
            "Live, but neither declared nor ours (never touched):\n  t/K/a\\n\n  t/K/z\n\nNothing to do.\n",
        ),
    ],
)
def test_empty_plans_say_why(plan: Plan, expected: str) -> None:
    assert text(view.of_plan(plan)) == f"{expected}Plan: 0 to create, 0 to update, 0 to replace, 0 to delete.\n"


def test_a_plan_of_deletes_has_a_gap_before_its_count() -> None:
    assert text(view.of_plan(Plan((DELETE,)))) == (
        "- delete    t/K/n   not in the manifests\n\nPlan: 0 to create, 0 to update, 0 to replace, 1 to delete.\n"
    )


def test_summary_names_adopt_and_forget_only_where_there_are_any() -> None:
    counts = {"create": 3, "update": 1, "replace": 0, "delete": 1, "adopt": 0, "forget": 0}
    assert summary_line(counts) == "Plan: 3 to create, 1 to update, 0 to replace, 1 to delete."
    counts.update(adopt=2, forget=1)
    assert summary_line(counts) == "Plan: 3 to create, 1 to update, 0 to replace, 1 to delete, 2 to adopt, 1 to forget."


def test_nothing_applied() -> None:
    assert text(view.of_applied(Plan(), ())).endswith("delete.\n\nApply: 0 done.\n")


def test_what_is_skipped_says_why_beside() -> None:
    row = view.outcome_row(Outcome(Address("t", "K", "n"), Action.CREATE, Status.SKIPPED, error="interrupted\nbefore"))
    assert plain_text(list(outcome_lines(row))) == "skipped    + create    t/K/n   interrupted\\nbefore\n"


def test_an_outcome_that_is_done_is_one_line() -> None:
    row = view.outcome_row(Outcome(Address("t", "K", "n"), Action.CREATE, Status.DONE))
    assert plain_text(list(outcome_lines(row))) == "done       + create    t/K/n\n"


def test_errors_without_a_place_or_with_an_address_alone() -> None:
    findings = view.diagnostic_rows(
        [
            Diagnostic("error", "first line\nsecond \x07line", address=Address("t", "K", "n")),
            Diagnostic("error", "alone", source=Source("a.yaml")),
            Diagnostic("error", ""),
        ]
    )
    failure = view.View(diagnostics=findings)
    assert render(failure).endswith(
        "error: first line\n  second \\x07line\n  at t/K/n\nerror: alone\n  at a.yaml\nerror:\n"
    )


def test_listing() -> None:
    rows = (
        {"status": "ok", "check": "a\x1b", "found": None, "hint": ""},
        {"status": "fail", "check": "longer", "found": 3, "hint": "do\nthis"},
    )
    listing = Listing("checks", ("status", "check", "found"), rows, "The end.")
    assert text(listing) == "ok     a\\x1b\nfail   longer   3\n       hint: do\\nthis\n\nThe end.\n"
    assert text(replace(listing, brief=True)) == "The end.\n"
    assert text(Listing("none", ("a",), ())) == ""
    assert diagnostics_of(listing) == ()


def test_facts() -> None:
    fields = (
        {"name": "a", "type": "text", "required": True, "description": "First. Second."},
        {"name": "bc", "type": "a list", "required": False, "description": "Only."},
    )
    facts = Facts("K.a", "a mapping", "Some\nwords.", True, {"default": None, "limits": "0 to 2"}, ("a note",), fields)
    assert text(facts) == (
        "K.a   a mapping   required\n"
        "  default    null\n"
        "  limits     0 to 2\n"
        "\n"
        "  Some\n"
        "  words.\n"
        "\n"
        "  - a note\n"
        "\n"
        "Fields:\n"
        "  a    text     required   First\n"
        "  bc   a list              Only\n"
    )
    assert text(Facts("K.b", "text", "")) == "K.b   text\n"
    assert diagnostics_of(facts) == ()


def test_graph() -> None:
    graph = Graph(("t/K/a", "t/K/b"), {}, {"t/K/b": ("t/K/a",)})
    assert text(graph) == "t/K/a\nt/K/b\n  needs t/K/a\n\nGraph: 2 manifests, 1 edge.\n"
    assert text(Graph(())) == "Graph: 0 manifests, 0 edges.\n"


def test_no_line_ever_holds_a_control_character(plan: Plan, outcomes: tuple[Outcome, ...]) -> None:
    evil = "x\x1b]0;title\x07\r\n\u202e"
    operation = Operation(
        Action.UPDATE,
        Address(evil, evil, evil),
        evil,
        (Change(evil, evil, [evil]), Change(evil, {evil: evil}, None, removed=True), Change(evil, evil * 20, evil)),
        (),
        Source(evil, 1, 1),
    )
    drift = DriftItem(operation.address, evil, "drift", evil * 20, {evil: evil}, evil)
    finding = Diagnostic("error", evil, evil, evil, operation.address, operation.source, evil)
    outcome = Outcome(operation.address, Action.UPDATE, Status.FAILED, evil, evil, operation.changes, operation.address)
    applied = view.of_applied(
        Plan((operation,), 0, (drift,), (finding,), unmanaged=(operation.address,)), (outcome,), interrupted=True
    )
    listing = Listing("x", ("a",), ({"a": evil, "hint": evil},), evil)
    fields = ({"name": evil, "type": evil, "required": True, "description": evil},)
    for document in (
        applied,
        view.of_drift(plan),
        listing,
        Graph((evil,)),
        Facts(evil, evil, evil, True, {}, (evil,), fields),
    ):
        assert all(line.isprintable() for line in human.render(document).split("\n"))
