"""The sandbox's own routes: faults can be changed and requests can be looked at while it runs.

Takes HTTP requests under `/_sandbox/`, gives JSON.
It never touches what a system holds.

    GET    /_sandbox/faults     {"faults": [{"fault": "500:/models/create", "times": null}]}
    POST   /_sandbox/faults     {"faults": ["429=Retry-After: 1@0.5", {"fault": "500", "times": 1}], "seed": 7}
                                replaces all; `seed` is optional
    DELETE /_sandbox/faults     removes all
    GET    /_sandbox/requests   [{"method": "GET", "path": "/openwebui/api/v1/models/all", "status": 200}]
                                oldest first; status 0 is a connection that was broken
    DELETE /_sandbox/requests   forgets them

No credential is asked for: whoever reaches the loopback port owns the sandbox.
"""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from reconciler.sandbox.faults import Faults

PREFIX = "/_sandbox/"


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that a system was asked; `path` is without the query."""

    method: str
    path: str
    status: int


def answer_json(body: Any, status: int = 200) -> Response:
    """Give a JSON response."""
    return Response(orjson.dumps(body), status, media_type="application/json")


async def answer(request: Request, faults: Faults, requests: deque[Seen]) -> Response:
    """Give the response to a request under `/_sandbox/`."""
    match request.url.path.removeprefix(PREFIX), request.method:
        case "faults", "GET":
            pass
        case "faults", "DELETE":
            faults.clear()
        case "faults", "POST":
            try:
                _set(faults, orjson.loads(await request.body()))
            except ValueError as error:
                return answer_json({"detail": str(error)}, 422)
        case "requests", "GET":
            return answer_json([asdict(seen) for seen in requests])
        case "requests", "DELETE":
            requests.clear()
            return answer_json([])
        case _:
            return answer_json({"detail": "Not Found"}, 404)
    return answer_json({"faults": faults.told()})


def _set(faults: Faults, body: Any) -> None:
    told = body.get("faults") if isinstance(body, dict) else None
    seed = body.get("seed") if isinstance(body, dict) else None
    if not isinstance(told, list) or not (seed is None or isinstance(seed, int)):
        raise ValueError("expected {faults: [..], seed: number}")
    faults.set(*told, seed=seed)
