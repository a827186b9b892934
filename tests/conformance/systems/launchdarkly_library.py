"""LaunchDarkly for the conformance cases: what variations are made from, each a thing with versions.

Takes nothing, gives the kinds Tool, PromptSnippet, Skill. Only values stand here: what each means is said in
`subjects.py`.
"""

from __future__ import annotations

from typing import Any

from tests.conformance.subjects import Manifest, Routes, Subject
from tests.conformance.systems.launchdarkly_by_hand import MEMBER

KEYED = {
    "several": "a key is borne by one object",
    "renamed_outside": "the identity is the key, and a server never changes it",
    "spelled": "every field has one spelling",
}
LISTED = {"elided": "the list shows every field", "details": "the list shows every field"}
STORED = {"ignored": "the server stores every field that the schema takes"}
IN_USE = "nothing in use can be deleted: a new key is refused with the advice to make a new manifest of it"

TAGS = (["b", "a", "b"], ["a", "b"])
"""As sent, and as kept: a set."""


def routes(path: str) -> Routes:
    """Give the routes of what is found by its key."""
    return Routes(f"GET {path}", (f"POST {path}",), (f"PATCH {path}/*",), f"DELETE {path}/*")


def versioned(kind: str, path: str, **fields: Any) -> Subject:
    """Give a kind with tags and a maintainer."""
    base = {"tags": ["b", "a"], "maintainerId": MEMBER, **fields.pop("base")}
    plain = fields.pop("plain")
    cannot = {**KEYED, **LISTED, **STORED, "followed": IN_USE, **fields.pop("cannot", {})}
    return Subject(
        kind=kind,
        identity="key",
        chooses_id=True,
        base=base,
        plain=plain,
        support=(Manifest("AIConfig", "beside", {"name": "Beside"}),),
        routes=routes(path),
        unordered=("tags",),
        normalised={"tags": TAGS},
        page=100,
        cannot=cannot,
        **{
            "cleared": {"maintainerId": None},
            "removed": {"tags": []},
            "undeclared": {"description": "somebody's"},
            "number": "",
            "nulls": ("maintainerTeamKey",),
            "ordered": (),
            **fields,
        },
    )


_TEXT = {
    "numbers": "it is made of texts and tags",
    "booleans": "it is made of texts and tags",
    "ordered": "its only list is a set",
}

TOOL = versioned(
    "Tool",
    "/ai-tools",
    base={
        "schema": {"type": "object", "required": ["b", "a"], "properties": {"a": {"type": "string"}}},
        "description": "Helps",
        "customParameters": {"endpoint": "orders", "limit": 1},
    },
    plain={"schema": {"type": "object"}},
    changed={"description": "Helps more", "customParameters.endpoint": "invoices", "tags": ["c"]},
    cleared={"maintainerId": None, "customParameters.endpoint": None},
    removed={"description": "", "tags": [], "customParameters.endpoint": None},
    stepped={"description": "Helps less"},
    drift={"description": "somebody's", "customParameters.endpoint": "theirs"},
    contested={"description": "a third"},
    undeclared={"customParameters.somebody": {"wrote": "this"}},
    number="customParameters.limit",
    nulls=("maintainerTeamKey", "customParameters.nothing"),
    ordered=("schema.required",),
)

SNIPPET = versioned(
    "PromptSnippet",
    "/ai-configs/prompt-snippets",
    base={"name": "Voice", "text": "Be brief.\nBe kind.\n"},
    plain={"name": "Plain", "text": "Plain."},
    changed={"name": "Voice 2", "text": "Be kind.\n", "tags": ["c"]},
    drift={"text": "somebody's", "tags": ["d"]},
    stepped={"name": "Voice 3"},
    contested={"text": "a third"},
    cannot=_TEXT,
)

SKILL = versioned(
    "Skill",
    "/ai-configs/skills",
    base={"name": "Refunds", "markdown": "# Refunds\n\nAsk first.\n"},
    plain={"name": "Plain", "markdown": "Plain."},
    changed={"name": "Refunds 2", "markdown": "# Refunds\n", "tags": ["c"]},
    drift={"markdown": "somebody's", "tags": ["d"]},
    stepped={"name": "Refunds 3"},
    contested={"markdown": "a third"},
    cannot=_TEXT,
)
