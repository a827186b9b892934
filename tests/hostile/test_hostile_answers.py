"""What a server sends instead of an answer ends in words, soon, in bounded memory, and never in the wrong place."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
import tracemalloc
import zlib
from collections.abc import Callable

import pytest

from reconciler.errors import Ambiguous, ProviderError
from reconciler.providers import session as sessions

from .server import BOTH, SECRET, Act, Hostile, always, answer, ask, serving, session

LIMIT = 2 << 20
CHUNK = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"


def _flood(head: str, piece: bytes) -> Act:
    """Send a head, and then a piece again and again until nobody takes it any more."""

    async def act(_: str, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{head}\r\n".encode())
        while True:
            writer.write(piece)
            await writer.drain()

    return act


ZEROS = gzip.compress(b"\0" * (64 << 20), 1)
HUGE = gzip.compress(b"\0" * (256 << 20), 1)
FLOODS: dict[str, Act] = {
    "ten gigabytes": _flood("Content-Length: 10000000000\r\n", b"x" * 65536),
    "chunks without end": _flood("Transfer-Encoding: chunked\r\n", CHUNK),
    "no length": _flood("Connection: close\r\n", b"x" * 65536),
    "gzip": always(answer(ZEROS, "Content-Type: application/json\r\nContent-Encoding: gzip")),
    "deflate": always(answer(zlib.compress(b"\0" * (64 << 20)), "Content-Encoding: deflate")),
    "gzip twice": always(answer(gzip.compress(HUGE), "Content-Encoding: gzip, gzip")),
    "gzip in two lines": always(answer(gzip.compress(HUGE), "Content-Encoding: gzip\r\nContent-Encoding: gzip")),
    "brotli": always(answer(b"\x1b\x00\x00", "Content-Type: application/json\r\nContent-Encoding: br")),
}


@BOTH
@pytest.mark.parametrize("reads", [True, False], ids=["read", "write"])
@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_is_cut(name: str, reads: bool, switch_after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MAX_ANSWER_BYTES", LIMIT)
    tracemalloc.start()
    try:
        with pytest.raises(ProviderError) as caught:
            ask(Hostile(FLOODS[name]), switch_after, method="GET" if reads else "POST", reads=reads)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 160 << 20
    assert isinstance(caught.value, Ambiguous) is not reads


async def _drip(_: str, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.01)


async def _drip_head(_: str, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"A: b\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


async def _continue(_: str, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


@BOTH
@pytest.mark.parametrize("act", [_drip, _drip_head, _continue])
@pytest.mark.parametrize("reads", [True, False], ids=["read", "write"])
def test_a_slow_drip_ends(act: Act, reads: bool, switch_after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    before = time.monotonic()
    with pytest.raises(ProviderError) as caught:
        ask(Hostile(act), switch_after, method="GET" if reads else "POST", reads=reads, timeout=0.03)
    assert time.monotonic() - before < 3
    assert isinstance(caught.value, Ambiguous) is not reads
    assert "within" in caught.value.message


HEAD = "Content-Type: application/json"
ODD: dict[str, bytes] = {
    "length that is too long": answer(b"{}", length=5),
    "length that is no number": b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}",
    "negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "chunk of a huge size": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n",
    "no gzip": answer(b"{}", f"{HEAD}\r\nContent-Encoding: gzip"),
    "a head that is too long": answer(b"{}", f"{HEAD}\r\nA: {'a' * 300_000}"),
    "many headers": answer(b"{}", HEAD + "".join(f"\r\nA{n}: b" for n in range(20_000))),
    "NUL in a header": answer(b"{}", f"{HEAD}\r\nA: b\0c"),
    "a header folded": answer(b"{}", f"{HEAD}\r\nA: b\r\n c"),
    "a status of four digits": answer(status="2000 OK"),
    "a status of none": answer(status="OK"),
    "HTTP/9": b"HTTP/9.9 200 OK\r\n\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "upgrade": answer(status="101 Switching Protocols", head="Upgrade: websocket\r\nConnection: Upgrade"),
    "a reason that is no UTF-8": b"HTTP/1.1 200 Tr\xe8s bien\r\nContent-Length: 2\r\n\r\n{}",
    "a reason with the secret": answer(status=f"500 {SECRET}"),
    "a type that is no ASCII": b"HTTP/1.1 200 OK\r\nContent-Type: \xff\x1b[31m\r\nContent-Length: 2\r\n\r\n{}",
    "a charset that is none": answer(head="Content-Type: text/plain; charset=\x1b]8", status="400 No"),
    "two answers": answer(b'{"a": 1}') + answer(b'{"b": 2}'),
}


@BOTH
@pytest.mark.parametrize("name", ODD)
def test_what_is_hardly_http_gives_an_answer_or_words(name: str, switch_after: int) -> None:
    for method in ("GET", "POST"):
        said = _said(Hostile(always(ODD[name])), switch_after, method)
        assert SECRET not in said
        assert said.isprintable()


def _said(hostile: Hostile, switch_after: int, method: str) -> str:
    """Use an answer in every way that a provider does; give the words that come of it."""
    try:
        given = ask(hostile, switch_after, method=method, reads=method == "GET", timeout=0.15)
        given.json()
    except ProviderError as error:
        return error.message
    return given.text


BODIES: dict[str, bytes] = {
    "deep lists": b"[" * 100_000,
    "deep lists, closed": b"[" * 100_000 + b"]" * 100_000,
    "deep objects, closed": b'{"detail":' * 900 + b"1" + b"}" * 900,
    "deep lists with a text": b'{"detail":' + b"[" * 900 + b'"x"' + b"]" * 900 + b"}",
    "deep inside": json.dumps({"items": [{"a": json.loads("[" * 300 + "]" * 300)}]}).encode(),
    "not a number": b'{"a": NaN}',
    "infinity": b'{"a": -Infinity}',
    "beyond all floats": b'{"a": 1e999}',
    "lone surrogate": b'{"a": "\\ud800"}',
    "bytes that are no UTF-8": b'{"a": "\xff"}',
    "byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": "{}".encode("utf-16"),
    "two documents": b"{}{}",
    "cut": b'{"a": [1, 2',
    "a page": b"<!doctype html><script>alert(1)</script>",
    "NUL": b'{"a": "\0"}',
    "five gigabytes of digits": b'{"a": 1' + b"0" * 1_000_000 + b"}",
}
UNREADABLE = set(BODIES) - {"five gigabytes of digits"}


@BOTH
@pytest.mark.parametrize("status", ["200 OK", "422 No"])
@pytest.mark.parametrize("name", BODIES)
def test_json_that_is_none_is_malformed(name: str, status: str, switch_after: int) -> None:
    given = ask(Hostile(always(answer(BODIES[name], status=status))), switch_after)
    before = time.monotonic()
    assert given.text.isprintable()
    if name in UNREADABLE:
        with pytest.raises(ProviderError):
            given.json()
    assert time.monotonic() - before < 1


def test_numbers_beyond_64_bits_and_keys_that_come_twice_are_read_as_every_client_reads_them() -> None:
    given = ask(Hostile(always(answer('{"n": 99999999999999999999999, "k": 1, "k": 2}'))), 0)
    assert given.json() == {"n": 1e23, "k": 2}


# --- what an error says of the secret that it was told ---------------------------------------------

ECHOES: dict[str, Callable[[str], bytes]] = {
    "422": lambda s: answer(json.dumps({"detail": [{"loc": ["body", s], "msg": s, "input": s}]}), status="422 No"),
    "400 as a text": lambda s: answer(s, "Content-Type: text/plain", "400 No"),
    "behind blanks": lambda s: answer(" " * (1000 - 12) + s, "Content-Type: text/plain", "400 No"),
    "500 in a key": lambda s: answer(json.dumps({s: [s]}), status="500 No"),
    "a cut secret": lambda s: answer(json.dumps({"detail": "x" * (199 - 12) + s}), status="400 No"),
    "in the type": lambda s: answer(b"{}", f"Content-Type: text/{s}"),
    "in a redirect": lambda s: answer(b"", f"Location: http://127.0.0.2:1/{s}", "302 No"),
    "in a redirect's host": lambda s: answer(b"", f"Location: http://{s.replace('/', '')}@127.0.0.2:1/", "302 No"),
    "in a redirect here": lambda s: answer(b"", f"Location: /{s}/{s}", "302 No"),
    "quoted": lambda s: answer(json.dumps({"detail": s.replace("/", "%2F").replace("+", "%2B")}), status="400 No"),
    "with controls inside": lambda s: answer(json.dumps({"detail": "\x00".join(s)}), status="400 No"),
    "with invisible signs": lambda s: answer(json.dumps({"detail": "\u200b".join(s)}), status="400 No"),
    "escaped": lambda s: answer(json.dumps({"detail": json.dumps({"a": s}).replace("/", "\\/")}), status="400 No"),
}


@BOTH
@pytest.mark.parametrize("name", ECHOES)
def test_an_error_never_shows_the_credential(name: str, switch_after: int) -> None:
    async def run() -> str:
        async with serving(Hostile(always(ECHOES[name](SECRET)))) as url:
            opened = session(url, switch_after)
            try:
                given = await opened.send("GET", "/x", reads=True)
                return f"{given.place} {given.text}" if given.status != 200 else str(given.json())
            except ProviderError as error:
                return f"{error.message} {error.hint}"
            finally:
                await opened.close()

    said = asyncio.run(run())
    assert SECRET not in said
    for cut in (SECRET[:8], SECRET[-8:], "7f3a9"):
        assert cut not in said.replace(" ", ""), said
    assert said.isprintable()
