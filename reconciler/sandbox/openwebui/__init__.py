"""Open WebUI as the sandbox serves it: models, groups, prompts, tools, functions, knowledge, users, defaults, sign-in.

Takes a store and the name of a version, gives the API under `/openwebui`: the real server's under `/api/v1` (0.12.4,
or the dialect 0.11.4), and the published page's under `/api`, both on the same state.
It never reaches an upstream: what answers to a base model's id is a seed.
"""

from __future__ import annotations

import re
from functools import partial

from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse

from reconciler.sandbox.faults import busy
from reconciler.sandbox.openwebui import (
    answers,
    auths,
    chat,
    configs,
    functions,
    groups,
    knowledge,
    model_lists,
    models,
    prompts,
    tools,
    users,
)
from reconciler.sandbox.openwebui.answers import answer
from reconciler.sandbox.openwebui.auths import HasState
from reconciler.sandbox.openwebui.dialect import DIALECTS, Dialect
from reconciler.sandbox.openwebui.page import Page
from reconciler.sandbox.openwebui.seeds import plant
from reconciler.sandbox.openwebui.state import State
from reconciler.sandbox.store import Store
from reconciler.sandbox.system import Clock, Seeds, Served, System

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_READ_BY_POST = re.compile(r"/api/(v1/)?groups/id/[^/]+/users\Z")
_PAGE = "<!doctype html><title>Sandbox</title><p>Here a real server shows its user interface."


async def _health() -> Response:
    return answer({"status": True})


async def _version(state: HasState) -> Response:
    return answer({"version": state.dialect.version, "deployment_id": ""})


async def _interface(request: Request) -> Response:
    """What no route answers: a page for every GET, 405 for the rest."""
    if request.method in {"GET", "HEAD"}:
        return HTMLResponse(_PAGE)
    return answer({"detail": "Method Not Allowed"}, 405)


async def _refuse_body(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - what it is registered for
    server: State = request.app.state.server
    if server.dialect.terse_auth_errors and request.url.path.startswith("/api/v1/auths/"):
        return answer({"detail": answers.INVALID_AUTH}, 422)
    return await request_validation_exception_handler(request, error)


def _routes(app: FastAPI, dialect: Dialect) -> None:
    app.add_api_route("/health", _health)
    app.add_api_route("/api/version", _version)
    for module in (models, model_lists, groups, prompts, tools, functions, knowledge, configs, users, auths, chat):
        app.include_router(module.router)  # the busiest first
    if dialect.history:
        for versioned in (model_lists, tools, functions):
            app.include_router(versioned.history_router)
    if dialect.group_trees:
        app.include_router(groups.tree_router)
    app.add_api_route("/{path:path}", _interface, methods=_METHODS)


def build(store: Store, clock: Clock, dialect: str, seeds: Seeds) -> Served:
    """Give the API on that store; raise ValueError where a seed does not fit."""
    app = FastAPI(openapi_url=None, redirect_slashes=False, exception_handlers={RequestValidationError: _refuse_body})
    app.state.server = State(store, clock, DIALECTS[dialect])
    _routes(app, DIALECTS[dialect])
    plant(app.state.server, seeds)
    return Served(Page(app), _is_read, partial(busy, {"detail": answers.RATE_LIMITED}))


def _is_read(method: str, path: str) -> bool:
    return method in {"GET", "HEAD"} or _READ_BY_POST.search(path) is not None


SYSTEM = System("openwebui", tuple(DIALECTS), build)
