"""What an account holds before anyone asks it: bodies from a seed file.

Takes bodies by kind, puts them where nothing of the same identity is yet.
It never overwrites: a second start on the same data file changes nothing.

    Account      {userId, orgId, orgSlug, orgRole, mayWrite, byok, requestsPerHour} and readings, see `state.py`
    ProviderKey  {provider, name, apiKey, ...}   `id` may be chosen; `alias` is told as `providerKeyId` instead of it;
                 {id, replacementId}             an old id, for which the connection of that id stands now
    ModelConfig  {provider, modelId, ...}        `id` may be chosen, `providerKeyId` may be a key's name, settings are
                                                 kept as they are; `configurationStatus: needs_configuration`
                 {id, migratedTo}                an old id, for which the configuration of that id stands now
    Usage        {provider, modelId, usageCount, lastUsedAt, totalTokens, totalCost}
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import HTTPException

from reconciler.sandbox.runtype import forms, keys, rows
from reconciler.sandbox.runtype.answers import parse
from reconciler.sandbox.runtype.state import ACCOUNT_AT_FIRST, READINGS, State, usage_key
from reconciler.sandbox.store import Row, Table
from reconciler.sandbox.system import CREDENTIAL, Seeds


def plant(state: State, seeds: Seeds) -> None:
    """Put the bodies; raise ValueError naming the one that the server would not take."""
    for kind in seeds:
        if kind not in _PLANTERS:
            raise ValueError(f"runtype has no kind {kind!r} to seed; it has {', '.join(_PLANTERS)}")
    for kind, planter in _PLANTERS.items():
        for place, body in enumerate(seeds.get(kind) or []):
            try:
                planter(state, body)
            except KeyError as error:
                raise ValueError(f"seed runtype.{kind}[{place}]: `{error.args[0]}` is missing") from error
            except (ValueError, HTTPException) as error:
                why = _said(error.detail) if isinstance(error, HTTPException) else error
                raise ValueError(f"seed runtype.{kind}[{place}]: {why}") from error


def _plant_account(state: State, body: Row) -> None:
    for key, value in body.items():
        if key not in ACCOUNT_AT_FIRST:
            raise ValueError(f"an account has no {key!r}; it has {', '.join(ACCOUNT_AT_FIRST)}")
        if value not in READINGS.get(key, (value,)):
            raise ValueError(f"{key} is read as {' or '.join(READINGS[key])}, not as {value!r}")
    if state.accounts.get("account") is None:
        state.accounts.put("account", {**ACCOUNT_AT_FIRST, **body})


def _plant_key(state: State, body: Row) -> None:
    if "replacementId" in body:
        _move(state, body, "replacementId")
        return
    form = parse(forms.CREATE_KEY, {"apiKey": CREDENTIAL, **body})
    if not _is_there(state.keys, body, "provider", "name"):
        chosen = rows.part(body, "id", "alias", "isActive", "usageCount", "lastUsedAt")
        keys.insert(state, {**form, **chosen})


def _plant_config(state: State, body: Row) -> None:
    if "migratedTo" in body:
        _move(state, body, "migratedTo")
        return
    form = parse(forms.CREATE_CONFIG, body)
    if not _is_there(state.configs, body, "provider", "modelId"):
        key, provider = form.get("providerKeyId", rows.PLATFORM), form["provider"]
        named = (row["id"] for row in state.keys.all() if (row["provider"], row["name"]) == (provider, key))
        chosen = rows.part(body, *_CHOSEN)
        rows.insert(state, {**form, **chosen, "providerKeyId": rows.select_key(state, provider, next(named, key))})


_CHOSEN = ("id", "isEnabled", "isDefault", "configurationStatus", "migrationCandidateCount")


def _plant_usage(state: State, body: Row) -> None:
    unused = {"usageCount": None, "lastUsedAt": None}
    state.usage.put(usage_key(body["provider"], body["modelId"]), {**unused, **body})


_PLANTERS: dict[str, Callable[[State, Row], None]] = {
    "Account": _plant_account,
    "ProviderKey": _plant_key,
    "ModelConfig": _plant_config,
    "Usage": _plant_usage,
}


def _move(state: State, body: Row, word: str) -> None:
    if not state.dialect.organizations:
        raise ValueError(f"{word}: in this dialect nothing is moved to an organization")
    state.moved.put(body["id"], {"id": body[word]})


def _said(refusal: Any) -> str:
    """Give a refusal as one line: the places that are wrong, else what is said of the whole."""
    places = [f"{detail['path']}: {detail['message']}" for detail in refusal.get("details", ())]
    return "; ".join(places) or str(refusal["error"])


def _is_there(table: Table, body: Row, *identity: str) -> bool:
    """Say whether a row of the same id is there, or of the same identity where the body chooses no id."""
    names = ("id",) if "id" in body else identity
    return any(all(row[name] == body[name] for name in names) for row in table.all())
