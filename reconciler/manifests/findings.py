"""Makes diagnostics of problems: positions are looked up here, and only for what is reported.

Takes problems and the manifests that have them, gives sorted diagnostics with file, line and column. Never decides
what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.errors import ManifestError
from reconciler.manifests.locate import Positions
from reconciler.manifests.manifest import Loaded
from reconciler.manifests.problem import Problem
from reconciler.model import Address, Diagnostic, Kind, Objection, Path, Source
from reconciler.paths import format_path


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem of one manifest."""

    problem: Problem
    sources: tuple[Source, ...]
    """The manifest's document and the overlays in it."""
    kind: Kind | None = None
    address: Address | None = None


def diagnose(findings: Iterable[Finding], loaded: Loaded) -> tuple[Diagnostic, ...]:
    """Give the diagnostics in the order of files and lines.

    Where a person asked about some files only, the rest is left out.
    """
    positions = Positions(loaded.tree)
    return _in_order(_diagnostic(finding, positions) for finding in findings if _is_wanted(finding, loaded.only))


def object_to(loaded: Loaded, objections: Iterable[Objection]) -> tuple[Diagnostic, ...]:
    """Give the warnings among objections; raise ManifestError with all errors, if there are any."""
    found = [_finding(objection) for objection in objections]
    errors = diagnose([finding for finding in found if finding.problem.severity == "error"], loaded)
    if errors:
        raise refusal(errors)
    return diagnose(found, loaded)


def _finding(objection: Objection) -> Finding:
    resource = objection.resource
    path: Path = ("spec", *objection.path)
    problem = Problem(path, objection.summary, objection.hint, "manifest.rule", severity=objection.severity)
    return Finding(problem, (resource.source, *resource.layers), resource.kind, resource.address)


def unread(loaded: Loaded) -> tuple[Diagnostic, ...]:
    """Give the diagnostics of files and documents that could not be read."""
    only = loaded.only
    return tuple(d for d in loaded.diagnostics if not only or d.source is None or d.source.file in only)


def refusal(diagnostics: Iterable[Diagnostic]) -> ManifestError:
    """Make the error that carries all of them."""
    found = _in_order(diagnostics)
    files = len({diagnostic.source.file for diagnostic in found if diagnostic.source})
    what = "1 error" if len(found) == 1 else f"{len(found)} errors"
    where = f" in {files} files" if files > 1 else ""
    return ManifestError(f"the manifests are not valid: {what}{where}", found)


def _diagnostic(finding: Finding, positions: Positions) -> Diagnostic:
    problem = finding.problem
    source = positions.find(finding.sources, problem.path, finding.kind, problem.at)
    summary = f"{format_path(problem.path)}: {problem.summary}" if problem.path else problem.summary
    detail = f"the other one is at {problem.other}" if problem.other else ""
    place = format_path(problem.path)
    return Diagnostic(problem.severity, summary, detail, problem.hint, finding.address, source, problem.code, place)


def _is_wanted(finding: Finding, only: frozenset[str]) -> bool:
    places = (*finding.sources, finding.problem.other)
    return not only or any(place is not None and place.file in only for place in places)


def _in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(dict.fromkeys(diagnostics), key=lambda d: (d.source or Source(""), d.summary)))
