"""Field changes and diagnostics as lines for people.

Takes rows of `view`, gives styled lines; long values become a diff below their path. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.model import Change, Json
from reconciler.report.escape import many_lines, one_line
from reconciler.report.lines import GONE_WORD, NEW_WORD, Line, Span, line
from reconciler.report.textdiff import DiffLine, diff_lines
from reconciler.report.values import block, inline, is_block
from reconciler.report.view import DiagnosticRow, DriftRow

INDENT = " " * 6
PATH_WIDTH = 36
SHOWN_LINES = 60
"""A longer diff is cut, and says by how much; JSON holds all of it."""
SHOWN_NEW_LINES = 12
"""The same for a text that is all new: its manifest shows it better."""
KEPT_EDGE = 40
"""Characters that stay at each end of a long unchanged stretch of a line."""
SHOWN_PART = 400
"""Characters of a longer value that are shown."""
SHOWN_BESIDE_DIFF = 60
"""The same where a diff follows."""

_DIFF_STYLES = {"-": "before", "+": "after", " ": "muted", "…": "muted"}
_WORD_STYLES = {"-": GONE_WORD, "+": NEW_WORD}


def change_lines(changes: Iterable[Change]) -> Iterator[Line]:
    """Give one line per change, or several for a long one, their paths aligned."""
    rows = tuple(changes)
    width = _width(one_line(change.path) for change in rows)
    for change in rows:
        path = one_line(change.path)
        if _needs_block(change):
            note = _note(change)
            yield line(INDENT, (path, "path"), *((f"  {note}", "muted"),) * bool(note))
            yield from _block_lines(change.before, change.after, INDENT + "  ")
        else:
            yield line(INDENT, (path.ljust(width), "path"), "   ", *_inline_change(change), hang=len(INDENT) + 2)


def left_lines(changes: Iterable[Change]) -> Iterator[Line]:
    """Give what a server holds although something else was sent."""
    for change in changes:
        path, sent, kept = one_line(change.path), inline(change.after), inline(change.before)
        yield line(INDENT, (path, "path"), "   sent ", (_cut(sent), "after"), ", holds ", (_cut(kept), "before"))


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
            (_cut(inline(row.wanted), most), "before"),
            "   live ",
            (_cut(inline(row.live), most), "after"),
            *(("   (conflict: git moved too)", "muted"),) * is_conflict,
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


def _needs_block(change: Change) -> bool:
    return not change.sensitive and (is_block(change.before) or is_block(change.after))


def _inline_change(change: Change) -> Iterator[Span]:
    """Show `before → after`, or one of them where the other says nothing."""
    after = _back(change) if change.removed else inline(change.after)
    if change.before is not None and not (change.sensitive and change.after is not None):
        yield inline(change.before), "before"
        yield " → ", "muted"
    yield after, "after"
    if change.replaces:
        yield "   (cannot be changed in place)", "muted"


def _note(change: Change) -> str:
    """Say beside the path of a long value what the diff below it does not show."""
    if change.removed:
        return f"→ {_back(change)}"
    return "(cannot be changed in place)" if change.replaces else ""


def _back(change: Change) -> str:
    """Name what a field goes back to that the manifest no longer sets."""
    return "(default)" if change.after is None else f"{_cut(inline(change.after))} (default)"


def _block_lines(before: Json, after: Json, indent: str) -> Iterator[Line]:
    gone, new = block(before), block(after)
    if all(lines[-1:] == [""] for lines in (gone, new) if lines):
        gone, new = gone[:-1], new[:-1]  # both end with a line break: an empty last line would only puzzle
    rows = diff_lines(gone, new)
    limit = SHOWN_NEW_LINES if before is None else SHOWN_LINES
    yield from (_diff_line(row, indent) for row in rows[:limit])
    if len(rows) > limit:
        yield line(indent, (f"… {len(rows) - limit} more lines", "muted"))


def _diff_line(row: DiffLine, indent: str) -> Line:
    style = _DIFF_STYLES[row.sign]
    parts = [(_cut(text), _WORD_STYLES[row.sign]) if changed else (_fold(text), style) for text, changed in row.parts]
    return line(indent, (f"{row.sign} ", style), *parts, hang=len(indent) + 2)


def _fold(text: str) -> str:
    """Shorten a long unchanged stretch, keeping both ends."""
    if len(text) <= SHOWN_PART:
        return text
    left_out = len(text) - 2 * KEPT_EDGE
    return f"{text[:KEPT_EDGE]} … {left_out:,} characters … {text[-KEPT_EDGE:]}"


def _cut(text: str, most: int = SHOWN_PART) -> str:
    """Shorten a long value."""
    return text if len(text) <= most else f"{text[:most]} … {len(text) - most:,} more characters"


def _drift_path(row: DriftRow) -> str:
    return one_line(row.path) or "(object)"


def _width(texts: Iterable[str], most: int = PATH_WIDTH) -> int:
    return min(most, max(map(len, texts), default=0))
