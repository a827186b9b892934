"""LaunchDarkly for the conformance cases.

Takes a version, gives the kinds as it has them; which values they are played with stands beside this file.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

from reconciler.providers.pace import Clock
from tests.conformance.subjects import Exchange, Subject, System, Variant
from tests.conformance.systems.launchdarkly_agents import GRAPH, OPTIMIZATION
from tests.conformance.systems.launchdarkly_by_hand import ByHand
from tests.conformance.systems.launchdarkly_configs import CONFIG, TARGETING, VARIATION, VARIATION_BEFORE_V24
from tests.conformance.systems.launchdarkly_library import SKILL, SNIPPET, TOOL
from tests.conformance.systems.launchdarkly_models import MODEL, MODEL_BEFORE_V24, RESTRICTED
from tests.openapi.launchdarkly import problems

VARIANTS = (
    Variant("v25", "v25", newest=True),
    Variant("v23", "v23", themes=("life", "meaning", "ownership")),
)


def subjects(variant: Variant) -> tuple[Subject, ...]:
    """Give the kinds as a version has them."""
    model = MODEL if variant.newest else MODEL_BEFORE_V24
    variation = VARIATION if variant.newest else VARIATION_BEFORE_V24
    return OPTIMIZATION, GRAPH, TARGETING, variation, CONFIG, RESTRICTED, model, TOOL, SNIPPET, SKILL


def is_read(method: str, path: str) -> bool:
    """Say whether a request only reads."""
    return method == "GET"


def objections(exchange: Exchange) -> Iterable[str]:
    """Say what the vendor's published schemas have against an answer."""
    return problems(exchange.method, exchange.path, exchange.status, exchange.answered)


HASTE = 20
"""A config goes only after two seconds, and a write is looked for as long as half a minute: too long for a test."""

QUICK = Clock(
    monotonic=lambda: HASTE * time.monotonic(),
    sleep=lambda seconds: asyncio.sleep(seconds / HASTE),
)

SYSTEM = System(
    "launchdarkly",
    VARIANTS,
    subjects,
    ByHand,
    is_read,
    settings={"auth": {"header": {"name": "Authorization", "value": {"file": "token"}}}, "project": "default"},
    waits=("disguised", "X-Ratelimit-Auth-Token-Reset: epoch-ms+0", "X-Ratelimit-Reset: epoch-ms-1"),
    clock=QUICK,
    objections=objections,
)
