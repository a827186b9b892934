"""Says what the manifests would have to say for drift to be no drift.

Takes what a plan was made from and what drifted, gives a wish per field: the value that is live, in the words of
manifests. What cannot be accepted is refused with words. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from reconciler import redact
from reconciler.errors import ManifestError
from reconciler.model import (
    Address,
    Desired,
    Diagnostic,
    DriftItem,
    Field,
    Json,
    ListType,
    Live,
    Path,
    Plan,
    Ref,
    RefTarget,
    Resource,
)
from reconciler.paths import format_path, parse_path, value_at
from reconciler.planning import refs
from reconciler.planning.canonical import child_field, field_at, item_field, matches, restrict, same
from reconciler.planning.removals import going_back
from reconciler.planning.work import Decision


@dataclass(frozen=True, slots=True)
class Wish:
    """A field of a manifest, what it means now, and what it should mean."""

    resource: Resource
    path: Path
    wanted: Json
    """With references resolved; None where the manifest does not set it."""
    live: Json
    removed: bool = False
    """The key should go: nothing is live, and the field takes no null."""


def wishes(
    drift: Iterable[DriftItem], decisions: Mapping[Address, Decision], lives: Mapping[Address, Live]
) -> tuple[list[Wish], list[Diagnostic]]:
    """Give a wish for each drifted field, and a refusal for each that no manifest can take in."""
    found: list[Wish] = []
    refused: list[Diagnostic] = []
    for item in drift:
        decision = decisions[item.address]
        reason = _obstacle(item, decision)
        if reason:
            refused.append(refusal(item.address, item.path, reason, decision.resource))
        elif decision.resource is not None and decision.live is not None:
            found.append(_wish(decision.resource, decision.live, decision.want, parse_path(item.path), lives))
    return found, refused


def refusal(address: Address, path: str, reason: str, resource: Resource | None) -> Diagnostic:
    """Say why a field is not accepted."""
    source = resource.source if resource is not None else None
    where = f"{path} of {address}" if path else str(address)
    hint = "edit the manifest by hand, or put it back: `reconciler apply --only-drift`"
    return Diagnostic("warning", f"{where} is not accepted: {reason}", "", hint, address, source, "accept.refused")


def _obstacle(item: DriftItem, decision: Decision) -> str:
    if decision.resource is None:
        return "no manifest declares it any more"
    if not item.path or decision.live is None:
        return "it was deleted on the server; delete its manifest if that is right"
    field = field_at(decision.resource.kind.root, parse_path(item.path))
    if redact.is_sensitive(field) or redact.holds_secrets(field):
        return "it holds a secret; change that where the secret is kept"
    path, kind = parse_path(item.path), decision.resource.kind
    if value_at(decision.live.body, path) is None and _loses_key(field) and going_back(kind, path) is None:
        return "it is not set on the server, and has no default that a manifest could leave it to"
    return ""


def _loses_key(field: Field) -> bool:
    """Say whether a field that is not live leaves the manifest, since no null is meant for it."""
    return "null" not in field.types


def _wish(resource: Resource, live: Live, want: Json, path: Path, lives: Mapping[Address, Live]) -> Wish:
    field, held, wanted = field_at(resource.kind.root, path), value_at(live.body, path), value_at(want, path)
    if held is None:
        return Wish(resource, path, wanted, None, removed=_loses_key(field))
    new = taken(wanted, held, field)
    if isinstance(new, str) and isinstance(wanted, str):
        new, wanted = _unresolved(new, resource, path, lives), _unresolved(wanted, resource, path, lives)
    return Wish(resource, path, wanted, new)


def _unresolved(text: str, resource: Resource, path: Path, lives: Mapping[Address, Live]) -> str:
    """Give a text with the references inside it as the manifest writes them."""
    for ref in resource.refs:
        if ref.path == path and ref.inside is not None and ref.to in lives:
            sent = ref.inside[1].replace(refs.PLACEHOLDER, str(refs.live_value(ref, lives[ref.to])))
            text = text.replace(sent, ref.inside[0])
    return text


def namer(desired: Desired, lives: Mapping[Address, Live]) -> Callable[[Resource, RefTarget, Json], str | None]:
    """Give what finds the manifest on a resource's own target whose live field has a value, and its reference."""

    def name(resource: Resource, means: RefTarget, value: Json) -> str | None:
        for address, live in lives.items():
            if (
                address.target == resource.address.target
                and address.kind in means.kinds
                and address in desired.resources
            ):
                ref = Ref((), address, means.field)
                if value is not None and refs.live_value(ref, live) == value:
                    return address.name if len(means.kinds) == 1 else f"{address.kind}/{address.name}"
        return None

    return name


def require_exact(accepted: Iterable[tuple[Address, Path]], before: Desired, after: Desired) -> None:
    """Raise `ManifestError` where an edit changes what it was not meant to."""
    meant = {address for address, _ in accepted}
    changed = {
        address
        for address in before.resources.keys() | after.resources.keys()
        if _spec(before, address) != _spec(after, address)
    }
    _refuse(changed - meant, "would change too")


def require_settled(accepted: Iterable[tuple[Address, Path]], plan: Plan) -> None:
    """Raise `ManifestError` where an accepted field would drift still."""
    moved = {(item.address, item.path) for item in plan.drift}
    _refuse({address for address, path in accepted if (address, format_path(path)) in moved}, "would still drift")


def _spec(desired: Desired, address: Address) -> Json:
    resource = desired.resources.get(address)
    return None if resource is None else resource.spec


def _refuse(addresses: Iterable[Address], what: str) -> None:
    found = ", ".join(map(str, sorted(addresses)))
    if found:
        raise ManifestError(f"nothing was edited: {found} {what}", hint="edit the manifests by hand")


def taken(want: Json, have: Json, field: Field) -> Json:
    """Give what is live in the shape in which it was declared; what is equal stays as it was wanted."""
    if want is not None and matches(want, have, field):
        return want
    if isinstance(have, dict):
        if not isinstance(want, dict):
            return _plain(have, field)
        return {key: taken(item, have.get(key), child_field(field, key)) for key, item in want.items()}
    if isinstance(have, list):
        return _taken_list(want if isinstance(want, list) else [], have, field)
    return have


def _taken_list(want: list[Json], have: list[Json], field: Field) -> list[Json]:
    item = item_field(field)
    if field.list is ListType.SET:
        kept = [w for w in want if any(_is_one(w, h, item) for h in have)]
        return [*kept, *(_plain(h, item) for h in have if not any(_is_one(w, h, item) for w in want))]
    if field.list is ListType.MAP and field.key is not None:
        by_key = {h.get(field.key): h for h in have if isinstance(h, dict)}
        named = [w.get(field.key) for w in want]
        kept = [taken(w, by_key[w.get(field.key)], item) for w in want if w.get(field.key) in by_key]
        return [*kept, *(_plain(h, item) for key, h in by_key.items() if key not in named)]
    if len(want) == len(have):
        return [taken(w, h, item) for w, h in zip(want, have, strict=True)]
    return [next((w for w in want if matches(w, h, item)), _plain(h, item)) for h in have]


def _is_one(want: Json, have: Json, item: Field) -> bool:
    known = {name: None for name, field in item.properties.items() if not field.read_only} or want
    shape = known if isinstance(want, dict) else want
    return same(restrict(want, shape, item), restrict(have, shape, item))


def _plain(value: Json, field: Field) -> Json:
    """Give a live value without what is the server's own."""
    if isinstance(value, dict):
        inner = {key: (item, child_field(field, key)) for key, item in value.items() if item is not None}
        return {key: _plain(item, below) for key, (item, below) in inner.items() if not below.read_only}
    if isinstance(value, list):
        return [_plain(item, item_field(field)) for item in value]
    return value
