"""Finds out whom a credential speaks for.

Takes a provider before its first request, gives the user. Never tries a credential twice: five failed logins lock an
account for a quarter of an hour.
"""

from __future__ import annotations

from reconciler.errors import Malformed, NotFound, Rejected, Unauthorized, Unavailable
from reconciler.model import Body
from reconciler.providers.rest import RestProvider

PERSONAL_KEY = "xag_personal_"


async def identify(api: RestProvider) -> Body:
    """Give the user behind the credential."""
    try:
        answer = await api.call("GET", f"{api.base}/auth/me", reads=True)
    except (Malformed, NotFound, Rejected) as error:
        raise _nobody(api, error.message) from error
    except Unauthorized as error:
        raise Unauthorized(error.message, hint=_advice(api) or error.hint) from error
    user = answer.get("user") if isinstance(answer, dict) else None
    if not isinstance(user, dict) or not isinstance(user.get("id"), int):
        raise _nobody(api, "the answer about the account holds no user")
    return user


def _nobody(api: RestProvider, why: str) -> Unavailable:
    return Unavailable(
        f"{api.target.name}: no Xagent API at {api.target.url}{api.base}: {why}",
        hint="check `url` and `prefix` of the target; the usual prefix is /api",
    )


def _advice(api: RestProvider) -> str:
    """Say what is wrong with a token; what is wrong with a password was said by the login."""
    secret, auth = api.credential.secret, api.target.auth
    if secret is None or auth is None or auth.scheme == "login":
        return ""
    if secret.startswith(PERSONAL_KEY):
        return "personal API keys speak to other routes: use `auth: {login: {username: .., password: ..}}`"
    return "an access token is good for two hours; `auth: {login: {username: .., password: ..}}` gets one for each run"
