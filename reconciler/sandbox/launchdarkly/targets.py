"""What the instructions about individual targets do: contexts that are served a variation by their keys.

Takes an environment's targeting that may be changed, and an instruction; gives nothing, or raises the refusal.
"""

from __future__ import annotations

from typing import Any

from reconciler.sandbox.launchdarkly.answers import Refusal
from reconciler.sandbox.launchdarkly.edits import Edit, Variations, rows_of, text_of, values_of
from reconciler.sandbox.store import Row


def add_targets(edit: Edit, told: Row) -> None:
    """Serve a variation to contexts by their keys."""
    added = _target(edit.around, told)
    held = [target for target in edit.environment["targets"] if _is_beside(target, added)]
    kept = [target for target in edit.environment["targets"] if not _is_beside(target, added)]
    values = [value for target in held for value in target["values"]]
    edit.environment["targets"] = [*kept, {**added, "values": list(dict.fromkeys([*values, *added["values"]]))}]


def remove_targets(edit: Edit, told: Row) -> None:
    """Serve a variation to some contexts no more; those that it is not served to are no error."""
    gone = _target(edit.around, told)
    left = [
        {**target, "values": [value for value in target["values"] if value not in gone["values"]]}
        if _is_beside(target, gone)
        else target
        for target in edit.environment["targets"]
    ]
    edit.environment["targets"] = [target for target in left if target["values"]]


def clear_targets(edit: Edit, told: Row) -> None:
    """Serve a variation to no context by its key."""
    key = edit.around.key(told)
    targets = edit.environment["targets"]
    edit.environment["targets"] = [target for target in targets if target["variation"] != key]


def replace_targets(edit: Edit, told: Row) -> None:
    """Put other targets in the place of all."""
    edit.environment["targets"] = []
    for target in rows_of(told, "targets"):
        if values_of(target):
            add_targets(edit, target)


def _target(around: Variations, told: Row) -> Row:
    values = values_of(told)
    if not all(isinstance(value, str) for value in values):
        raise Refusal(422, "values: expected keys of contexts")
    kind = text_of(told, "contextKind", "user")
    return {"contextKind": kind, "variation": around.key(told), "values": values}


def _is_beside(one: Row, other: Row) -> bool:
    return bool(one["contextKind"] == other["contextKind"] and one["variation"] == other["variation"])


def check_targets(targets: list[Row]) -> None:
    """Raise the refusal where one context is served two variations."""
    seen: dict[tuple[str, Any], str] = {}
    for target in targets:
        for value in target["values"]:
            if seen.setdefault((target["contextKind"], value), target["variation"]) != target["variation"]:
                raise Refusal(422, f"{target['contextKind']} {value} is targeted by two variations")
