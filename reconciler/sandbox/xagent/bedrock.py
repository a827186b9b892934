"""What the server asks of a model at Amazon Bedrock, the one provider with fields of its own.

Takes region, mode, key and address, gives what is wrong with them.
It never looks at what is stored.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from reconciler.sandbox.store import Row
from reconciler.sandbox.xagent.answers import refuse

PROVIDER = "bedrock"
CHAIN = "credentials_chain"

LLM_ONLY = "Amazon Bedrock is supported only for LLM configurations"
_ADMINS_ONLY = "Only administrators can configure AWS credential-chain authentication"
_AWS_ONLY = "AWS credential-chain authentication requires an HTTPS Amazon Bedrock runtime endpoint"

_REGION = re.compile(r"[a-z]{2}(?:-[a-z0-9]+)+-\d+")
_HOST = re.compile(
    r"bedrock-runtime(?:-fips)?\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|api\.aws)"
    r"|vpce-[a-z0-9-]+\.bedrock-runtime(?:-fips)?\.[a-z0-9-]+\.vpce\.amazonaws\.com(?:\.cn)?"
)


def check(user: Row, region: str | None, mode: str, key: str | None, address: str | None) -> None:
    """Raise 400 or 403 where the server would not store these."""
    wrong = mistake(region, mode, key, address)
    if wrong is not None:
        raise refuse(400, wrong)
    if mode == CHAIN:
        if not user["is_admin"]:
            raise refuse(403, _ADMINS_ONLY)
        if not _is_at_aws(address):
            raise refuse(400, _AWS_ONLY)


def mistake(region: str | None, mode: str, key: str | None, address: str | None) -> str | None:
    """Say what is wrong, None where nothing is."""
    if not _REGION.fullmatch((region or "").strip()):
        return "A valid AWS region is required for Amazon Bedrock"
    if mode != CHAIN and is_placeholder(key):
        return "An Amazon Bedrock API key is required for api_key authentication"
    if mode == CHAIN and not is_placeholder(key):
        return "Amazon Bedrock credentials_chain authentication cannot include an API key"
    return _wrong_address(address) if address else None


def is_placeholder(key: str | None) -> bool:
    """Say whether a key is none: empty, or `your-...-key`."""
    bare = (key or "").strip().strip("\"'")
    return not bare or (bare.startswith("your-") and bare.endswith("-key"))


def _wrong_address(address: str) -> str | None:
    parts = urlsplit(address.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "The Amazon Bedrock runtime endpoint must be an HTTP(S) URL"
    if parts.username or parts.password or parts.query or parts.fragment:
        return "The Amazon Bedrock runtime endpoint contains unsupported URL components"
    if parts.hostname.startswith("bedrock-mantle."):
        return "bedrock-mantle does not support Converse; use a bedrock-runtime endpoint"
    return None


def _is_at_aws(address: str | None) -> bool:
    parts = urlsplit((address or "").strip())
    return not address or (parts.scheme == "https" and _HOST.fullmatch(parts.hostname or "") is not None)
