"""What a person is told about one resource, or one entry, that cannot be planned as it is.

Takes it and what was found, gives a `Diagnostic` with its rule's name. Pure: no I/O, no clock.
"""

from __future__ import annotations

from reconciler import redact
from reconciler.model import Address, Change, Diagnostic, Entry, Identity, Live, Path, Resource
from reconciler.paths import format_path
from reconciler.planning import renames


def homeless(resource: Resource, identity: Identity) -> Diagnostic:
    """What an object lives in, named by a literal, is not there."""
    return Diagnostic(
        "error",
        f"the {resource.kind.parent} that {resource.address} lives in is not there",
        f"{'/'.join(identity[:-1])!r} is neither declared nor live",
        f"declare it, and refer to it by `{{ref: name}}`, or correct `{resource.kind.identity[0]}`",
        resource.address,
        resource.source,
        "guard.parent",
    )


def ambiguous(resource: Resource, bearers: tuple[Live, ...]) -> Diagnostic:
    """Several live objects bear one identity: only a person can tell them apart."""
    ids = ", ".join(sorted(live.id for live in bearers))
    return Diagnostic(
        "error",
        f"{len(bearers)} live objects bear the identity {'/'.join(bearers[0].identity)!r}",
        f"their ids: {ids}",
        "rename or delete all but one of them on the server",
        resource.address,
        resource.source,
        "guard.ownership",
    )


def foreign(resource: Resource, live: Live, changes: tuple[Change, ...], replaces: list[str]) -> Diagnostic:
    """What is live, declared, different and not ours is not touched unasked."""
    paths = ", ".join(change.path for change in changes)
    hint = "make the manifest equal to it, or say --adopt to take it over and change it"
    if replaces:
        hint = (
            f"{', '.join(replaces)} cannot be changed in place: make the manifest equal to it, or choose another name"
        )
    return Diagnostic(
        "error",
        f"{resource.address} exists already, is not ours and differs",
        f"live id {live.id}; differs in {paths}",
        hint,
        resource.address,
        resource.source,
        "guard.ownership",
    )


def taken(resource: Resource, live: Live) -> Diagnostic:
    """The identity that an object should get is borne by another."""
    return Diagnostic(
        "error",
        f"the identity {'/'.join(live.identity)!r} that {resource.address} should get is taken",
        f"live id {live.id}",
        "choose another identity, or delete the object that bears it",
        resource.address,
        resource.source,
        "guard.ownership",
    )


def still_anothers(resource: Resource, live: Live, other: Address) -> Diagnostic:
    """One manifest lets go of an identity, and another takes it up: the object cannot be replaced and kept."""
    return Diagnostic(
        "error",
        f"the identity {'/'.join(live.identity)!r} that {resource.address} should get is still that of {other}",
        f"live id {live.id}",
        f"apply in two steps: first `--name {other.name}`, which lets go of it, then everything",
        resource.address,
        resource.source,
        "guard.ownership",
    )


def not_adopted(resource: Resource, summary: str, hint: str) -> Diagnostic:
    """What a person asked to adopt cannot be adopted."""
    return Diagnostic("error", summary, "", hint, resource.address, resource.source, "guard.adopt")


def no_rename(resource: Resource, was: Entry, before: Identity, after: Identity) -> str:
    """Say why a renamed manifest's object cannot be renamed with it."""
    moved = ", ".join(renames.moved_fields(resource, before, after))
    return f"was {was.address}: {moved} cannot be renamed, so delete and create"


def not_compared(resource: Resource, path: str) -> Diagnostic:
    """A secret that is not set cannot be compared."""
    return Diagnostic(
        "warning",
        f"{path} of {resource.address} {redact.NOT_COMPARED}",
        "the secret is not set in this process",
        "set it where a change of the secret should be seen; apply needs it if it sends this object",
        resource.address,
        resource.source,
        "secret.not-compared",
    )


def needs_value(resource: Resource, path: Path) -> Diagnostic:
    """A removed field has nothing to go back to."""
    return Diagnostic(
        "error",
        f"{format_path(path)} of {resource.address} was removed, and has no default to go back to",
        "",
        f"write the value that {format_path(path)} should have",
        resource.address,
        resource.source,
        "manifest.removed-without-default",
    )


def lost(entry: Entry, bearers: list[Live]) -> Diagnostic:
    """The id of what we own is gone, and several objects bear its identity."""
    ids = ", ".join(sorted(live.id for live in bearers))
    return Diagnostic(
        "warning",
        f"{entry.address}: its id {entry.id} is gone, and {len(bearers)} live objects bear the identity "
        f"{'/'.join(entry.identity)!r}",
        f"their ids: {ids}; all are left alone",
        "delete by hand what is not needed",
        entry.address,
        code="prune.uncertain",
    )


def uncertain(entry: Entry) -> Diagnostic:
    """What a create that was cut short has made can no longer be told from what others made."""
    name = "/".join(entry.identity)
    return Diagnostic(
        "warning",
        f"{entry.address}: a create of it was cut short, and what is called {name!r} now is not what was meant",
        "it may be ours, changed by hand since, or somebody else's; it is left alone",
        "declare it again to take it over with --adopt, or delete it by hand",
        entry.address,
        code="prune.uncertain",
    )
