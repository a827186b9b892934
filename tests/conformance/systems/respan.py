"""Respan for the conformance cases: Model and Provider, in the three generations of its API.

Takes a generation, gives the kinds as it has them. Only values stand here: what each means is said in `subjects.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.conformance.subjects import Dependent, Exchange, Manifest, Routes, Subject, System, Variant
from tests.conformance.systems.respan_by_hand import ByHand

VARIANTS = (
    Variant("3", "3", newest=True),
    Variant("2", "2"),
    Variant("1", "1"),
)

PAGE = 100
"""What generation 2 gives at most. The 1,000 of generation 3 are for the quicker tests of the provider."""

_OWN_NAME = "the identity is the id, and a server never changes it"
_ONE_BEARER = "an id is borne by one object"
_LISTED = "the list shows every field that is ever shown"

MODEL = Subject(
    kind="Model",
    identity="model_name",
    chooses_id=True,
    base={
        "base_model_name": "openai/gpt-4o",
        "custom_provider_id": {"ref": "Provider/vllm"},
        "input_cost": 1,
        "output_cost": 3.5,
        "cache_hit_input_cost": 0.125,
        "max_context_window": 8192,
        "function_call": 1,
        "image_support": 0,
    },
    plain={"base_model_name": "openai/gpt-4o"},
    support=(Manifest("Provider", "vllm", {"provider_name": "vLLM"}),),
    routes=Routes(
        list="POST /models/list/$",
        create=("POST /models/$",),
        update=("PATCH /models/*/$",),
        delete="DELETE /models/*/$",
    ),
    changed={"input_cost": 2, "max_context_window": 16384, "image_support": 1},
    stepped={"output_cost": 4, "function_call": 0},
    cleared={"base_model_name": None},
    removed={"output_cost": 10, "cache_hit_input_cost": 1.25, "max_context_window": 128000, "image_support": 1},
    drift={"input_cost": 7, "function_call": 0},
    contested={"input_cost": 9},
    undeclared={"cache_creation_input_cost": 0.75},
    number="input_cost",
    nulls=(),
    unordered=(),
    ordered=(),
    aliases={"custom_provider_id": "provider_id"},
    dependent=Dependent(
        Manifest("Model", "leaning", {"base_model_name": {"ref": "it"}, "input_cost": 5}), "base_model_name"
    ),
    names={"it": "team/it", "other": "team/other"},
    page=PAGE,
    cannot={
        "several": _ONE_BEARER,
        "renamed_outside": _OWN_NAME,
        "booleans": "the server takes true for 1, as Python does: it says yes and holds 1",
        "nulls": "only the base can be null, and the full spec has one",
        "nulls_at_first": "only the base can be null, and the full spec has one",
        "unordered": "it has no list that a manifest sets",
        "ordered": "it has no list that a manifest sets",
        "ignored": "what the server takes and forgets it does not show: that is warned of, and never called diverged",
        "normalised": "what the server would change, white space around display_name, the schema refuses",
        "elided": _LISTED,
        "details": _LISTED,
    },
)

PROVIDER = Subject(
    kind="Provider",
    identity="provider_id",
    chooses_id=True,
    base={
        "provider_name": "My vLLM",
        "extra_kwargs": {
            "base_url": "https://llm.example.com/v1",
            "timeout": 60,
            "temperature": 1,
            "max_tokens": 500,
            "api_version": "2026-01-01",
            "stop": ["###", "END"],
        },
    },
    plain={"provider_name": "Plain"},
    support=(Manifest("Model", "beside", {"base_model_name": "openai/gpt-4o"}),),
    routes=Routes(
        list="GET /providers/$",
        create=("POST /providers/$",),
        update=("PATCH /providers/*/$",),
        delete="DELETE /providers/*/$",
    ),
    changed={"provider_name": "Our vLLM", "extra_kwargs.timeout": 30, "extra_kwargs.api_version": "2026-06-01"},
    stepped={"extra_kwargs.max_tokens": 600},
    cleared={"extra_kwargs.api_version": None},
    removed={"extra_kwargs.timeout": None, "extra_kwargs.max_tokens": None, "extra_kwargs.stop": None},
    drift={"provider_name": "Somebody's", "extra_kwargs.timeout": 5},
    contested={"extra_kwargs.timeout": 10},
    undeclared={"extra_kwargs.somebody": "wrote this"},
    number="extra_kwargs.temperature",
    nulls=("extra_kwargs.organization",),
    unordered=(),
    ordered=("extra_kwargs.stop",),
    dependent=Dependent(
        Manifest(
            "Model", "leaning", {"base_model_name": "openai/gpt-4o", "custom_provider_id": {"ref": "Provider/it"}}
        ),
        "custom_provider_id",
    ),
    page=PAGE,
    cannot={
        "several": _ONE_BEARER,
        "renamed_outside": _OWN_NAME,
        "unordered": "no list of it is known to have no order",
        "spelled": "every field has one spelling",
        "ignored": "a key in the wrong place is refused before it is sent; all else is stored",
        "normalised": "what the server would change, white space around provider_name, the schema refuses",
        "elided": _LISTED,
        "details": _LISTED,
    },
)

MODEL_BEFORE_3 = replace(
    MODEL,
    base={**MODEL.base, "display_name": "Support, fast", "streaming_support": 0},
    changed={**MODEL.changed, "display_name": "Support, faster"},
    removed={**MODEL.removed, "streaming_support": 1, "display_name": None},
    drift={**MODEL.drift, "display_name": "Somebody's"},
)

_MADE_ANEW = "without PUT a value is only unset by making the model anew, and what others had set in it goes with it"
_HIDDEN = "no answer shows extra_kwargs, and the other fields cannot play it"

MODEL_OF_1 = replace(
    MODEL_BEFORE_3,
    routes=replace(MODEL.routes, list="GET /models/$"),
    cannot={**MODEL.cannot, "removed": _MADE_ANEW},
)

PROVIDER_OF_1 = replace(
    PROVIDER,
    base={"provider_name": "My vLLM"},
    changed={"provider_name": "Our vLLM"},
    stepped={"provider_name": "The vLLM"},
    cleared={},
    removed={},
    drift={"provider_name": "Somebody's"},
    contested={"provider_name": "A third"},
    undeclared={},
    number="",
    nulls=(),
    ordered=(),
    cannot={
        **PROVIDER.cannot,
        **dict.fromkeys(("cleared", "removed", "nulls", "nulls_at_first", "ordered", "numbers", "booleans"), _HIDDEN),
    },
)


def subjects(variant: Variant) -> tuple[Subject, ...]:
    """Give the kinds as a generation has them."""
    return {"3": (MODEL, PROVIDER), "2": (MODEL_BEFORE_3, PROVIDER), "1": (MODEL_OF_1, PROVIDER_OF_1)}[variant.version]


_READ_BY_POST = re.compile(r"/models/(list|summary)/\Z")


def is_read(method: str, path: str) -> bool:
    """Say whether a request only reads; lists and their summary are asked for by POST."""
    return method == "GET" or _READ_BY_POST.search(path) is not None


_PAGE = json.loads((Path(__file__).parents[2] / "pages" / "respan.json").read_text(encoding="utf-8"))
_IDENTITIES = {"models": "model_name", "providers": "provider_id"}
_SENT = {
    "models": set(_PAGE["request"]),
    "providers": {"provider_id", "provider_name", "extra_kwargs", "api_key"},
}
"""What a write may say: of models what the vendor's page has, of providers what its clients have."""


def objections(exchange: Exchange) -> Iterator[str]:
    """Say where a request is none that the vendor describes."""
    what = f"{exchange.method} {exchange.path}"
    if not exchange.path.endswith("/"):
        yield f"{what}: a path without its slash is redirected, and its body is lost"
    if is_read(exchange.method, exchange.path) or exchange.method == "DELETE":
        return
    sent = exchange.sent if isinstance(exchange.sent, dict) else {}
    kind = "models" if "/models/" in exchange.path else "providers"
    fixed = {_IDENTITIES[kind]} if exchange.method != "POST" else set()
    strange = sorted(set(sent) - _SENT[kind] | set(sent) & fixed)
    if strange:
        yield f"{what}: {', '.join(strange)} is not for this request"
    if {"custom_provider_id", "provider_id"} <= set(sent):
        yield f"{what}: names the provider twice"
    if None in sent.values():
        yield f"{what}: null is nowhere described"


SYSTEM = System(
    "respan",
    VARIANTS,
    subjects,
    ByHand,
    is_read,
    settings={"auth": {"bearer": {"file": "token"}}, "requests_per_second": 100_000},
    waits=("body+0",),
    objections=objections,
)
