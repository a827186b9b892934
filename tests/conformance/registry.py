"""The systems that the conformance cases are played on.

Takes nothing, gives `SYSTEMS`. A new system adds its module under `systems/` and its line here.
"""

from __future__ import annotations

from tests.conformance.subjects import System
from tests.conformance.systems import launchdarkly, openwebui, respan, runtype, xagent

SYSTEMS: tuple[System, ...] = (
    launchdarkly.SYSTEM,
    openwebui.SYSTEM,
    respan.SYSTEM,
    runtype.SYSTEM,
    xagent.SYSTEM,
)
