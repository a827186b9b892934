"""What `reconciler.yaml` may hold, key by key.

Takes a document, gives values of `values`, or pydantic's list of what does not fit. Knows no positions and no systems.
"""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from reconciler import stores
from reconciler.model import Auth, Json, Limits, Target, ValueSource
from reconciler.settings.values import InventorySettings, InventoryStore, Settings

_REMOTE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/-]*\Z")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?) ?%\Z")


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


class TargetShape(_Model):
    """One of `targets`; more keys are those of its system."""

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


class InventoryShape(_Model):
    """Where the inventory is kept."""

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


class File(_Model):
    """All of it."""

    apiVersion: Literal["reconciler/v1"]  # noqa: N815  the file's own spelling
    manifests: Annotated[list[Text], Field(min_length=1)] = ["manifests"]
    overlays: list[Text] = []
    inventory: InventoryShape = InventoryShape()
    targets: Annotated[dict[str, TargetShape], Field(min_length=1)]
    limits: _Limits = _Limits()

    def value(self, root: Path, file: str) -> Settings:
        """Give the settings as the other stages know them."""
        return Settings(
            root=root,
            file=file,
            manifests=tuple(self.manifests),
            overlays=tuple(self.overlays),
            inventory=self.inventory.value(),
            targets={name: target.value(name) for name, target in self.targets.items()},
            limits=Limits(self.limits.deletes, self.limits.updates),
        )
