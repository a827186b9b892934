"""The routes that look up users.

Takes queries, gives users as each route shows them.
It never shows a password, and never changes a user.
"""

from __future__ import annotations

from fastapi import APIRouter, Response

from reconciler.sandbox.openwebui import answers
from reconciler.sandbox.openwebui.answers import answer, refuse
from reconciler.sandbox.openwebui.auths import ADMINS, VERIFIED, HasState, Verified
from reconciler.sandbox.openwebui.state import State
from reconciler.sandbox.store import Row

router = APIRouter(prefix="/api/v1/users")

PAGE = 30
ACTIVE_SECONDS = 180
_SORTS = ("name", "email", "created_at", "last_active_at", "updated_at", "role")


@router.get("/", dependencies=ADMINS)
async def read_page(
    state: HasState,
    query: str | None = None,
    order_by: str | None = None,
    direction: str | None = None,
    page: int = 1,
) -> Response:
    """A page of users with the ids of their groups."""
    users = _sorted(_matching(state, query), order_by, direction)
    start = (max(1, page) - 1) * PAGE
    shown = [
        {**_open(user), "group_ids": [group["id"] for group in state.groups_of(user["id"])]}
        for user in users[start : start + PAGE]
    ]
    return answer({"users": shown, "total": len(users)})


@router.get("/all", dependencies=ADMINS)
async def read_all(state: HasState) -> Response:
    """Every user."""
    users = state.users.all()
    return answer({"users": [user_info(state, user) for user in users], "total": len(users)})


@router.get("/search", dependencies=VERIFIED)
async def search(
    state: HasState,
    query: str | None = None,
    order_by: str | None = None,
    direction: str | None = None,
    page: int = 1,
) -> Response:
    """A page of users whose name or e-mail has the query in it."""
    users = _sorted(_matching(state, query), order_by, direction)
    start = (max(1, page) - 1) * PAGE
    return answer({"users": [user_info(state, user) for user in users[start : start + PAGE]], "total": len(users)})


@router.get("/user/status")
async def read_self(caller: Verified) -> Response:
    """The caller; other than `GET /auths/`, for an API key too."""
    return answer(_open(caller.user))


@router.get("/{user_id}", dependencies=ADMINS)
async def read_one(user_id: str, state: HasState) -> Response:
    """One user with groups."""
    user = _existing(state, user_id)
    return answer({**_open(user), **_presence(state, user)})


@router.get("/{user_id}/info", dependencies=VERIFIED)
async def read_info(user_id: str, state: HasState) -> Response:
    """One user in short, with groups."""
    user = _existing(state, user_id)
    return answer({**user_info(state, user), **_presence(state, user)})


def user_info(state: State, user: Row) -> Row:
    """Give the user as lists show it."""
    kept = ["id", "name", "email", "role", "bio", "status_emoji", "status_message", "status_expires_at"]
    if state.dialect.user_details:
        kept += ["last_active_at", "timezone"]
    return {**{key: user[key] for key in kept}, "groups": [], "is_active": False}


def _open(user: Row) -> Row:
    return {key: value for key, value in user.items() if key != "password"}


def _presence(state: State, user: Row) -> Row:
    groups = [{"id": group["id"], "name": group["name"]} for group in state.groups_of(user["id"])]
    return {"groups": groups, "is_active": user["last_active_at"] >= state.now() - ACTIVE_SECONDS}


def _matching(state: State, query: str | None) -> list[Row]:
    word = (query or "").lower()
    return [user for user in state.users.all() if word in user["name"].lower() or word in user["email"]]


def _sorted(users: list[Row], order_by: str | None, direction: str | None) -> list[Row]:
    if order_by not in _SORTS:
        return sorted(users, key=lambda user: user["created_at"], reverse=True)
    return sorted(users, key=lambda user: user[order_by], reverse=direction != "asc")


def _existing(state: State, user_id: str) -> Row:
    user = state.users.get(user_id)
    if user is None:
        raise refuse(400, answers.NOT_FOUND)
    return user
