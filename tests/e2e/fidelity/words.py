"""Words that the Open WebUI tables share."""

from __future__ import annotations

from typing import Any

V1 = "/api/v1"
MODELS = V1 + "/models"
GROUPS = V1 + "/groups"

PUBLIC = {"principal_type": "user", "principal_id": "*", "permission": "read"}


def model(id_: str, **fields: Any) -> dict[str, Any]:
    """A body of create or update."""
    return {"id": id_, "name": id_.upper(), "meta": {}, "params": {}, **fields}


def grant(kind: str, id_: str, permission: str = "read") -> dict[str, Any]:
    """A grant in the real spelling."""
    return {"principal_type": kind, "principal_id": id_, "permission": permission}
