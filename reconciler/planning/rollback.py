"""Turns a receipt round: what should be is what was before.

Takes the record of an apply and what we own now, gives resources for the ordinary planner, and says what moved since
and what no receipt can bring back. Pure: no I/O, no clock.

    created  → leaves                       updated  → the fields that it changed are as they were, others as they are
    adopted  → is forgotten, and stays      deleted  → is created again, with the fields that were ours
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler import redact
from reconciler.model import (
    Action,
    Address,
    Body,
    Desired,
    Diagnostic,
    Field,
    IgnoreRule,
    Inventory,
    Json,
    Kind,
    Leaving,
    Lifecycle,
    Path,
    Ref,
    Resource,
    Source,
    Status,
)
from reconciler.paths import format_path, parse_path, replace_at, value_at
from reconciler.planning import links
from reconciler.planning.canonical import child_field, field_at, item_field, matches
from reconciler.planning.diff import leaf_of
from reconciler.planning.receipts import Deed, Image, Ownership, Record, is_kept
from reconciler.planning.work import Secrets

KindOf = Callable[[str, str], Kind]
_NOT_OURS = Ownership((), on_remove="orphan")
"""What was not ours before is let go when no manifest declares it any more, and stays."""


@dataclass(frozen=True, slots=True)
class Aim:
    """What a run is to bring about: what manifests say, or what was before an apply."""

    desired: Desired
    record: Record | None = None
    """The apply that is rolled back."""
    secrets: Mapping[Address, Secrets] = field(default_factory=dict)
    """Places of such a rollback that are left as they are, since nobody knows what they held."""


def undo(record: Record, inventory: Inventory, kind_of: KindOf, commit: str) -> Aim:
    """Give what a rollback wants; what cannot be brought back is a warning in it."""
    done = [deed for deed in record.receipt.deeds if record.results[deed.address].outcome.status is not Status.SKIPPED]
    leaving = {deed.address: way for deed in done if (way := _way_out(deed, record.name)) is not None}
    pasts = {past.deed.address: past for past in _pasts(done, inventory, kind_of)}
    lost = _lost(pasts)
    kept = {address: past for address, past in pasts.items() if address not in lost}
    images = {address: (past.kind, past.before) for address, past in kept.items()}
    refs = {address: links.find(past.kind, past.spec, address, images) for address, past in kept.items()}
    resources = {a: _resource(past, refs[a], record.name) for a, past in sorted(kept.items())}
    needs = {a: tuple(sorted({*(ref.to for ref in refs[a]), *kept[a].owned.needs})) for a in resources}
    told = (*lost.values(), *_blind_spots(kept.values()), *_git(record))
    digest = redact.digest(redact.UNKEYED, [record.name, record.ending is not None])
    secrets = {a: Secrets(past.hidden, {}) for a, past in kept.items() if past.hidden and past.is_there}
    return Aim(Desired(resources, needs, told, digest, commit, leaving), record, secrets)


def _way_out(deed: Deed, name: str) -> Leaving | None:
    if deed.action is Action.CREATE:
        return Leaving("delete", f"created by {name}")
    if deed.action is Action.ADOPT and deed.owned is None:
        return Leaving("orphan", f"adopted by {name}")
    return None


# --- what an object was -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Past:
    """An object as it was, as far as it is to come back."""

    deed: Deed
    kind: Kind
    before: Image
    owned: Ownership
    is_there: bool
    """It is ours now."""
    spec: Body
    ignored: tuple[Path, ...]
    hidden: tuple[Path, ...]
    """Managed places that a receipt does not hold."""


def _pasts(deeds: Iterable[Deed], inventory: Inventory, kind_of: KindOf) -> Iterator[_Past]:
    for deed in deeds:
        if deed.before is None or deed.action in (Action.CREATE, Action.ADOPT, Action.FORGET):
            continue
        kind, entry = kind_of(deed.system, deed.address.kind), inventory.entries.get(deed.address)
        owned, now = deed.owned or _NOT_OURS, tuple(map(parse_path, entry.applied)) if entry is not None else ()
        before = tuple(map(parse_path, owned.managed))
        changed = touched(deed, kind)
        paths = tuple(sorted({*before, *changed}, key=format_path))
        hidden = tuple(path for path in dict.fromkeys((*paths, *now)) if not _is_known(path, kind, deed.before))
        others = () if deed.action is Action.DELETE else tuple(path for path in (*before, *now) if path not in changed)
        ignored = tuple(path for path in dict.fromkeys((*others, *hidden)) if path[0] not in kind.identity)
        spec = _spec(deed.before.body, kind, tuple(path for path in paths if path not in hidden), before)
        yield _Past(deed, kind, deed.before, owned, entry is not None, spec, ignored, hidden)


def _spec(held: Body, kind: Kind, paths: tuple[Path, ...], managed: tuple[Path, ...]) -> Body:
    """Give what is wanted at some places; one that was not managed and is its default had better not be said."""
    spec: Body = {name: held[name] for name in kind.identity if held.get(name) is not None}
    for path in paths:
        of, is_managed = field_at(kind.root, path), path in managed
        value = _wanted(value_at(held, path), of)
        if is_managed or path[0] in _required(kind) or not _is_default(value, of):
            value = of.default if value is None else value
            spec = replace_at(spec, path, {} if is_managed and isinstance(value, dict) else value)
    return spec


def _required(kind: Kind) -> tuple[str, ...]:
    return tuple(kind.schema.get("required", ()))


def touched(deed: Deed, kind: Kind) -> tuple[Path, ...]:
    """Give the managed places that an operation changed."""
    paths = (leaf_of(parse_path(change.path), kind.root) for change in deed.changes if change.path)
    return tuple(dict.fromkeys(paths))


def _is_known(path: Path, kind: Kind, before: Image) -> bool:
    left = [parse_path(text) for text in before.left_out]
    return is_kept(path, kind) and not any(path[: len(at)] == at or at[: len(path)] == path for at in left)


def _wanted(value: Json, of: Field) -> Json:
    """Give a live value as a manifest would say it: without what is the server's."""
    if isinstance(value, list):
        return [_wanted(item, item_field(of)) for item in value]
    if not isinstance(value, dict):
        return value
    ours = {key: item for key, item in value.items() if item is not None and not child_field(of, key).read_only}
    return {key: _wanted(item, child_field(of, key)) for key, item in ours.items()}


def _is_default(value: Json, of: Field) -> bool:
    return value is None or (of.has_default and matches(of.default, value, of))


def _resource(past: _Past, refs: tuple[Ref, ...], name: str) -> Resource:
    kind, address = past.kind, past.deed.address
    spec = past.spec
    for ref in refs:
        spec = replace_at(spec, ref.path, {"ref": f"{ref.to.kind}/{ref.to.name}"})
    rules = tuple(IgnoreRule(format_path(path), "not what the receipt changed") for path in past.ignored)
    parent = next((r.to for r in refs if r.to.kind == kind.parent and r.path[0] in kind.identity), None)
    life = Lifecycle(past.owned.protect, "orphan" if past.owned.on_remove == "orphan" else "delete", rules)
    return Resource(address, kind, spec, Source(f"receipt {name}"), refs, parent=parent, lifecycle=life)


# --- what does not come back --------------------------------------------------------------------


def _lost(pasts: Mapping[Address, _Past]) -> dict[Address, Diagnostic]:
    """Find what is not made again: without its secret it would be refused or not work, as would what needs it."""
    lost: dict[Address, Diagnostic] = {}
    remade = (Action.DELETE, Action.REPLACE)
    gone = {a: past for a, past in sorted(pasts.items()) if not past.is_there or past.deed.action in remade}
    for address, past in gone.items():
        asked = [format_path(path) for path in past.hidden if _is_asked_for(path, past)]
        if asked:
            lost[address] = _stays_away(address, f"it needs {', '.join(asked)}, and no receipt holds secrets")
    while True:
        more = {
            address: _stays_away(address, f"it needs {need}, which stays away")
            for address, past in gone.items()
            for need in past.owned.needs
            if address not in lost and need in lost
        }
        if not more:
            return lost
        lost |= more


def _is_asked_for(path: Path, past: _Past) -> bool:
    of = field_at(past.kind.root, path)
    is_secret = redact.is_sensitive(of) or redact.holds_secrets(of)
    is_managed = path in map(parse_path, past.owned.managed)
    return path[0] in _required(past.kind) or (is_managed and is_secret)


def _stays_away(address: Address, why: str) -> Diagnostic:
    hint = "put its manifest back and apply that"
    return Diagnostic("warning", f"{address} is not made again: {why}", "", hint, address, code="rollback.secret")


def _blind_spots(pasts: Iterable[_Past]) -> Iterator[Diagnostic]:
    """Say which changed fields stay as they are, because nobody knows what they held."""
    for past in pasts:
        changed = touched(past.deed, past.kind)
        blind = [path for path in past.hidden if path in changed or not past.is_there]
        if blind:
            yield Diagnostic(
                "warning",
                f"{past.deed.address}: {', '.join(map(format_path, blind))} cannot be restored",
                "it is a secret, or the API does not show it; no receipt holds what it was",
                "put its manifest back and apply that",
                past.deed.address,
                code="rollback.secret",
            )


def _git(record: Record) -> Iterator[Diagnostic]:
    """Say that the manifests have to go back too."""
    receipt = record.receipt
    if receipt.destroy or receipt.rollback:
        return
    revert = f"`git revert` what changed them, too (commit {receipt.commit} was checked out)"
    yield Diagnostic(
        "warning",
        "a rollback does not change the manifests, so the next apply would do again what it undoes",
        "",
        revert if receipt.commit else "put the manifests back, too",
        code="rollback.manifests",
    )
