"""Open WebUI for the conformance cases: Model, Group, DefaultModels.

Takes nothing, gives the kinds by version. Only values stand here: what each means is said in `subjects.py`.
"""

from __future__ import annotations

from dataclasses import replace

from tests.conformance.subjects import Dependent, Manifest, Routes, Subject
from tests.conformance.systems.openwebui_by_hand import ADMIN, SECOND
from tests.conformance.systems.openwebui_workspace import EVERYBODY, READERS

_ONE = "there is one on every server"
_SLOPPY = "the server takes true for 1, as Python does: it says yes and leaves what it holds"

MODEL = Subject(
    kind="Model",
    identity="id",
    chooses_id=True,
    base={
        "name": "Assistant",
        "base_model_id": "gpt-4o",
        "is_active": False,
        "params": {"temperature": 1, "max_tokens": 500, "seed": 7, "stop": ["###", "END"]},
        "meta": {
            "description": "Helps",
            "capabilities": {"vision": True, "usage": True},
            "tags": [{"name": "support"}, {"name": "beta"}],
            "toolIds": ["search", "weather"],
            "suggestion_prompts": [{"content": "One?"}, {"content": "Two?"}],
        },
        "access_grants": [READERS, EVERYBODY],
    },
    plain={"name": "Plain", "base_model_id": "gpt-4o"},
    support=(Manifest("Group", "readers", {"description": "read"}),),
    routes=Routes(
        list="/models/all",
        create=("/models/create",),
        update=("/models/model/update", "/models/model/access/update"),
        delete="/models/model/delete",
    ),
    changed={
        "name": "Assistant 2",
        "base_model_id": "gpt-5",
        "is_active": True,
        "params.temperature": 0.5,
        "meta.description": "Helps more",
        "meta.capabilities.vision": False,
    },
    stepped={"params.max_tokens": 600, "access_grants": [READERS]},
    cleared={"base_model_id": None, "params.max_tokens": None, "meta.description": None},
    removed={
        "is_active": True,
        "params.seed": None,
        "meta.description": None,
        "meta.capabilities.vision": None,
        "meta.tags": [],
        "meta.toolIds": [],
        "access_grants": [],
    },
    drift={"params.temperature": 1.5, "name": "Somebody's", "is_active": True},
    contested={"params.temperature": 0.1},
    undeclared={"params.top_p": 0.5, "meta.somebody": {"wrote": "this"}},
    number="params.temperature",
    nulls=("params.top_p", "meta.knowledge", "meta.i18n"),
    unordered=("params.stop", "meta.toolIds", "meta.tags", "access_grants"),
    ordered=("meta.suggestion_prompts",),
    ignored={"meta.knowledge": [{"type": "note", "id": "n1", "name": "Note", "file": {"data": {"content": "x"}}}]},
    normalised={"access_grants": ([EVERYBODY, READERS, EVERYBODY], [EVERYBODY, READERS])},
    spellings={
        "access_grants": (
            [READERS, EVERYBODY],
            [
                {"access_type": "group", "access_id": {"ref": "Group/readers"}, "permission": "read"},
                {"access_type": "user", "access_id": "*", "permission": "read"},
            ],
        )
    },
    dependent=Dependent(
        Manifest("Model", "leaning", {"name": "Leaning", "base_model_id": {"ref": "it"}}), "base_model_id"
    ),
    cannot={
        "several": "an id is borne by one model",
        "renamed_outside": "the identity is the id, and a server never changes it",
        "elided": "the list shows every field",
        "details": "the list shows every field",
    },
)

GROUP = Subject(
    kind="Group",
    identity="name",
    chooses_id=False,
    base={
        "description": "builders",
        "permissions": {"workspace": {"models": True}, "chat": {"delete": True}},
        "data": {"weight": 1, "config": {"share": True, "default_models": ["gpt-4o", "gpt-5"]}},
        "members": [ADMIN, SECOND],
    },
    plain={"description": "plain"},
    support=(Manifest("Model", "beside", {"name": "Beside", "base_model_id": "gpt-4o"}),),
    routes=Routes(
        list="/groups/",
        create=("/groups/create", "/groups/id/*/users/add"),
        update=("/groups/id/*/update", "/groups/id/*/users/remove"),
        delete="/groups/id/*/delete",
    ),
    changed={"description": "makers", "permissions.chat.delete": False, "data.config.share": False},
    stepped={"description": "fewer", "members": [ADMIN]},
    cleared={"data.config.default_models": None},
    removed={
        "description": "",
        "permissions.workspace.models": False,
        "data.config.share": "members",
        "data.config.default_models": [],
    },
    drift={"description": "somebody's", "permissions.workspace.models": False, "data.config.share": "members"},
    contested={"description": "a third"},
    undeclared={"permissions.features.notes": True, "data.somebody": "wrote this"},
    number="data.weight",
    nulls=("parent_group_id",),
    unordered=("members",),
    ordered=("data.config.default_models",),
    elided={"members": [ADMIN]},
    dependent=Dependent(
        Manifest(
            "Model",
            "leaning",
            {
                "name": "Leaning",
                "base_model_id": "gpt-4o",
                "access_grants": [
                    {"principal_type": "group", "principal_id": {"ref": "Group/it"}, "permission": "read"}
                ],
            },
        ),
        "access_grants[0].principal_id",
    ),
    cannot={
        "booleans": _SLOPPY,
        "ignored": "since 0.12 the server stores every field that the schema takes",
        "normalised": "what the server would change, white space and doubles in default_models, the schema refuses",
        "spelled": "every field has one spelling",
        "taken_while_creating": "names are not unique: both groups exist then, and ours is known by its id",
    },
)

MODEL_BEFORE_0_12 = replace(MODEL, routes=replace(MODEL.routes, update=MODEL.routes.update[:1]))
"""An update changes the grants too."""

GROUP_BEFORE_0_12 = replace(
    GROUP,
    ignored={"parent_group_id": "6f1c1f0e-0000-4000-8000-000000000000"},
    cannot={name: reason for name, reason in GROUP.cannot.items() if name not in {"booleans", "ignored"}},
)

DEFAULTS = Subject(
    kind="DefaultModels",
    identity=None,
    chooses_id=False,
    base={
        "DEFAULT_MODELS": ["gpt-4o", "beside"],
        "DEFAULT_PINNED_MODELS": ["gpt-4o"],
        "MODEL_ORDER_LIST": ["gpt-5", "gpt-4o"],
        "DEFAULT_MODEL_METADATA": {"description": "Ask me", "capabilities": {"vision": True}, "toolIds": ["a", "b"]},
        "DEFAULT_MODEL_PARAMS": {"temperature": 1, "seed": 7, "stop": ["###", "END"]},
    },
    plain={"DEFAULT_MODELS": ["gpt-4o"]},
    support=(Manifest("Model", "beside", {"name": "Beside", "base_model_id": "gpt-4o"}),),
    routes=Routes(
        list="/configs/models", create=("/configs/models",), update=("/configs/models",), delete="/configs/models"
    ),
    changed={
        "DEFAULT_PINNED_MODELS": ["beside"],
        "DEFAULT_MODEL_PARAMS.temperature": 0.5,
        "DEFAULT_MODEL_METADATA.capabilities.vision": False,
    },
    stepped={"DEFAULT_MODELS": ["beside"], "DEFAULT_MODEL_PARAMS.seed": 8},
    cleared={"DEFAULT_PINNED_MODELS": None, "DEFAULT_MODEL_PARAMS.seed": None},
    removed={
        "DEFAULT_MODELS": [],
        "DEFAULT_PINNED_MODELS": [],
        "MODEL_ORDER_LIST": [],
        "DEFAULT_MODEL_METADATA.description": None,
        "DEFAULT_MODEL_METADATA.toolIds": [],
        "DEFAULT_MODEL_PARAMS.seed": None,
    },
    drift={"MODEL_ORDER_LIST": ["gpt-4o"], "DEFAULT_MODEL_PARAMS.temperature": 1.5},
    contested={"DEFAULT_MODEL_PARAMS.temperature": 0.1},
    undeclared={"DEFAULT_MODEL_PARAMS.top_p": 0.5, "DEFAULT_MODEL_METADATA.somebody": "wrote this"},
    number="DEFAULT_MODEL_PARAMS.temperature",
    nulls=("DEFAULT_MODEL_PARAMS.top_p", "DEFAULT_MODEL_METADATA.i18n"),
    unordered=("DEFAULT_MODEL_PARAMS.stop", "DEFAULT_MODEL_METADATA.toolIds"),
    ordered=("MODEL_ORDER_LIST", "DEFAULT_MODELS"),
    initial={
        "DEFAULT_MODELS": [],
        "DEFAULT_PINNED_MODELS": [],
        "MODEL_ORDER_LIST": [],
        "DEFAULT_MODEL_METADATA": {},
        "DEFAULT_MODEL_PARAMS": {},
    },
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
        "booleans": _SLOPPY,
        "followed": "nothing refers to it",
        "ignored": "the server stores whatever it is given",
        "normalised": "the server stores whatever it is given",
        "spelled": "every field has one spelling",
        "elided": "its read shows every field",
        "details": "its read shows every field",
    },
)
