"""What every format says of a document as a whole: its closing line, its remarks, its counts per target.

Takes a view, gives sentences and numbers; texts in them are as they came. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from reconciler.model import Source
from reconciler.report.view import DiagnosticRow, Graph, View
from reconciler.words import counted

Remark: TypeAlias = tuple[str, str]
"""A sentence, and its style: error, warning, good, or none."""

_ALWAYS_COUNTED = ("create", "update", "replace", "delete")


def headline(view: View) -> str:
    """Say in one line what became of the run; it is the last line of the text."""
    if view.failure is not None:
        return view.failure.message
    if view.verb == "drift":
        return drift_line(view)
    return applied_line(view.statuses) if is_applied(view) else summary_line(view.summary)


def is_applied(view: View) -> bool:
    """Say whether a view tells how operations ended; a refused apply carried out none."""
    return view.verb == "apply" and view.failure is None and not view.refused


def summary_line(summary: Mapping[str, int]) -> str:
    """Count the operations: the line that scripts look for."""
    parts = [f"{number} to {action}" for action, number in summary.items() if number or action in _ALWAYS_COUNTED]
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
    return f"Drift: {counted(fields, 'field')} of {counted(objects, 'object')} moved outside git{unread}."


def graph_line(graph: Graph) -> str:
    """Count what a graph holds."""
    edges = sum(len(needs) for needs in graph.needs.values())
    return f"Graph: {counted(len(graph.nodes), 'manifest')}, {counted(edges, 'edge')}."


def first_sentence(text: str) -> str:
    """Give the first sentence, without its full stop."""
    return text.partition(". ")[0].rstrip(".")


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


def target_of(address: str) -> str:
    """Give the target's name of an address."""
    return address.partition("/")[0]


def kind_of(address: str) -> str:
    """Give the kind's name of an address."""
    return address.partition("/")[2].partition("/")[0]


def count_by_target(words: Iterable[tuple[str, str]], targets: Iterable[str] = ()) -> dict[str, dict[str, int]]:
    """Count words per target from (address, word); `targets` are listed even with nothing to count."""
    counts: dict[str, dict[str, int]] = {target: {} for target in targets}
    for address, word in words:
        row = counts.setdefault(target_of(address), {})
        row[word] = row.get(word, 0) + 1
    return dict(sorted(counts.items()))


def severities(rows: Iterable[DiagnosticRow]) -> str:
    """Count errors and warnings, where there are any: `1 error, 2 warnings`."""
    found = [row.severity for row in rows]
    numbers = ((found.count("error"), "error"), (found.count("warning"), "warning"))
    return ", ".join(counted(number, noun) for number, noun in numbers if number)


def _nothing_to_do(unchanged: int) -> str:
    if not unchanged:
        return "Nothing to do."
    return f"Nothing to do: {unchanged} object{'s are' if unchanged > 1 else ' is'} as declared."
