"""Respan as the sandbox serves it: custom models, custom providers, and the built-in models around them.

Takes a store and the name of a generation (`dialect.py`), gives the API under `/respan/api`: paths end in a slash, and
one that does not is redirected (301) as Django does it, which loses the body of a POST.
It never reaches a model: nothing here answers a prompt.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Match, Route

from reconciler.sandbox.faults import busy, seconds_in_body
from reconciler.sandbox.respan import answers, lists, models, providers, status
from reconciler.sandbox.respan.answers import Asked, Refusal, refused
from reconciler.sandbox.respan.dialect import DIALECTS, Dialect
from reconciler.sandbox.respan.seeds import plant
from reconciler.sandbox.respan.state import State
from reconciler.sandbox.store import Store
from reconciler.sandbox.system import CREDENTIAL, Clock, Seeds, Served, System

Verb: TypeAlias = Callable[[State, Asked], Response]

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_READ_BY_POST = re.compile(r"/api/models/(list|summary|.+/status)/\Z")


@dataclass(frozen=True, slots=True)
class View:
    """A path: what each method does there, and whether it answers whoever has no key."""

    path: str
    verbs: Mapping[str, Verb]
    is_open: bool = False


def views(dialect: Dialect) -> list[View]:
    """Give the paths of a generation; the first that fits is asked."""
    one: dict[str, Verb] = {"GET": models.read, "PATCH": models.patch, "DELETE": models.delete}
    one_provider: dict[str, Verb] = {"GET": providers.read, "PATCH": providers.patch, "DELETE": providers.delete}
    if dialect.replaces:
        one, one_provider = {**one, "PUT": models.replace}, {**one_provider, "PUT": providers.replace}
    by_post = [
        View("/api/models/list/", {"POST": lists.read_by_post}, dialect.anonymous),
        View("/api/models/summary/", {"POST": lists.summarise}, dialect.anonymous),
    ]
    told = View("/api/models/{name:path}/status/", {"GET": status.read, "POST": status.read}, is_open=True)
    return [
        View("/api/models/", {**({"GET": lists.read_by_get} if dialect.get_lists else {}), "POST": models.upsert}),
        *(by_post if dialect.post_lists else ()),
        View("/api/models/public/", {"GET": lists.read_public}, is_open=True),
        *([told] if dialect.tells_status else ()),
        View("/api/models/{name:path}/", one),
        View("/api/providers/", {"GET": providers.read_all, "POST": providers.create}),
        View("/api/providers/{name}/", one_provider),
    ]


def build(store: Store, clock: Clock, dialect: str, seeds: Seeds) -> Served:
    """Give the API on that store; raise ValueError where a seed does not fit."""
    state = State(store, clock, DIALECTS[dialect])
    plant(state, seeds)
    routes = [Route(view.path, _endpoint(state, view), methods=_METHODS) for view in views(state.dialect)]
    app = Starlette(routes=[*routes, Route("/{rest:path}", _elsewhere(routes), methods=_METHODS)])
    app.router.redirect_slashes = False
    return Served(app, _is_read, _too_many)


def _endpoint(state: State, view: View) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        try:
            return _carried_out(state, view, request, await request.body())
        except Refusal as refusal:
            return refusal.response

    return endpoint


def _carried_out(state: State, view: View, request: Request, content: bytes) -> Response:
    key = request.headers.get("authorization", "").partition("Bearer ")[2]
    if key != CREDENTIAL and not view.is_open:
        raise refused(state.dialect.unauthenticated, answers.INVALID_KEY if key else answers.NO_CREDENTIALS)
    verb = view.verbs.get("GET" if request.method == "HEAD" else request.method)
    if verb is None:
        raise refused(405, f'Method "{request.method}" not allowed.')
    asked = Asked(
        name=request.path_params.get("name", ""),
        query=request.query_params,
        body=_body(content) if request.method in {"POST", "PUT", "PATCH"} else {},
        address=f"{request.url.scheme}://{request.headers.get('host', '')}{_path(request)}",
        member=key == CREDENTIAL,
    )
    return verb(state, asked)


def _body(content: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(content or b"{}")
    except ValueError as error:
        raise refused(400, f"JSON parse error - {error}") from error
    if not isinstance(body, dict):
        kind = type(body).__name__
        raise Refusal(400, {"non_field_errors": [f"Invalid data. Expected a dictionary, but got {kind}."]})
    return body


def _elsewhere(routes: list[Route]) -> Callable[[Request], Any]:
    """Give what is answered where no route fits: a redirect to where one does but for the slash, or Django's page."""

    async def endpoint(request: Request) -> Response:
        slashed = {**request.scope, "path": request.scope["path"] + "/"}
        if any(route.matches(slashed)[0] is Match.FULL for route in routes):
            query = f"?{request.url.query}" if request.url.query else ""
            return Response(status_code=301, headers={"location": f"{_path(request)}/{query}"})
        return HTMLResponse("<!doctype html><title>Not Found</title><h1>Not Found</h1>", 404)

    return endpoint


def _path(request: Request) -> str:
    """Give the path as it was asked for, the sandbox's prefix with it."""
    raw: bytes = request.scope["raw_path"]
    return raw.decode("ascii")


def _is_read(method: str, path: str) -> bool:
    return method in {"GET", "HEAD"} or _READ_BY_POST.match(path) is not None


def _too_many(value: str, now: float) -> Response:
    seconds = seconds_in_body(value)
    body = {"detail": answers.RATE_LIMITED}
    return busy(body if seconds is None else {**body, "retry_after": seconds}, value, now)


SYSTEM = System("respan", tuple(DIALECTS), build)
