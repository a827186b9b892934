"""LaunchDarkly AI Configs as the sandbox serves them: one account with the project `default`.

Takes a store and the name of a version of the vendor's client, gives the REST API v2 under `/launchdarkly/api/v2`: what
the client 25.0.1 knows, or the dialect v23, in which a model config cannot be changed. The word `sandbox-reader` is a
token that may only read.
It never serves a model, and never counts what was served.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from reconciler.sandbox.launchdarkly import catalog, configs, graphs, metrics, models, results, targeting, variations
from reconciler.sandbox.launchdarkly.answers import Refusal, answer, error, too_many
from reconciler.sandbox.launchdarkly.call import Call, Operation, read
from reconciler.sandbox.launchdarkly.seeds import plant
from reconciler.sandbox.launchdarkly.state import ACCOUNT, DIALECTS, MEMBER, Dialect, State
from reconciler.sandbox.launchdarkly.versioned import operations
from reconciler.sandbox.store import Row, Store
from reconciler.sandbox.system import Clock, Seeds, Served, System

_OVERRIDDEN = {"PATCH", "PUT", "DELETE"}


def _caller(_: Call) -> Row:
    return {
        "accountId": ACCOUNT,
        "authKind": "token",
        "tokenKind": "auth",
        "tokenId": "60b1f5d0c1d5a90a1f0e4c13",
        "tokenName": "sandbox",
        "memberId": MEMBER["_id"],
        "serviceToken": False,
    }


def served(dialect: Dialect) -> tuple[Operation, ...]:
    """Give every operation; where two paths fit, the earlier answers."""
    return (
        Operation("GET", "/api/v2/caller-identity", _caller),
        *models.operations(dialect),
        *(operation for resource in catalog.RESOURCES for operation in operations(resource)),
        *results.OPERATIONS,
        *graphs.OPERATIONS,
        *metrics.OPERATIONS,
        *targeting.OPERATIONS,
        *variations.OPERATIONS,
        *configs.OPERATIONS,
    )


class _Front:
    """Hands on what arrives: paths as they were encoded, since keys may hold slashes, and methods as overridden."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        root, _, path = scope["raw_path"].decode("ascii").removeprefix("/").partition("/")
        headers = {name.lower(): value for name, value in scope["headers"]}
        wanted = headers.get(b"x-http-method-override", b"").decode("latin-1").upper()
        method = wanted if scope["method"] == "POST" and wanted in _OVERRIDDEN else scope["method"]
        await self._app({**scope, "root_path": f"/{root}", "path": f"/{root}/{path}", "method": method}, receive, send)


def _route(operation: Operation, state: State) -> Route:
    async def respond(request: Request) -> Response:
        try:
            body = operation.handle(await read(request, state, operation))
        except Refusal as refusal:
            return refusal.response()
        return answer(body, operation.status) if operation.status != 204 else Response(status_code=204)

    return Route(operation.path, respond, methods=[operation.method])


async def _nowhere(request: Request, problem: Exception) -> Response:
    """What no operation answers: 404 for a path, 405 for a method of one."""
    status = problem.status_code if isinstance(problem, HTTPException) else 404
    return answer(error(status, f"nothing answers {request.method} {request.url.path}"), status)


def build(store: Store, clock: Clock, dialect: str, seeds: Seeds) -> Served:
    """Give the API on that store; raise ValueError where a seed does not fit."""
    state = State(store, clock, DIALECTS[dialect])
    routes = [_route(operation, state) for operation in served(DIALECTS[dialect])]
    app = Starlette(routes=routes, exception_handlers=dict.fromkeys((404, 405), _nowhere))
    app.router.redirect_slashes = False
    plant(state, seeds)
    return Served(_Front(app), lambda method, path: method in {"GET", "HEAD"}, too_many)


SYSTEM = System(
    "launchdarkly",
    tuple(DIALECTS),
    build,
    settings=("auth: {header: {name: Authorization, value: {env: SANDBOX_TOKEN}}}", "project: default"),
)
