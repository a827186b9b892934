"""The page about reports says what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconciler.cli.app import root
from reconciler.report import html_rows, markdown, picture, rules
from reconciler.report.formats import EVERYTHING, FINDINGS, FORMATS, PICTURES

PAGE = (Path(__file__).parents[1] / "docs" / "reports.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """Give the cells of the first table below a heading."""
    below = PAGE.split(f"## {heading}\n", 1)[1].splitlines()
    start = next(number for number, line in enumerate(below) if line.startswith("|"))
    table = []
    for line in below[start + 2 :]:
        if not line.startswith("|"):
            break
        table.append([cell.strip() for cell in line.strip("|").split("|")])
    return table


def test_every_format_is_explained() -> None:
    named = [name for row in rows("Which for what") for name in re.findall(r"`(\w+)`", row[0])]
    assert named == list(FORMATS)


def test_every_verb_has_the_formats_that_the_page_says() -> None:
    context = root.make_context("reconciler", ["--help"], resilient_parsing=True)
    verbs = next(row[2] for row in rows("Which for what") if row[0] == "`junit`")
    for verb in re.findall(r"`([\w ]+)`", verbs):
        first, *member = verb.split()
        command = root.get_command(context, first)
        command = command.commands[member[0]] if member else command  # type: ignore[union-attr]
        option = next(parameter for parameter in command.params if parameter.name == "output")  # type: ignore[union-attr]
        assert option.metavar == f"[{'|'.join(FINDINGS)}]", verb
    assert set(FORMATS) == {*EVERYTHING, *FINDINGS, *PICTURES}


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (markdown.LIMIT, "at most {:,} characters"),
        (html_rows.FULL.lines, "more than {} lines are cut"),
        (html_rows.SHORT.lines, "of more than {} where"),
        (html_rows.MANY, "over {} operations"),
        (picture.MOST_BOXES, "most\n{} boxes"),
    ],
)
def test_limits_are_those_of_the_code(number: int, words: str) -> None:
    assert words.format(number) in PAGE


def test_rules_that_are_named_exist() -> None:
    named = set(re.findall(r"`((?:manifest|guard|drift|target)\.[a-z-]+)`", PAGE))
    assert named
    assert named <= set(rules.WORDS)
