"""What there is to report, walked once: every format reads only this.

Takes a plan, outcomes or diagnostics, gives rows in the order in which they are shown, with counts. Texts are as they
came: a format escapes them for where they go. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Literal, TypeAlias

from reconciler.model import (
    Action,
    Change,
    Diagnostic,
    DriftItem,
    Json,
    KnownDrift,
    Operation,
    Outcome,
    Plan,
    Source,
    Status,
)

Verb: TypeAlias = Literal["plan", "apply", "drift", "validate"]
"""What a view answers: what would change, what was done, what moved outside git, what is wrong in the files."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a plan was made from, and until when it may be applied."""

    commit: str = ""
    created: str = ""
    expires: str = ""
    destroy: bool = False
    accounts: Mapping[str, str] = field(default_factory=dict)
    """Target → its address and the account on it."""
    limited: tuple[str, ...] = ()
    """The options that left operations out of it."""


@dataclass(frozen=True, slots=True)
class OperationRow:
    """One operation of a plan."""

    action: Action
    address: str
    reason: str
    needs: tuple[str, ...]
    source: Source | None
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class DriftRow:
    """One field that moved outside git; an empty path means the whole object."""

    address: str
    path: str
    classification: Literal["drift", "conflict"]
    wanted: Json
    live: Json
    fingerprint: str
    source: Source | None = None
    changed_at: str = ""
    changed_by: str = ""
    standing: Literal["", "new", "known"] = ""


@dataclass(frozen=True, slots=True)
class DiagnosticRow:
    """One error or warning."""

    severity: Literal["error", "warning"]
    code: str
    summary: str
    detail: str
    hint: str
    address: str | None
    source: Source | None


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """How one operation ended."""

    action: Action
    address: str
    status: Status
    error: str
    cause: str | None
    live_id: str | None
    left: tuple[Change, ...]
    attempts: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run ended before it had a result."""

    message: str
    hint: str
    exit_code: int


@dataclass(frozen=True, slots=True)
class View:
    """A plan, with what became of it where it was applied."""

    verb: Verb = "plan"
    complete: bool = False
    operations: tuple[OperationRow, ...] = ()
    unchanged: int = 0
    drift: tuple[DriftRow, ...] = ()
    diagnostics: tuple[DiagnosticRow, ...] = ()
    unmanaged: tuple[str, ...] = ()
    outcomes: tuple[OutcomeRow, ...] = ()
    interrupted: bool = False
    failure: Failure | None = None
    origin: Origin = Origin()
    fields: Mapping[str, int] = field(default_factory=dict)
    """How many managed fields are pending, drift, conflict, converged, unseen; only of `drift`."""
    resolved: tuple[KnownDrift, ...] = ()
    """What the baseline knows and is over."""

    @property
    def summary(self) -> dict[str, int]:
        """How many operations there are of each action."""
        return _count((row.action.value for row in self.operations), (action.value for action in Action))

    @property
    def statuses(self) -> dict[str, int]:
        """How many outcomes there are of each status."""
        return _count((row.status.value for row in self.outcomes), (status.value for status in Status))

    @property
    def refused(self) -> bool:
        """Whether a guard said no: nothing of the plan may be applied."""
        return any(row.code.startswith("guard.") for row in self.diagnostics)


@dataclass(frozen=True, slots=True)
class Listing:
    """A table: what an inventory holds, which kinds there are, what a check found."""

    name: str
    """What the rows are, as JSON calls them."""
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Json], ...]
    closing: str = ""
    """The last line of the text."""
    brief: bool = False
    """The text leaves the rows out."""
    complete: bool = True
    diagnostics: tuple[DiagnosticRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Graph:
    """Which manifests need which, in address order."""

    nodes: tuple[str, ...]
    sources: Mapping[str, Source] = field(default_factory=dict)
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    diagnostics: tuple[DiagnosticRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one field or kind."""

    name: str
    type: str
    """What fits, in words."""
    description: str
    required: bool = False
    facts: Mapping[str, Json] = field(default_factory=dict)
    """Limits, default, examples: those that there are."""
    notes: tuple[str, ...] = ()
    fields: tuple[Mapping[str, Json], ...] = ()
    """Name, type, required and description of the fields inside."""


Document: TypeAlias = View | Listing | Graph | Facts
"""Anything that a format can write."""


def of_plan(plan: Plan) -> View:
    """View a plan."""
    return View(
        complete=plan.complete,
        operations=tuple(map(_operation_row, sorted(plan.operations, key=lambda operation: operation.address))),
        unchanged=plan.unchanged,
        drift=tuple(map(_drift_row, sorted(plan.drift, key=lambda item: (item.address, item.path)))),
        diagnostics=diagnostic_rows(plan.diagnostics),
        unmanaged=tuple(str(address) for address in sorted(plan.unmanaged)),
        origin=_origin(plan),
    )


def of_drift(plan: Plan) -> View:
    """View what moved outside git."""
    return replace(of_plan(plan), verb="drift", operations=(), fields=plan.fields, resolved=plan.resolved)


def of_applied(plan: Plan, outcomes: Iterable[Outcome], *, interrupted: bool = False) -> View:
    """View a plan together with how its operations ended."""
    rows = tuple(map(outcome_row, sorted(outcomes, key=lambda outcome: outcome.address)))
    return replace(of_plan(plan), verb="apply", outcomes=rows, interrupted=interrupted)


def of_failure(failure: Failure, diagnostics: Iterable[Diagnostic], verb: Verb = "plan") -> View:
    """View a run that ended before there was a plan; it is never complete."""
    return View(verb=verb, diagnostics=diagnostic_rows(diagnostics), failure=failure)


def outcome_row(outcome: Outcome) -> OutcomeRow:
    """View how one operation ended."""
    return OutcomeRow(
        action=outcome.action,
        address=str(outcome.address),
        status=outcome.status,
        error=outcome.error,
        cause=None if outcome.cause is None else str(outcome.cause),
        live_id=outcome.live_id,
        left=outcome.left,
        attempts=outcome.attempts,
        seconds=outcome.seconds,
    )


def diagnostic_rows(diagnostics: Iterable[Diagnostic]) -> tuple[DiagnosticRow, ...]:
    """View errors and warnings, in the order in which they came."""
    return tuple(
        DiagnosticRow(
            severity=item.severity,
            code=item.code,
            summary=item.summary,
            detail=item.detail,
            hint=item.hint,
            address=None if item.address is None else str(item.address),
            source=item.source,
        )
        for item in diagnostics
    )


def _operation_row(operation: Operation) -> OperationRow:
    return OperationRow(
        action=operation.action,
        address=str(operation.address),
        reason=operation.reason,
        needs=tuple(str(address) for address in operation.needs),
        source=operation.source,
        changes=operation.changes,
    )


def _drift_row(item: DriftItem) -> DriftRow:
    facts = {fact.name: getattr(item, fact.name) for fact in fields(item)}
    return DriftRow(**{**facts, "address": str(item.address)})


def _origin(plan: Plan) -> Origin:
    return Origin(plan.commit, plan.created, plan.expires, plan.destroy, plan.accounts, _options(plan))


def _options(plan: Plan) -> tuple[str, ...]:
    """Give what limits a plan as it would be typed."""
    selection = plan.selection
    said = (
        ("--target", selection.targets),
        ("--kind", selection.kinds),
        ("--name", selection.names),
        ("--label", selection.labels),
        ("--exclude", selection.exclude),
        ("--since", (selection.since,) if selection.since else ()),
    )
    return (*(f"{flag} {value}" for flag, values in said for value in values), *["--only-drift"] * plan.only_drift)


def _count(values: Iterable[str], names: Iterable[str]) -> dict[str, int]:
    found = Counter(values)
    return {name: found[name] for name in names}
