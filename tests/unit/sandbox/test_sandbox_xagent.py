"""What the table of exchanges with Xagent does not reach: the clock, the sandbox's own credential, limits, faults."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from reconciler.sandbox import app, xagent
from reconciler.sandbox.xagent import sessions
from tests.unit.sandbox.asking import ask, run
from tests.unit.sandbox.xagent_asking import ALL, DEFAULTS, MODELS, Clock, Xagent

BOTH = pytest.mark.parametrize("dialect", xagent.SYSTEM.dialects)


# credentials


def test_the_word_sandbox_is_a_token_of_the_first_admin() -> None:
    assert Xagent().ask("GET", "/api/auth/me")["user"]["username"] == "admin"


def test_the_word_sandbox_is_the_admins_password() -> None:
    server = Xagent()
    session = server.log_in()
    assert (session["token_type"], session["user"]["is_admin"]) == ("bearer", True)
    assert server.ask("GET", "/api/auth/me", token=session["access_token"])["user"]["id"] == session["user_id"]
    assert server.log_in("admin@example.com")["user_id"] == session["user_id"]


def test_the_word_outlives_the_admin_it_spoke_for() -> None:
    server = Xagent(seeds={"xagent": {"User": [{"username": "olga", "is_admin": True}]}})
    olga = server.log_in("olga")["access_token"]
    server.ask("DELETE", "/api/admin/users/1", token=olga)
    assert server.ask("GET", "/api/auth/me")["user"]["username"] == "olga"


def test_an_access_token_is_good_for_two_hours() -> None:
    clock = Clock()
    server = Xagent(clock=clock)
    token = server.log_in()["access_token"]
    clock.time += 7200
    assert server.ask("GET", ALL, token=token) == []
    clock.time += 1
    answer = server.answer("GET", ALL, token=token)
    assert (answer.status_code, answer.json()) == (401, {"detail": "Token expired"})
    assert (answer.headers["error-type"], answer.headers["www-authenticate"]) == ("TokenExpired", "Bearer")


def test_a_refresh_token_is_good_for_a_week() -> None:
    clock = Clock()
    server = Xagent(clock=clock)
    body = {"refresh_token": server.log_in()["refresh_token"]}
    clock.time += 7 * 24 * 3600 + 1
    assert server.ask("POST", "/api/auth/refresh", body, None, 401) == {"detail": "Invalid refresh token"}


def test_a_refresh_token_of_a_deleted_user() -> None:
    server = Xagent()
    server.user("ann")
    session = server.log_in("ann", "long-enough")
    server.ask("DELETE", f"/api/admin/users/{session['user_id']}")
    server.ask("POST", "/api/auth/refresh", {"refresh_token": session["refresh_token"]}, None, 401)


# failed log-ins


def test_five_failures_lock_an_account_for_a_quarter_of_an_hour() -> None:
    clock = Clock()
    server = Xagent(clock=clock)
    for _ in range(5):
        server.log_in(password="wrong", status=401)
        clock.time += 10
    answer = server.answer("POST", "/api/auth/login", {"username": "admin", "password": "sandbox"}, None)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "850")
    clock.time += 849
    server.log_in(status=429)
    clock.time += 1
    assert server.log_in()["success"] is True


def test_only_failures_in_a_row_count() -> None:
    server = Xagent()
    for _ in range(3):
        for _ in range(4):
            server.log_in(password="wrong", status=401)
        server.log_in()


@pytest.mark.parametrize(
    ("addresses", "users", "taken"),
    [(60, 1, sessions.PER_ACCOUNT), (1, 60, sessions.PER_ADDRESS), (1, 1, sessions.PER_PAIR)],
)
def test_limits_of_an_account_an_address_and_both(addresses: int, users: int, taken: int) -> None:
    """An account is limited over all addresses, an address over all accounts."""
    server = Xagent()
    tries = taken + 1
    statuses = []
    for number in range(tries):
        body = {"username": f"u{number % users}", "password": "x"}
        statuses.append(_log_in_from(server, f"10.0.0.{number % addresses}", body))
    assert statuses == [401] * taken + [429]


def _log_in_from(server: Xagent, address: str, body: dict[str, str]) -> int:
    transport = httpx.ASGITransport(app=server.sandbox, client=(address, 1))

    async def told() -> int:
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
            return (await client.post("/xagent/api/auth/login", json=body)).status_code

    return asyncio.run(told())


# finding a model


@BOTH
def test_an_id_of_digits_comes_to_mean_another_model(dialect: str) -> None:
    server = Xagent(dialect)
    number = server.create("a")["id"] + 2
    assert server.create(str(number))["id"] == number - 1
    assert server.ask("GET", f"{MODELS}/by-id/{number}")["model_id"] == str(number)
    assert server.create("b")["id"] == number
    assert server.ask("GET", f"{MODELS}/by-id/{number}")["model_id"] == "b"
    assert server.ask("PUT", f"{MODELS}/{number}", {"description": "x"})["model_id"] == "b"


@pytest.mark.parametrize(("dialect", "reused"), [("0.8.4", True), ("0.8.4-postgresql", False)])
def test_the_number_of_the_last_model_is_given_again(dialect: str, reused: bool) -> None:
    server = Xagent(dialect)
    kept, gone = server.create("kept")["id"], server.create("gone")["id"]
    server.ask("DELETE", f"{MODELS}/by-id/gone")
    assert server.create("new")["id"] == (gone if reused else gone + 1)
    assert kept == 1


def test_numbers_are_remembered_by_the_file(tmp_path: Path) -> None:
    data = tmp_path / "data.db"
    server = Xagent("0.8.4-postgresql", data=data)
    server.create("a")
    server.ask("DELETE", f"{MODELS}/by-id/a")
    server.sandbox.store.close()
    again = Xagent("0.8.4-postgresql", data=data)
    assert again.create("b")["id"] == 2
    again.sandbox.store.close()


@pytest.mark.parametrize(("dialect", "order"), [("0.8.4", ["a", "b"]), ("0.8.4-postgresql", ["b", "a"])])
def test_where_a_changed_model_stands(dialect: str, order: list[str]) -> None:
    server = Xagent(dialect)
    for name in ("a", "b"):
        server.create(name)
    server.ask("PUT", f"{MODELS}/by-id/a", {})
    assert server.ids() == ["a", "b"]
    server.ask("PUT", f"{MODELS}/by-id/a", {"description": "x"})
    assert server.ids() == order


@pytest.mark.parametrize(
    ("dialect", "time"), [("0.8.4", "2023-11-14T22:13:20"), ("0.8.4-postgresql", "2023-11-14T22:13:20.250000+00:00")]
)
def test_times(dialect: str, time: str) -> None:
    server = Xagent(dialect, clock=Clock())
    assert server.create("a")["created_at"] == time
    assert server.ask("PUT", f"{MODELS}/by-id/a", {"description": "x"})["updated_at"] == time


def test_a_page_holds_at_most_a_thousand() -> None:
    rows = [{"model_id": f"m{number}"} for number in range(1001)]
    server = Xagent(seeds={"xagent": {"Model": rows}})
    assert len(server.ask("GET", MODELS + "/")) == 100
    assert len(server.ask("GET", ALL)) == 1000
    assert [row["model_id"] for row in server.ask("GET", ALL + "&skip=1000")] == ["m1000"]


# sharing and defaults


def test_a_shared_model_of_who_is_gone_is_nobodys() -> None:
    server = Xagent(seeds={"xagent": {"User": [{"username": "olga", "is_admin": True}]}})
    olga = server.log_in("olga")
    model = server.create("s", olga["access_token"], share_with_users=True)
    server.ask("POST", DEFAULTS, {"config_type": "general", "model_id": model["id"]}, olga["access_token"])
    assert server.ids() == ["s"]
    server.ask("DELETE", f"/api/admin/users/{olga['user_id']}")
    assert server.ids() == []
    assert server.ask("GET", f"{MODELS}/by-id/s", status=404) == {"detail": "Model not found or access denied"}


def test_the_default_of_an_admin_is_shown_to_who_has_none() -> None:
    server = Xagent()
    ann = server.user("ann")
    shared = server.create("shared", share_with_users=True)
    own = server.create("own", ann)
    server.ask("POST", DEFAULTS, {"config_type": "general", "model_id": shared["id"]})
    (shown,) = server.ask("GET", DEFAULTS, token=ann)
    assert (shown["user_id"], shown["model"]["model_id"], shown["model"]["is_owner"]) == (1, "shared", False)
    assert server.ask("GET", f"{DEFAULTS}/general", token=ann) is None
    server.ask("POST", DEFAULTS, {"config_type": "general", "model_id": own["id"]}, ann)
    (shown,) = server.ask("GET", DEFAULTS, token=ann)
    assert (shown["model"]["model_id"], shown["model"]["is_owner"]) == ("own", True)


# faults


def test_stale_reads_strike_the_posts_that_only_read() -> None:
    server = Xagent()
    server.create("a", category="embedding")
    server.sandbox.faults.set("stale-read")
    assert server.ask("POST", MODELS + "/test", {"model_ids": ["a"]}) == []
    assert server.ask("GET", ALL) == []
    server.ask("POST", MODELS + "/register", {"model_id": "a"}, status=422)
    server.sandbox.faults.clear()
    (result,) = server.ask("POST", MODELS + "/test", {"model_ids": ["a"]})
    assert result["status"] == "failed"


def test_429_is_said_in_the_servers_own_words() -> None:
    server = Xagent(faults=["429=Retry-After: 7"])
    answer = server.answer("GET", ALL)
    assert (answer.status_code, answer.headers["retry-after"], list(answer.json())) == (429, "7", ["detail"])


def test_a_create_whose_answer_is_lost_is_stored() -> None:
    server = Xagent(faults=[{"fault": "reset-after:POST /register", "times": 1}])
    with pytest.raises(httpx.ReadError):
        server.create("a")
    refused = server.ask(
        "POST", MODELS + "/register", {"model_id": "a", "model_provider": "p", "model_name": "n"}, status=400
    )
    assert refused == {"detail": "Model ID already exists"}
    assert server.ids() == ["a"]


def test_eight_at_once_make_one() -> None:
    sandbox = app.create_app()

    async def story(client: httpx.AsyncClient) -> list[int]:
        body = {"model_id": "a", "model_provider": "openai", "model_name": "n"}
        answers = await asyncio.gather(*(client.post("/xagent/api/models/register", json=body) for _ in range(8)))
        return sorted(answer.status_code for answer in answers)

    assert run(sandbox, story) == [200] + [400] * 7
    assert len(ask(sandbox, "GET", "/xagent" + ALL).json()) == 1


# probes


def test_probes_that_cannot_be_sent_say_why() -> None:
    server = Xagent()
    for category, provider, error in (
        ("speech", "elevenlabs", "Connection error."),
        ("video", "volcengine", "Connection error."),
        ("llm", "claude", "Connection error."),
        ("llm", "dashscope", "OpenAI API error: Connection error."),
    ):
        body = {"category": category, "model_provider": provider, "model_name": "m"}
        result = server.ask("POST", MODELS + "/test-connection", body)
        assert (result["status"], result["error"]) == ("failed", error)
