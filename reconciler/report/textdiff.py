"""What changed between two long texts, line by line and word by word.

Takes both texts, gives signed lines whose changed words are marked; long unchanged stretches are left out and
counted. Pure: no I/O, no clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Literal, TypeAlias

Sign: TypeAlias = Literal[" ", "-", "+", "…"]
"""Unchanged, taken out, put in, or a number of unchanged lines that are left out."""

Part: TypeAlias = tuple[str, bool]
"""A piece of a line, and whether it changed."""

CONTEXT_LINES = 2
COMPARABLE_LINES = 4_000
"""Beyond that many changed lines the texts are shown as replaced: comparing takes the square of it."""
COMPARABLE_WORDS = 1_500
ALIKE = 0.4
"""Share of words that two lines must have in common before single words are marked."""

_WORDS = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a diff."""

    sign: Sign
    parts: tuple[Part, ...]


def diff_lines(before: list[str], after: list[str]) -> tuple[DiffLine, ...]:
    """Give the lines that differ, with two unchanged ones around each."""
    if not before or not after:  # all of it is new, or gone
        return (*_signed("-", before), *_signed("+", after))
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    gone, new = before[start : len(before) - end], after[start : len(after) - end]
    too_many = len(gone) + len(new) > COMPARABLE_LINES
    inner = [*_signed("-", gone), *_signed("+", new)] if too_many else list(_compare(gone, new))
    return tuple(_fold([*_signed(" ", before[:start]), *inner, *_signed(" ", before[len(before) - end :])]))


def _common(left: list[str], right: list[str]) -> int:
    """Count the equal lines at the start."""
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count


def _compare(before: list[str], after: list[str]) -> Iterator[DiffLine]:
    for tag, i, j, m, n in SequenceMatcher(None, before, after).get_opcodes():
        if tag == "equal":
            yield from _signed(" ", before[i:j])
        else:
            yield from _replace(before[i:j], after[m:n])


def _replace(gone: list[str], new: list[str]) -> Iterator[DiffLine]:
    """Pair the lines as they come; those that are alike stand together, with their changed words marked."""
    gone_alone: list[str] = []
    new_alone: list[str] = []
    for old, fresh in zip_longest(gone, new):
        marked = None if old is None or fresh is None else _mark_words(old, fresh)
        if marked is None:
            gone_alone += [old] if old is not None else []
            new_alone += [fresh] if fresh is not None else []
            continue
        yield from (*_signed("-", gone_alone), *_signed("+", new_alone))
        gone_alone, new_alone = [], []
        yield DiffLine("-", marked[0])
        yield DiffLine("+", marked[1])
    yield from (*_signed("-", gone_alone), *_signed("+", new_alone))


def _mark_words(old: str, new: str) -> tuple[tuple[Part, ...], tuple[Part, ...]] | None:
    """Give both lines with their changed words marked; None where they have too little in common."""
    left, right = _WORDS.findall(old), _WORDS.findall(new)
    if not left or not right or len(left) + len(right) > COMPARABLE_WORDS:
        return None
    opcodes = SequenceMatcher(None, left, right).get_opcodes()
    common = sum(_count_words(left[i:j]) for tag, i, j, _, _ in opcodes if tag == "equal")
    if 2 * common < ALIKE * (_count_words(left) + _count_words(right)):
        return None
    return (
        _merge([("".join(left[i:j]), tag != "equal") for tag, i, j, _, _ in opcodes]),
        _merge([("".join(right[m:n]), tag != "equal") for tag, _, _, m, n in opcodes]),
    )


def _count_words(tokens: list[str]) -> int:
    return sum(1 for token in tokens if not token.isspace())


def _merge(parts: list[Part]) -> tuple[Part, ...]:
    """Join neighbours of one sort; a space between two changed words belongs to the change."""
    merged: list[Part] = []
    for number, (text, differs) in enumerate(parts):
        is_between = text.isspace() and 0 < number < len(parts) - 1
        changed = differs or is_between
        if merged and merged[-1][1] == changed:
            merged[-1] = (merged[-1][0] + text, changed)
        elif text:
            merged.append((text, changed))
    return tuple(merged)


def _signed(sign: Sign, lines: list[str]) -> Iterator[DiffLine]:
    return (DiffLine(sign, ((text, False),)) for text in lines)


def _fold(lines: list[DiffLine]) -> Iterator[DiffLine]:
    """Replace stretches of unchanged lines that are far from any change by their number."""
    near = _near_changes(lines)
    skipped = 0
    for number, row in enumerate(lines):
        if number in near:
            if skipped:
                yield _count(skipped)
            skipped = 0
            yield row
        else:
            skipped += 1
    if skipped:
        yield _count(skipped)


def _near_changes(lines: list[DiffLine]) -> frozenset[int]:
    near: set[int] = set()
    for number, row in enumerate(lines):
        if row.sign != " ":
            near.update(range(number - CONTEXT_LINES, number + CONTEXT_LINES + 1))
    return frozenset(near)


def _count(lines: int) -> DiffLine:
    return DiffLine("…", ((f"{lines} unchanged line{'s' if lines > 1 else ''}", False),))
