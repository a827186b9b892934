"""Opens connections to one origin, and says what went wrong where none could be had.

Takes a target's address and limits, gives streamed httpx responses. Keeps no cookies, follows no redirects, checks
TLS always, and never decides whether to try again.

httpx's own transport is used first, and aiohttp's from the `SWITCH_AFTER`th request on, or once it is imported: it
makes five times the requests per second, and costs 0.14 s to import [measured], which a thread does while requests
wait for answers.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass


@contextmanager
def _without(module: str) -> Iterator[None]:
    """Keep a library from importing a module that it can do without, unless somebody has imported it already."""
    sys.modules.setdefault(module, None)  # type: ignore[arg-type] # Python's way to make an import fail
    try:
        yield
    finally:
        if sys.modules[module] is None:
            del sys.modules[module]


with _without("httpx._main"):  # its command line, and with it rich and pygments: half of its import time [measured]
    import httpx

SWITCH_AFTER = 64
PREPARE_AFTER = 40
KEEPALIVE_SECONDS = 4.0
"""uvicorn drops an idle connection after 5: reusing one at that moment would make a write's outcome unknown."""
CONNECT_SECONDS = 10.0
WHOLE = 10
"""Times `timeout`, which is how long a server may be silent: within that an answer must be there to its last byte."""


NO_ANSWER = (httpx.RequestError, httpx.InvalidURL, OSError)
"""What a request without an answer raises; httpx reads where an answer redirects to, and may stumble over that."""


class NoCookies(CookieJar):
    """Forgets every cookie: a stale session must not authenticate what a refused token did not."""

    def extract_cookies(self, response: Any, request: Any) -> None:
        """Take nothing from a response."""


class Transport:
    """The connections of one target; opened by the first request, from inside the event loop."""

    def __init__(
        self,
        url: str,
        *,
        connections: int,
        timeout: float,
        given: httpx.AsyncBaseTransport | None = None,
        switch_after: int = SWITCH_AFTER,
    ) -> None:
        self._url = urlsplit(url)
        self._connections = connections
        self._given = given
        self._clients: list[httpx.AsyncClient | httpx.AsyncBaseTransport] = []
        self._preparing: asyncio.Future[None] | None = None
        self._sent = 0
        self._is_decided = False
        self._switch_after = switch_after
        self._timeout = {
            "connect": min(CONNECT_SECONDS, timeout), "read": timeout, "write": timeout, "pool": timeout
        }  # fmt: skip

    async def send(self, method: str, url: str, headers: dict[str, str], content: bytes | None) -> httpx.Response:
        """Send one request; gives the response with its body not yet read. Raises `httpx.TransportError`."""
        self._sent += 1
        if self._sent == PREPARE_AFTER and self._may_switch():
            self._preparing = asyncio.ensure_future(asyncio.to_thread(_import_aiohttp))
        fast = self._fast() if self._is_due() else None
        if fast is not None or not self._clients:
            self._clients.append(fast or self._open())
        request = httpx.Request(
            method, parsed_url(url), headers=headers, content=content, extensions={"timeout": self._timeout}
        )
        client = self._clients[-1]
        try:
            if isinstance(client, httpx.AsyncClient):
                return await client.send(request, stream=True)
            return await client.handle_async_request(request)  # a client would only add what we switch off
        except (UnicodeError, httpx.InvalidURL) as error:
            # a reason phrase that is no UTF-8, or a redirect to no address, which httpx reads unasked [measured]
            raise httpx.RemoteProtocolError("an answer that is no HTTP") from error

    async def close(self) -> None:
        """Close every connection."""
        while self._clients:
            await self._clients.pop().aclose()
        if self._preparing is not None:
            await self._preparing

    def _open(self) -> httpx.AsyncClient:
        with _without("trio"):  # another event loop than ours: 45 ms to import where it is installed [measured]
            import httpcore  # noqa: F401 # httpx would import it now

        return httpx.AsyncClient(
            transport=self._given,
            verify=self._tls(),
            # a proxy of the environment may carry TLS, never a credential in clear text to a loopback server
            trust_env=self._url.scheme == "https",
            cookies=NoCookies(),
            limits=httpx.Limits(
                max_connections=self._connections,
                max_keepalive_connections=self._connections,
                keepalive_expiry=KEEPALIVE_SECONDS,
            ),
        )

    def _tls(self) -> ssl.SSLContext:
        if self._url.scheme == "https":
            return httpx.create_ssl_context()
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody, and is 25 ms quicker than loading certificates

    def _is_due(self) -> bool:
        """Say, once, that it is time to switch: not while a thread imports, for which everything would wait."""
        if self._is_decided or self._sent < self._switch_after:
            return False
        self._is_decided = self._preparing is None or self._preparing.done()
        return self._is_decided

    def _may_switch(self) -> bool:
        return self._given is None and self._switch_after > 0 and not self._proxied()

    def _fast(self) -> httpx.AsyncBaseTransport | None:
        if not self._may_switch():
            return None
        try:
            return _aiohttp_transport(self._tls(), self._connections)
        except ImportError:
            return None

    def _proxied(self) -> bool:
        if self._url.scheme != "https":
            return False
        proxies = getproxies()
        return ("https" in proxies or "all" in proxies) and not proxy_bypass(self._url.hostname or "")


@lru_cache(maxsize=4096)
def parsed_url(url: str) -> httpx.URL:
    """Parse a URL once: an apply sends thousands of requests to a handful of routes."""
    return httpx.URL(url)


def origin_of(url: str) -> tuple[str, str | None, int | None] | None:
    """Give scheme, host and port of a URL; None where it is none, or names a user: no server may choose that."""
    try:
        parts = urlsplit(url)
        parsed_url(url)
        port = {"http": 80, "https": 443}.get(parts.scheme) if parts.port is None else parts.port
    except (ValueError, httpx.InvalidURL):
        return None
    return None if "@" in parts.netloc or port == 0 else (parts.scheme, parts.hostname, port)


def _import_aiohttp() -> None:
    with suppress(ImportError):  # the switch finds that out by itself
        import httpx_aiohttp  # noqa: F401


def _aiohttp_transport(tls: ssl.SSLContext, connections: int) -> httpx.AsyncBaseTransport:
    import aiohttp
    from httpx_aiohttp import AiohttpTransport

    async def once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        """Keep aiohttp from sending a DELETE or PUT twice, and httpx-aiohttp from calling a lost answer a lost way.

        aiohttp repeats idempotent methods on a connection that broke, and httpx-aiohttp 0.2 reports a server that
        hung up after the request as ConnectTimeout, which would read as "never sent" [measured].
        """
        try:
            return await handler(request)
        except (aiohttp.ClientConnectorError, aiohttp.ServerTimeoutError):
            raise
        except aiohttp.ClientError as error:
            raise httpx.RemoteProtocolError(str(error) or type(error).__name__) from error

    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=connections, ssl=tls, keepalive_timeout=KEEPALIVE_SECONDS)
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), middlewares=(once,))

    transport: httpx.AsyncBaseTransport = AiohttpTransport(verify=tls, client=session)
    return transport


def was_not_sent(error: Exception) -> bool:
    """Say whether a request that failed before any answer provably never left this machine."""
    return isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout))


def explain(error: Exception, url: str, timeout: float) -> tuple[str, str]:
    """Give (what happened, what to do) for a request that got no answer; `timeout` in seconds."""
    parts = urlsplit(url)
    where = f"{parts.scheme}://{parts.netloc}"
    causes = list(_causes(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return f"the host name {parts.hostname} cannot be found", "check `url` of the target in the settings file"
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return f"TLS with {where} failed: {_reason(causes)}", (
            "check the certificate, or name your authority's certificates in SSL_CERT_FILE; "
            "checking cannot be switched off"
        )
    if any(getattr(cause, "errno", None) == errno.ECONNREFUSED for cause in causes):
        return f"nothing answers at {where} (connection refused)", (
            "check that the server runs, and `url` of the target in the settings file"
        )
    if isinstance(error, httpx.ConnectTimeout):
        return f"no connection to {where} within {min(CONNECT_SECONDS, timeout):g} s", (
            "check `url` of the target, and that no firewall stands in between"
        )
    if isinstance(error, (httpx.TimeoutException, TimeoutError)):
        whole = isinstance(error, TimeoutError)  # the session's own
        return f"no {'whole ' * whole}answer from {where} within {(WHOLE if whole else 1) * timeout:g} s", (
            "check that the server is well, or set a longer `timeout` for the target"
        )
    return f"the connection to {where} broke ({type(error).__name__})", "try again; look at the server's log"


def _reason(causes: Iterable[BaseException]) -> str:
    """Give OpenSSL's words; aiohttp's exceptions are SSLErrors too, without any."""
    said = [getattr(cause, "verify_message", "") or getattr(cause, "reason", "") for cause in causes]
    return next((str(words) for words in said if words), "no reason given")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Give an exception and all that led to it, each once; `os_error` is where aiohttp keeps it."""
    queue, seen = [error], set()
    while queue:
        current = queue.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        inner = [current.__cause__, current.__context__]
        with suppress(AttributeError):
            inner.append(current.os_error)  # type: ignore[attr-defined]
        if isinstance(current, BaseExceptionGroup):
            inner.extend(current.exceptions)
        queue.extend(cause for cause in inner if isinstance(cause, BaseException))
