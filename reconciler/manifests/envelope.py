"""Understands what stands around a spec: apiVersion, kind, target, lifecycle.

Takes a manifest and what is configured, gives kinds, targets and values, or what is wrong with it. Never looks into
the spec.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from reconciler.manifests.manifest import Manifest
from reconciler.manifests.problem import Problem
from reconciler.model import Body, IgnoreRule, Json, Kind, Lifecycle, Path, Target
from reconciler.paths import parse_path
from reconciler.schema import Kinds, did_you_mean, field_at

VERSION = "v1"
"""Of our schemas, for every system so far."""

LIFECYCLE = Lifecycle()


def find_kind(manifest: Manifest, kinds: Kinds) -> Kind | Problem:
    """Give the manifest's kind."""
    version, name = manifest.api_version, manifest.kind
    examples = [f"{system}/{VERSION}" for system in kinds.systems()]
    if not isinstance(version, str):
        hint = f"write `apiVersion: {examples[0]}`"
        return _misfit((), "`apiVersion` is missing" if version is None else "`apiVersion` is no text", hint)
    system, _, number = version.partition("/")
    if not kinds.knows(system):
        return _misfit(("apiVersion",), f"unknown system {system!r}", did_you_mean(version, examples))
    if number != VERSION:
        return _misfit(("apiVersion",), f"unknown version {version!r}", f"write `apiVersion: {system}/{VERSION}`")
    known = kinds.of(system)
    if not isinstance(name, str):
        return _misfit((), "`kind` is missing" if name is None else "`kind` is no text", did_you_mean("", known))
    if name not in known:
        return _misfit(("kind",), f"{system} has no kind {name!r}", did_you_mean(name, known))
    return kinds.get(system, name)


def find_target(manifest: Manifest, kind: Kind, targets: Mapping[str, Target]) -> Target | Problem:
    """Give the target that a manifest is for: the one it names, or the only one of its system."""
    name = manifest.metadata.get("target")
    fitting = [target for target in targets.values() if target.system == kind.system]
    if name is None:
        if len(fitting) == 1:
            return fitting[0]
        if not fitting:
            hint = f"add a target with `system: {kind.system}` to reconciler.yaml"
            return _misfit(("apiVersion",), f"no target of system {kind.system} is configured", hint)
        known = " or ".join(sorted(target.name for target in fitting))
        return _misfit(("metadata",), f"several targets hold {kind.system}", f"say which: `target: {known}`")
    place: Path = ("metadata", "target")
    found = targets.get(name) if isinstance(name, str) else None
    if found is None:
        known_names = sorted(target.name for target in fitting) or sorted(targets)
        return _misfit(place, f"no target {name!r} is configured", did_you_mean(str(name), known_names))
    if found.system != kind.system:
        hint = did_you_mean(name, sorted(target.name for target in fitting))
        return _misfit(place, f"target {name} holds {found.system}, not {kind.system}", hint)
    return found


def read_lifecycle(body: Body, kind: Kind) -> tuple[Lifecycle, list[Problem]]:
    """Give the lifecycle of valid metadata, and ignore rules that cannot mean anything."""
    found: Json = body.get("lifecycle")
    if not found:
        return LIFECYCLE, []
    rules, problems = [], []
    for index, rule in enumerate(found.get("ignore", ())):
        rules.append(IgnoreRule(rule["path"], rule.get("reason", ""), rule.get("until")))
        problems += _check_rule(rules[-1], ("metadata", "lifecycle", "ignore", index), kind)
    return Lifecycle(found.get("protect", False), found.get("onRemove", "delete"), tuple(rules)), problems


def _check_rule(rule: IgnoreRule, place: Path, kind: Kind) -> list[Problem]:
    problems = []
    if rule.until is not None:
        try:
            dt.date.fromisoformat(rule.until)
        except ValueError:
            problems.append(_misfit((*place, "until"), f"{rule.until!r} is no day", "write it as 2027-01-31"))
    try:
        path = parse_path(rule.path)
    except ValueError:
        return [*problems, _misfit((*place, "path"), f"{rule.path!r} is no path", "write it as `meta.description`")]
    for n in range(1, len(path) + 1):
        if field_at(kind.root, path[:n]) is None:
            around = field_at(kind.root, path[: n - 1])
            hint = did_you_mean(str(path[n - 1]), around.properties if around else ())
            return [*problems, _misfit((*place, "path"), f"{kind.name} has no field {rule.path!r}", hint)]
    return problems


def _misfit(path: Path, summary: str, hint: str) -> Problem:
    return Problem(path, summary, hint, "manifest.envelope")
