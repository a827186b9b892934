"""A plan with everything in it that a report can show, and what became of it."""

from __future__ import annotations

import pytest

from reconciler.model import (
    Action,
    Address,
    Change,
    Diagnostic,
    DriftItem,
    Operation,
    Outcome,
    Plan,
    Source,
    Status,
)

OLD_PROMPT = "You are a helpful assistant.\nAnswer in two sentences.\nBe kind.\n" + "\n".join(
    f"Rule {n}." for n in range(9)
)
NEW_PROMPT = OLD_PROMPT.replace("two sentences", "three short sentences") + "\nNever lie."


def address(kind: str, name: str) -> Address:
    return Address("prod", kind, name)


@pytest.fixture(name="plan")
def plan_fixture() -> Plan:
    """Every action, every sort of change, drift, a warning."""
    return make_plan()


@pytest.fixture(name="outcomes")
def outcomes_fixture() -> tuple[Outcome, ...]:
    """Every status."""
    return make_outcomes()


def make_plan() -> Plan:
    support = address("Model", "support")
    return Plan(
        operations=make_operations(),
        unchanged=12,
        drift=(
            DriftItem(support, "name", "drift", "Support bot", "Helpdesk", "f1"),
            DriftItem(support, "params.system", "conflict", OLD_PROMPT, NEW_PROMPT, "f2"),
            DriftItem(address("Model", "gone"), "", "drift", "(present)", "(absent)", "f0"),
        ),
        diagnostics=(
            Diagnostic(
                "warning",
                "base model `gpt-4o` has no readable row",
                "people may not be able to use it",
                "declare it,\nor check the connection",
                support,
                Source("manifests/models.yaml", 9, 3),
                "openwebui.base-model",
            ),
        ),
    )


def make_operations() -> tuple[Operation, ...]:
    developers = address("Group", "developers")
    return (
        Operation(
            Action.UPDATE,
            address("Model", "support"),
            "differs",
            (
                Change("meta.api_key", "(sensitive)", "(sensitive, changed)", sensitive=True),
                Change("name", "Support bot", "Support \x1b[31massistant"),
                Change("params.system", OLD_PROMPT, NEW_PROMPT),
                Change("params.temperature", 0.7, None, removed=True),
                Change("params.top_p", 0.1, 1, removed=True),
            ),
            (developers,),
            Source("manifests/models.yaml", 4, 1),
        ),
        Operation(
            Action.CREATE,
            developers,
            "not there yet",
            (
                Change("description", None, "People who write code, who review it, who deploy it, and who mend it"),
                Change("name", None, "Developers"),
            ),
            (),
            Source("manifests/groups.yaml", 1, 1),
        ),
        Operation(
            Action.REPLACE,
            address("Model", "moved"),
            "id cannot be changed in place",
            (Change("id", "a", "b", replaces=True),),
            (),
            Source("manifests/models.yaml", 44),
        ),
        Operation(Action.DELETE, address("Model", "old"), "not in the manifests"),
        Operation(Action.ADOPT, address("Model", "twin"), "exists and is equal", (), (), Source("manifests/twin.yaml")),
        Operation(Action.FORGET, address("Model", "away"), "was deleted outside"),
    )


def make_outcomes() -> tuple[Outcome, ...]:
    developers = address("Group", "developers")
    return (
        Outcome(address("Model", "old"), Action.DELETE, Status.DONE, attempts=1, seconds=0.12345),
        Outcome(developers, Action.CREATE, Status.FAILED, error="403 from the server:\nnot allowed", attempts=3),
        Outcome(address("Model", "support"), Action.UPDATE, Status.SKIPPED, cause=developers),
        Outcome(address("Model", "moved"), Action.REPLACE, Status.UNKNOWN, error="the connection broke"),
        Outcome(
            address("Model", "twin"), Action.ADOPT, Status.DIVERGED, "twin", left=(Change("name", "held", "sent"),)
        ),
    )
