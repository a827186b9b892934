"""The JSON that machines read: one document per run, described by `schemas/output.json`.

Takes a document of `view`, gives its text. Within a major `format_version` names are only added. Never leaves a
character in it that a terminal would act upon.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from reconciler.model import Body, Change, Source
from reconciler.report.escape import json_text
from reconciler.report.view import (
    DiagnosticRow,
    Document,
    DriftRow,
    Facts,
    Failure,
    Graph,
    Listing,
    OperationRow,
    Origin,
    OutcomeRow,
    View,
)

FORMAT_VERSION = "1.1"


def render(document: Document) -> str:
    """Give the document as JSON text that ends with a line break."""
    return json_text(json.dumps(body(document), ensure_ascii=False, indent=2)) + "\n"


def body(document: Document) -> Body:
    """Give the document as plain values."""
    return {"format_version": FORMAT_VERSION, **_BODIES[type(document)](document)}


def _view(view: View) -> Body:
    outcomes = {"interrupted": view.interrupted, "outcomes": [_outcome(row) for row in view.outcomes]}
    return {
        "complete": view.complete,
        **_failure(view.failure),
        "origin": _origin(view.origin),
        "summary": view.summary,
        "unchanged": view.unchanged,
        "operations": [_operation(row) for row in view.operations],
        "drift": [_drift(row) for row in view.drift],
        "unmanaged": list(view.unmanaged),
        **(outcomes if view.verb == "apply" else {}),
        **(_standing(view) if view.verb == "drift" else {}),
        "diagnostics": [_diagnostic(row) for row in view.diagnostics],
    }


def _standing(view: View) -> Body:
    """How the fields stand, and what of a baseline is over."""
    resolved = [{"address": row.address, "path": row.path, "fingerprint": row.fingerprint} for row in view.resolved]
    return {"classes": dict(view.fields), "resolved": resolved}


def _failure(failure: Failure | None) -> Body:
    if failure is None:
        return {}
    return {"error": {"message": failure.message, "hint": failure.hint, "exit_code": failure.exit_code}}


def _origin(origin: Origin) -> Body:
    return {
        "commit": origin.commit,
        "created": origin.created,
        "expires": origin.expires,
        "destroy": origin.destroy,
        "accounts": dict(origin.accounts),
        "limited": list(origin.limited),
    }


def _listing(listing: Listing) -> Body:
    return {
        "complete": listing.complete,
        listing.name: [dict(row) for row in listing.rows],
        "diagnostics": [_diagnostic(row) for row in listing.diagnostics],
    }


def _graph(graph: Graph) -> Body:
    return {
        "complete": True,
        "nodes": [{"address": node, "source": _source(graph.sources.get(node))} for node in graph.nodes],
        "edges": [{"from": node, "to": need} for node in graph.nodes for need in graph.needs.get(node, ())],
        "diagnostics": [_diagnostic(row) for row in graph.diagnostics],
    }


def _facts(facts: Facts) -> Body:
    return {
        "complete": True,
        "name": facts.name,
        "type": facts.type,
        "description": facts.description,
        "required": facts.required,
        **facts.facts,
        "notes": list(facts.notes),
        "fields": [dict(row) for row in facts.fields],
        "diagnostics": [],
    }


def _operation(row: OperationRow) -> Body:
    return {
        "action": row.action.value,
        "address": row.address,
        "reason": row.reason,
        "needs": list(row.needs),
        "source": _source(row.source),
        "changes": [_change(change) for change in row.changes],
    }


def _change(change: Change) -> Body:
    return {
        "path": change.path,
        "before": change.before,
        "after": change.after,
        "sensitive": change.sensitive,
        "replaces": change.replaces,
        "removed": change.removed,
    }


def _drift(row: DriftRow) -> Body:
    return {
        "address": row.address,
        "path": row.path,
        "class": row.classification,
        "wanted": row.wanted,
        "live": row.live,
        "fingerprint": row.fingerprint,
        "source": _source(row.source),
        "changed_at": row.changed_at or None,
        "changed_by": row.changed_by or None,
        "standing": row.standing or None,
    }


def _outcome(row: OutcomeRow) -> Body:
    return {
        "action": row.action.value,
        "address": row.address,
        "status": row.status.value,
        "error": row.error or None,
        "cause": row.cause,
        "live_id": row.live_id,
        "left": [_change(change) for change in row.left],
        "attempts": row.attempts,
        "seconds": round(row.seconds, 3),
    }


def _diagnostic(row: DiagnosticRow) -> Body:
    return {
        "severity": row.severity,
        "code": row.code,
        "summary": row.summary,
        "detail": row.detail,
        "hint": row.hint,
        "address": row.address,
        "source": _source(row.source),
    }


def _source(source: Source | None) -> Body | None:
    return None if source is None else {"file": source.file, "line": source.line, "column": source.column}


_BODIES: dict[type, Callable[..., Body]] = {View: _view, Listing: _listing, Graph: _graph, Facts: _facts}
