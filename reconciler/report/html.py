"""One HTML file that holds everything, for a browser without a network.

Takes a document of `view`, gives a page: counts, what is wrong, a picture of the order, every operation with its
fields, filters. Templates escape every text; the page's own policy lets no other script, style or address in, so that
nothing of a manifest could act even if it got through. No I/O but reading its templates, no clock.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from reconciler import __version__
from reconciler.model import Action, Status
from reconciler.report import html_rows as rows
from reconciler.report.about import PLAN, About
from reconciler.report.escape import one_line
from reconciler.report.graph import edges_of
from reconciler.report.html_rows import Entry
from reconciler.report.picture import Box, Picture, draw
from reconciler.report.summary import (
    ALWAYS_COUNTED,
    by_address,
    count_by_target,
    drift_remarks,
    graph_line,
    headline,
    loud,
    plan_remarks,
)
from reconciler.report.values import cell
from reconciler.report.view import DiagnosticRow, Document, Facts, Graph, Listing, View

if TYPE_CHECKING:
    from jinja2 import Template

FOLDER = Path(__file__).with_name("page")


@dataclass(frozen=True, slots=True)
class Choice:
    """What entries can be filtered by, and how many there are of it."""

    word: str
    sign: str
    style: str
    count: int
    by: Literal["word", "status"] = "word"


@dataclass(frozen=True, slots=True)
class Section:
    """Entries under one heading; `choices` are the words that they can be filtered by."""

    heading: str
    entries: Sequence[Entry]
    choices: Sequence[Choice] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Cells under one heading."""

    heading: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that the template draws, from top to bottom."""

    headline: str
    tone: str = ""
    alerts: Sequence[tuple[str, str, str]] = ()
    """Style, heading, text."""
    facts: Sequence[tuple[str, Sequence[str]]] = ()
    """Label, values."""
    counts: Table | None = None
    findings: Sequence[DiagnosticRow] = ()
    picture: Picture | None = None
    sections: Sequence[Section] = ()
    table: Table | None = None
    texts: Sequence[str] = ()


def render(document: Document, about: About = PLAN) -> str:
    """Give the page."""
    page = _PAGES[type(document)](document, about)
    entries = [entry for section in page.sections for entry in section.entries]
    return _template().render(
        page=page,
        title=f"{one_line(about.command)}{f' ({one_line(about.config)})' if about.config else ''}",
        version=__version__,
        policy=_policy(),
        style=_file("page.css"),
        script=_file("page.js"),
        selects=[
            (name, label, sorted({getattr(entry, name) for entry in entries} - {""}))
            for name, label in (("target", "Target"), ("kind", "Kind"), ("word", "Action"))
            if name != "word" or any(entry.status for entry in entries)
        ],
        size=len(entries) + (len(page.table.rows) if page.table else 0),
        line=one_line,
        quoted=rows.quoted,
    )


@cache
def _file(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8").strip()


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(FOLDER)
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html.jinja")


@cache
def _policy() -> str:
    """Give the policy by which a browser runs the page: its own script and style, known by their digests, alone."""
    script, style = (f"'{_digest(_file(name))}'" for name in ("page.js", "page.css"))
    return f"default-src 'none'; script-src {script}; style-src {style}; base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


# --- plans, applies, drift, what failed ----------------------------------------------------------


def _view(view: View, about: About) -> Page:
    good = next((text for text, style in plan_remarks(view) if style == "good"), "") if view.verb == "plan" else ""
    return Page(
        headline=headline(view, about),
        tone=_tone(view),
        alerts=[*_alerts(view), *([("good", "", good)] if good and view.failure is None else [])],
        facts=list(_facts_of(view)),
        counts=_counts(view),
        findings=_sorted(_findings(view)),
        picture=_picture(view),
        sections=[section for section in _sections(view) if section.entries],
        table=_unmanaged(view),
    )


def _alerts(view: View) -> Iterator[tuple[str, str, str]]:
    for text, style in loud(view):
        head, _, rest = text.partition(": ")
        yield style, head, rest
    if view.failure is not None and view.failure.hint:
        yield "warning", "What to do", view.failure.hint
    if view.origin.limited:
        yield "warning", "Limited", f"only what fits {', '.join(view.origin.limited)} is in it."


def _findings(view: View) -> list[DiagnosticRow]:
    """Give errors and warnings, but not again what the page opens with."""
    message = view.failure.message if view.failure is not None else None
    return [row for row in view.diagnostics if row.summary != message or row.source is not None]


def _facts_of(view: View) -> Iterator[tuple[str, Sequence[str]]]:
    origin = view.origin
    for label, text in (
        ("commit", origin.commit),
        ("made", _moment(origin.created)),
        ("expires", _moment(origin.expires)),
    ):
        if text:
            yield label, [text]
    yield from ((name, [account]) for name, account in sorted(origin.accounts.items()))
    remarks = [one_line(text) for text in drift_remarks(view)]
    if remarks:
        yield "besides", remarks
    if view.unchanged:
        yield "unchanged", [f"{view.unchanged:,}"]


def _moment(text: str) -> str:
    """Give a moment as people write it; the engine's are in UTC."""
    return text.replace("T", " ").replace("+00:00", " UTC")


def _counts(view: View) -> Table | None:
    """Give the counts per target, where there is more than one."""
    words, counts = count_by_target(view)
    cells = [(target, *map(str, row)) for target, row in counts.items()]
    return Table("By target", ("target", *words), cells) if len(cells) > 1 and any(map(any, counts.values())) else None


def _picture(view: View) -> Picture | None:
    anchors = _anchors(row.address for row in view.operations)
    boxes = [
        Box(row.address, f"{row.action.sign} {row.action.value}", row.action.value, f"#{anchors[row.address]}")
        for row in view.operations
    ]
    return draw(boxes, ((need, row.address) for row in view.operations for need in row.needs))


def _sections(view: View) -> Iterator[Section]:
    anchors = _anchors(row.address for row in view.operations)
    outcomes = {row.address: row for row in view.outcomes}
    shown = rows.limits(max(len(view.operations), len(view.drift)))
    done = [rows.operation(row, outcomes.get(row.address), anchors, shown) for row in view.operations]
    yield Section("Operations", done, _choices(view, done))
    moved = [rows.drifted(found, f"drift-{n}", shown) for n, found in enumerate(by_address(view.drift), 1)]
    if view.verb == "drift":
        words = [entry.word for entry in moved]
        both = (("drift", "~", "update"), ("conflict", "!", "error"))
        yield Section("What moved", moved, [Choice(*known, words.count(known[0])) for known in both])
    else:
        yield Section("Moved outside git since the last apply", moved)


def _choices(view: View, entries: Sequence[Entry]) -> list[Choice]:
    """Give the counts that a page opens with: how operations ended, or what they are to do."""
    if view.outcomes:
        ends = [entry.status for entry in entries]
        return [Choice(s.value, "", rows.STATUS_STYLES[s], ends.count(s.value), "status") for s in Status]
    words = [entry.word for entry in entries]
    choices = [Choice(action.value, action.sign, action.value, words.count(action.value)) for action in Action]
    return [choice for choice in choices if choice.count or choice.word in ALWAYS_COUNTED]


def _tone(view: View) -> str:
    if view.failure is not None or view.refused or view.statuses["failed"] or view.statuses["unknown"]:
        return "error"
    return "good" if not (view.operations or view.drift) and view.complete else ""


def _unmanaged(view: View) -> Table | None:
    cells = [(one_line(address),) for address in view.unmanaged]
    return Table("Live, but neither declared nor ours (never touched)", ("address",), cells) if cells else None


def _anchors(addresses: Iterable[str]) -> dict[str, str]:
    return {address: f"entry-{number}" for number, address in enumerate(addresses, 1)}


def _sorted(found: Iterable[DiagnosticRow]) -> list[DiagnosticRow]:
    return sorted(found, key=lambda row: row.severity != "error")


# --- tables and graphs ---------------------------------------------------------------------------


def _listing(listing: Listing, _: About) -> Page:
    title, *others = listing.closing.split("\n") if listing.closing else [listing.name.capitalize()]
    columns = [name for name in (*listing.columns, "hint") if any(row.get(name) for row in listing.rows)]
    cells = [[cell(row.get(name)) for name in columns] for row in listing.rows]
    table = Table(listing.name.capitalize(), columns, cells) if cells else None
    return Page(
        title, "" if listing.complete else "error", findings=_sorted(listing.diagnostics), table=table, texts=others
    )


def _graph(graph: Graph, _: About) -> Page:
    anchors = _anchors(graph.nodes)
    boxes = [Box(node, "", "", f"#{anchors[node]}") for node in graph.nodes]
    return Page(
        graph_line(graph),
        findings=_sorted(graph.diagnostics),
        picture=draw(boxes, ((need, node) for node, need in edges_of(graph))),
        sections=[Section("Manifests", [rows.manifest(node, graph, anchors) for node in graph.nodes])],
    )


def _facts(facts: Facts, _: About) -> Page:
    said = [("type", [f"{facts.type}{', required' * facts.required}"])]
    said += [(name, [cell(value) or "null"]) for name, value in facts.facts.items()]
    columns = ("name", "type", "required", "description")
    cells = [
        [str(row["name"]), str(row["type"]), "required" * bool(row["required"]), str(row["description"])]
        for row in facts.fields
    ]
    table = Table("Fields", columns, cells) if cells else None
    return Page(one_line(facts.name), facts=said, table=table, texts=[facts.description, *facts.notes])


_PAGES: dict[type, Callable[[Any, About], Page]] = {View: _view, Listing: _listing, Graph: _graph, Facts: _facts}
