"""LaunchDarkly for the conformance cases: AIConfig, Variation, Targeting.

Takes nothing, gives the kinds. Only values stand here: what each means is said in `subjects.py`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.conformance.subjects import At, Dependent, Manifest, Routes, Subject
from tests.conformance.systems.launchdarkly_by_hand import MEMBER, SERVED, STUB
from tests.conformance.systems.launchdarkly_library import KEYED, LISTED, STORED, TAGS, routes

CONFIG = Subject(
    kind="AIConfig",
    identity="key",
    chooses_id=True,
    base={
        "name": "Support",
        "mode": "agent",
        "description": "Helps",
        "tags": ["b", "a"],
        "maintainerId": MEMBER,
        "evaluationMetricKey": "$ld:ai:judge:accuracy",
        "isInverted": True,
    },
    plain={"name": "Plain", "mode": "agent"},
    support=(Manifest("Tool", "beside", {"schema": {"type": "object"}}),),
    routes=routes("/ai-configs"),
    changed={"name": "Support 2", "description": "Helps more", "tags": ["c"], "isInverted": False},
    stepped={"name": "Support 3"},
    cleared={"maintainerId": None},
    removed={"description": "", "tags": [], "evaluationMetricKey": "", "isInverted": False},
    drift={"name": "Somebody's", "tags": ["d"], "evaluationMetricKey": "theirs"},
    contested={"name": "A third"},
    undeclared={},
    number="",
    nulls=("maintainerTeamKey",),
    unordered=("tags",),
    ordered=(),
    normalised={"tags": TAGS},
    dependent=Dependent(
        Manifest(
            "Optimization",
            "leaning",
            {
                "aiConfigKey": "bystander",
                "maxAttempts": 1,
                "judgeModel": "OpenAI.gpt-4o",
                "judges": [{"key": {"ref": "AIConfig/it"}, "threshold": 0.5}],
            },
        ),
        "judges[0].key",
    ),
    page=100,
    cannot={
        **KEYED,
        **LISTED,
        **STORED,
        "ordered": "its only list is a set",
        "numbers": "it is made of texts, tags and one yes or no",
        "booleans": "it is made of texts, tags and one yes or no",
        "answer_lost_on_delete": "its first deletion is refused for no reason, and nobody hears of a lost refusal",
    },
)

_HOME = {"ref": "AIConfig/home"}
_JUDGE = {"ref": "AIConfig/judge"}
_SEARCH, _WEATHER = (
    {"key": {"ref": "Tool/search"}, "version": 1},
    {"key": {"ref": "Tool/weather"}, "version": 1},
)
_REFUNDS, _RETURNS = (
    {"key": {"ref": "Skill/refunds"}, "version": 1},
    {"key": {"ref": "Skill/returns"}, "version": 1},
)


def _tool(name: str) -> Manifest:
    return Manifest("Tool", name, {"schema": {"type": "object"}})


def _skill(name: str) -> Manifest:
    return Manifest("Skill", name, {"name": name, "markdown": "Ask first."})


VARIATION = Subject(
    kind="Variation",
    identity="key",
    chooses_id=True,
    base={
        "config": _HOME,
        "name": "Concise",
        "messages": [{"role": "system", "content": "Be brief.\n"}, {"role": "user", "content": "{{question}}"}],
        "model": {"parameters": {"temperature": 1, "stop": ["###", "END"]}, "custom": {"region": "eu"}},
        "modelConfigKey": {"ref": "ModelConfig/model"},
        "modelConfigVersion": 1,
        "tools": [_WEATHER, _SEARCH],
        "skills": [_RETURNS, _REFUNDS],
        "outputFormat": {"type": "object", "properties": {"answer": {"type": "string"}}},
        "judgeConfiguration": {"judges": [{"judgeConfigKey": _JUDGE, "samplingRate": 0.5}]},
    },
    plain={"config": _HOME, "name": "Plain"},
    bystander={"config": "bystander"},
    support=(
        Manifest("AIConfig", "home", {"name": "Home"}),
        Manifest("AIConfig", "judge", {"name": "Judge", "mode": "judge", "evaluationMetricKey": "$ld:ai:judge:a"}),
        Manifest("ModelConfig", "model", {"id": "gpt-4o", "name": "Model", "provider": "OpenAI"}),
        *(_tool(name) for name in ("search", "weather")),
        *(_skill(name) for name in ("refunds", "returns")),
        Manifest("Variation", "beside", {"config": _HOME, "name": "Beside"}),
    ),
    routes=Routes(
        list="GET /ai-configs",
        create=("POST /ai-configs/*/variations",),
        update=("PATCH /ai-configs/*/variations/*",),
        delete="DELETE /ai-configs/*/variations/*",
    ),
    changed={
        "name": "Concise 2",
        "messages": [{"role": "system", "content": "Be kind.\n"}],
        "model.parameters.temperature": 0.5,
        "tools": [_SEARCH],
        "outputFormat": {"type": "object"},
    },
    stepped={"name": "Concise 3"},
    cleared={"model.custom.region": None},
    removed={
        "messages": [],
        "model.parameters.stop": None,
        "tools": [],
        "skills": [],
        "outputFormat": {},
        "judgeConfiguration.judges": [],
    },
    drift={"name": "Somebody's", "model.parameters.temperature": 1.5},
    contested={"model.parameters.temperature": 0.1},
    undeclared={"model.parameters.top_p": 0.5},
    number="model.parameters.temperature",
    nulls=("model.parameters.nothing",),
    unordered=("tools", "skills"),
    ordered=("messages", "model.parameters.stop"),
    normalised={
        "judgeConfiguration.judges": (
            [{"judgeConfigKey": _JUDGE, "samplingRate": 0.1}],
            [{"judgeConfigKey": _JUDGE, "samplingRate": 0.10000000149011612}],
        )
    },
    dependent=Dependent(
        Manifest(
            "Optimization",
            "leaning",
            {
                "aiConfigKey": _HOME,
                "maxAttempts": 1,
                "judgeModel": "OpenAI.gpt-4o",
                "variationKey": {"ref": "Variation/it"},
            },
        ),
        "variationKey",
        "key",
    ),
    cannot={
        **KEYED,
        "elided": "the list of AI Configs shows every field of their variations",
        "details": "the list of AI Configs shows every field of their variations",
        "ignored": "what the server forgets of it, it never shows, and that is compared by a digest",
    },
)


def _without_messages(values: At) -> dict[str, Any]:
    return {path: value for path, value in values.items() if path != "messages"}


VARIATION_BEFORE_V24 = replace(
    VARIATION,
    base={
        **{name: value for name, value in VARIATION.base.items() if name not in {"modelConfigVersion", "messages"}},
        "instructions": "Help the customer.\nBe brief.\n",
    },
    support=(Manifest("AIConfig", "home", {"name": "Home", "mode": "agent"}), *VARIATION.support[1:]),
    changed={**_without_messages(VARIATION.changed), "instructions": "Be kind.\n"},
    removed={**_without_messages(VARIATION.removed), "instructions": ""},
    drift={**VARIATION.drift, "instructions": "Be theirs."},
    ordered=("model.parameters.stop",),
    cannot={
        **VARIATION.cannot,
        "made_again_outside": "an answer without instructions does not say that there are none",
    },
)
"""Of an agent, whose instructions answers may leave out."""


def _clause(value: str, **fields: Any) -> dict[str, Any]:
    return {"contextKind": "user", "attribute": "country", "op": "in", "negate": False, "values": [value], **fields}


def _rule(variation: str, *clauses: dict[str, Any]) -> dict[str, Any]:
    return {"description": f"Who gets {variation}", "clauses": list(clauses), "variation": variation}


_ROLLOUT = {
    "variations": [{"variation": "concise", "weight": 60000}, {"variation": "chatty", "weight": 40000}],
    "contextKind": "organization",
}
_OURS = {"contextKind": "user", "variation": "concise", "values": ["ann", "ben"]}
_THEIRS = {"contextKind": "organization", "variation": "chatty", "values": ["acme"]}
_THERE = "there is one for every AI Config and environment, always"
_LISTS = "its numbers and nulls stand in lists, which are compared as a whole"

TARGETING = Subject(
    kind="Targeting",
    identity="environment",
    chooses_id=True,
    base={
        "config": {"ref": f"AIConfig/{SERVED}"},
        "rules": [
            _rule("concise", _clause("DE"), _clause("beta", op="contains", negate=True)),
            _rule("chatty", _clause("FR")),
        ],
        "targets": [_OURS, _THEIRS],
        "fallthrough": {"rollout": _ROLLOUT},
        "offVariation": "concise",
        "trackEvents": True,
    },
    plain={"config": {"ref": f"AIConfig/{SERVED}"}, "offVariation": "concise"},
    support=(
        Manifest("AIConfig", SERVED, {"name": "Served", "mode": "agent"}),
        *(
            Manifest("Variation", name, {"config": {"ref": f"AIConfig/{SERVED}"}, "name": name})
            for name in ("concise", "chatty", "third")
        ),
    ),
    routes=Routes(
        list="GET /ai-configs/*/targeting",
        create=("PATCH /ai-configs/*/targeting",),
        update=("PATCH /ai-configs/*/targeting",),
        delete="PATCH /ai-configs/*/targeting",
    ),
    changed={
        "rules": [_rule("third", _clause("IT"))],
        "targets": [_THEIRS],
        "fallthrough.rollout.contextKind": "user",
        "offVariation": "chatty",
        "trackEvents": False,
    },
    stepped={"offVariation": "third"},
    cleared={},
    removed={
        "rules": [],
        "targets": [],
        "fallthrough": {"variation": "disabled"},
        "offVariation": "disabled",
        "trackEvents": False,
    },
    drift={"offVariation": "chatty", "trackEvents": False},
    contested={"offVariation": "third"},
    undeclared={"trackEventsFallthrough": True},
    number="",
    nulls=(),
    unordered=("targets",),
    ordered=("rules",),
    names={"it": "production", "other": "test"},
    always=True,
    initial=STUB,
    cannot={
        **dict.fromkeys(
            (
                "gone_before_delete",
                "gone_while_deleting",
                "gone_while_updating",
                "deleted_outside",
                "many",
                "lists_only",
                "equal_by_hand",
                "several",
                "taken_while_creating",
                "identity_taken",
                "renamed_outside",
                "made_again_outside",
                "stale_and_lost",
            ),
            _THERE,
        ),
        **dict.fromkeys(("different", "different_and_left"), f"{_THERE}, and its first manifest takes it"),
        **dict.fromkeys(("cleared", "nulls", "nulls_at_first", "numbers", "booleans"), _LISTS),
        **LISTED,
        **STORED,
        "normalised": "what the server would join, one variation twice, is refused before it is sent",
        "followed": "nothing refers to it",
        "spelled": "every field has one spelling",
    },
)
