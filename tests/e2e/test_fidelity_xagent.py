"""The sandbox and the recorded answers, held to real Xagent servers on SQLite and on PostgreSQL.

Run with `--accept` to record what the real servers answer now.
"""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from tests.e2e import xagent as real
from tests.e2e.fidelity.exchange import Credentials, Record, differences, play
from tests.e2e.fidelity.sandbox import play_on_sandbox
from tests.e2e.fidelity.xagent import ASLEEP, OLGA, TABLE
from tests.e2e.servers import on_each

pytestmark = pytest.mark.e2e


@on_each("xagent", real.VERSIONS)
def test_the_sandbox_answers_as_a_real_server(
    version: str, pytestconfig: pytest.Config, miss: Callable[[str], None]
) -> None:
    package = real.missing_system_package(version)
    if package is not None:
        miss(package)
    answers = _play_on_real(version)
    if pytestconfig.getoption("--accept"):
        TABLE.record(version, answers)
    assert differences(TABLE.recorded(version), answers) == []
    assert differences(answers, play_on_sandbox(TABLE, version)) == []


def _play_on_real(version: str) -> dict[str, Record]:
    with real.running(version) as server, httpx.Client(base_url=server.url, trust_env=False, timeout=60) as client:
        _prepare(server, client)
        return play(client, Credentials(server.token, server.token), TABLE)


def _prepare(server: real.Xagent, client: httpx.Client) -> None:
    """Make what `SEEDS` says, which the API alone cannot."""
    client.post("/api/auth/register", json=OLGA).raise_for_status()
    bearer = {"Authorization": f"Bearer {server.token}"}
    client.post("/api/models/register", json=ASLEEP, headers=bearer).raise_for_status()
    real.execute(server, f"update users set is_admin = true where username = '{OLGA['username']}'")
    real.execute(server, f"update models set is_active = false where model_id = '{ASLEEP['model_id']}'")
