"""Model configurations as they are stored, and as the API tells of them.

Takes rows and what the account says of keys and policies, gives what a caller sees: the catalogue's facts come with
every row and move its `updatedAt`, and the platform's own key is told as null though it is written as `platform`.
It never asks who is calling.
"""

from __future__ import annotations

from reconciler.sandbox.runtype import catalogue
from reconciler.sandbox.runtype.answers import refuse
from reconciler.sandbox.runtype.state import State
from reconciler.sandbox.store import Row

PLATFORM = "platform"
PLATFORM_PROVIDERS = frozenset(
    ["openai", "anthropic", "google", "xai", "mixlayer", "vercel", "model", "runtype", "mock", "modelsocket"]
)
"""For these the platform has a key of its own."""

MOVED_CONNECTION = "This provider key was moved to an organization connection"


def insert(state: State, fields: Row) -> Row:
    """Store a new configuration."""
    now, org = state.now(), state.organization
    row: Row = {
        "id": state.new_config_id(),
        "userId": None if org else state.account["userId"],
        "createdByUserId": state.account["userId"],
        "providerKeyId": None,
        "isEnabled": True,
        "isDefault": False,
        "settings": {},
        **({"configurationStatus": "ready", "migrationCandidateCount": 0} if org else {}),
        "createdAt": now,
        "updatedAt": now,
        **fields,
    }
    return state.configs.put(row["id"], row)


def change(state: State, row: Row, fields: Row) -> Row:
    """Store the fields over the row; a default takes the mark from the one before."""
    if fields.get("isDefault"):
        for other in state.configs.all():
            if other["isDefault"] and other["id"] != row["id"] and _competes(state, row, other):
                state.configs.put(other["id"], {**other, "isDefault": False})
    return state.configs.put(row["id"], {**row, **fields, "updatedAt": state.now()})


def shown(state: State, row: Row) -> Row:
    """Give the configuration as the API tells it."""
    now, key = state.clock(), state.keys.get(row["providerKeyId"] or "")
    told = part(row, *_TOLD)
    model = catalogue.find(row["provider"], row["modelId"])
    told |= {
        "organizationId": state.account["orgId"],
        "providerKeyId": None if key is None else key.get("alias", key["id"]),
        **catalogue.facts(model, custom_model(row), now),
        "keyStatus": key_status(state, row["provider"], row["providerKeyId"]),
        "configScope": "organization" if state.organization else "user",
    }
    if state.dialect.organizations:
        told["createdByUserId"] = row["createdByUserId"]
        told["organizationConnectionId"] = key["id"] if key is not None and key["isConnection"] else None
        told |= part(row, "configurationStatus", "migrationCandidateCount")
    if state.dialect.promotions:
        told |= catalogue.promotion(now)
        told["updatedAt"] = max(row["updatedAt"], state.told(now // catalogue.HOUR * catalogue.HOUR))
    return told


def custom_model(row: Row) -> Row:
    """Give what the account says of a model of its own; {} of the catalogue's."""
    custom: Row = row["settings"].get("customModel") or {}
    return custom


def part(row: Row, *names: str) -> Row:
    """Give the named keys of a row, those that it has."""
    return {name: row[name] for name in names if name in row}


_TOLD = ("id", "userId", "provider", "modelId", "isEnabled", "isDefault", "settings", "createdAt", "updatedAt")


def key_status(state: State, provider: str, key_id: str | None = None) -> str:
    """Say whose key a model is used with: that is decided by the organisation's policy, where it has one."""
    policy = state.policies.get(provider)
    if policy is not None and policy["policy"] != "platform-managed":
        return "custom"
    key = state.keys.get(key_id or "")
    if key is not None and key["isActive"]:
        return "custom"
    return PLATFORM if provider in PLATFORM_PROVIDERS else "needs_setup"


def select_key(state: State, provider: str, key_id: str) -> str | None:
    """Give what is stored of a key that a body names; raise the refusal where it may not be chosen."""
    if key_id == PLATFORM:
        return None
    require_unmoved_key(state, key_id)
    key = state.keys.get(key_id)
    if key is None:
        raise refuse(400, "Provider key not found")
    if key["provider"] != provider:
        raise refuse(400, f"The provider key is for {key['provider']}, not for {provider}")
    return key_id


def require_unmoved_key(state: State, key_id: str) -> None:
    """Raise 409 for the old id of a key that became an organisation's connection."""
    moved = state.moved.get(key_id)
    if moved is not None:
        replacement = {"code": "ORGANIZATION_CONNECTION_MIGRATED", "replacementId": moved["id"]}
        raise refuse(409, MOVED_CONNECTION, **replacement)


def _competes(state: State, row: Row, other: Row) -> bool:
    return bool(state.account["default"] == "account" or row["provider"] == other["provider"])
