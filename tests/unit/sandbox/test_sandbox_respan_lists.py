"""Lists of Respan's models: pages without a total, filters, orders, who sees what."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox.respan_asking import Respan

BUILT_IN = 114


def _filtered(respan: Respan, filters: Any, **query: Any) -> list[str]:
    asked = "&".join(f"{key}={value}" for key, value in {"page_size": 1000, **query}.items())
    answer = respan.json("POST", f"models/list/?{asked}", {"filters": filters})
    return [model["id"] for model in answer["results"]]


def _pages(respan: Respan, path: str) -> list[dict[str, Any]]:
    pages = [respan.json("POST", path, {})]
    while pages[-1]["next"] is not None:
        pages.append(respan.json("POST", pages[-1]["next"].partition("/respan/api/")[2], {}))
    return pages


def test_count_is_the_pages_and_next_leads_on() -> None:
    respan = Respan()
    respan.model("zz")
    pages = _pages(respan, "models/list/")
    assert [page["count"] for page in pages] == [100, BUILT_IN + 1 - 100]
    assert pages[0]["next"] == "http://sandbox/respan/api/models/list/?page=2"
    assert (pages[0]["previous"], pages[1]["previous"]) == (None, "http://sandbox/respan/api/models/list/?page=1")
    names = [model["id"] for page in pages for model in page["results"]]
    assert names == sorted(names)
    assert (len(set(names)), names[-1]) == (BUILT_IN + 1, "zz")
    assert {page["count"] == len(page["results"]) for page in pages} == {True}


def test_a_page_after_the_last_is_empty() -> None:
    """The vendor's own client asks on until it is."""
    answer = Respan().json("POST", "models/list/?page=9", {})
    assert (answer["count"], answer["next"], answer["results"]) == (0, None, [])


@pytest.mark.parametrize("page", ["0", "-1", "x", ""])
def test_a_page_that_is_none(page: str) -> None:
    assert Respan().json("POST", f"models/list/?page={page}", {}, status=404) == {"detail": "Invalid page."}


@pytest.mark.parametrize(
    ("dialect", "size", "count"),
    [
        ("3", "1000", BUILT_IN),
        ("3", "5000", BUILT_IN),
        ("2", "1000", 100),
        ("3", "7", 7),
        ("3", "0", 100),
        ("3", "x", 100),
    ],
)
def test_the_size_of_a_page(dialect: str, size: str, count: int) -> None:
    answer = Respan(dialect).json("POST", f"models/list/?page_size={size}&sort_by=input_cost", {})
    assert answer["count"] == count
    if count < BUILT_IN:
        assert f"page_size={size}&sort_by=input_cost&page=2" in answer["next"]


@pytest.mark.parametrize("dialect", ["2", "1"])
def test_a_list_by_get_is_an_array_of_everything_or_of_a_page(dialect: str) -> None:
    respan = Respan(dialect)
    respan.model("zz")
    whole = respan.json("GET", "models/?all=true")
    assert [model["id"] for model in whole] == sorted(model["id"] for model in whole)
    assert (len(whole), whole[-1]["id"]) == (BUILT_IN + 1, "zz")
    assert respan.json("GET", "models/") == whole[:100]
    assert respan.json("GET", "models/?page=2") == whole[100:]


@pytest.mark.parametrize(
    ("sort_by", "first"),
    [
        ("model_name", "anthropic/claude-3-5-haiku-20241022"),
        ("-model_name", "zz"),
        ("-input_cost", "zz"),
        ("base_model_name", "anthropic/claude-3-5-haiku-20241022"),
        ("-base_model_name", "zz"),
        ("nothing", "anthropic/claude-3-5-haiku-20241022"),
    ],
)
def test_orders(sort_by: str, first: str) -> None:
    respan = Respan()
    respan.model("zz", input_cost=1000)
    assert _filtered(respan, {}, sort_by=sort_by)[0] == first


def _estate(dialect: str = "3") -> Respan:
    respan = Respan(dialect)
    respan.provider("acme", provider_name="Acme Ltd")
    respan.model("mine/gemini-3_x", custom_provider_id="acme", input_cost=0.5, max_context_window=10)
    respan.model("mine/other", base_model_name="mine/gemini-3_x", output_cost=7)
    return respan


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"affiliation_category": {"operator": "", "value": ["custom"]}}, ["mine/gemini-3_x", "mine/other"]),
        ({"affiliation_category": {"value": ["custom"]}}, ["mine/gemini-3_x", "mine/other"]),
        ({"is_managed": {"operator": "", "value": [False]}}, ["mine/gemini-3_x", "mine/other"]),
        ({"model_name": {"operator": "in", "value": ["mine/other", "openai/o1", "x"]}}, ["mine/other", "openai/o1"]),
        ({"model_name": {"operator": "startswith", "value": ["mine/o"]}}, ["mine/other"]),
        ({"model_name": {"operator": "endswith", "value": ["/other"]}}, ["mine/other"]),
        ({"model_name": {"operator": "contains", "value": ["e/other"]}}, ["mine/other"]),
        ({"model_name": {"operator": "contains", "value": ["E/other"]}}, []),
        ({"model_name": {"operator": "icontains", "value": ["Gemini3x"]}}, ["mine/gemini-3_x"]),
        ({"base_model_name": {"operator": "not_empty", "value": [""]}}, ["mine/other"]),
        ({"base_model_name": {"operator": "icontains", "value": ["GEMINI-3"]}}, ["mine/other"]),
        ({"provider__provider_id": {"operator": "", "value": ["acme"]}}, ["mine/gemini-3_x", "mine/other"]),
        ({"provider__provider_name": {"operator": "", "value": ["Acme Ltd"]}}, ["mine/gemini-3_x", "mine/other"]),
        ({"input_cost": [{"operator": "gt", "value": [0.4]}, {"operator": "lte", "value": [0.5]}]}, 3),
        ({"output_cost": {"operator": "gte", "value": [75]}}, 3),
        ({"max_context_window": {"operator": "lt", "value": [100]}}, ["mine/gemini-3_x", "mine/other"]),
        ({"model_type": {"operator": "", "value": ["embedding"]}}, 11),
        ({"model_type": {"operator": "not_in", "value": ["embedding", "chat"]}}, 4),
        ({"status": {"operator": "", "value": ["deprecated"]}}, 9),
        ({"has_discount": {"operator": "", "value": [True]}}, []),
        ({"available_to_user": {"operator": "", "value": [True]}}, 116),
        ({"provider__provider_name": {"operator": "", "value": ["AWS Bedrock"]}}, 13),
        ({"model_name": {"operator": "not_contains", "value": ["/"]}}, []),
        ({"model_name": {"operator": "not_startswith", "value": ["mine/"]}}, 114),
        ({"model_name": {"operator": "not_endswith", "value": ["other"]}}, 115),
        ({"model_name": {"operator": "not", "value": ["mine/other"]}}, 115),
        ({"base_model_name": {"operator": "empty", "value": [""]}}, 115),
        ({"base_model_name": {"operator": "gt", "value": ["a"]}}, ["mine/other"]),
        (
            {"affiliation_category": {"value": ["custom"]}, "output_cost": {"operator": "gt", "value": [1]}},
            ["mine/other"],
        ),
    ],
)
def test_filters(filters: Any, found: list[str] | int) -> None:
    names = _filtered(_estate(), filters)
    assert (len(names) if isinstance(found, int) else names) == found


def test_filters_are_repeated_in_the_answer() -> None:
    told = {
        "input_cost": [{"operator": "gt", "value": [1]}, {"operator": "lt", "value": [2]}],
        "status": {"value": ["x"]},
    }
    assert Respan().json("POST", "models/list/", {"filters": told})["current_filters"] == {
        **told,
        "status": {"operator": "", "value": ["x"]},
    }


@pytest.mark.parametrize(
    ("filters", "refusal"),
    [
        ({"display_name": {"operator": "", "value": ["x"]}}, "Unsupported filter field: display_name"),
        ({"status": {"operator": "like", "value": ["x"]}}, "Invalid filter on status"),
        ({"status": {"operator": [], "value": ["x"]}}, "Invalid filter on status"),
        ({"status": {"operator": ""}}, "Invalid filter on status"),
        ({"status": {"operator": "", "value": "x"}}, "Invalid filter on status"),
        ({"status": "active"}, "Invalid filter on status"),
        ([], "filters must be an object"),
    ],
)
@pytest.mark.parametrize("path", ["list", "summary"])
def test_filters_that_are_none(path: str, filters: Any, refusal: str) -> None:
    assert Respan().json("POST", f"models/{path}/", {"filters": filters}, status=400)["error"].startswith(refusal)


@pytest.mark.parametrize(("dialect", "word"), [("3", "keywordsai"), ("2", "respan")])
def test_the_summary(dialect: str, word: str) -> None:
    respan = _estate(dialect)
    whole = {"total_count": BUILT_IN + 2, "global_count": BUILT_IN, "custom_count": 2}
    assert respan.json("POST", "models/summary/", {}) == {"summary": whole}
    filters = {"affiliation_category": {"operator": "", "value": [word]}}
    counted = {"total_count": BUILT_IN, "global_count": BUILT_IN, "custom_count": 0}
    assert respan.json("POST", "models/summary/", {"filters": filters}) == {"summary": counted}


def test_the_public_catalogue() -> None:
    respan = _estate()
    nested = respan.json("GET", "models/public/")["models"]
    assert respan.json("GET", "models/public/?unnest=true") == nested
    assert len(nested) == BUILT_IN
    assert nested[0] == {
        "model_name": "openai/gpt-3.5-turbo",
        "max_context_window": 16385,
        "input_cost": 0.5,
        "output_cost": 1.5,
        "prompt_cost": 0.5,
        "completion_cost": 1.5,
        "rate_limit": 30000,
        "provider": {
            "provider_id": "openai",
            "provider_name": "OpenAI",
            "moderation": "Filtered",
            "credential_fields": ["api_key"],
        },
    }


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"start_time": "2026-01-01", "end_time": "2026-01-02T00:00:00Z"}, 200),
        ({"start_time": 0, "end_time": "86400.5", "time_tick": "day"}, 200),
        ({"start_time": "2026-01-01", "end_time": "2026-04-01"}, 200),
        ({"start_time": "2026-01-01", "end_time": "2026-04-02"}, 400),
        ({"start_time": "2026-01-02", "end_time": "2026-01-01"}, 400),
        ({"start_time": "2026-01-01", "end_time": "2026-01-02", "time_tick": "year"}, 400),
        ({"start_time": "yesterday", "end_time": "2026-01-02"}, 400),
        ({"start_time": 1e300, "end_time": "2026-01-02"}, 400),
        ({}, 400),
    ],
)
def test_the_status_of_a_model(told: dict[str, Any], status: int) -> None:
    answer = Respan().ask("POST", "models/no/such/status/", told, token=None)
    assert answer.status_code == status
    if status == 200:
        body = answer.json()
        assert (body["model"], body["data"], body["respan_uptime"]) == ("no/such", [], [])
        assert body["time_tick"] == told.get("time_tick", "hour")


def test_the_query_of_a_status_wins_over_its_body() -> None:
    query = "start_time=2026-01-01&end_time=2026-01-02&provider_id=openai"
    body = Respan().json("POST", f"models/a/status/?{query}", {"start_time": "nonsense"})
    assert (body["provider_id"], body["start_time"]) == ("openai", "2026-01-01T00:00:00Z")
    assert {"respan_uptime", "status"}.isdisjoint(body)
