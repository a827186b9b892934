from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
import sys

import httpx
import pytest

from reconciler.providers.transport import NO_ANSWER, Transport, explain, was_not_sent

from .peer import CUT_SHORT, GARBAGE, HANG_UP, SILENCE, Greeter, Peer, Step, free_port, served

BOTH = pytest.mark.parametrize("switch_after", [0, 1], ids=["httpx", "aiohttp"])
"""The two transports: never switched, or switched before the first request."""


def _opened(url: str, switch_after: int, timeout: float = 5.0) -> Transport:
    return Transport(url, connections=4, timeout=timeout, switch_after=switch_after)


async def _exchange(transport: Transport, method: str, url: str, content: bytes | None = None) -> tuple[int, bytes]:
    response = await transport.send(method, url, {"accept": "application/json"}, content)
    try:
        return response.status_code, await response.aread()
    finally:
        await response.aclose()


async def _failed(peer: Peer, switch_after: int, method: str, *, before: int = 0, timeout: float = 5.0) -> Exception:
    async with served(peer) as url:
        transport = _opened(url, switch_after, timeout)
        try:
            for _ in range(before):
                await _exchange(transport, "GET", url + "/x")
            with pytest.raises(NO_ANSWER) as caught:
                await _exchange(transport, method, url + "/x")
        finally:
            await transport.close()
        return caught.value


@BOTH
def test_an_exchange(switch_after: int) -> None:
    peer = Peer(Step(201, {"a": 1}, {"set-cookie": "token=stale; Path=/"}))

    async def run() -> tuple[int, bytes]:
        async with served(peer) as url:
            transport = _opened(url, switch_after)
            await _exchange(transport, "POST", url + "/x%2Fy?z=%26", b'{"q":1}')
            result = await _exchange(transport, "POST", url + "/again")
            await transport.close()
            return result

    assert asyncio.run(run()) == (201, b'{"a": 1}')
    assert peer.lines == ["POST /x%2Fy?z=%26", "POST /again"]
    assert peer.requests[0].body == {"q": 1}
    assert "cookie" not in peer.requests[1].headers
    assert peer.requests[0].connection == peer.requests[1].connection


@BOTH
@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
@pytest.mark.parametrize("before", [0, 1], ids=["new connection", "reused connection"])
@pytest.mark.parametrize("act", [HANG_UP, GARBAGE, CUT_SHORT], ids=lambda step: step.act)
def test_a_lost_answer_is_never_a_lost_request(switch_after: int, method: str, before: int, act: Step) -> None:
    peer = Peer(*[Step()] * before, act)
    error = asyncio.run(_failed(peer, switch_after, method, before=before))
    if act is not CUT_SHORT:  # there the headers came, and the session never asks
        assert not was_not_sent(error)
    assert peer.lines == ["GET /x"] * before + [f"{method} /x"]


@BOTH
def test_silence_is_a_timeout_of_something_sent(switch_after: int) -> None:
    error = asyncio.run(_failed(Peer(SILENCE), switch_after, "POST", timeout=0.2))
    assert not was_not_sent(error)
    said, advice = explain(error, "http://h:1/x", 0.2)
    assert said == "no answer from http://h:1 within 0.2 s"
    assert "timeout" in advice


@BOTH
def test_a_closed_port_was_never_sent_to(switch_after: int) -> None:
    async def run() -> tuple[Exception, str]:
        url = f"http://127.0.0.1:{await free_port()}"
        transport = _opened(url, switch_after)
        with pytest.raises(NO_ANSWER) as caught:
            await _exchange(transport, "POST", url)
        await transport.close()
        return caught.value, url

    error, url = asyncio.run(run())
    assert was_not_sent(error)
    assert explain(error, f"{url}/x?secret=1", 5)[0] == f"nothing answers at {url} (connection refused)"


@BOTH
def test_tls_that_fails_is_explained(switch_after: int) -> None:
    async def run() -> tuple[Exception, str]:
        async with served(Greeter()) as plain:
            url = plain.replace("http:", "https:")
            transport = _opened(url, switch_after)
            with pytest.raises(NO_ANSWER) as caught:
                await _exchange(transport, "POST", url)
            await transport.close()
            return caught.value, url

    error, url = asyncio.run(run())
    assert was_not_sent(error)
    said, advice = explain(error, url, 5)
    assert said.startswith(f"TLS with {url} failed: ")
    assert "SSL_CERT_FILE" in advice


def _chained(outer: BaseException, *inner: BaseException) -> Exception:
    outer.__cause__ = inner[0] if len(inner) == 1 else BaseExceptionGroup("all", list(inner))
    return outer if isinstance(outer, Exception) else RuntimeError()


def _verification(reason: str) -> ssl.SSLError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = reason
    return error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (_chained(httpx.ConnectError("x"), socket.gaierror(-2, "no")), "the host name h.example cannot be found"),
        (
            _chained(httpx.ConnectError("x"), OSError("a"), ConnectionRefusedError(111, "no")),
            "nothing answers at https://h.example:8 (connection refused)",
        ),
        (
            _chained(httpx.ConnectError("x"), _verification("self-signed certificate")),
            "TLS with https://h.example:8 failed: self-signed certificate",
        ),
        (
            _chained(httpx.ConnectTimeout("x"), _chained(ssl.SSLError(), _verification("expired"))),
            "TLS with https://h.example:8 failed: expired",
        ),
        (ssl.SSLError(), "TLS with https://h.example:8 failed: no reason given"),
        (httpx.ConnectTimeout("x"), "no connection to https://h.example:8 within 5 s"),
        (httpx.ConnectError("x"), "the connection to https://h.example:8 broke (ConnectError)"),
    ],
)
def test_what_went_wrong_is_told(error: Exception, said: str) -> None:
    assert explain(error, "https://h.example:8/a?b", 5)[0] == said


def test_the_switch_comes_with_the_requests() -> None:
    peer = Peer(Step())

    async def run() -> list[int]:
        async with served(peer) as url:
            transport = _opened(url, 3)
            opened = []
            for _ in range(4):
                await _exchange(transport, "GET", url)
                opened.append(len(transport._clients))
            await transport.close()
            return opened

    assert asyncio.run(run()) == [1, 1, 2, 2]


def test_nothing_waits_for_a_thread_that_still_imports() -> None:
    async def run() -> list[int]:
        async with served(Peer(Step())) as url:
            transport = _opened(url, 2)
            transport._preparing = asyncio.get_running_loop().create_future()
            opened = []
            for number in range(4):
                if number == 3:
                    transport._preparing.set_result(None)
                await _exchange(transport, "GET", url)
                opened.append(len(transport._clients))
            await transport.close()
            return opened

    assert asyncio.run(run()) == [1, 1, 1, 2]


def test_a_given_transport_is_never_switched() -> None:
    given = httpx.MockTransport(lambda request: httpx.Response(204))
    transport = Transport("http://h.example", connections=1, timeout=1, given=given, switch_after=1)
    assert asyncio.run(_exchange(transport, "GET", "http://h.example/")) == (204, b"")
    asyncio.run(transport.close())


def test_without_aiohttp_httpx_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx_aiohttp", None)
    assert _opened("http://h.example", 1)._fast() is None


@pytest.mark.parametrize(
    ("variables", "url", "proxied"),
    [
        ({}, "https://h.example", False),
        ({"HTTPS_PROXY": "http://p:1"}, "https://h.example", True),
        ({"ALL_PROXY": "http://p:1"}, "https://h.example", True),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "h.example"}, "https://h.example", False),
        ({"HTTP_PROXY": "http://p:1"}, "http://127.0.0.1:1", False),
    ],
)
def test_where_a_proxy_stands_in_between_httpx_stays(
    variables: dict[str, str], url: str, proxied: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    transport = _opened(url, 1)
    assert transport._proxied() is proxied
    assert (transport._fast() is None) is proxied


def test_a_loopback_credential_goes_through_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> tuple[int, bytes]:
        async with served(Peer(Step(200, {"here": True}))) as url:
            monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{await free_port()}")
            transport = _opened(url, 0)
            result = await _exchange(transport, "GET", url)
            await transport.close()
            return result

    assert asyncio.run(run()) == (200, b'{"here": true}')


@pytest.mark.parametrize(
    ("imports", "loaded"),
    [
        ("reconciler.providers.transport, httpx", "rich False, httpx._main False, aiohttp False"),
        ("httpx, reconciler.providers.transport", "rich True, httpx._main True, aiohttp False"),
    ],
)
def test_httpx_is_imported_without_its_command_line(imports: str, loaded: str) -> None:
    code = (
        f"import sys, {imports}; "
        "print(', '.join(f'{name} {name in sys.modules}' for name in ('rich', 'httpx._main', 'aiohttp')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == loaded
