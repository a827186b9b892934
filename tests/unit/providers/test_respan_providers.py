"""Custom providers: settings that are written whole, keys that are answered or not, an id that is a number."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler import redact
from reconciler.errors import Conflict, NotFound, Rejected
from reconciler.model import Plan, Status
from reconciler.planning import planfile
from reconciler.report import human, view
from reconciler.report import json as json_report
from reconciler.report.lines import plain_text

from .respan_estate import Estate, codes, estate, operations
from .respan_place import VLLM, Place, by_hand, kind, play

__all__ = ["estate"]

GENERATIONS = ("3", "2", "1")
URL = {"base_url": "https://llm.example.com/v1"}
INSIDE = {"api_key": {"env": "VLLM_KEY"}}
CANARY, LIVE = "CANARY-vllm-key", "LIVE-canary-key"


def provider(**spec: Any) -> tuple[str, str, dict[str, Any]]:
    """Declare the provider of these tests."""
    return ("Provider", "vllm", {"provider_name": "vLLM", **spec})


def keyed(dialect: str, **kwargs: Any) -> dict[str, Any]:
    """Give settings with the key where the generation wants it."""
    return {"extra_kwargs": {**kwargs, **INSIDE}} if dialect == "3" else {"extra_kwargs": kwargs, **INSIDE}


def held(estate: Estate) -> dict[str, Any]:
    """Give what the server has stored, secrets and all."""
    with estate.sandbox.store.request():
        row: dict[str, Any] = estate.sandbox.store.table("respan.providers").get("vllm") or {}
    return {name: row.get(name) for name in ("provider_name", "extra_kwargs", "api_key")}


def told(plan: Plan) -> str:
    """Give everything that a person, a pipeline or a plan file gets of a plan."""
    shown = view.of_plan(plan)
    return plain_text(list(human.plan_lines(shown))) + json_report.render(shown) + planfile.dump(plan).decode()


@pytest.mark.parametrize("dialect", GENERATIONS)
def test_create_never_overwrites(dialect: str) -> None:
    """Generation 1 would; the others refuse."""

    async def story(place: Place) -> None:
        await place.create("Provider", **VLLM)
        place.ear.heard.clear()
        with pytest.raises(Conflict, match="Provider vllm exists already"):
            await place.create("Provider", **{**VLLM, "provider_name": "Other"})
        assert place.lines == ["GET /providers/"]

    play(story, dialect)


@pytest.mark.parametrize("dialect", GENERATIONS)
def test_the_life_of_a_provider(dialect: str) -> None:
    async def story(place: Place) -> None:
        made = await place.create("Provider", **VLLM, extra_kwargs=URL)
        assert made.unseen == ({"extra_kwargs"} if dialect == "1" else set())
        now = await place.update(made, provider_name="Ours")
        assert place.written[-1] == ("PATCH /providers/vllm/", {"provider_name": "Ours"})
        assert [live.body["provider_name"] for live in await place.fetch("Provider")] == ["Ours"]
        await place.provider.delete(now)
        assert await place.fetch("Provider") == []
        for gone in (place.provider.delete(now), place.update(now, provider_name="x")):
            with pytest.raises(NotFound):
                await gone

    play(story, dialect)


@pytest.mark.parametrize(("dialect", "number"), [("3", 1), ("2", 1), ("1", 1)])
def test_the_providers_of_identify_are_asked_for_once_and_never_after_a_write(dialect: str, number: int) -> None:
    async def story(place: Place) -> None:
        await place.provider.identify()
        assert await place.fetch("Provider") == []
        assert len(place.asked) == number
        await place.provider.identify()
        await place.create("Provider", **VLLM)
        assert [live.id for live in await place.fetch("Provider")] == ["vllm"]

    play(story, dialect, known=False)


@pytest.mark.parametrize("dialect", GENERATIONS)
def test_a_look_before_a_create_never_sees_what_identify_saw(dialect: str) -> None:
    async def story(place: Place) -> None:
        await place.provider.identify()
        by_hand(place, "POST", "/providers/", VLLM)
        with pytest.raises(Conflict):
            await place.create("Provider", **VLLM)

    play(story, dialect, known=False)


# --- settings that are written whole --------------------------------------------------------------


@pytest.mark.parametrize("dialect", GENERATIONS)
def test_a_change_of_the_settings_sends_all_of_them_and_the_key(dialect: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("VLLM_KEY", CANARY)
    estate = Estate(tmp_path, dialect)
    estate.declare(provider(**keyed(dialect, **URL, timeout=60)))
    estate.settle()
    key = {"api_key": CANARY}
    assert held(estate)["extra_kwargs"] == {**URL, "timeout": 60, **(key if dialect == "3" else {})}
    if dialect != "1":
        kwargs = {**held(estate)["extra_kwargs"], "organization": "theirs"}
        estate.by_hand("PATCH", "/providers/vllm/", {"extra_kwargs": kwargs})
    theirs = {} if dialect == "1" else {"organization": "theirs"}
    estate.declare(provider(**keyed(dialect, **URL, timeout=30)))
    estate.settle()
    (asked,) = estate.written
    assert asked.method == "PATCH"
    sent = {"extra_kwargs": {**URL, "timeout": 30, **theirs}}
    assert asked.body == ({"extra_kwargs": {**sent["extra_kwargs"], **key}} if dialect == "3" else {**sent, **key})
    assert held(estate)["api_key"] == (None if dialect == "3" else CANARY)
    estate.sandbox.store.close()


@pytest.mark.parametrize(
    ("held", "meant", "sent"),
    [
        ({"api_key": "sk-1234"}, {}, {"api_key": "sk-1234"}),
        ({"api_key": "sk-***34"}, {}, {}),
        ({"api_key": "•••••"}, {}, {}),
        ({"api_key": "sk-***34"}, {"api_key": "sk-***35"}, {"api_key": "sk-***35"}),
        ({}, {"note": "what a … day"}, {"note": "what a … day"}),
        ({}, {"api_key": None, "timeout": 5}, {"timeout": 5}),
        ({}, {"headers": {"x": None}}, {"headers": {"x": None}}),
    ],
)
def test_what_the_server_had_blotted_out_is_not_sent_back(
    held: dict[str, Any], meant: dict[str, Any], sent: dict[str, Any]
) -> None:
    async def story(place: Place) -> None:
        made = await place.create("Provider", **VLLM, extra_kwargs={**URL, **held})
        place.ear.heard.clear()
        await place.update(made, extra_kwargs={**URL, **held, **meant})
        assert place.written == [("PATCH /providers/vllm/", {"extra_kwargs": {**URL, **sent}})]

    play(story)


def test_settings_that_leave_the_manifest_leave_the_server(estate: Estate) -> None:
    estate.declare(provider(extra_kwargs={**URL, "timeout": 60, **INSIDE}))
    estate.settle()
    estate.declare(provider(extra_kwargs=URL))
    estate.settle()
    assert held(estate)["extra_kwargs"] == URL
    estate.declare(provider())
    estate.settle()
    assert held(estate)["extra_kwargs"] == {}


# --- keys -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", GENERATIONS)
def test_a_key_is_compared_by_digest_and_shown_nowhere(dialect: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("VLLM_KEY", CANARY)
    estate = Estate(tmp_path, dialect)
    estate.declare(provider(**keyed(dialect, **URL)))
    texts = [told(estate.plan())]
    estate.settle()
    monkeypatch.setenv("VLLM_KEY", f"{CANARY}-2")
    plan = estate.plan()
    path = "extra_kwargs.api_key" if dialect == "3" else "api_key"
    assert [(c.path, c.before, c.after) for c in plan.operations[0].changes] == [
        (path, redact.SENSITIVE, redact.CHANGED)
    ]
    texts += [told(plan), told(estate.drift())]
    estate.settle()
    stored = held(estate)["extra_kwargs" if dialect == "3" else "api_key"]
    assert f"{CANARY}-2" in json.dumps(stored)
    monkeypatch.delenv("VLLM_KEY")
    assert codes(estate.plan())[-1] == ("warning", "secret.not-compared")
    assert CANARY not in "".join(texts)
    assert CANARY not in (tmp_path / ".reconciler" / "inventory.json").read_text()
    estate.sandbox.store.close()


def test_a_key_that_the_server_answers_is_never_shown_or_stored(estate: Estate) -> None:
    estate.by_hand("POST", "/providers/", {**VLLM, "extra_kwargs": {**URL, "api_key": LIVE, "timeout": 1}})
    estate.declare(provider(extra_kwargs={"timeout": 2}))
    plan = estate.plan()
    assert codes(plan) == [("error", "guard.ownership")]
    texts = [told(plan)]
    assert {outcome.status for outcome in estate.apply(adopt=True).outcomes} == {Status.DONE}
    assert held(estate)["extra_kwargs"] == {**URL, "timeout": 2, "api_key": LIVE}
    estate.by_hand("PATCH", "/providers/vllm/", {"extra_kwargs": {**URL, "timeout": 9, "api_key": LIVE}})
    texts += [told(estate.plan()), told(estate.drift())]
    estate.declare(provider(extra_kwargs={}))
    estate.settle()
    estate.by_hand("PATCH", "/providers/vllm/", {"extra_kwargs": {**URL, "timeout": 7, "api_key": LIVE}})
    for spec in ({}, {"extra_kwargs": {"timeout": 3}}):
        estate.declare(provider(**spec))
        texts += [told(estate.plan()), told(estate.drift())]
    estate.ear.instead["PATCH /providers/vllm/"] = (400, {"error": f"do not like {LIVE}"})
    (outcome,) = estate.apply().outcomes
    assert outcome.error.endswith("HTTP 400: do not like (sensitive)")
    files = [path.read_text() for path in estate.folder.rglob("*") if path.is_file()]
    assert LIVE not in "".join([*texts, *files])


def test_a_placeholder_for_a_key_does_not_spoil_messages() -> None:
    async def story(place: Place) -> None:
        row = {**VLLM, "extra_kwargs": {"api_key": "EMPTY"}}
        assert place.provider.decode(kind("Provider"), row, None) is not None
        assert redact.scrub("it is EMPTY") == "it is EMPTY"

    play(story)


def test_a_key_that_leaves_the_manifest_leaves_the_server_where_it_can(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("VLLM_KEY", CANARY)
    estate = Estate(tmp_path, "2")
    estate.declare(provider(**keyed("2", **URL)))
    estate.settle()
    estate.declare(provider(extra_kwargs=URL))
    assert codes(estate.plan()) == []
    estate.settle()
    (asked,) = estate.written
    assert (asked.method, asked.body) == ("PUT", {"provider_name": "vLLM", "extra_kwargs": URL})
    assert held(estate)["api_key"] is None
    estate.sandbox.store.close()


def test_generation_1_keeps_a_key_and_that_is_told(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("VLLM_KEY", CANARY)
    estate = Estate(tmp_path, "1")
    estate.declare(provider(**INSIDE))
    estate.settle()
    estate.declare(provider())
    plan = estate.plan()
    assert codes(plan) == [("warning", "lint.key-stays")]
    assert "the key of vllm stays on the server" in plan.diagnostics[0].summary
    estate.settle()
    assert held(estate)["api_key"] == CANARY
    estate.sandbox.store.close()


# --- an id that is a number -----------------------------------------------------------------------


@pytest.mark.parametrize("dialect", GENERATIONS)
def test_a_provider_that_is_listed_and_not_known_by_its_id(dialect: str) -> None:
    """The documentation of generation 1 asks for a number that no answer tells."""
    missing = (404, {"detail": "Not found."})

    async def story(place: Place) -> None:
        made = await place.create("Provider", **VLLM)
        for verb in ("PATCH", "DELETE"):
            place.ear.instead[f"{verb} /providers/vllm/"] = missing
        expected: type[Exception] = NotFound if dialect == "3" else Rejected
        with pytest.raises(expected) as unchanged:
            await place.update(made, provider_name="x")
        with pytest.raises(expected):
            await place.provider.delete(made)
        assert ("it wants its number in the database" in str(unchanged.value)) is (dialect != "3")

    play(story, dialect)


def test_a_provider_that_respan_looks_after_is_not_ours() -> None:
    async def story(place: Place) -> None:
        rows = [{**VLLM, "is_managed": True}, {**VLLM, "provider_id": "ours", "is_managed": False}]
        page = {"count": 2, "next": None, "previous": None, "results": rows}
        place.ear.instead["GET /providers/?page_size=1000&page=1"] = (200, page)
        assert [live.id for live in await place.fetch("Provider")] == ["ours"]

    play(story)


@pytest.mark.parametrize("dialect", GENERATIONS)
def test_a_managed_provider_is_refused_without_blaming_the_key(dialect: str) -> None:
    async def story(place: Place) -> None:
        (live,) = await place.fetch("Provider")
        with pytest.raises(Rejected, match="HTTP 403: Cannot modify managed provider"):
            await place.update(live, provider_name="x")
        with pytest.raises(Rejected, match="HTTP 403: Cannot delete managed provider"):
            await place.provider.delete(live)

    play(story, dialect, {"Provider": [{**VLLM, "is_managed": True}]})


def test_what_we_own_is_deleted_after_what_is_called_through_it(estate: Estate) -> None:
    base = {"base_model_name": "openai/gpt-4o"}
    estate.declare(provider(), ("Model", "m", {**base, "custom_provider_id": {"ref": "vllm"}}))
    estate.settle()
    estate.declare(("Model", "other", base))
    assert len(operations(estate.plan())) == 3
    estate.settle()
    assert [asked.path for asked in estate.written if asked.method == "DELETE"] == ["/models/m/", "/providers/vllm/"]
