"""The history of an object: an entry for each configuration that it had, and who gave it.

Takes rows and snapshots of them, gives rows with the id of their version, and entries as routes show them.
It never deletes an entry: that is for those who delete the object.
"""

from __future__ import annotations

from collections.abc import Callable

from reconciler.sandbox.openwebui.state import State
from reconciler.sandbox.store import Row

PAGE = 20


def record(
    state: State,
    kind: str,
    row: Row,
    old: Row | None,
    snapshot_of: Callable[[Row], Row],
    user_id: str,
    message: str | None,
) -> Row:
    """Give the row with its version: a new one where the configuration differs from the one before."""
    snapshot = snapshot_of(row)
    if old is not None and snapshot == snapshot_of(old):
        return row
    parent = old["version_id"] if old else None
    return {**row, "version_id": add(state, kind, row["id"], parent, snapshot, user_id, message)}


def add(
    state: State, kind: str, object_id: str, parent: str | None, snapshot: Row, user_id: str, message: str | None
) -> str:
    """Add an entry; give its id."""
    entry = {
        "id": state.new_id(),
        f"{kind}_id": object_id,
        "parent_id": parent,
        "snapshot": snapshot,
        "user_id": user_id,
        "commit_message": message,
        "created_at": state.now(),
    }
    state.histories[kind].put(object_id, {"entries": [*entries(state, kind, object_id), entry]})
    return str(entry["id"])


def entries(state: State, kind: str, object_id: str) -> list[Row]:
    """Give the object's versions, oldest first."""
    found: list[Row] = (state.histories[kind].get(object_id) or {"entries": []})["entries"]
    return found


def page(state: State, kind: str, object_id: str, number: int) -> list[Row]:
    """Give a page of versions, newest first, without what they held."""
    start = (max(1, number) - 1) * PAGE
    shown = entries(state, kind, object_id)[::-1][start : start + PAGE]
    return [{key: value for key, value in signed(state, entry).items() if key != "snapshot"} for entry in shown]


def signed(state: State, entry: Row) -> Row:
    """Give an entry with its author's name."""
    author = state.users.get(entry["user_id"])
    return {**entry, "user": None if author is None else {"name": author["name"]}}
