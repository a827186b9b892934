from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import Ambiguous, Malformed, ProviderError, Unauthorized, Unavailable
from reconciler.model import Auth, ValueSource
from reconciler.providers import credential, session
from reconciler.providers.credential import Login
from reconciler.providers.pace import Pace
from reconciler.providers.retry import RetryPolicy
from reconciler.providers.session import Answer, Session
from reconciler.providers.transport import Transport

from .peer import CUT_SHORT, HANG_UP, SILENCE, FakeTime, Peer, Seen, Step, free_port, page, served, target


class Reader:
    """Reads answers as some system does."""

    def retry_after(self, answer: Answer) -> float | None:
        return 77.0 if b"retry_after" in answer.content else None

    def is_busy(self, answer: Answer) -> bool:
        return answer.status == 429 or b"slow down" in answer.content

    def is_expired(self, answer: Answer) -> bool:
        return b"expired" in answer.content


def _session(url: str, time: FakeTime, switch_after: int = 0, **fields: Any) -> Session:
    aimed = target(url, **fields)
    return Session(
        aimed,
        credential.read(aimed, Path(), Login("/login", token="jwt")),
        Transport(url, connections=4, timeout=aimed.timeout, switch_after=switch_after),
        Pace(time.clock, concurrency=4),
        clock=time.clock,
        policy=RetryPolicy(),
        reading=Reader(),
        headers={"x-version": "1"},
        login_prefix="/api",
    )


@asynccontextmanager
async def _opened(peer: Peer, time: FakeTime, **fields: Any) -> AsyncIterator[Session]:
    async with served(peer) as url:
        opened = _session(url, time, **fields)
        try:
            yield opened
        finally:
            await opened.close()


def _send(
    peer: Peer, method: str, path: str, *, reads: bool, body: Any = None, time: FakeTime | None = None, **fields: Any
) -> Answer:
    async def run() -> Answer:
        async with _opened(peer, time or FakeTime(), **fields) as opened:
            return await opened.send(method, path, reads=reads, body=body)

    return asyncio.run(run())


def test_a_request_and_its_answer() -> None:
    peer = Peer(Step(200, {"a": [1]}))
    answer = _send(peer, "POST", "/things?x=1", reads=False, body={"ü": 1})
    assert (answer.status, answer.json()) == (200, {"a": [1]})
    (seen,) = peer.requests
    assert (seen.method, seen.path, seen.body) == ("POST", "/things?x=1", {"ü": 1})
    assert seen.headers["authorization"] == "Bearer canary-token"
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["user-agent"].startswith("reconciler/")
    assert seen.headers["x-version"] == "1"


def test_headers_of_one_request_go_over_the_others() -> None:
    peer = Peer(Step(200, {}))

    async def run() -> None:
        async with _opened(peer, FakeTime()) as opened:
            said = {"x-version": "beta", "content-type": "application/json; patch"}
            await opened.send("PATCH", "/", reads=False, body={}, headers=said)

    asyncio.run(run())
    assert peer.requests[0].headers["x-version"] == "beta"
    assert peer.requests[0].headers["content-type"] == "application/json; patch"


@pytest.mark.parametrize(
    ("auth", "headers"),
    [
        (Auth("bearer", ValueSource("env", "PEER_TOKEN")), {"authorization": "Bearer canary-token"}),
        (Auth("header", ValueSource("env", "PEER_TOKEN"), header="X-Key"), {"x-key": "canary-token"}),
    ],
)
def test_the_credential_travels_in_its_header(auth: Auth, headers: dict[str, str]) -> None:
    peer = Peer(Step())
    _send(peer, "GET", "/", reads=True, auth=auth)
    assert {name: peer.requests[0].headers.get(name) for name in headers} == headers
    assert ("authorization" in peer.requests[0].headers) == ("authorization" in headers)


# --- trying again ---------------------------------------------------------------------------------

OK = Step(200, {"ok": True})


@pytest.mark.parametrize(
    ("script", "reads", "naps", "requests"),
    [
        ([Step(500), OK], True, [0.25], 2),
        ([Step(503, None, {"retry-after": "9"}), OK], True, [9.0], 2),
        ([Step(503, None, {"x-ratelimit-reset": "3000"}), OK], True, [0.25], 2),  # told with every answer
        ([Step(502), Step(504), OK], True, [0.25, 0.5], 3),
        ([HANG_UP, OK], True, [0.25], 2),
        ([OK, HANG_UP, CUT_SHORT, HANG_UP, OK], True, [0.25, 0.5, 1.0], 4),
        ([Step(429), OK], True, [0.25], 2),
        ([Step(429), OK], False, [0.25], 2),
        ([Step(429, None, {"retry-after": "3"}), OK], False, [3.25], 2),
        ([Step(429, {"retry_after": 77}), OK], False, [77.25], 2),
        ([Step(400, {"message": "slow down"}), OK], False, [0.25], 2),
    ],
)
def test_what_is_sent_again(script: list[Step], reads: bool, naps: list[float], requests: int) -> None:
    peer, time = Peer(*script), FakeTime()

    async def run() -> Answer:
        async with _opened(peer, time) as opened:
            if script[0] is OK:
                await opened.send("GET", "/first", reads=True)
            return await opened.send("POST", "/list", reads=reads, body={})

    assert asyncio.run(run()).json() == {"ok": True}
    assert time.naps == naps
    assert peer.lines.count("POST /list") == requests


@pytest.mark.parametrize("switch_after", [0, 1], ids=["httpx", "aiohttp"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("step", [HANG_UP, CUT_SHORT], ids=lambda step: step.act)
def test_a_write_without_an_answer_is_never_repeated(switch_after: int, method: str, step: Step) -> None:
    peer, time = Peer(OK, step), FakeTime()

    async def run() -> None:
        async with served(peer) as url:
            opened = _session(url, time, switch_after)
            try:
                await opened.send("GET", "/", reads=True)
                await opened.send(method, "/things", reads=False, body={"secret": "canary-body"})
            finally:
                await opened.close()

    with pytest.raises(Ambiguous, match="whether it was stored is unknown") as caught:
        asyncio.run(run())
    assert peer.lines == ["GET /", f"{method} /things"]
    assert time.naps == []
    assert "canary" not in str(caught.value)
    assert "canary" not in caught.value.hint


def test_a_write_that_times_out_is_never_repeated() -> None:
    peer = Peer(SILENCE)
    with pytest.raises(Ambiguous, match=r"no answer from .* within 0.2 s"):
        _send(peer, "POST", "/things", reads=False, timeout=0.2)
    assert peer.lines == ["POST /things"]


@pytest.mark.parametrize("step", [Step(500), Step(503), Step(409), Step(401)])
def test_a_write_with_an_answer_is_never_repeated(step: Step) -> None:
    peer = Peer(step, OK)
    assert _send(peer, "POST", "/things", reads=False).status == step.status
    assert len(peer.requests) == 1


def test_attempts_end() -> None:
    peer, time = Peer(Step(500)), FakeTime()
    assert _send(peer, "GET", "/", reads=True, time=time).status == 500
    assert len(peer.requests) == 5
    assert time.naps == [0.25, 0.5, 1.0, 2.0]


def test_a_wait_that_is_too_long_is_not_waited_and_holds_nobody_up() -> None:
    peer, time = Peer(Step(429, None, {"retry-after": "899"}), OK), FakeTime()

    async def run() -> list[int]:
        async with _opened(peer, time) as opened:
            return [(await opened.send("POST", "/", reads=False)).status for _ in range(2)]

    assert asyncio.run(run()) == [429, 200]
    assert time.naps == []


def test_a_429_holds_everybody_up() -> None:
    peer, time = Peer(Step(429, None, {"retry-after": "60"}), OK), FakeTime()

    async def run() -> list[Answer]:
        async with _opened(peer, time) as opened:
            return await asyncio.gather(*(opened.send("POST", f"/{n}", reads=False) for n in range(6)))

    assert {answer.status for answer in asyncio.run(run())} == {200}
    assert len(peer.requests) == 7


@pytest.mark.parametrize("reads", [True, False])
def test_a_server_that_was_never_there_is_told_quickly(reads: bool) -> None:
    time = FakeTime()

    async def run() -> None:
        opened = _session(f"http://127.0.0.1:{await free_port()}", time)
        try:
            await opened.send("POST", "/", reads=reads)
        finally:
            await opened.close()

    with pytest.raises(Unavailable, match=r"^peer: nothing answers at .*connection refused") as caught:
        asyncio.run(run())
    assert time.naps == [0.25]
    assert "`url`" in caught.value.hint


def test_a_write_that_was_not_sent_is_sent_again() -> None:
    """The server restarts between two writes: the second finds the port closed, then open."""
    time, first, second = FakeTime(), Peer(Step(200, None, {"connection": "close"})), Peer(OK)

    async def run() -> Answer:
        server = await asyncio.start_server(first.serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        opened = _session(f"http://127.0.0.1:{port}", time)
        await opened.send("POST", "/1", reads=False)
        await opened._transport.close()
        server.close()
        restarted: list[asyncio.Server] = []
        sleep = time.sleep

        async def restart(seconds: float) -> None:
            await sleep(seconds)
            if len(time.naps) == 2:
                restarted.append(await asyncio.start_server(second.serve, "127.0.0.1", port))

        time.sleep = restart  # type: ignore[method-assign]
        opened._clock = time.clock
        try:
            return await opened.send("POST", "/2", reads=False)
        finally:
            await opened.close()
            restarted[0].close()

    assert asyncio.run(run()).json() == {"ok": True}
    assert time.naps == [0.25, 0.5]
    assert second.lines == ["POST /2"]


# --- redirects ------------------------------------------------------------------------------------


def _to(location: str, status: int = 307) -> Step:
    return Step(status, None, {"location": location})


@pytest.mark.parametrize(
    ("method", "step", "lines"),
    [
        ("GET", _to("/b/"), ["GET /a", "GET /b/"]),
        ("GET", _to("/b/", 301), ["GET /a", "GET /b/"]),
        ("POST", _to("/b/", 308), ["POST /a", "POST /b/"]),
    ],
)
def test_a_read_follows_inside_its_origin(method: str, step: Step, lines: list[str]) -> None:
    peer = Peer(step, OK)
    assert _send(peer, method, "/a", reads=True).status == 200
    assert peer.lines == lines
    assert peer.requests[1].headers["authorization"] == "Bearer canary-token"


@pytest.mark.parametrize(
    ("method", "reads", "step"),
    [
        ("GET", True, _to("http://localhost:1/steal")),
        ("GET", True, _to("https://127.0.0.1/")),
        ("POST", False, _to("/b/")),
        ("POST", True, _to("/b/", 303)),
        ("GET", True, Step(307)),
        ("GET", True, Step(304)),
    ],
)
def test_other_redirects_are_not_followed(method: str, reads: bool, step: Step) -> None:
    peer = Peer(step, OK)
    assert _send(peer, method, "/a", reads=reads).status == step.status
    assert len(peer.requests) == 1


def test_a_circle_of_redirects_ends() -> None:
    peer = Peer(_to("/a"))
    assert _send(peer, "GET", "/a", reads=True).status == 307
    assert len(peer.requests) == session.MAX_REDIRECTS


def test_where_a_redirect_leads_is_told() -> None:
    answer = Answer(302, {"location": "https://sso.example/login?state=canary"}, b"", "http://127.0.0.1/a")
    assert answer.text == "it redirects to https://sso.example/login"


# --- answers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (Answer(400, {"content-type": "application/json"}, b'{"detail": "no  way\\n"}', "u"), "no way"),
        (Answer(400, {"content-type": "application/json"}, b"{", "u"), ""),
        (
            Answer(500, {"content-type": "text/plain; charset=utf-8"}, b"Internal Server Error", "u"),
            "Internal Server Error",
        ),
        (Answer(500, {"content-type": "text/plain"}, b"x" * 5000, "u"), "x" * 199 + "…"),
        (Answer(502, {"content-type": "text/html"}, b"<h1>Bad gateway</h1>", "u"), ""),
        (Answer(502, {}, b"?", "u"), ""),
    ],
)
def test_what_a_failure_says(answer: Answer, text: str) -> None:
    assert answer.text == text


def test_an_empty_answer_is_nothing() -> None:
    assert Answer(204, {}, b"", "u").json() is None


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            Answer(200, {"content-type": "text/html"}, b"<html>", "http://h/x"),
            "http://h/x answered text/html, not JSON",
        ),
        (Answer(200, {}, b"x", "http://h/x"), "http://h/x answered something, not JSON"),
        (Answer(200, {"content-type": "application/json"}, b"{canary", "http://h/x"), "JSON that cannot be read"),
    ],
)
def test_what_is_no_json_is_malformed(answer: Answer, message: str) -> None:
    with pytest.raises(Malformed, match=message) as caught:
        answer.json()
    assert "canary" not in caught.value.message


@pytest.mark.parametrize(("reads", "error"), [(True, Malformed), (False, Ambiguous)])
def test_an_endless_answer_is_cut(reads: bool, error: type[ProviderError], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "MAX_ANSWER_BYTES", 100)
    with pytest.raises(error, match="larger than"):
        _send(Peer(page("x" * 101)), "POST", "/", reads=reads)


# --- where to, and with what ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "error", "message"),
    [
        ("http://chat.example.com", Unauthorized, "the credential would travel in clear text to chat.example.com"),
        ("ftp://127.0.0.1", Unavailable, "not an http or https URL"),
        ("https://", Unavailable, "not an http or https URL"),
    ],
)
def test_where_nothing_is_sent(url: str, error: type[ProviderError], message: str) -> None:
    async def run() -> None:
        await _session(url, FakeTime()).send("GET", "/", reads=True)

    with pytest.raises(error, match=message):
        asyncio.run(run())


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_loopback_needs_no_tls(host: str) -> None:
    assert _session(f"http://{host}:1", FakeTime())._absolute("/x") == f"http://{host}:1/x"


def test_a_full_url_must_be_of_the_origin() -> None:
    opened = _session("https://h.example/base", FakeTime())
    assert opened._absolute("https://h.example:443/x?page=2") == "https://h.example:443/x?page=2"
    with pytest.raises(Malformed, match="another origin"):
        opened._absolute("https://evil.example/x")


LOGIN = Auth("login", ValueSource("env", "PEER_TOKEN"), username="admin")


def test_login_happens_once() -> None:
    peer = Peer(Step(200, {"jwt": "canary-jwt"}), OK)

    async def run() -> None:
        async with _opened(peer, FakeTime(), auth=LOGIN) as opened:
            await asyncio.gather(*(opened.send("GET", f"/{n}", reads=True) for n in range(3)))

    asyncio.run(run())
    assert peer.lines[0] == "POST /api/login"
    assert len(peer.requests) == 4
    assert peer.requests[0].body == {"username": "admin", "password": "canary-token"}
    assert "authorization" not in peer.requests[0].headers
    assert {seen.headers["authorization"] for seen in peer.requests[1:]} == {"Bearer canary-jwt"}


def test_a_login_that_has_expired_is_made_again_once() -> None:
    def script() -> list[Step]:
        login, expired = Step(200, {"jwt": "first-canary"}), Step(401, {"detail": "Token expired"})
        return [login, OK, expired, Step(200, {"jwt": "second-canary"}), OK, expired, login, expired, OK]

    peer = Peer(*script())

    async def run() -> list[int]:
        async with _opened(peer, FakeTime(), auth=LOGIN) as opened:
            return [(await opened.send("GET", "/", reads=True)).status for _ in range(3)]

    assert asyncio.run(run()) == [200, 200, 401]
    assert [line for line in peer.lines if "login" in line] == ["POST /api/login"] * 3
    assert peer.requests[4].headers["authorization"] == "Bearer second-canary"


def test_a_token_that_has_expired_cannot_be_renewed() -> None:
    peer = Peer(Step(401, {"detail": "Token expired"}))
    assert _send(peer, "GET", "/", reads=True).status == 401
    assert peer.lines == ["GET /"]


def test_requests_that_all_meet_an_expired_login_make_one_new_one() -> None:
    peer = Forgetful()

    async def run() -> list[int]:
        async with _opened(peer, FakeTime(), auth=LOGIN) as opened:
            return [
                answer.status for answer in await asyncio.gather(*(opened.send("GET", "/", reads=True) for _ in "ab"))
            ]

    assert asyncio.run(run()) == [200, 200]
    assert peer.lines.count("POST /api/login") == 2
    assert peer.lines.count("GET /") == 4


class Forgetful(Peer):
    """Takes the second token that it gives, and calls the first one expired."""

    def __init__(self) -> None:
        super().__init__(OK)

    def _next(self, seen: Seen) -> Step:
        if seen.path == "/api/login":
            return Step(200, {"jwt": ["first-canary", "second-canary"][self.lines.count("POST /api/login") - 1]})
        return OK if seen.headers["authorization"] == "Bearer second-canary" else Step(401, {"detail": "Token expired"})


def test_a_refused_login_is_not_tried_twice() -> None:
    peer = Peer(Step(401, {"detail": "Incorrect username or password"}))

    async def run() -> list[Any]:
        async with _opened(peer, FakeTime(), auth=LOGIN) as opened:
            tries = (opened.send("GET", "/", reads=True) for _ in range(3))
            return await asyncio.gather(*tries, return_exceptions=True)

    errors = asyncio.run(run())
    assert len(peer.requests) == 1
    assert {str(error) for error in errors} == {"peer: the login was refused: HTTP 401: Incorrect username or password"}
    assert all(isinstance(error, Unauthorized) and "PEER_TOKEN" in error.hint for error in errors)


@pytest.mark.parametrize(
    ("step", "error", "message"),
    [
        (HANG_UP, Unavailable, "the login got no answer"),
        (Step(200, {"token": "x"}), Malformed, "holds no jwt"),
        (Step(200, ["x"]), Malformed, "holds no jwt"),
        (page(), Malformed, "not JSON"),
        (page(status=404), Unavailable, "no login is to be had at .*/login: HTTP 404"),
        (Step(405, {"detail": "Method Not Allowed"}), Unavailable, "HTTP 405"),
        (Step(500), Unavailable, "HTTP 500"),
    ],
)
def test_a_login_that_goes_wrong(step: Step, error: type[ProviderError], message: str) -> None:
    with pytest.raises(error, match=message):
        _send(Peer(step), "GET", "/", reads=True, auth=LOGIN)
