"""Whole runs against an account of Runtype: what a plan asks, what is adopted, what does not come true."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from .runtype_account import CONFIG, CONFIGS, KEYS, ORGANIZATION, Account, actions, ends, opened, told

KEY = {"provider": "openai", "name": "ours", "apiKey": {"env": "OPENAI_KEY"}}


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_KEY", "sk-ours-12345678")


def _many(account: Account, number: int = 40, **spec: Any) -> None:
    account.declare(
        *(("ModelConfig", f"m{n}", {"provider": "openai", "modelId": f"m{n}", **spec}) for n in range(number))
    )


@pytest.mark.parametrize("dialect", ["C", "A"])
def test_a_plan_asks_who_it_is_and_for_two_lists(tmp_path: Path, dialect: str) -> None:
    with opened(tmp_path, dialect) as account:
        account.declare(
            ("ProviderKey", "ours", KEY),
            ("ModelConfig", "chat", {**CONFIG, "providerKeyId": {"ref": "ProviderKey/ours"}}),
            ("DefaultModelConfig", "default", {"modelConfigId": {"ref": "ModelConfig/chat"}}),
        )
        account.plan()
        account.apply()
        account.sent()
        assert actions(account.plan()) == {}
        assert sorted(account.sent()) == ["GET /auth/me", f"GET {CONFIGS}", f"GET {KEYS}"]


def test_many_are_made_side_by_side_and_found_again_without_an_inventory(tmp_path: Path) -> None:
    with opened(tmp_path) as account:
        _many(account, isEnabled=False)
        account.apply()
        sent = account.sent()
        assert [sent.count(f"POST {CONFIGS}"), sum(line.startswith("PUT") for line in sent)] == [40, 40]
        (tmp_path / ".reconciler" / "inventory.json").unlink()
        assert set(actions(account.plan()).values()) == {"adopt"}
        account.sent()
        account.apply()
        assert {line.split()[0] for line in account.sent()} == {"GET"}
        assert len(account.stored("configs")) == 41


def test_a_setting_that_a_server_keeps_is_told_by_every_plan(tmp_path: Path) -> None:
    with opened(tmp_path, Account=[{"settings": "merge"}]) as account:
        account.declare(("ModelConfig", "chat", {**CONFIG, "settings": {"maxTokens": 5, "temperature": 1}}))
        account.apply()
        account.declare(("ModelConfig", "chat", {**CONFIG, "settings": {"maxTokens": 5}}))
        for _ in range(2):
            assert actions(account.plan()) == {"ModelConfig/chat": "update"}
            assert ends(account.apply()) == {"ModelConfig/chat": "diverged"}


def test_an_api_key_that_may_not_write_says_what_it_lacks(tmp_path: Path) -> None:
    with opened(tmp_path, Account=[{"mayWrite": False}]) as account:
        account.declare(("ModelConfig", "chat", CONFIG))
        (outcome,) = account.apply().outcomes
        assert outcome.status.value == "failed"
        assert "HTTP 403: This API key may not write" in outcome.error
        assert "give the API key the permission" in outcome.error


def test_another_account_than_the_pinned_one_is_not_touched(tmp_path: Path) -> None:
    with opened(tmp_path, Account=[ORGANIZATION]) as account:
        path = tmp_path / "reconciler.yaml"
        document = yaml.safe_load(path.read_text())
        for pinned, refused in (("org_1", False), ("user_sandbox", True)):
            document["targets"]["here"]["account"] = {"id": pinned}
            path.write_text(yaml.safe_dump(document))
            account.declare(("ModelConfig", "chat", CONFIG))
            assert bool(told(account.plan(), "guard.account")) is refused
