"""Nothing that is put into Markdown is markup."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.report.escape import one_line
from reconciler.report.gfm import code, details, fenced, html_code, prose, table

from .reading import read_markdown

NASTY = [
    "<script>alert(1)</script>",
    "a|b",
    "\\|",
    "`",
    "``` ` ``",
    "\\`",
    "-->",
    "<!-- x",
    "]]>",
    "@octocat",
    "team@example.org",
    "#12 and GH-12 and org/repo#3",
    "[x](https://evil.example) ![y](z)",
    "https://evil.example www.evil.example",
    "</details></summary></code>",
    "*a* _b_ ~c~ $d$ :e:",
    "&lt;b&gt; &#60;",
    "\x1b[31m\u202e\u200b\x00\x07",
    " lead",
    "trail ",
    "a\n\n# heading\n- item",
    "/approve",
]
SIGNS = st.text(st.sampled_from("`|\\<>&*_[]()#@!~-:/. a1\n\"'$"), max_size=12) | st.text(max_size=12)


def tokens(text: str) -> str:
    return re.sub(r"\s+", "", text.replace("\xa0", " "))


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("form", [code, prose])
def test_nothing_of_it_acts(text: str, form: object) -> None:
    read = read_markdown(f"- x {form(text)} y\n\n{table(('h', 'i'), [(form(text), 'z')])}\n")  # type: ignore[operator]
    assert set(read.tags) <= {"ul", "li", "code", "table", "thead", "tbody", "tr", "th", "td"}
    assert read.cells == [2, 2]
    assert read.comments == []
    assert not re.search(r"[@#<>\[]|://|www\.|-->", read.plain)


@given(SIGNS)
@example("` `")
@example("\\|`")
def test_code_reads_as_it_was(text: str) -> None:
    read = read_markdown(table(("h", "i"), [(code(text), "z")]))
    assert set(read.tags) <= {"code", "table", "thead", "tbody", "tr", "th", "td"}
    assert read.cells == [2, 2]
    assert re.sub(r"\s", "", read.text) == "hi" + re.sub(r"\s", "", one_line(text)) + "z"
    spaces = read.text.replace("\xa0", " ")
    assert one_line(text).strip() in spaces


@given(SIGNS)
def test_prose_keeps_every_word(text: str) -> None:
    read = read_markdown(f"- x {prose(text)} y")
    assert set(read.tags) <= {"ul", "li", "code"}
    spaced = re.sub(r"`[^`]+`", lambda found: one_line(found.group()), text)  # what is quoted keeps its line breaks
    shown = "".join(one_line(part) for part in spaced.split())
    assert tokens(read.text.replace("`", "")) == "x" + shown.replace("`", "") + "y"


@given(st.lists(SIGNS.map(one_line)))
def test_a_fence_ends_where_it_should(lines: list[str]) -> None:
    read = read_markdown(fenced(lines, "diff") + "\n\nend")
    assert set(read.tags) == {"pre", "code", "p"}
    assert read.plain.strip() == "end"
    assert read.text.split("\n")[: len(lines)] == lines


@given(SIGNS)
def test_a_summary_is_html(text: str) -> None:
    read = read_markdown(details(html_code(text), "*body*"))
    assert set(read.tags) == {"details", "summary", "code", "p", "em"}
    assert read.text.startswith(one_line(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("base model `gpt-4o` has no readable row", "base model `gpt-4o` has no readable row"),
        ("3 of 10.5 are (not) there: why?", "3 of 10.5 are (not) there: why?"),
        ("say --yes, or (`x y`).", "say `--yes`, or (`x y`)."),
        ("l'été d'Özgür – naïve", "l'été d'Özgür – naïve"),
        ("`a``b`", "`a` `b`"),
        ("", ""),
    ],
)
def test_plain_words_stay_plain(text: str, expected: str) -> None:
    assert prose(text) == expected
