"""What the things with versions are: tools, snippets, skills and optimizations, as data.

Takes nothing, gives a `Resource` for each, for `versioned.py` to serve.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.sandbox.launchdarkly import forms
from reconciler.sandbox.launchdarkly.answers import Refusal
from reconciler.sandbox.launchdarkly.state import State
from reconciler.sandbox.launchdarkly.versioned import Resource
from reconciler.sandbox.store import Row

_SNIPPET = re.compile(r"\{\{\s*snippet\.([A-Za-z0-9_.-]+)#(\d+)\s*\}\}")


def _tools(variation: Row) -> list[tuple[str, int]]:
    return [(pin["key"], pin["version"]) for pin in variation.get("tools", ())]


def _skills(variation: Row) -> list[tuple[str, int]]:
    return [(pin["key"], pin["version"]) for pin in variation.get("skills", ())]


def _snippets(variation: Row) -> Iterator[tuple[str, int]]:
    texts = [message["content"] for message in variation.get("messages", ())]
    for text in [*texts, variation.get("instructions", "")]:
        for key, version in _SNIPPET.findall(text):
            yield key, int(version)


def _check_config(state: State, body: Row) -> None:
    if state.configs.get(body["aiConfigKey"]) is None:
        raise Refusal(400, f"aiConfigKey: there is no AI Config {body['aiConfigKey']}")


TOOL = Resource(
    noun="AI tool",
    table="tools",
    path="ai-tools",
    parameter="toolKey",
    form=forms.ToolForm,
    needs=("key", "schema"),
    bumps=("description", "schema", "customParameters", "tags"),
    at_first={"description": "", "tags": [], "customParameters": {}},
    uses=_tools,
    version_field="toolVersion",
    in_use_status=400,
)
SNIPPET = Resource(
    noun="prompt snippet",
    table="snippets",
    path="ai-configs/prompt-snippets",
    parameter="snippetKey",
    form=forms.SnippetForm,
    needs=("key", "name", "text"),
    at_first={"description": "", "tags": []},
    uses=_snippets,
)
SKILL = Resource(
    noun="agent skill",
    table="skills",
    path="ai-configs/skills",
    parameter="skillKey",
    form=forms.SkillForm,
    needs=("key", "name", "markdown"),
    bumps=("name", "description", "markdown"),
    at_first={"description": "", "tags": []},
    has_page=False,
    uses=_skills,
    in_use_status=409,
)
OPTIMIZATION = Resource(
    noun="agent optimization",
    table="optimizations",
    path="agent-optimizations",
    parameter="optimizationKey",
    form=forms.OptimizationForm,
    needs=("key", "aiConfigKey", "maxAttempts", "judgeModel"),
    fixed=("key", "aiConfigKey"),
    at_first={
        name: []
        for name in (
            "modelChoices",
            "variableChoices",
            "acceptanceStatements",
            "judges",
            "userInputOptions",
            "groundTruthResponses",
        )
    },
    maintained=False,
    has_page=False,
    check=_check_config,
)
RESOURCES = (TOOL, SNIPPET, SKILL, OPTIMIZATION)
