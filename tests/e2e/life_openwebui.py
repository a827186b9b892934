"""The story of an Open WebUI estate: models, a group that may use them, and the default models.

Takes nothing, gives `STORY` for `life` to play.
"""

from __future__ import annotations

from typing import Any

from tests.conformance.systems import openwebui
from tests.conformance.systems.openwebui_by_hand import ADMIN
from tests.e2e.life import CREDENTIAL, Life, Story, Thing

EVERYONE = [{"principal_type": "user", "principal_id": "*", "permission": "read"}]

SPEC: dict[str, Any] = {
    "name": "Assistant",
    "base_model_id": {"ref": "Model/gpt-4o"},
    "params": {"temperature": 0.2, "max_tokens": 500, "seed": 7},
    "meta": {"description": "Helps", "capabilities": {"vision": True}, "tags": [{"name": "support"}]},
    "access_grants": [{"principal_type": "group", "principal_id": {"ref": "Group/devs"}, "permission": "read"}],
}
LESS = {key: SPEC[key] for key in ("name", "base_model_id")} | {
    "params": {"temperature": 0.2},
    "meta": {"capabilities": {"vision": True}},
}
ASSISTANT = Thing("Model", "assistant", SPEC)
DEVS = Thing("Group", "devs", {"description": "builders", "members": [ADMIN]})
DEFAULTS = Thing("DefaultModels", "defaults", {"DEFAULT_MODELS": [{"ref": "Model/assistant"}, "by-hand"]})


def _other(name: str) -> Thing:
    return Thing("Model", "other", {"name": name, "base_model_id": "x", "params": {}, "meta": {}})


def named(life: Life) -> None:
    """Grants name people by e-mail and groups by the name of a live one; a name that nobody bears is refused."""
    grants = [
        {"principal_type": "user", "principal_id": ADMIN, "permission": "write"},
        {"principal_type": "user", "principal_id": ADMIN, "permission": "read"},
        {"access_type": "group", "access_id": "by-hand", "permission": "read"},
    ]
    life.declare(Thing("Model", "assistant", {**LESS, "access_grants": grants}))
    life.reconciler("apply", "--yes")
    assert life.reconciler("plan", "--detailed-exitcode").splitlines()
    held = life.row(ASSISTANT).body["access_grants"]
    assert life.row(Thing("Group", "by-hand")).id in {grant["principal_id"] for grant in held}
    assert len(held) == 3
    wrong = [{"principal_type": "group", "principal_id": "no-such-group", "permission": "read"}]
    life.declare(Thing("Model", "assistant", {**LESS, "access_grants": wrong}))
    life.reconciler("plan", expect=3)
    life.declare(ASSISTANT)
    life.reconciler("apply", "--yes")


STORY = Story(
    system=openwebui.SYSTEM,
    auth={"bearer": {"env": CREDENTIAL}},
    by_hand=(
        Thing("Model", "by-hand", {"name": "By hand", "base_model_id": "x", "params": {}, "meta": {}}),
        Thing("Group", "by-hand", {"description": "by hand"}),
    ),
    estate=(
        ASSISTANT,
        DEVS,
        Thing("Model", "gpt-4o", {"name": "GPT-4o", "params": {}, "meta": {}, "access_grants": EVERYONE}),
        DEFAULTS,
    ),
    born="Plan: 3 to create, 1 to update, 0 to replace, 0 to delete.",
    edited={"params.temperature": 1.5, "access_grants": EVERYONE},
    shown=("1.5", "0.2"),
    undeclared={"params.top_p": 0.5},
    shorter=(Thing("Model", "assistant", LESS), Thing("Group", "devs", {"members": []})),
    gone=(
        Thing(
            "Model",
            "assistant",
            {
                "params.seed": None,
                "params.max_tokens": None,
                "meta.description": None,
                "meta.tags": [],
                "access_grants": [],
            },
        ),
        Thing("Group", "devs", {"description": ""}),
    ),
    equal=Thing("Model", "equal", {"name": "Equal", "base_model_id": "x", "params": {"top_k": 3}, "meta": {}}),
    other=_other("Other"),
    mine=_other("Mine"),
    newer=_other("Newer"),
    moved={"name": "By hand again"},
    lost=DEVS,
    pruned=(Thing("DefaultModels", "defaults", {"DEFAULT_MODELS": []}), Thing("Model", "assistant")),
    own=(named,),
)
