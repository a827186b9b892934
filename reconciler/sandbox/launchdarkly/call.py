"""One request as the operations see it, and what an operation is.

Takes an HTTP request, gives a `Call` once the caller is known, or raises the refusal.
It never looks at what the server holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

import orjson
from starlette.requests import Request

from reconciler.sandbox.launchdarkly.answers import Refusal
from reconciler.sandbox.launchdarkly.state import State
from reconciler.sandbox.system import CREDENTIAL

PROJECT = "/api/v2/projects/{projectKey}"
CONFIGS = f"{PROJECT}/ai-configs"

READER = f"{CREDENTIAL}-reader"
"""A token whose role may only read."""

_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Call:
    """What a request says, decoded."""

    state: State
    path: str
    """As links name it: from `/api/v2` on, encoded, without query."""
    keys: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    content_type: str

    def below(self, path: str, **keys: str) -> str:
        """Fill a path of the API with the keys of this request, and with others."""
        return fill(path, {**self.keys, **keys})


class Operation(NamedTuple):
    """What answers a method of a path: `handle` gives the body, None where the answer has none."""

    method: str
    path: str
    handle: Callable[[Call], Any]
    status: int = 200
    beta: bool = False


def fill(path: str, keys: Mapping[str, str]) -> str:
    """Put keys where a path has parameters, encoded as the vendor's client encodes them."""
    return _PARAMETER.sub(lambda match: quote(keys[match[1]], safe=""), path)


async def read(request: Request, state: State, operation: Operation) -> Call:
    """Give the call; raise the refusal where the caller, the header of the API's version or the body is wrong."""
    authenticate(request)
    versions = ",".join(request.headers.getlist("LD-API-Version")).split(",")
    if len(versions) > 1:
        raise Refusal(400, "Too many values for parameter LD-API-Version")
    if operation.beta and versions != ["beta"]:
        raise Refusal(403, "This is a beta resource: send the header LD-API-Version with the value beta")
    raw = await request.body()
    try:
        body = orjson.loads(raw) if raw else None
    except orjson.JSONDecodeError as error:
        raise Refusal(400, f"the body is no JSON: {error}") from error
    keys = {name: unquote(value) for name, value in request.path_params.items()}
    if keys.get("projectKey", state.project) != state.project:
        raise Refusal(404, f"Unknown project key {keys['projectKey']}")
    query = dict(request.query_params)
    path = request.url.path.removeprefix(request.scope["root_path"])
    return Call(state, path, keys, query, body, request.headers.get("content-type", ""))


def authenticate(request: Request) -> None:
    """Raise the refusal unless the bare token is there (no `Bearer`), and may do what is asked."""
    token = request.headers.get("Authorization")
    if token not in {CREDENTIAL, READER}:
        raise Refusal(401, "Invalid access token")
    if token == READER and request.method not in {"GET", "HEAD"}:
        raise Refusal(403, "Access to the requested resource was denied")
