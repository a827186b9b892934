"""Xagent for the conformance cases: Model, DefaultModel.

Takes the database beneath the server, gives the kinds as it has them. Only values stand here: what each means is said
in `subjects.py`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.conformance.subjects import Dependent, Manifest, Routes, Subject, System, Variant
from tests.conformance.systems.xagent_by_hand import ByHand

VARIANTS = (
    Variant("0.8.4", "0.8.4", newest=True),
    Variant("0.8.4-postgresql", "0.8.4-postgresql"),
)

PLAIN: dict[str, Any] = {"model_provider": "openai", "model_name": "gpt-4o"}

_SPELLED = "every field has one spelling"
_LISTED = "the list shows every field"
_UNIQUE = "a model_id is unique on the whole server"

MODEL = Subject(
    kind="Model",
    identity="model_id",
    chooses_id=True,  # SQLite gives the number of the last model, once it is gone, to the next one
    base={
        **PLAIN,
        "category": "llm",
        "base_url": None,
        "temperature": 1,
        "abilities": ["chat", "vision", "tool_calling"],
        "description": " Answers ",
        "share_with_users": True,
    },
    plain=PLAIN,
    support=(Manifest("Model", "beside", PLAIN),),
    routes=Routes(
        list="GET /models/",
        create=("POST /models/register", "PUT /models/by-id/*"),
        update=("PUT /models/by-id/*",),
        delete="DELETE /models/by-id/*",
    ),
    changed={"model_name": "gpt-5", "description": "Answers more", "temperature": 0.5},
    stepped={"abilities": ["chat"], "temperature": 0.7},
    cleared={"temperature": None, "description": None},
    removed={"temperature": None, "description": None, "share_with_users": False},
    drift={"temperature": 1.5, "description": "somebody's", "model_name": "gpt-3"},
    contested={"description": "a third"},
    undeclared={"context_window": 1000},
    number="temperature",
    nulls=("context_window",),
    unordered=("abilities",),
    ordered=(),
    dependent=Dependent(Manifest("DefaultModel", "general", {"model_id": {"ref": "Model/it"}}), "model_id"),
    lists=2,  # of active and of inactive models
    cannot={
        "booleans": "the server takes true for 1, as Python does, and answers 1",
        "ordered": "it has no list of which the order is meant",
        "normalised": "what the server would store in another form, white space and aliases, the schema refuses",
        "ignored": "what a create drops a second write sets, and the schema refuses what both would drop",
        "spelled": _SPELLED,
        "several": _UNIQUE,
        "renamed_outside": "a server never changes a model_id",
        "elided": _LISTED,
        "details": _LISTED,
    },
)

MODEL_ON_POSTGRESQL = replace(MODEL, chooses_id=False, page=1000, is_paged=True)
"""Pages have no order there."""

_ALWAYS = "every account has a default of each type always, set or not"
_ONE_FIELD = "it has but one field, and a manifest must say it"


def _to(name: str) -> dict[str, Any]:
    return {"model_id": {"ref": f"Model/{name}"}}


DEFAULT = Subject(
    kind="DefaultModel",
    identity="config_type",
    chooses_id=True,
    base=_to("chosen"),
    plain=_to("chosen"),
    support=tuple(Manifest("Model", name, PLAIN) for name in ("chosen", "other", "third")),
    routes=Routes(
        list="GET /models/user-default/*",
        create=("POST /models/user-default",),
        update=("POST /models/user-default",),
        delete="DELETE /models/user-default/*",
    ),
    changed=_to("other"),
    stepped=_to("third"),
    cleared={"model_id": None},
    removed={},
    drift=_to("other"),
    contested=_to("third"),
    undeclared={},
    number="",
    nulls=(),
    unordered=(),
    ordered=(),
    names={"it": "general", "other": "small_fast"},
    always=True,
    initial={"model_id": None},
    cannot={
        **dict.fromkeys(
            (
                "gone_before_delete",
                "gone_while_deleting",
                "gone_while_updating",
                "deleted_outside",
                "equal_by_hand",
                "several",
                "taken_while_creating",
                "identity_taken",
                "renamed_outside",
                "made_again_outside",
                "stale_and_lost",
            ),
            _ALWAYS,
        ),
        **dict.fromkeys(("different", "different_and_left"), f"{_ALWAYS}, and its first manifest takes it"),
        **dict.fromkeys(("many", "lists_only"), "there are fourteen types, and each has a read of its own"),
        **dict.fromkeys(("removed", "nulls", "nulls_at_first"), _ONE_FIELD),
        **dict.fromkeys(("numbers", "booleans"), "its one field is the number of a model"),
        **dict.fromkeys(("ordered", "unordered"), "it has no list"),
        "followed": "nothing refers to it",
        "ignored": "the server stores what it takes",
        "normalised": "the server stores what it takes",
        "spelled": _SPELLED,
        "elided": _LISTED,
        "details": _LISTED,
    },
)


def subjects(variant: Variant) -> tuple[Subject, ...]:
    """Give the kinds as a server on a database has them."""
    return DEFAULT, MODEL if variant.newest else MODEL_ON_POSTGRESQL


def is_read(method: str, path: str) -> bool:
    """Say whether a request only reads; a login changes nothing that is managed."""
    return method == "GET" or path.endswith("/auth/login")


SYSTEM = System("xagent", VARIANTS, subjects, ByHand, is_read, id_of=int)
