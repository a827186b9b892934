"""What tools and functions have in common: ids, what makes a version, and how bad code is refused.

Takes ids, rows and what was wrong, gives what the routes of both need.
It never reads code: `plugins` does.
"""

from __future__ import annotations

from fastapi import HTTPException

from reconciler.sandbox.openwebui import answers
from reconciler.sandbox.openwebui.answers import refuse
from reconciler.sandbox.openwebui.dialect import Dialect
from reconciler.sandbox.openwebui.plugins import BrokenPluginError
from reconciler.sandbox.store import Row, Table

_COMPUTED = ("manifest", "has_user_valves", "toggle")


def free_id(table: Table, wanted: str) -> str:
    """Give the id that a new row gets; raise 400 where it is no name in Python, or taken."""
    if not wanted.isidentifier():
        raise refuse(400, "Only alphanumeric characters and underscores are allowed in the id")
    if table.get(wanted.lower()) is not None:
        raise refuse(400, answers.ID_TAKEN)
    return wanted.lower()


def snapshot(row: Row) -> Row:
    """Give the configuration whose change makes a new version."""
    meta = {key: value for key, value in row["meta"].items() if key not in _COMPUTED}
    if not meta.get("i18n"):
        meta.pop("i18n", None)
    return {"name": row["name"], "content": row["content"], "meta": meta}


def refused_update(dialect: Dialect, error: BrokenPluginError, older_text: str) -> HTTPException:
    """Give the refusal of an update to code that cannot be used."""
    return refuse(400, str(error) if dialect.says_code_errors else older_text)
