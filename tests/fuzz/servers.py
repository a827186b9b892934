"""The providers as targets: an answer of a server in, whatever the provider makes of it out.

An input is a line of JSON, `{"scene": .., "at": .., "status": .., "headers": .., "sticks": ..}`, and the body after it.
"""

from __future__ import annotations

import asyncio
import json
from functools import cache
from random import Random

import httpx

from tests.fuzz.mutate import SECRET, as_json
from tests.fuzz.scenes import Recording, Replay, Scene, connect_to, recorded

SYSTEMS = ("launchdarkly", "openwebui", "respan", "runtype", "xagent")

_STATUSES = (
    100,
    200,
    200,
    201,
    204,
    206,
    301,
    304,
    307,
    308,
    400,
    401,
    402,
    403,
    404,
    405,
    409,
    410,
    412,
    413,
    422,
    423,
)
_MORE_STATUSES = (429, 429, 500, 502, 503, 504, 599, 999)
_TYPES = (
    "application/json",
    "text/html",
    "text/plain",
    "",
    "application/json; charset=utf-16",
    "application/problem+json",
)
_WAITS = (
    "0",
    "1",
    "-1",
    "nan",
    "inf",
    "1e400",
    "9" * 400,
    "soon",
    "Wed, 21 Oct 2015 07:28:00 GMT",
    "Mon, 1 Jan 0001 00:00:00 +2359",
)
_WAITS_TOO = (
    "Fri, 31 Dec 9999 23:59:59 -2359",
    "Mon, 1 Jan 1 1 1",
    "Thu, 1 Jan 1970 00:00:00",
    "1, 2",
    "\u0663",
    "Z" * 50,
)
_ELSEWHERE = (
    "/",
    "//evil.example/x",
    "http://[",
    "http://127.0.0.1:1/x",
    "http://a:b@c:99999/",
    "?\x00",
    "javascript:x",
    "http://\u2100/",
)
_NAMES = ("retry-after", "retry-after-ms", "x-ratelimit-reset", "x-ratelimit-route-reset", "date")


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


def attempt(system: str, data: bytes) -> None:
    """Play a scene with one answer replaced."""
    recording = recorded(system)
    head, _, body = data.partition(b"\n")
    told = _head(head)
    scene = _scene(recording, told.get("scene"))
    replay = Replay(recording, scene)
    replay.tampered, replay.at, replay.sticks = _answer(told, body), _whole(told.get("at"), 0), bool(told.get("sticks"))
    _loop().run_until_complete(_play(recording, scene, replay))


async def _play(recording: Recording, scene: Scene, replay: Replay) -> None:
    connect = connect_to(replay)
    if scene.plans:
        await scene.play(connect)
        return
    (provider,) = connect(recording.settings.targets, recording.settings.root).values()
    try:
        if scene.name.startswith("identify"):
            await scene.play(provider)
            return
        tampered, replay.tampered = replay.tampered, None
        await provider.identify()
        replay.tampered = tampered
        replay.restart()
        await scene.play(provider)
    finally:
        await provider.close()


def _head(line: bytes) -> dict[str, object]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _scene(recording: Recording, name: object) -> Scene:
    names = sorted(recording.scenes)
    return recording.scenes[name if isinstance(name, str) and name in recording.scenes else names[0]]


def _whole(value: object, other: int) -> int:
    return value if type(value) is int else other


def _answer(told: dict[str, object], body: bytes) -> httpx.Response:
    status = _whole(told.get("status"), 200)
    given = told.get("headers")
    headers = [
        (name.encode("ascii", "replace"), str(value).encode("utf-8", "replace"))
        for name, value in (given.items() if isinstance(given, dict) else ())
    ]
    return httpx.Response(status if 100 <= status <= 999 else 200, headers=headers, content=body)


def seeds(system: str) -> list[bytes]:
    """Give every answer of every scene, as it was."""
    found = []
    for name, scene in sorted(recorded(system).scenes.items()):
        for at, answered in enumerate(scene.tape):
            kind = answered.headers.get("content-type", "")
            head = {"scene": name, "at": at, "status": answered.status, "headers": {"content-type": kind}}
            found.append(json.dumps(head).encode() + b"\n" + answered.content)
    return found


def mutate(data: bytes, chance: Random) -> bytes:
    """Change an answer's body, mostly; or its status, a header, or which one it is."""
    head, _, body = data.partition(b"\n")
    told = _head(head)
    act = chance.randrange(12)
    if act == 0:
        told["status"] = chance.choice((*_STATUSES, *_MORE_STATUSES))
    elif act == 1:
        told["at"], told["sticks"] = chance.randrange(4), bool(chance.randrange(2))
    elif act == 2:
        headers = told.get("headers")
        told["headers"] = {**(headers if isinstance(headers, dict) else {}), **_header(chance)}
    elif act == 3:
        told["status"] = chance.choice((400, 401, 403, 409, 422, 500))
        body = json.dumps(chance.choice(_refusals(body.decode(errors="replace")[:300]))).encode()
    else:
        body = as_json(body, chance)
    return json.dumps(told).encode() + b"\n" + body


def _header(chance: Random) -> dict[str, str]:
    act = chance.randrange(3)
    if act == 0:
        return {"content-type": chance.choice(_TYPES)}
    if act == 1:
        return {"location": chance.choice(_ELSEWHERE)}
    return {chance.choice(_NAMES): chance.choice((*_WAITS, *_WAITS_TOO))}


def _refusals(echo: str) -> tuple[object, ...]:
    """Give refusals that repeat what was sent, and the credential that came with it."""
    return (
        {"detail": f"{SECRET} {echo}"},
        {"detail": [{"loc": ["body", SECRET], "msg": echo, "input": SECRET}]},
        {"message": f"bad token {SECRET}", "code": SECRET},
        {"error": {"message": echo, "code": "x"}, "errors": [{"path": SECRET, "message": SECRET}]},
        {SECRET: [f"{SECRET} is not valid"]},
        SECRET * 30,
    )
