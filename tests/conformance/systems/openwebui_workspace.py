"""Open WebUI for the conformance cases: Prompt, Tool, Function, Knowledge.

Takes nothing, gives the kinds by version. Only values stand here: what each means is said in `subjects.py`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.conformance.subjects import Dependent, Manifest, Routes, Subject

EVERYBODY = {"principal_type": "user", "principal_id": "*", "permission": "read"}
READERS = {"principal_type": "group", "principal_id": {"ref": "Group/readers"}, "permission": "read"}
READERS_AGAIN = {"access_type": "group", "access_id": {"ref": "Group/readers"}, "permission": "read"}
EVERYBODY_AGAIN = {"access_type": "user", "access_id": "*", "permission": "read"}

_GROUP = (Manifest("Group", "readers", {"description": "read"}),)
_GRANTS: dict[str, Any] = {
    "normalised": {"access_grants": ([EVERYBODY, READERS, EVERYBODY], [EVERYBODY, READERS])},
    "spellings": {"access_grants": ([READERS, EVERYBODY], [READERS_AGAIN, EVERYBODY_AGAIN])},
}

_SLOPPY = "the server takes true for 1, as Python does: it says yes and leaves what it holds"
_ID = {
    "several": "an id is borne by one object",
    "renamed_outside": "the identity is the id, and a server never changes it",
}
_ALL_SHOWN = dict.fromkeys(("elided", "details"), "the list shows every field")
_STORES_ALL = {"ignored": "the server stores every field that the schema takes"}
_NO_NUMBER = dict.fromkeys(("numbers", "booleans"), "none of its fields is a number")

TOOL_CODE = '"""\ntitle: Weather\n"""\n\n\nclass Tools:\n    def get(self, city: str) -> str:\n        return city\n'
FILTER_CODE = (
    '"""\ntitle: Polite\n"""\n\n\nclass Filter:\n    def inlet(self, body: dict) -> dict:\n        return body\n'
)


def _leaning(**meta: Any) -> Manifest:
    return Manifest("Model", "leaning", {"name": "Leaning", "base_model_id": "gpt-4o", "meta": meta})


PROMPT = Subject(
    kind="Prompt",
    identity="command",
    chooses_id=False,
    base={
        "name": "Review",
        "content": "Review {{CLIPBOARD}}\n\nBe kind.\n",
        "tags": ["writing", "beta"],
        "is_active": False,
        "data": {"weight": 1, "note": "x", "steps": ["one", "two"]},
        "meta": {"description": "Reads texts"},
        "access_grants": [READERS, EVERYBODY],
    },
    plain={"name": "Plain", "content": "Plain."},
    support=_GROUP,
    routes=Routes(
        list="/prompts/list",
        create=("/prompts/create", "/prompts/id/*/toggle"),
        update=("/prompts/id/*/update", "/prompts/id/*/access/update", "/prompts/id/*/toggle"),
        delete="/prompts/id/*/delete",
    ),
    changed={"name": "Review 2", "content": "Other.", "tags": ["writing"], "data.note": "y"},
    stepped={"content": "Yet another.", "access_grants": [READERS], "is_active": True},
    cleared={"data.note": None},
    removed={"is_active": True, "tags": [], "data.note": None, "access_grants": []},
    drift={"name": "Somebody's", "data.weight": 2, "is_active": True, "access_grants": []},
    contested={"name": "A third"},
    undeclared={"data.somebody": "wrote this", "meta.somebody": {"wrote": "this"}},
    number="data.weight",
    nulls=("data.other", "meta.other"),
    unordered=("tags", "access_grants"),
    ordered=("data.steps",),
    **_GRANTS,
    cannot={
        **_ALL_SHOWN,
        **_STORES_ALL,
        "several": "a command is borne by one prompt",
        "booleans": _SLOPPY,
        "followed": "nothing refers to it",
    },
)

TOOL = Subject(
    kind="Tool",
    identity="id",
    chooses_id=True,
    base={
        "name": "Weather",
        "content": TOOL_CODE,
        "meta": {
            "description": "Tells the weather",
            "i18n": {"de": {"name": "Wetter"}},
            "weight": 1,
            "steps": ["one", "two"],
        },
        "access_grants": [READERS, EVERYBODY],
    },
    plain={"name": "Plain", "content": "class Tools:\n    pass\n"},
    support=_GROUP,
    routes=Routes(
        list="/tools/export",
        create=("/tools/create",),
        update=("/tools/id/*/update", "/tools/id/*/access/update"),
        delete="/tools/id/*/delete",
    ),
    changed={"name": "Weather 2", "content": TOOL_CODE + "\n# changed\n", "meta.description": "Tells more"},
    stepped={"meta.description": "Tells most", "access_grants": [READERS]},
    cleared={"meta.description": None, "meta.i18n": None},
    removed={"meta.description": None, "meta.i18n": None, "access_grants": []},
    drift={"name": "Somebody's", "content": TOOL_CODE + "\n# somebody's\n", "access_grants": []},
    contested={"name": "A third"},
    undeclared={"meta.somebody": {"wrote": "this"}},
    number="meta.weight",
    nulls=("meta.other",),
    unordered=("access_grants",),
    ordered=("meta.steps",),
    **_GRANTS,
    dependent=Dependent(_leaning(toolIds=["server:weather", {"ref": "it"}]), "meta.toolIds[1]"),
    cannot={**_ID, **_ALL_SHOWN, **_STORES_ALL, "booleans": _SLOPPY},
)

TOOL_BEFORE_0_12 = replace(
    TOOL,
    base={**TOOL.base, "meta": {key: TOOL.base["meta"][key] for key in ("description", "i18n")}},
    undeclared={},
    nulls=(),
    ignored={"meta.weight": 1},
    cannot={
        **_ID,
        **_ALL_SHOWN,
        **_NO_NUMBER,
        "nulls": "each of its fields is in the base",
        "nulls_at_first": "each of its fields is in the base",
        "ordered": "the order of its only list means nothing",
    },
)

FUNCTION = Subject(
    kind="Function",
    identity="id",
    chooses_id=True,
    base={
        "name": "Polite",
        "content": FILTER_CODE,
        "is_active": True,
        "is_global": True,
        "meta": {"description": "Be kind", "weight": 1, "steps": ["one", "two"]},
    },
    plain={"name": "Plain", "content": "class Filter:\n    pass\n"},
    support=_GROUP,
    routes=Routes(
        list="/functions/export",
        create=("/functions/create", "/functions/id/*/toggle", "/functions/id/*/toggle/global"),
        update=("/functions/id/*/update", "/functions/id/*/toggle", "/functions/id/*/toggle/global"),
        delete="/functions/id/*/delete",
    ),
    changed={"name": "Polite 2", "content": FILTER_CODE + "\n# changed\n", "meta.description": "Be kinder"},
    stepped={"meta.description": "Be kindest", "is_active": False, "is_global": False},
    cleared={"meta.description": None},
    removed={"is_active": False, "is_global": False, "meta.description": None},
    drift={"name": "Somebody's", "is_active": False, "content": FILTER_CODE + "\n# somebody's\n"},
    contested={"name": "A third"},
    undeclared={"meta.somebody": {"wrote": "this"}},
    number="meta.weight",
    nulls=("meta.other",),
    unordered=(),
    ordered=("meta.steps",),
    dependent=Dependent(_leaning(filterIds=[{"ref": "it"}]), "meta.filterIds[0]"),
    cannot={
        **_ID,
        **_ALL_SHOWN,
        **_STORES_ALL,
        "booleans": _SLOPPY,
        "unordered": "it has no list whose order means nothing",
        "normalised": "what the server would rewrite, imports in the code, the schema refuses",
        "spelled": "every field has one spelling",
    },
)

FUNCTION_BEFORE_0_12 = replace(
    FUNCTION, cannot={name: reason for name, reason in FUNCTION.cannot.items() if name != "booleans"}
)

KNOWLEDGE = Subject(
    kind="Knowledge",
    identity="name",
    chooses_id=False,
    base={"description": "How we work", "access_grants": [READERS, EVERYBODY]},
    plain={"description": "plain"},
    support=_GROUP,
    routes=Routes(
        list="/knowledge/search",
        create=("/knowledge/create",),
        update=("/knowledge/*/update", "/knowledge/*/access/update"),
        delete="/knowledge/*/delete",
    ),
    changed={"description": "How we work now"},
    stepped={"description": "How we worked", "access_grants": [READERS]},
    cleared={},
    removed={"description": "", "access_grants": []},
    drift={"description": "somebody's", "access_grants": []},
    contested={"description": "a third"},
    undeclared={},
    number="",
    nulls=(),
    unordered=("access_grants",),
    ordered=(),
    **_GRANTS,
    dependent=Dependent(
        _leaning(knowledge=[{"type": "collection", "id": {"ref": "it"}, "name": "It"}]), "meta.knowledge[0].id"
    ),
    is_paged=True,
    cannot={
        **_ALL_SHOWN,
        **_STORES_ALL,
        **_NO_NUMBER,
        **dict.fromkeys(("cleared", "nulls", "nulls_at_first"), "none of its fields takes null"),
        "ordered": "the order of its only list means nothing",
        "taken_while_creating": "names are not unique: both exist then, and ours is known by its id",
    },
)
