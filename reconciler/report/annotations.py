"""Findings as GitHub's workflow commands, which its runner shows beside the lines of a pull request.

Takes a document of `view`, gives one command per line and a notice with the count last; a text can neither end its
line nor begin a command of its own. Pure: no I/O, no clock.
"""

from __future__ import annotations

from reconciler.report.about import PLAN, About
from reconciler.report.escape import many_lines
from reconciler.report.findings import Finding, findings, message
from reconciler.report.summary import headline
from reconciler.report.view import Document, Listing, View


def render(document: Document, about: About = PLAN) -> str:
    """Give the commands."""
    commands = [_command(finding, about) for finding in findings(document)]
    closing = _closing(document)
    notice = [f"::notice title={_property(f'reconciler {about.command}')}::{_text(closing)}"] if closing else []
    return "".join(f"{line}\n" for line in [*commands, *notice])


def _command(finding: Finding, about: About) -> str:
    source = finding.source
    facts = {
        "file": about.from_top(source.file) if source else "",
        "line": str(source.line or "") if source else "",
        "col": str(source.column or "") if source else "",
        "title": finding.rule,
    }
    properties = ",".join(f"{name}={_property(value)}" for name, value in facts.items() if value)
    return f"::{finding.level} {properties}::{_text(message(finding))}"


def _closing(document: Document) -> str:
    """Give the count; a run that failed has said why already."""
    if isinstance(document, View):
        return headline(document) if document.failure is None else ""
    return document.closing if isinstance(document, Listing) else ""


def _text(text: str) -> str:
    """Escape a message: it may have line breaks, written so that they are none yet."""
    return "%0A".join(line.replace("%", "%25") for line in many_lines(text))


def _property(text: str) -> str:
    return _text(text).replace(":", "%3A").replace(",", "%2C")
