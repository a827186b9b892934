"""Runtype as the sandbox serves it: model configurations, provider keys and an organisation's policies.

Takes a store and the name of a generation, gives the API under `/runtype/v1`.
It never reaches a model: the catalogue is a table, and what answers at an endpoint is the same everywhere.

No account of the real service was at hand: routes, bodies and statuses are those of the vendor's reference and of its
own client 5.5.0. Where both are silent the sandbox had to choose. Settings are replaced, a model may be configured
twice, there is one default: these are readings, and a seeded account may have the others (see `state.py`). A create
answers 201 and a delete 204; a connection that the organisation uses is neither deleted nor switched off (422); an
undecided configuration becomes ready by a PUT of both its key and its settings.
"""

from __future__ import annotations

from functools import partial

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from reconciler.sandbox.control import answer_json
from reconciler.sandbox.faults import busy
from reconciler.sandbox.runtype import account, analytics, configs, keys, listings, policies
from reconciler.sandbox.runtype.answers import INVALID_BODY, UNKNOWN_ROUTE
from reconciler.sandbox.runtype.dialect import DIALECTS
from reconciler.sandbox.runtype.seeds import plant
from reconciler.sandbox.runtype.state import State
from reconciler.sandbox.store import Store
from reconciler.sandbox.system import Clock, Seeds, Served, System


async def _refused(_: Request, error: Exception) -> Response:
    """Answer a refusal; a path without a route, and a route without the method, are not found."""
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    if isinstance(error.detail, dict):
        return answer_json(error.detail, error.status_code)
    return answer_json({"error": UNKNOWN_ROUTE}, 404)


async def _unreadable(_: Request, __: Exception) -> Response:
    return answer_json({"error": INVALID_BODY}, 400)


def build(store: Store, clock: Clock, dialect: str, seeds: Seeds) -> Served:
    """Give the API on that store; raise ValueError where a seed does not fit."""
    state = State(store, clock, DIALECTS[dialect])
    app = FastAPI(
        openapi_url=None,
        redirect_slashes=False,
        exception_handlers={HTTPException: _refused, RequestValidationError: _unreadable},
    )
    app.state.account = state
    for module in (configs, keys, listings, analytics, account):
        app.include_router(module.router)
    if state.dialect.organizations:
        app.include_router(policies.router)
    if state.dialect.distinct_models:
        app.include_router(listings.distinct_router)
    plant(state, seeds)
    return Served(account.Gate(app, state), account.is_read, partial(busy, {"error": account.RATE_LIMITED}))


SYSTEM = System("runtype", tuple(DIALECTS), build)
