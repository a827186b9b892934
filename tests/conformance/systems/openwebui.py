"""Open WebUI for the conformance cases.

Takes a version, gives the kinds as it has them. Only values stand here: what each means is said in `subjects.py`.
"""

from __future__ import annotations

import re

from tests.conformance.subjects import Subject, System, Variant
from tests.conformance.systems.openwebui_by_hand import ByHand
from tests.conformance.systems.openwebui_models import DEFAULTS, GROUP, GROUP_BEFORE_0_12, MODEL, MODEL_BEFORE_0_12
from tests.conformance.systems.openwebui_workspace import (
    FUNCTION,
    FUNCTION_BEFORE_0_12,
    KNOWLEDGE,
    PROMPT,
    TOOL,
    TOOL_BEFORE_0_12,
)

VARIANTS = (
    Variant("0.12.4", "0.12.4", newest=True),
    Variant("0.11.4", "0.11.4"),
    Variant("published", "0.12.4", prefix="/api", themes=("life", "meaning"), kinds=("Model",)),
)


def subjects(variant: Variant) -> tuple[Subject, ...]:
    """Give the kinds as a version has them."""
    if variant.version == "0.11.4":
        return (
            *(DEFAULTS, MODEL_BEFORE_0_12, PROMPT, TOOL_BEFORE_0_12, FUNCTION_BEFORE_0_12, KNOWLEDGE),
            GROUP_BEFORE_0_12,
        )
    return DEFAULTS, MODEL, PROMPT, TOOL, FUNCTION, KNOWLEDGE, GROUP


_READ_BY_POST = re.compile(r"/groups/id/[^/]+/users\Z")


def is_read(method: str, path: str) -> bool:
    """Say whether a request only reads; a group's members are listed by POST."""
    return method == "GET" or _READ_BY_POST.search(path) is not None


SYSTEM = System("openwebui", VARIANTS, subjects, ByHand, is_read)
