"""Turns bodies of manifests into forms of Open WebUI, and answers into bodies.

Takes and gives JSON values; answers are changed in place, since nobody else holds them. Pure: no I/O, no clock.

What a form must say, and why (Open WebUI 0.8.12 to 0.12.4, observed): `params` and `meta` are replaced whole, but for
a few keys that are kept when left out and cleared by null alone; `is_active` turns true when left out before 0.12;
an update without `access_grants` fails from 0.9.6 to 0.11.1; groups merge `data` and ignore null.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.errors import Rejected
from reconciler.model import Body, Json, Live

_KEPT_META = ("profile_image_url", "background_image_url", "voice_avatar")
_COMPUTED_META = ("manifest", "has_user_valves", "toggle")
_REAL = ("principal_type", "principal_id", "permission")
_PUBLISHED = ("access_type", "access_id", "permission")
_COMMA_LISTS = ("DEFAULT_MODELS", "DEFAULT_PINNED_MODELS")
_DEFAULTS = (*_COMMA_LISTS, "MODEL_ORDER_LIST", "DEFAULT_MODEL_METADATA", "DEFAULT_MODEL_PARAMS")

Triple = tuple[str, str, str]


def triples(grants: Json) -> list[Triple]:
    """Give (principal type, principal, permission) of each grant, once each, in order."""
    read = ((grant.get(_REAL[0]), grant.get(_REAL[1]), grant.get(_REAL[2])) for grant in grants or ())
    return list(dict.fromkeys(read))


def grants_form(grants: Iterable[Triple], *, published: bool) -> list[Body]:
    """Give grants as the wire wants them: a grant in the other spelling is dropped by the server without a word."""
    keys = _PUBLISHED if published else _REAL
    return [dict(zip(keys, grant, strict=True)) for grant in grants]


def model_form(body: Body, live: Live | None, *, note: str, published: bool) -> Body:
    """Give the complete ModelForm."""
    before = live.body if live is not None else {}
    meta = dict(body.get("meta") or {})
    meta.pop("chat_variables_schema", None)  # the server computes it
    params = dict(body.get("params") or {})
    if live is not None:
        meta = {**dict.fromkeys(_KEPT_META), **meta}
        if "model_controls" in (before.get("params") or {}):
            params.setdefault("model_controls", {})
    active = body.get("is_active")
    form = {
        "id": body["id"],
        "name": body["id"] if body.get("name") is None else body["name"],
        "base_model_id": body.get("base_model_id"),
        "params": params,
        "meta": meta,
        "access_grants": grants_form(triples(body.get("access_grants")), published=published),
        "is_active": True if active is None else active,
    }
    return {**form, **_noted(note)}


def prompt_form(body: Body, live: Live | None, *, note: str) -> Body:
    """Give the PromptForm; `data` and `meta` that are empty mean as they were, so they are left out."""
    form = {
        "command": body["command"],
        "name": body["name"],
        "content": body["content"],
        "tags": body.get("tags") or [],
        **{key: body[key] for key in ("data", "meta") if body.get(key)},
    }
    return {**form, **_first_grants(body, live), **_noted(note)}


def plugin_form(body: Body, live: Live | None, *, note: str) -> Body:
    """Give the form of a tool or a function, without what the server makes out of the code."""
    meta = {key: value for key, value in (body.get("meta") or {}).items() if key not in _COMPUTED_META}
    form = {"id": body["id"], "name": body["name"], "content": body["content"], "meta": meta}
    return {**form, **_first_grants(body, live), **_noted(note)}


def knowledge_form(body: Body, live: Live | None) -> Body:
    """Give the KnowledgeForm."""
    return {"name": body["name"], "description": body.get("description") or "", **_first_grants(body, live)}


def _first_grants(body: Body, live: Live | None) -> Body:
    """Give the grants of a new object; to an old one they are given by a route of their own."""
    if live is not None or not body.get("access_grants"):
        return {}
    return {"access_grants": grants_form(triples(body["access_grants"]), published=False)}


def _noted(note: str) -> Body:
    return {"commit_message": note} if note else {}


def group_form(body: Body, live: Live | None) -> Body:
    """Give the GroupForm; what the body does not hold any more is nulled, which is as near as the API comes."""
    before = live.body if live is not None else {}
    form = {
        "name": body["name"],
        "description": body.get("description") or "",
        "permissions": body.get("permissions"),
        "data": _merged_away(body.get("data"), before.get("data")),
    }
    if form["permissions"] is None and before.get("permissions"):
        form["permissions"] = {}
    if "parent_group_id" in body or "parent_group_id" in before:
        form["parent_group_id"] = body.get("parent_group_id")
    return form


def _merged_away(data: Json, before: Json) -> Json:
    """Give `data` with null for every key that only `before` has: the server lays one over the other."""
    data, before = data or {}, before or {}
    config = _nulled(data.get("config") or {}, before.get("config") or {})
    merged = _nulled(data, before)
    merged.pop("config", None)  # never null: the server wants an object
    whole = {**merged, "config": config} if config else merged
    return whole or None


def _nulled(new: Mapping[str, Json], old: Mapping[str, Json]) -> Body:
    return {**dict.fromkeys(key for key in old if key not in new), **new}


def defaults_form(body: Body) -> Body:
    """Give the complete form of the default models: what is left out would be nulled."""
    form = {key: body.get(key) for key in _DEFAULTS}
    for key in _COMMA_LISTS:
        ids = form[key]
        if ids is not None:
            form[key] = _joined(key, ids)
    return form


def _joined(key: str, ids: list[str]) -> str:
    broken = [one for one in ids if "," in one]
    if broken:
        raise Rejected(f"{key} cannot hold {broken[0]!r}: Open WebUI joins this list with commas")
    return ",".join(ids)


def read_model(row: Body) -> Body:
    """Turn the published page's grants into the real ones."""
    grants = row.get("access_grants")
    if grants:
        row["access_grants"] = [
            {**dict(zip(_REAL, (grant.get(key) for key in _PUBLISHED), strict=True))}
            if "access_type" in grant
            else grant
            for grant in grants
        ]
    return row


def read_defaults(row: Body) -> Body:
    """Split the comma lists; null stays null, an empty text is an empty list."""
    for key in _COMMA_LISTS:
        text = row.get(key)
        if isinstance(text, str):
            row[key] = [one.strip() for one in text.split(",") if one.strip()]
    return row
