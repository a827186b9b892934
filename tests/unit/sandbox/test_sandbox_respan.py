"""What holds for every route of Respan: slashes, keys, bodies, refusals; and which routes a generation has."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from reconciler.sandbox import app
from tests.unit.sandbox.asking import ask, run
from tests.unit.sandbox.respan_asking import API, BASE, Respan

ALL = ("3", "2", "1")
MISSING = {"detail": "Authentication credentials were not provided."}


def test_the_newest_generation_is_served_where_none_is_named() -> None:
    lists = {"filters": {"model_name": {"operator": "", "value": ["openai/gpt-4o"]}}}
    (model,) = ask(app.create_app(), "POST", f"{API}/models/list/", lists).json()["results"]
    assert model["affiliation_category"] == "keywordsai"
    assert "source" not in model


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "PUT", "DELETE"])
@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("models", "models/"),
        ("models/list?page=2", "models/list/?page=2"),
        ("models/a/b", "models/a/b/"),
        ("models/a%20b", "models/a%20b/"),
        ("providers", "providers/"),
        ("providers/a?x=1&y=2", "providers/a/?x=1&y=2"),
    ],
)
def test_a_path_without_its_slash_is_redirected(method: str, path: str, target: str) -> None:
    answer = Respan().ask(method, path, {})
    assert (answer.status_code, answer.headers["location"]) == (301, f"{API}/{target}")


def test_a_redirected_post_loses_its_body() -> None:
    respan = Respan("1")

    async def story(client: httpx.AsyncClient) -> httpx.Response:
        return await client.post(f"{API}/models", json={"model_name": "a"}, follow_redirects=True)

    answer = run(respan.sandbox, story)
    assert (answer.request.method, answer.request.content, answer.status_code) == ("GET", b"", 200)
    assert respan.ask("GET", "models/a/").status_code == 404


@pytest.mark.parametrize("path", ["", "nowhere/", "providers/a/b", "providers/a/b/", "model/a/"])
def test_other_paths_are_djangos_page(path: str) -> None:
    answer = Respan().ask("GET", path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")


@pytest.mark.parametrize(("dialect", "status"), [("3", 403), ("2", 401), ("1", 401)])
@pytest.mark.parametrize("path", ["models/x/", "models/", "providers/", "providers/x/"])
def test_without_a_valid_key(dialect: str, status: int, path: str) -> None:
    respan = Respan(dialect)
    missing = respan.ask("GET", path, token=None)
    assert (missing.status_code, missing.json()) == (status, MISSING)
    wrong = respan.ask("GET", path, token="wrong")
    assert wrong.status_code == status
    assert wrong.json()["detail"].startswith("Your API key is invalid or expired")


@pytest.mark.parametrize("header", ["sandbox", "Token sandbox", "bearer sandbox", "Basic c2FuZGJveA=="])
def test_a_key_needs_its_scheme(header: str) -> None:
    async def story(client: httpx.AsyncClient) -> httpx.Response:
        return await client.get(f"{API}/providers/", headers={"Authorization": header})

    assert run(Respan().sandbox, story).status_code == 403


@pytest.mark.parametrize("token", [None, "wrong"])
def test_lists_take_whoever_has_no_valid_key_for_a_stranger(token: str | None) -> None:
    """Only in the newest generation: a wrong key reads like an account without a model of its own."""
    respan = Respan()
    respan.model("mine")
    everything = {"filters": {"model_name": {"operator": "in", "value": ["mine", "openai/gpt-4o"]}}}
    answers = [respan.ask("POST", f"models/{path}/", everything, token) for path in ("list", "summary")]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert [model["id"] for model in answers[0].json()["results"]] == ["openai/gpt-4o"]
    assert answers[1].json()["summary"] == {"total_count": 1, "global_count": 1, "custom_count": 0}


@pytest.mark.parametrize("path", ["models/list/", "models/summary/"])
@pytest.mark.parametrize("token", [None, "wrong"])
def test_before_that_they_refused_it(path: str, token: str | None) -> None:
    assert Respan("2").ask("POST", path, {}, token).status_code == 401


@pytest.mark.parametrize("dialect", ALL)
def test_the_public_catalogue_needs_no_key(dialect: str) -> None:
    respan = Respan(dialect)
    assert respan.ask("GET", "models/public/", token=None).status_code == 200


@pytest.mark.parametrize(
    ("dialect", "method", "path", "status"),
    [
        ("3", "GET", "models/", 405),
        ("2", "GET", "models/", 200),
        ("1", "GET", "models/", 200),
        ("3", "POST", "models/list/", 200),
        ("2", "POST", "models/list/", 200),
        ("1", "POST", "models/list/", 405),
        ("1", "POST", "models/summary/", 405),
        ("3", "PUT", "models/a/", 200),
        ("2", "PUT", "models/a/", 200),
        ("1", "PUT", "models/a/", 405),
        ("3", "PUT", "providers/p/", 200),
        ("2", "PUT", "providers/p/", 200),
        ("1", "PUT", "providers/p/", 405),
        ("3", "POST", "models/a/status/", 400),
        ("2", "POST", "models/a/status/", 405),
        ("2", "GET", "models/a/status/", 404),
        ("3", "DELETE", "models/", 405),
        ("3", "OPTIONS", "models/", 405),
    ],
)
def test_the_routes_of_a_generation(dialect: str, method: str, path: str, status: int) -> None:
    respan = Respan(dialect)
    respan.model("a")
    respan.provider("p")
    answer = respan.ask(method, path, {**BASE, "provider_name": "P"} if method == "PUT" else {})
    assert answer.status_code == status
    if status == 405:
        assert answer.json() == {"detail": f'Method "{method}" not allowed.'}


def test_head_is_get() -> None:
    assert Respan().ask("HEAD", "providers/").status_code == 200


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"{", "JSON parse error"),
        (b"\xff", "JSON parse error"),
        (b"[1]", "Expected a dictionary, but got list."),
        (b'"a"', "Expected a dictionary, but got str."),
        (b"", "This field is required."),
    ],
)
def test_bodies_that_are_no_objects(content: bytes, refusal: str) -> None:
    async def story(client: httpx.AsyncClient) -> httpx.Response:
        return await client.post(f"{API}/models/", content=content)

    answer = run(Respan().sandbox, story)
    assert answer.status_code == 400
    assert refusal in answer.text


@pytest.mark.parametrize("dialect", ["3", "2"])
def test_fields_that_do_not_fit_are_named(dialect: str) -> None:
    body = {"model_name": " ", "input_cost": "much", "function_call": True, "max_context_window": 1.5}
    assert Respan(dialect).json("POST", "models/", body, status=400) == {
        "model_name": ["This field may not be blank."],
        "input_cost": ["A valid number is required."],
        "function_call": ['"True" is not a valid choice.'],
        "max_context_window": ["A valid integer is required."],
    }


def test_the_first_generation_wraps_them() -> None:
    assert Respan("1").json("POST", "models/", {"image_support": 2}, status=422) == {
        "detail": "Validation error",
        "errors": {"model_name": ["This field is required."], "image_support": ['"2" is not a valid choice.']},
    }


@pytest.mark.parametrize(
    ("value", "body", "headers"),
    [
        ("429=body+7", {"detail": "Rate limit exceeded", "retry_after": 7}, {}),
        ("429", {"detail": "Rate limit exceeded"}, {}),
        ("429=Retry-After: 2", {"detail": "Rate limit exceeded"}, {"retry-after": "2"}),
    ],
)
def test_a_request_too_many(value: str, body: Any, headers: dict[str, str]) -> None:
    respan = Respan()
    respan.sandbox.faults.set(value)
    answer = respan.ask("GET", "providers/")
    assert (answer.status_code, answer.json()) == (429, body)
    assert {name: answer.headers[name] for name in answer.headers if "retry" in name} == headers


@pytest.mark.parametrize(
    ("method", "path", "is_stale"),
    [
        ("POST", "models/list/", True),
        ("POST", "models/summary/", True),
        ("GET", "models/b/", True),
        ("POST", "models/", False),
    ],
)
def test_reads_by_post_can_be_stale(method: str, path: str, is_stale: bool) -> None:
    respan = Respan()
    before = respan.ask(method, path, {"filters": {}}) if is_stale else None
    respan.model("b")
    respan.sandbox.faults.set("stale-read")
    if before is None:
        assert respan.ask(method, path, {"model_name": "b"}).status_code == 200  # it sees that there is one
    else:
        assert respan.ask(method, path, {"filters": {}}).text == before.text
