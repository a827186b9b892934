"""What a network and a busy, broken or lying server do to one exchange.

Takes a fault's name and an answer, gives what the client sees instead. Pure but for the dice that it is handed.
"""

from __future__ import annotations

import random
from typing import Any

import httpx
import orjson

LOST_BEFORE = {
    "timeout before": httpx.ReadTimeout,
    "reset before": httpx.RemoteProtocolError,
    "refused connection": httpx.ConnectError,
    "connect timeout": httpx.ConnectTimeout,
}
"""The server never gets the request."""
LOST_AFTER = {"timeout after": httpx.ReadTimeout, "reset after": httpx.ReadError}
"""The server carries it out, and nobody hears of it."""
REFUSED = {
    "429": (429, {}),
    "429 Retry-After": (429, {"retry-after": "3"}),
    "429 Retry-After of nonsense": (429, {"retry-after": "soon"}),
    "429 Retry-After negative": (429, {"retry-after": "-5"}),
    "429 Retry-After date": (429, {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}),
    "429 X-RateLimit-Reset": (429, {"x-ratelimit-reset": "99999999999999"}),
    "429 Retry-After-Ms": (429, {"retry-after-ms": "250"}),
    "500 before": (500, {}),
    "503 before": (503, {"retry-after": "2"}),
}
"""The server says no, and carries nothing out."""
BROKEN_AFTER = ("502 after", "504 after", "500 page after")
"""The server carries it out, and something in between says that it failed."""
GARBLED = ("truncated", "malformed", "html page", "empty", "deep")
"""The server carries it out, and what comes back cannot be read."""
SHORT = ("short list",)
"""A list lacks items that its own total counts."""
ODD = ("reordered list", "repeated item")
"""A list comes in another order, or shows an item twice, as pages do while others write."""
LIES = ("lie: stale read", "lie: dropped field")
"""A well-formed answer that is not true."""
NETWORK = (*LOST_BEFORE, *LOST_AFTER, *REFUSED, *BROKEN_AFTER, *GARBLED, *SHORT, *ODD)
EVERY = (*NETWORK, *LIES)

_TOTALS = ("total", "totalCount", "count")


def instead(fault: str, answer: httpx.Response, dice: random.Random, *, is_read: bool) -> httpx.Response:
    """Give what the client sees instead of an answer; the answer itself, where the fault has nothing to do to it."""
    if fault in BROKEN_AFTER:
        return _page(500) if "page" in fault else httpx.Response(int(fault[:3]), json={"detail": "bad gateway"})
    if fault in GARBLED:
        return _garbled(fault, answer, dice)
    if fault in (*SHORT, *ODD, *LIES) and is_read and answer.status_code == 200:
        return _retold(fault, answer, dice)
    return answer


def _page(status: int) -> httpx.Response:
    text = "<!doctype html><html><head><title>Bad gateway</title></head><body>The server is on its way.</body></html>"
    return httpx.Response(status, headers={"content-type": "text/html"}, text=text)


def _garbled(fault: str, answer: httpx.Response, dice: random.Random) -> httpx.Response:
    kept = {"content-type": "application/json"}
    if fault == "html page":
        return _page(dice.choice((200, 502, 404)))
    if fault == "truncated":
        return httpx.Response(answer.status_code, headers=kept, content=answer.content[: len(answer.content) * 2 // 3])
    junk = {"malformed": b'{"id": nan, }', "empty": b"", "deep": b"[" * 20_000 + b"]" * 20_000}[fault]
    return httpx.Response(answer.status_code, headers=kept, content=junk)


def _retold(fault: str, answer: httpx.Response, dice: random.Random) -> httpx.Response:
    body = orjson.loads(answer.content)
    items, total = _items(body)
    if len(items) < 1 + (fault == "reordered list") or (fault in SHORT and total is None):
        return answer
    if fault == "short list":
        items.pop(dice.randrange(len(items)))
    elif fault == "reordered list":
        dice.shuffle(items)
    elif fault == "repeated item":
        items.append(items[dice.randrange(len(items))])
    elif fault == "lie: dropped field":
        item = items[dice.randrange(len(items))]
        if isinstance(item, dict) and item:
            del item[dice.choice(sorted(item))]
    return httpx.Response(answer.status_code, headers={"content-type": "application/json"}, content=orjson.dumps(body))


def _items(body: Any) -> tuple[list[Any], str | None]:
    """Give the list in an answer, and the field that counts its items on all pages."""
    if isinstance(body, list):
        return body, None
    if not isinstance(body, dict):
        return [], None
    lists = [value for _, value in sorted(body.items()) if isinstance(value, list) and value]
    totals = [name for name in _TOTALS if body.get(name) == len(lists[0])] if lists else []
    return (lists[0], totals[0] if totals else None) if lists else ([], None)
