"""JUnit's XML, which every CI system shows as a list of tests.

Takes a document of `view`, gives a test case per operation, manifest, check, drifted field, error and warning. A plan
is no failure: what it would change passes, and says what that is; what a guard refuses, what drifted and what an apply
did not do fails; drift that a baseline knows is skipped; what is not known is an error. There is always a case, since
an empty file fails many a pipeline. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias
from xml.etree import ElementTree as ET

from reconciler.model import Json, Status
from reconciler.report.about import PLAN, About
from reconciler.report.blocks import change_lines, drift_lines
from reconciler.report.changes import cut
from reconciler.report.escape import many_lines, one_line
from reconciler.report.findings import Finding, findings, message
from reconciler.report.lines import plain_text
from reconciler.report.summary import headline, is_applied, kind_of, name_of, place, target_of
from reconciler.report.view import Document, DriftRow, Listing, OperationRow, OutcomeRow, View

Ending: TypeAlias = Literal["failure", "error", "skipped", ""]
"""How a case ends; "" is passed."""

NAME = 300
"""Characters of a name that are shown."""

_NOT_KNOWN = ("target.", "run.")
"""Rules of findings that tell nothing of manifests or objects: with them it is not known how things stand."""
_ENDINGS: dict[Status, Ending] = {
    Status.DONE: "",
    Status.DIVERGED: "failure",
    Status.FAILED: "failure",
    Status.SKIPPED: "skipped",
    Status.UNKNOWN: "error",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A test case; `group` is what readers put together, dots making levels, or the `file` where there is one."""

    group: str
    name: str
    ending: Ending = ""
    rule: str = ""
    message: str = ""
    output: str = ""
    seconds: float = 0.0
    file: str = ""


def render(document: Document, about: About = PLAN) -> str:
    """Give the ET."""
    name = f"reconciler {about.command}"
    cases = list(_cases(document)) or [Case("reconciler", _closing(document))]
    totals = {
        "name": name,
        "tests": str(len(cases)),
        "failures": str(sum(case.ending == "failure" for case in cases)),
        "errors": str(sum(case.ending == "error" for case in cases)),
        "time": _time(sum(case.seconds for case in cases)),
    }
    root = ET.Element("testsuites", totals)
    skipped = str(sum(case.ending == "skipped" for case in cases))
    suite = ET.SubElement(root, "testsuite", {**totals, "skipped": skipped})
    for case in cases:
        _add(suite, case, about)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _add(suite: ET.Element, case: Case, about: About) -> None:
    group = about.from_top(case.file) if case.file else case.group
    names = {"classname": one_line(group), "name": one_line(cut(case.name, NAME))}
    element = ET.SubElement(suite, "testcase", {**names, "time": _time(case.seconds)})
    if case.ending:
        said = {"type": one_line(case.rule or case.ending), "message": one_line(cut(case.message, NAME))}
        ET.SubElement(element, case.ending, said).text = _text(case.output or case.message)
    elif case.output:
        ET.SubElement(element, "system-out").text = _text(case.output)


def _cases(document: Document) -> Iterator[Case]:
    if isinstance(document, View):
        yield from _of_view(document)
    elif isinstance(document, Listing):
        yield from _of_listing(document)


def _of_view(view: View) -> Iterator[Case]:
    found = findings(view)
    operations = {row.address: row for row in view.operations}
    if is_applied(view):
        ends = {finding.address: finding for finding in found if finding.rule.startswith("apply.")}
        yield from (_outcome(row, ends.get(row.address), operations.get(row.address)) for row in view.outcomes)
    else:
        yield from map(_operation, view.operations)
    if view.verb == "drift":
        drifts = (finding for finding in found if finding.rule.startswith("drift."))
        yield from map(_drifted, view.drift, drifts)
    yield from (_finding(finding) for finding in found if not finding.rule.startswith(("drift.", "apply.")))


def _of_listing(listing: Listing) -> Iterator[Case]:
    passed = [row for row in listing.rows if row.get("status", "ok") == "ok"]
    yield from (_passed(listing.name, row) for row in passed)
    yield from map(_finding, findings(listing))


def _operation(row: OperationRow) -> Case:
    """A change that is pending passes: to plan it is what the run was for."""
    return Case(_group(row.address), f"{row.action.value} {name_of(row.address)}", output=_told(row))


def _outcome(row: OutcomeRow, found: Finding | None, operation: OperationRow | None) -> Case:
    told = "" if operation is None else _told(operation)
    group, name = _group(row.address), f"{row.action.value} {name_of(row.address)}"
    if found is None:
        return Case(group, name, output=told, seconds=row.seconds)
    whole = "\n".join(filter(None, (message(found), told)))
    return Case(group, name, _ENDINGS[row.status], found.rule, "; ".join(found.more) or found.text, whole, row.seconds)


def _drifted(row: DriftRow, found: Finding) -> Case:
    name = f"{name_of(row.address)}: {row.path or 'the object'}"
    declared = f"declared in {place(row.source)}\n" if row.source is not None else ""
    whole = f"{message(found)}\n{declared}{plain_text(list(drift_lines([row])))}"
    ending: Ending = "skipped" if row.standing == "known" else "failure"
    return Case(_group(row.address), name, ending, found.rule, "; ".join(found.more), whole)


def _finding(found: Finding) -> Case:
    at = f"{found.source.line}:{found.source.column} " if found.source is not None and found.source.line else ""
    file = found.source.file if found.source is not None else ""
    group = _group(found.address) if found.address else found.rule
    ending: Ending = "" if found.level == "warning" else "error" if found.rule.startswith(_NOT_KNOWN) else "failure"
    where = f"{found.source}\n" if found.source is not None else ""
    return Case(group, f"{at}{found.text}", ending, found.rule, found.text, f"{where}{message(found)}", file=file)


def _passed(noun: str, row: Mapping[str, Json]) -> Case:
    """Make the case of a manifest that is valid, a check that found everything, a schema that is right."""
    address = row.get("address")
    if isinstance(address, str):
        return Case(_group(address), name_of(address), output=str(row.get("source", "")))
    name, *others = (str(value) for key, value in row.items() if key in ("check", "path", "found"))
    return Case(noun, name, output=" ".join(others))


def _told(row: OperationRow) -> str:
    """Give the reason, the place and the fields of an operation, as the text report does."""
    head = " ".join(filter(None, (row.reason, place(row.source))))
    return f"{one_line(head)}\n{plain_text(list(change_lines(row.changes)))}".rstrip("\n")


def _group(address: str) -> str:
    return f"{target_of(address)}.{kind_of(address)}"


def _closing(document: Document) -> str:
    return headline(document) if isinstance(document, View) else "nothing was found"


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"


def _text(text: str) -> str:
    return "\n".join(many_lines(text))
