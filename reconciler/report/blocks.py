"""Field changes and diagnostics as lines for people.

Takes rows of `view`, gives styled lines; long values become a diff below their path. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.model import Change, Json
from reconciler.report.changes import FOR_GOOD, SHOWN_PART, after_text, before_text, cut, diff, history, needs_diff
from reconciler.report.escape import many_lines, one_line
from reconciler.report.lines import GONE_WORD, NEW_WORD, Line, Span, line
from reconciler.report.textdiff import DiffLine
from reconciler.report.values import inline, is_block
from reconciler.report.view import DiagnosticRow, DriftRow

INDENT = " " * 6
PATH_WIDTH = 36
SHOWN_BESIDE_DIFF = 60
"""Characters of a longer value that are shown where a diff follows."""

_DIFF_STYLES = {"-": "before", "+": "after", " ": "muted", "…": "muted"}
_WORD_STYLES = {"-": GONE_WORD, "+": NEW_WORD}


def change_lines(changes: Iterable[Change]) -> Iterator[Line]:
    """Give one line per change, or several for a long one, their paths aligned."""
    rows = tuple(changes)
    width = _width(one_line(change.path) for change in rows)
    for change in rows:
        path = one_line(change.path)
        if needs_diff(change):
            note = _note(change)
            yield line(INDENT, (path, "path"), *((f"  {note}", "muted"),) * bool(note))
            yield from _block_lines(change.before, change.after, INDENT + "  ")
        else:
            yield line(INDENT, (path.ljust(width), "path"), "   ", *_inline_change(change), hang=len(INDENT) + 2)


def left_lines(changes: Iterable[Change]) -> Iterator[Line]:
    """Give what a server holds although something else was sent."""
    for change in changes:
        path, sent, kept = one_line(change.path), inline(change.after), inline(change.before)
        yield line(INDENT, (path, "path"), "   sent ", (cut(sent), "after"), ", holds ", (cut(kept), "before"))


def drift_lines(rows: Iterable[DriftRow]) -> Iterator[Line]:
    """Give one line per field that moved: address, path, value wanted, value live; a diff below long ones."""
    rows = tuple(rows)
    address_width = _width((one_line(row.address) for row in rows), 60)
    path_width = _width(_drift_path(row) for row in rows)
    for row in rows:
        is_conflict = row.classification == "conflict"
        has_diff = is_block(row.wanted) or is_block(row.live)
        most = SHOWN_BESIDE_DIFF if has_diff else SHOWN_PART
        yield line(
            ("!" if is_conflict else "~", "replace" if is_conflict else "update"),
            " ",
            (one_line(row.address).ljust(address_width), "address"),
            "   ",
            (_drift_path(row).ljust(path_width), "path"),
            "   wanted ",
            (cut(inline(row.wanted), most), "before"),
            "   live ",
            (cut(inline(row.live), most), "after"),
            *(("   (conflict: git moved too)", "muted"),) * is_conflict,
            *((f"   ({history(row)})", "muted"),) * bool(history(row)),
            hang=len(INDENT),
        )
        if has_diff:
            yield from _block_lines(row.wanted, row.live, INDENT + "  ")


def diagnostic_lines(rows: Iterable[DiagnosticRow]) -> Iterator[Line]:
    """Give each error or warning: what, where, the details and what to do next."""
    for row in rows:
        style = "error" if row.severity == "error" else "warning"
        first, *rest = many_lines(row.summary) or [""]
        yield line((f"{row.severity}: ", style), (first, "strong"), hang=2)
        yield from (line("  ", text, hang=2) for text in rest)
        where = " ".join(_where(row))
        if where:
            yield line("  ", (where, "path"), hang=2)
        yield from (line("  ", text, hang=2) for text in many_lines(row.detail))
        for number, text in enumerate(many_lines(row.hint)):
            yield line("  ", ("hint: " if number == 0 else "      ", "hint"), text, hang=8)


def _where(row: DiagnosticRow) -> Iterator[str]:
    if row.source is not None:
        yield f"at {one_line(str(row.source))}"
    if row.address is not None:
        yield one_line(f"({row.address})" if row.source is not None else f"at {row.address}")


def _inline_change(change: Change) -> Iterator[Span]:
    """Show `before → after`, or one of them where the other says nothing."""
    before = before_text(change)
    if before is not None:
        yield before, "before"
        yield " → ", "muted"
    yield after_text(change), "after"
    if change.replaces:
        yield f"   ({FOR_GOOD})", "muted"


def _note(change: Change) -> str:
    """Say beside the path of a long value what the diff below it does not show."""
    if change.removed:
        return f"→ {after_text(change)}"
    return f"({FOR_GOOD})" if change.replaces else ""


def _block_lines(before: Json, after: Json, indent: str) -> Iterator[Line]:
    shown = diff(before, after)
    yield from (_diff_line(row, indent) for row in shown.rows)
    if shown.left_out:
        yield line(indent, (f"… {shown.left_out} more lines", "muted"))


def _diff_line(row: DiffLine, indent: str) -> Line:
    style = _DIFF_STYLES[row.sign]
    parts = [(text, _WORD_STYLES[row.sign] if changed else style) for text, changed in row.parts]
    return line(indent, (f"{row.sign} ", style), *parts, hang=len(indent) + 2)


def _drift_path(row: DriftRow) -> str:
    return one_line(row.path) or "(object)"


def _width(texts: Iterable[str], most: int = PATH_WIDTH) -> int:
    return min(most, max(map(len, texts), default=0))
