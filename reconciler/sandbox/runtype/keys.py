"""The routes of provider keys: credentials of the account's own, which the API never tells again.

Takes bodies, gives keys without their secret. In an organisation the keys of model providers are connections, and
marking one as default changes whose credential every member uses.
It never reaches an endpoint: what answers to `discover-models` is the same everywhere.
"""

from __future__ import annotations

from fastapi import APIRouter, Response

from reconciler.sandbox.control import answer_json
from reconciler.sandbox.runtype import forms, policies, rows
from reconciler.sandbox.runtype.account import HasState, require_byok
from reconciler.sandbox.runtype.answers import RawBody, parse, refuse
from reconciler.sandbox.runtype.state import State
from reconciler.sandbox.store import Row

router = APIRouter(prefix="/v1/provider-keys")

NOT_FOUND = "Provider key not found"
IN_CUSTODY = "The organization uses this connection; select another one first"
NO_ENDPOINT = "Models can only be read from a generic-openai key"
ENDPOINT = "generic-openai"
ENDPOINT_MODELS = [{"id": "llama-3.1-70b", "ownedBy": "meta"}, {"id": "qwen/qwen3.6-27b"}]


@router.get("")
async def read_all(state: HasState) -> Response:
    """Every key."""
    return answer_json({"providerKeys": [shown(state, row) for row in state.keys.all()]})


@router.get("/provider/{provider}")
async def read_of(provider: str, state: HasState) -> Response:
    """The keys of a provider, and in an organisation whose are used."""
    told: Row = {"providerKeys": [shown(state, row) for row in state.keys.all() if row["provider"] == provider]}
    policy = policies.current(state, provider)
    return answer_json(told if policy is None else {**told, "organizationPolicy": policy["policy"]})


@router.post("")
async def create(body: RawBody, state: HasState) -> Response:
    """Store a key; names need not differ."""
    require_byok(state)
    row = insert(state, parse(forms.CREATE_KEY, body))
    return answer_json({"providerKey": shown(state, row)}, 201)


@router.post("/discover-models")
async def discover(body: RawBody, state: HasState) -> Response:
    """The models of an endpoint that no key is stored for."""
    require_byok(state)
    parse(forms.DISCOVER, body)
    return answer_json({"models": ENDPOINT_MODELS})


@router.patch("/{id}")
async def update(id: str, body: RawBody, state: HasState) -> Response:  # noqa: A002 - the API's name
    """Change what the body names."""
    form = parse(forms.UPDATE_KEY, body)
    row = _existing(state, id)
    if form.get("isActive") is False:
        _require_unused(state, row)
    if "settings" in form:
        form["settings"] = state.written(row["settings"], form["settings"])
    mark = form.pop("isDefault", None)
    row = state.keys.put(id, {**row, **form, "updatedAt": state.now()})
    if mark is not None:
        row = _mark(state, row, default=mark, selects=policies.is_governed(state, row["provider"]))
    return answer_json({"providerKey": shown(state, row)})


@router.delete("/{id}")
async def delete(id: str, state: HasState) -> Response:  # noqa: A002
    """Delete a key. Models of an endpoint go with it; others are used with the platform's key from now on."""
    row = _existing(state, id)
    _require_unused(state, row)
    state.keys.drop(id)
    for config in state.configs.all():
        if config["providerKeyId"] == id and row["provider"] == ENDPOINT:
            state.configs.drop(config["id"])
        elif config["providerKeyId"] == id:
            state.configs.put(config["id"], {**config, "providerKeyId": None})
    return answer_json({"success": True})


@router.post("/{id}/discover-models")
async def discover_of(id: str, state: HasState) -> Response:  # noqa: A002
    """The models of a stored key's endpoint."""
    require_byok(state)
    _require_endpoint(state.keys.get(id))
    return answer_json({"models": ENDPOINT_MODELS})


@router.post("/{id}/sync-models")
async def sync(id: str, body: RawBody, state: HasState) -> Response:  # noqa: A002
    """Create or change a configuration for each model of an endpoint; those that are not named stay."""
    require_byok(state)
    form = parse(forms.SYNC, body)
    rows.require_unmoved_key(state, id)
    _require_endpoint(state.keys.get(id))
    for model in form["models"]:
        _sync(state, id, model)
    return answer_json({"success": True, "syncedCount": len(form["models"])})


def insert(state: State, form: Row) -> Row:
    """Store a new key. In an organisation only four providers heed `isDefault` here."""
    now, provider = state.now(), form["provider"]
    governed = policies.is_governed(state, provider)
    row: Row = {
        "id": state.new_key_id(),
        "isActive": True,
        "settings": {},
        "usageCount": 0,
        "lastUsedAt": None,
        "isConnection": governed or (state.organization is not None and provider == "braintrust"),
        "createdAt": now,
        "updatedAt": now,
        **form,
        "isDefault": False,
    }
    row = state.keys.put(row["id"], row)
    storage_only = governed and provider not in policies.SELECTED_AT_CREATE
    if not form.get("isDefault") or storage_only:
        return row
    return _mark(state, row, default=True, selects=governed)


def shown(state: State, row: Row) -> Row:
    """Give the key as the API tells it: the secret by its first and last letters, the mark as the policy has it."""
    told = rows.part(row, *_TOLD)
    policy = policies.current(state, row["provider"])
    if policy is not None:
        told["isDefault"] = policy.get("connectionId") == row["id"]
    return {**told, "keyPreview": f"{row['apiKey'][:3]}...{row['apiKey'][-4:]}"}


_TOLD = (
    *("id", "provider", "name", "isActive", "isDefault", "lastUsedAt", "usageCount", "settings"),
    *("createdAt", "updatedAt"),
)


def _mark(state: State, row: Row, *, default: bool, selects: bool) -> Row:
    """Make a key the default of its provider; of an organisation's connections, the one that everybody uses."""
    if selects:
        if default:
            policies.select(state, row["provider"], row["id"])
        return row
    for other in state.keys.all():
        if default and other["isDefault"] and other["provider"] == row["provider"]:
            state.keys.put(other["id"], {**other, "isDefault": False})
    return state.keys.put(row["id"], {**row, "isDefault": default})


def _sync(state: State, key_id: str, model: Row) -> None:
    custom = {"displayName": model["id"], "inputCostPer1kTokens": 0, "outputCostPer1kTokens": 0, **model}
    custom.pop("id")
    held = (row for row in state.configs.all() if row["providerKeyId"] == key_id and row["modelId"] == model["id"])
    row = next(held, None)
    if row is None:
        fields = {"provider": ENDPOINT, "modelId": model["id"], "providerKeyId": key_id}
        rows.insert(state, {**fields, "settings": {"customModel": custom}})
    else:
        rows.change(state, row, {"settings": {**row["settings"], "customModel": custom}})


def _existing(state: State, key_id: str) -> Row:
    rows.require_unmoved_key(state, key_id)
    row = state.keys.get(key_id)
    if row is None:
        raise refuse(404, NOT_FOUND)
    return row


def _require_endpoint(row: Row | None) -> None:
    if row is None:
        raise refuse(404, NOT_FOUND)
    if row["provider"] != ENDPOINT:
        raise refuse(400, NO_ENDPOINT)


def _require_unused(state: State, row: Row) -> None:
    policy = policies.current(state, row["provider"])
    if policy is not None and policy.get("connectionId") == row["id"]:
        raise refuse(422, IN_CUSTODY)
