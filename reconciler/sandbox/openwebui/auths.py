"""Who is asking: sign-in, sessions, API keys, and adding users.

Takes credentials, gives the user they stand for, or raises the refusal.
The word `sandbox` is always an API key of the first admin. It never checks what that user may do to a resource.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, field_validator

from reconciler.sandbox.openwebui import answers
from reconciler.sandbox.openwebui.answers import RawBody, answer, parse, refuse
from reconciler.sandbox.openwebui.images import check_image
from reconciler.sandbox.openwebui.state import State
from reconciler.sandbox.store import Row
from reconciler.sandbox.system import CREDENTIAL

router = APIRouter(prefix="/api/v1/auths")

SIGN_INS = 15
SIGN_IN_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Caller:
    """The user that a request speaks for, and how that was shown."""

    user: Row
    token: str
    expires_at: int | None
    """When the session ends; None for an API key."""

    @property
    def id(self) -> str:
        """The user's id."""
        user_id: str = self.user["id"]
        return user_id

    @property
    def is_admin(self) -> bool:
        """Whether the user is an admin."""
        return bool(self.user["role"] == "admin")


async def get_state(request: Request) -> State:
    """Give the server's state."""
    state: State = request.app.state.server
    return state


HasState: TypeAlias = Annotated[State, Depends(get_state)]


async def get_caller(request: Request, state: HasState) -> Caller:
    """Give the caller; raise 401 or 403 where the credential is missing, unknown or not allowed."""
    token = _token(request)
    if token is None:
        raise refuse(401, answers.NOT_AUTHENTICATED)
    if token == CREDENTIAL:
        return Caller(state.first_admin(), token, None)
    if token.startswith("sk-"):
        return _by_key(state, token)
    session = state.sessions.get(token)
    user = None if session is None or session["expires_at"] < state.now() else state.users.get(session["user_id"])
    if session is None or user is None:
        raise refuse(401, answers.UNAUTHORIZED)
    return Caller(user, token, session["expires_at"])


Anyone: TypeAlias = Annotated[Caller, Depends(get_caller)]


async def get_verified(caller: Anyone) -> Caller:
    """Give the caller; raise 401 where an admin has not let the user in yet."""
    if caller.user["role"] == "pending":
        raise refuse(401, answers.ACCESS_PROHIBITED)
    return caller


async def get_admin(caller: Anyone) -> Caller:
    """Give the caller; raise 401 where it is no admin."""
    if not caller.is_admin:
        raise refuse(401, answers.ACCESS_PROHIBITED)
    return caller


Verified: TypeAlias = Annotated[Caller, Depends(get_verified)]
Admin: TypeAlias = Annotated[Caller, Depends(get_admin)]

VERIFIED = [Depends(get_verified)]
ADMINS = [Depends(get_admin)]
"""Guards of routes that need not know who is asking."""


class SignInForm(BaseModel):
    """Body of `/signin`."""

    email: str
    password: str


class AddUserForm(SignInForm):
    """Body of `/add`."""

    name: str
    profile_image_url: str | None = "/user.png"
    role: str | None = "pending"

    @field_validator("profile_image_url")
    @classmethod
    def _known_image(cls, value: str | None) -> str | None:
        return None if value is None else check_image(value)


@router.get("/")
async def read_session(caller: Anyone, state: HasState) -> Response:
    """Tell who is asking."""
    if state.dialect.human_session and caller.expires_at is None:
        raise refuse(403, answers.HUMAN_SESSION)
    kept = "profile_image_url bio gender date_of_birth status_emoji status_message status_expires_at"
    response = answer(
        {
            **_session(state, caller.user, caller.token, caller.expires_at),
            **{key: caller.user[key] for key in kept.split()},
        }
    )
    if caller.expires_at is not None:
        response.set_cookie("token", caller.token, httponly=True)
    return response


@router.post("/signin")
async def sign_in(body: RawBody, state: HasState) -> Response:
    """Give a session for an e-mail and a password."""
    form = parse(SignInForm, body)
    _count_sign_in(state, form.email.lower())
    user = state.user_by_email(form.email)
    if user is None or user["password"] != form.password:
        raise refuse(400, answers.INVALID_CREDENTIALS)
    token, expires = state.new_session(user)
    response = answer(_session(state, user, token, expires))
    response.set_cookie("token", token, httponly=True)
    return response


@router.post("/add", dependencies=ADMINS)
async def add_user(body: RawBody, state: HasState) -> Response:
    """Add a user and give a session for it."""
    form = parse(AddUserForm, body)
    if not re.match(r"[^@]+@[^@]+\.[^@]+", form.email):
        raise refuse(400, answers.INVALID_EMAIL)
    if state.user_by_email(form.email) is not None:
        raise refuse(400, answers.EMAIL_TAKEN)
    if len(form.password.encode()) > 72:
        raise refuse(400, answers.PASSWORD_TOO_LONG)
    user = state.add_user(form.name, form.email, form.password, form.role or "pending")
    session = _session(state, user, state.new_session(user)[0], None)
    return answer({key: value for key, value in session.items() if key not in {"expires_at", "permissions"}})


@router.post("/api_key")
async def new_key(caller: Anyone, state: HasState) -> Response:
    """Give the caller a new API key; the one before is void at once."""
    _require_keys(state, caller)
    _drop_key(state, caller)
    key = f"sk-{state.new_id().replace('-', '')}"
    state.keys.put(key, {"key": key, "user_id": caller.id})
    return answer({"api_key": key})


@router.get("/api_key")
async def read_key(caller: Anyone, state: HasState) -> Response:
    """Give the caller's API key."""
    _require_keys(state, caller)
    key = _key_of(state, caller)
    if key is None:
        raise refuse(404, answers.KEY_MISSING)
    return answer({"api_key": key})


@router.delete("/api_key")
async def drop_key(caller: Anyone, state: HasState) -> Response:
    """Void the caller's API key."""
    _require_keys(state, caller)
    return answer(_drop_key(state, caller))


def _token(request: Request) -> str | None:
    """Give the credential: a bearer, the cookie, any other scheme, `x-api-key`; the first there is."""
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and credential:
        return credential
    return request.cookies.get("token") or credential or request.headers.get("x-api-key")


def _by_key(state: State, token: str) -> Caller:
    key = state.keys.get(token)
    user = None if key is None else state.users.get(key["user_id"])
    if user is None:
        raise refuse(401, answers.INVALID_TOKEN)
    if not state.may(user, "features.api_keys"):
        raise refuse(403, answers.KEY_NOT_ALLOWED)
    return Caller(user, token, None)


def _session(state: State, user: Row, token: str, expires_at: int | None) -> dict[str, Any]:
    return {
        "token": token,
        "token_type": "Bearer",
        "expires_at": expires_at,
        **{key: user[key] for key in ("id", "email", "name", "role")},
        "profile_image_url": f"/api/v1/users/{user['id']}/profile/image",
        "permissions": state.permissions_of(user["id"]),
    }


def _count_sign_in(state: State, email: str) -> None:
    """Raise 429 at the sixteenth attempt on one address within three minutes; those that succeed count too."""
    now = state.now()
    recent = [moment for moment in state.sign_ins.get(email, []) if moment > now - SIGN_IN_SECONDS]
    if len(recent) >= SIGN_INS:
        raise refuse(429, answers.RATE_LIMITED)
    state.sign_ins[email] = [*recent, now]


def _require_keys(state: State, caller: Caller) -> None:
    if not state.may(caller.user, "features.api_keys"):
        raise refuse(403, answers.KEY_CREATION_NOT_ALLOWED)


def _key_of(state: State, caller: Caller) -> str | None:
    return next((row["key"] for row in state.keys.all() if row["user_id"] == caller.id), None)


def _drop_key(state: State, caller: Caller) -> bool:
    key = _key_of(state, caller)
    return key is not None and state.keys.drop(key)
