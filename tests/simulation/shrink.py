"""Makes a failing script as small as it gets while something is still wrong.

Takes a report of a failure, gives the report of the smallest script found: steps and troubles are taken away one by
one, as long as what is left still fails in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tests.simulation.course import Report, Script, Step
from tests.simulation.many import play_safely
from tests.simulation.process import CALM

_PARTS = ("rate", "only_writes", "kill", "stop", "disk")
MOST_PLAYS = 200


def shrink(report: Report) -> Report:
    """Give the smallest failing report found."""
    best, plays, went_on = report, 0, True
    while went_on:
        went_on = False
        for script in _smaller(best.script):
            plays += 1
            if plays > MOST_PLAYS:
                return best
            tried = play_safely(script)
            if tried.wrong and sort_of(tried) == sort_of(report):
                best, went_on = tried, True
                break
    return best


def sort_of(report: Report) -> str:
    """Give the words that the same fault has in common, whatever it happens to."""
    return " ".join(word for word in report.wrong[0].split("\n")[0].split()[:12] if "/" not in word and word.isalpha())


def _smaller(script: Script) -> Iterator[Script]:
    for at in reversed(range(len(script.steps))):
        if len(script.steps) > 1:
            yield replace(script, steps=(*script.steps[:at], *script.steps[at + 1 :]))
    for at, step in enumerate(script.steps):
        for simpler in _simpler(step):
            yield replace(script, steps=(*script.steps[:at], simpler, *script.steps[at + 1 :]))


def _simpler(step: Step) -> Iterator[Step]:
    if step.settles:
        yield replace(step, settles=False)
    for part in _PARTS:
        if getattr(step.trouble, part) != getattr(CALM, part):
            yield replace(step, trouble=step.trouble.without(part))
    if step.trouble.rate and len(step.trouble.menu) > 1:
        for fault in step.trouble.menu:
            menu = tuple(other for other in step.trouble.menu if other != fault)
            yield replace(step, trouble=replace(step.trouble, menu=menu))
