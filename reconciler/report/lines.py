"""Lines of styled text: what `human` writes and `terminal` paints.

Takes pieces of text with the names of their styles, gives lines that know how to be plain. Never prints.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

Span: TypeAlias = tuple[str, str]
"""A piece of text and the name of its style; "" is no style."""

GONE_WORD, NEW_WORD = "gone-word", "new-word"

_PLAIN_MARKS = {GONE_WORD: ("[-", "-]"), NEW_WORD: ("{+", "+}")}
"""How changed words are marked where there is no colour."""


class Line(NamedTuple):
    """One line of output; on a terminal a too long one goes on indented by `hang` columns."""

    spans: tuple[Span, ...] = ()
    hang: int = 0


EMPTY = Line()


def line(*spans: Span | str, hang: int = 0) -> Line:
    """Make a line; a bare string has no style."""
    return Line(tuple([(span, "") if isinstance(span, str) else span for span in spans]), hang)


def plain(styled: Line) -> str:
    """Give a line without styles: never wrapped, changed words marked with brackets."""
    pieces = [marked_text(text, style) if style in _PLAIN_MARKS else text for text, style in styled.spans]
    return "".join(pieces).rstrip(" ")


def plain_text(lines: list[Line]) -> str:
    """Give lines as one text that ends with a line break; no lines give an empty text."""
    return "".join([f"{plain(styled)}\n" for styled in lines])


def marked_text(text: str, style: str) -> str:
    """Give a span's text with the marks that stand in for its style where there is no colour."""
    before, after = _PLAIN_MARKS.get(style, ("", "")) if text else ("", "")
    return f"{before}{text}{after}"
