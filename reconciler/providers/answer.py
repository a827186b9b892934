"""What a server answered, and what only a system's own code can read off it.

Takes status, headers and bytes; gives decoded JSON or a text fit for a message. Never gives a body that is a web page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urljoin, urlsplit

import orjson

from reconciler.errors import Malformed
from reconciler.model import Json
from reconciler.providers import failures


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str

    @property
    def is_json(self) -> bool:
        """Whether it says that it is JSON."""
        return "json" in self.headers.get("content-type", "")

    @property
    def text(self) -> str:
        """What an answer that is no success says, fit for a message; empty for a web page."""
        if 300 <= self.status < 400:
            try:
                onward = urlsplit(urljoin(self.url, self.headers.get("location", "")))
            except ValueError:
                return "it redirects to an address that cannot be read"
            return f"it redirects to {onward.scheme}://{onward.netloc}{onward.path}"
        if self.is_json:
            try:
                return failures.vendor_text(orjson.loads(self.content))
            except orjson.JSONDecodeError:
                return ""
        if "text/plain" in self.headers.get("content-type", ""):
            return failures.vendor_text(self.content[:1000].decode(errors="replace"))
        return ""

    def json(self) -> Json:
        """Decode the body; None where it is empty. Raises `Malformed`."""
        if not self.content:
            return None
        if not self.is_json:
            raise Malformed(
                f"{self.url} answered {self.headers.get('content-type') or 'something'}, not JSON",
                hint="`url` or `prefix` of the target is wrong, or a proxy stands in front that wants a login",
            )
        try:
            value: Json = orjson.loads(self.content)
            orjson.dumps(value)  # refuses what is nested so deep that nothing here could compare or write it
        except orjson.JSONDecodeError as error:
            raise Malformed(f"{self.url} answered JSON that cannot be read: {error.msg}") from error
        except TypeError as error:
            raise Malformed(f"{self.url} answered JSON that is nested too deep") from error
        return value


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
