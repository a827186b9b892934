"""Reads `reconciler.yaml`: where manifests lie, which targets there are, how each is authenticated.

Takes a path, or finds the nearest file upwards; gives `Settings`, or every mistake with its position. Never reads a
secret: settings only say where each comes from.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from reconciler import schema, stores
from reconciler.errors import ManifestError, SettingsError
from reconciler.manifests import yaml
from reconciler.manifests.files import shown_folder
from reconciler.model import Auth, Body, Json, Limits, Target, ValueSource
from reconciler.model import Path as Place
from reconciler.paths import format_path
from reconciler.schema import did_you_mean

FILE_NAME = "reconciler.yaml"
_INIT = "`reconciler init` writes one; `--config FILE` names another"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")
InventoryStore = Literal["file", "git", "s3", "gcs", "azure", "postgres"]
"""The words for `inventory.STORES`, which lies on this layer too; a test holds them together."""
_REMOTE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/-]*\Z")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?) ?%\Z")


@dataclass(frozen=True, slots=True)
class InventorySettings:
    """Where the inventory is kept; the `path` of a file counts from the settings' folder."""

    store: str = "file"
    path: str = ".reconciler/inventory.json"
    options: Mapping[str, str | ValueSource] = field(default_factory=dict)
    """What the store wants to know beside that."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What `reconciler.yaml` says; relative paths count from `root`, the folder that holds it."""

    root: Path
    file: str
    """As a person would type it."""
    manifests: tuple[str, ...] = ("manifests",)
    overlays: tuple[str, ...] = ()
    inventory: InventorySettings = InventorySettings()
    targets: Mapping[str, Target] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)


def load(path: Path | None = None) -> Settings:
    """Give the settings of a file, or of the nearest `reconciler.yaml` upwards from the current folder.

    Raises SettingsError with every mistake, each with file:line:column.
    """
    found = (path or _nearest_file()).absolute()
    found = found / FILE_NAME if found.is_dir() else found
    file = str(Path(shown_folder(found.parent)) / found.name)
    data, document = _read(found, file)
    try:
        content = _File.model_validate(document)
    except ValidationError as error:
        raise _refusal(file, data, [_explain(details) for details in error.errors(include_url=False)]) from None
    problems = [problem for name, target in content.targets.items() for problem in _judge(name, target)]
    problems += _judge_inventory(content.inventory)
    if problems:
        raise _refusal(file, data, problems)
    return Settings(
        root=found.parent,
        file=file,
        manifests=tuple(content.manifests),
        overlays=tuple(content.overlays),
        inventory=content.inventory.value(),
        targets={name: target.value(name) for name, target in content.targets.items()},
        limits=Limits(content.limits.deletes, content.limits.updates),
    )


# --- what a file may hold -----------------------------------------------------------------------


def _refuse(summary: str, hint: str) -> PydanticCustomError:
    return PydanticCustomError("settings", "{summary}", {"summary": summary, "hint": hint})


def _percent(value: Json) -> Json:
    found = _PERCENT.match(value) if isinstance(value, str) else None
    if found is None or float(found[1]) > 100:
        raise _refuse("expected a share between 0% and 100%", "write it as `10%`")
    return float(found[1])


def _no_literal(value: Json) -> Json:
    if not isinstance(value, dict):
        hint = "write `{env: NAME}`, `{file: path}` or `{command: [program, argument]}`"
        raise _refuse("a secret must not stand in the settings", hint)
    return value


def _prefix(value: str) -> str:
    if value and not value.startswith("/"):
        raise _refuse(f"{value!r} does not begin with a slash", f"write `/{value}`")
    return value.rstrip("/")


def _url(value: str, example: str = "https://chat.example.com", credentials: str = "say them by `auth`") -> str:
    hint = f"write it as `{example}`"
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise _refuse("no address that can be read", hint) from None
    if parts.scheme not in ("http", "https") or not host or not value.isprintable() or " " in value:
        raise _refuse("expected an address that begins with https://", hint)
    if "@" in parts.netloc:
        raise _refuse("credentials must not stand in an address", credentials)
    if parts.query or parts.fragment:
        raise _refuse("an address without `?` and `#` was expected", hint)
    if parts.scheme == "http" and not _is_loopback(host):
        raise _refuse("plain http would show the credential to the network", f"write `https://{parts.netloc}`")
    return value.rstrip("/")


def _endpoint(value: str) -> str:
    return _url(value, "https://storage.example.com", "they come from the environment")


def _remote(value: str) -> str:
    if not _REMOTE.match(value):
        raise _refuse("no name of a remote", "write `remote: origin`, as `git remote` says it")
    return value


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


Text = Annotated[str, Field(min_length=1)]


class _Source(_Model):
    env: Text | None = None
    file: Text | None = None
    command: Annotated[list[Text], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _is_one(self) -> _Source:
        if len([given for given in (self.env, self.file, self.command) if given is not None]) != 1:
            raise _refuse("expected one of `env`, `file` and `command`", "write `{env: NAME}`")
        return self

    def value(self) -> ValueSource:
        """Give the source as the other stages know it."""
        if self.command is not None:
            return ValueSource("command", tuple(self.command))
        return ValueSource("env", self.env) if self.env is not None else ValueSource("file", self.file or "")


Source = Annotated[_Source, BeforeValidator(_no_literal)]


class _Header(_Model):
    name: Text
    value: Source


class _Login(_Model):
    username: Text
    password: Source


class _Auth(_Model):
    bearer: Source | None = None
    header: _Header | None = None
    login: _Login | None = None

    @model_validator(mode="after")
    def _is_one(self) -> _Auth:
        if len([given for given in (self.bearer, self.header, self.login) if given is not None]) != 1:
            raise _refuse("expected one of `bearer`, `header` and `login`", "write `auth: {bearer: {env: NAME}}`")
        return self

    def value(self) -> Auth | None:
        """Give the credential as the other stages know it."""
        if self.header is not None:
            return Auth("header", self.header.value.value(), header=self.header.name)
        if self.login is not None:
            return Auth("login", self.login.password.value(), username=self.login.username)
        return Auth("bearer", self.bearer.value()) if self.bearer is not None else None


class _Account(_Model):
    id: Text


class _Target(_Model):
    model_config = ConfigDict(extra="allow", strict=True)

    system: Text
    url: Annotated[Text, AfterValidator(_url)]
    prefix: Annotated[str, AfterValidator(_prefix)] | None = None
    auth: _Auth | None = None
    account: _Account | None = None
    concurrency: Annotated[int, Field(ge=1, le=1000)] | None = None
    requests_per_second: Annotated[float, Field(gt=0)] | None = None
    timeout: Annotated[float, Field(gt=0)] = 30.0

    def value(self, name: str) -> Target:
        """Give the target as the other stages know it."""
        return Target(
            name=name,
            system=self.system,
            url=self.url,
            auth=self.auth.value() if self.auth else None,
            prefix=self.prefix,
            account=self.account.id if self.account else None,
            concurrency=self.concurrency,
            requests_per_second=self.requests_per_second,
            timeout=self.timeout,
            options=dict(self.model_extra or {}),
        )


class _Inventory(_Model):
    store: InventoryStore = "file"
    path: Text | None = None
    remote: Annotated[str, AfterValidator(_remote)] | None = None
    endpoint: Annotated[Text, AfterValidator(_endpoint)] | None = None
    region: Text | None = None
    url: Source | None = None

    def value(self) -> InventorySettings:
        """Give the place as the other stages know it."""
        options: dict[str, str | ValueSource | None] = {
            "remote": self.remote,
            "endpoint": self.endpoint,
            "region": self.region,
            "url": self.url.value() if self.url else None,
        }
        given = {name: option for name, option in options.items() if option is not None}
        return InventorySettings(self.store, self.path or stores.KNOWN[self.store].path, given)


class _Limits(_Model):
    deletes: Annotated[float, BeforeValidator(_percent)] = 10.0
    updates: Annotated[float, BeforeValidator(_percent)] = 30.0


class _File(_Model):
    apiVersion: Literal["reconciler/v1"]  # noqa: N815  the file's own spelling
    manifests: Annotated[list[Text], Field(min_length=1)] = ["manifests"]
    overlays: list[Text] = []
    inventory: _Inventory = _Inventory()
    targets: Annotated[dict[str, _Target], Field(min_length=1)]
    limits: _Limits = _Limits()


# --- what is wrong with it ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Problem:
    place: Place
    summary: str
    hint: str = ""
    at: Literal["key", "value"] = "value"


_EXAMPLES = {
    "apiVersion": "write `apiVersion: reconciler/v1`",
    "targets": "write `targets: {NAME: {system: .., url: .., auth: ..}}`; `reconciler init` shows how",
    "system": "the API product, such as `system: openwebui`",
    "url": "write `url: https://chat.example.com`",
    "manifests": "write `manifests: [manifests]`",
    "overlays": "write `overlays: [overlays/prod]`",
}
_EXPECTED = {
    "string_type": "expected text",
    "string_too_short": "expected text that is not empty",
    "list_type": "expected a list",
    "dict_type": "expected a mapping",
    "model_type": "expected a mapping",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number",
    "greater_than": "expected a number greater than {gt:g}",
    "greater_than_equal": "expected a number of at least {ge}",
    "less_than_equal": "expected a number of at most {le}",
    "too_short": "expected at least one",
    "literal_error": "expected {expected}",
}


def _explain(details: ErrorDetails) -> _Problem:
    """Say what pydantic found in words; what was written is not repeated, as it might be a secret."""
    place, kind, context = details["loc"], details["type"], details.get("ctx", {})
    name = str(place[-1]) if place else ""
    if kind == "extra_forbidden":
        return _Problem(place, f"unknown key `{name}`", did_you_mean(name, _keys(place[:-1])), "key")
    if kind == "missing":
        return _Problem(place[:-1], f"`{name}` is missing", _EXAMPLES.get(name, ""))
    if kind == "settings":
        return _Problem(place, context["summary"], context["hint"])
    summary = _EXPECTED[kind].format(**context) if kind in _EXPECTED else details["msg"]
    return _Problem(place, summary, _EXAMPLES.get(name, ""))


def _keys(place: Place) -> list[str]:
    """Give the keys that the mapping at a place knows."""
    model: Any = _File
    for step in place:
        inner = model.model_fields[step].annotation if _is_model(model) else get_args(model)[-1]
        model = next(kind for kind in _alternatives(inner) if kind is not type(None))
    return list(model.model_fields)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _alternatives(kind: Any) -> tuple[Any, ...]:
    if get_origin(kind) is Annotated:
        return _alternatives(get_args(kind)[0])
    is_union = get_origin(kind) in (Union, UnionType)
    return tuple(inner for each in get_args(kind) for inner in _alternatives(each)) if is_union else (kind,)


def _judge(name: str, target: _Target) -> Iterable[_Problem]:
    """Find what the shape alone does not show: names, systems, settings that only some systems have."""
    if not _NAME.match(name):
        hint = "letters, digits, `.`, `_` and `-`, at most 100, beginning with a letter or digit"
        yield _Problem(("targets", name), f"{name!r} is no name for a target", hint, "key")
    kinds = schema.load_kinds()
    if not kinds.knows(target.system):
        summary = f"no system is called {target.system!r}"
        yield _Problem(("targets", name, "system"), summary, did_you_mean(target.system, kinds.systems()))
        return
    own, given = schema.target_settings(target.system), target.model_extra or {}
    for key, value in given.items():
        if key not in own:
            hint = did_you_mean(key, [*_Target.model_fields, *own])
            yield _Problem(("targets", name, key), f"unknown key `{key}`", hint, "key")
        elif not own[key].fits(value):
            yield _Problem(("targets", name, key), f"not fit for: {own[key].description}", _as_in(own[key]))
    for setting in own.values():
        if setting.required and setting.name not in given:
            summary = f"`{setting.name}` is missing, which every target of {target.system} needs"
            yield _Problem(("targets", name), summary, _as_in(setting))


def _judge_inventory(inventory: _Inventory) -> Iterable[_Problem]:
    """Find what one store takes and another does not."""
    for fault in stores.faults(inventory.store, inventory.path, inventory.model_fields_set):
        yield _Problem(("inventory", *fault.place), fault.summary, fault.hint, fault.at)


def _as_in(setting: schema.TargetSetting) -> str:
    return f"write `{setting.name}: {setting.example}`" if setting.example else f"write `{setting.name}: ..`"


def _refusal(file: str, data: bytes, problems: list[_Problem]) -> SettingsError:
    """Make the error; a single mistake keeps its hint apart, several carry theirs in their lines."""
    from reconciler.manifests import strict  # 15 ms to import, and only mistakes need positions

    [(_, marks)] = strict.parse_marked(data, file)
    found = sorted(((marks.find(p.place, p.at)[1], p) for p in problems), key=lambda pair: pair[0])
    lines = []
    for (line, column), problem in found:
        where = f"{format_path(problem.place)}: " if problem.place else ""
        lines.append(f"{file}:{line}:{column}: {where}{problem.summary}")
    if len(found) == 1:
        return SettingsError(lines[0], hint=found[0][1].hint)
    hinted = [f"{text} ({p.hint})" if p.hint else text for text, (_, p) in zip(lines, found, strict=True)]
    return SettingsError("\n".join(hinted))


# --- the file -----------------------------------------------------------------------------------


def _nearest_file() -> Path:
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
    raise SettingsError(f"no {FILE_NAME} in {here} or above it", hint=_INIT)


def _read(path: Path, file: str) -> tuple[bytes, Body]:
    """Give the bytes of a settings file, and its one document."""
    try:
        data = path.read_bytes()
        documents = yaml.parse(data, file)
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}", hint=_INIT) from error
    except ManifestError as error:
        raise SettingsError(error.message, hint=error.hint) from error
    if not documents:
        raise SettingsError(f"{file} is empty", hint=_INIT)
    if len(documents) > 1:
        second = documents[1]
        raise SettingsError(f"{file}:{second.line}:{second.column}: a second document", hint="keep one")
    return data, documents[0].value
