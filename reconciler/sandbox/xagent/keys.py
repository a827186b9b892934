"""The routes of personal API keys, which speak to the `/v1` routes of a real server and to no route here.

Takes nothing but the caller, gives keys.
It never takes a key for a credential: on these routes a real server does not either.
"""

from __future__ import annotations

import secrets

from fastapi import APIRouter, Response

from reconciler.sandbox.xagent.answers import answer
from reconciler.sandbox.xagent.sessions import Caller, HasState
from reconciler.sandbox.xagent.state import State

router = APIRouter(prefix="/api/me/personal-keys")


@router.post("")
async def create(caller: Caller, state: HasState) -> Response:
    """Make a key; it is shown once."""
    prefix, secret = secrets.token_urlsafe(5)[:6], secrets.token_urlsafe(24)
    row = {"user_id": caller["id"], "prefix": prefix, "created_at": state.now(), "revoked_at": None}
    made = state.add_row(state.keys, row)
    shown = {"id": made["id"], "full_key": f"xag_personal_{prefix}_{secret}", "key_prefix": prefix}
    return answer({**shown, "created_at": _utc(state, row["created_at"]), "expires_at": None})


@router.get("")
async def read_all(caller: Caller, state: HasState) -> Response:
    """The caller's keys, newest first, without their secrets."""
    rows = [row for row in state.keys.all() if row["user_id"] == caller["id"]]
    return answer(
        [
            {
                "id": row["id"],
                "key_prefix": row["prefix"],
                "masked_key": f"xag_personal_{row['prefix']}_••••••••",
                "revoked_at": _utc(state, row["revoked_at"]),
                "expires_at": None,
                "created_at": _utc(state, row["created_at"]),
            }
            for row in reversed(rows)
        ]
    )


@router.delete("/{key_id}")
async def revoke(key_id: int, caller: Caller, state: HasState) -> Response:
    """Void one of the caller's keys; of another number nothing is said."""
    row = state.keys.get(str(key_id))
    if row is None or row["user_id"] != caller["id"]:
        return answer({"revoked": False, "revoked_at": None})
    revoked = state.keys.put(str(key_id), {**row, "revoked_at": row["revoked_at"] or state.now()})
    return answer({"revoked": True, "revoked_at": _utc(state, revoked["revoked_at"])})


def _utc(state: State, moment: float | None) -> str | None:
    """Write a time with its zone, whatever the database."""
    text = state.time(moment)
    return None if text is None else text.removesuffix("+00:00") + "Z"
