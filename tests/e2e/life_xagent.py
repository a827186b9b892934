"""The story of an Xagent estate: models with keys, one of them shared, and the defaults that name them.

Takes nothing, gives `STORY` for `life` to play.
"""

from __future__ import annotations

from typing import Any

from tests.conformance.systems import xagent
from tests.e2e.life import CREDENTIAL, Life, Story, Thing

KEY = {"env": "LIFE_KEY"}
PLAIN: dict[str, Any] = {"model_provider": "openai", "model_name": "gpt-4o-mini"}
SPEC: dict[str, Any] = {
    "model_provider": "openai-compatible",
    "model_name": "llama-70b",
    "base_url": "https://llm.example.com/v1",
    "api_key": KEY,
    "temperature": 0.2,
    "abilities": ["chat", "vision"],
    "description": "Helps",
    "share_with_users": True,
}
LESS = {key: SPEC[key] for key in ("model_provider", "model_name", "base_url", "api_key", "abilities")}
ASSISTANT = Thing("Model", "assistant", SPEC)
GPT = Thing("Model", "gpt-4o", {**PLAIN, "base_url": None})
GENERAL = Thing("DefaultModel", "general", {"model_id": {"ref": "Model/assistant"}})
COMPACT = Thing("DefaultModel", "compact", {"model_id": {"ref": "Model/gpt-4o"}})


def in_order(life: Life) -> None:
    """A model whose id is another's name is made before it; replaced, it takes its default along."""
    alias = Thing("Model", "alias", {**PLAIN, "model_name": "real"})
    small = Thing("DefaultModel", "small_fast", {"model_id": {"ref": "Model/alias"}})
    life.declare(alias, Thing("Model", "real", PLAIN), small)
    life.reconciler("apply", "--yes")
    life.settles()
    life.declare(Thing("Model", "alias", {**alias.spec, "model_id": "other-alias"}))
    life.reconciler("apply", "--yes")
    assert life.last_line("plan", "--detailed-exitcode")
    assert str(life.value(small, "model_id")) == life.row(Thing("Model", "other-alias")).id
    life.remove(alias, small, Thing("Model", "real"))
    life.reconciler("apply", "--yes", "--allow-deletes", "3")
    life.settles()


def unshared(life: Life) -> None:
    """Abilities of a shared model change in three writes, and not while it is the account's own default."""
    fewer = Thing("Model", "assistant", {**SPEC, "abilities": ["chat"]})
    life.declare(ASSISTANT, GENERAL)
    life.reconciler("apply", "--yes")
    life.declare(fewer)
    life.reconciler("apply", "--yes", expect=5)
    life.declare(Thing("DefaultModel", "general", COMPACT.spec))
    life.reconciler("apply", "--yes")
    life.settles()
    life.declare(ASSISTANT, GENERAL)
    life.reconciler("apply", "--yes")
    life.settles()


def _other(description: str) -> Thing:
    return Thing("Model", "other", {**PLAIN, "description": description})


STORY = Story(
    system=xagent.SYSTEM,
    auth={"login": {"username": "admin", "password": {"env": CREDENTIAL}}},
    by_hand=(Thing("Model", "by-hand", {**PLAIN, "temperature": 1}),),
    estate=(ASSISTANT, GPT, GENERAL, COMPACT),
    born="Plan: 2 to create, 2 to update, 0 to replace, 0 to delete.",
    edited={"temperature": 1.5, "model_name": "somebody-elses"},
    shown=("1.5", "0.2", "somebody-elses", "llama-70b"),
    undeclared={"context_window": 1000},
    shorter=(Thing("Model", "assistant", LESS), Thing("DefaultModel", "general", COMPACT.spec)),
    gone=(Thing("Model", "assistant", {"temperature": None, "description": None, "share_with_users": False}),),
    equal=Thing("Model", "equal", {**PLAIN, "category": "embedding", "abilities": ["embedding"], "dimension": 8}),
    other=_other("Other"),
    mine=_other("Mine"),
    newer=_other("Newer"),
    moved={"description": "By hand again"},
    lost=GPT,
    pruned=(Thing("DefaultModel", "general", {"model_id": None}), Thing("Model", "assistant")),
    own=(in_order, unshared),
    secrets={"LIFE_KEY": "life-canary"},
)
