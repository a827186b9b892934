"""What one account of Runtype holds, and the few questions that several routes ask of it.

Takes ids, gives rows; rows are kept as they were written, and `shown` where they are answered.
It never answers a request.

    configs    model configurations by id          keys       provider keys and connections by id
    usage      counters by provider and model      policies   an organisation's policy by provider
    moved      old id → the id that stands for it since the organisation took it over
"""

from __future__ import annotations

import secrets
import uuid
from datetime import UTC, datetime

from reconciler.sandbox.runtype.dialect import Dialect
from reconciler.sandbox.store import Row, Store
from reconciler.sandbox.system import Clock

ACCOUNT_AT_FIRST: Row = {
    "userId": "user_sandbox",
    "orgId": None,
    "orgSlug": None,
    "orgRole": None,
    "mayWrite": True,
    "byok": True,
    "requestsPerHour": 1_000_000,
    # what the vendor does not say, read in one of two ways
    "settings": "replace",
    "duplicates": "accept",
    "default": "account",
    "deleteDefault": "allow",
}
"""Who is asking and what the plan of that account covers; a seed may say otherwise."""

READINGS = {
    "settings": ("replace", "merge"),
    "duplicates": ("accept", "refuse"),
    "default": ("account", "provider"),
    "deleteDefault": ("allow", "refuse"),
}
"""What a write does to settings that are there, whether a model may be configured twice, of what there is one default,
and whether it may be deleted."""


class State:
    """One account's tables, clock and dialect."""

    def __init__(self, store: Store, clock: Clock, dialect: Dialect) -> None:
        self.dialect = dialect
        self.clock = clock
        self.accounts = store.table("runtype.account")
        self.configs = store.table("runtype.configs")
        self.keys = store.table("runtype.keys")
        self.usage = store.table("runtype.usage")
        self.policies = store.table("runtype.policies")
        self.moved = store.table("runtype.moved")

    @property
    def account(self) -> Row:
        """Who is asking, and what that account may."""
        return self.accounts.get("account") or ACCOUNT_AT_FIRST

    @property
    def organization(self) -> str | None:
        """The organisation that owns what is written, where there is one and the dialect knows of it."""
        org: str | None = self.account["orgId"]
        return org if self.dialect.organizations else None

    def now(self) -> str:
        """Give the time as every row tells it."""
        return self.told(self.clock())

    def told(self, moment: float) -> str:
        """Give a moment (epoch seconds) as every row tells it."""
        precision = "milliseconds" if self.dialect.milliseconds else "seconds"
        return datetime.fromtimestamp(moment, UTC).isoformat(timespec=precision).replace("+00:00", "Z")

    def new_config_id(self) -> str:
        """Give an id of the kind that model configurations have."""
        return str(uuid.uuid4())

    def new_key_id(self) -> str:
        """Give an id of the kind that provider keys have."""
        return f"pk_{secrets.token_hex(16)}"

    def written(self, old: Row, new: Row) -> Row:
        """Give the settings that a write leaves: the new ones, or both, as the account reads it."""
        return {**old, **new} if self.account["settings"] == "merge" else new

    def usage_of(self, provider: str, model_id: str) -> Row:
        """Give the counters of a model; nulls where it was never used."""
        unused = {"provider": provider, "modelId": model_id, "usageCount": None, "lastUsedAt": None}
        return self.usage.get(usage_key(provider, model_id)) or unused


def usage_key(provider: str, model_id: str) -> str:
    """Give the key under which a model's usage is counted."""
    return f"{provider}\n{model_id}"
