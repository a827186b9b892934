"""The story of a check: read the manifests, validate them, join them, ask what the systems' own rules say of them.

Takes settings, gives what is desired or every finding. Speaks to no server, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import cache

from reconciler import collector, manifests, providers, schema
from reconciler.errors import DiagnosticsError
from reconciler.model import Desired, Objection
from reconciler.settings import Settings, credentials


@cache
def kinds() -> schema.Kinds:
    """Give the kinds; each is read and compiled once, for the manifests and for the inventory."""
    return schema.load_kinds()


def check(settings: Settings, *, files: tuple[str, ...] = (), rev: str | None = None) -> Desired:
    """Load, validate and link the manifests; raise `ManifestError` or `GraphError` with every finding.

    Where `files` are named, findings in others are not reported, and the manifests of these alone are given.
    """
    folders = (settings.manifests, settings.overlays)
    with collector.paused():
        if not files:
            return checked(settings, manifests.load(settings.root, *folders, rev=rev))
        if rev is None and (found := _quickly_checked(settings, files)) is not None:
            return found
        loaded = manifests.load(settings.root, *folders, rev=rev, files=files)
        return _only(checked(settings, loaded), loaded.only)


def _quickly_checked(settings: Settings, files: tuple[str, ...]) -> Desired | None:
    """Check some files with those that have to do with them; None where there is a finding: then all must be read.

    What stands in others only decides how a finding is put, such as which name is the nearest.
    """
    systems = {target.system for target in settings.targets.values()}
    choose = manifests.chooser(kinds(), [system for system in systems if providers.rules_of(system) is None])
    folders = (settings.manifests, settings.overlays)
    try:
        loaded = manifests.load(settings.root, *folders, files=files, choose=choose)
        found = _only(checked(settings, loaded), loaded.only)
    except DiagnosticsError:
        return None
    return None if found.diagnostics else found


def _only(desired: Desired, files: Collection[str]) -> Desired:
    """Give what stands in some files, or in overlays in them."""
    places = {address: (r.source, *r.layers) for address, r in desired.resources.items()}
    kept = {address: r for address, r in desired.resources.items() if any(p.file in files for p in places[address])}
    return replace(desired, resources=kept, needs={address: desired.needs[address] for address in kept})


def checked(settings: Settings, loaded: manifests.Loaded) -> Desired:
    """Validate and link what was read, and ask the rules that the systems have beyond their schemas."""
    resources, warnings = manifests.check(loaded, kinds(), settings.targets)
    desired = manifests.link(loaded, resources, warnings)
    doubts = manifests.object_to(loaded, _objections(settings, desired))
    return replace(desired, diagnostics=(*desired.diagnostics, *doubts)) if doubts else desired


def _objections(settings: Settings, desired: Desired) -> Iterator[Objection]:
    """Ask the rules that the systems have beyond their schemas, target by target, and what no secret may be."""
    yield from credentials.objections(settings, desired.resources.values())
    for name in sorted({address.target for address in desired.resources}):
        rules = providers.rules_of(settings.targets[name].system)
        if rules is not None:
            yield from rules([r for address, r in desired.resources.items() if address.target == name])
