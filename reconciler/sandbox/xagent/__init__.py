"""Xagent as the sandbox serves it: models, default models, users and sessions.

Takes a store and the name of a dialect, gives the API under `/xagent/api`: the real server's, of version 0.8.4, on
SQLite or as it differs on PostgreSQL.
It never reaches a provider: every probe of one fails.
"""

from __future__ import annotations

import re
from functools import partial

from fastapi import FastAPI, Response
from fastapi.exceptions import RequestValidationError

from reconciler.sandbox.faults import busy
from reconciler.sandbox.store import Store
from reconciler.sandbox.system import Clock, Seeds, Served, System
from reconciler.sandbox.xagent import accounts, answers, defaults, keys, models, probes, statistics
from reconciler.sandbox.xagent.answers import ServerFault, answer
from reconciler.sandbox.xagent.dialect import DIALECTS
from reconciler.sandbox.xagent.seeds import plant
from reconciler.sandbox.xagent.state import State

_READ_BY_POST = re.compile(r"/api/models/(test|test-connection|providers/[^/]+/models)\Z")
_VERSION = {"version": "unknown", "display_version": "unknown", "commit": "", "build_time": ""}


async def _health() -> Response:
    return answer({"status": "ok"})


async def _version() -> Response:
    """What a server says of itself that was installed from a package."""
    return answer({**_VERSION, "latest_version": None, "is_latest": None})


def build(store: Store, clock: Clock, dialect: str, seeds: Seeds) -> Served:
    """Give the API on that store; raise ValueError where a seed does not fit."""
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    app.add_exception_handler(RequestValidationError, answers.refuse_body)
    app.add_exception_handler(ServerFault, answers.fail)
    app.state.server = State(store, clock, DIALECTS[dialect])
    routers = (models.router, defaults.router, accounts.router, statistics.router, probes.router)  # the busiest first
    for router in (*routers, accounts.admin_router, keys.router, models.last_router):
        app.include_router(router)
    app.add_api_route("/health", _health)
    app.add_api_route("/api/system/version", _version)
    app.add_api_route("/{path:path}", answers.read_nothing)
    plant(app.state.server, seeds)
    return Served(app, _is_read, partial(busy, {"detail": answers.TOO_MANY_ATTEMPTS}))


def _is_read(method: str, path: str) -> bool:
    return method in {"GET", "HEAD"} or _READ_BY_POST.match(path) is not None


SYSTEM = System("xagent", tuple(DIALECTS), build, ("auth: {login: {username: admin, password: {env: SANDBOX_TOKEN}}}",))
