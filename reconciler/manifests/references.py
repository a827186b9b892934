"""Reads what manifests call each other: `name`, `Kind/name`, `target/Kind/name`.

Takes a text and what surrounds it, gives an address, or what is wrong with it. Never looks whether the address exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.manifests.problem import Problem
from reconciler.model import Address, Body, Path, Ref, RefTarget, Target
from reconciler.schema import Kinds, did_you_mean


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the meaning of a reference depends on: the target of the manifest, all targets, all kinds."""

    target: Target
    targets: Mapping[str, Target]
    kinds: Kinds
    known: dict[tuple[str, str | None, RefTarget], tuple[Address, str]] = field(default_factory=dict)
    """What references were read as before; thousands of manifests name the same few."""


def read_ref(path: Path, body: Body, allowed: RefTarget, near: Surroundings) -> Ref | Problem:
    """Give the edge that `{ref: ..}` means: without a target the manifest's own, without a kind the only one."""
    key = (body["ref"], body.get("field"), allowed)
    if key not in near.known:
        to = _read(("spec", *path), body["ref"], allowed, near)
        if isinstance(to, Problem):
            return to
        name = body.get("field", allowed.field)
        fields = near.kinds.get(near.target.system, to.kind).root.properties
        if "field" in body and name not in fields:
            place = ("spec", *path, "field")
            return _wrong(place, f"{to.kind} has no field {name!r}", did_you_mean(name, fields))
        near.known[key] = (to, name)
    return Ref(path, *near.known[key])


def _read(place: Path, text: str, allowed: RefTarget, near: Surroundings) -> Address | Problem:
    # The schema saw to the form, and to it that the kind is there where several are possible.
    to = _address(place, text if "/" in text else f"{allowed.kinds[0]}/{text}", near)
    if isinstance(to, Address) and near.targets[to.target].system != near.target.system:
        summary = f"target {to.target} holds {near.targets[to.target].system}, not {near.target.system}"
        return _wrong(place, summary, "write the other system's id as a literal")
    return to


def read_dependency(place: Path, text: str, near: Surroundings) -> Address | Problem:
    """Give the address that an item of `dependsOn` means."""
    to = _address(place, text, near)
    if isinstance(to, Problem):
        return to
    known = near.kinds.of(near.targets[to.target].system)
    if to.kind not in known:
        return _wrong(place, f"no kind is called {to.kind!r}", did_you_mean(to.kind, known))
    return to


def _address(place: Path, text: str, near: Surroundings) -> Address | Problem:
    *named, kind, name = text.split("/")
    target = near.targets.get(named[0]) if named else near.target
    if target is None:
        return _wrong(place, f"no target {named[0]!r} is configured", did_you_mean(named[0], sorted(near.targets)))
    return Address(target.name, kind, name)


def _wrong(place: Path, summary: str, hint: str) -> Problem:
    return Problem(place, summary, hint, "manifest.reference")
