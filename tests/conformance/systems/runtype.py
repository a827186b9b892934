"""Runtype for the conformance cases: ProviderKey, ModelConfig, DefaultModelConfig.

Takes a generation of the API, gives the kinds as it has them. Only values stand here: what each means is said in
`subjects.py`.
"""

from __future__ import annotations

from dataclasses import replace

from tests.conformance.subjects import Dependent, Manifest, Routes, Subject, System, Variant
from tests.conformance.systems.runtype_by_hand import CREDENTIAL, FIRST, ByHand

ACME = {"orgId": "org_1", "orgRole": "org:admin", "default": "provider", "duplicates": "refuse"}
"""An organization, and the other reading of what the vendor does not say."""

VARIANTS = (
    Variant("C", "C", newest=True),
    Variant("organization", "C", seeds={"Account": [ACME]}),
    Variant("A", "A"),
)

_SPELLED = "every field has one spelling"
_LISTED = "the list shows every field"
_LISTS = "it has no list of which the order is meant"
_BOTH = "the API takes two of one identity: both exist then, and ours is known by its id"
_AS_SENT = "what the server does not keep as it was sent, it does not keep at all"
_STRICT = "the server refuses true where a number belongs, and its numbers are JSON's"
_NO_NULL = "no field takes null: what shall go is left out"
_UNREAD = "nobody can read the credential, so that nothing that was there before is known to be equal"

CUSTOM = {
    "displayName": "Assistant",
    "inputCostPer1kTokens": 1,
    "outputCostPer1kTokens": 0.0024,
    "supportsStreaming": True,
    "supportedResponseFormats": ["text", "json"],
    "reasoning": {"supported": True, "defaultEffort": "low"},
}

KEY = Subject(
    kind="ProviderKey",
    identity="name",
    chooses_id=True,
    base={
        "provider": "openai",
        "apiKey": CREDENTIAL,
        "settings": {"region": "eu", "tier": 1, "models": ["b", "a"]},
        "isActive": False,
    },
    plain={"provider": "openai", "apiKey": CREDENTIAL},
    support=(Manifest("ModelConfig", "beside", {"provider": "openai"}),),
    routes=Routes(
        list="GET /provider-keys",
        create=("POST /provider-keys", "PATCH /provider-keys/*"),
        update=("PATCH /provider-keys/*",),
        delete="DELETE /provider-keys/*",
    ),
    changed={"settings.region": "us", "isActive": True},
    stepped={"settings.tier": 2, "isActive": True},
    cleared={"settings.region": None},
    removed={"settings.region": None, "isActive": True},
    drift={"settings.region": "somebody's", "isActive": True},
    contested={"settings.region": "a third"},
    undeclared={"settings.somebody": "wrote this"},
    number="settings.tier",
    nulls=("settings.nothing",),
    unordered=(),
    ordered=("settings.models",),
    dependent=Dependent(
        Manifest("ModelConfig", "leaning", {"provider": "openai", "providerKeyId": {"ref": "ProviderKey/it"}}),
        "providerKeyId",
    ),
    cannot={
        "spelled": _SPELLED,
        "elided": _LISTED,
        "details": _LISTED,
        "unordered": "it has no list whose order makes no difference",
        "taken_while_creating": _BOTH,
        "normalised": _AS_SENT,
        "ignored": "the server stores every field that the schema takes",
        **dict.fromkeys(("equal", "equal_by_hand", "many"), _UNREAD),
    },
)

CONFIG = Subject(
    kind="ModelConfig",
    identity="modelId",
    chooses_id=True,
    base={
        "provider": "openai",
        "providerKeyId": {"ref": "ProviderKey/ours"},
        "isEnabled": False,
        "settings": {"maxTokens": 500, "customModel": CUSTOM},
    },
    plain={"provider": "openai"},
    support=(Manifest("ProviderKey", "ours", {"provider": "openai", "apiKey": CREDENTIAL}),),
    routes=Routes(
        list="GET /model-configs",
        create=("POST /model-configs", "PUT /model-configs/*"),
        update=("PUT /model-configs/*",),
        delete="DELETE /model-configs/*",
    ),
    changed={
        "isEnabled": True,
        "providerKeyId": "platform",
        "settings.maxTokens": 600,
        "settings.customModel.displayName": "Assistant 2",
        "settings.customModel.outputCostPer1kTokens": 0.0025,
    },
    stepped={"isEnabled": True, "providerKeyId": "platform", "settings.maxTokens": 700},
    cleared={},
    removed={
        "isEnabled": True,
        "providerKeyId": "platform",
        "settings.maxTokens": None,
        "settings.customModel.reasoning.defaultEffort": None,
    },
    drift={"isEnabled": True, "providerKeyId": "platform", "settings.maxTokens": 800},
    contested={"settings.maxTokens": 900},
    undeclared={"settings.temperature": 0.3},
    number="settings.customModel.inputCostPer1kTokens",
    nulls=("settings.topP",),
    unordered=("settings.customModel.supportedResponseFormats",),
    ordered=(),
    ignored={"settings.topP": 0.9},
    dependent=Dependent(
        Manifest("DefaultModelConfig", "leaning", {"modelConfigId": {"ref": "ModelConfig/it"}}), "modelConfigId"
    ),
    names={"bystander": FIRST},
    cannot={
        "spelled": _SPELLED,
        "elided": _LISTED,
        "details": _LISTED,
        "ordered": _LISTS,
        "cleared": _NO_NULL,
        "taken_while_creating": _BOTH,
        "normalised": _AS_SENT,
        "booleans": _STRICT,
        "renamed_outside": "the API cannot change of which model a configuration is",
        **dict.fromkeys(("equal", "many"), "the key that it is used with has a credential that nobody can read"),
    },
)

CONFIG_BEFORE_C = replace(
    CONFIG,
    ignored={},
    cannot={
        **{name: reason for name, reason in CONFIG.cannot.items() if name != "booleans"},
        "ignored": "in this generation the server stores whatever it is given",
    },
)

CONFIG_IN_ORGANIZATION = replace(
    CONFIG,
    cannot={
        **{name: reason for name, reason in CONFIG.cannot.items() if name != "taken_while_creating"},
        "several": "here the server takes no second configuration of a model",
    },
)

_ONE = "every account has one default"
_MARK = "it is a mark on a configuration, and holds nothing else"
_STAYS = "the API moves the default and cannot unset it: without its manifest it stays as it is"

DEFAULT = Subject(
    kind="DefaultModelConfig",
    identity=None,
    chooses_id=False,
    base={"modelConfigId": {"ref": "ModelConfig/chosen"}},
    plain={"modelConfigId": {"ref": "ModelConfig/chosen"}},
    support=tuple(Manifest("ModelConfig", name, {"provider": "openai"}) for name in ("chosen", "other", "third")),
    routes=Routes(
        list="GET /model-configs",
        create=("PATCH /model-configs/*/default",),
        update=("PATCH /model-configs/*/default",),
        delete="PATCH /model-configs/*/default",
    ),
    changed={"modelConfigId": {"ref": "ModelConfig/other"}},
    stepped={"modelConfigId": {"ref": "ModelConfig/third"}},
    cleared={},
    removed={},
    drift={"modelConfigId": {"ref": "ModelConfig/other"}},
    contested={"modelConfigId": {"ref": "ModelConfig/third"}},
    undeclared={},
    number="",
    nulls=(),
    unordered=(),
    ordered=(),
    names={"leaning": ""},
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
                "unordered",
                "ordered",
                "numbers",
                "booleans",
                "ignored",
                "normalised",
            ),
            _MARK,
        ),
        **dict.fromkeys(("deleted", "answer_lost_on_delete"), _STAYS),
        "followed": "nothing refers to it",
        "spelled": _SPELLED,
        "elided": _LISTED,
        "details": _LISTED,
    },
)


def subjects(variant: Variant) -> tuple[Subject, ...]:
    """Give the kinds as a generation has them."""
    configs = {"C": CONFIG, "organization": CONFIG_IN_ORGANIZATION, "A": CONFIG_BEFORE_C}
    return DEFAULT, configs[variant.name], KEY


def is_read(method: str, path: str) -> bool:
    """Say whether a request only reads; the list that makes a first configuration counts as one."""
    return method == "GET"


SYSTEM = System("runtype", VARIANTS, subjects, ByHand, is_read)
