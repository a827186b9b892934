"""Turns manifests into resources, or into every diagnostic there is.

Takes what was read, the kinds and the targets, gives validated resources and warnings. Never stops at the first
mistake, and explains or looks up positions only for what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reconciler import schema
from reconciler.manifests import contents, envelope, graph, mentions, places, previous
from reconciler.manifests.findings import Finding, diagnose, refusal, unread
from reconciler.manifests.manifest import Loaded, Manifest
from reconciler.manifests.places import Found, Place
from reconciler.manifests.problem import Problem
from reconciler.manifests.references import Surroundings
from reconciler.model import Address, Body, Diagnostic, Json, Kind, Path, Ref, Resource, Target
from reconciler.schema import Kinds, field_at

_NO_LABELS: Mapping[str, str] = {}
_METADATA = ("name", "target", "labels", "dependsOn", "lifecycle", "previousNames")
_LIFECYCLE = ("protect", "onRemove", "ignore", "path", "reason", "until")
_ENVELOPE = frozenset(["apiVersion", "kind", "metadata", "spec", *_METADATA, *_LIFECYCLE])


def check(
    loaded: Loaded, kinds: Kinds, targets: Mapping[str, Target]
) -> tuple[tuple[Resource, ...], tuple[Diagnostic, ...]]:
    """Give the resources and the warnings; raise ManifestError with all diagnostics of all files."""
    loaded.tree.prefetch(lambda: _files_named([manifest.document for manifest in loaded.manifests]))
    run = _Check(loaded, kinds, targets)
    made = [resource for manifest in loaded.manifests if (resource := run.resource(manifest)) is not None]
    resources, unnamed = mentions.linked(made)
    found = [*run.errors, *graph.find_dangling(resources, run.declared), *unnamed]
    errors = diagnose([*found, *previous.find_clashes(resources, run.declared)], loaded)
    if errors or unread(loaded):
        raise refusal([*unread(loaded), *errors, *diagnose(graph.find_cycles(resources), loaded)])
    return tuple(resources), diagnose(run.warnings, loaded)


@dataclass(frozen=True, slots=True)
class _Rules:
    """What is known of a kind, looked up once."""

    kind: Kind
    is_valid: Callable[[Json], bool]
    places: Place | None
    fallback: str | None


class _Check:
    """One run over all manifests."""

    def __init__(self, loaded: Loaded, kinds: Kinds, targets: Mapping[str, Target]) -> None:
        self.errors: list[Finding] = []
        self.warnings: list[Finding] = []
        self.declared: dict[Address, Manifest] = {}
        self._kinds = kinds
        self._targets = targets
        self._texts = contents.Texts(loaded.tree, targets.values())
        self._rules: dict[tuple[str, str], _Rules] = {}
        self._surroundings: dict[tuple[str, str | None], Surroundings] = {}
        self._identities: dict[tuple[str, str, tuple[str, ...]], Manifest] = {}

    def resource(self, manifest: Manifest) -> Resource | None:
        """Give the resource that a valid manifest declares; note what is wrong with it otherwise."""
        rules = self._rules_of(manifest)
        if isinstance(rules, Problem):
            self._note([rules], manifest, None, None)
            return None
        problems: list[Problem] = []
        near = self._near(manifest, rules.kind, problems)
        address = self._declare(manifest, rules.kind, near, problems)
        document, found = _prepare(manifest, rules, problems)
        if found.texts:
            document = self._texts.inline(document, found, problems)
        if found.is_remarkable:
            problems += contents.judge(found, rules.kind, document["spec"])
        resource = None
        if not rules.is_valid(document):
            problems += _explain(rules.kind, document, problems)
        elif near is not None and address is not None:
            resource = self._make(manifest, rules, near, address, document["spec"], found, problems)
        if problems:
            self._note(problems, manifest, rules.kind, address)
            return resource if all(problem.severity == "warning" for problem in problems) else None
        return resource

    def _rules_of(self, manifest: Manifest) -> _Rules | Problem:
        key = (manifest.api_version, manifest.kind)
        if isinstance(key[0], str) and isinstance(key[1], str) and key in self._rules:
            return self._rules[key]
        kind = envelope.find_kind(manifest, self._kinds)
        if isinstance(kind, Problem):
            return kind
        rules = _Rules(kind, schema.compiled(kind), places.compile_places(kind.root), schema.fallback_identity(kind))
        return self._rules.setdefault(key, rules)

    def _near(self, manifest: Manifest, kind: Kind, problems: list[Problem]) -> Surroundings | None:
        name = manifest.metadata.get("target")
        key = (kind.system, name if isinstance(name, str) else None)
        if key not in self._surroundings or key[1] != name:
            target = envelope.find_target(manifest, kind, self._targets)
            if isinstance(target, Problem):
                problems.append(target)
                return None
            self._surroundings[key] = Surroundings(target, self._targets, self._kinds)
        return self._surroundings[key]

    def _declare(
        self, manifest: Manifest, kind: Kind, near: Surroundings | None, problems: list[Problem]
    ) -> Address | None:
        name = manifest.metadata.get("name")
        if near is None or not isinstance(name, str):
            return None
        address = Address(near.target.name, kind.name, name)
        other = self.declared.setdefault(address, manifest)
        if other is not manifest:
            hint = "rename one, or merge them into one"
            problems.append(_duplicate(("metadata", "name"), f"{address} is declared twice", hint, other))
        return address

    def _make(
        self,
        manifest: Manifest,
        rules: _Rules,
        near: Surroundings,
        address: Address,
        spec: Body,
        found: Found,
        problems: list[Problem],
    ) -> Resource:
        kind, metadata = rules.kind, manifest.metadata
        refs = contents.read_refs(found, near, problems) if found.refs else ()
        problems += self._claim_identity(manifest, kind, address, spec, refs)
        lifecycle = envelope.LIFECYCLE
        if "lifecycle" in metadata:
            lifecycle, misfits = envelope.read_lifecycle(metadata, kind)
            problems += misfits
        return Resource(
            address=address,
            kind=kind,
            spec=spec,
            source=manifest.source,
            refs=refs,
            secrets=self._texts.read_secrets(found, problems) if found.secrets else (),
            depends_on=contents.read_depends_on(metadata, near, problems) if "dependsOn" in metadata else (),
            parent=_parent(kind, refs) if kind.parent is not None else None,
            labels=metadata.get("labels", _NO_LABELS),
            lifecycle=lifecycle,
            previous_names=tuple(metadata.get("previousNames", ())),
            layers=manifest.layers,
        )

    def _claim_identity(
        self, manifest: Manifest, kind: Kind, address: Address, spec: Body, refs: tuple[Ref, ...]
    ) -> list[Problem]:
        named = {ref.path[0]: str(ref.to) for ref in refs if ref.path[0] in kind.identity}
        identity = tuple([named.get(name) or str(spec.get(name)) for name in kind.identity])
        other = self._identities.setdefault((address.target, kind.name, identity), manifest)
        if other is manifest or self.declared[address] is not manifest:
            return []
        if kind.singleton:
            which = "".join(f" {value!r}" for value in identity)
            summary, hint = f"a second {kind.name}{which} on {address.target}", "a target has one of it: merge them"
            return [_duplicate(("kind",), summary, hint, other)]
        shown = ", ".join(f"{name} {value!r}" for name, value in zip(kind.identity, identity, strict=True))
        summary = f"two manifests declare the {kind.name} on {address.target} with {shown}"
        return [_duplicate(("spec", kind.identity[-1]), summary, "keep one of them", other)]

    def _note(self, problems: list[Problem], manifest: Manifest, kind: Kind | None, address: Address | None) -> None:
        sources = (manifest.source, *manifest.layers)
        for problem in problems:
            noted = self.errors if problem.severity == "error" else self.warnings
            noted.append(Finding(problem, sources, kind, address))


def _prepare(manifest: Manifest, rules: _Rules, problems: list[Problem]) -> tuple[Body, Found]:
    """Give the document with names for aliases and `metadata.name` for a missing identity, and what stands in it."""
    spec, found = manifest.spec, Found()
    if not isinstance(spec, dict):
        return manifest.document, found
    if rules.places is not None:
        places.find(rules.places, spec, (), found)
        if found.spellings:
            spec, found = places.rename(rules.places, spec), Found()
            places.find(rules.places, spec, (), found)
    for key in rules.kind.identity:
        if key in spec and spec[key] is None:
            hint = f"leave `{key}` out: it is then metadata.name" if key == rules.fallback else "write its value"
            problems.append(Problem(("spec", key), "null where a value identifies the object", hint))
    name = manifest.metadata.get("name")
    if rules.fallback is not None and rules.fallback not in spec and isinstance(name, str):
        spec = {rules.fallback: name, **spec}
    return manifest.document if spec is manifest.spec else {**manifest.document, "spec": spec}, found


def _explain(kind: Kind, document: Body, noted: list[Problem]) -> list[Problem]:
    """Give what the schema has against a document, but for what was noted already."""
    problems = []
    for path, summary, hint in schema.explain_errors(kind, document):
        if not any(path[: len(known.path)] == known.path for known in noted if known.severity == "error"):
            problems.append(Problem(path, summary, hint, at="key" if _is_unknown(kind, path) else "value"))
    return problems


def _is_unknown(kind: Kind, path: Path) -> bool:
    if path[:1] == ("spec",):
        return field_at(kind.root, path[1:]) is None
    return bool(path) and isinstance(path[-1], str) and path[-1] not in _ENVELOPE


def _duplicate(path: Path, summary: str, hint: str, other: Manifest) -> Problem:
    return Problem(path, summary, hint, "manifest.duplicate", other=other.source)


def _parent(kind: Kind, refs: tuple[Ref, ...]) -> Address | None:
    """Give the manifest that the object lives in; None where a literal names an object that no manifest declares."""
    return next((ref.to for ref in refs if ref.to.kind == kind.parent and ref.path[0] in kind.identity), None)


def _files_named(value: Json) -> list[str]:
    """Give every path in a mapping that looks like `{file: path}`."""
    if isinstance(value, list):
        return [path for item in value for path in _files_named(item)]
    if not isinstance(value, dict):
        return []
    if len(value) == 1 and isinstance(value.get("file"), str):
        return [value["file"]]
    return [path for item in value.values() for path in _files_named(item)]
