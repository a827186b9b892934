"""What every format says of a document as a whole: its closing line, its remarks, its counts per target.

Takes a view, gives sentences and numbers; texts in them are as they came. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import TypeAlias

from reconciler.model import Source, Status
from reconciler.report.about import PLAN, About
from reconciler.report.view import DiagnosticRow, DriftRow, Graph, View
from reconciler.words import counted

Remark: TypeAlias = tuple[str, str]
"""A sentence, and its style: error, warning, good, or none."""

ALWAYS_COUNTED = ("create", "update", "replace", "delete")


def headline(view: View, about: About = PLAN) -> str:
    """Say in one line what became of the run; it is the last line of the text."""
    if view.failure is not None:
        found = severities(view.diagnostics) if view.verb == "validate" else ""
        return f"{about.command.capitalize()}: {found}." if found else f"{about.command.capitalize()} failed."
    if view.verb == "drift":
        return drift_line(view)
    return applied_line(view.statuses) if is_applied(view) else summary_line(view.summary)


def is_applied(view: View) -> bool:
    """Say whether a view tells how operations ended; a refused apply carried out none."""
    return view.verb == "apply" and view.failure is None and not view.refused


def summary_line(summary: Mapping[str, int]) -> str:
    """Count the operations: the line that scripts look for."""
    parts = [f"{number} to {action}" for action, number in summary.items() if number or action in ALWAYS_COUNTED]
    return f"Plan: {', '.join(parts)}."


def applied_line(statuses: Mapping[str, int]) -> str:
    """Count the outcomes."""
    parts = [f"{number} {status}" for status, number in statuses.items() if number or status == "done"]
    return f"Apply: {', '.join(parts)}."


def drift_line(view: View) -> str:
    """Count what moved outside git."""
    fields, objects = len(view.drift), len({row.address for row in view.drift})
    unread = "" if view.complete else "; not everything could be read, the rest is unknown"
    if not fields:
        return f"Drift: none{' found' if unread else ''}{unread}."
    known = [row.standing for row in view.drift].count("known")
    new = f" ({fields - known} new, {known} known)" if view.drift[0].standing else ""
    return f"Drift: {counted(fields, 'field')} of {counted(objects, 'object')} moved outside git{new}{unread}."


def drift_remarks(view: View) -> Iterator[str]:
    """Say what the count of drift alone would hide: what git changed, what a baseline knew and is over."""
    if view.fields.get("pending"):
        yield f"Pending: {counted(view.fields['pending'], 'field')} not applied yet; `plan` says more."
    if view.resolved:
        yield f"Resolved: {counted(len(view.resolved), 'field')} of the baseline moved no longer."


def graph_line(graph: Graph) -> str:
    """Count what a graph holds."""
    edges = sum(len(needs) for needs in graph.needs.values())
    return f"Graph: {counted(len(graph.nodes), 'manifest')}, {counted(edges, 'edge')}."


def first_sentence(text: str) -> str:
    """Give the first sentence, without its full stop."""
    return text.partition(". ")[0].rstrip(".")


def loud(view: View) -> Iterator[Remark]:
    """Say what must not be overlooked: each a sentence that begins with one word and a colon."""
    if view.failure is not None:
        yield f"Failed: {view.failure.message}", "error"
        return
    if view.origin.destroy and view.operations:
        yield "Destroy: this deletes everything that is ours.", "error"
    remarks = (*plan_remarks(view), *(outcome_remarks(view) if is_applied(view) else ()))
    yield from ((text, style or "warning") for text, style in remarks if style != "good")


def plan_remarks(view: View) -> Iterator[Remark]:
    """Say in words what the count of a plan alone would hide."""
    if not view.complete:
        yield "Incomplete: not everything could be read; what is missing is unknown, not clean.", "warning"
    if view.refused:
        yield "Refused: nothing of this may be applied as it is; the errors say why.", "error"
    if not view.operations and view.complete and not view.refused:
        yield _nothing_to_do(view.unchanged), "good"


def outcome_remarks(view: View) -> Iterator[Remark]:
    """Say in words what the count of outcomes alone would hide."""
    if view.interrupted:
        yield "Interrupted: what was in flight is finished and recorded; apply again to go on.", "warning"
    if view.statuses["diverged"]:
        yield "Diverged: the server accepted the write, but holds something else.", ""
    if view.statuses["unknown"]:
        yield "Unknown: whether the write arrived could not be found out; the next plan looks again.", ""


def place(source: Source | None) -> str:
    """Give `file:line`, which is where people look; nothing where there is no source."""
    if source is None:
        return ""
    return f"{source.file}:{source.line}" if source.line else source.file


def name_of(address: str) -> str:
    """Give what an address says beyond target and kind."""
    return address.split("/", 2)[-1]


def target_of(address: str) -> str:
    """Give the target's name of an address."""
    return address.partition("/")[0]


def kind_of(address: str) -> str:
    """Give the kind's name of an address."""
    return address.partition("/")[2].partition("/")[0]


def count_by_target(view: View) -> tuple[tuple[str, ...], dict[str, tuple[int, ...]]]:
    """Give the words that a view counts, and their numbers per target; one that was read is listed even with none."""
    found, always = words_of(view)
    words = tuple(dict.fromkeys([*always, *sorted({word for _, word in found})]))
    counts = {target: dict.fromkeys(words, 0) for target in view.origin.accounts}
    for address, word in found:
        counts.setdefault(target_of(address), dict.fromkeys(words, 0))[word] += 1
    return words, {target: tuple(row.values()) for target, row in sorted(counts.items())}


def words_of(view: View) -> tuple[list[tuple[str, str]], tuple[str, ...]]:
    """Give (address, word) for everything that a view counts, and the words that are told even with none."""
    if view.verb == "drift":
        return [(rows[0].address, drift_word(rows)) for rows in by_address(view.drift)], ("drift", "conflict")
    if is_applied(view):
        return [(row.address, row.status.value) for row in view.outcomes], tuple(status.value for status in Status)
    return [(row.address, row.action.value) for row in view.operations], ALWAYS_COUNTED


def drift_word(rows: Iterable[DriftRow]) -> str:
    """Say of one object whether git moved too."""
    return "conflict" if any(row.classification == "conflict" for row in rows) else "drift"


def by_address(rows: Iterable[DriftRow]) -> list[tuple[DriftRow, ...]]:
    """Put what drifted of one object together."""
    return [tuple(found) for _, found in groupby(rows, key=lambda row: row.address)]


def severities(rows: Iterable[DiagnosticRow]) -> str:
    """Count errors and warnings, where there are any: `1 error, 2 warnings`."""
    found = [row.severity for row in rows]
    numbers = ((found.count("error"), "error"), (found.count("warning"), "warning"))
    return ", ".join(counted(number, noun) for number, noun in numbers if number)


def _nothing_to_do(unchanged: int) -> str:
    if not unchanged:
        return "Nothing to do."
    return f"Nothing to do: {unchanged} object{'s are' if unchanged > 1 else ' is'} as declared."
