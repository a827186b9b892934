"""One conversation with one server: sends a request, tries again where that is safe, gives the answer.

Takes method, path and a JSON body; gives status, headers and bytes, whatever the status is. Never repeats a write
that may have been stored, never sends the credential anywhere but to the configured origin, and never logs a body.
"""

from __future__ import annotations

import asyncio
import io
import ipaddress
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from urllib.parse import urljoin, urlsplit

import orjson

from reconciler import __version__, redact
from reconciler.errors import Ambiguous, Malformed, ProviderError, Unauthorized, Unavailable
from reconciler.model import Json, Target
from reconciler.providers.answer import Answer, Reading
from reconciler.providers.credential import Credential
from reconciler.providers.pace import Clock, Pace
from reconciler.providers.retry import RetryPolicy, named_wait
from reconciler.providers.routes import NO_HEADERS
from reconciler.providers.transport import NO_ANSWER, WHOLE, Transport, explain, origin_of, was_not_sent

MAX_ANSWER_BYTES = 256 * 1024 * 1024
"""Of one answer, unpacked. A list with pictures inside reaches tens of megabytes; nothing honest reaches this."""
MAX_REDIRECTS = 5
_ENCODINGS = ("", "identity", "gzip", "deflate")
"""What an answer may be packed in, once: a gigabyte of nothing fits into a kilobyte that is packed twice."""


@dataclass(frozen=True, slots=True)
class _Ask:
    method: str
    url: str
    reads: bool
    content: bytes | None
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Lost:
    """A request without an answer."""

    error: Exception
    sent: bool


class Session:
    """Sends requests to one target."""

    def __init__(
        self,
        target: Target,
        credential: Credential,
        transport: Transport,
        pace: Pace,
        *,
        clock: Clock,
        policy: RetryPolicy,
        reading: Reading,
        headers: Mapping[str, str],
        login_prefix: str,
    ) -> None:
        self._target = target
        self._credential = credential
        self._transport = transport
        self._pace = pace
        self._clock = clock
        self._policy = policy
        self._reading = reading
        self._login_prefix = login_prefix
        self._base = target.url.rstrip("/")
        self._answered = False
        self._allowed: set[str] = set()
        """URLs that were looked at: an apply sends thousands of requests to a handful."""
        self._headers = {
            "accept": "application/json",
            "accept-encoding": "gzip, deflate",
            "user-agent": f"reconciler/{__version__}",
            **headers,
        }

    async def send(
        self,
        method: str,
        path: str,
        *,
        reads: bool,
        body: Json = None,
        anonymous: bool = False,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> Answer:
        """Send a request to a path under the target's URL, or to a full URL of the same origin.

        `reads` says that the request may be repeated whatever happens. `headers` go over those that every request
        has. Gives any answer but those that are worth a repetition; raises `Unavailable` or, for a write that may
        have been stored, `Ambiguous`. A login that has expired is made again, once.
        """
        content = None if body is None else orjson.dumps(body)
        own = {**self._headers, **({} if body is None else {"content-type": "application/json"}), **headers}
        ask = _Ask(method, self._absolute(path), reads, content, own)
        if anonymous:
            return await self._persist(ask)
        authorized = await self._authorized(ask)
        answer = await self._persist(authorized)
        if self._reading.is_expired(answer) and self._credential.renew(authorized.headers):
            return await self._persist(await self._authorized(ask))
        return answer

    async def _authorized(self, ask: _Ask) -> _Ask:
        return replace(ask, headers={**ask.headers, **await self.authorize()})

    async def authorize(self) -> Mapping[str, str]:
        """Give the header that carries the credential, logging in the first time where that is the way."""
        return await self._credential.headers(self._log_in)

    async def close(self) -> None:
        """Close every connection."""
        await self._transport.close()

    # --- trying again -------------------------------------------------------------------------

    async def _persist(self, ask: _Ask) -> Answer:
        started, attempt = self._clock.monotonic(), 0
        while True:
            attempt += 1
            result = await self._exchange(ask)
            self._answered = self._answered or isinstance(result, Answer)
            wait = self._wait(ask, result, attempt)
            if wait is None or not self._policy.allows(attempt, self._clock.monotonic() - started, wait):
                return self._final(ask, result)
            if isinstance(result, Answer) and self._reading.is_busy(result):
                self._pace.hold(wait)  # the server has had enough of all of us
            await self._clock.sleep(wait)

    def _wait(self, ask: _Ask, result: Answer | _Lost, attempt: int) -> float | None:
        """Give the seconds until the next attempt, or None where there must be none."""
        backoff = self._policy.backoff(attempt, self._clock.random)
        if isinstance(result, _Lost):
            hopeless = not self._answered and attempt >= self._policy.first_contact
            return None if hopeless or (result.sent and not ask.reads) else backoff
        if self._reading.is_busy(result):
            asked = self._asked(result)
            return backoff if asked is None else asked + backoff
        if result.status >= 500 and ask.reads:
            return max(backoff, self._asked(result, resets=False) or 0.0)
        return None

    def _asked(self, answer: Answer, *, resets: bool = True) -> float | None:
        return self._reading.retry_after(answer) or named_wait(answer.headers, self._clock.wall(), resets=resets)

    def _final(self, ask: _Ask, result: Answer | _Lost) -> Answer:
        if isinstance(result, Answer):
            return result
        happened, advice = explain(result.error, ask.url, self._target.timeout)
        if result.sent and not ask.reads:
            raise _unknown(self._target.name, ask, happened) from result.error
        raise Unavailable(f"{self._target.name}: {happened}", hint=advice) from result.error

    # --- one attempt --------------------------------------------------------------------------

    async def _exchange(self, ask: _Ask) -> Answer | _Lost:
        async with self._pace.slot(reads=ask.reads):
            url = ask.url
            for _ in range(MAX_REDIRECTS):
                result = await self._once(ask, url)
                onward = self._onward(ask, result)
                if onward is None:
                    break
                url = onward
            return result

    def _onward(self, ask: _Ask, result: Answer | _Lost) -> str | None:
        """Give the URL to follow: only of a read, only to the same origin, only where the method stays."""
        if isinstance(result, _Lost) or not ask.reads or not 300 <= result.status < 400:
            return None
        location = result.headers.get("location")
        if location is None or (ask.method != "GET" and result.status not in (307, 308)):
            return None
        try:
            onward = urljoin(result.url, location)
        except ValueError:  # brackets that are no IPv6 address
            return None
        return onward if origin_of(onward) == origin_of(self._base) else None

    async def _once(self, ask: _Ask, url: str) -> Answer | _Lost:
        response, content = None, io.BytesIO()
        try:
            async with asyncio.timeout(WHOLE * self._target.timeout):
                response = await self._transport.send(ask.method, url, ask.headers, ask.content)
                async with aclosing(response):
                    if response.headers.get("content-encoding", "").strip().lower() not in _ENCODINGS:
                        raise self._refused(ask, "the answer is packed in a way that was not asked for")
                    async for chunk in response.aiter_bytes():
                        if content.tell() + len(chunk) > MAX_ANSWER_BYTES:
                            raise self._refused(ask, f"the answer is larger than {MAX_ANSWER_BYTES >> 20} MB")
                        content.write(chunk)
        except NO_ANSWER as error:
            return _Lost(error, sent=response is not None or not was_not_sent(error))
        return Answer(response.status_code, response.headers, content.getvalue(), url)

    def _refused(self, ask: _Ask, happened: str) -> ProviderError:
        """Give the error for an answer that is not read to its end."""
        if ask.reads:
            return Malformed(f"{self._target.name}: {_line(ask)}: {happened}")
        return _unknown(self._target.name, ask, happened)

    # --- where to -----------------------------------------------------------------------------

    def _absolute(self, path: str) -> str:
        url = path if "://" in path else self._base + path
        if url in self._allowed:
            return url
        origin = origin_of(url)
        if origin is None or origin != origin_of(self._base):
            named = "no address" if origin is None else redact.vendor_text(f"{origin[0]}://{origin[1]}:{origin[2]}")
            raise Malformed(
                f"{self._target.name}: the server names {named} as the next page, which is another origin",
                hint="set `url` of the target to the server's own address",
            )
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Unavailable(f"{self._target.name}: {self._base} is not an http or https URL", hint="correct `url`")
        if parts.scheme == "http" and not _is_loopback(parts.hostname):
            raise Unauthorized(
                f"{self._target.name}: the credential would travel in clear text to {parts.hostname}",
                hint="use https in `url` of the target",
            )
        self._allowed.add(url)
        return url

    async def _log_in(self, body: Json) -> Json:
        assert self._credential.login is not None  # noqa: S101 - who calls this has one
        path = self._login_prefix + self._credential.login.path
        try:
            answer = await self.send("POST", path, reads=False, body=body, anonymous=True)
        except Ambiguous as error:
            raise Unavailable(f"{self._target.name}: the login got no answer", hint="try again") from error
        if answer.status in (404, 405) or answer.status >= 500:
            raise Unavailable(
                f"{self._target.name}: no login is to be had at {answer.place}: HTTP {answer.status}",
                hint="check `url` and `prefix` of the target, and look at the server's log",
            )
        if not 200 <= answer.status < 300:
            raise Unauthorized(
                f"{self._target.name}: the login was refused: HTTP {answer.status}: {answer.text}",
                hint=f"check `username`, and the password from {self._credential.place}; several failures lock it",
            )
        return answer.json()


def _unknown(target: str, ask: _Ask, happened: str) -> Ambiguous:
    return Ambiguous(
        f"{target}: {_line(ask)}: {happened}; whether it was stored is unknown",
        hint="plan again: it reads what the server holds",
    )


def _line(ask: _Ask) -> str:
    """Name a request; part of its address may be a server's own words."""
    return redact.vendor_text(f"{ask.method} {ask.url}")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
