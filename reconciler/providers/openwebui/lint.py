"""Warns of models that Open WebUI stores as declared, and that then do not work for the people they are meant for.

Takes the desired models of one target and what is live, gives one warning per rule and cause, never one per model.
Pure but for the directory's names: asks no server, and never says that anything is an error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.errors import ProviderError
from reconciler.model import Address, Body, Desired, Diagnostic, Json, Observed, Resource
from reconciler.providers.openwebui.names import EVERYBODY, Directory, Names

NO_ROW_SINCE = (0, 11)
"""From here on a preset whose base has no row is refused to ordinary users (matrix of 0.6.43 to 0.12.4, observed)."""
UNREADABLE_SINCE = (0, 9)
_SHOWN = 3

_PUBLIC = ("user", EVERYBODY)

Principal = tuple[str, str]
"""(user or group, id); a group that is not made yet has the text of its reference instead of an id."""


@dataclass(frozen=True, slots=True)
class Survey:
    """The models of one target as they will be after the run."""

    target: str
    declared: Mapping[str, Resource]
    """Model id → manifest."""
    live: Mapping[str, Body]
    desired: Mapping[Address, Resource]
    groups: Names | None
    users: Names | None
    live_groups: Mapping[str, tuple[str, ...]]
    """Name → ids of live groups."""
    seen: dict[tuple[Json, ...], Principal] = field(default_factory=dict)

    def value(self, model_id: str, name: str) -> Json:
        """Give a field of a model after the run: declared, else live."""
        resource = self.declared.get(model_id)
        value = resource.spec.get(name) if resource is not None else None
        return self.live.get(model_id, {}).get(name) if value is None else value

    def principals(self, model_id: str, permission: str) -> frozenset[Principal]:
        """Give who holds a permission on a model after the run."""
        grants = self.value(model_id, "access_grants") or ()
        return frozenset(self._principal(grant) for grant in grants if grant.get("permission") == permission)

    def _principal(self, grant: Body) -> Principal:
        sort, who = str(grant.get("principal_type")), grant.get("principal_id")
        key = (sort, who.get("ref")) if isinstance(who, dict) else (sort, who)
        if key not in self.seen:
            self.seen[key] = (sort, self._id_of(sort, who))
        return self.seen[key]

    def _id_of(self, sort: str, who: Json) -> str:
        if isinstance(who, dict):
            name = str(who.get("ref")).rpartition("/")[2]
            manifest = self.desired.get(Address(self.target, "Group", name))
            ids = self.live_groups.get(manifest.spec.get("name", name) if manifest is not None else name, ())
            return ids[0] if len(ids) == 1 else f"ref {name}"
        names = self.groups if sort == "group" else self.users
        ids = names.bearers(str(who)) if names is not None else ()
        return ids[0] if len(ids) == 1 else str(who)


def survey(target: str, desired: Desired, observed: Observed, directory: Directory) -> Survey | None:
    """Gather what the rules look at, or None where the target's models were not read."""
    rows = observed.live.get((target, "Model"))
    if rows is None:
        return None
    groups: dict[str, tuple[str, ...]] = {}
    for live in observed.live.get((target, "Group"), ()):
        name = str(live.body.get("name"))
        groups[name] = (*groups.get(name, ()), live.id)
    return Survey(
        target,
        {
            str(resource.spec.get("id")): resource
            for address, resource in desired.resources.items()
            if address.target == target and address.kind == "Model"
        },
        {live.id: live.body for live in rows},
        desired.resources,
        directory.groups.known,
        directory.users.known,
        groups,
    )


# --- the rules ------------------------------------------------------------------------------------


def unreadable_bases(here: Survey, version: tuple[int, ...]) -> list[Diagnostic]:
    """Warn of shared presets whose base no ordinary user may use, one warning per base and cause."""
    if version < UNREADABLE_SINCE:
        return []
    causes: dict[tuple[str, str], list[str]] = {}
    public: dict[str, bool] = {}  # most presets share few bases, and most bases are public
    for model_id, resource in here.declared.items():
        base = _base_of(here, resource)
        if base is None:
            continue
        if base not in public:
            public[base] = _why_unreadable(here, base, frozenset({_PUBLIC})) is None
        if public[base]:
            continue
        readers = here.principals(model_id, "read")
        cause = _why_unreadable(here, base, readers) if readers else None
        if cause is not None and (cause != _NO_ROW or version >= NO_ROW_SINCE):
            causes.setdefault((base, cause), []).append(resource.address.name)
    return [
        warning(
            "lint.base-not-readable",
            f"{here.target}: {_models(names)} shared, but ordinary users cannot use the base {base}: {cause}",
            f"declare a Model with `id: {base}`, no base_model_id, and read grants for the same groups or users",
        )
        for (base, cause), names in causes.items()
    ]


def writes_without_reads(here: Survey) -> list[Diagnostic]:
    """Warn of grants that let people change a model that they can neither list nor use."""
    names = [
        resource.address.name
        for model_id, resource in here.declared.items()
        if _writes(resource) and not _read_by_all(here, model_id)
    ]
    if not names:
        return []
    return [
        warning(
            "lint.write-without-read",
            f"{here.target}: {_models(names)} granted to somebody to write but not to read: "
            "they can change it, and neither find nor use it",
            "add a grant with `permission: read` for each principal that has `permission: write`",
        )
    ]


def unknown_bases(here: Survey) -> dict[str, list[str]]:
    """Give literal bases that are neither a row nor declared → the manifests that name them."""
    found: dict[str, list[str]] = {}
    for resource in here.declared.values():
        base = resource.spec.get("base_model_id")
        if isinstance(base, str) and base and base not in here.live and base not in here.declared:
            found.setdefault(base, []).append(resource.address.name)
    return found


def unanswered_bases(here: Survey, bases: Mapping[str, Sequence[str]]) -> list[Diagnostic]:
    """Warn of bases that no row, no manifest and no provider of the server answers to."""
    return [
        warning(
            "lint.base-unknown",
            f"{here.target}: {_models(names)} based on {base}, and nothing answers to that id",
            "check the spelling of base_model_id, and that the connection or function that serves it is enabled",
        )
        for base, names in bases.items()
    ]


def unchecked(here: Survey, bases: Mapping[str, Sequence[str]], error: ProviderError) -> Diagnostic:
    """Say that the server could not be asked which models its providers serve."""
    return warning(
        "lint.base-unchecked",
        f"{here.target}: could not check whether anything answers to {some(list(bases))}: {error.message}",
        "look whether the server's model providers are reachable",
    )


# --- small facts --------------------------------------------------------------------------------

_NO_ROW = "it has no row of its own"


def _base_of(here: Survey, resource: Resource) -> str | None:
    base = resource.spec.get("base_model_id")
    if isinstance(base, dict):
        to = next((ref.to for ref in resource.refs if ref.path == ("base_model_id",)), None)
        manifest = here.desired.get(to) if to is not None else None
        return str(manifest.spec.get("id")) if manifest is not None else None
    if base is None:
        base = here.live.get(str(resource.spec.get("id")), {}).get("base_model_id")
    return base or None


def _why_unreadable(here: Survey, base: str, readers: frozenset[Principal]) -> str | None:
    if base not in here.declared and base not in here.live:
        return _NO_ROW
    if here.value(base, "is_active") is False:
        return "its row is not active"
    allowed = here.principals(base, "read")
    if _PUBLIC in allowed:
        return None
    if not allowed:
        return "its row has no read grant"
    if _PUBLIC in readers:
        return "they are shared with everybody, its row is not"
    groups = {who for who in readers if who[0] == "group"}
    return None if groups <= allowed else "its row has no read grant for the same groups"


def _writes(resource: Resource) -> bool:
    return any(grant.get("permission") == "write" for grant in resource.spec.get("access_grants") or ())


def _read_by_all(here: Survey, model_id: str) -> bool:
    readers = here.principals(model_id, "read")
    return _PUBLIC in readers or here.principals(model_id, "write") <= readers


def _models(names: Sequence[str]) -> str:
    return f"{some(names)} {'is' if len(names) == 1 else 'are'}"


def some(names: Sequence[str]) -> str:
    """Name a few, and count the rest."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def warning(code: str, summary: str, hint: str) -> Diagnostic:
    """Give a warning about a target."""
    return Diagnostic("warning", summary, hint=hint, code=code)
