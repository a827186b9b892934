"""Finds out which server answers and whom the credential speaks for.

Takes a provider before its first request, gives the account and the version. Never goes on with a credential that is
not an admin's: ordinary users are shown parts of lists, which would read as deleted.
"""

from __future__ import annotations

import asyncio
import re

from reconciler.errors import Malformed, NotFound, ProviderError, Rejected, Unauthorized, Unavailable
from reconciler.model import Account, Body
from reconciler.providers.rest import RestProvider

OLDEST = (0, 8)
_ME = ("/auths/", "/users/user/status")
"""Who am I; the first is refused to API keys since 0.12, the second where user status is switched off (observed)."""
_ADMINS_ONLY = "/users/all"


async def identify(api: RestProvider, root: str) -> tuple[Account, tuple[int, ...]]:
    """Give the account and the version; `root` is where `/version` is served."""
    await api.session.authorize()
    results = await asyncio.gather(_version(api, root), _who(api), return_exceptions=True)
    for result in results:
        if isinstance(result, (Malformed, NotFound, Rejected)):
            raise Unavailable(
                f"{api.target.name}: no Open WebUI API at {api.target.url}{api.base}: {result.message}",
                hint="check `url` and `prefix` of the target; the usual prefix is /api/v1",
            ) from result
        if isinstance(result, BaseException):
            raise result
    text, me = results
    assert isinstance(text, str)  # noqa: S101 - exceptions were raised above
    assert isinstance(me, dict)  # noqa: S101
    return Account(str(me.get("id", "")), me.get("email") or me.get("name") or "", text), _checked(api, text)


async def _version(api: RestProvider, root: str) -> str:
    answer = api.result("GET", await api.session.send("GET", f"{root}/version", reads=True, anonymous=True), reads=True)
    version = answer.get("version") if isinstance(answer, dict) else None
    if not isinstance(version, str):
        raise Malformed(f"{api.target.name}: {root}/version tells no version")
    return version


async def _who(api: RestProvider) -> Body:
    """Give the user behind the credential; `{}` for an admin who cannot be named."""
    refused: ProviderError | None = None
    for path in _ME:
        answer = await api.session.send("GET", api.base + path, reads=True)
        if answer.status not in (401, 403):
            return _admin(api, api.result("GET", answer, reads=True))
        refused = refused or _refused(api, answer.status, answer.text)
        if answer.status == 401:
            raise refused
    answer = await api.session.send("GET", api.base + _ADMINS_ONLY, reads=True)
    if answer.status == 200 and answer.is_json:
        return {}
    assert refused is not None  # noqa: S101 - every way to ask was refused
    raise refused


def _admin(api: RestProvider, me: object) -> Body:
    if not isinstance(me, dict) or not isinstance(me.get("id"), str):
        raise Malformed(f"{api.target.name}: the answer about the account holds no id")
    if me.get("role") != "admin":
        raise Unauthorized(
            f"{api.target.name}: the credential from the {api.credential.place} speaks for "
            f"{me.get('email', me['id'])}, whose role is {me.get('role')!r}",
            hint="use the API key of an admin: ordinary users see parts of the lists only",
        )
    return me


def _refused(api: RestProvider, status: int, text: str) -> Unauthorized:
    said = f" ({text})" if text else ""
    return Unauthorized(
        f"{api.target.name}: {api.target.url} refuses the credential from the {api.credential.place}: "
        f"HTTP {status}{said}",
        hint="make an API key as an admin (Settings, Account), and see that the server runs with ENABLE_API_KEYS=true",
    )


def _checked(api: RestProvider, text: str) -> tuple[int, ...]:
    match = re.match(r"v?(\d+)\.(\d+)(?:\.(\d+))?", text)
    if match is None:
        raise Unavailable(f"{api.target.name}: {text!r} is not a version of Open WebUI", hint="check `url`")
    version = tuple(int(part or 0) for part in match.groups())
    if version < OLDEST:
        raise Unavailable(
            f"{api.target.name}: Open WebUI {text} is too old: its models have no access grants",
            hint="upgrade the server to 0.8 or newer",
        )
    return version
