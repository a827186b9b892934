"""The table of exchanges with Xagent, and what differs from server to server in its answers.

Takes nothing, gives `TABLE`, and in `SEEDS` what a server holds before it is played.
It never asks a server: `exchange.play` does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.e2e.fidelity import xagent_accounts as accounts
from tests.e2e.fidelity import xagent_changes as changes
from tests.e2e.fidelity import xagent_models as models
from tests.e2e.fidelity.exchange import Json, Step, Table, get, post
from tests.e2e.fidelity.xagent_words import AUTH, BY_ID

OLGA = {"username": "olga", "email": "olga@example.com", "password": "olgas-password"}
ASLEEP = {"model_id": "asleep", "model_provider": "openai", "model_name": "asleep-name"}

SEEDS: dict[str, list[dict[str, Any]]] = {
    "User": [{**OLGA, "is_admin": True}],
    "Model": [{**ASLEEP, "is_active": False}],
}
"""A second administrator and an inactive model: no route makes either."""

STEPS: tuple[Step, ...] = (
    *accounts.routes_and_credentials(),
    *accounts.accounts(),
    post("log in as olga", AUTH + "/login", OLGA, by="none", save={"olga": "access_token"}),
    *accounts.users(),
    *models.order(),
    *models.create(),
    get("the number of the smallest", BY_ID + "/small", save={"small_pk": "id"}),
    get("the number of what is inactive", BY_ID + "/asleep", save={"asleep_pk": "id"}),
    *models.create_by_category(),
    get("the number of any", BY_ID + "/any", save={"any_pk": "id"}),
    get("the number of an image", BY_ID + "/c-image", save={"plain_image_pk": "id"}),
    *models.create_by_provider(),
    *models.bedrock(),
    *models.find(),
    *models.lists(),
    *changes.update(),
    *changes.defaults(),
    *changes.share(),
    *changes.probes(),
    *changes.auto(),
    *changes.remove(),
    *accounts.orphans(),
    *models.limits(),
    *accounts.lock_out(),
)

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(?P<zone>Z|[+-]\d\d:\d\d)?\Z")
_SET = re.compile(r"\{('[^{}]*')\}")
_MASKS = {
    **dict.fromkeys(("access_token", "refresh_token"), "<token>"),
    **dict.fromkeys(("full_key", "key_prefix", "masked_key"), "<key>"),
    **dict.fromkeys(("response_time", "retry-after"), "<seconds>"),
    "loginTime": "<time>",
}


def _made_up(key: str, value: Json) -> Json:
    if key in _MASKS and value is not None:
        return _MASKS[key]
    if isinstance(value, dict) and "requires_base_url" in value:
        return {**value, "description": "<sentence>"}
    match = _TIME.match(value) if isinstance(value, str) else None
    return f"<time{match['zone'] or ''}>" if match else value


def _text(value: str, names: Mapping[Json, str]) -> str:
    """Sort what the server prints of a set, whose order differs from run to run, and drop its tracebacks."""
    told = value.partition("\nTraceback ")[0]
    return _SET.sub(lambda match: "{%s}" % ", ".join(sorted(match[1].split(", "))), told)  # noqa: UP031


TABLE = Table(
    system="xagent",
    steps=STEPS,
    made_up=_made_up,
    text=_text,
    rows=frozenset({"models", "users", "categories", "providers"}),
    headers=("error-type", "retry-after", "www-authenticate"),
)
