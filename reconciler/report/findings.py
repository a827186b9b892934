"""What machines that annotate files are told: every error, warning, drifted field and failed operation, as one sort.

Takes a document of `view`, gives findings in the order of their rows; each has a rule, a place where one is known, and
a fingerprint that stays the same when its line moves. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from reconciler import redact
from reconciler.model import Source, Status
from reconciler.report import rules
from reconciler.report.changes import cut
from reconciler.report.values import inline
from reconciler.report.view import DiagnosticRow, Document, DriftRow, Listing, OutcomeRow, View

Level = Literal["error", "warning"]
VALUE = 200
"""Characters of a value that are told."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong; `text` is a sentence, `more` what there is to add."""

    rule: str
    level: Level
    text: str
    more: tuple[str, ...] = ()
    address: str | None = None
    source: Source | None = None
    fingerprint: str = ""


def findings(document: Document) -> tuple[Finding, ...]:
    """Give what is wrong."""
    if isinstance(document, View):
        return _sealed([*_of_diagnostics(document.diagnostics), *_of_drift(document), *_of_outcomes(document)])
    if isinstance(document, Listing):
        return _sealed([*_of_diagnostics(document.diagnostics), *_of_checks(document)])
    return ()


def message(finding: Finding) -> str:
    """Give the whole text of a finding."""
    return "\n".join([finding.text, *finding.more])


def _of_diagnostics(rows: Sequence[DiagnosticRow]) -> Iterator[Finding]:
    for row in rows:
        more = (*([row.detail] if row.detail else ()), *([f"hint: {row.hint}"] if row.hint else ()))
        yield Finding(row.code or rules.RUN, row.severity, row.summary, more, row.address, row.source)


def _of_drift(view: View) -> Iterator[Finding]:
    return (_drifted(row) for row in view.drift)


def _drifted(row: DriftRow) -> Finding:
    what = f"{row.address}: {row.path or 'the object'} moved outside git"
    both = " (git moved too)" if row.classification == "conflict" else ""
    values = f"wanted {cut(inline(row.wanted), VALUE)}, live {cut(inline(row.live), VALUE)}"
    rule = f"drift.{row.classification}"
    return Finding(rule, "warning", f"{what}{both}", (values,), row.address, row.source, row.fingerprint)


def _of_outcomes(view: View) -> Iterator[Finding]:
    sources = {row.address: row.source for row in view.operations}
    for row in view.outcomes:
        if row.status is not Status.DONE:
            level: Level = "warning" if row.status is Status.SKIPPED else "error"
            text = f"{row.address}: {row.action.value} {_ENDS[row.status]}"
            source = sources.get(row.address)
            yield Finding(f"apply.{row.status.value}", level, text, because(row), row.address, source)


_ENDS = {
    Status.DIVERGED: "was accepted, but the server holds something else",
    Status.FAILED: "failed",
    Status.SKIPPED: "was skipped",
    Status.UNKNOWN: "may or may not have arrived",
}


def because(row: OutcomeRow) -> tuple[str, ...]:
    """Say why an operation did not end well."""
    if row.error:
        return (row.error,)
    if row.cause is not None:
        return (f"{row.cause} was not done",)
    return tuple(
        f"{change.path}: sent {cut(inline(change.after), VALUE)}, holds {cut(inline(change.before), VALUE)}"
        for change in row.left
    )


def _of_checks(listing: Listing) -> Iterator[Finding]:
    """Read the rows of a listing that say how a check ended."""
    for row in listing.rows if listing.name == "checks" else ():
        if row["status"] != "ok":
            level: Level = "error" if row["status"] == "fail" else "warning"
            more = (f"hint: {row['hint']}",) if row["hint"] else ()
            yield Finding(f"doctor.{row['status']}", level, f"{row['check']}: {row['found']}", more)


def _sealed(found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Give those a fingerprint that have none; equal ones of one file are told apart by their number."""
    seen: dict[str, int] = {}
    sealed = []
    for finding in found:
        facts: list[Any] = [finding.rule, finding.source.file if finding.source else "", finding.address, finding.text]
        print_ = finding.fingerprint or redact.digest(redact.UNKEYED, facts)
        seen[print_] = number = seen.get(print_, 0) + 1
        sealed.append(replace(finding, fingerprint=print_ if number == 1 else f"{print_}-{number}"))
    return tuple(sealed)
