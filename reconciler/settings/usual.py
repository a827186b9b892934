"""Reads settings that are written as most are, without pydantic: its import is a quarter of the start of a run.

Takes a document, gives the same `Settings` as `shapes` would, or None where anything is unusual or wrong. Never says
what is wrong: that is for `shapes` and `problems`, which whoever gets None asks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from reconciler import schema, stores
from reconciler.model import Auth, Body, Json, Limits, Target, ValueSource
from reconciler.settings.values import InventorySettings, Settings

_KEYS = {"apiVersion", "manifests", "overlays", "inventory", "targets", "limits"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")
_PERCENT = re.compile(r"(?:100|\d{1,2})%\Z", re.ASCII)
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._-]+)+\Z")
_HOST = r"(?:https://[a-z0-9]+(?:[.-][a-z0-9]+)*|http://(?:localhost|127\.0\.0\.1))"
_URL = re.compile(rf"{_HOST}(?::[1-9][0-9]{{0,3}}|:[1-5][0-9]{{4}})?(?:/[A-Za-z0-9._-]+)*\Z")


class _Unusual(Exception):
    """Says that `shapes` must look at it."""


def read(document: Body, root: Path, file: str) -> Settings | None:
    """Give the settings, or None."""
    try:
        _require(document.keys() <= _KEYS and document.get("apiVersion") == "reconciler/v1")
        _require(document.get("targets") != {})
        return Settings(
            root=root,
            file=file,
            manifests=_texts(document["manifests"]) if "manifests" in document else ("manifests",),
            overlays=_texts(document["overlays"]) if document.get("overlays", []) != [] else (),
            inventory=_inventory(_mapping(document.get("inventory", {}))),
            targets={name: _target(name, _mapping(said)) for name, said in _mapping(document.get("targets")).items()},
            limits=_limits(_mapping(document.get("limits", {}))),
        )
    except _Unusual:
        return None


def _require(usual: bool) -> None:
    if not usual:
        raise _Unusual


def _mapping(value: Json) -> Body:
    _require(type(value) is dict)
    return value  # type: ignore[no-any-return]


def _text(value: Json) -> str:
    _require(type(value) is str and value != "")
    return value  # type: ignore[no-any-return]


def _texts(value: Json) -> tuple[str, ...]:
    _require(type(value) is list and value != [])
    return tuple(map(_text, value))


def _fitting(pattern: re.Pattern[str]) -> Callable[[Json], str]:
    def read_text(value: Json) -> str:
        _require(pattern.match(_text(value)) is not None)
        return value  # type: ignore[no-any-return]

    return read_text


def _limits(said: Body) -> Limits:
    _require(said.keys() <= {"deletes", "updates"})
    percent = _fitting(_PERCENT)
    return Limits(**{name: float(percent(value)[:-1]) for name, value in said.items()})


def _inventory(said: Body) -> InventorySettings:
    store = said.get("store", "file")
    _require(said.keys() <= {"store", "path"} and store in ("file", "git"))
    path = _text(said["path"]) if "path" in said else None
    _require(not any(stores.faults(store, path, said)))
    return InventorySettings(store, path or stores.KNOWN[store].path)


def _source(said: Json) -> ValueSource:
    _require(type(said) is dict and len(said) == 1)
    [(scheme, value)] = said.items()
    if scheme == "env":
        return ValueSource("env", _text(value))
    _require(scheme == "file")
    return ValueSource("file", _text(value))


def _auth(said: Json) -> Auth:
    _require(type(said) is dict and said.keys() == {"bearer"})
    return Auth("bearer", _source(said["bearer"]))


def _account(said: Json) -> str:
    _require(type(said) is dict and said.keys() == {"id"})
    return _text(said["id"])


def _whole(said: Json) -> int:
    _require(type(said) is int and 1 <= said <= 1000)
    return said  # type: ignore[no-any-return]


def _amount(said: Json) -> float:
    _require(type(said) is int and 1 <= said <= 100_000)
    return float(said)


_FIELDS: Mapping[str, Callable[[Json], object]] = {
    "system": _text,
    "url": _fitting(_URL),
    "prefix": _fitting(_PREFIX),
    "auth": _auth,
    "account": _account,
    "concurrency": _whole,
    "requests_per_second": _amount,
    "timeout": _amount,
}
"""What every target may say, and who reads it."""


def _target(name: Json, said: Body) -> Target:
    _require({"system", "url"} <= said.keys() and _NAME.match(_text(name)) is not None)
    system = _text(said["system"])
    _require(schema.load_kinds().knows(system))
    own = schema.target_settings(system)
    options = {key: value for key, value in said.items() if key not in _FIELDS}
    _require(all(key in own and own[key].fits(value) for key, value in options.items()))
    _require(all(key in options for key, setting in own.items() if setting.required))
    fields: dict[str, Json] = {key: _FIELDS[key](value) for key, value in said.items() if key in _FIELDS}
    return Target(name=name, **fields, options=options)
