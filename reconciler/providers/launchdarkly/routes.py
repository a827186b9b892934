"""The routes of LaunchDarkly's kinds, as data.

Takes nothing, gives a table. A kind whose verbs are odd has its verbs elsewhere, and its paths here all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.providers.paging import totalled, whole
from reconciler.providers.routes import NO_HEADERS, Route

VERSION = {"LD-API-Version": "20240415"}
BETA = {"LD-API-Version": "beta"}
"""What a beta resource asks for, instead of the other: two values are an error."""
SEMANTIC_PATCH = {"content-type": "application/json; domain-model=launchdarkly.semanticpatch"}

PROJECT = "/projects/{project}"
CONFIGS = f"{PROJECT}/ai-configs"
MODELS = f"{CONFIGS}/model-configs"
RESTRICTED = f"{MODELS}/restricted"
TARGETING = f"{CONFIGS}/{{AIConfig}}/targeting"
TOOLS, SKILLS, SNIPPETS = f"{PROJECT}/ai-tools", f"{CONFIGS}/skills", f"{CONFIGS}/prompt-snippets"
REFERENCES: Mapping[str, str] = {
    kind: f"{path}/{{id}}/references"
    for kind, path in {"PromptSnippet": SNIPPETS, "Skill": SKILLS, "Tool": TOOLS}.items()
}
"""Kind → where the server lists the variations that use one."""

PAGE = 100
"""The most rows that the vendor's own user interface asks for at once; neither default nor maximum is documented."""
PAGES = totalled("items", size=PAGE, total="totalCount", to_next=("_links", "next", "href"))


def _at(path: str, headers: Mapping[str, str] = NO_HEADERS) -> Route:
    one = f"{path}/{{id}}"
    return Route(
        list=f"GET {path}",
        read=f"GET {one}",
        create=f"POST {path}",
        update=f"PATCH {one}",
        delete=f"DELETE {one}",
        id="key",
        paging=PAGES,
        partial=True,
        headers=headers,
    )


ROUTES: Mapping[str, Route] = {
    "AIConfig": _at(CONFIGS),
    "AgentGraph": _at(f"{PROJECT}/agent-graphs", BETA),
    "ModelConfig": replace(_at(MODELS), paging=whole),
    "Optimization": _at(f"{PROJECT}/agent-optimizations"),
    "PromptSnippet": _at(SNIPPETS),
    "RestrictedModels": Route(read=f"GET {MODELS}", create=f"POST {RESTRICTED}", delete=f"DELETE {RESTRICTED}"),
    "Skill": _at(SKILLS),
    "Targeting": Route(read=f"GET {TARGETING}", update=f"PATCH {TARGETING}", headers=SEMANTIC_PATCH),
    "Tool": _at(TOOLS),
    "Variation": replace(_at(f"{CONFIGS}/{{AIConfig}}/variations"), list=None),
}
