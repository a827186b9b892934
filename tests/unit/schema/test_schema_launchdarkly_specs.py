"""What the kinds of LaunchDarkly accept and refuse, and what they say of what they refuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler import manifests, schema
from reconciler.errors import ManifestError
from reconciler.model import Target

KINDS = schema.load_kinds()


def _problems(name: str, spec: dict[str, Any]) -> list[tuple[str, str]]:
    """Give what is wrong with a spec, and the hints."""
    document = {"apiVersion": "launchdarkly/v1", "kind": name, "metadata": {"name": "a"}, "spec": spec}
    kind = KINDS.get("launchdarkly", name)
    found = schema.explain_errors(kind, document)
    assert schema.compiled(kind)(document) is not bool(found)
    return [(problem[1], problem[2]) for problem in found]


MODEL = {"key": "OpenAI.gpt-4o-support", "id": "gpt-4o", "name": "GPT-4o for support"}
TOOL = {"key": "search-orders", "schema": {"type": "object", "properties": {"order": {"type": "string"}}}}
SNIPPET = {"key": "brand-voice", "name": "Brand voice", "text": "Be brief."}
SKILL = {"key": "refund-policy", "name": "Refunds", "markdown": "# Refunds"}
CONFIG = {"key": "support-bot", "name": "Support bot"}
VARIATION = {"config": {"ref": "support-bot"}, "key": "concise", "name": "Concise"}
TARGETING = {"config": {"ref": "support-bot"}, "environment": "production"}
GRAPH = {"key": "support-team", "name": "Support team"}
OPTIMIZATION = {"key": "tone", "aiConfigKey": {"ref": "support-bot"}, "maxAttempts": 3, "judgeModel": "OpenAI.gpt-4o"}
CLAUSE = {"attribute": "country", "op": "in", "values": ["DE", 49, True]}
EDGE = {"key": "e", "sourceConfig": {"ref": "triage"}, "targetConfig": "billing"}


@pytest.mark.parametrize(
    ("name", "spec"),
    [
        ("ModelConfig", MODEL),
        (
            "ModelConfig",
            {
                **MODEL,
                "provider": "OpenAI",
                "icon": "openai",
                "params": {"temperature": 0.2, "stop": None},
                "customParams": {"region": "eu"},
                "tags": ["support", "team.a_1-2"],
                "costPerInputToken": 0.0000025,
                "costPerOutputToken": 1e-05,
                "costPerCachedInputToken": 0,
                "maintainerTeamKey": "platform",
            },
        ),
        ("ModelConfig", {**MODEL, "key": "Bedrock.anthropic.claude-haiku-4-5-20251001-v1:0", "maintainerId": None}),
        ("ModelConfig", {**MODEL, "maintainerId": None, "maintainerTeamKey": "platform"}),
        ("RestrictedModels", {"keys": ["OpenAI.gpt-4o", {"ref": "old"}], "mode": "authoritative"}),
        ("RestrictedModels", {"keys": []}),
        ("Tool", TOOL),
        ("Tool", {**TOOL, "description": {"file": "tools/search.md"}, "customParameters": {"a": [1]}, "tags": []}),
        ("Tool", {"key": "a", "schema": {"type": "object", "properties": {"function": {"type": "string"}}}}),
        ("PromptSnippet", {**SNIPPET, "text": {"file": "snippets/brand.md"}}),
        ("PromptSnippet", {**SNIPPET, "text": "Say {{name}} and {{snippets.x}}."}),
        ("Skill", {**SKILL, "description": "How to refund", "maintainerId": "569f183514f4432160000007"}),
        ("AIConfig", {**CONFIG, "mode": "agent", "tags": ["a"], "description": "x", "isInverted": True}),
        ("AIConfig", {**CONFIG, "mode": "judge", "evaluationMetricKey": "$ld:ai:judge:accuracy"}),
        ("AIConfig", {**CONFIG, "viewKeys": ["support"], "defaultVariationKey": "concise"}),
        ("Variation", VARIATION),
        (
            "Variation",
            {
                **VARIATION,
                "messages": [{"role": "system", "content": "You are {{name}}. {{snippet.brand-voice}}"}],
                "model": {"parameters": {"temperature": 0.2}, "custom": {"a": None}},
                "modelConfigKey": {"ref": "gpt-4o-support"},
                "modelConfigVersion": {"ref": "gpt-4o-support"},
                "tools": [{"key": {"ref": "search-orders"}, "version": {"ref": "search-orders"}}],
                "skills": [{"key": "refund-policy", "version": 3}],
                "outputFormat": {"type": "object"},
                "judgeConfiguration": {"judges": [{"judgeConfigKey": {"ref": "judge"}, "samplingRate": 0.1}]},
                "comment": "shorter",
                "state": "published",
            },
        ),
        ("Variation", {**VARIATION, "instructions": {"file": "prompts/agent.md"}, "description": "for agents"}),
        (
            "Variation",
            {
                **VARIATION,
                "messages": [],
                "classifiers": [
                    {"key": "tone", "type": "enum", "instructions": "Tone?", "criteria": {"kind": "x", "rude": "y"}},
                    {"key": "level", "type": "float", "instructions": "How?", "criteria": ["bad", "good"]},
                    {"key": "polite", "type": "bool", "instructions": "Polite?"},
                ],
            },
        ),
        ("Targeting", TARGETING),
        (
            "Targeting",
            {
                **TARGETING,
                "rules": [
                    {"clauses": [CLAUSE], "variation": {"ref": "concise"}, "description": "Germans"},
                    {
                        "clauses": [{"attribute": "segmentMatch", "op": "segmentMatch", "values": ["staff"]}],
                        "rollout": {
                            "contextKind": "organization",
                            "bucketBy": "country",
                            "variations": [
                                {"variation": {"ref": "concise"}, "weight": 60000},
                                {"variation": "disabled", "weight": 40000},
                            ],
                        },
                        "trackEvents": True,
                    },
                ],
                "targets": [
                    {"variation": {"ref": "concise"}, "values": ["ann"]},
                    {"contextKind": "device", "variation": "chatty", "values": ["d1", "d2"]},
                ],
                "fallthrough": {"variation": {"ref": "Variation/concise"}},
                "offVariation": "disabled",
                "trackEvents": False,
                "trackEventsFallthrough": True,
                "comment": "launch",
            },
        ),
        ("AgentGraph", GRAPH),
        ("AgentGraph", {**GRAPH, "rootConfigKey": {"ref": "triage"}, "edges": [{**EDGE, "handoff": {"when": "x"}}]}),
        ("Optimization", OPTIMIZATION),
        (
            "Optimization",
            {
                **OPTIMIZATION,
                "judgeModel": {"ref": "judge-model"},
                "modelChoices": ["OpenAI.gpt-4o", {"ref": "gpt-4o-support"}],
                "variableChoices": [{"product": "lamp"}],
                "acceptanceStatements": [{"statement": "Polite.", "threshold": 0.9}],
                "judges": [{"key": {"ref": "judge"}, "threshold": 0.5}],
                "userInputOptions": ["Hi"],
                "groundTruthResponses": ["Hello"],
                "metricKey": "m",
                "tokenLimit": 1000,
                "variationKey": {"ref": "concise"},
                "label": "Tone",
                "latencyOptimization": True,
                "tokenOptimization": False,
                "autoCommit": False,
            },
        ),
    ],
)
def test_realistic_specs_are_accepted(name: str, spec: dict[str, Any]) -> None:
    assert _problems(name, spec) == []


@pytest.mark.parametrize(
    ("name", "spec", "summary", "hint"),
    [
        (
            "ModelConfig",
            {**MODEL, "costPerInputTokens": 0.1},
            "unknown key `costPerInputTokens`",
            "did you mean `costPerInputToken`?",
        ),
        (
            "ModelConfig",
            {**MODEL, "global": True},
            "`global` is set by the server, a manifest cannot set it",
            "part of the global catalog",
        ),
        ("ModelConfig", {"key": "a", "name": "A"}, "`id` is missing", "The model's id at its provider"),
        ("Variation", {**VARIATION, "toolKeys": ["a"]}, "unknown key `toolKeys`", "did you mean `tools`?"),
        ("Variation", {**VARIATION, "published": True}, "unknown key `published`", ""),
        ("Variation", {**VARIATION, "version": 2}, "`version` is set by the server", "Counts from 1"),
        (
            "AIConfig",
            {**CONFIG, "defaultVariation": {}},
            "unknown key `defaultVariation`",
            "did you mean `defaultVariationKey`?",
        ),
        ("AIConfig", {**CONFIG, "archived": True}, "unknown key `archived`", ""),
        ("Tool", {**TOOL, "name": "Search"}, "unknown key `name`", ""),
        (
            "Targeting",
            {**TARGETING, "contextTargets": []},
            "`contextTargets` is set by the server",
            "Those of `targets` that are no users: say them there",
        ),
        ("Targeting", {**TARGETING, "enabled": False}, "`enabled` is set by the server", ""),
        (
            "Targeting",
            {**TARGETING, "rules": [{"clauses": [{**CLAUSE, "operator": "in"}], "variation": "a"}]},
            "unknown key `operator`",
            "",
        ),
    ],
)
def test_keys_that_are_misspelled_or_not_a_manifests(name: str, spec: Any, summary: str, hint: str) -> None:
    assert [found for found in _problems(name, spec) if summary in found[0] and hint in found[1]] != []


@pytest.mark.parametrize(
    ("name", "spec", "summary", "hint"),
    [
        (
            "ModelConfig",
            {**MODEL, "costPerInputToken": "$2.50/1M"},
            "expected a number of at least 0, got '$2.50/1M'",
            "in US dollars: a price of $2.50 per million tokens is 0.0000025",
        ),
        (
            "ModelConfig",
            {**MODEL, "costPerOutputToken": -1},
            "expected a number of at least 0, got -1",
            "one token of output",
        ),
        (
            "Variation",
            {**VARIATION, "judgeConfiguration": {"judges": [{"judgeConfigKey": "j", "samplingRate": 10}]}},
            "expected a number between 0 and 1, got 10",
            "a tenth is 0.1",
        ),
        (
            "Variation",
            {**VARIATION, "tools": [{"key": "t", "version": "latest"}]},
            "got 'latest'",
            "a reference to its manifest, which follows each of its changes",
        ),
        ("Variation", {**VARIATION, "tools": [{"key": "t"}]}, "`version` is missing", ""),
        ("Variation", {**VARIATION, "modelConfigVersion": 0}, "got 0", ""),
        (
            "Targeting",
            {**TARGETING, "fallthrough": {"rollout": {"variations": [{"variation": "a", "weight": 60.5}]}}},
            "expected a whole number between 0 and 100000, got 60.5",
            "60000 is 60 %",
        ),
        ("Targeting", {**TARGETING, "fallthrough": {"variation": 1}}, "got 1", ""),
        (
            "Optimization",
            {**OPTIMIZATION, "judges": [{"key": "j", "threshold": 80}]},
            "expected a number between 0 and 1, got 80",
            "from 0 to 1",
        ),
        ("Optimization", {**OPTIMIZATION, "maxAttempts": 0}, "expected a whole number of at least 1, got 0", ""),
        ("ModelConfig", {**MODEL, "tags": ["a b"]}, "expected text such as `support`, got 'a b'", "at most 64 letters"),
        ("ModelConfig", {**MODEL, "tags": ["x" * 65]}, "got text of 65 characters", ""),
        ("Skill", {**SKILL, "key": "Refunds"}, "got 'Refunds'", "small letters, digits and hyphens"),
        ("Skill", {**SKILL, "key": "a" * 65}, "got text of 65 characters", ""),
        ("AIConfig", {**CONFIG, "mode": "chat"}, "expected one of `completion`, `agent`, `judge`, got 'chat'", ""),
        (
            "RestrictedModels",
            {"keys": ["a"], "mode": "exact"},
            "expected one of `additive`, `authoritative`, got 'exact'",
            "",
        ),
    ],
)
def test_wrong_units_and_forms(name: str, spec: Any, summary: str, hint: str) -> None:
    assert [found for found in _problems(name, spec) if summary in found[0] and hint in found[1]] != []


@pytest.mark.parametrize(
    ("name", "spec", "summary", "hint"),
    [
        (
            "ModelConfig",
            {**MODEL, "key": "restricted"},
            "'restricted' is not accepted here",
            "keeps this word for the list of restricted models",
        ),
        *(
            (
                "AIConfig",
                {**CONFIG, "key": key},
                f"'{key}' is not accepted here",
                "keeps this word for a path of its own",
            )
            for key in ("model-configs", "prompt-snippets", "skills", "quick-stats")
        ),
        ("Variation", {**VARIATION, "key": "disabled"}, "'disabled' is not accepted here", "the server's own stub"),
        ("Skill", {**SKILL, "key": "com1"}, "'com1' is not accepted here", "a device on Windows"),
        (
            "Tool",
            {"key": "a", "schema": {"type": "function", "function": {"name": "a"}}},
            "a mapping is not accepted here",
            "write what stands under `function.parameters`",
        ),
        (
            "PromptSnippet",
            {**SNIPPET, "text": "Say {{snippet.other}}"},
            "is not accepted here",
            "A snippet cannot name another one",
        ),
        (
            "ModelConfig",
            {**MODEL, "maintainerId": "m", "maintainerTeamKey": "t"},
            "expected null, got 't'",
            "keep `maintainerId` or `maintainerTeamKey`",
        ),
        ("AIConfig", {**CONFIG, "mode": "judge"}, "`evaluationMetricKey` is missing", "judge's scores"),
        (
            "AIConfig",
            {**CONFIG, "mode": "judge", "evaluationMetricKey": ""},
            "expected text that is not empty, got ''",
            "A judge needs the metric",
        ),
        (
            "Variation",
            {
                **VARIATION,
                "classifiers": [{"key": "a", "type": "bool", "instructions": "?"}],
                "messages": [{"role": "user", "content": "x"}],
            },
            "a list is not accepted here",
            "either classifiers or messages",
        ),
        (
            "Targeting",
            {
                **TARGETING,
                "rules": [
                    {
                        "clauses": [CLAUSE],
                        "variation": "a",
                        "rollout": {"variations": [{"variation": "a", "weight": 1}]},
                    }
                ],
            },
            "a mapping is not accepted here",
            "keep `variation` or `rollout`",
        ),
        ("Targeting", {**TARGETING, "rules": [{"clauses": [CLAUSE]}]}, "`rollout` is missing", ""),
        (
            "Targeting",
            {
                **TARGETING,
                "fallthrough": {"variation": "a", "rollout": {"variations": [{"variation": "a", "weight": 1}]}},
            },
            "a mapping is not accepted here",
            "keep `variation` or `rollout`",
        ),
        ("AgentGraph", {**GRAPH, "rootConfigKey": "a"}, "`rootConfigKey` needs `edges` beside it", ""),
        ("AgentGraph", {**GRAPH, "edges": [EDGE]}, "`edges` needs `rootConfigKey` beside it", ""),
        ("AgentGraph", {**GRAPH, "rootConfigKey": "a", "edges": []}, "expected at least 1 item, got 0", "at least one"),
    ],
)
def test_words_that_are_taken_and_fields_that_exclude_each_other(name: str, spec: Any, summary: str, hint: str) -> None:
    assert [found for found in _problems(name, spec) if summary in found[0] and hint in found[1]] != []


@pytest.mark.parametrize(("kind", "name"), [("AIConfig", "skills"), ("ModelConfig", "restricted")])
def test_a_name_that_stands_in_for_a_key_is_no_way_around(kind: str, name: str, tmp_path: Path) -> None:
    spec = {key: value for key, value in {"AIConfig": CONFIG, "ModelConfig": MODEL}[kind].items() if key != "key"}
    (tmp_path / "manifests").mkdir()
    text = f"apiVersion: launchdarkly/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {spec}\n"
    (tmp_path / "manifests" / "one.yaml").write_text(text)
    loaded = manifests.load(tmp_path, ("manifests",), ())
    target = Target("ld", "launchdarkly", "http://127.0.0.1:1", options={"project": "default"})
    with pytest.raises(ManifestError) as failure:
        manifests.check(loaded, KINDS, {"ld": target})
    assert f"'{name}' is not accepted here" in failure.value.diagnostics[0].summary
