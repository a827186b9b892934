"""Whose credential an organisation uses for a model provider: the platform's, or one of its connections.

Takes a provider and a choice, gives the policy that holds for every member.
It never touches what a model configuration names: both may say different things.
"""

from __future__ import annotations

from typing import get_args

from fastapi import APIRouter, Response

from reconciler.sandbox.control import answer_json
from reconciler.sandbox.runtype import forms
from reconciler.sandbox.runtype.account import HasState
from reconciler.sandbox.runtype.answers import RawBody, parse, refuse
from reconciler.sandbox.runtype.state import State
from reconciler.sandbox.store import Row

router = APIRouter(prefix="/v1/provider-keys")

PLATFORM_SELECTABLE = frozenset(["openai", "anthropic", "google", "xai", "mixlayer", "vercel"])
SELECTED_AT_CREATE = frozenset(["openai", "anthropic", "google", "xai"])
"""A connection of these is selected where it is created as the default."""

GOVERNED = frozenset(get_args(forms.PolicyProvider))
PLATFORM_MANAGED: Row = {"policy": "platform-managed"}

NO_ORGANIZATION = "Only an organization has a credential policy"
NO_ADMIN = "Only an administrator of the organization may select its credentials"
NO_PLATFORM_KEY = "The platform has no key for this provider"
NO_CONNECTION = "The organization has no active connection of this id for the provider"


@router.put("/organization-policy")
async def select_policy(body: RawBody, state: HasState) -> Response:
    """Select whose credential is used for a provider."""
    form = parse(forms.POLICY, body)
    provider, selection = form["provider"], form["selection"]
    if state.organization is None:
        raise refuse(403, NO_ORGANIZATION)
    if state.account["orgRole"] != "org:admin":
        raise refuse(403, NO_ADMIN)
    if selection == "platform":
        if provider not in PLATFORM_SELECTABLE:
            raise refuse(422, NO_PLATFORM_KEY)
        state.policies.drop(provider)
    else:
        row = state.keys.get(selection["connectionId"])
        if row is None or row["provider"] != provider or not row["isActive"]:
            raise refuse(422, NO_CONNECTION)
        select(state, provider, row["id"])
    return answer_json({"provider": provider, **(current(state, provider) or {})})


def select(state: State, provider: str, connection_id: str) -> None:
    """Make everybody use a connection."""
    state.policies.put(provider, {"policy": "organization-byok-required", "connectionId": connection_id})


def is_governed(state: State, provider: str) -> bool:
    """Say whether a policy decides about the provider's credentials."""
    return state.organization is not None and provider in GOVERNED


def current(state: State, provider: str) -> Row | None:
    """Give the policy for a provider; None where none can be had."""
    if not is_governed(state, provider):
        return None
    return state.policies.get(provider) or PLATFORM_MANAGED
