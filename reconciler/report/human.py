"""What people read: plans, outcomes, drift, tables.

Takes a document of `view`, gives styled lines; the last line of a plan is always its count. Never prints, never wraps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from reconciler.model import Action, Status
from reconciler.report.blocks import change_lines, diagnostic_lines, drift_lines, left_lines
from reconciler.report.escape import many_lines, one_line
from reconciler.report.lines import EMPTY, Line, line, plain_text
from reconciler.report.summary import (
    applied_line,
    drift_line,
    drift_remarks,
    first_sentence,
    graph_line,
    outcome_remarks,
    place,
    plan_remarks,
    summary_line,
)
from reconciler.report.values import cell
from reconciler.report.view import (
    DiagnosticRow,
    Document,
    Facts,
    Graph,
    Listing,
    OperationRow,
    OutcomeRow,
    View,
)

ACTION_WIDTH = max(len(action.value) for action in Action)
STATUS_WIDTH = max(len(status.value) for status in Status)
ADDRESS_WIDTH, REASON_WIDTH = 60, 44
"""Columns are aligned up to these; a longer text is shown whole and pushes its line out."""

_STATUS_STYLES = {
    Status.DONE: "good",
    Status.DIVERGED: "warning",
    Status.FAILED: "error",
    Status.SKIPPED: "muted",
    Status.UNKNOWN: "error",
}
_WORD_STYLES = {"ok": "good", "fail": "error", "warn": "warning", "settled": "good", "unknown": "error"}
"""Words that are coloured wherever they fill a cell of a table."""


def render(document: Document) -> str:
    """Give the document as plain text, diagnostics included."""
    return plain_text([*result_lines(document), *diagnostic_lines(diagnostics_of(document))])


def result_lines(document: Document) -> list[Line]:
    """Give what stdout shows: everything but diagnostics."""
    return list(_RESULTS[type(document)](document))


def diagnostics_of(document: Document) -> tuple[DiagnosticRow, ...]:
    """Give the errors and warnings of a document, which stderr shows."""
    return () if isinstance(document, Facts) else document.diagnostics


# --- plans --------------------------------------------------------------------------------------


def plan_lines(view: View) -> Iterator[Line]:
    """Give a plan; its last line is the count."""
    yield from _operations(view.operations)
    if view.drift:
        yield line(("Moved outside git since the last apply:", "heading"))
        yield from drift_lines(view.drift)
        yield EMPTY
    yield from _unmanaged(view)
    yield from (line(remark) for remark in plan_remarks(view))
    yield line((summary_line(view.summary), "strong"))


def _operations(rows: tuple[OperationRow, ...]) -> Iterator[Line]:
    addresses = _width((one_line(row.address) for row in rows), ADDRESS_WIDTH)
    reasons = _width((one_line(row.reason) for row in rows), REASON_WIDTH)
    for row in rows:
        where = "" if row.source is None else f"   {one_line(place(row.source))}"
        yield line(
            (f"{row.action.sign} {row.action.value.ljust(ACTION_WIDTH)}", row.action.value),
            "   ",
            (one_line(row.address).ljust(addresses), "address"),
            "   ",
            one_line(row.reason).ljust(reasons),
            (where, "muted"),
            hang=ACTION_WIDTH + 5,
        )
        yield from change_lines(row.changes)
        if row.changes:
            yield EMPTY
    if rows and not rows[-1].changes:
        yield EMPTY


def _unmanaged(view: View) -> Iterator[Line]:
    if view.unmanaged:
        yield line(("Live, but neither declared nor ours (never touched):", "heading"))
        yield from (line("  ", (one_line(address), "address")) for address in view.unmanaged)
        yield EMPTY


# --- outcomes -----------------------------------------------------------------------------------


def applied_lines(view: View) -> Iterator[Line]:
    """Give a plan, how each operation ended, and the count of that."""
    yield from plan_lines(view)
    yield EMPTY
    for row in view.outcomes:
        yield from outcome_lines(row)
    yield from closing_lines(view)


def outcome_lines(row: OutcomeRow) -> Iterator[Line]:
    """Give how one operation ended: as soon as it did, so without a look at the others."""
    is_skipped = row.status is Status.SKIPPED
    because = row.error or (f"{row.cause} was not done" if row.cause is not None else "")
    yield line(
        (row.status.value.ljust(STATUS_WIDTH), _STATUS_STYLES[row.status]),
        "   ",
        (f"{row.action.sign} {row.action.value.ljust(ACTION_WIDTH)}", row.action.value),
        "   ",
        (one_line(row.address), "address"),
        (f"   {one_line(because)}" if is_skipped else "", "muted"),
        hang=STATUS_WIDTH + 3,
    )
    if not is_skipped:
        yield from (line("      ", (text, "error"), hang=6) for text in many_lines(row.error))
    yield from left_lines(row.left)


def closing_lines(view: View) -> Iterator[Line]:
    """Give what follows the outcomes; the last line is their count."""
    if view.outcomes:
        yield EMPTY
    yield from (line(remark) for remark in outcome_remarks(view))
    yield line((applied_line(view.statuses), "strong"))


# --- drift --------------------------------------------------------------------------------------


def drifted_lines(view: View) -> Iterator[Line]:
    """Give what moved outside git; the last line is the count."""
    yield from drift_lines(view.drift)
    if view.drift:
        yield EMPTY
    yield from (
        line(("resolved ", "good"), (one_line(row.address), "address"), "   ", (one_line(row.path), "path"))
        for row in view.resolved
    )
    if view.resolved:
        yield EMPTY
    yield from (line(remark) for remark in drift_remarks(view))
    yield line((drift_line(view), "strong"))


# --- tables -------------------------------------------------------------------------------------


def listing_lines(listing: Listing) -> Iterator[Line]:
    """Give a table with aligned columns, without a frame; a row's `hint` stands below it."""
    rows = () if listing.brief else listing.rows
    cells = [[cell(row.get(name)) for name in listing.columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row, texts in zip(rows, cells, strict=True):
        spans: list[tuple[str, str]] = []
        for text, width in zip(texts, widths, strict=True):
            spans += [(text.ljust(width), _WORD_STYLES.get(text, "")), ("   " if width else "", "")]
        yield line(*spans, hang=2)
        if row.get("hint"):
            yield line(" " * (widths[0] + 3), ("hint: ", "hint"), cell(row["hint"]), hang=widths[0] + 9)
    if rows and listing.closing:
        yield EMPTY
    yield from (line((text, "strong")) for text in many_lines(listing.closing))


def facts_lines(facts: Facts) -> Iterator[Line]:
    """Give what is known of a field: name, type, facts, description, and the fields inside."""
    yield line((one_line(facts.name), "strong"), "   ", one_line(facts.type), ("   required" * facts.required, "muted"))
    for name, value in facts.facts.items():
        yield line("  ", (name.ljust(8), "muted"), "   ", "null" if value is None else cell(value), hang=13)
    if facts.description:
        yield EMPTY
        yield from (line("  ", text, hang=2) for text in many_lines(facts.description))
    if facts.notes:
        yield EMPTY
        yield from (line("  - ", one_line(note), hang=4) for note in facts.notes)
    if facts.fields:
        yield EMPTY
        yield line(("Fields:", "heading"))
        yield from (line("  ", *row.spans, hang=4) for row in listing_lines(_fields(facts)))


def _fields(facts: Facts) -> Listing:
    """Make the table of inner fields; of each description, the first sentence."""
    rows = tuple(
        {
            **row,
            "required": "required" if row["required"] else "",
            "description": first_sentence(str(row["description"])),
        }
        for row in facts.fields
    )
    return Listing("fields", ("name", "type", "required", "description"), rows)


def graph_lines(graph: Graph) -> Iterator[Line]:
    """Give each manifest with what it needs below it."""
    for node in graph.nodes:
        yield line((one_line(node), "address"))
        yield from (line("  needs ", (one_line(need), "address")) for need in graph.needs.get(node, ()))
    if graph.nodes:
        yield EMPTY
    yield line((graph_line(graph), "strong"))


def _width(texts: Iterable[str], most: int) -> int:
    return min(most, max(map(len, texts), default=0))


def _view_lines(view: View) -> Iterator[Line]:
    return {"plan": plan_lines, "apply": applied_lines, "drift": drifted_lines}[view.verb](view)


_RESULTS: dict[type, Callable[..., Iterable[Line]]] = {
    View: _view_lines,
    Listing: listing_lines,
    Graph: graph_lines,
    Facts: facts_lines,
}
