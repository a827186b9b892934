"""Plays a table of HTTP exchanges against a server, so that the sandbox and real servers can be compared.

Takes steps and anything that answers requests, gives what it answered, masked so that two servers can be compared.
It never judges: equal or not is said by the tests.

A table is played in order against a fresh server. A step may save a value of its answer under a name, and later steps
say `{name}`. What a server makes up (ids, times, tokens) is masked; a saved value shows as its name again, so that
"the same version as before" and "a new version" differ.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, TypeAlias

import httpx

Json: TypeAlias = Any
Record: TypeAlias = dict[str, Json]

UPSTREAM = [
    {"id": "gpt-4o", "object": "model", "created": 1715367049, "owned_by": "openai"},
    {"id": "gpt-4o-mini", "object": "model", "created": 1721172741, "owned_by": "openai"},
]
"""What the upstream behind the server lists; the sandbox is seeded with the same."""


class Upstream(BaseHTTPRequestHandler):
    """The smallest upstream that a server can list models from."""

    def do_GET(self) -> None:
        """Answer every path with the model list."""
        body = json.dumps({"object": "list", "data": UPSTREAM}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class Step:
    """One exchange. `body` None sends none; bytes go out as they are; `by` names the credential."""

    name: str
    method: str
    path: str
    body: Json = None
    by: str = "admin"
    save: Mapping[str, str] = field(default_factory=dict)
    ordered: bool = False


@dataclass(slots=True)
class Credentials:
    """Values of the header `Authorization` by name; `None` sends no header."""

    token: str
    jwt: str
    saved: dict[str, str] = field(default_factory=dict)

    def headers(self, by: str) -> dict[str, str]:
        """Give the headers that authenticate as `by`."""
        fixed = {"admin": self.token, "jwt": self.jwt, "bad-key": "sk-" + "0" * 32, "bad-jwt": "abc"}
        if by == "none":
            return {}
        if by == "x-api-key":
            return {"x-api-key": self.token}
        if by == "basic":
            return {"Authorization": "Basic YTpi"}
        return {"Authorization": f"Bearer {fixed.get(by) or self.saved[by]}"}


def play(client: httpx.Client, credentials: Credentials, steps: tuple[Step, ...]) -> dict[str, Record]:
    """Send every step in order; give the masked answers by step name."""
    records: dict[str, Record] = {}
    for step in steps:
        client.cookies.clear()
        response = _send(client, credentials, step)
        answer = _parse(response)
        for name, key in step.save.items():
            if isinstance(answer, dict) and key in answer:  # version_id came with 0.12
                credentials.saved[name] = answer[key]
        if step.name in records:
            raise ValueError(f"two steps are called {step.name!r}")
        records[step.name] = _record(response, answer, credentials.saved, step.ordered)
    return records


def _send(client: httpx.Client, credentials: Credentials, step: Step) -> httpx.Response:
    headers = credentials.headers(step.by)
    content = None
    if isinstance(step.body, bytes):
        content = step.body
    elif step.body is not None:
        content = _fill(json.dumps(step.body), credentials.saved).encode()
    if content is not None:
        headers["Content-Type"] = "application/json"
    return client.request(step.method, _fill(step.path, credentials.saved), content=content, headers=headers)


def _fill(text: str, saved: Mapping[str, str]) -> str:
    return re.sub(r"\{([a-z][a-z0-9_]*)\}", lambda match: saved.get(match[1], match[0]), text)


def _parse(response: httpx.Response) -> Json:
    if response.headers.get("content-type", "").startswith("application/json"):
        return response.json()
    return "<html>" if "html" in response.headers.get("content-type", "") else response.text


_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_KEY = re.compile(r"sk-[0-9a-f]{32}")
_TIMES = ("created_at", "updated_at", "last_active_at", "expires_at")


def _record(response: httpx.Response, answer: Json, saved: Mapping[str, str], ordered: bool) -> Record:
    names = {value: name for name, value in saved.items()}
    body = _mask(answer, names)
    return {
        "status": response.status_code,
        "type": response.headers.get("content-type", ""),
        "cookies": sorted(response.cookies.keys()),
        "body": body if ordered else _sort_rows(body),
    }


def _mask(value: Json, names: Mapping[str, str]) -> Json:
    if isinstance(value, list):
        return [_mask(item, names) for item in value]
    if isinstance(value, dict):
        return {key: _mask_entry(key, item, names) for key, item in value.items()}
    if not isinstance(value, str):
        return value
    if "validation error for" in value:
        return "<validation error>"  # tells the version of the library
    text = _UUID.sub(lambda match: "{%s}" % names[match[0]] if match[0] in names else "<uuid>", value)  # noqa: UP031
    return _KEY.sub("<key>", text)


def _mask_entry(key: str, value: Json, names: Mapping[str, str]) -> Json:
    if key in _TIMES and isinstance(value, int):
        return "<time>"
    if key == "created" and value not in [model["created"] for model in UPSTREAM]:
        return "<time>"
    if key == "token" and isinstance(value, str):
        return "<token>"
    if key == "access_grants" and isinstance(value, list):
        grants = [_mask(item, names) for item in value]
        return sorted(grants, key=lambda grant: json.dumps(grant, sort_keys=True))
    return _mask(value, names)


def _sort_rows(body: Json) -> Json:
    """Bring lists of rows into one order: servers promise none, or order by a time that counts in seconds."""
    if isinstance(body, list) and all(isinstance(row, dict) and "loc" not in row for row in body):
        return sorted(body, key=lambda row: json.dumps(row, sort_keys=True))
    if isinstance(body, dict):
        return {
            key: _sort_rows(item) if key in {"items", "users", "data", "user_ids"} else item
            for key, item in body.items()
        }
    return body


def differences(expected: Json, found: Json, place: str = "") -> list[str]:
    """Give a line for each place where the two differ. 1 and 1.0 are the same, 1 and true are not."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [
            line
            for key in sorted({*expected, *found})
            for line in differences(expected.get(key, "<absent>"), found.get(key, "<absent>"), f"{place}.{key}")
        ]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = enumerate(zip(expected, found, strict=True))
        return [line for at, (one, other) in pairs for line in differences(one, other, f"{place}[{at}]")]
    if expected == found and isinstance(expected, bool) == isinstance(found, bool):
        return []
    return [f"{place}: expected {json.dumps(expected)[:200]}, found {json.dumps(found)[:200]}"]


def get(name: str, path: str, by: str = "admin", **more: Any) -> Step:
    """A GET."""
    return Step(name, "GET", path, by=by, **more)


def post(name: str, path: str, body: Json = None, by: str = "admin", **more: Any) -> Step:
    """A POST."""
    return Step(name, "POST", path, body, by=by, **more)
