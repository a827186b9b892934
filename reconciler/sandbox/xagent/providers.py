"""The providers of models: how the server spells them, where each answers, what each is for.

Takes the spelling of a client, gives the canonical one and its address.
It never reaches a provider.
"""

from __future__ import annotations

from reconciler.sandbox.store import Row

ROUTER = "router"
DEEPSEEK_MODELS = ("deepseek-flash", "deepseek-v4-flash", "deepseek-v4-pro")

ALIASES = {
    **dict.fromkeys(("ark", "ark-video", "modelark", "model_ark", "volcengine", "volcengine_ark"), "volcengine-ark"),
    **dict.fromkeys(("byteplus", "byteplus_ark"), "byteplus-ark"),
    "zai_coding_plan": "zai-coding-plan",
    "zhipuai_coding_plan": "zhipuai-coding-plan",
    "alibaba_coding_plan": "alibaba-coding-plan",
    "alibaba_coding_plan_cn": "alibaba-coding-plan-cn",
    "minimax_coding_plan": "minimax-coding-plan",
    "minimax_cn_coding_plan": "minimax-cn-coding-plan",
    "kimi_for_coding": "kimi-for-coding",
}

BYTEPLUS_URL = "https://ark.ap-southeast.bytepluses.com/api/v3"
BASE_URLS = {
    "openai": "https://api.openai.com/v1",
    "elevenlabs": "https://api.elevenlabs.io",
    "deepseek": "https://api.deepseek.com",
    "openrouter": "https://openrouter.ai/api/v1",
    "dashscope": "https://dashscope.aliyuncs.com/compatible-mode/v1",
    "volcengine-ark": "https://ark.cn-beijing.volces.com/api/v3",
    "byteplus-ark": BYTEPLUS_URL,
    "alibaba-coding-plan": "https://coding-intl.dashscope.aliyuncs.com/v1",
    "alibaba-coding-plan-cn": "https://coding.dashscope.aliyuncs.com/v1",
    "zhipu": "https://open.bigmodel.cn/api/paas/v4",
    "zai-coding-plan": "https://api.z.ai/api/coding/paas/v4",
    "zhipuai-coding-plan": "https://open.bigmodel.cn/api/coding/paas/v4",
    "minimax-coding-plan": "https://api.minimax.io/anthropic",
    "minimax-cn-coding-plan": "https://api.minimaxi.com/anthropic",
    "kimi-for-coding": "https://api.kimi.com/coding",
}
"""Where a provider answers, given to models that are created without an address."""

_OPENAI, _CLAUDE = "openai_compatible", "claude_compatible"
_SUPPORTED: tuple[tuple[str, str, str, str], ...] = (
    ("bedrock", "Amazon Bedrock", "", "llm"),
    ("openai", "OpenAI", _OPENAI, "llm embedding"),
    ("claude", "Anthropic Claude", _CLAUDE, "llm"),
    ("gemini", "Google Gemini", "", "llm image"),
    ("xinference", "Xinference", "", "llm embedding image video speech rerank"),
    ("elevenlabs", "ElevenLabs", "", "speech sound_effect music"),
    ("deepseek", "DeepSeek", "", "llm"),
    ("openai-compatible", "OpenAI-Compatible", _OPENAI, "llm embedding"),
    ("openrouter", "OpenRouter", _OPENAI, "llm"),
    ("dashscope", "DashScope", _OPENAI, "llm embedding image rerank"),
    ("volcengine-ark", "Volcengine Ark", "", "video"),
    ("byteplus-ark", "BytePlus Ark", "", "video"),
    ("alibaba-coding-plan", "Alibaba Coding Plan", _OPENAI, "llm"),
    ("alibaba-coding-plan-cn", "Alibaba Coding Plan (China)", _OPENAI, "llm"),
    ("zhipu", "Zhipu AI", "", "llm"),
    ("zai-coding-plan", "Z.AI Coding Plan", _OPENAI, "llm"),
    ("zhipuai-coding-plan", "Zhipu AI Coding Plan", _OPENAI, "llm"),
    ("minimax-coding-plan", "MiniMax Coding Plan (International)", _CLAUDE, "llm"),
    ("minimax-cn-coding-plan", "MiniMax Coding Plan (China)", _CLAUDE, "llm"),
    ("kimi-for-coding", "Kimi For Coding", _CLAUDE, "llm"),
)
WITHOUT_ADDRESS = ("xinference", "openai-compatible")
"""Providers that have no address of their own."""

_NEW_RERANKS = ("qwen3-rerank",)
_RERANK_URL = "https://dashscope.aliyuncs.com/compatible-api/v1/reranks"
_OLD_RERANK_URL = "https://dashscope.aliyuncs.com/api/v1/services/rerank/text-rerank/text-rerank"


def canonical(provider: str) -> str:
    """Spell a provider as the server does."""
    plain = provider.lower().strip()
    return ALIASES.get(plain, plain)


def supported() -> list[Row]:
    """Give the catalogue; what a real server says about each in a sentence is its own."""
    return [_entry(*facts) for facts in _SUPPORTED]


def compatibility(provider: str) -> str:
    """Say whose interface a provider speaks, "" for its own."""
    return next((spoken for name, _, spoken, _ in _SUPPORTED if name == provider), "")


def rerank_url(model_name: str) -> str:
    """Give the address that DashScope has for a rerank model, whatever the client says."""
    return _RERANK_URL if model_name.lower() in _NEW_RERANKS else _OLD_RERANK_URL


def address(category: str, provider: str, model_name: str, given: str | None) -> str | None:
    """Give the address that a new model gets."""
    if category == "rerank" and provider == "dashscope" and model_name:
        return rerank_url(model_name)
    if category == "video" and provider == "volcengine-ark" and not given and model_name.startswith("dreamina-"):
        return BYTEPLUS_URL
    return given or BASE_URLS.get(provider)


def _entry(name: str, title: str, spoken: str, categories: str) -> Row:
    entry: Row = {
        "id": name,
        "name": title,
        "description": f"Models of {title}",
        "requires_base_url": name in WITHOUT_ADDRESS,
        "category": categories.split(),
    }
    entry |= {"compatibility": spoken} if spoken else {}
    return entry | ({"default_base_url": BASE_URLS[name]} if name in BASE_URLS else {})
