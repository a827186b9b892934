"""The bodies that the model routes take.

Takes parsed JSON, gives forms with their texts stripped; keys that are not listed vanish.
It never looks at what is stored.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, ValidationInfo, field_validator

ABILITIES: dict[str, tuple[str, ...]] = {
    "image": ("edit", "generate"),
    "embedding": ("embedding",),
    "speech": ("asr", "tts"),
    "rerank": ("rerank",),
    "video": ("generate",),
    "sound_effect": ("generate",),
    "music": ("generate",),
}
"""What a model of a category can do; an llm can do whatever is said."""


def _strip(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


Stripped = Annotated[str, BeforeValidator(_strip)]
ModelId = Annotated[str, Field(max_length=100), BeforeValidator(_strip)]
ModelName = Annotated[str, Field(max_length=2048), BeforeValidator(_strip)]
BedrockMode = Literal["api_key", "credentials_chain"]


class CreateForm(BaseModel):
    """Body of `/register`."""

    model_id: ModelId
    category: str = "llm"
    model_provider: str
    model_name: ModelName
    api_key: Stripped | None = None
    base_url: Stripped | None = None
    bedrock_region: Stripped | None = None
    bedrock_auth_mode: BedrockMode = "api_key"
    temperature: float | None = None
    context_window: int | None = None
    dimension: int | None = None
    abilities: list[str] | None = None
    description: str | None = None
    share_with_users: bool = False
    # Checked and dropped.
    top_n: int | None = None
    instruct: str | None = None
    language: str | None = None
    voice: str | None = None
    format: str | None = None
    sample_rate: int | None = None

    @field_validator("abilities")
    @classmethod
    def _fit(cls, value: list[str] | None, info: ValidationInfo) -> list[str] | None:
        return _fitting(value, info.data.get("category", "llm"))


class UpdateForm(BaseModel):
    """Body of a PUT; what is left out is kept."""

    category: str | None = None
    model_provider: str | None = None
    model_name: ModelName | None = None
    api_key: Stripped | None = None
    base_url: Stripped | None = None
    bedrock_region: Stripped | None = None
    bedrock_auth_mode: BedrockMode | None = None
    temperature: float | None = None
    context_window: int | None = None
    dimension: int | None = None
    description: str | None = None
    abilities: list[str] | None = None
    share_with_users: bool | None = None
    # Checked and dropped.
    language: str | None = None
    voice: str | None = None
    format: str | None = None
    sample_rate: int | None = None

    @field_validator("abilities")
    @classmethod
    def _fit(cls, value: list[str] | None, info: ValidationInfo) -> list[str] | None:
        return _fitting(value, info.data.get("category"))


class ProbeForm(BaseModel):
    """Body of `/test-connection`."""

    model_provider: str
    model_name: ModelName
    api_key: Stripped | None = None
    base_url: Stripped | None = None
    bedrock_region: Stripped | None = None
    bedrock_auth_mode: BedrockMode = "api_key"
    category: str = "llm"
    temperature: float | None = None
    dimension: int | None = None
    abilities: list[str] | None = None
    top_n: int | None = None
    instruct: str | None = None


def _fitting(abilities: list[str] | None, category: str | None) -> list[str] | None:
    known = ABILITIES.get(category or "")
    if abilities is None or known is None:
        return abilities
    label = str(category).replace("_", " ")
    unknown = set(abilities) - set(known)
    if unknown:
        raise ValueError(f"Invalid abilities for {label} model: {_set(unknown)}. Valid abilities are: {_set(known)}")
    if not abilities:
        raise ValueError(f"{label.capitalize()} model must have at least one ability")
    return abilities


def _set(words: Any) -> str:
    """Write a set as Python prints it, but in one order."""
    return "{" + ", ".join(repr(word) for word in sorted(words)) + "}"
