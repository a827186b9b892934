"""Makes text harmless in GitHub-flavoured Markdown, and in the bits of HTML that such a page holds.

Takes any text, gives Markdown in which nothing of it is markup: no link, mention, image, HTML, comment, table cell or
reference to an issue. Escapes do not suffice for that, since GitHub and GitLab look for @names and #numbers after
the Markdown is read, but not in code: so whatever is not a plain word becomes code. Pure: no I/O, no clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape

from reconciler.report.escape import one_line

_SIMPLE = re.compile(r"[^`|\s](?:[^`|]*[^`|\s])?\Z")
"""What a pair of backticks holds as it is, in a cell of a table too."""
_SIGN = re.compile(r"[!-/:-@\[-`{-~]")
"""Every sign that could be markup; as an entity it is none."""
_SPACE = "&#160;"

_WORD = r"[^\W\d_]+(?:['’-][^\W\d_]+)*"
_NUMBER = r"\d{1,6}(?:[.,]\d{1,3})?"
_PLAIN = re.compile(rf"[(\"']?(?:{_WORD}|{_NUMBER})[)\"'.,;:!?…]*\Z|[(\"'.,;:!?…)–—→·%-]+\Z")
"""A token that no reader of Markdown takes for anything else, unless it begins a line."""
_TOKENS = re.compile(r"`[^`]+`|\s+|[^\s`]+|`")
"""What our own sentences quote, spaces, and everything else."""
_LONGEST_FENCE = re.compile(r"`{3,}")


def code(text: str) -> str:
    """Give the text as code on one line, wherever it stands; nothing for an empty text."""
    shown = one_line(text)
    if not shown or _SIMPLE.match(shown):
        return f"`{shown}`" if shown else ""
    inner = _SIGN.sub(lambda found: f"&#{ord(found.group())};", shown.strip(" "))
    before = len(shown) - len(shown.lstrip(" "))
    after = len(shown) - len(shown.rstrip(" ")) if inner else 0
    return f"<code>{_SPACE * before}{inner}{_SPACE * after}</code>"


def html_code(text: str) -> str:
    """Give the text as code in HTML; for inside `<summary>`, where no Markdown is."""
    return f"<code>{escape(one_line(text))}</code>"


def prose(text: str, as_code: Callable[[str], str] = code) -> str:
    """Give a sentence on one line: plain words as they are, everything else as code. Never begin a line with it."""
    return "".join(_pieces(text, as_code)).strip()


def fenced(lines: Iterable[str], language: str = "") -> str:
    """Give lines as a block of code whose end none of them can be; each is harmless on a terminal already."""
    rows = list(lines)
    longest = max((len(run) for row in rows for run in _LONGEST_FENCE.findall(row)), default=2)
    fence = "`" * (longest + 1)
    return "\n".join([f"{fence}{language}", *rows, fence])


def table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: bool = False) -> str:
    """Give a table of cells that are Markdown already; with `numbers` all columns but the first stand right."""
    rules = ["---", *(("--:" if numbers else "---") for _ in head[1:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rules, *rows))


def details(summary: str, body: str) -> str:
    """Give a part that is folded away; the summary is HTML, the body Markdown."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def _pieces(text: str, as_code: Callable[[str], str]) -> Iterator[str]:
    """Yield words, code and spaces; what touched stays in touch, but never two backticks."""
    before = ""
    for token in _TOKENS.findall(text):
        if token.isspace():
            piece = " "
        elif len(token) > 2 and token[0] == token[-1] == "`":
            piece = as_code(token[1:-1])
        else:
            piece = token if _PLAIN.match(token) else _as_code_but_its_end(token, as_code)
        if before.endswith("`") and piece.startswith("`"):
            yield " "
        yield piece
        before = piece


def _as_code_but_its_end(token: str, as_code: Callable[[str], str]) -> str:
    """Leave the comma or full stop after a name out of the code."""
    name = token.rstrip(",.;:?!)")
    return as_code(name) + token[len(name) :] if name else as_code(token)
