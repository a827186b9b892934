"""LaunchDarkly for the conformance cases: ModelConfig and RestrictedModels.

Takes nothing, gives the kinds. Only values stand here: what each means is said in `subjects.py`.
"""

from __future__ import annotations

from dataclasses import replace

from tests.conformance.subjects import Manifest, Routes, Subject
from tests.conformance.systems.launchdarkly_by_hand import MEMBER
from tests.conformance.systems.launchdarkly_library import IN_USE, KEYED, LISTED, STORED, TAGS

_PATH = "/ai-configs/model-configs"
_IN_PLACE = "this version of the server can only replace a model config"

MODEL = Subject(
    kind="ModelConfig",
    identity="key",
    chooses_id=True,
    base={
        "id": "gpt-4o",
        "name": "GPT-4o for support",
        "provider": "OpenAI",
        "params": {"temperature": 1, "seed": 7, "stop": ["###", "END"]},
        "customParams": {"region": "eu"},
        "tags": ["b", "a"],
        "costPerInputToken": 0.0000025,
        "costPerOutputToken": 0.00001,
        "maintainerId": MEMBER,
    },
    plain={"id": "gpt-4o", "name": "Plain", "provider": "OpenAI"},
    support=(Manifest("Tool", "beside", {"schema": {"type": "object"}}),),
    routes=Routes(
        list=f"GET {_PATH}",
        create=(f"POST {_PATH}", f"PATCH {_PATH}/*"),
        update=(f"PATCH {_PATH}/*",),
        delete=f"DELETE {_PATH}/*",
    ),
    changed={"name": "GPT-4o", "params.temperature": 0.5, "costPerInputToken": 0.000003, "tags": ["c"]},
    stepped={"params.seed": 8},
    cleared={"maintainerId": None, "params.seed": None},
    removed={
        "params.seed": None,
        "customParams": {},
        "tags": [],
        "costPerInputToken": 0,
        "costPerOutputToken": 0,
    },
    drift={"name": "Somebody's", "params.temperature": 1.5, "costPerOutputToken": 0.5},
    contested={"params.temperature": 0.1},
    undeclared={"params.top_p": 0.5, "costPerCachedInputToken": 0.000001},
    number="params.temperature",
    nulls=("maintainerTeamKey", "params.nothing"),
    unordered=("tags",),
    ordered=("params.stop",),
    normalised={"tags": TAGS},
    page=100,
    cannot={**KEYED, **LISTED, **STORED, "followed": IN_USE},
)

MODEL_BEFORE_V24 = replace(
    MODEL,
    base={name: value for name, value in MODEL.base.items() if name != "maintainerId"},
    routes=Routes(f"GET {_PATH}", (f"POST {_PATH}",), (f"POST {_PATH}",), f"DELETE {_PATH}/*"),
    cannot={
        **MODEL.cannot,
        **dict.fromkeys(
            (
                "updated",
                "removed",
                "drifted",
                "conflicted",
                "came_true",
                "gone_while_updating",
                "cleared",
                "nulls",
                "ordered",
                "unordered",
                "numbers",
                "booleans",
                "normalised",
                "made_again_outside",
            ),
            _IN_PLACE,
        ),
    },
)

_ONE = "every project has one list"
_KEYS = "it is a set of keys, and holds nothing else"
_CATALOG = ("Anthropic.claude-sonnet-4-5", "OpenAI.gpt-4o", "Bedrock.anthropic.claude-haiku-4-5-20251001-v1:0")
SONNET, GPT, HAIKU = _CATALOG

RESTRICTED = Subject(
    kind="RestrictedModels",
    identity=None,
    chooses_id=False,
    base={"keys": [SONNET, GPT]},
    plain={"keys": [SONNET]},
    support=(Manifest("Tool", "beside", {"schema": {"type": "object"}}),),
    routes=Routes(
        list=f"GET {_PATH}",
        create=(f"POST {_PATH}/restricted",),
        update=(f"DELETE {_PATH}/restricted", f"POST {_PATH}/restricted"),
        delete=f"DELETE {_PATH}/restricted",
    ),
    changed={"keys": [SONNET, HAIKU]},
    stepped={"keys": [HAIKU, SONNET]},
    cleared={},
    removed={},
    drift={"keys": [SONNET]},
    contested={"keys": [HAIKU]},
    undeclared={},
    number="",
    nulls=(),
    unordered=("keys",),
    ordered=(),
    initial={"keys": []},
    cannot={
        **dict.fromkeys(
            (
                "replaced",
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
            _ONE,
        ),
        **dict.fromkeys(("different", "different_and_left"), f"{_ONE}, and its first manifest takes it"),
        **dict.fromkeys(
            (
                "removed",
                "cleared",
                "nulls",
                "nulls_at_first",
                "ordered",
                "numbers",
                "booleans",
                "ignored",
                "normalised",
            ),
            _KEYS,
        ),
        **LISTED,
        "followed": "nothing refers to it",
        "lost_inventory": "without it nobody knows which keys were ours, and those of others are left alone",
        "spelled": "every field has one spelling",
    },
)
