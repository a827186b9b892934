"""The rows of an HTML page: operations, drifted objects and manifests, in one shape that the template draws.

Takes rows of `view`, gives entries whose texts are harmless on a terminal; the template escapes them for HTML. Pure:
no I/O, no clock.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model import Action, Change, Json, Status
from reconciler.report.changes import FOR_GOOD, Diff, after_text, before_text, cut, diff, history, needs_diff
from reconciler.report.escape import many_lines, one_line
from reconciler.report.findings import because
from reconciler.report.summary import kind_of, name_of, place, target_of
from reconciler.report.values import inline, is_block
from reconciler.report.view import DriftRow, Graph, OperationRow, OutcomeRow
from reconciler.words import counted

Anchors = Mapping[str, str]
"""Address → the id of its entry on the page."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Lines of a diff that are shown, and of a text that is all new."""

    lines: int
    new_lines: int


FULL, SHORT = Limits(500, 250), Limits(40, 12)
MANY = 300
"""Entries; with more, each shows less, and the file stays one that a browser opens at once."""

STATUS_STYLES = {
    Status.DONE: "good",
    Status.DIVERGED: "warning",
    Status.FAILED: "error",
    Status.SKIPPED: "muted",
    Status.UNKNOWN: "error",
}

_QUOTED = re.compile(r"`([^`\n]+)`")
"""What our own sentences quote."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field with its values: beside each other, or as a diff."""

    path: str
    before: str | None
    after: str
    note: str = ""
    diff: Diff | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that can be unfolded. `word` and `style` say what happens to it, `fields` in which way."""

    anchor: str
    address: str
    word: str = ""
    sign: str = ""
    style: str = ""
    reason: str = ""
    where: str = ""
    status: str = ""
    status_style: str = ""
    why: tuple[str, ...] = ()
    needs: tuple[tuple[str, str], ...] = ()
    """Address and anchor of what comes first; no anchor where it is not on the page."""
    heads: tuple[str, str] = ("live", "wanted")
    fields: tuple[Field, ...] = ()

    @property
    def target(self) -> str:
        """The target's name."""
        return target_of(self.address)

    @property
    def kind(self) -> str:
        """The kind's name."""
        return kind_of(self.address)

    @property
    def name(self) -> str:
        """What is left of the address."""
        return name_of(self.address)


def limits(entries: int) -> Limits:
    """Say how much of each entry is shown."""
    return SHORT if entries > MANY else FULL


def quoted(text: str) -> list[tuple[str, bool]]:
    """Give a text in pieces, and whether each is code; line breaks stay."""
    harmless = "\n".join(many_lines(text))
    return [(piece, bool(number % 2)) for number, piece in enumerate(_QUOTED.split(harmless)) if piece]


def operation(row: OperationRow, outcome: OutcomeRow | None, anchors: Anchors, shown: Limits) -> Entry:
    """Give an operation, with its outcome where there is one."""
    return Entry(
        anchor=anchors[row.address],
        address=one_line(row.address),
        word=row.action.value,
        sign=row.action.sign,
        style=row.action.value,
        reason=one_line(row.reason),
        where=one_line(place(row.source)),
        status="" if outcome is None else outcome.status.value,
        status_style="" if outcome is None else STATUS_STYLES[outcome.status],
        why=() if outcome is None or outcome.status is Status.DONE else tuple(map(one_line, because(outcome))),
        needs=_needs(row.needs, anchors),
        heads=("", "value") if row.action is Action.CREATE else ("live", "wanted"),
        fields=tuple(_of_change(change, shown) for change in row.changes),
    )


def drifted(found: tuple[DriftRow, ...], anchor: str, shown: Limits) -> Entry:
    """Give an object that drifted."""
    conflicts = sum(row.classification == "conflict" for row in found)
    return Entry(
        anchor=anchor,
        address=one_line(found[0].address),
        word="conflict" if conflicts else "drift",
        sign="!" if conflicts else "~",
        style="error" if conflicts else "update",
        reason=counted(len(found), "field") + (f", {conflicts} of them changed in git too" if conflicts else ""),
        where=one_line(place(found[0].source)),
        heads=("wanted", "live"),
        fields=tuple(_of_drift(row, shown) for row in found),
    )


def manifest(node: str, graph: Graph, anchors: Anchors) -> Entry:
    """Give a manifest of a graph."""
    needs = graph.needs.get(node, ())
    return Entry(
        anchor=anchors[node],
        address=one_line(node),
        reason=f"needs {len(needs)}" if needs else "",
        where=one_line(place(graph.sources.get(node))),
        needs=_needs(needs, anchors),
    )


def _needs(needs: tuple[str, ...], anchors: Anchors) -> tuple[tuple[str, str], ...]:
    return tuple((one_line(need), anchors.get(need, "")) for need in needs)


def _of_change(change: Change, shown: Limits) -> Field:
    path, after = one_line(change.path), cut(after_text(change))
    note = f"({FOR_GOOD})" if change.replaces else ""
    if not needs_diff(change):
        return Field(path, before_text(change), after, note)
    back = f"→ {after}" if change.removed else note
    return Field(path, None, "", back, diff(change.before, change.after, shown.lines, shown.new_lines))


def _of_drift(row: DriftRow, shown: Limits) -> Field:
    path, conflict = one_line(row.path) or "(object)", "changed in git too" if row.classification == "conflict" else ""
    said = "; ".join(text for text in (conflict, history(row)) if text)
    note = f"({said})" if said else ""
    if not (is_block(row.wanted) or is_block(row.live)):
        return Field(path, inline(row.wanted), inline(row.live), note)
    return Field(path, None, "", note, _diff(row.wanted, row.live, shown))


def _diff(before: Json, after: Json, shown: Limits) -> Diff:
    return diff(before, after, shown.lines, shown.lines)
