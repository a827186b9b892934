"""Real sockets: a process that serves until it is told to stop, and connections that really break."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from ryaml import loads

from reconciler.sandbox import app, server
from tests.unit.sandbox.asking import V1, model

CREATE = f"{V1}/models/create"
BEARER = {"Authorization": "Bearer sandbox"}


def _client(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers=BEARER, trust_env=False, timeout=5)


@contextmanager
def _process(arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Start `serve(arguments)` and give it with the settings that it prints."""
    code = f"from pathlib import Path; from reconciler.sandbox import app; app.serve({arguments})"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        text = "".join(next(process.stdout) for _ in range(7))
        yield process, loads(text)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_serve_prints_settings_and_ends_well_when_told(stop: signal.Signals, tmp_path: Path) -> None:
    seeds = tmp_path / "seeds.yaml"
    seeds.write_text("openwebui: {Model: [{id: seeded}]}")
    told = f"data=Path({str(tmp_path / 's.db')!r}), seed=Path({str(seeds)!r}), dialects=['openwebui=0.11.4']"
    with _process(told) as (process, settings):
        url = settings["targets"]["openwebui"]["url"]
        assert settings["targets"]["openwebui"]["auth"] == {"bearer": {"env": "SANDBOX_TOKEN"}}
        with _client(url.removesuffix("/openwebui")) as client:
            assert client.get("/health").status_code == 200
            assert client.get("/openwebui/api/version").json()["version"] == "0.11.4"
            assert [row["id"] for row in client.get(f"{V1}/models/all").json()] == ["seeded"]
            os.kill(process.pid, stop)
            assert process.communicate(timeout=20)[1] == ""
            assert process.returncode == 0


def test_serve_on_a_named_port_that_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind((server.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"in use: 'port {port}'"):
            app.serve(port=port)


def test_a_reset_before_the_request_is_carried_out() -> None:
    with app.running(app.Options(faults=[{"fault": "reset-before", "times": 1}])) as (url, _), _client(url) as client:
        with pytest.raises(httpx.ReadError):
            client.post(CREATE, json=model("a"))
        assert client.get(f"{V1}/models/all").json() == []


def test_a_reset_after_the_request_is_carried_out() -> None:
    with app.running(app.Options(faults=["reset-after:/create"])) as (url, _), _client(url) as client:
        with pytest.raises(httpx.ReadError):
            client.post(CREATE, json=model("a"))
        assert [row["id"] for row in client.get(f"{V1}/models/all").json()] == ["a"]


def test_a_500_breaks_the_connection_after_the_answer() -> None:
    with app.running(app.Options(faults=[{"fault": "500", "times": 1}])) as (url, _):
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(b"GET /openwebui/api/version HTTP/1.1\r\nHost: sandbox\r\n\r\n")
            answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 500")
    assert answer.endswith(b"Internal Server Error")
    assert b"connection: close" not in answer.lower()


def test_faults_can_be_changed_while_it_runs() -> None:
    with app.running() as (url, sandbox), _client(url) as client:
        sandbox.faults.set("429")
        assert client.get(f"{V1}/models/all").status_code == 429
        client.delete("/_sandbox/faults")
        assert client.get(f"{V1}/models/all").status_code == 200


def test_many_creates_and_a_long_list() -> None:
    with app.running() as (url, _), _client(url) as client:
        for number in range(300):
            assert client.post(CREATE, json=model(f"m-{number}")).status_code == 200
        assert len(client.get(f"{V1}/models/all").json()) == 300
