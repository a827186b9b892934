"""What becomes of fields that a manifest no longer declares.

Takes a resource and its entry, gives what each removed field goes back to. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Collection

from reconciler.model import Diagnostic, Entry, Field, Kind, Path, Resource
from reconciler.paths import parse_path, value_at
from reconciler.planning import complaints
from reconciler.planning.canonical import field_at, leaves
from reconciler.planning.diff import Removal, leaf_of


def removed_fields(
    resource: Resource, entry: Entry | None, ignored: tuple[Path, ...]
) -> tuple[tuple[Removal, ...], tuple[Diagnostic, ...]]:
    """Give every managed field that the manifest no longer declares, and a complaint where it has no way back."""
    if entry is None or not entry.applied:
        return (), ()
    root = resource.kind.root
    declared = {path for path, _, _ in leaves(resource.spec, root)}
    declared |= {leaf_of(secret.path, root) for secret in resource.secrets}
    gone = [path for path in map(parse_path, sorted(entry.applied)) if not _is_covered(path, declared)]
    managed = [path for path in gone if not _stays(root, path, declared) and not is_under(path, ignored)]
    back = {path: going_back(resource.kind, path, declared) for path in managed}
    unclear = [complaints.needs_value(resource, path) for path, removal in back.items() if removal is None]
    return tuple(removal for removal in back.values() if removal is not None), tuple(unclear)


def _is_covered(path: Path, declared: set[Path]) -> bool:
    """Say whether a managed path, what holds it, or something in it is still declared."""
    if any(path[:depth] in declared for depth in range(len(path), 0, -1)):
        return True
    return any(other[: len(path)] == path for other in declared)


def _stays(root: Field, path: Path, declared: set[Path]) -> bool:
    """Say whether a removed field stays as it is: it, or what held it and is not declared any more either, says so."""
    return any(
        field_at(root, path[:depth]).kept and not any(other[:depth] == path[:depth] for other in declared)
        for depth in range(1, len(path) + 1)
    )


def going_back(kind: Kind, path: Path, declared: Collection[Path] = ()) -> Removal | None:
    """Say what an undeclared field goes back to; None where only a person can say.

    What the API replaces as a whole goes back as a whole, once nothing in it is declared any more.
    """
    field = field_at(kind.root, path)
    if field.inherits or field.lasting:
        return Removal(path, None, omitted=True)
    if field.has_default:
        return Removal(path, field.default, omitted=False)
    holder = next((path[:depth] for depth in range(len(path)) if field_at(kind.root, path[:depth]).atomic), None)
    if holder is None:
        return Removal(path, None, omitted=False) if field.nullable else None
    is_declared = any(other[: len(holder)] == holder for other in declared)
    value = None if is_declared else value_at(field_at(kind.root, holder).default, path[len(holder) :])
    return Removal(path, value, omitted=value is None)


def resets(entry: Entry, kind: Kind) -> tuple[Removal, ...]:
    """Give what unsets everything that we set in a singleton, as far as it can go back."""
    managed = [path for path in map(parse_path, sorted(entry.applied)) if not field_at(kind.root, path).kept]
    return tuple(back for path in managed if (back := going_back(kind, path)) is not None)


def is_under(path: Path, holders: tuple[Path, ...]) -> bool:
    """Say whether a path is one of `holders`, or inside one."""
    return any(path[: len(holder)] == holder for holder in holders)
