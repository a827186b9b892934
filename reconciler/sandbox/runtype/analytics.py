"""The routes beside model configurations that tell of them: usage over time, and what agents may choose from.

Takes queries, gives totals of the seeded counters: nothing is ever run here.
It never lists anything but models: tools and servers are none.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Response

from reconciler.sandbox.control import answer_json
from reconciler.sandbox.runtype import catalogue, configs, rows
from reconciler.sandbox.runtype.account import HasState
from reconciler.sandbox.runtype.answers import refuse
from reconciler.sandbox.runtype.state import State
from reconciler.sandbox.store import Row

router = APIRouter(prefix="/v1")

SOURCE = {"dataSource": "sandbox"}
PERIOD = timedelta(days=30)


@router.get("/resources")
async def read_resources(state: HasState) -> Response:
    """What an agent may choose from: only enabled models."""
    enabled = [
        {**rows.part(row, "id", "provider", "modelId", "isDefault"), "displayName": _name(row)}
        for row in state.configs.all()
        if row["isEnabled"]
    ]
    tools: Row = {"builtIn": [], "custom": [], "integration": []}
    return answer_json({"models": {"enabled": enabled}, "tools": tools, "mcpServers": []})


@router.get("/model-usage")
async def read_usage(
    state: HasState,
    startDate: str | None = None,  # noqa: N803 - the API's names
    endDate: str | None = None,  # noqa: N803
    modelConfigId: str | None = None,  # noqa: N803
) -> Response:
    """The counters of the account, or of one configuration, summed up."""
    found = state.configs.all() if modelConfigId is None else [_existing(state, modelConfigId)]
    models = {(row["provider"], row["modelId"]): _of_model(state, row) for row in found}
    now = datetime.fromtimestamp(state.clock(), UTC)
    meta = {"startDate": startDate or (now - PERIOD).isoformat(), "endDate": endDate or now.isoformat(), **SOURCE}
    summary = {
        "totalRequests": sum(model["requestCount"] for model in models.values()),
        "totalTokens": sum(model["totalTokens"] for model in models.values()),
        "totalCost": sum(model["totalCost"] for model in models.values()),
    }
    by_model = {f"{provider}:{model_id}": model for (provider, model_id), model in models.items()}
    return answer_json({"meta": meta, "summary": summary, "usageByModel": by_model})


@router.get("/model-usage/{id}")
async def read_usage_of(id: str, state: HasState) -> Response:  # noqa: A002
    """The last uses of a configuration."""
    row = _existing(state, id)
    told = {**rows.part(row, "id", "provider", "modelId"), "displayName": _name(row)}
    return answer_json({"meta": SOURCE, "modelConfig": told, "recentUsage": []})


def _of_model(state: State, row: Row) -> Row:
    counted = state.usage_of(row["provider"], row["modelId"])
    requests, cost = counted["usageCount"] or 0, counted.get("totalCost", 0)
    return {
        "provider": row["provider"],
        "modelId": row["modelId"],
        "modelName": _name(row),
        "requestCount": requests,
        "totalTokens": counted.get("totalTokens", 0),
        "totalCost": cost,
        "avgCostPerRequest": cost / requests if requests else 0,
    }


def _name(row: Row) -> str:
    return str(rows.custom_model(row).get("displayName") or catalogue.find(row["provider"], row["modelId"]).name)


def _existing(state: State, config_id: str) -> Row:
    row = state.configs.get(config_id)
    if row is None:
        raise refuse(404, configs.NOT_FOUND)
    return row
