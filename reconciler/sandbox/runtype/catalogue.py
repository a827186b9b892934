"""The models that the platform knows, and what it tells of each in passing.

Takes a provider and a model's id, gives facts. They are the platform's, not the account's: they change without any
write. Once an hour a discount comes or goes, and the formats stand in another order.
It never looks at who has configured what.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reconciler.sandbox.store import Row

HOUR = 3600


@dataclass(frozen=True, slots=True)
class Model:
    """One model of one provider; costs in USD per 1k tokens."""

    provider: str
    id: str
    base: str
    name: str
    creator: str
    input_cost: float
    output_cost: float
    output_tokens: int = 8192
    context: int = 128_000
    search: bool = False
    category: str | None = None
    """Where the dashboard shows it; None where it does only on demand."""
    tags: tuple[str, ...] = ("chat",)
    reasoning: tuple[tuple[str, Any], ...] = ()

    @property
    def cost(self) -> float:
        """The mean of what a token costs on its way in and out."""
        return round((self.input_cost + self.output_cost) / 2, 12)


_ADAPTIVE = (("anthropicThinkingMode", "adaptive"), ("supportsReasoningSummary", True))
_BUDGET = (("googleThinkingMode", "budget"), ("supportsReasoningSummary", True))

MODELS: tuple[Model, ...] = (
    Model("openai", "gpt-4o-mini", "gpt-4o-mini", "GPT-4o mini", "openai", 0.00015, 0.0006, 16384, category="fast"),
    Model("openai", "gpt-4o", "gpt-4o", "GPT-4o", "openai", 0.0025, 0.01, 16384, search=True, category="flagship"),
    # The published example tells a budget in Google's way of this one.
    Model("openai", "gpt-4", "gpt-4", "GPT-4", "openai", 0.03, 0.06, 4096, 8192, reasoning=_BUDGET),
    Model(
        *("anthropic", "claude-sonnet-4-6", "claude-sonnet-4-6", "Claude Sonnet 4.6", "anthropic"),
        *(0.003, 0.015, 64000, 200_000),
        search=True,
        category="flagship",
        reasoning=_ADAPTIVE,
    ),
    Model(
        *("vercel", "anthropic/claude-sonnet-4-6", "claude-sonnet-4-6", "Claude Sonnet 4.6", "anthropic"),
        *(0.003, 0.015, 64000, 200_000),
        reasoning=_ADAPTIVE,
    ),
    Model(
        *("bedrock", "us.anthropic.claude-sonnet-4-6", "claude-sonnet-4-6", "Claude Sonnet 4.6", "anthropic"),
        *(0.003, 0.015, 64000, 200_000),
        reasoning=_ADAPTIVE,
    ),
    Model(
        *("google", "gemini-2.5-flash", "gemini-2.5-flash", "Gemini 2.5 Flash", "google", 0.0003, 0.0025, 65536),
        category="fast",
        reasoning=_BUDGET,
    ),
    Model("modelsocket", "google/gemma-4-26b-a4b-it", "gemma-4-26b", "Gemma 4 26B", "google", 0.0001, 0.0004),
    Model("mixlayer", "qwen/qwen3.6-27b", "qwen3.6-27b", "Qwen 3.6 27B", "qwen", 0.0002, 0.0006),
)

FIRST = MODELS[0]
"""What an account without any configuration is given."""

SEARCH_ENGINE = {"id": "exa", "name": "Exa", "provider": "exa", "displayLabel": "Exa", "supportsCustomKey": False}
"""Searches beside the models that can."""


def find(provider: str, model_id: str) -> Model:
    """Give the model; of one that nobody knows, what its id says."""
    found = next((model for model in MODELS if (model.provider, model.id) == (provider, model_id)), None)
    return found or Model(provider, model_id, model_id, model_id, provider, 0, 0, 4096)


def facts(model: Model, custom: Row, now: float) -> Row:
    """Give what a configuration tells of its model; what the account says of a model of its own (`custom`) wins."""
    spoken = {key: custom[key] for key in _MIRRORED if key in custom}
    cost = {
        "inputCostPer1kTokens": spoken.get("inputCostPer1kTokens", model.input_cost),
        "outputCostPer1kTokens": spoken.get("outputCostPer1kTokens", model.output_cost),
    }
    return {
        "displayName": model.name,
        "creator": model.creator,
        "creatorDisplayName": model.creator.capitalize(),
        "costPer1kTokens": round(sum(cost.values()) / 2, 12),
        **cost,
        "supportsCustomKey": True,
        "maxOutputTokens": model.output_tokens,
        "supportsStreaming": True,
        "supportedResponseFormats": formats(now),
        "supportsSearch": model.search,
        "reasoningCapability": reasoning(model),
        **spoken,
    }


_MIRRORED = (
    *("displayName", "inputCostPer1kTokens", "outputCostPer1kTokens", "maxOutputTokens", "supportsStreaming"),
    "supportedResponseFormats",
)


def reasoning(model: Model) -> Row:
    """Give what is told of a model's reasoning."""
    return {"supported": bool(model.reasoning), "provider": model.provider, **dict(model.reasoning)}


def formats(now: float) -> list[str]:
    """Give the formats of an answer, in the order of the hour."""
    return ["text", "json"] if _is_even(now) else ["json", "text"]


def promotion(now: float) -> Row:
    """Give the discount of the hour."""
    if _is_even(now):
        return {"creditPromoLabel": None, "creditPromoMultiplier": 1}
    return {"creditPromoLabel": "20% off", "creditPromoMultiplier": 0.8}


def _is_even(now: float) -> bool:
    return int(now // HOUR) % 2 == 0
