"""Knows which module speaks to which system, and connects the targets of a run.

Takes targets, gives a provider for each, and the rules that systems have beyond their schemas. Imports a system's
module only where a target needs it, and never sends anything: a target that cannot be reached or authenticated says so
when it is first asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from reconciler import extensions
from reconciler.errors import SettingsError
from reconciler.model import Objection, Resource, Target

if TYPE_CHECKING:
    import httpx

    from reconciler.providers.base import Provider
    from reconciler.providers.pace import Clock
    from reconciler.providers.rest import RestProvider

Rules: TypeAlias = Callable[[Sequence[Resource]], Iterable[Objection]]
"""Judges the manifests of one target by what they say together, without any network."""


class Spoken(NamedTuple):
    """Where a system's code is: a module with its provider, and one with a function `judge` if it has rules."""

    module: str
    provider: str
    rules: str = ""


SYSTEMS: Mapping[str, Spoken] = {
    "launchdarkly": Spoken(
        "reconciler.providers.launchdarkly.provider", "LaunchDarkly", "reconciler.providers.launchdarkly.rules"
    ),
    "openwebui": Spoken("reconciler.providers.openwebui", "OpenWebUI"),
    "respan": Spoken("reconciler.providers.respan.provider", "Respan", "reconciler.providers.respan.rules"),
    "runtype": Spoken("reconciler.providers.runtype.provider", "Runtype", "reconciler.providers.runtype.rules"),
    "xagent": Spoken("reconciler.providers.xagent.provider", "Xagent", "reconciler.providers.xagent.rules"),
}


def connect(
    targets: Mapping[str, Target],
    root: Path,
    note: str = "",
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    clock: Clock | None = None,
) -> dict[str, Provider]:
    """Give a provider per target; credentials are read now, and a missing one is told by `identify`.

    `note` is the git commit, kept by systems that keep a history; credential files count from `root`. `transport` and
    `clock` stand in for the network and for time, in tests and for a sandbox in the same process.
    """
    from reconciler.providers import credential
    from reconciler.providers.pace import Clock

    def open_one(target: Target) -> Provider:
        brought = extensions.find(target.system) if target.system not in SYSTEMS else None
        if brought is not None:
            provider: Provider = brought.connect(target, root, note)
            return provider
        system = _provider(target)
        login = credential.read(target, root, system.login)
        return system(target, login, note=note, transport=transport, clock=clock or Clock())

    return {name: open_one(target) for name, target in targets.items()}


def _provider(target: Target) -> type[RestProvider]:
    if target.system not in SYSTEMS:
        near = get_close_matches(target.system, SYSTEMS, n=1)
        raise SettingsError(
            f"{target.name}: there is no system {target.system!r}",
            hint=f"did you mean {near[0]}?" if near else f"one of: {', '.join(SYSTEMS)}",
        )
    spoken = SYSTEMS[target.system]
    provider: type[RestProvider] = getattr(import_module(spoken.module), spoken.provider)
    return provider


def rules_of(system: str) -> Rules | None:
    """Give the rules that a system has beyond its schemas, or None; a package of its own calls them `judge` too."""
    if system in SYSTEMS:
        module = SYSTEMS[system].rules
        found: Rules | None = import_module(module).judge if module else None
    else:
        found = getattr(extensions.find(system), "judge", None)
    return found
