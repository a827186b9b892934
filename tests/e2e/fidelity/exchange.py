"""Plays a table of HTTP exchanges against a server, so that the sandbox and real servers can be compared.

Takes steps and anything that answers requests, gives what it answered, masked so that two servers can be compared.
It never judges: equal or not is said by the tests.

A table is played in order against a fresh server. A step may save a value of its answer under a name, and later steps
say `{name}`; a text that is nothing else becomes the value itself, so that numbers stay numbers. What a server makes up
(ids, times, tokens) is masked as the table says; a saved value can show as its name again, so that "the same version as
before" and "a new version" differ.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
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


@dataclass(frozen=True, slots=True)
class Table:
    """The exchanges with one system, what differs from server to server in its answers, and the recorded ones."""

    system: str
    steps: tuple[Step, ...]
    made_up: Callable[[str, Json], Json]
    """Gives the value that is shown in place of one under a key."""
    text: Callable[[str, Mapping[Json, str]], str]
    """Gives the text that is shown in place of one, knowing the names of saved values."""
    rows: frozenset[str]
    """Keys of lists without an order, at the top of an answer."""
    sets: frozenset[str] = frozenset()
    """Keys of lists without an order, anywhere."""
    headers: tuple[str, ...] = ()
    """Headers that are recorded too."""

    def recorded(self, version: str) -> dict[str, Record]:
        """Give what a real server of that version answered, by step."""
        records: dict[str, Record] = json.loads(self._file(version).read_text(encoding="utf-8"))
        return records

    def record(self, version: str, records: dict[str, Record]) -> None:
        """Write what a real server of that version answered, a line a step."""
        lines = [f"{json.dumps(name)}: {json.dumps(answer, sort_keys=True)}" for name, answer in records.items()]
        self._file(version).write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")

    def _file(self, version: str) -> Path:
        return Path(__file__).with_name(f"{self.system}-{version}.json")


@dataclass(slots=True)
class Credentials:
    """Values of the header `Authorization` by name, and the values that steps saved."""

    token: str
    jwt: str
    saved: dict[str, Json] = field(default_factory=dict)

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


def play(client: httpx.Client, credentials: Credentials, table: Table) -> dict[str, Record]:
    """Send every step in order; give the masked answers by step name."""
    records: dict[str, Record] = {}
    for step in table.steps:
        client.cookies.clear()
        response = _send(client, credentials, step)
        answer = _parse(response)
        for name, key in step.save.items():
            if isinstance(answer, dict) and key in answer:  # version_id came with 0.12
                credentials.saved[name] = answer[key]
        if step.name in records:
            raise ValueError(f"two steps are called {step.name!r}")
        records[step.name] = _record(table, step, response, answer, credentials.saved)
    return records


def _send(client: httpx.Client, credentials: Credentials, step: Step) -> httpx.Response:
    headers = credentials.headers(step.by)
    content = None
    if isinstance(step.body, bytes):
        content = step.body
    elif step.body is not None:
        content = json.dumps(_filled(step.body, credentials.saved)).encode()
    if content is not None:
        headers["Content-Type"] = "application/json"
    return client.request(step.method, _fill(step.path, credentials.saved), content=content, headers=headers)


def _filled(body: Json, saved: Mapping[str, Json]) -> Json:
    if isinstance(body, list):
        return [_filled(item, saved) for item in body]
    if isinstance(body, dict):
        return {key: _filled(item, saved) for key, item in body.items()}
    if not isinstance(body, str):
        return body
    return saved[body[1:-1]] if body[:1] == "{" and body[1:-1] in saved else _fill(body, saved)


def _fill(text: str, saved: Mapping[str, Json]) -> str:
    return re.sub(r"\{([a-z][a-z0-9_]*)\}", lambda match: str(saved.get(match[1], match[0])), text)


def _parse(response: httpx.Response) -> Json:
    if response.headers.get("content-type", "").startswith("application/json") and response.content:
        return response.json()
    return "<html>" if "html" in response.headers.get("content-type", "") else response.text


def _record(table: Table, step: Step, response: httpx.Response, answer: Json, saved: Mapping[str, Json]) -> Record:
    names = {value: name for name, value in saved.items()}
    body = _mask(table, "", answer, names)
    record = {
        "status": response.status_code,
        "type": response.headers.get("content-type", ""),
        "cookies": sorted(response.cookies.keys()),
        "body": body if step.ordered else _sort_rows(table, body),
    }
    told = {name: table.made_up(name, response.headers[name]) for name in table.headers if name in response.headers}
    return {**record, "headers": told} if told else record


def _mask(table: Table, key: str, value: Json, names: Mapping[Json, str]) -> Json:
    shown = table.made_up(key, value)
    if isinstance(shown, dict):
        return {name: _mask(table, name, item, names) for name, item in shown.items()}
    if isinstance(shown, list):
        items = [_mask(table, "", item, names) for item in shown]
        return sorted(items, key=_as_text) if key in table.sets else items
    return table.text(shown, names) if isinstance(shown, str) else shown


def _sort_rows(table: Table, body: Json) -> Json:
    """Bring lists of rows into one order: servers promise none, or order by a time that counts in seconds."""
    if isinstance(body, list) and not any(isinstance(row, dict) and "loc" in row for row in body):
        return sorted(body, key=_as_text)
    if isinstance(body, dict):
        return {key: _sort_rows(table, item) if key in table.rows else item for key, item in body.items()}
    return body


def _as_text(value: Json) -> str:
    return json.dumps(value, sort_keys=True)


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
