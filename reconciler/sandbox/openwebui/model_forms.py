"""The bodies that the model routes take, per version, and what the server makes of them.

Takes parsed JSON, gives forms with tags, images and knowledge normalised as the server does it.
It never looks at what is stored.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator, model_validator

from reconciler.sandbox.openwebui.dialect import Dialect
from reconciler.sandbox.openwebui.images import check_background, check_image

_FILE_ID = r"^[a-fA-F0-9]{8}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{12}$"
_CONTROL_KEY = re.compile(r"^(?!(?:constructor|prototype)\Z)[a-zA-Z][a-zA-Z0-9_-]*\Z")

ModelId = Annotated[str, Field(pattern=r"^\S+$")]


class Meta(BaseModel):
    """`meta` before 0.12; keys that are not listed are kept as they come."""

    model_config = ConfigDict(extra="allow")

    profile_image_url: str | None = None
    background_image_url: str | None = None
    description: str | None = None
    i18n: dict[str, Any] | None = None
    capabilities: dict[Any, Any] | None = None
    knowledge: list[Any] | None = None

    @model_validator(mode="before")
    @classmethod
    def _normalise_tags(cls, data: Any) -> Any:
        if isinstance(data, dict) and "tags" in data:
            return {**data, "tags": normalise_tags(data["tags"])}
        return data

    @field_validator("profile_image_url", mode="before")
    @classmethod
    def _forget_unknown_image(cls, value: Any) -> Any:
        try:
            return None if value is None else check_image(value)
        except ValueError:
            return None

    @field_validator("background_image_url", mode="before")
    @classmethod
    def _known_background(cls, value: Any) -> Any:
        return None if value is None else check_background(value)

    @field_validator("knowledge", mode="before")
    @classmethod
    def _forget_content(cls, value: Any) -> Any:
        return [_without_content(item) for item in value] if isinstance(value, list) else value


class Voice(BaseModel):
    """`meta.voice`."""

    voice: str | None = Field(default=None, min_length=1, max_length=200, pattern=r"^\S+$")


class Animation(BaseModel):
    """A file that moves an avatar."""

    model_config = ConfigDict(extra="forbid")

    file_id: str = Field(pattern=_FILE_ID)


class Gesture(Animation):
    """An animation that the model may call by name."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,47}$")
    description: str = Field(min_length=1, max_length=500)


class Avatar(Animation):
    """`meta.voice_avatar`."""

    states: dict[Literal["idle", "listening", "speaking"], Animation] = Field(default_factory=dict)
    gestures: list[Gesture] = Field(default_factory=list, max_length=16)


class TypedMeta(Meta):
    """`meta` since 0.12."""

    voice: Voice | None = None
    voice_avatar: Avatar | None = None


class Params(BaseModel):
    """`params` before 0.12: anything."""

    model_config = ConfigDict(extra="allow")


class ControlOption(BaseModel):
    """One choice of a control and the params that it stands for."""

    label: str = Field(pattern=r"\S")
    params: dict[str, JsonValue]


ControlKey = Annotated[str, Field(pattern=_CONTROL_KEY)]


class Control(BaseModel):
    """A choice that chat users have."""

    display: Literal["menu", "slider"] = "menu"
    label: str = Field(pattern=r"\S")
    description: str | None = None
    default: str | None = None
    options: dict[ControlKey, ControlOption] = Field(min_length=1)

    @model_validator(mode="after")
    def _check_default(self) -> Self:
        if self.display == "slider" and len(self.options) < 2:
            raise ValueError("A slider needs at least two options.")
        if self.default is not None and self.default not in self.options:
            raise ValueError("Default must name an approved option.")
        return self


class TypedParams(Params):
    """`params` since 0.12."""

    model_controls: dict[ControlKey, Control] = Field(default_factory=dict)


class ModelForm(BaseModel):
    """Body of create and update before 0.12."""

    id: ModelId
    base_model_id: str | None = None
    name: str
    meta: Meta
    params: Params
    access_grants: list[dict[Any, Any]] | None = None
    is_active: bool = True

    def given(self, *path: str) -> bool:
        """Say whether the body had that key: `given("name")`, `given("meta", "voice")`."""
        holder: BaseModel = self if len(path) == 1 else getattr(self, path[0])
        return path[-1] in holder.model_fields_set

    def dump_meta(self) -> dict[str, Any]:
        """Give `meta` as it is stored."""
        return self.meta.model_dump()

    def dump_params(self) -> dict[str, Any]:
        """Give `params` as they are stored: controls without their defaults, none where there is none."""
        params = self.params.model_dump()
        if isinstance(self.params, TypedParams):
            controls = params.pop("model_controls")
            if controls:
                params["model_controls"] = {key: _dump_control(control) for key, control in controls.items()}
        return params


class _Commented(BaseModel):
    commit_message: str | None = None


class TypedModelForm(ModelForm, _Commented):
    """Body of create and update since 0.12."""

    meta: TypedMeta
    params: TypedParams


class AccessForm(BaseModel):
    """Body of `/model/access/update`."""

    id: ModelId
    name: str | None = None
    access_grants: list[dict[Any, Any]]


class IdForm(BaseModel):
    """Body of `/model/delete`."""

    id: str


class ImportForm(BaseModel):
    """Body of `/import`."""

    models: list[dict[Any, Any]]


class WholeModel(TypedModelForm):
    """An item of `/sync`."""

    user_id: str
    is_active: bool
    updated_at: int
    created_at: int


class SyncForm(BaseModel):
    """Body of `/sync`; without a list it means none at all."""

    models: list[WholeModel] = []


def form_of(dialect: Dialect) -> type[ModelForm]:
    """Give the class of the body of create and update."""
    return TypedModelForm if dialect.typed_extras else ModelForm


def normalise_tags(tags: Any) -> list[dict[str, str]]:
    """Give tags as `{"name": trimmed}`; what has no name is dropped, order and duplicates stay."""
    if not isinstance(tags, list):
        return []
    names = [tag.get("name") if isinstance(tag, dict) else tag for tag in tags]
    return [{"name": name.strip()} for name in names if isinstance(name, str) and name.strip()]


def _without_content(item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    kept = _without_data_content(item)
    return {**kept, "file": _without_data_content(kept["file"])} if isinstance(kept.get("file"), dict) else kept


def _without_data_content(holder: dict[str, Any]) -> dict[str, Any]:
    data = holder.get("data")
    if not isinstance(data, dict):
        return holder
    return {**holder, "data": {key: value for key, value in data.items() if key != "content"}}


def _dump_control(control: dict[str, Any]) -> dict[str, Any]:
    unset: dict[str, Any] = {"display": "menu", "description": None, "default": None}
    return {key: value for key, value in control.items() if key not in unset or value != unset[key]}
