"""Markdown for a comment on a pull request, or any page that shows GitHub's flavour of it.

Takes a document of `view`, gives text of at most 60,000 characters: a marker that a pipeline finds its own comment
by, what is wrong, counts, what is deleted or replaced by name, and everything else folded away; what had no room is
counted. Nothing of a manifest or a server is markup in it. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from reconciler.model import Action, Status
from reconciler.report import markdown_rows as rows
from reconciler.report.about import PLAN, About
from reconciler.report.changes import cut
from reconciler.report.escape import many_lines
from reconciler.report.fitting import fit
from reconciler.report.gfm import code, details, fenced, prose, table
from reconciler.report.graph import edges_of, render_mermaid
from reconciler.report.summary import (
    by_address,
    count_by_target,
    drift_remarks,
    first_sentence,
    graph_line,
    headline,
    loud,
    plan_remarks,
)
from reconciler.report.values import cell
from reconciler.report.view import Document, Facts, Graph, Listing, OperationRow, View

LIMIT = 60_000
"""Characters of a page; GitHub takes no comment of more than 65,536."""
KEPT_FREE = 1_500
"""Of them, for the words about what had no room."""
ERRORS_ROOM, TABLE_ROOM, LIST_ROOM = 10_000, 8_000, 9_000
FEW = 20
"""Rows of a section that stand open, each of them folded; more are folded away together."""
MERMAID_ROOM, MERMAID_EDGES = 40_000, 400
"""GitHub draws no larger picture."""

_ELSEWHERE = "the HTML and JSON reports hold everything"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page that is cut where the page ends: its rows, and how one of them is written."""

    heading: str
    noun: str
    items: Sequence[Any]
    write: Callable[[Any], str]
    between: str = "\n\n"


Page = tuple[list[str], list[Section]]
"""What is always visible, and what is folded away."""


def render(document: Document, about: About = PLAN) -> str:
    """Give the page; it begins with the marker."""
    top, sections = _PAGES[type(document)](document, about)
    parts = [marker(about), *top]
    for section in sections:
        parts.extend(_filled(section, LIMIT - KEPT_FREE - sum(len(part) + 2 for part in parts)))
    return "\n\n".join(parts) + "\n"


def marker(about: About) -> str:
    """Give the hidden comment by which a pipeline finds the comment that it wrote before."""
    names = (quote(name, safe="/._") for name in (about.command, about.config) if name)
    return f"<!-- reconciler:{':'.join(names)} -->"


def _filled(section: Section, room: int) -> Iterator[str]:
    """Yield a section as far as there is room, and the number of what had none."""
    texts, left = fit(section.items, section.write, room)
    body = section.between.join(texts)
    if section.items and len(section.items) <= FEW:
        yield f"### {section.heading}"
        yield from [body] * bool(body)
    elif body:
        yield details(f"{section.heading}: {len(section.items):,}", body)
    if left:
        yield f"**{_more(left, section.noun)} not shown{_by_action(left)}:** {_ELSEWHERE}."


def _more(left: Sequence[object], noun: str) -> str:
    return f"1 more {noun} is" if len(left) == 1 else f"{len(left):,} more {noun}s are"


def _by_action(left: Sequence[Any]) -> str:
    """Count operations by what they do; of other rows there is nothing more to say than their number."""
    if not isinstance(left[0], OperationRow):
        return ""
    actions = [row.action.value for row in left]
    return f" ({', '.join(f'{actions.count(word):,} {word}' for word in dict.fromkeys(sorted(actions)))})"


def _listed(heading: str, items: Sequence[Any], write: Callable[[Any], str], room: int = LIST_ROOM) -> Iterator[str]:
    """Yield a list that is always visible."""
    if items:
        texts, left = fit(items, write, room)
        yield "\n".join([f"**{heading}:**", "", *texts, *_and_more(left)])


def _and_more(left: Sequence[object]) -> list[str]:
    return [f"- and {len(left):,} more: {_ELSEWHERE}"] if left else []


# --- plans, applies, drift, what failed ----------------------------------------------------------


def _view(view: View, about: About) -> Page:
    return list(_top(view, about)), list(_sections(view))


def _top(view: View, about: About) -> Iterator[str]:
    """Yield the verdict, what is wrong, the counts, what goes away, what was not done."""
    of = f" ({code(about.config)})" if about.config else ""
    yield f"## {headline(view, about)}{of}"
    yield from _alert(view)
    if view.origin.limited:
        said = ", ".join(code(cut(option, rows.NAME)) for option in view.origin.limited[:FEW])
        yield f"Limited to {said}: what is outside is neither changed nor pruned."
    yield from _counts(view)
    if view.failure is None and view.verb != "drift":
        yield from (text for text, style in plan_remarks(view) if style == "good")
    yield from (prose(text) for text in drift_remarks(view))
    removals = [row for row in view.operations if row.action in (Action.DELETE, Action.REPLACE)]
    yield from _listed("Deletes and replaces", removals, rows.removal)
    yield from _listed("Not done", [row for row in view.outcomes if row.status is not Status.DONE], rows.undone)
    yield from _listed("Warnings", [row for row in view.diagnostics if row.severity != "error"], rows.finding)
    if view.origin.commit:
        yield f"Manifests of commit {code(view.origin.commit)}."


def _alert(view: View) -> Iterator[str]:
    """Yield one loud block with everything that stands in the way."""
    errors = [row for row in view.diagnostics if row.severity == "error"]
    said = [f"**{head}:**{rest}" for head, _, rest in (text.partition(":") for text, _ in loud(view))]
    if view.failure is not None:
        said = [f"**Failed:** {prose(cut(view.failure.message))}"]
        said += [f"Hint: {prose(cut(view.failure.hint))}"] * bool(view.failure.hint)
        errors = [row for row in errors if row.summary != view.failure.message or row.source is not None]
    texts, left = fit(errors, rows.finding, ERRORS_ROOM)
    lines = [line for text in said for line in (text, "")] + [*texts, *_and_more(left)]
    if lines:
        yield "\n".join(f"> {text}".rstrip() for text in ("[!CAUTION]", *lines)).removesuffix("\n>")


def _counts(view: View) -> Iterator[str]:
    """Yield the table of counts per target."""
    words, counts = count_by_target(view)
    cells = [(code(cut(target, rows.NAME)), *map(str, row)) for target, row in counts.items() if any(row)]
    if len(counts) > 1:
        cells = [(code(cut(target, rows.NAME)), *map(str, row)) for target, row in counts.items()]
        cells.append(("all", *(str(sum(numbers)) for numbers in zip(*counts.values(), strict=True))))
    if any(any(row) for row in counts.values()):
        texts, left = fit(cells, "| ".join, TABLE_ROOM)
        yield table(("target", *words), cells[: len(texts)], numbers=True)
        yield from _and_more(left)


def _sections(view: View) -> Iterator[Section]:
    outcomes = {row.address: row for row in view.outcomes}
    yield Section(
        "Operations", "operation", view.operations, lambda row: rows.operation(row, outcomes.get(row.address))
    )
    heading = "What moved" if view.verb == "drift" else "Moved outside git since the last apply"
    yield Section(heading, "object", by_address(view.drift), rows.drifted)
    yield Section(
        "Live, but neither declared nor ours (never touched)",
        "object",
        view.unmanaged,
        lambda address: f"- {code(cut(address, rows.NAME))}",
        "\n",
    )


# --- tables and graphs ---------------------------------------------------------------------------


def _listing(listing: Listing, about: About) -> Page:
    title, *others = many_lines(listing.closing) or [about.command.capitalize()]
    top = [f"## {prose(cut(title))}", *([fenced(map(cut, others[:FEW]))] if any(others) else [])]
    for severity in ("error", "warning"):
        found = [row for row in listing.diagnostics if row.severity == severity]
        top += _listed(f"{severity.capitalize()}s", found, rows.finding)
    columns = [name for name in (*listing.columns, "hint") if any(row.get(name) for row in listing.rows)]
    cells = [[code(cut(cell(row.get(name)), rows.NAME)) for name in columns] for row in listing.rows]
    return top, [_table(listing.name, columns, cells)]


def _table(heading: str, columns: Sequence[str], cells: Sequence[Sequence[str]]) -> Section:
    """Make a section of a table: its head is written with its first row."""
    head = table(columns, ()) + "\n"
    first = list(cells[:1])
    return Section(
        heading.capitalize(),
        "row",
        cells,
        lambda row: f"{head if row is first[0] else ''}| {' | '.join(row)} |",
        "\n",
    )


def _graph(graph: Graph, _: About) -> Page:
    top = [f"## {graph_line(graph)}"]
    top += _listed("Warnings", graph.diagnostics, rows.finding)
    picture = render_mermaid(graph) if 0 < sum(1 for _ in edges_of(graph)) <= MERMAID_EDGES else ""
    if picture and len(picture) <= MERMAID_ROOM:
        top.append(fenced(picture.splitlines(), "mermaid"))
    return top, [Section("Manifests", "manifest", graph.nodes, lambda node: _needs(graph, node), "\n")]


def _needs(graph: Graph, node: str) -> str:
    needs = graph.needs.get(node, ())
    shown = ", ".join(code(cut(need, rows.NAME)) for need in needs[: rows.NEEDS])
    more = f" and {len(needs) - rows.NEEDS} more" if len(needs) > rows.NEEDS else ""
    return f"- {code(cut(node, rows.NAME))}{f' needs {shown}{more}' if needs else ''}"


def _facts(facts: Facts, _: About) -> Page:
    top = [f"## {code(facts.name)}", f"Type: {prose(facts.type)}{', required' * facts.required}"]
    top += [f"{name.capitalize()}: {code(cut(cell(value) or 'null'))}" for name, value in facts.facts.items()]
    top += [f"Meaning: {prose(facts.description)}"] * bool(facts.description)
    top += ["\n".join(f"- {prose(note)}" for note in facts.notes)] * bool(facts.notes)
    cells = [
        [
            code(str(row["name"])),
            prose(str(row["type"])),
            "required" * bool(row["required"]),
            prose(first_sentence(str(row["description"]))),
        ]
        for row in facts.fields
    ]
    return top, [_table("fields", ("name", "type", "", "description"), cells)] if cells else []


_PAGES: dict[type, Callable[[Any, About], Page]] = {View: _view, Listing: _listing, Graph: _graph, Facts: _facts}
