"""Estates for real crashes: every system's kinds, with references, secrets, singletons, renames and replaces.

Takes a number and a version, gives manifests. A version creates some, changes most, replaces and renames a few and lets
some go; the same number and version always give the same. It knows no server, and no file.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.conformance.subjects import Manifest
from tests.conformance.systems.launchdarkly_models import GPT, HAIKU, SONNET
from tests.conformance.systems.openwebui_by_hand import ADMIN

Body = dict[str, Any]

SECRETS = {"respan": "CRASH_RESPAN_KEY", "runtype": "CRASH_RUNTYPE_KEY", "xagent": "CRASH_XAGENT_KEY"}
"""System → the variable that its manifests' secret is in."""
MOVED = 3
"""So many of each kind leave with each version, and so many come."""
EVERYBODY = {"principal_type": "user", "principal_id": "*", "permission": "read"}


@dataclass(frozen=True)
class Span:
    """What a system's manifests are made from: which numbers there are, and which version it is."""

    numbers: range
    version: int

    def of(self, number: int) -> int:
        """Give the version in which an object was changed last; every third stays as it was made."""
        return 0 if number % 3 == 2 else self.version


@dataclass(frozen=True)
class Estate:
    """What is declared: system → its manifests."""

    manifests: Mapping[str, tuple[Manifest, ...]]
    version: int

    @property
    def size(self) -> int:
        """Say how many manifests there are."""
        return sum(map(len, self.manifests.values()))


def draw(name: str, version: int, systems: tuple[str, ...], counts: tuple[int, int]) -> Estate:
    """Give a version of the estate of that name: some of the systems (two or more), each with a size of its own."""
    dice = random.Random(f"estate {name}")
    chosen = sorted(dice.sample(systems, dice.randint(min(2, len(systems)), len(systems))))
    spans = {system: Span(_numbers(dice.randint(*counts), version), version) for system in chosen}
    return Estate({system: tuple(_KINDS[system](span)) for system, span in spans.items()}, version)


def secrets_of(name: str, version: int) -> dict[str, str]:
    """Give the secrets of a version, by variable; every version has new ones."""
    dice = random.Random(f"secrets {name} {version}")
    return {variable: f"canary-{dice.randbytes(12).hex()}" for variable in SECRETS.values()}


def _numbers(count: int, version: int) -> range:
    return range(version * MOVED, version * MOVED + count)


def _openwebui(span: Span) -> Iterator[Manifest]:
    numbers, version = span.numbers, span.version
    for n in numbers:
        members: Body = {"members": [ADMIN]} if (n + version) % 3 == 0 else {}
        yield Manifest("Group", f"group-{n}", {"description": f"of {span.of(n)}", **members})
        base = {"ref": f"Model/model-{n + 1}"} if n % 3 == 0 and n + 1 in numbers else "gpt-4o"
        group = numbers[(n * 7 + version) % len(numbers)]
        grant = {"principal_type": "group", "principal_id": {"ref": f"Group/group-{group}"}, "permission": "read"}
        spec = {"name": f"Model {span.of(n)}", "base_model_id": base, "params": {"seed": span.of(n)}, "meta": {}}
        yield Manifest("Model", f"model-{n}", {**spec, "access_grants": [grant, EVERYBODY]})
    for n in numbers[::3]:
        spec = {"name": f"Prompt {n}", "content": f"Version {span.of(n)}.", "is_active": (n + version) % 2 == 0}
        yield Manifest("Prompt", f"prompt-{n}", spec)
    for n in range(2):
        yield Manifest("Group", f"renamed-{n}", {"name": f"renamed-{n}-{version}", "description": "same"})
        yield Manifest("Model", f"replaced-{n}", {"id": f"replaced-{n}-{version}", "name": "R", "base_model_id": "x"})
    defaults = {"DEFAULT_MODELS": [{"ref": f"Model/model-{numbers[0]}"}], "DEFAULT_MODEL_PARAMS": {"seed": version}}
    yield Manifest("DefaultModels", "defaults", defaults)


def _launchdarkly(span: Span) -> Iterator[Manifest]:
    numbers, version = span.numbers, span.version
    yield Manifest("AIConfig", "home", {"name": f"Home {version}", "mode": "agent", "tags": ["b", f"v{version}"]})
    yield Manifest("Tool", "pinned", {"schema": {"type": "object"}, "description": f"of {version}"})
    yield Manifest("ModelConfig", "shared", _model_config("shared", version))
    for n in numbers:
        yield Manifest("Tool", f"tool-{n}", {"schema": {"type": "object"}, "description": f"of {span.of(n)}"})
        yield Manifest("ModelConfig", f"config-{n}", _model_config(f"config-{n}", span.of(n)))
        spec = {
            "config": {"ref": "home"},
            "name": f"Variation {span.of(n)}",
            "instructions": f"Be brief, {span.of(n)}.",
            "modelConfigKey": {"ref": "shared"},
            "tools": [{"key": {"ref": "pinned"}, "version": {"ref": "pinned"}}],
        }
        yield Manifest("Variation", f"variation-{n}", spec)
    for n in numbers[::2]:
        yield Manifest("PromptSnippet", f"snippet-{n}", {"name": f"Snippet {n}", "text": f"Version {span.of(n)}."})
    yield Manifest("RestrictedModels", "restricted", {"keys": sorted([SONNET, GPT if version % 2 else HAIKU])})


def _model_config(name: str, version: int) -> Body:
    return {"id": "gpt-4o", "name": f"{name}, {version}", "provider": "OpenAI", "params": {"seed": version}}


def _xagent(span: Span) -> Iterator[Manifest]:
    for n in span.numbers:
        spec = {"model_provider": "openai", "model_name": "gpt-4o", "api_key": {"env": SECRETS["xagent"]}}
        yield Manifest("Model", f"model-{n}", {**spec, "description": f"of {span.of(n)}", "temperature": 1})
    for n, name in enumerate(("general", "small_fast")):
        yield Manifest("DefaultModel", name, {"model_id": {"ref": f"Model/model-{span.numbers[n]}"}})


def _runtype(span: Span) -> Iterator[Manifest]:
    numbers = span.numbers
    for n in (0, *numbers[1::2]):
        name = "shared" if n == 0 else f"key-{n}"
        spec = {"provider": "openai", "apiKey": {"env": SECRETS["runtype"]}, "settings": {"tier": span.of(n)}}
        yield Manifest("ProviderKey", name, spec)
    for n in numbers:
        key = f"key-{n}" if n in numbers[1::2] else "shared"
        settings = {"maxTokens": 500 + span.of(n)}
        spec = {"provider": "openai", "providerKeyId": {"ref": f"ProviderKey/{key}"}, "settings": settings}
        yield Manifest("ModelConfig", f"model-{n}", spec)
    yield Manifest("DefaultModelConfig", "default", {"modelConfigId": {"ref": f"ModelConfig/model-{numbers[0]}"}})


def _respan(span: Span) -> Iterator[Manifest]:
    for n in span.numbers:
        options = {"base_url": "https://llm.example.com/v1", "timeout": 60 + span.of(n)}
        secret = {"api_key": {"env": SECRETS["respan"]}}
        yield Manifest("Provider", f"provider-{n}", {"provider_name": "vLLM", "extra_kwargs": {**options, **secret}})
        spec = {"base_model_name": "openai/gpt-4o", "custom_provider_id": {"ref": f"Provider/provider-{n}"}}
        yield Manifest("Model", f"model-{n}", {"model_name": f"team/model-{n}", **spec, "input_cost": 1 + span.of(n)})


_KINDS: Mapping[str, Callable[[Span], Iterator[Manifest]]] = {
    "launchdarkly": _launchdarkly,
    "openwebui": _openwebui,
    "respan": _respan,
    "runtype": _runtype,
    "xagent": _xagent,
}
SYSTEMS = tuple(_KINDS)
