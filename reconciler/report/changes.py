"""What of a field change is shown, whatever the format: beside its path, or as a diff below it, and how much.

Takes changes and values, gives texts and diff lines that are harmless on a terminal. Pure: no I/O, no clock.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model import Change, Json
from reconciler.report.escape import one_line
from reconciler.report.textdiff import DiffLine, Part, diff_lines
from reconciler.report.values import block, inline, is_block
from reconciler.report.view import DriftRow

SHOWN_LINES = 60
"""A longer diff is cut, and says by how much; JSON holds all of it."""
SHOWN_NEW_LINES = 12
"""The same for a text that is all new: its manifest shows it better."""
COMPARED_LINES = 50_000
"""More of a text is not even looked at."""
KEPT_EDGE = 40
"""Characters that stay at each end of a long unchanged stretch of a line."""
SHOWN_PART = 400
"""Characters of a longer value that are shown."""
SHOWN_LINE = 2_000
"""Characters of a line of a diff that are shown, however many pieces of it changed."""

FOR_GOOD = "cannot be changed in place"


@dataclass(frozen=True, slots=True)
class Diff:
    """The lines of a diff that are shown, and how many are not."""

    rows: tuple[DiffLine, ...]
    left_out: int = 0


def history(row: DriftRow) -> str:
    """Say what is known of one drifted field: whether a baseline knows it, when it was written, by whom."""
    by = f" by {one_line(row.changed_by)}" if row.changed_by else ""
    written = f"last written {row.changed_at}{by}" if row.changed_at else f"last written{by}" if by else ""
    return "; ".join(text for text in (row.standing, written) if text)


def needs_diff(change: Change) -> bool:
    """Say whether a change is too long to stand beside its path."""
    return not change.sensitive and (is_block(change.before) or is_block(change.after))


def before_text(change: Change) -> str | None:
    """Give what is live on one line; None where it says nothing."""
    is_silent = change.before is None or (change.sensitive and change.after is not None)
    return None if is_silent else inline(change.before)


def after_text(change: Change) -> str:
    """Give what is wanted on one line; for a field that the manifest no longer sets, what it goes back to."""
    if not change.removed:
        return inline(change.after)
    return "(default)" if change.after is None else f"{cut(inline(change.after))} (default)"


def diff(before: Json, after: Json, lines: int = SHOWN_LINES, new_lines: int = SHOWN_NEW_LINES) -> Diff:
    """Compare two long values line by line; `new_lines` is the limit where there was nothing before."""
    gone, new = block(before), block(after)
    if all(part[-1:] == [""] for part in (gone, new) if part):
        gone, new = gone[:-1], new[:-1]  # both end with a line break: an empty last line would only puzzle
    unread = max(len(gone) - COMPARED_LINES, len(new) - COMPARED_LINES, 0)
    rows = diff_lines(gone[:COMPARED_LINES], new[:COMPARED_LINES])
    limit = new_lines if before is None else lines
    return Diff(tuple(map(_shortened, rows[:limit])), max(0, len(rows) - limit) + unread)


def cut(text: str, most: int = SHOWN_PART) -> str:
    """Shorten a long value."""
    return text if len(text) <= most else f"{text[:most]} … {len(text) - most:,} more characters"


def _shortened(row: DiffLine) -> DiffLine:
    parts: list[Part] = []
    room = SHOWN_LINE
    for number, (text, changed) in enumerate(row.parts):
        if room <= 0:
            left_out = sum(len(text) for text, _ in row.parts[number:])
            return DiffLine(row.sign, (*parts, (f" … {left_out:,} more characters", False)))
        parts.append((cut(text) if changed else _fold(text), changed))
        room -= len(parts[-1][0])
    return DiffLine(row.sign, tuple(parts))


def _fold(text: str) -> str:
    """Shorten a long unchanged stretch, keeping both ends."""
    if len(text) <= SHOWN_PART:
        return text
    left_out = len(text) - 2 * KEPT_EDGE
    return f"{text[:KEPT_EDGE]} … {left_out:,} characters … {text[-KEPT_EDGE:]}"
