"""The kinds of LaunchDarkly: held against what the vendor publishes, and what their fields mean."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import schema
from reconciler.model import Field, Kind, ListType, NumberType, RefTarget
from tests.openapi.launchdarkly import DOCUMENT

KINDS = schema.load_kinds()
FACTS = DOCUMENT.facts
BODIES = FACTS["components"]["schemas"]

PUBLISHED = {
    "ModelConfig": ("ModelConfig", "ModelConfig"),
    "Tool": ("AITool", "AITool"),
    "PromptSnippet": ("PromptSnippet", "PromptSnippet"),
    "Skill": ("AgentSkill", "AgentSkill"),
    "AIConfig": ("AIConfig", "AIConfig"),
    "Variation": ("AIConfigVariation", "AIConfigVariation"),
    "AgentGraph": ("AgentGraph", "AgentGraph"),
    "Optimization": ("AgentOptimization", "AgentOptimization"),
}
"""Kind → what its answer is called, and its bodies, with Post and Patch behind it, and its facts."""

LEFT_OUT = {
    ("AIConfig", "defaultVariation"): "a manifest of the kind Variation says it; the server drops its tools",
    ("Variation", "toolKeys"): "taken and ignored by the server; `tools` says it",
    ("Variation", "published"): "what it does is documented nowhere; `state` says it",
}
OURS = {("Variation", "config"): "the path of the variation"}


def _kind(name: str) -> Kind:
    return KINDS.get("launchdarkly", name)


def _at(name: str, path: str) -> Field:
    field: Field | None = _kind(name).root
    for step in path.split("."):
        assert field is not None, path
        field = field.items if step == "[]" else schema.field_at(field, (step,))
    assert field is not None, path
    return field


def _read_only(name: str) -> set[str]:
    return {field.name for field in _kind(name).root.properties.values() if field.read_only}


def _settable(name: str) -> set[str]:
    return {field.name for field in _kind(name).root.properties.values() if not field.read_only}


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_field_that_the_vendor_takes_can_be_set(name: str) -> None:
    prefix = PUBLISHED[name][1]
    taken = BODIES[f"{prefix}Post"]["properties"].keys() | BODIES[f"{prefix}Patch"]["properties"].keys()
    left_out = {field for kind, field in LEFT_OUT if kind == name}
    ours = {field for kind, field in OURS if kind == name}
    assert _settable(name) == (taken - left_out) | ours


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_field_that_only_the_server_sets_is_read_only(name: str) -> None:
    answered = BODIES[PUBLISHED[name][0]]["properties"].keys()
    assert _read_only(name) == answered - _settable(name)


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_is_demanded_is_what_the_vendor_demands(name: str) -> None:
    demanded = set(BODIES[f"{PUBLISHED[name][1]}Post"]["required"])
    ours = {field for kind, field in OURS if kind == name}
    assert set(_kind(name).schema["required"]) == demanded | ours


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_cannot_be_changed_is_immutable(name: str) -> None:
    facts = FACTS["x-reconciler"][PUBLISHED[name][0]]
    immutable = {
        field.name for field in _kind(name).root.properties.values() if field.immutable and not field.read_only
    }
    assert immutable == set(facts["immutable"]) | {field for kind, field in OURS if kind == name}


@pytest.mark.parametrize("name", PUBLISHED)
def test_limits_and_choices_are_the_vendors(name: str) -> None:
    for field, facts in BODIES[f"{PUBLISHED[name][1]}Post"]["properties"].items():
        ours = _kind(name).schema["properties"].get(field, {})
        for word in ("minimum", "maximum", "maxLength", "pattern"):
            if word in facts:
                assert ours[word] == facts[word], (field, word)
        if "enum" in facts:
            assert sorted(ours["enum"]) == sorted(facts["enum"])


def test_restricted_models_take_what_the_vendor_takes_and_how_others_are_treated() -> None:
    assert _settable("RestrictedModels") == BODIES["RestrictedModelsRequest"]["properties"].keys() | {"mode"}


def test_targeting_has_the_fields_of_an_environment() -> None:
    answered = set(BODIES["AIConfigTargetingEnvironment"]["properties"])
    ours = _kind("Targeting").root.properties.keys()
    assert ours - answered == {"config", "environment", "comment"}
    assert answered - ours == set()


@pytest.mark.parametrize(
    ("name", "identity", "singleton", "parent", "fallback"),
    [
        ("ModelConfig", ("key",), False, None, "key"),
        ("RestrictedModels", (), True, None, None),
        ("Tool", ("key",), False, None, "key"),
        ("PromptSnippet", ("key",), False, None, "key"),
        ("Skill", ("key",), False, None, "key"),
        ("AIConfig", ("key",), False, None, "key"),
        ("Variation", ("config", "key"), False, "AIConfig", "key"),
        ("Targeting", ("config", "environment"), True, None, "environment"),
        ("AgentGraph", ("key",), False, None, "key"),
        ("Optimization", ("key",), False, None, "key"),
    ],
)
def test_identities(
    name: str, identity: tuple[str, ...], singleton: bool, parent: str | None, fallback: str | None
) -> None:
    kind = _kind(name)
    assert (kind.identity, kind.singleton, kind.parent) == (identity, singleton, parent)
    assert schema.fallback_identity(kind) == fallback


@pytest.mark.parametrize(
    ("name", "path", "default"),
    [
        ("ModelConfig", "provider", ""),
        ("ModelConfig", "icon", ""),
        ("ModelConfig", "params", {}),
        ("ModelConfig", "tags", []),
        ("ModelConfig", "costPerInputToken", 0),
        ("RestrictedModels", "keys", []),
        ("RestrictedModels", "mode", "additive"),
        ("Tool", "description", ""),
        ("Tool", "customParameters", {}),
        ("AIConfig", "mode", "completion"),
        ("AIConfig", "isInverted", False),
        ("AIConfig", "evaluationMetricKey", ""),
        ("Variation", "messages", []),
        ("Variation", "instructions", ""),
        ("Variation", "description", ""),
        ("Variation", "model", {}),
        ("Variation", "model.modelName", ""),
        ("Variation", "tools", []),
        ("Variation", "judgeConfiguration.judges", []),
        ("Variation", "state", "published"),
        ("Targeting", "rules", []),
        ("Targeting", "targets", []),
        ("Targeting", "fallthrough", {"variation": "disabled"}),
        ("Targeting", "offVariation", "disabled"),
        ("Targeting", "trackEvents", False),
        ("Targeting", "rules.[].clauses.[].contextKind", "user"),
        ("Targeting", "rules.[].clauses.[].negate", False),
        ("AgentGraph", "edges.[].handoff", {}),
        ("Optimization", "modelChoices", []),
        ("Optimization", "autoCommit", False),
    ],
)
def test_what_a_removed_field_goes_back_to(name: str, path: str, default: Any) -> None:
    assert (_at(name, path).has_default, _at(name, path).default) == (True, default)


@pytest.mark.parametrize(
    ("name", "path", "kept"),
    [
        ("ModelConfig", "maintainerId", True),
        ("AIConfig", "maintainerTeamKey", True),
        ("AIConfig", "viewKeys", True),
        ("Variation", "modelConfigVersion", True),
        ("Variation", "modelConfigKey", False),
        ("AgentGraph", "rootConfigKey", False),
        ("AgentGraph", "edges", False),
        ("Optimization", "tokenLimit", False),
    ],
)
def test_fields_that_cannot_go_back_stay_or_ask_for_a_value(name: str, path: str, kept: bool) -> None:
    assert (_at(name, path).kept, _at(name, path).has_default) == (kept, False)


@pytest.mark.parametrize(
    ("name", "path", "compared", "key"),
    [
        ("ModelConfig", "tags", ListType.SET, None),
        ("RestrictedModels", "keys", ListType.SET, None),
        ("AIConfig", "viewKeys", ListType.SET, None),
        ("Variation", "messages", ListType.ORDERED, None),
        ("Variation", "tools", ListType.MAP, "key"),
        ("Variation", "skills", ListType.MAP, "key"),
        ("Variation", "judgeConfiguration.judges", ListType.MAP, "judgeConfigKey"),
        ("Variation", "classifiers", ListType.MAP, "key"),
        ("Targeting", "rules", ListType.ORDERED, None),
        ("Targeting", "rules.[].clauses", ListType.ORDERED, None),
        ("Targeting", "rules.[].clauses.[].values", ListType.SET, None),
        ("Targeting", "rules.[].rollout.variations", ListType.MAP, "variation"),
        ("Targeting", "targets", ListType.SET, None),
        ("Targeting", "targets.[].values", ListType.SET, None),
        ("AgentGraph", "edges", ListType.MAP, "key"),
        ("Optimization", "judges", ListType.MAP, "key"),
        ("Optimization", "acceptanceStatements", ListType.ORDERED, None),
    ],
)
def test_lists(name: str, path: str, compared: ListType, key: str | None) -> None:
    assert (_at(name, path).list, _at(name, path).key) == (compared, key)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("ModelConfig", "params"),
        ("ModelConfig", "customParams"),
        ("Tool", "schema"),
        ("Tool", "customParameters"),
        ("Variation", "model"),
        ("Variation", "model.parameters"),
        ("Variation", "outputFormat"),
        ("Targeting", "fallthrough"),
        ("AgentGraph", "edges.[].handoff"),
    ],
)
def test_maps_that_the_server_replaces(name: str, path: str) -> None:
    assert _at(name, path).atomic


@pytest.mark.parametrize(
    ("name", "path", "to"),
    [
        ("RestrictedModels", "keys.[]", RefTarget(("ModelConfig",), "key")),
        ("Variation", "config", RefTarget(("AIConfig",), "key")),
        ("Variation", "modelConfigKey", RefTarget(("ModelConfig",), "key")),
        ("Variation", "modelConfigVersion", RefTarget(("ModelConfig",), "version")),
        ("Variation", "tools.[].key", RefTarget(("Tool",), "key")),
        ("Variation", "tools.[].version", RefTarget(("Tool",), "version")),
        ("Variation", "skills.[].version", RefTarget(("Skill",), "version")),
        ("Variation", "judgeConfiguration.judges.[].judgeConfigKey", RefTarget(("AIConfig",), "key")),
        ("Targeting", "config", RefTarget(("AIConfig",), "key")),
        ("Targeting", "offVariation", RefTarget(("Variation",), "key")),
        ("Targeting", "fallthrough.variation", RefTarget(("Variation",), "key")),
        ("Targeting", "fallthrough.rollout.variations.[].variation", RefTarget(("Variation",), "key")),
        ("Targeting", "rules.[].variation", RefTarget(("Variation",), "key")),
        ("Targeting", "targets.[].variation", RefTarget(("Variation",), "key")),
        ("AgentGraph", "rootConfigKey", RefTarget(("AIConfig",), "key")),
        ("AgentGraph", "edges.[].targetConfig", RefTarget(("AIConfig",), "key")),
        ("Optimization", "aiConfigKey", RefTarget(("AIConfig",), "key")),
        ("Optimization", "variationKey", RefTarget(("Variation",), "key")),
        ("Optimization", "judges.[].key", RefTarget(("AIConfig",), "key")),
        ("Optimization", "modelChoices.[]", RefTarget(("ModelConfig",), "key")),
    ],
)
def test_what_refers_to_what(name: str, path: str, to: RefTarget) -> None:
    assert _at(name, path).ref == to


@pytest.mark.parametrize("path", ["messages.[].content", "instructions", "classifiers.[].instructions"])
def test_prompts_name_snippets_inside_them(path: str) -> None:
    field = _at("Variation", path)
    assert field.long_text
    assert field.text_ref is not None
    assert (field.text_ref.kind, field.text_ref.field) == ("PromptSnippet", "version")
    assert (field.text_ref.written, field.text_ref.sent) == ("{{snippet.KEY}}", "{{snippet.KEY#VALUE}}")


@pytest.mark.parametrize(
    ("name", "path", "number"),
    [
        ("ModelConfig", "costPerInputToken", NumberType.DECIMAL),
        ("ModelConfig", "costPerOutputToken", NumberType.DECIMAL),
        ("ModelConfig", "costPerCachedInputToken", NumberType.DECIMAL),
        ("Variation", "judgeConfiguration.judges.[].samplingRate", NumberType.SINGLE),
    ],
)
def test_numbers_that_are_kept_in_another_precision(name: str, path: str, number: NumberType) -> None:
    assert _at(name, path).number is number


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("RestrictedModels", "mode"),
        ("AIConfig", "defaultVariationKey"),
        ("AIConfig", "viewKeys"),
        ("Variation", "comment"),
        ("Targeting", "comment"),
    ],
)
def test_what_is_never_read_back_is_no_secret(name: str, path: str) -> None:
    assert (_at(name, path).write_only, _at(name, path).sensitive) == (True, False)


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("Variation", "messages.[].role", "developer"),
        ("Targeting", "rules.[].clauses.[].op", "segmentMatch"),
    ],
)
def test_lists_that_the_vendor_may_extend(name: str, path: str, value: str) -> None:
    assert value in _at(name, path).known_values
