"""One port for all systems: dispatch, faults, control routes, options."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import Message

from reconciler.sandbox import app
from reconciler.sandbox.control import Seen
from tests.unit.sandbox.asking import V1, ask, model, run

ALL = f"{V1}/models/all"
CREATE = f"{V1}/models/create"


def _sandbox(*faults: Any, **options: Any) -> app.Sandbox:
    return app.create_app(app.Options(faults=faults, reset_error=httpx.ReadError, **options))


def _ids(sandbox: app.Sandbox) -> list[str]:
    sandbox.faults.clear()
    return [row["id"] for row in ask(sandbox, "GET", ALL).json()]


def test_health() -> None:
    assert ask(app.create_app(), "GET", "/health", token=None).json() == {"status": True}


@pytest.mark.parametrize("path", ["/", "/nowhere", "/openwebu/api/version", "/_sandbox"])
def test_other_paths_name_the_systems(path: str) -> None:
    answer = ask(app.create_app(), "GET", path)
    names = ", ".join(system.name for system in app.SYSTEMS)
    assert (answer.status_code, answer.json()) == (404, {"detail": f"systems: {names}"})


def test_every_system_is_under_its_prefix() -> None:
    assert ask(app.create_app(), "GET", "/openwebui/api/version").json()["version"] == "0.12.4"


def test_latency() -> None:
    started = time.monotonic()
    assert ask(_sandbox("latency=30", "latency=20"), "GET", ALL).status_code == 200
    assert time.monotonic() - started >= 0.05


def test_429_stores_nothing_and_says_when_to_come_back() -> None:
    sandbox = _sandbox("429=Retry-After: date+1", clock=lambda: 0.0)
    answer = ask(sandbox, "POST", CREATE, model("a"))
    assert (answer.status_code, answer.json()) == (429, {"detail": "API rate limit exceeded"})
    assert answer.headers["retry-after"] == "Thu, 01 Jan 1970 00:00:01 GMT"
    assert _ids(sandbox) == []


def test_429_without_a_header() -> None:
    assert "retry-after" not in ask(_sandbox("429"), "GET", ALL).headers


def test_500_stores_nothing() -> None:
    sandbox = _sandbox("500:/create")
    answer = ask(sandbox, "POST", CREATE, model("a"))
    assert (answer.status_code, answer.text) == (500, "Internal Server Error")
    assert _ids(sandbox) == []


@pytest.mark.parametrize(("fault", "stored"), [("reset-before", []), ("reset-after", ["a"])])
def test_a_reset_before_stores_nothing_and_one_after_all(fault: str, stored: list[str]) -> None:
    sandbox = _sandbox(fault)
    with pytest.raises(httpx.ReadError, match=r"the connection was reset (before|after) the request was carried out"):
        ask(sandbox, "POST", CREATE, model("a"))
    assert _ids(sandbox) == stored


def test_the_first_refusal_that_was_told_wins() -> None:
    assert ask(_sandbox("429", "500"), "GET", ALL).status_code == 429


@pytest.mark.parametrize(
    ("method", "path"), [("GET", f"{V1}/models/all"), ("GET", f"{V1}/models/model?id=a"), ("GET", f"{V1}/groups/")]
)
def test_a_stale_read_is_a_write_behind(method: str, path: str) -> None:
    sandbox = _sandbox()
    before = ask(sandbox, method, path)
    ask(sandbox, "POST", CREATE, model("a"))
    sandbox.faults.set("stale-read")
    assert ask(sandbox, method, path).text == before.text


def test_a_stale_read_spares_writes() -> None:
    sandbox = _sandbox()
    ask(sandbox, "POST", CREATE, model("a"))
    sandbox.faults.set("stale-read")
    assert ask(sandbox, "POST", CREATE, model("a")).status_code == 401


def test_a_read_by_post_can_be_stale() -> None:
    sandbox = _sandbox()
    group = ask(sandbox, "POST", f"{V1}/groups/create", {"name": "g", "description": ""}).json()["id"]
    user = {"name": "a", "email": "a@b.example", "password": "x"}
    ann = ask(sandbox, "POST", f"{V1}/auths/add", user).json()["id"]
    ask(sandbox, "POST", f"{V1}/groups/id/{group}/users/add", {"user_ids": [ann]})
    sandbox.faults.set("stale-read")
    assert ask(sandbox, "POST", f"{V1}/groups/id/{group}/users").json() == []


def test_faults_spare_the_sandboxs_own_routes() -> None:
    sandbox = _sandbox("500")
    assert ask(sandbox, "GET", "/health").status_code == 200
    assert ask(sandbox, "GET", "/_sandbox/faults").status_code == 200


def test_requests_are_remembered() -> None:
    sandbox = _sandbox()
    ask(sandbox, "GET", ALL + "?x=1")
    sandbox.faults.set("429:/all", "reset-before:/groups")
    ask(sandbox, "GET", ALL)
    with pytest.raises(httpx.ReadError):
        ask(sandbox, "GET", f"{V1}/groups/")
    assert list(sandbox.requests) == [Seen("GET", ALL, 200), Seen("GET", ALL, 429), Seen("GET", f"{V1}/groups/", 0)]


def test_control_routes() -> None:
    sandbox = _sandbox()

    async def story(client: httpx.AsyncClient) -> None:
        told = {"faults": ["500@0.5", {"fault": "429", "times": 1}], "seed": 7}
        as_told = {"faults": [{"fault": "500@0.5", "times": None}, {"fault": "429", "times": 1}]}
        assert (await client.post("/_sandbox/faults", json=told)).json() == as_told
        assert (await client.get("/_sandbox/faults")).json() == as_told
        assert (await client.delete("/_sandbox/faults")).json() == {"faults": []}
        await client.get(ALL)
        seen = (await client.get("/_sandbox/requests")).json()
        assert seen == [{"method": "GET", "path": ALL, "status": 401}]
        assert (await client.delete("/_sandbox/requests")).json() == []
        assert (await client.get("/_sandbox/requests")).json() == []
        assert (await client.get("/_sandbox/nowhere")).status_code == 404
        assert (await client.post("/_sandbox/requests")).status_code == 404

    run(sandbox, story, token=None)


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (["500"], "expected {faults"),
        ({}, "expected {faults"),
        ({"faults": "500"}, "expected {faults"),
        ({"faults": [], "seed": "x"}, "expected {faults"),
        ({"faults": ["teapot"]}, "'teapot' is not a fault"),
        ({"faults": [3]}, "is not a fault"),
    ],
)
def test_control_routes_complain_and_change_nothing(body: Any, complaint: str) -> None:
    sandbox = _sandbox("500")
    answer = ask(sandbox, "POST", "/_sandbox/faults", body)
    assert answer.status_code == 422
    assert complaint in answer.json()["detail"]
    assert sandbox.faults.told() == [{"fault": "500", "times": None}]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"faults": ["teapot"]}, "'teapot' is not a fault"),
        ({"dialects": {"nowhere": "1"}}, "'nowhere' is not a system of the sandbox; it has openwebui"),
        ({"dialects": {"openwebui": "9"}}, r"openwebui=9: the dialects of openwebui are 0\.12\.4, 0\.11\.4"),
        ({"seeds": {"nowhere": {}}}, "'nowhere' is not a system"),
        ({"seeds": {"openwebui": {"Ghost": []}}}, "openwebui has no kind 'Ghost' to seed; it has User, BaseModel"),
        ({"seeds": {"openwebui": {"Group": [{"name": "g", "parent_group_id": "x"}]}}}, "Parent group not found"),
        ({"seeds": {"openwebui": {"Model": [{}]}}}, r"seed openwebui\.Model\[0\]: `id` is missing"),
        (
            {"seeds": {"openwebui": {"Model": [{"id": "a"}, {"id": "a b"}]}}},
            r"seed openwebui\.Model\[1\]: 1 validation",
        ),
    ],
)
def test_wrong_options(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        app.create_app(app.Options(**options))


def test_a_data_file_that_cannot_be_made(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"nowhere/x\.db is not a file of the sandbox"):
        app.create_app(app.Options(data=tmp_path / "nowhere" / "x.db"))


def test_read_dialects() -> None:
    assert app.read_dialects(["openwebui=0.11.4", "respan=2"]) == {"openwebui": "0.11.4", "respan": "2"}
    for line in ("openwebui", "=1", "openwebui="):
        with pytest.raises(ValueError, match="expected SYSTEM=NAME"):
            app.read_dialects([line])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: [", "seeds.yaml: "),
        ("\udcff", "seeds.yaml: "),
        ("[]", "a mapping whose keys name a system"),
        ("openwebui: []", "a mapping whose keys name a kind of openwebui"),
        ("openwebui: {Model: {id: a}}", r"openwebui\.Model must be a list of bodies"),
        ("openwebui: {Model: [a]}", r"openwebui\.Model must be a list of bodies"),
    ],
)
def test_wrong_seed_files(text: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "seeds.yaml"
    path.write_text(text, errors="surrogateescape")
    with pytest.raises(ValueError, match=complaint):
        app.read_seeds(path)


def test_seed_files(tmp_path: Path) -> None:
    path = tmp_path / "seeds.yaml"
    path.write_text("openwebui:\n  Model:\n    - {id: off, name: no}\n  Group:\nrespan:\n")
    with pytest.raises(ValueError, match=r"openwebui\.Group must be a list"):
        app.read_seeds(path)
    path.write_text("openwebui:\n  Model:\n    - {id: off, name: no}\nrespan:\n")
    assert app.read_seeds(path) == {"openwebui": {"Model": [{"id": "off", "name": "no"}]}, "respan": None}
    path.write_text("")
    assert app.read_seeds(path) == {}


def test_data_outlives_the_process(tmp_path: Path) -> None:
    seeds = {"openwebui": {"Model": [{"id": "seeded"}], "DefaultModels": [{"DEFAULT_MODELS": "a"}]}}
    first = app.create_app(app.Options(data=tmp_path / "s.db", seeds=seeds))
    ask(first, "POST", CREATE, model("a"))
    first.store.close()
    again = app.create_app(app.Options(data=tmp_path / "s.db", seeds=seeds))
    assert _ids(again) == ["seeded", "a"]
    again.store.close()


def test_lifespan() -> None:
    sent: list[Message] = []
    told = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

    async def receive() -> Message:
        return next(told)

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(app.create_app()({"type": "lifespan"}, receive, send))
    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_a_client_that_leaves_before_it_has_sent_everything() -> None:
    sandbox = app.create_app()
    parts = iter([{"type": "http.request", "body": b'{"id"', "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> Message:
        return next(parts)

    async def send(message: Message) -> None:
        raise AssertionError(message)

    scope = {"type": "http", "method": "POST", "path": "/openwebui/api/models/create", "headers": [], "client": None}
    asyncio.run(sandbox({**scope, "query_string": b""}, receive, send))
    assert list(sandbox.requests) == []


def test_example_settings() -> None:
    assert app.example_settings("http://127.0.0.1:1") == (
        "# The sandbox listens. To use it: save this as reconciler.yaml, then `export SANDBOX_TOKEN=sandbox`.\n"
        "apiVersion: reconciler/v1\n"
        "targets:\n"
        "  openwebui:\n"
        "    system: openwebui\n"
        "    url: http://127.0.0.1:1/openwebui\n"
        "    auth: {bearer: {env: SANDBOX_TOKEN}}\n"
        "  launchdarkly:\n"
        "    system: launchdarkly\n"
        "    url: http://127.0.0.1:1/launchdarkly\n"
        "    auth: {header: {name: Authorization, value: {env: SANDBOX_TOKEN}}}\n"
        "    project: default\n"
        "  respan:\n"
        "    system: respan\n"
        "    url: http://127.0.0.1:1/respan\n"
        "    auth: {bearer: {env: SANDBOX_TOKEN}}\n"
        "  runtype:\n"
        "    system: runtype\n"
        "    url: http://127.0.0.1:1/runtype\n"
        "    auth: {bearer: {env: SANDBOX_TOKEN}}\n"
        "  xagent:\n"
        "    system: xagent\n"
        "    url: http://127.0.0.1:1/xagent\n"
        "    auth: {login: {username: admin, password: {env: SANDBOX_TOKEN}}}\n"
    )
