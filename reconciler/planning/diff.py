"""What differs between a wanted spec and a live body, field by field.

Takes a kind, both values and the paths that are no longer declared; gives `Change`s, already redacted.
Equal is decided first and cheaply; deepdiff explains only what differs. Pure: no I/O, no clock.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler import redact
from reconciler.model import Body, Change, Field, Json, Kind, ListType, Path
from reconciler.paths import format_path, remove_at, value_at
from reconciler.planning.canonical import child_field, field_at, leaves, matches, restrict

NOTHING_UNSEEN: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Removal:
    """A managed path that the manifest no longer declares, and what it goes back to."""

    path: Path
    value: Json
    omitted: bool
    """The key is left out of the next write, instead of being sent as `value`."""


def compare(
    kind: Kind, want: Body, have: Body, removals: tuple[Removal, ...] = (), unseen: frozenset[str] = NOTHING_UNSEEN
) -> tuple[Change, ...]:
    """Give what must change in `have` so that it is as `want` says; () where nothing must.

    Leaves that no read shows, and secret ones, are not here: see `blind_changes`. `unseen` are fields that the live
    object came without: nobody knows whether a removed one among them is back already.
    """
    going = [removal for removal in removals if removal.path[0] in unseen or not _is_back(kind, have, removal)]
    if not going and matches(want, have, kind.root):
        return ()
    declared = _leaf_changes(kind, want, have)
    back = [_removal_change(kind, have, removal) for removal in going]
    return tuple(sorted(declared + back, key=lambda change: change.path))


def without(spec: Body, paths: tuple[Path, ...]) -> Body:
    """Give the spec without the values at `paths`."""
    for path in paths:
        spec = remove_at(spec, path)
    return spec


def creation(kind: Kind, want: Body, hidden: tuple[Path, ...] = ()) -> tuple[Change, ...]:
    """Give the changes that show what a create would set; `hidden` leaves hold secrets."""
    visible = (
        Change(format_path(path), None, redact.shown(field, value), sensitive=redact.is_sensitive(field))
        for path, value, field in leaves(without(want, hidden), kind.root)
        if value is not None
    )
    secret = (Change(format_path(path), None, redact.SENSITIVE, sensitive=True) for path in hidden)
    return tuple(sorted((*visible, *secret), key=lambda change: change.path))


def leaf_of(path: Path, root: Field) -> Path:
    """Cut a path at the first list: lists are managed as a whole."""
    for depth, step in enumerate(path):
        if isinstance(step, int) or root.list is not None:
            return path[:depth]
        root = child_field(root, step)
    return path


def _leaf_changes(kind: Kind, want: Body, have: Body) -> list[Change]:
    return [
        change
        for path, value, field in leaves(want, kind.root)
        if not matches(value, value_at(have, path), field)
        for change in _explain(path, value, value_at(have, path), field, replaces=_replaces(kind.root, path))
    ]


def _explain(path: Path, want: Json, have: Json, field: Field, *, replaces: bool) -> list[Change]:
    """Give one change for a leaf, or one for each place inside a list whose items pair up."""
    before, after = restrict(have, want, field), restrict(want, want, field)
    places = _places(before, after) if field.list is not ListType.SET else []
    if redact.is_sensitive(field) or not places:
        shown_before = redact.shown(field, display(have, want, field))
        shown_after = redact.CHANGED if redact.is_sensitive(field) else want
        return [Change(format_path(path), shown_before, shown_after, replaces, redact.is_sensitive(field))]
    return [
        Change(format_path((*path, *place)), value_at(before, place), value_at(after, place), replaces)
        for place in places
    ]


def _places(before: Json, after: Json) -> list[Path]:
    """Say where two lists of equal length, or two map lists, differ; [] where only the whole says it well."""
    if type(before) is not type(after) or not isinstance(before, (dict, list)):
        return []
    if isinstance(before, list) and len(before) != len(after):
        return []
    from deepdiff import DeepDiff  # 90 ms to import, and only needed where something differs

    found = DeepDiff(before, after, threshold_to_diff_deeper=0, ignore_numeric_type_changes=True, view="tree")
    places = {tuple(item.path(output_format="list")) for items in found.values() for item in items}
    return sorted(places, key=format_path)


def display(value: Json, shape: Json, field: Field) -> Json:
    """Give a live value as a report shows it: only what `shape` declares, map lists as lists."""
    form = restrict(value, shape, field)
    if isinstance(value, list) and isinstance(form, dict):
        return list(form.values())
    return form


def _removal_change(kind: Kind, have: Body, removal: Removal) -> Change:
    field = field_at(kind.root, removal.path)
    return Change(
        path=format_path(removal.path),
        before=redact.shown(field, display(value_at(have, removal.path), None, field)),
        after=removal.value,
        replaces=field.lasting or _replaces(kind.root, removal.path),
        sensitive=redact.is_sensitive(field),
        removed=True,
    )


def _is_back(kind: Kind, have: Body, removal: Removal) -> bool:
    field = field_at(kind.root, removal.path)
    if field.write_only:
        return False  # nothing shows what the server holds
    if field.inherits and value_at(have, removal.path) is not None:
        return False  # nothing shows whether it was set or is inherited
    return matches(removal.value, value_at(have, removal.path), field)


def _replaces(root: Field, path: Path) -> bool:
    """Say whether a field, or an object that holds it, is immutable."""
    for step in path:
        root = child_field(root, str(step))
        if root.immutable or root.identity:
            return True
    return False
