"""What an organization takes over: ids that lead to others, and configurations that nobody has decided."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import Conflict, NotFound
from reconciler.model import Live
from reconciler.providers.runtype.migration import CONNECTED, MIGRATED, UNDECIDED, Ask, code_of, onward
from reconciler.providers.session import Answer

from .runtype_account import (
    CONFIG,
    CONFIGS,
    KEY,
    KEYS,
    ORGANIZATION,
    actions,
    change,
    ends,
    opened,
    play,
    table,
    told,
)
from .sandboxes import Place, answering, kind

PUT = Ask("PUT /model-configs/{id}", "old", {"isEnabled": True}, {"isEnabled": True, "settings": {}})
POST = Ask("POST /model-configs", "", {**CONFIG, "providerKeyId": "pk"}, {"providerKeyId": "pk"})
DELETE = Ask("DELETE /model-configs/{id}", "old")
PATCH_KEY = Ask("PATCH /provider-keys/{id}", "pk", {"isActive": False})


def _live(live_id: str, name: str = "ModelConfig", **body: Any) -> Live:
    of = kind(name, "runtype")
    base = CONFIG if name == "ModelConfig" else KEY
    return Live(of, live_id, tuple(base[part] for part in of.identity), {**base, **body})


@pytest.mark.parametrize(
    ("ask", "code", "said", "goes_to"),
    [
        (PUT, MIGRATED, {"configId": "new"}, ("PUT /model-configs/{id}", "new", PUT.body)),
        (DELETE, MIGRATED, {"configId": "new"}, ("DELETE /model-configs/{id}", "new", None)),
        (PUT, UNDECIDED, {"configId": "new"}, ("PUT /model-configs/{id}", "new", PUT.decision)),
        (POST, UNDECIDED, {"configId": "new"}, ("PUT /model-configs/{id}", "new", POST.decision)),
        (POST, CONNECTED, {"replacementId": "con"}, (POST.verb, "", {**CONFIG, "providerKeyId": "con"})),
        (PATCH_KEY, CONNECTED, {"replacementId": "con"}, (PATCH_KEY.verb, "con", PATCH_KEY.body)),
        # a create is never led to an object that exists
        (POST, MIGRATED, {"configId": "new"}, None),
        (DELETE, UNDECIDED, {"configId": "new"}, None),
        (Ask("POST /provider-keys", "", KEY), CONNECTED, {"replacementId": "con"}, None),
        (PUT, MIGRATED, {}, None),
        (PUT, UNDECIDED, {"configId": None}, None),
        (PUT, CONNECTED, {"configId": "new"}, None),
        (PUT, "SOMETHING_NEW", {"configId": "new"}, None),
        (PUT, "", {}, None),
    ],
)
def test_where_a_refusal_leads(ask: Ask, code: str, said: dict[str, Any], goes_to: Any) -> None:
    found = onward(ask, code, said)
    assert (found and (found.verb, found.id, found.body)) == goes_to


@pytest.mark.parametrize(
    ("status", "content", "code"),
    [
        (409, b'{"code": "X", "configId": "c"}', "X"),
        (409, b'{"error": "taken"}', ""),
        (409, b'{"code": 7}', ""),
        (409, b"[]", ""),
        (409, b"{", ""),
        (409, b"", ""),
        (200, b'{"code": "X"}', ""),
    ],
)
def test_what_a_409_tells(status: int, content: bytes, code: str) -> None:
    answer = Answer(status, {"content-type": "application/json"}, content, "http://h")
    assert code_of(answer)[0] == code


MOVED = [{"id": "old", "migratedTo": "new"}, {**CONFIG, "id": "new"}]


def test_a_write_to_an_id_that_was_taken_over_goes_to_its_successor() -> None:
    async def story(place: Place) -> None:
        body = {"settings": {"maxTokens": 5}, "isEnabled": True}
        written = await place.provider.update(_live("old"), body, change("settings"))
        assert place.sent == [f"PUT {CONFIGS}/old", f"PUT {CONFIGS}/new"]
        assert (written.id, written.body["settings"]) == ("new", {"maxTokens": 5})
        default = Live(kind("DefaultModelConfig", "runtype"), "default", (), {})
        marked = await place.provider.update(default, {"modelConfigId": "old"}, change("modelConfigId"))
        assert marked.body == {"modelConfigId": "new"}
        await place.provider.delete(_live("old"))
        assert table(place, "configs") == []

    play(story, Account=[ORGANIZATION], ModelConfig=MOVED)


def test_ids_that_lead_in_a_circle_are_followed_once() -> None:
    async def story(place: Place) -> None:
        with pytest.raises(Conflict) as caught:
            await place.provider.update(_live("a"), {"isEnabled": False}, change("isEnabled"))
        assert place.sent == [f"PUT {CONFIGS}/a", f"PUT {CONFIGS}/b"]
        assert "plan again" in caught.value.hint

    circle = [{"id": "a", "migratedTo": "b"}, {"id": "b", "migratedTo": "a"}]
    play(story, Account=[ORGANIZATION], ModelConfig=circle)


def test_a_409_is_never_repeated_as_it_was() -> None:
    async def story(place: Place) -> None:
        answering(place, CONFIGS, 409, {"error": "taken"})
        with pytest.raises(Conflict, match="taken"):
            await place.create("ModelConfig", CONFIG)

    play(story)


UNDECIDED_ROW = {**CONFIG, "id": "new", "configurationStatus": "needs_configuration", "migrationCandidateCount": 2}


def test_an_update_decides_what_nobody_decided_by_all_that_is_wanted() -> None:
    async def story(place: Place) -> None:
        body = {"settings": {"maxTokens": 5}, "providerKeyId": "platform", "isEnabled": False}
        written = await place.provider.update(_live("old"), body, change("isEnabled"))
        assert place.sent == [f"PUT {CONFIGS}/old", f"PUT {CONFIGS}/new", f"PUT {CONFIGS}/new"]
        assert (written.id, written.body["configurationStatus"]) == ("new", "ready")
        assert {name: written.body[name] for name in body} == body

    play(story, Account=[ORGANIZATION], ModelConfig=[MOVED[0], UNDECIDED_ROW])


def test_a_create_of_what_nobody_decided_decides_it() -> None:
    async def story(place: Place) -> None:
        wanted = {"settings": {"maxTokens": 5}, "providerKeyId": "platform", "isEnabled": False}
        made = await place.create("ModelConfig", {**CONFIG, **wanted})
        assert place.sent == [f"POST {CONFIGS}", f"PUT {CONFIGS}/new"]
        assert (made.id, made.body["configurationStatus"]) == ("new", "ready")
        assert {name: made.body[name] for name in wanted} == wanted

    play(story, Account=[ORGANIZATION], ModelConfig=[UNDECIDED_ROW])


def test_what_nobody_decided_is_not_deleted_and_the_error_says_what_to_do() -> None:
    async def story(place: Place) -> None:
        with pytest.raises(Conflict, match="needs to be configured") as caught:
            await place.provider.delete(_live("new"))
        assert "declare its ModelConfig with settings and key" in caught.value.hint
        assert place.sent == [f"DELETE {CONFIGS}/new"]

    play(story, Account=[ORGANIZATION], ModelConfig=[UNDECIDED_ROW])


CONNECTION = [{"id": "pk_old", "replacementId": "con_1"}, {**KEY, "id": "con_1"}]


def test_a_key_that_became_a_connection_is_reached_by_its_old_id() -> None:
    async def story(place: Place) -> None:
        made = await place.create("ModelConfig", {**CONFIG, "providerKeyId": "pk_old"})
        assert made.body["providerKeyId"] == "con_1"
        assert place.sent[:2] == [f"POST {CONFIGS}", f"POST {CONFIGS}"]
        place.sent.clear()
        changed = await place.provider.update(
            _live("pk_old", "ProviderKey"), {**KEY, "settings": {"region": "eu"}}, change("settings.region")
        )
        assert place.sent == [f"PATCH {KEYS}/pk_old", f"PATCH {KEYS}/con_1"]
        assert (changed.id, changed.body["settings"]) == ("con_1", {"region": "eu"})
        await place.provider.delete(_live("pk_old", "ProviderKey"))
        assert table(place, "keys") == []
        with pytest.raises(NotFound):
            await place.provider.delete(_live("pk_old", "ProviderKey"))

    play(story, Account=[ORGANIZATION], ProviderKey=CONNECTION)


# --- whole runs: the id moves while nobody looks ----------------------------------------------------


def _take_over(account: Any, table_name: str, old: str, new: str, **fields: Any) -> None:
    """Let the organization take over an object under another id."""
    store = account.sandbox.store
    with store.request():
        held = store.table(f"runtype.{table_name}")
        row = held.get(old)
        held.drop(old)
        held.put(new, {**row, "id": new, **fields})
        store.table("runtype.moved").put(old, {"id": new})


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_KEY", "sk-ours-12345678")


KEY_SPEC = {**KEY, "apiKey": {"env": "OPENAI_KEY"}}
CONFIG_SPEC = {**CONFIG, "providerKeyId": {"ref": "ProviderKey/ours"}, "settings": {"maxTokens": 5}}


def test_what_was_taken_over_is_still_ours(tmp_path: Path) -> None:
    with opened(tmp_path, Account=[ORGANIZATION]) as account:
        keep = ("ModelConfig", "keep", {"provider": "openai", "modelId": "gpt-4o-mini"})
        account.ask("GET", CONFIGS)
        account.declare(
            keep,
            ("ProviderKey", "ours", KEY_SPEC),
            ("ModelConfig", "chat", CONFIG_SPEC),
            ("DefaultModelConfig", "default", {"modelConfigId": {"ref": "ModelConfig/chat"}}),
        )
        account.apply(adopt=True)
        entries = account.entries()
        _take_over(account, "configs", entries["ModelConfig/chat"].id or "", "cfg_org", userId=None)
        plan = account.plan()
        assert (actions(plan), plan.drift) == ({}, ())
        _take_over(account, "keys", entries["ProviderKey/ours"].id or "", "con_org")
        for row in account.stored("configs").values():
            if row["modelId"] == "gpt-4o":
                account.sandbox.store.table("runtype.configs").put(row["id"], {**row, "providerKeyId": "con_org"})
        plan = account.plan()
        assert actions(plan) == {"ProviderKey/ours": "update"}  # what it holds, nobody can read
        assert plan.operations[0].reason == "its id on the server changed"
        account.apply()
        assert actions(account.plan()) == {}
        assert account.entries()["ModelConfig/chat"].id == "cfg_org"
        account.declare(keep)
        assert actions(account.plan()) == {
            "DefaultModelConfig/default": "forget",
            "ModelConfig/chat": "delete",
            "ProviderKey/ours": "delete",
        }
        account.apply(deletes=2)
        assert [row["modelId"] for row in account.stored("configs").values()] == ["gpt-4o-mini"]
        assert account.stored("keys") == {}


def test_what_was_taken_over_undecided_is_decided_by_the_next_apply(tmp_path: Path) -> None:
    with opened(tmp_path, Account=[ORGANIZATION]) as account:
        account.ask("GET", CONFIGS)
        account.declare(("ModelConfig", "chat", {**CONFIG, "settings": {"maxTokens": 5}}))
        account.apply()
        old = account.entries()["ModelConfig/chat"].id or ""
        _take_over(
            account, "configs", old, "cfg_org", configurationStatus="needs_configuration", migrationCandidateCount=2
        )
        plan = account.plan()
        assert actions(plan) == {"ModelConfig/chat": "update"}
        assert told(plan, "plan.needs-configuration") == []
        assert ends(account.apply()) == {"ModelConfig/chat": "done"}
        assert account.stored("configs")["cfg_org"]["configurationStatus"] == "ready"
        assert actions(account.plan()) == {}


def test_a_literal_old_id_of_a_key_is_no_difference_where_rows_tell_both(tmp_path: Path) -> None:
    keys = [{**KEY, "id": "con_1", "alias": "pk_old"}]
    configs = [{**CONFIG, "providerKeyId": "ours"}]
    with opened(tmp_path, Account=[ORGANIZATION], ProviderKey=keys, ModelConfig=configs) as account:
        account.declare(("ModelConfig", "chat", {**CONFIG, "providerKeyId": "pk_old"}))
        assert actions(account.plan()) == {"ModelConfig/chat": "adopt"}
        account.apply()
        assert actions(account.plan()) == {}
