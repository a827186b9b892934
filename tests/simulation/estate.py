"""What the people of a simulated world declare: manifests of several systems, made from the conformance cases' values.

Takes dice, gives documents and the changes that people make to them. Knows no server.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from reconciler import schema
from tests.conformance.bodies import lacking, laid
from tests.conformance.registry import SYSTEMS
from tests.conformance.subjects import At, Body, Subject, System, Variant
from tests.simulation.wire import CANARY

KINDS = schema.load_kinds()
NAMES = ("it", "other")
"""What the objects under test are called; the cases' values know these names."""
SECRETS = {("runtype", "ProviderKey"): "apiKey", ("xagent", "Model"): "api_key"}
"""Where an object has a secret, which a manifest takes from the environment."""
_SYSTEMS = {system.name: system for system in SYSTEMS}


class Place(NamedTuple):
    """An address of the world: a target bears the name of its system."""

    target: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Corner:
    """One system of the world, its version, and the kinds that people work on there."""

    system: System
    variant: Variant
    subjects: tuple[Subject, ...]

    def subject(self, kind: str) -> Subject | None:
        """Give what is known of a kind."""
        return next((s for s in self.system.subjects(self.variant) if s.kind == kind), None)

    @property
    def listed(self) -> tuple[Subject, ...]:
        """Every kind whose objects come and go."""
        return tuple(s for s in self.system.subjects(self.variant) if not s.is_singleton)


@dataclass(slots=True)
class Declared:
    """The manifests as they stand now."""

    corners: Mapping[str, Corner]
    specs: dict[Place, Body] = field(default_factory=dict)
    previous: dict[Place, tuple[str, ...]] = field(default_factory=dict)

    def copy(self) -> Declared:
        """Give what a commit keeps."""
        return Declared(self.corners, dict(self.specs), dict(self.previous))

    def documents(self) -> list[Body]:
        """Give the documents, in order."""
        return [self._document(place) for place in sorted(self.specs)]

    def _document(self, place: Place) -> Body:
        before = self.previous.get(place)
        meta: Body = {"name": place.name, "target": place.target}
        if before:
            meta["previousNames"] = list(before)
        return {"apiVersion": f"{place.target}/v1", "kind": place.kind, "metadata": meta, "spec": self.specs[place]}

    def declare(self, place: Place, spec: Body) -> None:
        """Declare an object and all that it leans on, if no other manifest means one of these already."""
        subject = self.corners[place.target].subject(place.kind)
        named = {Place(place.target, m.kind, m.name): m.spec for m in (subject.support if subject else ())}
        specs = {p: self._identified(p, s) for p, s in (named | {place: spec}).items() if p not in self.specs}
        before = dict(self.specs)
        self.specs |= specs
        meant = [(*p[:2], self.identity(p)) for p in self.specs]
        if len(set(meant)) < len(meant):
            self.specs = before

    def change(self, place: Place, spec: Body) -> None:
        """Change a manifest; whom it means stays."""
        subject, old = self.corners[place.target].subject(place.kind), self.specs[place]
        kept = {name: value for name, value in old.items() if subject is not None and name == subject.identity}
        self.specs[place] = {**self._identified(place, spec), **kept}
        if not self.needs(place) <= self.specs.keys():  # what it would lean on was removed or renamed
            self.specs[place] = old

    def _identified(self, place: Place, spec: Body) -> Body:
        subject = self.corners[place.target].subject(place.kind)
        secret = SECRETS.get((place.target, place.kind))
        if secret is not None:
            spec = {**spec, secret: {"env": f"SECRET_{place.target}".upper()}}
        if subject is None or subject.identity is None or subject.identity in spec:
            return spec
        falls_back = schema.fallback_identity(KINDS.get(place.target, place.kind)) == subject.identity
        named = subject.named(place.name)
        return spec if falls_back and named == place.name else {subject.identity: named, **spec}

    def identity(self, place: Place) -> str:
        """Give the name that an object bears on its server."""
        subject = self.corners[place.target].subject(place.kind)
        if subject is None or subject.identity is None:
            return ""
        return str(self.specs[place].get(subject.identity, place.name))

    def remove(self, place: Place) -> None:
        """Remove a manifest, and all that would point to nothing then."""
        if self.specs.pop(place, None) is None:
            return
        self.previous.pop(place, None)
        for other in [p for p in self.specs if place in self.needs(p)]:
            self.remove(other)

    def needs(self, place: Place) -> set[Place]:
        """Give what the references of a manifest name, read without a line of the product."""
        found = set()
        for ref in _refs(self.specs[place]):
            kind, _, name = ref.rpartition("/")
            found.add(Place(place.target, kind or place.kind, name))
        return found

    def movable(self) -> list[Place]:
        """Give the objects that people change: not those that others merely lean on."""
        worked = {(name, subject.kind) for name, corner in self.corners.items() for subject in corner.subjects}
        return [place for place in sorted(self.specs) if place[:2] in worked and place.name in (*NAMES, "moved")]


def draw_corners(dice: random.Random) -> dict[str, Corner]:
    """Choose one to three systems, a version of each, and one or two kinds."""
    chosen = sorted(dice.sample(sorted(_SYSTEMS), dice.choice((1, 1, 1, 2, 2, 3))))
    corners = {}
    for name in chosen:
        system = _SYSTEMS[name]
        variant = dice.choice([v for v in system.variants if v.prefix is None])
        known = list(system.subjects(variant))
        subjects = dice.sample(known, min(len(known), dice.choice((1, 2, 2))))
        corners[name] = Corner(system, variant, tuple(subjects))
    return corners


def first_manifests(corners: Mapping[str, Corner], dice: random.Random) -> Declared:
    """Declare some objects of every kind that people work on, and sometimes what leans on them."""
    declared = Declared(corners)
    for target, corner in corners.items():
        for subject in corner.subjects:
            for name in NAMES[: 1 if subject.identity is None else dice.choice((1, 2))]:
                declared.declare(Place(target, subject.kind, name), dice.choice((subject.base, subject.plain)))
    for target, corner in corners.items():
        for subject in corner.subjects:
            lean_on(declared, target, subject, dice)
    return declared


def lean_on(declared: Declared, target: str, subject: Subject, dice: random.Random) -> None:
    """Declare what leans on an object, sometimes; there may be but one of its kind."""
    if subject.dependent is None or dice.random() < 0.5 or Place(target, subject.kind, "it") not in declared.specs:
        return
    leaning = subject.dependent.manifest
    kind = declared.corners[target].subject(leaning.kind)
    alone = kind is not None and kind.is_singleton
    if not (alone and any(place[:2] == (target, leaning.kind) for place in declared.specs)):
        declared.declare(Place(target, leaning.kind, leaning.name), _qualified(leaning.spec, subject.kind))


def _qualified(spec: Any, kind: str) -> Any:
    """Give a spec whose references say of which kind they are."""
    if isinstance(spec, dict) and isinstance(spec.get("ref"), str):
        return spec if "/" in spec["ref"] else {**spec, "ref": f"{kind}/{spec['ref']}"}
    if isinstance(spec, dict):
        return {key: _qualified(value, kind) for key, value in spec.items()}
    return [_qualified(item, kind) for item in spec] if isinstance(spec, list) else spec


def edited(subject: Subject, spec: Body, dice: random.Random) -> Body:
    """Give a spec with one field or all of them changed, or without one."""
    changes: At = subject.changed
    way = dice.choice(("all", "one", "stepped", "base", "removed", "back"))
    if way in ("base", "back"):
        return {**spec, **subject.base}
    if way == "removed":
        gone = [path for path in subject.removed if dice.random() < 0.5]
        return lacking({**spec, **subject.base}, gone)
    if way == "stepped":
        return laid({**spec, **subject.base}, subject.stepped)
    if way == "one" and changes:
        path = dice.choice(sorted(changes))
        changes = {path: changes[path]}
    return laid({**spec, **subject.base}, changes)


def visible(spec: Any) -> Any:
    """Give a spec without what no read shows: the values of secrets."""
    if isinstance(spec, dict):
        return {key: visible(value) for key, value in spec.items() if not _is_source(value)}
    return [visible(item) for item in spec] if isinstance(spec, list) else spec


def secrets_of(corners: Mapping[str, Corner], turn: int) -> dict[str, str]:
    """Give the environment: a credential and a secret for each system, each with the word that must not get out."""
    word = CANARY.decode()
    found = {}
    for name in corners:
        found[f"TOKEN_{name}".upper()] = f"{word}-{name}-token-0123456789"
        found[f"SECRET_{name}".upper()] = f"{word}-{name}-secret-{turn}-0123456789"
    return found


def _is_source(value: Any) -> bool:
    return isinstance(value, dict) and set(value) in ({"env"}, {"file"})


def _refs(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("ref"), str):
            yield value["ref"]
        for part in value.values():
            yield from _refs(part)
    elif isinstance(value, list):
        for part in value:
            yield from _refs(part)
