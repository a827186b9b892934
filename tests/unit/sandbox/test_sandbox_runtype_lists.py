"""Runtype in the sandbox: catalogue, usage, and what an account holds before anyone asks it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox import app
from tests.unit.sandbox.asking import ask
from tests.unit.sandbox.runtype_account import CONFIGS, GPT_4, KEY, ORGANIZATION, V1, account, configs, create, get

USED = {**GPT_4, "usageCount": 152, "lastUsedAt": "2024-06-10T16:45:30Z", "totalTokens": 1000, "totalCost": 3.04}


def _ids(sandbox: app.Sandbox, path: str) -> list[str]:
    return [
        row.get("modelId") or row.get("baseModel") or row["id"] for row in get(sandbox, f"{CONFIGS}/{path}")["data"]
    ]


def test_usage_is_told_of_configured_models_only() -> None:
    sandbox = account(ModelConfig=[GPT_4, {**GPT_4, "modelId": "gpt-4o"}], Usage=[USED, {**USED, "modelId": "o3"}])
    assert get(sandbox, f"{CONFIGS}/usage") == {
        "data": [
            {**GPT_4, "usageCount": 152, "lastUsedAt": "2024-06-10T16:45:30Z"},
            {**GPT_4, "modelId": "gpt-4o", "usageCount": None, "lastUsedAt": None},
        ],
        "total": 2,
    }


def test_usage_over_time() -> None:
    sandbox = account(
        ModelConfig=[{**GPT_4, "id": "cfg_1"}, {**GPT_4, "id": "cfg_2", "modelId": "gpt-4o"}], Usage=[USED]
    )
    told = get(sandbox, f"{V1}/model-usage?startDate=2024-06-01")
    assert (told["meta"]["startDate"], told["summary"]) == (
        "2024-06-01",
        {"totalRequests": 152, "totalTokens": 1000, "totalCost": 3.04},
    )
    assert told["usageByModel"]["openai:gpt-4"]["avgCostPerRequest"] == 0.02
    one = get(sandbox, f"{V1}/model-usage?modelConfigId=cfg_2")
    assert list(one["usageByModel"]) == ["openai:gpt-4o"]
    detail = get(sandbox, f"{V1}/model-usage/cfg_1")
    assert detail["modelConfig"] == {**GPT_4, "id": "cfg_1", "displayName": "GPT-4"}
    assert ask(sandbox, "GET", f"{V1}/model-usage/nowhere").status_code == 404


def test_the_flat_catalogue() -> None:
    sandbox = account(ModelConfig=[{**GPT_4, "isDefault": True}])
    visible = _ids(sandbox, "available")
    assert {"gpt-4", "gpt-4o", "claude-sonnet-4-6"} <= set(visible)
    assert len(_ids(sandbox, "available?showAll=true")) > len(visible)
    assert _ids(sandbox, "available?category=fast") == ["gpt-4o-mini", "gemini-2.5-flash"]
    told = get(sandbox, f"{CONFIGS}/available")
    assert (told["total"], told["stats"]["configured"]) == (len(visible), 1)
    (row,) = [row for row in told["data"] if row["modelId"] == "gpt-4"]
    assert (row["isConfigured"], row["isDefault"], row["isEnabled"]) == (True, True, True)
    assert row["id"] == configs(sandbox)[0]["id"]


def test_the_catalogue_by_base_model() -> None:
    sandbox = account(ModelConfig=[{"provider": "bedrock", "modelId": "us.anthropic.claude-sonnet-4-6"}])
    (group,) = [g for g in get(sandbox, f"{CONFIGS}/grouped")["data"] if g["baseModel"] == "claude-sonnet-4-6"]
    assert [(o["provider"], o["hasPlatformKey"], o["keyStatus"]) for o in group["providers"]] == [
        *(("anthropic", True, "platform"), ("vercel", True, "platform"), ("bedrock", False, "needs_setup"))
    ]
    assert (group["isConfigured"], group["configuredProviders"], group["lowestCost"]) == (True, ["bedrock"], 0.009)
    assert group["configuredConfigs"][0]["modelId"] == "us.anthropic.claude-sonnet-4-6"
    assert _ids(sandbox, "grouped?configured=true") == ["claude-sonnet-4-6"]
    assert "qwen3.6-27b" in _ids(sandbox, "grouped?showAll=true")
    assert "qwen3.6-27b" not in _ids(sandbox, "grouped")
    assert _ids(sandbox, "grouped?category=flagship") == ["claude-sonnet-4-6", "gpt-4o"]


def test_searching_models() -> None:
    sandbox = account(ModelConfig=[{**GPT_4, "modelId": "gpt-4o"}, {**GPT_4, "modelId": "gpt-4"}])
    assert _ids(sandbox, "search-capable") == ["gpt-4o", "claude-sonnet-4-6"]
    assert _ids(sandbox, "search-configured") == ["gpt-4o", "exa"]
    ask(sandbox, "PATCH", f"{CONFIGS}/{configs(sandbox)[0]['id']}/status", {"isEnabled": False})
    assert _ids(sandbox, "search-configured") == ["exa"]


def test_the_older_catalogue_tells_no_discounts() -> None:
    sandbox = account("A")
    create(sandbox, modelId="gpt-4o")
    for path in ("available", "grouped", "search-capable", "search-configured"):
        assert "creditPromoLabel" not in get(sandbox, f"{CONFIGS}/{path}")["data"][0]


# seeds


def test_seeds() -> None:
    sandbox = account(
        ProviderKey=[KEY, {**KEY, "apiKey": "a second of the same name is left out"}],
        ModelConfig=[
            {**GPT_4, "providerKeyId": "production", "isEnabled": False},
            {**GPT_4, "settings": {"maxTokens": 1}},
            {**GPT_4, "id": "cfg_2"},
            {**GPT_4, "id": "cfg_2"},
        ],
    )
    first, second = configs(sandbox)
    (key,) = get(sandbox, f"{V1}/provider-keys")["providerKeys"]
    assert (first["providerKeyId"], first["isEnabled"], first["settings"]) == (key["id"], False, {})
    assert (second["id"], second["providerKeyId"]) == ("cfg_2", None)
    assert key["keyPreview"] == "sk-...1234"


def test_a_seeded_key_needs_no_secret() -> None:
    seeded = account(
        ProviderKey=[{"provider": "xai", "name": "x", "usageCount": 7, "lastUsedAt": "2024-06-01T00:00:00Z"}]
    )
    (key,) = get(seeded, f"{V1}/provider-keys")["providerKeys"]
    assert (key["usageCount"], key["lastUsedAt"]) == (7, "2024-06-01T00:00:00Z")


def test_a_second_start_on_the_same_data_changes_nothing(tmp_path: Path) -> None:
    seeds: dict[str, list[dict[str, Any]]] = {
        "Account": [ORGANIZATION],
        "ProviderKey": [{**KEY, "isDefault": True}],
        "ModelConfig": [GPT_4],
        "Usage": [USED],
    }
    told = []
    for changed in ({}, {"Account": [{"userId": "somebody else"}]}):
        sandbox = app.create_app(app.Options(data=tmp_path / "s.db", seeds={"runtype": {**seeds, **changed}}))
        told.append(
            (configs(sandbox), get(sandbox, f"{V1}/provider-keys/provider/openai"), get(sandbox, f"{V1}/auth/me"))
        )
        sandbox.store.close()
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("seeds", "complaint"),
    [
        ({"Ghost": []}, "runtype has no kind 'Ghost' to seed; it has Account, ProviderKey, ModelConfig, Usage"),
        ({"Account": [{"plan": "pro"}]}, r"seed runtype\.Account\[0\]: an account has no 'plan'; it has userId, orgId"),
        ({"Account": [{"settings": "new"}]}, "settings is read as replace or merge, not as 'new'"),
        ({"ProviderKey": [{"provider": "xai"}]}, r"seed runtype\.ProviderKey\[0\]: name: Field required"),
        (
            {"ProviderKey": [{**KEY, "provider": "x"}]},
            r"seed runtype\.ProviderKey\[0\]: provider: Input should be 'openai'",
        ),
        ({"ModelConfig": [GPT_4, {"provider": "openai"}]}, r"seed runtype\.ModelConfig\[1\]: modelId: Field required"),
        ({"ModelConfig": [{**GPT_4, "providerKeyId": "nowhere"}]}, "Provider key not found"),
        ({"ModelConfig": [{"migratedTo": "cfg_1"}]}, r"seed runtype\.ModelConfig\[0\]: `id` is missing"),
        ({"Usage": [{"provider": "openai"}]}, r"seed runtype\.Usage\[0\]: `modelId` is missing"),
    ],
)
def test_wrong_seeds(seeds: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        account(**seeds)


@pytest.mark.parametrize(
    "seed", [{"ModelConfig": [{"id": "a", "migratedTo": "b"}]}, {"ProviderKey": [{"id": "a", "replacementId": "b"}]}]
)
def test_nothing_moves_in_the_older_generation(seed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="in this dialect nothing is moved to an organization"):
        account("A", **seed)
