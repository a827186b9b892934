"""Holds the credential of one target.

Takes where it comes from, reads it once, gives the header that carries it. Never shows it: what is told of it is the
place that it comes from.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reconciler import redact, secrets
from reconciler.errors import Malformed, Unauthorized
from reconciler.model import Json, Target

LogIn = Callable[[Json], Awaitable[Json]]
"""Sends a login body, gives the decoded answer."""


@dataclass(frozen=True, slots=True)
class Login:
    """How a system exchanges a password for a token."""

    path: str
    username: str = "username"
    password: str = "password"  # noqa: S105 - the name of a key
    token: str = "access_token"  # noqa: S105
    """The key of the token in the answer."""


@dataclass(slots=True)
class Credential:
    """A secret and how it travels; a missing one is an error only when it is needed."""

    target: Target
    login: Login | None
    secret: str | None = field(repr=False)
    _token: str | None = field(default=None, repr=False)
    _refused: Unauthorized | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    @property
    def place(self) -> str:
        """Where the secret comes from, for messages."""
        return secrets.describe(self.target.auth.secret) if self.target.auth is not None else "nowhere"

    async def headers(self, log_in: LogIn) -> Mapping[str, str]:
        """Give the header to send; logs in once, the first time, where the target says so."""
        auth = self.target.auth
        if auth is None or self.secret is None:
            raise self._missing()
        if auth.scheme == "login":
            return {"Authorization": f"Bearer {await self._logged_in(log_in, auth.username, self.secret)}"}
        if not self.secret.isascii() or not self.secret.isprintable():
            raise Unauthorized(
                f"{self.target.name}: the credential from the {self.place} holds characters that no header can carry",
                hint="look for a line break or a pasted character in it",
            )
        if auth.scheme == "header":
            return {auth.header: self.secret}
        return {"Authorization": f"Bearer {self.secret}"}

    def renew(self, sent: Mapping[str, str]) -> bool:
        """Forget the token of a login if it is the one that was sent; say whether asking again gives another."""
        if self.target.auth is None or self.target.auth.scheme != "login":
            return False
        if sent.get("Authorization") == f"Bearer {self._token}":
            self._token = None
        return True

    async def _logged_in(self, log_in: LogIn, username: str, password: str) -> str:
        """Log in once; a refusal is remembered, since a few more of them would lock the account."""
        async with self._lock:
            if self._refused is not None:
                raise self._refused
            if self._token is None:
                try:
                    self._token = await self._log_in(log_in, username, password)
                except Unauthorized as error:
                    self._refused = error
                    raise
            return self._token

    async def _log_in(self, log_in: LogIn, username: str, password: str) -> str:
        if self.login is None:
            raise Unauthorized(
                f"{self.target.name}: {self.target.system} has no login with a password",
                hint="use `auth: {bearer: ..}` for this target",
            )
        answer = await log_in({self.login.username: username, self.login.password: password})
        token = answer.get(self.login.token) if isinstance(answer, dict) else None
        if not isinstance(token, str) or not token:
            raise Malformed(f"{self.target.name}: the answer to the login holds no {self.login.token}")
        return redact.remember(token)

    def _missing(self) -> Unauthorized:
        auth = self.target.auth
        if auth is None:
            return Unauthorized(
                f"{self.target.name}: the target has no credential",
                hint=f"add `auth: {{bearer: {{env: {self.target.system.upper()}_TOKEN}}}}` to it in the settings file",
            )
        return Unauthorized(
            f"{self.target.name}: the credential is not set: {self.place}",
            hint=_ADVICE[auth.secret.scheme].format(auth.secret.value, place=self.place),
        )


_ADVICE = {
    "env": "export {0}=.. before the command, or name another place in `auth` of the target",
    "file": "write it to that file, readable by you alone, or name another place in `auth` of the target",
    "command": "run the {place} by hand: it must print the credential and end with 0",
}


def read(target: Target, root: Path, login: Login | None) -> Credential:
    """Read a target's credential now; one that is not set is told when it is needed."""
    return Credential(target, login, secrets.read(target.auth.secret, root) if target.auth is not None else None)
