"""LaunchDarkly for the conformance cases: AgentGraph and Optimization.

Takes nothing, gives the kinds. Only values stand here: what each means is said in `subjects.py`.
"""

from __future__ import annotations

from typing import Any

from tests.conformance.subjects import Manifest, Subject
from tests.conformance.systems.launchdarkly_by_hand import MEMBER
from tests.conformance.systems.launchdarkly_library import KEYED, LISTED, STORED, routes

_AGENTS = tuple(Manifest("AIConfig", name, {"name": name, "mode": "agent"}) for name in ("one", "two", "three"))
_ONE, _TWO, _THREE = ({"ref": f"AIConfig/{agent.name}"} for agent in _AGENTS)
_IN_LISTS = "its numbers are whole ones, or stand in lists"


def _edge(key: str, source: Any, target: Any) -> dict[str, Any]:
    return {"key": key, "sourceConfig": source, "targetConfig": target, "handoff": {"when": f"It is {key}."}}


GRAPH = Subject(
    kind="AgentGraph",
    identity="key",
    chooses_id=True,
    base={
        "name": "Team",
        "description": "Helps",
        "maintainerId": MEMBER,
        "rootConfigKey": _ONE,
        "edges": [_edge("b", _ONE, _TWO), _edge("a", _ONE, _THREE)],
    },
    plain={"name": "Plain"},
    support=_AGENTS,
    routes=routes("/agent-graphs"),
    changed={"name": "Team 2", "description": "Helps more", "edges": [_edge("b", _ONE, _THREE)]},
    stepped={"description": "Helps less", "rootConfigKey": _TWO},
    cleared={"maintainerId": None},
    removed={"description": ""},
    drift={"name": "Somebody's", "description": "theirs"},
    contested={"description": "a third"},
    undeclared={},
    number="",
    nulls=("maintainerTeamKey",),
    unordered=("edges",),
    ordered=(),
    elided={"rootConfigKey": _TWO, "edges": [_edge("a", _TWO, _THREE)]},
    page=100,
    cannot={
        **KEYED,
        **STORED,
        "followed": "nothing refers to it",
        "ordered": "its only list is a map",
        "normalised": "the server keeps every field as it was sent",
        "numbers": "it is made of texts",
        "booleans": "it is made of texts",
    },
)

_LAMP, _CHAIR = {"product": "lamp"}, {"product": "chair"}

OPTIMIZATION = Subject(
    kind="Optimization",
    identity="key",
    chooses_id=True,
    base={
        "aiConfigKey": "bystander",
        "maxAttempts": 10,
        "judgeModel": "OpenAI.gpt-4o",
        "modelChoices": ["OpenAI.gpt-4o", "Anthropic.claude-sonnet-4-5"],
        "variableChoices": [_LAMP, _CHAIR],
        "acceptanceStatements": [{"statement": "It is polite.", "threshold": 0.9}],
        "judges": [{"key": _TWO, "threshold": 0.8}, {"key": _THREE, "threshold": 0.5}],
        "userInputOptions": ["Where is it?", "When?"],
        "latencyOptimization": True,
        "label": "Tone",
    },
    plain={"aiConfigKey": "bystander", "maxAttempts": 1, "judgeModel": "OpenAI.gpt-4o"},
    support=_AGENTS,
    routes=routes("/agent-optimizations"),
    changed={"maxAttempts": 5, "label": "Friendlier", "variableChoices": [_LAMP], "latencyOptimization": False},
    stepped={"maxAttempts": 6},
    cleared={},
    removed={
        "modelChoices": [],
        "variableChoices": [],
        "acceptanceStatements": [],
        "judges": [],
        "userInputOptions": [],
        "latencyOptimization": False,
    },
    drift={"maxAttempts": 99, "label": "theirs", "latencyOptimization": False},
    contested={"maxAttempts": 7},
    undeclared={"tokenOptimization": True, "groundTruthResponses": ["Here."]},
    number="",
    nulls=(),
    unordered=("modelChoices", "judges"),
    ordered=("userInputOptions", "variableChoices"),
    page=100,
    cannot={
        **KEYED,
        **LISTED,
        **STORED,
        "followed": "nothing refers to it",
        "normalised": "the server keeps every field as it was sent",
        **dict.fromkeys(("cleared", "nulls", "nulls_at_first"), "no field of it takes null"),
        **dict.fromkeys(("numbers", "booleans"), _IN_LISTS),
    },
)
