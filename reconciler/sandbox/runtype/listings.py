"""The routes that only look: the catalogue in its several forms, usage, and what is in use.

Takes queries, gives lists; they tell of the platform's models beside the account's own.
It never makes a first default: only the list of configurations does.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

from fastapi import APIRouter, Response

from reconciler.sandbox.control import answer_json
from reconciler.sandbox.runtype import catalogue, rows
from reconciler.sandbox.runtype.account import HasState
from reconciler.sandbox.runtype.catalogue import Model
from reconciler.sandbox.runtype.state import State
from reconciler.sandbox.store import Row

router = APIRouter(prefix="/v1/model-configs")
distinct_router = APIRouter(prefix="/v1/model-configs")


@router.get("/available")
async def read_available(
    state: HasState,
    showAll: str = "",  # noqa: N803 - the API's name
    category: str = "",
) -> Response:
    """The catalogue, model by model; deprecated in favour of the groups."""
    known = [_listed(state, model) for model in catalogue.MODELS]
    seen = [row for row in known if row["uiCategory"] is not None or row["isConfigured"]]
    data = [row for row in (known if showAll == "true" else seen) if category in ("", row["uiCategory"])]
    stats = {
        "configured": sum(row["isConfigured"] for row in known),
        "popular": sum(row["uiCategory"] == "flagship" for row in known),
        "totalAvailable": len(known),
        "uiVisible": len(seen),
    }
    return _listing(data, stats=stats)


@router.get("/grouped")
async def read_grouped(
    state: HasState,
    showAll: str = "",  # noqa: N803
    category: str = "",
    configured: str = "",
) -> Response:
    """The catalogue by base model, with every provider that has it."""
    models = sorted(catalogue.MODELS, key=lambda model: model.base)
    known = [_group(state, base, list(offers)) for base, offers in groupby(models, key=lambda model: model.base)]
    data = [
        row
        for row in known
        if (showAll == "true" or row["uiCategory"] is not None or row["isConfigured"])
        and category in ("", row["uiCategory"])
        and (configured != "true" or row["isConfigured"])
    ]
    stats = {
        "providersWithPlatformKeys": sorted({model.provider for model in models} & rows.PLATFORM_PROVIDERS),
        "totalModels": len(models),
        "uniqueBaseModels": len(known),
    }
    return _listing(data, stats=stats)


@router.get("/search-capable")
async def read_search_capable(state: HasState) -> Response:
    """The models that can search the web."""
    return _listing([_searching(state, model) for model in catalogue.MODELS if model.search])


@router.get("/search-configured")
async def read_search_configured(state: HasState) -> Response:
    """The enabled configurations that can search the web, and the platform's own search."""
    models = [catalogue.find(row["provider"], row["modelId"]) for row in state.configs.all() if row["isEnabled"]]
    found = [_searching(state, model) for model in models if model.search]
    engine = {**catalogue.SEARCH_ENGINE, "keyStatus": rows.PLATFORM}
    undiscounted = {"creditPromoLabel": None, "creditPromoMultiplier": 1}
    return _listing([*found, {**engine, **(undiscounted if state.dialect.promotions else {})}])


@router.get("/usage")
async def read_usage(state: HasState) -> Response:
    """How often each configured model was used, and when last."""
    told = ("provider", "modelId", "usageCount", "lastUsedAt")
    return _listing([rows.part(state.usage_of(*model), *told) for model in _configured(state)])


@distinct_router.get("/distinct")
async def read_distinct(state: HasState) -> Response:
    """The distinct models in use; the path is a guess, none was ever published."""
    return _listing([{"provider": provider, "modelId": model_id} for provider, model_id in _configured(state)])


def _listing(data: list[Row], **more: Any) -> Response:
    return answer_json({"data": data, "total": len(data), **more})


def _configured(state: State) -> dict[tuple[str, str], Row]:
    """Give each configured model once, with its first configuration."""
    found: dict[tuple[str, str], Row] = {}
    for row in state.configs.all():
        found.setdefault((row["provider"], row["modelId"]), row)
    return found


def _listed(state: State, model: Model) -> Row:
    row = _configured(state).get((model.provider, model.id))
    return {
        "id": None if row is None else row["id"],
        "provider": model.provider,
        "modelId": model.id,
        "displayName": model.name,
        "costPer1kTokens": model.cost,
        "contextLength": model.context,
        "maxOutputTokens": model.output_tokens,
        "isConfigured": row is not None,
        "isDefault": row is not None and row["isDefault"],
        "isEnabled": row is not None and row["isEnabled"],
        "keyStatus": rows.key_status(state, model.provider),
        "supportsCustomKey": True,
        "supportsSearch": model.search,
        "supportsStreaming": True,
        "supportedResponseFormats": catalogue.formats(state.clock()),
        "tags": list(model.tags),
        "uiCategory": model.category,
        **_promotion(state),
    }


def _group(state: State, base: str, offers: list[Model]) -> Row:
    found = [row for row in _configured(state).values() if any(_offers(offer, row) for offer in offers)]
    first = offers[0]
    return {
        "baseModel": base,
        "displayName": first.name,
        "creator": first.creator,
        "creatorDisplayName": first.creator.capitalize(),
        "contextLength": max(offer.context for offer in offers),
        "maxOutputTokens": max(offer.output_tokens for offer in offers),
        "lowestCost": min(offer.cost for offer in offers),
        "tags": list(first.tags),
        "uiCategory": next((offer.category for offer in offers if offer.category), None),
        "reasoningCapability": catalogue.reasoning(first),
        "providers": [_offer(state, offer) for offer in offers],
        "isConfigured": bool(found),
        "configuredProviders": sorted({row["provider"] for row in found}),
        "configuredConfigs": [rows.part(row, "id", "modelId", "provider") for row in found],
        **_promotion(state),
    }


def _offers(model: Model, row: Row) -> bool:
    return (model.provider, model.id) == (row["provider"], row["modelId"])


def _offer(state: State, model: Model) -> Row:
    return {
        "provider": model.provider,
        "providerDisplayName": model.provider.capitalize(),
        "modelId": model.id,
        "costPer1kTokens": model.cost,
        "inputCostPer1kTokens": model.input_cost,
        "outputCostPer1kTokens": model.output_cost,
        "hasPlatformKey": model.provider in rows.PLATFORM_PROVIDERS,
        "keyStatus": rows.key_status(state, model.provider),
        **_promotion(state),
    }


def _searching(state: State, model: Model) -> Row:
    return {
        "id": model.id,
        "name": model.name,
        "provider": model.provider,
        "displayLabel": f"{model.name} ({model.provider})",
        "keyStatus": rows.key_status(state, model.provider),
        "supportsCustomKey": True,
        **_promotion(state),
    }


def _promotion(state: State) -> Row:
    return catalogue.promotion(state.clock()) if state.dialect.promotions else {}
