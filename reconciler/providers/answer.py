"""What a server answered, and what only a system's own code can read off it.

Takes status, headers and bytes; gives decoded JSON or a text fit for a message. Never gives a body that is a web page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urljoin, urlsplit

import orjson

from reconciler import redact
from reconciler.errors import Malformed
from reconciler.model import Json
from reconciler.providers import failures

_SHOWN_BYTES = 10_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str

    @property
    def place(self) -> str:
        """The address that answered, fit for a message: a redirect may have put anything into it."""
        return redact.vendor_text(self.url)

    @property
    def is_json(self) -> bool:
        """Whether it says that it is JSON."""
        return "json" in self.headers.get("content-type", "")

    @property
    def is_page(self) -> bool:
        """Whether it says that it is a web page: then something between us and the API may have made it."""
        return "text/html" in self.headers.get("content-type", "")

    @property
    def text(self) -> str:
        """What an answer that is no success says, fit for a message; empty for a web page."""
        if 300 <= self.status < 400:
            return _onward(self.url, self.headers.get("location", ""))
        if self.is_json:
            try:
                return failures.vendor_text(_decoded(self.content))
            except orjson.JSONDecodeError:
                return ""
        if "text/plain" in self.headers.get("content-type", ""):
            said = self.content[:_SHOWN_BYTES].decode(errors="replace")
            # half of a secret would not be known as one
            return failures.vendor_text(said if said.isspace() or len(said) < _SHOWN_BYTES else said.rpartition(" ")[0])
        return ""

    def json(self) -> Json:
        """Decode the body; None where it is empty. Raises `Malformed`."""
        if not self.content:
            return None
        if not self.is_json:
            called = redact.vendor_text(self.headers.get("content-type", ""))
            raise Malformed(
                f"{self.place} answered {called or 'something'}, not JSON",
                hint="`url` or `prefix` of the target is wrong, or a proxy stands in front that wants a login",
            )
        try:
            return _decoded(self.content)
        except orjson.JSONDecodeError as error:
            raise Malformed(f"{self.place} answered JSON that cannot be read: {error.msg}") from error


def _decoded(content: bytes) -> Json:
    value: Json = orjson.loads(content)
    try:
        orjson.dumps(value)  # refuses what is nested so deep that nothing here could compare or write it
    except TypeError:
        raise orjson.JSONDecodeError("it is nested too deep", "", 0) from None
    return value


def _onward(url: str, location: str) -> str:
    """Say where a redirect leads, without what may be a secret of somebody's."""
    try:
        onward = urlsplit(urljoin(url, location))
    except ValueError:
        return "it redirects to no address"
    return redact.vendor_text(f"it redirects to {onward.scheme}://{onward.netloc.rpartition('@')[2]}{onward.path}")


class Reading(Protocol):
    """What only a system's own code can read off an answer."""

    def retry_after(self, answer: Answer) -> float | None:
        """Give the seconds that the body of a refusal names; headers are understood already."""
        ...

    def is_busy(self, answer: Answer) -> bool:
        """Say whether the server has had enough for now, and stored nothing."""
        ...

    def is_expired(self, answer: Answer) -> bool:
        """Say whether the login has run out: nothing was done, and a new one will do."""
        ...
