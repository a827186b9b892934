"""The provider against a sandbox on a real socket that fails often: both transports, since the switch comes midway."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import httpx_aiohttp  # noqa: F401 # what is imported already is there when it is time to switch
import pytest

from reconciler import providers
from reconciler.errors import Ambiguous, Conflict, ProviderError
from reconciler.model import Auth, ValueSource
from reconciler.providers.openwebui import OpenWebUI
from reconciler.providers.pace import Clock
from reconciler.providers.transport import SWITCH_AFTER
from reconciler.sandbox import app

from .peer import target
from .sandboxes import kind

CREATES = SWITCH_AFTER * 2


async def _hurry(seconds: float) -> None:
    await asyncio.sleep(min(seconds, 0.01))


@pytest.mark.parametrize("fault", ["reset-before@0.3", "reset-after@0.3", "500@0.3"])
def test_every_create_is_made_or_said_to_be_unknown_and_none_is_made_blindly_twice(fault: str) -> None:
    async def run(provider: OpenWebUI) -> tuple[dict[str, str], set[str]]:
        ends: dict[str, str] = {}

        async def create(number: int) -> None:
            name = f"m{number}"
            try:
                await provider.create(kind("Model"), {"id": name, "name": name}, None)
                ends[name] = "made"
            except Ambiguous:
                ends[name] = "unknown"
            except (Conflict, ProviderError) as error:
                ends[name] = type(error).__name__

        await provider.identify()
        sandbox.faults.set(f"{fault}:/models/create")
        await asyncio.gather(*(create(number) for number in range(CREATES)))
        sandbox.faults.clear()
        live = {live.id async for live in provider.fetch(kind("Model"), None, None)}
        await provider.close()
        return ends, live

    with app.running(app.Options()) as (url, sandbox):
        auth = Auth("bearer", ValueSource("env", "SANDBOX_TOKEN"))
        aimed = target(f"{url}/openwebui", auth=auth)
        provider = providers.connect({"t": aimed}, Path(), clock=Clock(sleep=_hurry))["t"]
        assert isinstance(provider, OpenWebUI)
        ends, live = asyncio.run(run(provider))
        posts = sum(seen.path.endswith("/models/create") for seen in sandbox.requests)

    counts = Counter(ends.values())
    assert set(counts) == {"made", "unknown"} if "reset" in fault else {"made"}
    made = {name for name, end in ends.items() if end == "made"}
    if fault.startswith("reset-after"):
        assert live == set(ends)
    else:
        assert live == made
    assert posts == CREATES if "reset" in fault else posts > CREATES
