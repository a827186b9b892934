"""The routes by which users come, go, and prove who they are.

Takes names and passwords, gives sessions and profiles.
It never checks what a user may do to a model.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from reconciler.sandbox.store import Row
from reconciler.sandbox.xagent import answers
from reconciler.sandbox.xagent.answers import answer, refuse
from reconciler.sandbox.xagent.sessions import ADMINS, Admin, Caller, HasState, count_log_in, forgive_log_in
from reconciler.sandbox.xagent.state import ACCESS_SECONDS, REFRESH_SECONDS, State

router = APIRouter(prefix="/api/auth")
admin_router = APIRouter(prefix="/api/admin/users")

SHORTEST_PASSWORD = 8
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z")
_TOO_SHORT = f"assword must be at least {SHORTEST_PASSWORD} characters"


class LogInForm(BaseModel):
    """Body of `/login`."""

    username: str
    password: str


class RegisterForm(BaseModel):
    """Body of `/register` and `/setup-admin`."""

    username: str
    email: str | None = None
    password: str


class PasswordForm(BaseModel):
    """Body of `/change-password`."""

    current_password: str
    new_password: str


class RefreshForm(BaseModel):
    """Body of `/refresh`."""

    refresh_token: str


class LogOutForm(BaseModel):
    """Body of `/logout`."""

    refresh_token: str | None = None


@router.get("/setup-status")
async def read_setup() -> Response:
    """Whether there is a first administrator: here there always is."""
    facts = {"initialized": True, "needs_setup": False, "registration_enabled": True}
    return answer({**facts, "password_min_length": SHORTEST_PASSWORD})


@router.post("/setup-admin")
async def set_up(form: RegisterForm) -> Response:
    """Refuse to make the first administrator: there is one."""
    short = len(form.password) < SHORTEST_PASSWORD
    return _outcome("P" + _TOO_SHORT if short else "Setup already completed", user=None)


@router.post("/register")
async def register(form: RegisterForm, state: HasState) -> Response:
    """Add a user; refusals are 200 too."""
    refusal = _why_not(state, form)
    if refusal is not None:
        return _outcome(refusal, user=None)
    row = state.add_user(form.username, str(form.email).strip().lower(), form.password)
    user = {**{key: row[key] for key in ("id", "username", "email")}, "createdAt": state.time(row["created_at"])}
    return _outcome("Registration successful", success=True, user=user)


@router.post("/login")
async def log_in(form: LogInForm, request: Request, state: HasState) -> Response:
    """Give a session; the one before loses its refresh token."""
    user = _identified(state, form.username.strip())
    address = request.client.host if request.client else ""
    count_log_in(state, address, form.username, user)
    if user is None or user["password"] != form.password:
        raise refuse(401, answers.WRONG_CREDENTIALS)
    forgive_log_in(state, address, form.username, user)
    profile = {**_profile(user), "loginTime": state.now()}
    session = _session(state, user)
    more = {"token_type": "bearer", "user_id": user["id"]}
    return _outcome("Login successful", success=True, user=profile, **session, **more)


@router.post("/refresh")
async def refresh(form: RefreshForm, state: HasState) -> Response:
    """Give a new session for the refresh token of the last one."""
    claims = state.tokens.get(form.refresh_token)
    user = None if claims is None else state.user(claims["user_id"])
    if claims is None or user is None or user["refresh_token"] != form.refresh_token:
        raise refuse(401, answers.INVALID_REFRESH_TOKEN)
    if claims["expires_at"] < state.now():
        raise refuse(401, answers.INVALID_REFRESH_TOKEN)
    return _outcome("Token refreshed successfully", success=True, **_session(state, user))


@router.post("/logout")
async def log_out(caller: Caller, state: HasState, form: LogOutForm | None = None) -> Response:
    """Void the refresh token; access tokens stay valid."""
    named = None if form is None else form.refresh_token
    if named is None or named == caller["refresh_token"]:
        state.users.put(str(caller["id"]), {**caller, "refresh_token": None})
    return _outcome("Logged out successfully", success=True)


@router.post("/change-password")
async def change_password(form: PasswordForm, caller: Caller, state: HasState) -> Response:
    """Change the caller's password, and void every token."""
    if form.current_password != caller["password"]:
        return _outcome("Current password is incorrect")
    if len(form.new_password) < SHORTEST_PASSWORD:
        return _outcome("New p" + _TOO_SHORT)
    changes = {"password": form.new_password, "refresh_token": None, "epoch": (caller["epoch"] or 0) + 1}
    state.users.put(str(caller["id"]), {**caller, **changes, "updated_at": state.now()})
    return _outcome("Password updated successfully", success=True)


@router.get("/me")
async def read_self(caller: Caller) -> Response:
    """The caller."""
    return _outcome("User profile fetched successfully", success=True, user=_profile(caller))


@router.get("/verify")
async def verify(caller: Caller) -> Response:
    """The caller, in another word."""
    return _outcome("Token is valid", success=True, user=_profile(caller))


@router.get("/check")
async def check() -> Response:
    """Whether the routes are there."""
    return _outcome("Authentication API is working", success=True)


@admin_router.get("", dependencies=ADMINS)
async def read_users(
    state: HasState,
    page: Annotated[int, Query(ge=1)] = 1,
    size: Annotated[int, Query(ge=1, le=100)] = 20,
    search: str = "",
) -> Response:
    """A page of users."""
    word = search.lower()
    found = [user for user in state.users.all() if word in user["username"].lower() or word in user["email"].lower()]
    shown = [_listed(state, user) for user in found[(page - 1) * size : page * size]]
    return answer({"users": shown, "total": len(found), "page": page, "size": size, "pages": -(-len(found) // size)})


@admin_router.delete("/{user_id}")
async def delete_user(user_id: int, admin: Admin, state: HasState) -> Response:
    """Delete a user with its defaults; its models stay, and are nobody's."""
    if user_id == admin["id"]:
        raise refuse(400, answers.NOT_ONESELF)
    if not state.users.drop(str(user_id)):
        raise refuse(404, answers.USER_NOT_FOUND)
    for row in state.defaults.all():
        if row["user_id"] == user_id:
            state.defaults.drop(str(row["id"]))
    for model in state.models.all():
        if model["owner"] == user_id:
            state.models.put(str(model["id"]), {**model, "owner": None, "is_shared": False})
    pending = {"workspace_cleanup_pending": False, "external_cleanup_pending": False}
    return answer({"message": "User deleted successfully", **pending})


def _why_not(state: State, form: RegisterForm) -> str | None:
    """Say why a user cannot be added, None where it can."""
    email = (form.email or "").strip().lower()
    refusals = (
        (len(form.password) < SHORTEST_PASSWORD, "P" + _TOO_SHORT),
        (state.user_by("username", form.username) is not None, "Username already exists"),
        (_EMAIL.match(form.username.strip()) is not None, "Username cannot be an email address"),
        (not form.email, "Email is required"),
        (_EMAIL.match(email) is None, "Invalid email address"),
        (state.user_by("email", email) is not None, "Email already exists"),
    )
    return next((text for refused, text in refusals if refused), None)


def _identified(state: State, identifier: str) -> Row | None:
    """Give the user of that address, else of that name."""
    user = state.user_by("email", identifier.lower()) if _EMAIL.match(identifier) else None
    return user or state.user_by("username", identifier)


def _session(state: State, user: Row) -> dict[str, Any]:
    access = state.new_token(user, "access", ACCESS_SECONDS)
    token = state.new_token(user, "refresh", REFRESH_SECONDS)
    state.users.put(str(user["id"]), {**user, "refresh_token": token})
    lives = {"expires_in": ACCESS_SECONDS, "refresh_expires_in": REFRESH_SECONDS}
    return {"access_token": access, "refresh_token": token, **lives}


def _profile(user: Row) -> Row:
    return {
        **{key: user[key] for key in ("id", "username", "email", "is_admin")},
        "has_password": True,
        "pending_email": None,
        "email_change_available": False,
        "email_confirmation_expire_minutes": 15,
        "preferences": {},
    }


def _listed(state: State, user: Row) -> Row:
    times = {key: state.time(user[key]) for key in ("created_at", "updated_at")}
    return {**{key: user[key] for key in ("id", "username", "email", "is_admin")}, **times}


def _outcome(message: str, *, success: bool = False, **more: Any) -> Response:
    return answer({"success": success, "message": message, **more})
