"""The bodies that the API takes, as the vendor's own client 5.5.0 sends them.

Takes nothing, gives a checker per body; keys that are not named vanish without a word.
It never reads a body itself: `answers.parse` does.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Required, TypeAlias

from pydantic import Field, TypeAdapter
from typing_extensions import TypedDict  # the one that pydantic wants before Python 3.12

from reconciler.sandbox.store import Row

# fmt: off
Executor: TypeAlias = Literal[
    "openai", "anthropic", "google", "xai", "vertex", "vertex-anthropic", "bedrock", "tinfoil", "vercel",
    "generic-openai",
]
ConfigProvider: TypeAlias = Literal[Executor, "model", "runtype", "mock", "modelsocket", "mixlayer"]
KeyProvider: TypeAlias = Literal[
    Executor, "mixlayer", "weaviate", "vectorize", "browser-rendering", "braintrust"
]
PolicyProvider: TypeAlias = Literal[Executor, "mixlayer"]
# fmt: on

Text: TypeAlias = Annotated[str, Field(min_length=1)]
Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=100)]


class _Reasoning(TypedDict, total=False):
    supported: Required[bool]
    defaultEffort: str


class _ExecutorConfig(TypedDict, total=False):
    baseURL: str
    modelMapping: str


class _Facts(TypedDict, total=False):
    maxOutputTokens: int
    supportsStreaming: bool
    supportedResponseFormats: list[str]
    reasoning: _Reasoning
    midConversationSystemMessages: Literal["preserve", "hoist"]


class _CustomModel(_Facts, total=False):
    displayName: Required[str]
    inputCostPer1kTokens: Required[float]
    outputCostPer1kTokens: Required[float]
    executorProvider: Executor
    executorConfig: _ExecutorConfig


class _Settings(TypedDict, total=False):
    maxTokens: int
    temperature: float
    customModel: _CustomModel


class _CreateConfig(TypedDict, total=False):
    provider: Required[ConfigProvider]
    modelId: Required[Text]
    providerKeyId: str
    settings: dict[str, Any]


class _UpdateConfig(TypedDict, total=False):
    isDefault: bool
    isEnabled: bool
    providerKeyId: str
    settings: dict[str, Any]


class _Status(TypedDict):
    isEnabled: bool


class _CreateKey(TypedDict, total=False):
    provider: Required[KeyProvider]
    name: Required[Name]
    apiKey: Required[Text]
    isDefault: bool
    settings: dict[str, Any]


class _UpdateKey(TypedDict, total=False):
    name: Name
    apiKey: Text
    isActive: bool
    isDefault: bool
    settings: dict[str, Any]


class _Discover(TypedDict):
    apiKey: Text
    baseUrl: Text


class _Synced(_Facts, total=False):
    id: Required[Text]
    displayName: str
    inputCostPer1kTokens: float
    outputCostPer1kTokens: float


class _Sync(TypedDict):
    models: list[_Synced]


class _Connection(TypedDict):
    connectionId: Text


class _Policy(TypedDict):
    provider: PolicyProvider
    selection: _Connection | Literal["platform"]


Form: TypeAlias = TypeAdapter[Row]
"""Checks a body, and gives it without the keys that it does not know."""


def _form(shape: Any) -> Form:
    return TypeAdapter(shape)


SETTINGS = _form(_Settings)
CREATE_CONFIG = _form(_CreateConfig)
UPDATE_CONFIG = _form(_UpdateConfig)
STATUS = _form(_Status)
CREATE_KEY = _form(_CreateKey)
UPDATE_KEY = _form(_UpdateKey)
DISCOVER = _form(_Discover)
SYNC = _form(_Sync)
POLICY = _form(_Policy)
