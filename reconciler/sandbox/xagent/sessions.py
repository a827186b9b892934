"""Who is asking: access tokens, and how many failed log-ins are too many.

Takes headers and attempts, gives the user they stand for, or raises the refusal.
The word `sandbox` is always an access token of the first administrator.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, TypeAlias

from fastapi import Depends, HTTPException, Request

from reconciler.sandbox.store import Row
from reconciler.sandbox.system import CREDENTIAL
from reconciler.sandbox.xagent import answers
from reconciler.sandbox.xagent.answers import refuse
from reconciler.sandbox.xagent.state import State

WINDOW_SECONDS = 900
PER_ADDRESS, PER_ACCOUNT, PER_PAIR = 200, 50, 5
"""How many failed log-ins within the window are taken from an address, on an account, from an address on an account."""


async def get_state(request: Request) -> State:
    """Give the server's state."""
    state: State = request.app.state.server
    return state


HasState: TypeAlias = Annotated[State, Depends(get_state)]


async def get_caller(request: Request, state: HasState) -> Row:
    """Give the user who is asking; raise 401 where the token is missing or speaks for nobody any more."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise refuse(401, answers.NOT_AUTHENTICATED, WWW_Authenticate="Bearer")
    if token == CREDENTIAL:
        return next(user for user in state.users.all() if user["is_admin"])
    claims = state.tokens.get(token)
    if claims is None:
        raise _invalid(answers.INVALID_TOKEN, "InvalidToken")
    if claims["expires_at"] < state.now():
        raise _invalid(answers.TOKEN_EXPIRED, "TokenExpired")
    if claims["type"] != "access":
        raise refuse(401, answers.WRONG_TOKEN_TYPE, WWW_Authenticate="Bearer")
    user = state.user(claims["user_id"])
    if user is None or user["username"] != claims["username"]:
        raise refuse(401, answers.USER_NOT_FOUND, WWW_Authenticate="Bearer")
    if user["epoch"] != claims["epoch"]:
        raise _invalid(answers.INVALID_TOKEN, "InvalidToken")
    return user


Caller: TypeAlias = Annotated[Row, Depends(get_caller)]

USERS = [Depends(get_caller)]
"""Guard of routes that need not know who is asking."""


async def get_admin(caller: Caller) -> Row:
    """Give the user who is asking; raise 403 where it is no administrator."""
    if not caller["is_admin"]:
        raise refuse(403, answers.ADMINS_ONLY)
    return caller


Admin: TypeAlias = Annotated[Row, Depends(get_admin)]

ADMINS = [Depends(get_admin)]
"""Guard of routes for administrators that need not know which."""


def count_log_in(state: State, address: str, identifier: str, user: Row | None) -> None:
    """Count a log-in as failed, until it is forgiven; raise 429 where there were too many."""
    _count(state, {_address(address): PER_ADDRESS})
    account, pair = _account(address, identifier, user)
    _count(state, {account: PER_ACCOUNT, pair: PER_PAIR})


def forgive_log_in(state: State, address: str, identifier: str, user: Row) -> None:
    """Forget all failures on the account, and that this log-in was counted."""
    for key in _account(address, identifier, user):
        state.attempts.pop(key, None)
    state.attempts[_address(address)].pop()


def _count(state: State, limits: Mapping[str, int]) -> None:
    now, attempts = state.now(), state.attempts
    for key in limits:
        attempts[key] = [moment for moment in attempts.get(key, []) if moment > now - WINDOW_SECONDS]
    full = [attempts[key][0] for key, limit in limits.items() if len(attempts[key]) >= limit]
    if full:
        wait = max(1, math.ceil(max(full) + WINDOW_SECONDS - now))
        raise refuse(429, answers.TOO_MANY_ATTEMPTS, Retry_After=str(wait))
    for key in limits:
        attempts[key].append(now)


def _address(address: str) -> str:
    return f"address {address}"


def _account(address: str, identifier: str, user: Row | None) -> tuple[str, str]:
    account = f"user {user['id']}" if user is not None else f"nobody {identifier.strip().lower()}"
    return f"account {account}", f"pair {address} {account}"


def _invalid(detail: str, kind: str) -> HTTPException:
    return refuse(401, detail, WWW_Authenticate="Bearer", Error_Type=kind)
