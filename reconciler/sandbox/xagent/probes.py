"""The routes that would reach a provider, and those of the router, which needs a package that is not there.

Takes forms, gives what a server answers that can reach nobody.
It never opens a connection: what can be said without one is said as the server says it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Body, Response
from pydantic import BaseModel, model_validator

from reconciler.sandbox.store import Row
from reconciler.sandbox.xagent import answers, bedrock, providers
from reconciler.sandbox.xagent.answers import answer, refuse
from reconciler.sandbox.xagent.model_forms import ProbeForm
from reconciler.sandbox.xagent.sessions import USERS, Caller, HasState

router = APIRouter(prefix="/api/models")

_UNREACHED = "Connection error."
_NOT_ALLOWED = "Private model destination is not approved by deployment policy"
_XINFERENCE_NOT_ALLOWED = "Xinference endpoint is blocked by deployment network policy"
"""What is said of an unreachable address, and, where the provider's client tells the reason, of one that is private."""
_LLMS = (
    *("bedrock", "openai", "claude", "gemini", "xinference", "deepseek", "openai-compatible", "azure_openai"),
    *("openrouter", "dashscope", "zhipu", "zai-coding-plan", "zhipuai-coding-plan", "alibaba-coding-plan"),
    *("alibaba-coding-plan-cn", "minimax-coding-plan", "minimax-cn-coding-plan", "kimi-for-coding"),
)
_LISTED = (
    *("bedrock", "openai", "openai-compatible", "openrouter", "deepseek", "dashscope", "zhipu", "claude"),
    *("anthropic", "gemini", "google", "xinference", "xinference-rerank", "xinference-video", "elevenlabs"),
    *("elevenlabs-sound_effect", "elevenlabs-music", "dashscope-embedding", "dashscope-rerank"),
    *("zai-coding-plan", "zhipuai-coding-plan", "alibaba-coding-plan", "alibaba-coding-plan-cn"),
    *("minimax-coding-plan", "minimax-cn-coding-plan", "kimi-for-coding", "volcengine-ark", "byteplus-ark"),
    *("ark", "ark-video"),
)
"""The words that `/providers/.../models` knows, in the server's order."""

_TELLING = (
    *("claude", "xinference", "xinference-rerank", "xinference-video", "elevenlabs", "elevenlabs-sound_effect"),
    *("elevenlabs-music", "kimi-for-coding"),
)
"""Of these, those that tell that they were not reached; the others then have no models."""

_ALIBABA = ("glm-4.7", "glm-5", "qwen3-coder-next", "qwen3-coder-plus", "qwen3-max-2026-01-23", "qwen3.5-plus")
_MINIMAX = ("MiniMax-M2", "MiniMax-M2.1", "MiniMax-M2.5")
_PLANS = {
    **dict.fromkeys(("alibaba-coding-plan", "alibaba-coding-plan-cn"), _ALIBABA),
    **dict.fromkeys(("minimax-coding-plan", "minimax-cn-coding-plan"), _MINIMAX),
}
_DASHSCOPE = {
    "dashscope-embedding": ("text-embedding-v4", "text-embedding-v3"),
    "dashscope-rerank": ("gte-rerank-v2", "qwen3-rerank", "qwen3-vl-rerank"),
}


class TestForm(BaseModel):
    """Body of `/test`."""

    model_ids: list[str] | None = None


class CandidateForm(BaseModel):
    """A model among which the router would choose."""

    target_model_id: int
    routing_model_id: str


class AutoForm(BaseModel):
    """Body of `/auto-config`."""

    candidates: list[CandidateForm]

    @model_validator(mode="after")
    def _some(self) -> AutoForm:
        if not self.candidates:
            raise ValueError("Auto needs at least one candidate model")
        return self


@router.post("/test-connection", dependencies=USERS)
async def probe(form: ProbeForm) -> Response:
    """Say whether a model that is not stored answers: none does."""
    return answer(_result(form.model_name, "Connection failed", _failure(form)))


@router.post("/test")
async def probe_stored(caller: Caller, state: HasState, form: TestForm | None = None) -> Response:
    """Say whether stored models answer: none does; ids that nobody knows are left out."""
    wanted = None if form is None else form.model_ids
    rows = [row for row in state.seen_models(caller) if row["is_active"]]
    return answer([_tested(row) for row in rows if not wanted or row["model_id"] in wanted])


@router.post("/providers/{provider}/models", dependencies=USERS)
async def read_catalogue(
    provider: str,
    api_key: Annotated[str, Body()],  # noqa: ARG001 - it must be there
    base_url: Annotated[str | None, Body()] = None,
    category: Annotated[str | None, Body()] = None,
) -> Response:
    """A provider's models, where the server knows them by heart."""
    name = f"{provider}-{category}" if f"{provider}-{category}" in _LISTED else provider.lower()
    if name not in _LISTED:
        raise refuse(400, f"Unsupported provider: {provider}. Supported providers: {list(_LISTED)}")
    if not base_url and providers.canonical(provider) in providers.WITHOUT_ADDRESS:
        raise refuse(400, f"base_url is required for the {provider} provider")
    if name in _TELLING:
        reason = _XINFERENCE_NOT_ALLOWED if name == "xinference" else _NOT_ALLOWED
        raise refuse(502, f"Failed to fetch models from {provider}: {reason}")
    known = _known(name)
    return answer({"provider": provider, "models": known, "count": len(known)})


@router.get("/auto-config", dependencies=USERS)
async def read_auto() -> Response:
    """The router's configuration: there is none."""
    unset = {"configured": False, "strategy": "balanced", "fallback_model_id": None, "auto_model": None}
    return answer({**unset, "candidates": []})


@router.get("/auto-config/profiles", dependencies=USERS)
async def read_profiles() -> Response:
    """What the router would know: it is not there."""
    raise refuse(503, answers.NO_ROUTER)


@router.put("/auto-config", dependencies=USERS)
async def write_auto(form: AutoForm) -> Response:  # noqa: ARG001 - it must fit
    """Refuse a configuration of the router: it is not there."""
    raise refuse(503, answers.NO_ROUTER)


def _failure(form: ProbeForm) -> str:
    """Say why a probe fails."""
    provider = providers.canonical(form.model_provider)
    if form.category in _ALONE:
        allowed, text = _ALONE[form.category]
        return _UNREACHED if provider in allowed else text(form)
    if form.category == "llm":
        return _wrong_llm(provider, form) or _llm_failure(provider)
    unknown = f"Unsupported category for testing: {form.category}"
    return _FAILURES.get(form.category, unknown)


_ALONE: Mapping[str, tuple[tuple[str, ...], Callable[[ProbeForm], str]]] = {
    "speech": (
        ("xinference", "elevenlabs"),
        lambda form: f"Unsupported speech provider for testing: {form.model_provider}",
    ),
    "sound_effect": (
        ("elevenlabs",),
        lambda form: "Sound effect connection testing currently supports ElevenLabs",
    ),
    "music": (("elevenlabs",), lambda form: "Music connection testing currently supports ElevenLabs"),
}
"""Categories that only some providers can be probed for, and what is said of the others."""


_FAILURES = {
    "embedding": f"OpenAI embedding failed: {_NOT_ALLOWED}",
    "rerank": _NOT_ALLOWED,
    **dict.fromkeys(("image", "video"), _UNREACHED),
}


def _wrong_llm(provider: str, form: ProbeForm) -> str | None:
    """Say what is wrong with an llm before anybody is asked."""
    if provider == bedrock.PROVIDER:
        return bedrock.mistake(form.bedrock_region, form.bedrock_auth_mode, form.api_key, form.base_url)
    if provider == "deepseek" and form.model_name not in providers.DEEPSEEK_MODELS:
        return answers.UNKNOWN_DEEPSEEK.format(name=form.model_name, known=", ".join(providers.DEEPSEEK_MODELS))
    return None if provider in _LLMS else f"Unsupported LLM model type: {provider}"


def _llm_failure(provider: str) -> str:
    speaks_openai = providers.compatibility(provider) == "openai_compatible"
    return f"OpenAI API error: {_UNREACHED}" if speaks_openai else _UNREACHED


def _tested(row: Row) -> Row:
    if row["category"] == "llm":
        return _result(row["model_id"], "Model test failed", _llm_failure(row["model_provider"]))
    return {
        **_result(row["model_id"], "Failed to create LLM instance", "Unsupported model type"),
        "response_time": None,
    }


def _result(model_id: str, message: str, error: str) -> Row:
    return {"model_id": model_id, "status": "failed", "response_time": 0.0, "message": message, "error": error}


def _known(name: str) -> list[Row]:
    """Give the models that the server knows by heart."""
    if name == "deepseek":
        abilities = ["chat", "tool_calling", "thinking_mode"]
        names = providers.DEEPSEEK_MODELS
        return [{"id": one, "created": 0, "owned_by": "deepseek", "abilities": abilities} for one in names]
    if name in _PLANS:
        return [{"id": one, "created": 0, "owned_by": name} for one in _PLANS[name]]
    return [{"id": one, "object": "model", "owned_by": "dashscope"} for one in _DASHSCOPE.get(name, ())]
