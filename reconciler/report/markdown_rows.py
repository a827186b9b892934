"""The rows of a Markdown page: an operation, an object that drifted, a finding, and so on.

Takes one row of `view`, gives its Markdown, of a few thousand characters at most. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reconciler.model import Action, Change, Json, Source, Status
from reconciler.report.changes import FOR_GOOD, after_text, before_text, cut, diff, history, needs_diff
from reconciler.report.fitting import fit
from reconciler.report.gfm import code, details, fenced, html_code, prose, table
from reconciler.report.lines import GONE_WORD, NEW_WORD, marked_text
from reconciler.report.summary import place
from reconciler.report.textdiff import DiffLine
from reconciler.report.values import inline, is_block
from reconciler.report.view import DiagnosticRow, DriftRow, OperationRow, OutcomeRow
from reconciler.words import counted

NAME = 300
"""Characters of an address or a path that are shown."""
VALUE = 200
"""Characters of a value that are shown in a cell."""
LINE = 500
"""Characters of a line of a diff that are shown."""
TEXT = 600
"""Characters of a sentence that are shown."""
CELLS_ROOM, DIFFS_ROOM, DIFF_ROOM = 5_000, 8_000, 5_000
NEEDS = 10
"""Names of other objects that are shown with one."""

_BACK = " → "
"""Begins the note of a field that goes back to its default: beside a diff it says to what, in a cell the value does."""
_WORD_STYLES = {"-": GONE_WORD, "+": NEW_WORD}


@dataclass(frozen=True, slots=True)
class Pair:
    """A field with the value on each side, short enough for a cell or not."""

    path: str
    before: str
    after: str
    is_long: bool
    values: tuple[Json, Json]
    note: str = ""


def operation(row: OperationRow, outcome: OutcomeRow | None = None) -> str:
    """Give an operation, folded: its fields, where it is declared and what it waits for."""
    heads = ("value",) if row.action is Action.CREATE else ("live", "wanted")
    body = _pairs([_of_change(change) for change in row.changes], heads)
    if outcome is not None and outcome.status is not Status.DONE:
        body.append(f"Ended as {outcome.status.value}: {_why(outcome)}".rstrip(": "))
    body += _where(row.source, row.needs)
    if not body:
        return _operation_line(row, outcome, code)
    return details(_operation_line(row, outcome, html_code), "\n\n".join(body))


def _operation_line(row: OperationRow, outcome: OutcomeRow | None, as_code: Callable[[str], str]) -> str:
    status = f"{outcome.status.value} " if outcome is not None else ""
    what = as_code(f"{status}{row.action.sign} {row.action.value}")
    return f"{what} {as_code(cut(row.address, NAME))} {prose(cut(row.reason, TEXT), as_code)}"


def drifted(found: tuple[DriftRow, ...]) -> str:
    """Give an object that drifted, folded: what git wants of each field, and what is live."""
    first = found[0]
    conflicts = sum(row.classification == "conflict" for row in found)
    said = f", {conflicts} of them changed in git too" if conflicts else ""
    summary = f"{html_code(cut(first.address, NAME))} {counted(len(found), 'field')}{said}"
    pairs = [_of_drift(row) for row in found]
    return details(summary, "\n\n".join([*_pairs(pairs, ("wanted", "live")), *_where(first.source, ())]))


def removal(row: OperationRow) -> str:
    """Give the name of what goes away, and why."""
    return f"- {row.action.value} {code(cut(row.address, NAME))}: {prose(cut(row.reason, TEXT))}"


def undone(row: OutcomeRow) -> str:
    """Give the name of what was not done, and why."""
    return f"- {row.status.value} {code(cut(row.address, NAME))}: {_why(row)}".rstrip(": ")


def finding(row: DiagnosticRow) -> str:
    """Give an error or a warning: what, where, the details, what to do next."""
    said = [f"- {row.severity}: {prose(cut(row.summary, TEXT))}"]
    places = [str(row.source or ""), row.address or "", row.code]
    said += [" · ".join(code(cut(text, NAME)) for text in places if text)]
    said += [f"… {prose(cut(row.detail, TEXT))}"] * bool(row.detail)
    said += [f"Hint: {prose(cut(row.hint, TEXT))}"] * bool(row.hint)
    return "<br>".join(text for text in said if text)


def _why(row: OutcomeRow) -> str:
    if row.error:
        return prose(cut(row.error, TEXT))
    if row.cause is not None:
        return f"{code(cut(row.cause, NAME))} was not done"
    return "; ".join(
        f"{code(cut(change.path, NAME))}: sent {code(cut(inline(change.after), VALUE))}, "
        f"holds {code(cut(inline(change.before), VALUE))}"
        for change in row.left[:NEEDS]
    )


def _of_change(change: Change) -> Pair:
    note = f" ({FOR_GOOD})" if change.replaces else ""
    before, after = before_text(change) or "", after_text(change)
    back = f"{_BACK}{after}" if change.removed else note
    return Pair(change.path, before, after, needs_diff(change), (change.before, change.after), back)


def _of_drift(row: DriftRow) -> Pair:
    conflict = "changed in git too" if row.classification == "conflict" else ""
    said = "; ".join(text for text in (conflict, prose(cut(history(row), NAME))) if text)
    note = f" ({said})" if said else ""
    is_long = is_block(row.wanted) or is_block(row.live)
    return Pair(row.path or "(object)", inline(row.wanted), inline(row.live), is_long, (row.wanted, row.live), note)


def _pairs(pairs: Sequence[Pair], heads: Sequence[str]) -> list[str]:
    """Give a table of the short fields, and a diff of each long one, as far as there is room."""
    short, long = [pair for pair in pairs if not pair.is_long], [pair for pair in pairs if pair.is_long]
    cells = [_cells(pair, len(heads)) for pair in short]
    texts, more_cells = fit(cells, "".join, CELLS_ROOM)
    diffs, more_diffs = fit(long, _diff, DIFFS_ROOM)
    said = [table(("field", *heads), cells[: len(texts)])] if texts else []
    left = len(more_cells) + len(more_diffs)
    return [*said, *diffs, *([f"… {counted(left, 'more field')}, not shown here."] if left else [])]


def _cells(pair: Pair, values: int) -> tuple[str, ...]:
    """Give the cells of a field; where there is one value, it is the one that is wanted."""
    shown = [code(cut(text, VALUE)) for text in (pair.before, pair.after)[-values:]]
    return (code(cut(pair.path, NAME)), *shown[:-1], f"{shown[-1]}{pair.note * (not pair.note.startswith(_BACK))}")


def _diff(pair: Pair) -> str:
    shown = diff(*pair.values)
    lines, left = fit(shown.rows, _line, DIFF_ROOM)
    rest = len(left) + shown.left_out
    fence = fenced([*lines, *([f"@@ {counted(rest, 'more line')} @@"] if rest else [])], "diff")
    return f"{code(cut(pair.path, NAME))}{_said(pair.note)}\n\n{fence}"


def _said(note: str) -> str:
    return f"{_BACK}{code(cut(note.removeprefix(_BACK), VALUE))}" if note.startswith(_BACK) else note


def _line(row: DiffLine) -> str:
    if row.sign == "…":
        return f"@@ {row.parts[0][0]} @@"
    style = _WORD_STYLES.get(row.sign, "")
    text = "".join(marked_text(text, style) if changed else text for text, changed in row.parts)
    return cut(f"{row.sign} {text}".rstrip(), LINE)


def _where(source: Source | None, needs: Sequence[str]) -> list[str]:
    """Give a line that says where an object is declared and what it waits for; none where nothing is known."""
    said = [f"declared in {code(cut(place(source), NAME))}"] if source is not None else []
    if needs:
        more = f" and {len(needs) - NEEDS} more" if len(needs) > NEEDS else ""
        said.append(f"after {', '.join(code(cut(need, NAME)) for need in needs[:NEEDS])}{more}")
    text = "; ".join(said)
    return [f"{text[0].upper()}{text[1:]}"] if text else []
