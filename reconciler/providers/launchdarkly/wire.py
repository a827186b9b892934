"""Turns bodies of manifests into what LaunchDarkly's API takes, and answers into bodies.

Takes and gives JSON values; what a field means, and which are the server's own, is read off the schema. Pure: no I/O,
no clock.

Unknown fields are taken by the API without a word, and a field that an update names replaces what is stored, whole.
Who looks after a thing is sent as `maintainerId` or `maintainerTeamKey` and shown as `_maintainer`; an empty text
takes it away, in both fields but for a model config (the vendor's client 25.0.1 and Terraform provider 3.1.3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from reconciler.model import Body, Change, Field, Json, Kind, Live
from reconciler.paths import parse_path
from reconciler.providers.paging import rows_of

MAINTAINERS = ("maintainerId", "maintainerTeamKey")
VERSIONED = ("key", "version")
"""What tells the versions of variations apart."""
ELIDED = frozenset({"instructions", "description"})
"""What answers may leave out of a variation: absent is unknown then."""
_AT_CREATION = {"ModelConfig": MAINTAINERS, "AIConfig": ("defaultVariationKey",), "Variation": ("config", "state")}
"""What a creation takes without a word and forgets, or does not take."""
_LATER = {"AIConfig": ("viewKeys",), "Variation": ("config",)}
"""The same, of a change."""
_NOBODY: Mapping[str, Body] = {"ModelConfig": {"maintainerId": ""}}
_NEITHER: Body = dict.fromkeys(MAINTAINERS, "")
_OPEN = Field()


def new(kind: Kind, body: Body) -> Body:
    """Give the body of a creation; an empty text is left out, since some of them are refused."""
    left_out = _AT_CREATION.get(kind.name, ())
    told = settable(kind, body).items()
    return {name: value for name, value in told if value not in (None, "") and name not in left_out}


def patch(live: Live, body: Body, changes: Sequence[Change]) -> Body:
    """Give the body of a change: of the fields that `changes` touch, those that are not as they should be already."""
    kind = live.kind
    touched = {str(parse_path(change.path)[0]) for change in changes}
    after, before = settable(kind, body), settable(kind, live.body)
    plain = sorted(touched - {*MAINTAINERS, *_LATER.get(kind.name, ())})
    fields = {name: after.get(name) for name in plain if not _same(after.get(name), before.get(name))}
    return {**fields, **maintainer(kind, {name: body.get(name) for name in MAINTAINERS if name in touched})}


def settable(kind: Kind, body: Body) -> Body:
    """Give what of a body may be sent at all."""
    told: Body = _writable(body, kind.root)
    return told


def maintainer(kind: Kind, told: Body) -> Body:
    """Give what says who looks after a thing from now on: setting a member or a team clears the other."""
    named = {name: key for name, key in told.items() if key}
    return named or (_NOBODY.get(kind.name, _NEITHER) if told else {})


def read(kind: Kind, row: Body) -> Body:
    """Give a row in the spelling of manifests."""
    who = row.get("_maintainer") or {}
    spelled = dict(row)
    if kind.name == "AIConfig":
        rows_of(row, "variations", f"AI Config {row['key']}", VERSIONED)
        spelled["dependencies"] = [{"key": str(of["key"])} for of in row.get("dependencies") or ()]
    if "_id" in who:
        spelled["maintainerId"] = who["_id"]
    elif "key" in who:
        spelled["maintainerTeamKey"] = who["key"]
    if kind.name == "Variation":
        spelled["version"] = int(row["version"])
        spelled.pop("comment", None)  # it belongs to a version, not to what is configured
        if row.get("tools"):  # each repeats the settings of its tool
            spelled["tools"] = [{"key": pin["key"], "version": pin["version"]} for pin in row["tools"]]
        spelled["model"] = {name: value for name, value in row["model"].items() if value not in ("", {}, None)}
    return spelled


def chosen(kind: Kind) -> frozenset[str]:
    """Give the fields that may hold what the server chose at the creation: who looks after it, if nobody is named."""
    return frozenset({"maintainerId"} & kind.root.properties.keys())


def unseen(kind: Kind, row: Body) -> frozenset[str]:
    """Give the fields of a row that are unknown where they are absent."""
    if kind.name != "Variation":
        return frozenset()
    unpinned = {"modelConfigVersion"} if "modelConfigKey" in row else set()  # older servers pin no version
    return frozenset((ELIDED | unpinned) - row.keys())


def _writable(value: Json, field: Field) -> Json:
    """Leave out what is the server's own, and what a closed object does not know."""
    if isinstance(value, list):
        return [_writable(item, field.items or _OPEN) for item in value]
    if not isinstance(value, dict):
        return value
    is_closed = bool(field.properties) and field.extra is None
    inner = {key: field.properties.get(key) or field.extra or _OPEN for key in value}
    return {
        key: _writable(value[key], of)
        for key, of in inner.items()
        if not of.read_only and not (is_closed and key not in field.properties)
    }


def _same(one: Json, other: Json) -> bool:
    """Say whether two values are one in JSON, where true is not 1."""
    return orjson.dumps(one, option=orjson.OPT_SORT_KEYS) == orjson.dumps(other, option=orjson.OPT_SORT_KEYS)
