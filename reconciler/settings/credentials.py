"""Keeps what Reconciler itself signs in with out of the hands of manifests.

Takes settings and resources, gives an objection for each secret of a manifest that is taken from where the settings
take a credential: who may change a manifest could send it to a platform of their own. Never reads a secret.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from reconciler.model import Objection, Resource, ValueSource
from reconciler.settings.values import Settings

_OWN_PREFIX = "RECONCILER_"
"""Of the variables that Reconciler and its pipelines read: where to notify, and who writes the note."""


def objections(settings: Settings, resources: Iterable[Resource]) -> Iterator[Objection]:
    """Object to every secret of a manifest that is a credential of the settings."""
    owners = _owners(settings)
    for resource in resources:
        for place in resource.secrets:
            owner = owners.get(_place(settings, place.source))
            if owner is None and place.source.scheme == "env" and str(place.source.value).startswith(_OWN_PREFIX):
                owner = "Reconciler itself"
            if owner is not None:
                summary = f"`{place.source.value}` is the credential of {owner}, and no manifest may send it"
                hint = "keep the platform's own secret in a variable or file of its own, and name that"
                yield Objection(resource, place.path, summary, hint)


def _owners(settings: Settings) -> dict[tuple[str, str], str]:
    options = settings.inventory.options.values()
    found = {_place(settings, option): "the inventory" for option in options if isinstance(option, ValueSource)}
    for name, target in settings.targets.items():
        if target.auth is not None:
            found[_place(settings, target.auth.secret)] = f"the target {name}"
    return found


def _place(settings: Settings, source: ValueSource) -> tuple[str, str]:
    """Give a source so that two spellings of one file are one."""
    if source.scheme == "file":
        return source.scheme, os.path.realpath(settings.root / str(source.value))
    return source.scheme, str(source.value)
