"""What a plan for Runtype says beyond what it would do: through the engine, on whole accounts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.report import human, view

from .runtype_account import CONFIG, ORGANIZATION, Account, actions, ends, needs, opened, told
from .sandboxes import answering

FIRST = {"provider": "openai", "modelId": "gpt-4o-mini"}
CLAUDE = {"provider": "anthropic", "modelId": "claude-sonnet-4-6"}
LLAMA = {"provider": "generic-openai", "modelId": "llama"}
ENDPOINT = {"provider": "generic-openai", "name": "lab", "apiKey": {"env": "LAB_KEY"}}
AT_LAB = {**LLAMA, "providerKeyId": {"ref": "ProviderKey/lab"}}
STAYS = ("ModelConfig", "stays", FIRST)


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_KEY", "sk-lab-12345678")


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    """An account whose first configuration somebody has made long ago."""
    with opened(tmp_path, ModelConfig=[{**FIRST, "isDefault": True}]) as found:
        found.time.now += 3600
        yield found


def _default(name: str) -> tuple[str, str, dict[str, Any]]:
    return ("DefaultModelConfig", "default", {"modelConfigId": {"ref": f"ModelConfig/{name}"}})


# --- what a list makes ----------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", ["C", "A"])
def test_a_plan_for_an_empty_account_says_that_its_list_wrote(tmp_path: Path, dialect: str) -> None:
    with opened(tmp_path, dialect) as account:
        account.declare(("ModelConfig", "chat", CONFIG))
        assert account.stored("configs") == {}
        plan = account.plan()
        assert len(account.stored("configs")) == 1
        (warning,) = told(plan, "plan.auto-provisioned")
        assert "openai/gpt-4o-mini" in warning.summary
        assert "not even a plan is read-only" in warning.detail
        assert not plan.refused
        assert actions(plan) == {"ModelConfig/chat": "create"}
        account.time.now += 60
        assert told(account.plan(), "plan.auto-provisioned") == []


def test_the_clock_is_the_servers_where_it_tells_the_time(account: Account) -> None:
    account.declare(STAYS)
    (row,) = account.stored("configs").values()
    account.sandbox.store.table("runtype.configs").put(row["id"], {**row, "createdAt": "1970-03-25T09:00:00.500Z"})
    served = account.sandbox._served["runtype"]

    def dated(date: str) -> Any:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            async def with_date(message: Any) -> None:
                if message["type"] == "http.response.start":
                    message["headers"] = [*message["headers"], (b"date", date.encode())]
                await send(message)

            await served.app(scope, receive, with_date)

        return app

    for date, count in (("Wed, 25 Mar 1970 09:00:00 GMT", 1), ("Wed, 25 Mar 1970 09:00:01 GMT", 0), ("soon", 1)):
        account.time.now = 0.0
        account.sandbox._served["runtype"] = type(served)(dated(date), served.is_read, served.too_many)
        assert len(told(account.plan(), "plan.auto-provisioned")) == count, date


@pytest.mark.parametrize("created", ["nonsense", None])
def test_what_says_not_when_it_was_made_is_not_said_to_be_new(account: Account, created: Any) -> None:
    account.declare(STAYS)
    (row,) = account.stored("configs").values()
    body = {"data": [{**row, "createdAt": created}], "total": 1}
    answering_place = type("Place", (), {"sandbox": account.sandbox, "system": "runtype"})()
    answering(answering_place, "/model-configs", 200, body)
    assert told(account.plan(), "plan.auto-provisioned") == []


# --- never none -----------------------------------------------------------------------------------


def test_the_last_configuration_is_never_deleted(account: Account) -> None:
    account.declare(STAYS, ("ModelConfig", "chat", CONFIG))
    account.apply()
    plan = account.plan(destroy=True)
    (refusal,) = told(plan, "guard.last-row")
    assert "every model configuration of the account" in refusal.summary
    assert "--exclude" in refusal.hint
    assert plan.refused
    assert not account.apply(destroy=True, deletes=9).confirmed
    assert len(account.stored("configs")) == 2


def test_where_one_stays_the_others_go(account: Account) -> None:
    account.declare(("ModelConfig", "chat", CONFIG))
    account.apply()
    assert ends(account.apply(destroy=True)) == {"ModelConfig/chat": "done"}
    assert len(account.stored("configs")) == 1


def test_what_takes_the_place_of_all_others_comes_first(account: Account) -> None:
    account.declare(STAYS)
    account.apply()
    account.declare(("ModelConfig", "chat", CONFIG))
    plan = account.plan()
    assert actions(plan) == {"ModelConfig/chat": "create", "ModelConfig/stays": "delete"}
    assert needs(plan, "ModelConfig/stays") == ["ModelConfig/chat"]
    assert told(plan, "guard.last-row") == []
    account.apply()
    assert [row["modelId"] for row in account.stored("configs").values()] == ["gpt-4o"]


def test_another_model_in_the_place_of_the_only_one(account: Account) -> None:
    account.declare(STAYS)
    account.apply()
    account.declare(("ModelConfig", "stays", CONFIG))
    assert actions(account.plan()) == {"ModelConfig/stays": "replace"}
    assert ends(account.apply()) == {"ModelConfig/stays": "done"}
    assert [row["modelId"] for row in account.stored("configs").values()] == ["gpt-4o"]


# --- usage ----------------------------------------------------------------------------------------

USED = {**CONFIG, "usageCount": 1234, "lastUsedAt": "2024-06-10T16:45:30Z"}


def test_a_delete_shows_how_much_it_is_used(tmp_path: Path) -> None:
    with opened(tmp_path, ModelConfig=[FIRST], Usage=[USED]) as account:
        manifests = [("ModelConfig", name, spec) for name, spec in (("chat", CONFIG), ("claude", CLAUDE))]
        account.declare(*manifests, STAYS)
        account.sent()
        account.apply()
        assert "GET /model-configs/usage" not in account.sent()
        account.declare(STAYS)
        plan = account.plan(deletes=2)
        assert account.sent() == ["GET /auth/me", "GET /model-configs", "GET /model-configs/usage"]
        used, unused = told(plan, "plan.usage")
        assert used.summary == (
            "here/ModelConfig/chat would be deleted: openai/gpt-4o was used 1,234 times, last at 2024-06-10T16:45:30Z"
        )
        assert "agents, flows and prompts" in used.hint
        assert unused.summary.endswith("anthropic/claude-sonnet-4-6 has no recorded use")
        assert not plan.refused


def test_a_replace_shows_it_too_and_that_it_is_the_default(tmp_path: Path) -> None:
    configs = [FIRST, {**CONFIG, "isDefault": True}]
    with opened(tmp_path, ModelConfig=configs, Usage=[USED]) as account:
        account.declare(("ModelConfig", "chat", CONFIG), STAYS)
        account.apply()
        account.declare(("ModelConfig", "chat", CLAUDE), STAYS)
        (warning,) = told(account.plan(), "plan.usage")
        assert warning.summary.endswith("last at 2024-06-10T16:45:30Z; it is the default")


def test_a_use_that_cannot_be_read_is_said_to_be_unknown(account: Account) -> None:
    account.declare(("ModelConfig", "chat", CONFIG))
    account.apply()
    account.declare(STAYS)
    account.sandbox.faults.set("500:/model-configs/usage")
    plan = account.plan()
    (warning,) = told(plan, "plan.usage-unknown")
    assert "here/ModelConfig/chat would be deleted" in warning.summary
    assert "HTTP 500" in warning.summary
    assert plan.complete
    assert actions(plan) == {"ModelConfig/chat": "delete", "ModelConfig/stays": "adopt"}


# --- keys that go ---------------------------------------------------------------------------------


def test_configurations_go_before_the_key_of_their_endpoint(account: Account) -> None:
    account.declare(STAYS, ("ProviderKey", "lab", ENDPOINT), ("ModelConfig", "llama", AT_LAB))
    account.apply()
    account.declare(STAYS)
    plan = account.plan(deletes=2)
    assert needs(plan, "ProviderKey/lab") == ["ModelConfig/llama"]
    assert told(plan, "plan.goes-along") == []
    account.apply(deletes=2)
    assert [row["modelId"] for row in account.stored("configs").values()] == ["gpt-4o-mini"]


@pytest.mark.parametrize("count", [1, 4])
def test_what_goes_along_with_an_endpoint_is_told_although_nobody_declares_it(account: Account, count: int) -> None:
    account.declare(STAYS, ("ProviderKey", "lab", ENDPOINT))
    account.apply()
    (key,) = account.stored("keys")
    for number in range(count):
        account.ask("POST", "/model-configs", {**LLAMA, "modelId": f"llama-{number}", "providerKeyId": key})
    account.declare(STAYS)
    (warning,) = told(account.plan(), "plan.goes-along")
    assert f"also deletes {count} model configuration" in warning.summary
    assert "generic-openai/llama-0" in warning.summary
    assert ("and 1 more" in warning.summary) == (count > 3)


def test_a_key_that_goes_alone_is_looked_at_too(tmp_path: Path) -> None:
    """No manifest names a configuration, so that the run itself reads none."""
    key = {**ENDPOINT, "apiKey": "sk-lab-12345678", "id": "pk_lab"}
    configs = [FIRST, {**LLAMA, "providerKeyId": "pk_lab"}]
    other = ("ProviderKey", "other", {**ENDPOINT, "name": "other"})
    with opened(tmp_path, ProviderKey=[key], ModelConfig=configs) as account:
        account.declare(("ProviderKey", "lab", ENDPOINT), other)
        account.apply(adopt=True)
        account.sent()
        account.declare(other)
        (warning,) = told(account.plan(), "plan.goes-along")
        assert "generic-openai/llama" in warning.summary
        assert account.sent() == ["GET /auth/me", "GET /provider-keys", "GET /model-configs"]


def test_another_key_than_an_endpoints_leaves_the_configurations_without_it(account: Account) -> None:
    key = {"provider": "openai", "name": "ours", "apiKey": {"env": "LAB_KEY"}}
    account.declare(STAYS, ("ProviderKey", "ours", key))
    account.apply()
    (key_id,) = account.stored("keys")
    account.ask("POST", "/model-configs", {**CONFIG, "providerKeyId": key_id})
    account.declare(STAYS)
    (warning,) = told(account.plan(), "plan.goes-along")
    assert "takes the key from 1 model configuration that no manifest declares: openai/gpt-4o" in warning.summary


def test_a_literal_that_names_a_key_keeps_it(account: Account) -> None:
    account.declare(STAYS, ("ProviderKey", "lab", ENDPOINT))
    account.apply()
    (key,) = account.stored("keys")
    literal = ("ModelConfig", "llama", {**LLAMA, "providerKeyId": key})
    account.declare(STAYS, ("ProviderKey", "lab", ENDPOINT), literal)
    account.apply()
    account.declare(STAYS, literal)
    plan = account.plan()
    (refusal,) = told(plan, "guard.key-in-use")
    assert "generic-openai/llama" in refusal.summary
    assert plan.refused


def test_configurations_leave_a_key_before_it_goes(account: Account) -> None:
    account.declare(STAYS, ("ProviderKey", "lab", ENDPOINT))
    account.apply()
    (key,) = account.stored("keys")
    account.declare(STAYS, ("ProviderKey", "lab", ENDPOINT), ("ModelConfig", "llama", {**LLAMA, "providerKeyId": key}))
    account.apply()
    account.declare(STAYS, ("ModelConfig", "llama", {**LLAMA, "providerKeyId": "platform"}))
    plan = account.plan()
    assert actions(plan) == {"ModelConfig/llama": "update", "ProviderKey/lab": "delete"}
    assert needs(plan, "ProviderKey/lab") == ["ModelConfig/llama"]
    assert set(ends(account.apply()).values()) == {"done"}
    assert len(account.stored("configs")) == 2


def test_another_key_in_the_place_of_an_endpoints_makes_its_configurations_anew(account: Account) -> None:
    account.declare(STAYS, ("ProviderKey", "lab", ENDPOINT), ("ModelConfig", "llama", AT_LAB), _default("llama"))
    account.apply()
    account.declare(
        STAYS, ("ProviderKey", "lab", {**ENDPOINT, "name": "new"}), ("ModelConfig", "llama", AT_LAB), _default("llama")
    )
    plan = account.plan(deletes=2)
    assert actions(plan) == {
        "DefaultModelConfig/default": "update",
        "ModelConfig/llama": "replace",
        "ProviderKey/lab": "replace",
    }
    reasons = {op.address.kind: op.reason for op in plan.operations}
    assert "goes along with the key that here/ProviderKey/lab was" in reasons["ModelConfig"]
    (warning,) = told(plan, "plan.usage")
    assert "would be deleted and made anew: generic-openai/llama has no recorded use; it is the def" in warning.summary
    assert set(ends(account.apply(deletes=2)).values()) == {"done"}
    assert actions(account.plan()) == {}
    (key,) = account.stored("keys")
    assert sorted((row["modelId"], row["providerKeyId"]) for row in account.stored("configs").values()) == [
        ("gpt-4o-mini", None),
        ("llama", key),
    ]


def test_the_last_configuration_does_not_go_along_with_a_key(tmp_path: Path) -> None:
    key = {**ENDPOINT, "apiKey": "sk-lab-12345678", "id": "pk_lab"}
    with opened(tmp_path, ProviderKey=[key], ModelConfig=[{**LLAMA, "providerKeyId": "pk_lab"}]) as account:
        other = ("ProviderKey", "other", {**ENDPOINT, "name": "other"})
        account.declare(("ProviderKey", "lab", ENDPOINT), other)
        account.apply(adopt=True)
        account.declare(other)
        (refusal,) = told(account.plan(), "guard.last-row")
        assert "does not use the key" in refusal.hint


# --- the default ----------------------------------------------------------------------------------


def test_the_default_moves_before_what_bore_it_goes_or_is_disabled(account: Account) -> None:
    chat = ("ModelConfig", "chat", CONFIG)
    account.declare(STAYS, chat, _default("stays"))
    account.apply()
    account.declare(("ModelConfig", "stays", {**FIRST, "isEnabled": False}), chat, _default("chat"))
    plan = account.plan()
    assert needs(plan, "ModelConfig/stays") == ["DefaultModelConfig/default"]
    account.declare(chat, _default("chat"))
    plan = account.plan()
    assert actions(plan) == {"DefaultModelConfig/default": "update", "ModelConfig/stays": "delete"}
    assert needs(plan, "ModelConfig/stays") == ["DefaultModelConfig/default"]
    assert set(ends(account.apply()).values()) == {"done"}
    assert [(row["modelId"], row["isDefault"]) for row in account.stored("configs").values()] == [("gpt-4o", True)]


def test_a_default_that_is_disabled_itself_waits_for_nobody(account: Account) -> None:
    chat = ("ModelConfig", "chat", CONFIG)
    account.declare(STAYS, chat, _default("stays"))
    account.apply()
    account.declare(("ModelConfig", "stays", {**FIRST, "isEnabled": False}), chat, _default("stays"))
    account.ask("PATCH", f"/model-configs/{account.entries()['ModelConfig/chat'].id}/default", {})
    assert needs(account.plan(), "DefaultModelConfig/default") == ["ModelConfig/stays"]
    assert set(ends(account.apply()).values()) == {"done"}


def test_a_server_that_keeps_the_default_from_being_deleted_is_brought_round_by_the_second_run(tmp_path: Path) -> None:
    readings = [{"deleteDefault": "refuse"}]
    with opened(tmp_path, Account=readings, ModelConfig=[{**FIRST, "isDefault": True}]) as account:
        account.declare(STAYS, _default("stays"))
        account.apply()
        account.declare(("ModelConfig", "stays", CONFIG), _default("stays"))
        assert ends(account.apply()) == {"DefaultModelConfig/default": "skipped", "ModelConfig/stays": "failed"}
        plan = account.plan()
        assert list(actions(plan).values()) == ["update", "delete"]
        assert set(ends(account.apply()).values()) == {"done"}
        assert actions(account.plan()) == {}
        assert [row["modelId"] for row in account.stored("configs").values()] == ["gpt-4o"]


def test_where_there_is_a_default_for_each_provider_ours_is_one_of_them(tmp_path: Path) -> None:
    configs = [{**FIRST, "isDefault": True}]
    with opened(tmp_path, Account=[{"default": "provider"}], ModelConfig=configs) as account:
        account.declare(STAYS, ("ModelConfig", "claude", CLAUDE), ("ModelConfig", "chat", CONFIG), _default("claude"))
        account.apply()
        assert sum(row["isDefault"] for row in account.stored("configs").values()) == 2
        plan = account.plan()
        assert (actions(plan), plan.drift, told(plan, "plan.several-defaults")) == ({}, (), [])
        account.ask("PATCH", f"/model-configs/{account.entries()['ModelConfig/chat'].id}/default", {})
        assert actions(account.plan()) == {}
        account.declare(STAYS, ("ModelConfig", "claude", CLAUDE), ("ModelConfig", "chat", CONFIG), _default("stays"))
        plan = account.plan()
        assert actions(plan) == {"DefaultModelConfig/default": "update"}
        (warning,) = told(plan, "plan.several-defaults")
        assert warning.summary == "here has 2 defaults: anthropic/claude-sonnet-4-6, openai/gpt-4o"
        account.apply()
        assert actions(account.plan()) == {}


# --- an organization ------------------------------------------------------------------------------


@pytest.mark.parametrize(("account_of", "count"), [(ORGANIZATION, 1), ({}, 0)])
def test_a_key_for_every_member_is_told(tmp_path: Path, account_of: dict[str, Any], count: int) -> None:
    key = {"provider": "openai", "name": "ours", "apiKey": {"env": "LAB_KEY"}}
    with opened(tmp_path, Account=[account_of]) as account:
        account.declare(("ProviderKey", "ours", {**key, "isDefault": True}))
        warnings = told(account.plan(), "plan.organization-policy")
        assert len(warnings) == count
        assert all("every member of the organization" in warning.summary for warning in warnings)
        account.apply()
        assert told(account.plan(), "plan.organization-policy") == []


def test_a_configuration_that_waits_for_a_decision_is_told(tmp_path: Path) -> None:
    undecided = {**CONFIG, "id": "cfg_1", "configurationStatus": "needs_configuration"}
    with opened(tmp_path, Account=[ORGANIZATION], ModelConfig=[FIRST, undecided]) as account:
        account.declare(STAYS)
        assert told(account.plan(), "plan.needs-configuration") == []  # nobody's business here
        account.declare(STAYS, ("ModelConfig", "chat", CONFIG))
        (warning,) = told(account.plan(), "plan.needs-configuration")
        assert "openai/gpt-4o waits for somebody to decide" in warning.summary
        account.apply()
        account.declare(STAYS)
        assert len(told(account.plan(), "plan.needs-configuration")) == 1
        applied = account.apply()
        assert ends(applied) == {"ModelConfig/chat": "failed"}
        assert "declare its ModelConfig with settings and key" in applied.outcomes[0].error
        account.declare(STAYS, ("ModelConfig", "chat", {**CONFIG, "settings": {"maxTokens": 5}}))
        assert told(account.plan(), "plan.needs-configuration") == []
        account.apply()
        assert account.stored("configs")["cfg_1"]["configurationStatus"] == "ready"


def test_the_words_that_a_person_reads(account: Account) -> None:
    account.declare(STAYS, ("ModelConfig", "chat", CONFIG))
    account.apply()
    account.declare(("ModelConfig", "stays", FIRST))
    text = human.render(view.of_plan(account.plan()))
    assert "warning: here/ModelConfig/chat would be deleted: openai/gpt-4o has no recorded use" in text
