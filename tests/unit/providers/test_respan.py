"""What every request to Respan has in common: who asks, which generation answers, what a list leaves out, waits."""

from __future__ import annotations

import httpx
import pytest

from reconciler.errors import Malformed, RateLimited, Rejected, Unauthorized, Unavailable
from reconciler.model import Account, Action
from reconciler.providers.session import Answer

from .respan_estate import Estate, codes, estate, operations
from .respan_place import GPT, VLLM, Place, play

__all__ = ["estate"]

GENERATIONS = ("3", "2", "1")
MANY = {"Model": [{"model_name": f"m-{n:04}", **GPT} for n in range(1005)]}


@pytest.mark.parametrize(("dialect", "version"), [("3", "3"), ("2", "1 or 2"), ("1", "1 or 2")])
def test_a_key_is_tried_on_a_route_that_strangers_are_not_shown(dialect: str, version: str) -> None:
    async def story(place: Place) -> None:
        assert await place.provider.identify() == Account("", version=version)
        assert place.lines == ["GET /providers/"]

    play(story, dialect, known=False)


@pytest.mark.parametrize("dialect", GENERATIONS)
def test_a_wrong_key_is_told_from_a_missing_one_and_never_shown(dialect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(place: Place) -> None:
        with pytest.raises(Unauthorized) as refused:
            await place.provider.identify()
        assert "refuses the credential from the environment variable BAD_TOKEN: GET" in refused.value.message
        assert "CANARY" not in refused.value.message + refused.value.hint
        assert refused.value.exit_code == 7

    monkeypatch.setenv("BAD_TOKEN", "CANARY-token")
    play(story, dialect, known=False, token="BAD_TOKEN")

    async def missing(place: Place) -> None:
        with pytest.raises(Unauthorized, match="the credential is not set"):
            await place.provider.identify()
        assert place.asked == []

    monkeypatch.delenv("BAD_TOKEN")
    play(missing, dialect, known=False, token="BAD_TOKEN")


def test_an_address_where_no_respan_is() -> None:
    async def story(place: Place) -> None:
        with pytest.raises(Unavailable, match=r"no Respan API at http://127.0.0.1:1/respan/v9") as lost:
            await place.provider.identify()
        assert "check `url` and `prefix`" in lost.value.hint

    play(story, known=False, prefix="/v9")


def test_a_list_that_is_neither_an_array_nor_pages() -> None:
    async def story(place: Place) -> None:
        place.ear.instead["GET /providers/?page_size=1000&page=1"] = (200, {"data": []})
        with pytest.raises(Unavailable, match="no Respan API"):
            await place.provider.identify()

    play(story, known=False)


@pytest.mark.parametrize(
    ("dialect", "asked"),
    [
        ("3", ["GET /providers/", "POST /models/list/", "POST /models/summary/"]),
        ("2", ["GET /providers/", "POST /models/list/", "POST /models/summary/"]),
        ("1", ["GET /providers/", "POST /models/list/", "GET /models/"]),
    ],
)
def test_a_plan_of_both_kinds_takes_three_requests(
    dialect: str, asked: list[str], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    estate = Estate(tmp_path_factory.mktemp("estate"), dialect)
    models = [("Model", f"m-{n}", {**GPT, "custom_provider_id": {"ref": "vllm"}}) for n in range(20)]
    estate.declare(("Provider", "vllm", {"provider_name": "vLLM"}), *models)
    estate.settle()
    assert estate.plan().unchanged == 21
    assert [f"{heard.method} {heard.path.partition('?')[0]}" for heard in estate.ear.heard] == asked
    estate.sandbox.store.close()


@pytest.mark.parametrize(
    ("dialect", "pages"),
    [
        ("3", ["POST /models/list/"] * 2),
        ("2", ["POST /models/list/"] * 11),
        ("1", ["POST /models/list/", "GET /models/"]),
    ],
)
def test_every_page_is_read_and_nothing_built_in_is_ours(dialect: str, pages: list[str]) -> None:
    async def story(place: Place) -> None:
        assert sorted(live.id for live in await place.fetch("Model")) == [m["model_name"] for m in MANY["Model"]]
        counted = [] if dialect == "1" else ["POST /models/summary/"]
        assert place.lines == [*pages, *counted]
        await place.fetch("Model")
        assert place.lines == [pages[-1], *counted] if dialect == "1" else [*pages, *counted]

    play(story, dialect, MANY)


def test_lists_ask_for_what_is_ours_alone() -> None:
    async def story(place: Place) -> None:
        await place.fetch("Model")
        listed, counted = place.asked
        assert listed.path == "/models/list/?page_size=1000&sort_by=model_name&page=1"
        custom = {"filters": {"affiliation_category": {"operator": "", "value": ["custom"]}}}
        assert (listed.body, counted.body) == (custom, custom)

    play(story)


def test_a_single_model_is_read_by_itself_once_all_were_listed() -> None:
    async def story(place: Place) -> None:
        for asked in (["POST /models/list/", "POST /models/summary/"], ["GET /models/one/"]):
            assert [live.id for live in await place.fetch("Model", {("one",): frozenset()})] == ["one"]
            assert place.lines == asked

    play(story, "3", {"Model": [{"model_name": "one", **GPT}]})


def test_providers_in_pages() -> None:
    async def story(place: Place) -> None:
        assert len(await place.fetch("Provider")) == 1005
        assert [asked.path.partition("&page=")[2] for asked in place.asked] == ["1", "2"]

    play(story, "3", {"Provider": [{**VLLM, "provider_id": f"p-{n:04}"} for n in range(1005)]})


# --- whoever has no key is answered with the built-in models alone ---------------------------------


def test_an_anonymous_answer_is_unknown_and_never_all_deleted(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    estate.declare(("Model", "one", GPT), ("Model", "two", GPT))
    estate.settle()
    monkeypatch.setenv("SANDBOX_TOKEN", "expired")
    for verb in (estate.plan, estate.drift, lambda: estate.apply().plan):
        plan = verb()
        assert (plan.complete, plan.operations, plan.drift) == (False, (), ())
        assert codes(plan) == [("error", "target.unauthorized")]
    monkeypatch.setenv("SANDBOX_TOKEN", "sandbox")
    assert estate.plan().operations == ()


def test_a_list_that_lacks_what_the_server_counts_is_unknown(estate: Estate) -> None:
    estate.declare(("Model", "one", GPT), ("Model", "two", GPT))
    estate.settle()
    nothing = {"count": 0, "next": None, "previous": None, "results": []}
    wrong = dict.fromkeys(["POST /models/list/?page_size=1000&sort_by=model_name&page=1"], (200, nothing))
    estate.ear.instead.update(wrong)
    estate.ear.before["POST /models/summary/"] = lambda: estate.ear.instead.update(wrong)
    plan = estate.plan()
    assert codes(plan) == [("error", "target.unreachable")]
    assert "the list has 0 of 2 custom models" in plan.diagnostics[0].summary
    assert plan.operations == ()


def test_a_model_that_comes_between_list_and_count_costs_a_second_look() -> None:
    async def story(place: Place) -> None:
        summary = {"summary": {"total_count": 2, "global_count": 0, "custom_count": 2}}
        place.ear.instead["POST /models/summary/"] = (200, summary)
        assert [live.id for live in await place.fetch("Model")] == ["one"]
        assert place.lines == ["POST /models/list/", "POST /models/summary/"] * 2

    play(story, "3", {"Model": [{"model_name": "one", **GPT}]})


@pytest.mark.parametrize("answer", [[], {}, {"summary": []}, {"summary": {"custom_count": "2"}}])
def test_a_count_that_tells_nothing_is_malformed(answer: object) -> None:
    async def story(place: Place) -> None:
        place.ear.instead["POST /models/summary/"] = (200, answer)
        with pytest.raises(Malformed, match="does not tell how many"):
            await place.fetch("Model")

    play(story)


@pytest.mark.parametrize(
    ("row", "is_ours"),
    [
        ({"affiliation_category": "custom", "is_managed": True}, True),
        ({"affiliation_category": "keywordsai"}, False),
        ({"affiliation_category": "respan"}, False),
        ({"is_managed": False}, True),
        ({"is_managed": True, "source": "db"}, False),
        ({"affiliation_category": None, "source": "db"}, True),
        ({"source": "hardcoded"}, False),
    ],
)
def test_whose_a_model_is(row: dict[str, object], is_ours: bool) -> None:
    async def story(place: Place) -> None:
        page = {"results": [{"model_name": "m", "provider": None, **row}], "next": None}
        place.ear.instead["POST /models/list/?page_size=1000&sort_by=model_name&page=1"] = (200, page)
        assert [live.id for live in await place.fetch("Model")] == ["m"] * is_ours

    play(story)


def test_an_answer_that_does_not_tell_whose_a_model_is_hides_nothing() -> None:
    async def story(place: Place) -> None:
        page = {"results": [{"model_name": "m", "provider": None}], "next": None}
        place.ear.instead["POST /models/list/?page_size=1000&sort_by=model_name&page=1"] = (200, page)
        with pytest.raises(Malformed, match="not a Model as the API's contract describes it"):
            await place.fetch("Model")

    play(story)


def test_a_refused_list_is_no_older_generation() -> None:
    async def story(place: Place) -> None:
        place.ear.instead["POST /models/list/?page_size=1000&sort_by=model_name&page=1"] = (400, {"error": "no"})
        with pytest.raises(Rejected, match="HTTP 400: no"):
            await place.fetch("Model")
        assert len(place.asked) == 1

    play(story)


# --- too many requests ----------------------------------------------------------------------------


def test_a_refusal_that_says_in_its_body_how_long_to_wait() -> None:
    async def story(place: Place) -> None:
        place.sandbox.faults.set({"fault": "429=body+30:/models/", "times": 1})
        started = place.time.now
        await place.create("Model", model_name="m", **GPT)
        assert 30 <= place.time.now - started < 31
        place.sandbox.faults.set("429=body+30:/models/")
        with pytest.raises(RateLimited) as busy:
            await place.create("Model", model_name="n", **GPT)
        assert busy.value.retry_after == 30

    play(story)


@pytest.mark.parametrize(
    ("status", "content", "kind", "seconds"),
    [
        (429, b'{"detail": "x", "retry_after": 30}', "application/json", 30.0),
        (429, b'{"retry_after": 0.5}', "application/json", 0.5),
        (429, b'{"retry_after": "30"}', "application/json", None),
        (429, b'{"retry_after": -1}', "application/json", None),
        (429, b'["retry_after"]', "application/json", None),
        (429, b"{", "application/json", None),
        (429, b"", "application/json", None),
        (429, b'{"retry_after": 30}', "text/html", None),
        (503, b'{"retry_after": 30}', "application/json", None),
    ],
)
def test_what_a_body_says_of_the_wait(status: int, content: bytes, kind: str, seconds: float | None) -> None:
    async def story(place: Place) -> None:
        headers = httpx.Headers({"content-type": kind})
        assert place.provider.retry_after(Answer(status, headers, content, "u")) == seconds

    play(story, known=False)


@pytest.mark.parametrize(("fields", "seconds"), [({}, 60), ({"requests_per_second": 10}, 6)])
def test_sixty_requests_a_minute_unless_the_target_says_otherwise(fields: dict[str, float], seconds: float) -> None:
    async def story(place: Place) -> None:
        started = place.time.now
        for _ in range(61):
            await place.provider.page("/providers/", None)
        assert place.time.now - started == pytest.approx(seconds)

    play(story, known=False, **fields)


def test_what_was_applied_is_ours_and_the_rest_is_not(estate: Estate) -> None:
    estate.by_hand("POST", "/models/", {"model_name": "theirs", **GPT})
    estate.declare(("Model", "ours", GPT))
    estate.settle()
    estate.declare(("Model", "other", GPT))
    assert operations(estate.plan()) == {"Model/ours": Action.DELETE, "Model/other": Action.CREATE}
