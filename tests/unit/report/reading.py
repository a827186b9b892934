"""Reads pages as a browser would: which tags there are, what stands in them, and what is text."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options

VOID = {"br", "meta", "rect", "path", "input", "hr", "img"}


@dataclass
class Read:
    """What a page holds."""

    tags: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    text: str = ""
    plain: str = ""
    """The text outside code, where GitHub looks for names and links."""
    cells: list[int] = field(default_factory=list)
    """How many cells each row of a table has."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.read = Read()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.read.tags.append(tag)
        self.read.attributes += [(name, value or "") for name, value in attrs]
        if tag == "tr":
            self.read.cells.append(0)
        if tag in ("td", "th"):
            self.read.cells[-1] += 1
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag in VOID or self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("script", "style"):
            return
        self.read.text += data
        if "code" not in self.open and "pre" not in self.open:
            self.read.plain += data

    def handle_comment(self, data: str) -> None:
        self.read.comments.append(data)


def read_html(page: str) -> Read:
    """Read a page; every tag in it must be closed in its turn."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader.read


def read_markdown(text: str) -> Read:
    """Read Markdown as GitHub does, raw HTML let through, before anything of it is taken away."""
    return read_html(cmarkgfm.github_flavored_markdown_to_html(text, Options.CMARK_OPT_UNSAFE))
