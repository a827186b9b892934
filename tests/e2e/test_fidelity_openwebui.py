"""The sandbox and the recorded answers, held to real Open WebUI servers.

Run with `--accept` to record what the real servers answer now.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer

import httpx
import pytest

from tests.e2e import openwebui as real
from tests.e2e.fidelity.exchange import UPSTREAM, Credentials, Record, Upstream, differences, play
from tests.e2e.fidelity.openwebui import TABLE
from tests.e2e.fidelity.sandbox import play_on_sandbox
from tests.e2e.servers import on_each

pytestmark = pytest.mark.e2e


@on_each("openwebui", real.VERSIONS)
def test_the_sandbox_answers_as_a_real_server(version: str, pytestconfig: pytest.Config) -> None:
    answers = _play_on_real(version)
    if pytestconfig.getoption("--accept"):
        TABLE.record(version, answers)
    assert differences(TABLE.recorded(version), answers) == []
    assert differences(answers, play_on_sandbox(TABLE, version)) == []


def _play_on_real(version: str) -> dict[str, Record]:
    with _upstream() as url, real.running(version, {"ENABLE_OPENAI_API": "true", "OPENAI_API_BASE_URL": url}) as server:
        credentials = Credentials(server.token, server.jwt, {"boss": server.admin_id})
        with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as client:
            return play(client, credentials, TABLE)


@contextmanager
def _upstream() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_upstream_is_what_the_sandbox_is_seeded_with() -> None:
    with _upstream() as url:
        assert httpx.get(url + "/models", trust_env=False).json()["data"] == UPSTREAM
