"""Faults on demand: what a network and a busy server do to a client, told in one line each.

Takes lines such as `429=Retry-After: 2@0.5:/models/create`, gives which faults strike a request.
It never touches a request itself; `app.py` carries out what is drawn here.

    NAME[=VALUE][@RATE][:[METHOD ]PATH]

    latency=MS      wait that many milliseconds before anything else
    429=HEADER      refuse, store nothing; HEADER says when to come back (see `retry_headers`)
    429=body+N      the same, the body saying so where the system's body has room for it
    429=disguised   the same, in the status that the system hides it behind, where it has one
    500             fail, store nothing, and break the connection after the answer
    reset-before    break the connection before anything is done
    reset-after     do it, then break the connection instead of answering
    stale-read      answer reads from the state before the last write

RATE (0 to 1, default 1) is the share of matching requests that are struck, drawn from a seeded sequence.
PATH (default: everything) is a part of the request's path, `*` standing for anything; a last `$` ends it there, and a
METHOD before it leaves requests of other methods alone.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from fnmatch import fnmatchcase
from typing import Any, TypeAlias

import orjson
from starlette.responses import Response

NAMES = ("latency", "429", "500", "reset-before", "reset-after", "stale-read")

_GRAMMAR = re.compile(
    r"(?P<name>[a-z0-9-]+)(=(?P<value>.*?))?(@(?P<rate>[0-9.]+))?(:((?P<method>[A-Z]+) )?(?P<path>/.*))?\Z",
    re.DOTALL,
)
_VALUES = {"latency": r"\d+(\.\d+)?", "429": r".*"}
_MOMENT = re.compile(r"(?P<unit>date|epoch|epoch-ms)(?P<seconds>[+-]\d+)?\Z")
_IN_BODY = re.compile(r"body(\+(?P<seconds>\d+))?\Z")
_DISGUISED = "disguised"
_BARE = re.compile(r"-?\d+(\.\d+)?\Z|date([+-]\d+)?\Z")

Told: TypeAlias = str | Mapping[str, Any]
"""A fault as its line, or as `{"fault": line, "times": N}` where it shall strike only N times."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, as told."""

    name: str
    value: str
    rate: float
    path: str
    text: str
    method: str = ""

    def concerns(self, method: str, path: str) -> bool:
        """Say whether such a request can be struck."""
        if self.method not in ("", method):
            return False
        return not self.path or fnmatchcase(path, f"*{self.path[:-1]}" if self.path[-1] == "$" else f"*{self.path}*")


@dataclass(slots=True)
class _Armed:
    fault: Fault
    dice: random.Random
    left: int | None


class Faults:
    """The faults of one sandbox. Tests may set them while it runs; the same seed gives the same sequence."""

    def __init__(self, told: Iterable[Told] = (), *, seed: int = 0) -> None:
        self._seed = seed
        self._armed: list[_Armed] = []
        self.set(*told)

    def set(self, *told: Told, seed: int | None = None) -> None:
        """Replace all faults by these, and start their sequences again."""
        chosen = self._seed if seed is None else seed
        self._armed = [_arm(item, chosen, place) for place, item in enumerate(told)]
        self._seed = chosen

    def clear(self) -> None:
        """Remove all faults."""
        self._armed = []

    def told(self) -> list[dict[str, Any]]:
        """Give the faults as they can be told again; `times` is what is left."""
        return [{"fault": item.fault.text, "times": item.left} for item in self._armed if item.left != 0]

    def draw(self, method: str, path: str) -> list[Fault]:
        """Give the faults that strike the next such request, in the order in which they were told."""
        struck = []
        for item in self._armed:
            if item.left == 0 or not item.fault.concerns(method, path) or item.dice.random() >= item.fault.rate:
                continue
            if item.left is not None:
                item.left -= 1
            struck.append(item.fault)
        return struck


def parse(text: str) -> Fault:
    """Read one fault; raise ValueError saying what is wrong with it."""
    match = _GRAMMAR.match(text.strip())
    if match is None or match["name"] not in NAMES:
        raise ValueError(
            f"{text!r} is not a fault; expected one of {', '.join(NAMES)} with [=VALUE][@RATE][:[METHOD ]PATH]"
        )
    name, value = match["name"], (match["value"] or "").strip()
    if not re.fullmatch(_VALUES.get(name, ""), value):
        raise ValueError(f"{text!r}: latency takes milliseconds, as in latency=20; 429 takes a header; others nothing")
    if name == "429":
        retry_headers(value, 0.0)
    return Fault(name, value, _rate(match["rate"], text), match["path"] or "", text.strip(), match["method"] or "")


def retry_headers(value: str, now: float) -> list[tuple[str, str]]:
    """Give the headers of a 429 that was told as `value`, at `now` (epoch seconds).

    `none` or nothing: no header. `NAME: VALUE` (or `NAME=VALUE`): that header, VALUE as it stands or one of
    `date+N` (an HTTP date), `epoch+N`, `epoch-ms+N`, N seconds from now. `Retry-After` alone: one second.
    `X-RateLimit-Reset` alone, or any other name with Reset in it: the epoch in one second. A number, or `date+N`:
    the value of `Retry-After`. `body+N` and `disguised`: no header.
    """
    if value in {"", "none", _DISGUISED} or _IN_BODY.match(value):
        return []
    if _BARE.match(value):
        value = f"Retry-After: {value}"
    name, _, rest = (part.strip() for part in _partition(value))
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", name):
        raise ValueError(f"429={value}: {name!r} is not the name of a header")
    return [(name, _moment(rest or ("epoch+1" if "reset" in name.lower() else "1"), now))]


def is_disguised(value: str) -> bool:
    """Say whether a 429 that was told as `value` shall not look like one."""
    return value == _DISGUISED


def seconds_in_body(value: str) -> int | None:
    """Give the seconds that the body of a 429 that was told as `value` shall name, None for no word of it."""
    match = _IN_BODY.match(value)
    return None if match is None else int(match["seconds"] or 1)


def busy(body: Any, value: str, now: float) -> Response:
    """Give a 429 that was told as `value`, at `now` (epoch seconds), with a body."""
    headers = dict(retry_headers(value, now))
    return Response(orjson.dumps(body), 429, headers, media_type="application/json")


def _partition(value: str) -> tuple[str, str, str]:
    colon, equals = value.find(":"), value.find("=")
    return value.partition(":") if equals < 0 or 0 <= colon < equals else value.partition("=")


def _moment(value: str, now: float) -> str:
    match = _MOMENT.match(value)
    if match is None:
        return value
    moment = now + int(match["seconds"] or 0)
    if match["unit"] == "date":
        return formatdate(moment, usegmt=True)
    return str(int(moment * 1000) if match["unit"] == "epoch-ms" else int(moment))


def _rate(text: str | None, told: str) -> float:
    if text is None:
        return 1.0
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0 <= rate <= 1:
        raise ValueError(f"{told!r}: the rate after @ is a number from 0 to 1")
    return rate


def _arm(told: Told, seed: int, place: int) -> _Armed:
    entry = told if isinstance(told, Mapping) else {"fault": told}
    text, times = entry.get("fault"), entry.get("times")
    if not isinstance(text, str) or not (times is None or (isinstance(times, int) and times >= 0)):
        raise ValueError(f"{told!r} is not a fault; expected a line, or fault (a line) and times (a number)")
    fault = parse(text)
    return _Armed(fault, random.Random(f"{seed}/{place}/{fault.text}"), times)  # noqa: S311 - a sequence, no secret
