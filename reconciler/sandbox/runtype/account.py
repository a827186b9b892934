"""Who is asking, and what the plan of that account covers.

Takes requests, gives the account's state or the refusal; counts requests, and says with every answer how many are left.
It never looks at what the account holds.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reconciler.sandbox.control import answer_json
from reconciler.sandbox.runtype.answers import refuse
from reconciler.sandbox.runtype.state import State
from reconciler.sandbox.system import CREDENTIAL

router = APIRouter(prefix="/v1/auth")

HOUR = 3600
UNAUTHORIZED = "Unauthorized"
FORBIDDEN = "This API key may not write"
RATE_LIMITED = "Rate limit exceeded"
BYOK = {
    "code": "BYOK_REQUIRED",
    "error": "Payment Required",
    "message": "Keys of your own are not part of this plan",
}


async def get_state(request: Request) -> State:
    """Give the account's state."""
    state: State = request.app.state.account
    return state


HasState: TypeAlias = Annotated[State, Depends(get_state)]


@router.get("/me")
async def read_me(state: HasState) -> Response:
    """The account that the credential speaks for."""
    account = state.account
    return answer_json(
        {
            "userId": account["userId"],
            "orgId": account["orgId"],
            "orgRole": account["orgRole"],
            "orgSlug": account["orgSlug"],
            "hasOrganization": account["orgId"] is not None,
            "sessionId": None,
            "workspaceOrganizationId": account["orgId"],
        }
    )


def require_byok(state: State) -> None:
    """Raise 402 where the plan does not let the account bring its own keys."""
    if not state.account["byok"]:
        raise refuse(402, **BYOK)


def is_read(method: str, path: str) -> bool:
    """Say whether a request only asks; a list that makes a first default is a read all the same."""
    return method in {"GET", "HEAD"} or (method == "POST" and path.endswith("/discover-models"))


class Gate:
    """Stands in front of the routes: credential, permission, rate limit."""

    def __init__(self, routes: ASGIApp, state: State) -> None:
        self._routes = routes
        self._state = state
        self._hour = 0
        self._asked = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        limits = self._count()

        async def with_limits(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(raw=message["headers"]).update(limits)
            await send(message)

        await (self._refusal(scope) or self._routes)(scope, receive, with_limits)

    def _refusal(self, scope: Scope) -> Response | None:
        scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or token != CREDENTIAL:
            return answer_json({"error": UNAUTHORIZED}, 401)
        if self._asked > self._state.account["requestsPerHour"]:
            response = answer_json({"error": RATE_LIMITED}, 429)
            response.headers["Retry-After"] = str(self._ends() - int(self._state.clock()))
            return response
        if not self._state.account["mayWrite"] and not is_read(scope["method"], scope["path"]):
            return answer_json({"error": FORBIDDEN}, 403)
        return None

    def _count(self) -> dict[str, str]:
        """Count a request, and give the headers that tell what is left of the hour."""
        hour = int(self._state.clock()) // HOUR
        self._asked = self._asked + 1 if hour == self._hour else 1
        self._hour = hour
        limit = self._state.account["requestsPerHour"]
        return {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(max(0, limit - self._asked)),
            "X-RateLimit-Reset": str(self._ends()),
        }

    def _ends(self) -> int:
        return (self._hour + 1) * HOUR
