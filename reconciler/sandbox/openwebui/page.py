"""The dialect of the published page of this API: the same routes under `/api`, in the page's own words.

Takes requests under `/api` and asks the real routes under `/api/v1`; translates grants, texts and statuses both ways.
It never changes what is stored: both dialects speak of the same models.

Grants are `{access_type, access_id, permission}` here, and grants in any other spelling are dropped. A model has the
page's keys alone; its `meta` is what was sent, with the page's default image. Other kinds, of which the page says
nothing, are spelled as on the real routes. Three paths mean something else on a real server and keep that meaning:
`/api/models` and `/api/models/base` are what chat clients read, `/api/version` is the version.
"""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reconciler.sandbox.openwebui import answers

REAL_PATHS = frozenset({"/api/models", "/api/models/base", "/api/version"})
DEFAULT_IMAGE = "/static/favicon.png"

_KEYS = (
    *("id", "user_id", "base_model_id", "name", "params", "meta", "access_grants", "is_active"),
    *("created_at", "updated_at"),
)
_SPELLINGS = {"access_type": "principal_type", "access_id": "principal_id", "permission": "permission"}
_MODELS = "/api/models/"
_WRITES = ("/api/models/create", "/api/models/model/update")

_REFUSALS = {
    (401, answers.MODEL_ID_TAKEN): (400, "Model ID is already taken"),
    (400, answers.MODEL_ID_TOO_LONG): (400, "Model ID is too long (max 256 characters)"),
    **{
        (401, text): (401, "Unauthorized")
        for text in (
            answers.NOT_AUTHENTICATED,
            answers.UNAUTHORIZED,
            answers.INVALID_TOKEN,
            answers.ACCESS_PROHIBITED,
        )
    },
}


class Page:
    """Stands in front of the real routes and answers those of the page through them."""

    def __init__(self, real: ASGIApp) -> None:
        self._real = real

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = scope["path"]
        if not path.startswith("/api/") or path.startswith("/api/v1/") or path in REAL_PATHS:
            await self._real(scope, receive, send)
            return
        body = await _translate_request(Request(scope, receive), path)
        inner = {**scope, "path": "/api/v1/" + path.removeprefix("/api/"), "headers": _with_length(scope, len(body))}
        await _translate_response(await _ask(self._real, inner, body))(scope, receive, send)


async def _translate_request(request: Request, path: str) -> bytes:
    content = await request.body()
    try:
        body = orjson.loads(content)
    except ValueError:
        return content
    if not isinstance(body, dict):
        return content
    if path.startswith(_MODELS) and isinstance(body.get("access_grants"), list):
        body["access_grants"] = [_real_grant(grant) for grant in body["access_grants"]]
    if path in _WRITES and isinstance(body.get("meta"), dict):
        body["meta"] = {"profile_image_url": DEFAULT_IMAGE, **body["meta"]}
    return orjson.dumps(body)


async def _ask(app: ASGIApp, scope: Scope, body: bytes) -> Response:
    """Give the app's whole answer."""
    parts: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        parts.append(message)

    await app(scope, receive, send)
    response = Response(b"".join(part.get("body", b"") for part in parts), parts[0]["status"])
    response.raw_headers = list(parts[0]["headers"])
    return response


def _translate_response(response: Response) -> Response:
    if response.headers.get("content-type") != "application/json":
        return response
    body = orjson.loads(response.body)
    if isinstance(body, dict) and isinstance(body.get("detail"), str):
        response.status_code, body["detail"] = _REFUSALS.get(
            (response.status_code, body["detail"]), (response.status_code, body["detail"])
        )
    response.body = orjson.dumps(_page_value(body))
    response.headers["content-length"] = str(len(response.body))
    return response


def _page_value(value: Any) -> Any:
    """Give models, wherever they stand in an answer, as the page spells them."""
    if isinstance(value, list):
        return [_page_value(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "access_grants" in value and "params" in value:
        return _page_model(value)
    if isinstance(value.get("items"), list):
        return {**value, "items": _page_value(value["items"])}
    return value


def _page_model(row: dict[str, Any]) -> dict[str, Any]:
    model = {key: row[key] for key in _KEYS}
    model["meta"] = {key: item for key, item in row["meta"].items() if item is not None}
    model["access_grants"] = [
        {mine: grant[real] for mine, real in _SPELLINGS.items()} for grant in row["access_grants"]
    ]
    return model


def _real_grant(grant: Any) -> Any:
    if not isinstance(grant, dict):
        return grant
    return {real: grant[mine] for mine, real in _SPELLINGS.items() if mine in grant}


def _with_length(scope: Scope, length: int) -> list[tuple[bytes, bytes]]:
    kept = [(name, value) for name, value in scope["headers"] if name != b"content-length"]
    return [*kept, (b"content-length", str(length).encode())] if length else kept
