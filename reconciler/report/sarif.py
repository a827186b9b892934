"""Findings as SARIF 2.1.0, which code scanning and editors read.

Takes a document of `view`, gives one run whose rules are the codes of what was found. Pure: no I/O, no clock.
"""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from reconciler import __version__
from reconciler.model import Body, Source
from reconciler.report import rules
from reconciler.report.about import PLAN, About
from reconciler.report.escape import json_text, many_lines
from reconciler.report.findings import Finding, findings, message
from reconciler.report.view import Document, Listing, View

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
SETTINGS = "reconciler.yaml"
"""Where a finding is shown that belongs to no line of a manifest: code scanning takes none without a file."""


def render(document: Document, about: About = PLAN) -> str:
    """Give the log as text."""
    return json_text(json.dumps(log(document, about), ensure_ascii=False, indent=2)) + "\n"


def log(document: Document, about: About = PLAN) -> Body:
    """Give the log as plain values."""
    found = findings(document)
    ids = sorted({finding.rule for finding in found})
    driver = {"name": "reconciler", "version": __version__, "rules": [_rule(code) for code in ids]}
    run: Body = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "/".join(filter(None, ("reconciler", about.command, about.config, " ")))[:-1]},
        "invocations": [{"executionSuccessful": _is_whole(document)}],
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, ids, about) for finding in found],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _is_whole(document: Document) -> bool:
    """Say whether everything that was asked for was looked at."""
    if isinstance(document, View):
        return document.complete and document.failure is None
    return document.complete if isinstance(document, Listing) else True


def _rule(code: str) -> Body:
    text = {"text": rules.about(code)}
    return {"id": code, "shortDescription": text, "fullDescription": text, "help": text}


def _result(finding: Finding, ids: list[str], about: About) -> Body:
    location: dict[str, Any] = {"physicalLocation": _place(finding.source, about)}
    if finding.address is not None:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.address, "kind": "resource"}]
    return {
        "ruleId": finding.rule,
        "ruleIndex": ids.index(finding.rule),
        "level": finding.level,
        "message": {"text": _text(message(finding))},
        "locations": [location],
        "partialFingerprints": {"primaryLocationLineHash": finding.fingerprint},
    }


def _place(source: Source | None, about: About) -> Body:
    if source is None:
        return {"artifactLocation": {"uri": _uri(about.from_top(about.config or SETTINGS))}, "region": {"startLine": 1}}
    region = {"startLine": source.line or 1} | ({"startColumn": source.column} if source.line and source.column else {})
    return {"artifactLocation": {"uri": _uri(about.from_top(source.file))}, "region": region}


def _uri(file: str) -> str:
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _text(text: str) -> str:
    """Make a message that holds no link: SARIF reads `[text](address)` as one."""
    return "\n".join(many_lines(text)).replace("](", "] (")
