"""How model rows come to be and change: what is stored, what is refused, what is shown.

Takes forms that were read and rows that are stored, gives the row that is stored now.
It never decides who may: the routes have done that.
"""

from __future__ import annotations

import math
from typing import Any

from reconciler.sandbox.store import Row
from reconciler.sandbox.xagent import answers, bedrock, providers
from reconciler.sandbox.xagent.answers import ServerFault, refuse
from reconciler.sandbox.xagent.model_forms import CreateForm, UpdateForm
from reconciler.sandbox.xagent.state import State

CATEGORIES = ("llm", "embedding", "rerank", "image", "video", "speech", "sound_effect", "music")
STORED_ON_CREATE = {"llm": ("temperature", "context_window"), "embedding": ("dimension",)}
"""Which numbers a new model keeps; of other categories none."""
GENERATING = ("video", "sound_effect", "music")
"""Categories whose models can generate, where nothing is said."""

RESERVED = ("platform/", "auto-router-")
_TEXTS = ("model_id", "category", "model_provider", "model_name", "base_url", "description", "bedrock_region")
_NUMBERS = ("temperature", "context_window", "dimension")
_NEEDED = ("category", "model_provider", "model_name")
_SHOWN = (
    *("id", "model_id", "category", "model_provider", "model_name", "base_url", "bedrock_region"),
    *("bedrock_auth_mode", "temperature", "context_window", "dimension", "abilities", "description"),
)


def insert(state: State, user: Row, form: CreateForm) -> Row:
    """Store a new model of the user; raise the refusal where the server would not."""
    reserved = next((prefix for prefix in RESERVED if form.model_id.startswith(prefix)), None)
    if reserved is not None:
        raise refuse(403, answers.MODEL_ID_RESERVED.format(prefix=reserved))
    if state.find_model(form.model_id) is not None:
        raise refuse(400, answers.MODEL_ID_TAKEN)
    if form.share_with_users and not user["is_admin"]:
        raise refuse(403, answers.SHARED_ON_CREATE)
    provider = providers.canonical(form.model_provider)
    _check_name(provider, form.model_name)
    key = form.api_key or ""
    if provider == bedrock.PROVIDER:
        if form.category != "llm":
            raise refuse(400, bedrock.LLM_ONLY)
        key = _bedrock_key(form.bedrock_auth_mode, key)
        bedrock.check(user, form.bedrock_region, form.bedrock_auth_mode, key, form.base_url)
    if form.category not in CATEGORIES:
        raise refuse(400, answers.INVALID_CATEGORY)
    kept = STORED_ON_CREATE.get(form.category, ())
    at_bedrock = provider == bedrock.PROVIDER
    row: Row = {
        "model_id": form.model_id,
        "category": form.category,
        "model_provider": provider,
        "model_name": form.model_name,
        "base_url": providers.address(form.category, provider, form.model_name, form.base_url),
        "bedrock_region": form.bedrock_region if at_bedrock else None,
        "bedrock_auth_mode": form.bedrock_auth_mode if at_bedrock else None,
        **{name: getattr(form, name) if name in kept else None for name in _NUMBERS},
        "abilities": form.abilities or (["generate"] if form.category in GENERATING else form.abilities),
        "description": form.description,
        "api_key": key,
        "is_active": True,
        "owner": user["id"],
        "is_shared": form.share_with_users,
        "created_at": state.now(),
        "updated_at": None,
    }
    return state.add_row(state.models, _storable(state, row))


def change(state: State, user: Row, old: Row, form: UpdateForm) -> Row:
    """Store what the form says over the row; nothing is written where nothing differs."""
    _require_unlocked(old, form)
    if form.share_with_users and not user["is_admin"]:
        raise refuse(403, answers.SHARED_ON_UPDATE)
    row = {**old, **_said(form)}
    _check_name(row["model_provider"], row["model_name"])
    if row["model_provider"] == bedrock.PROVIDER:
        row |= _bedrock_changes(user, old, row, form)
    else:
        row |= {"bedrock_region": None, "bedrock_auth_mode": None}
    row = _storable(state, row)
    touched = row != old or bool(form.api_key)  # a key is encrypted anew each time
    if touched:
        row["updated_at"] = state.now()
    if form.share_with_users is not None:
        row["is_shared"] = form.share_with_users
        if old["is_shared"] and not form.share_with_users:
            _unshare(state, user, old)
    if row == old:
        return old
    return state.change_row(state.models, row) if touched else state.models.put(str(row["id"]), row)


def show(state: State, user: Row, row: Row) -> Row:
    """Give a model as the user sees it."""
    owns = row["owner"] == user["id"]
    return {
        **{key: row[key] for key in _SHOWN},
        "created_at": state.time(row["created_at"]),
        "updated_at": state.time(row["updated_at"]),
        "is_active": row["is_active"],
        "is_owner": owns,
        "can_edit": owns,
        "can_delete": owns,
        "is_shared": row["is_shared"],
    }


def _require_unlocked(old: Row, form: UpdateForm) -> None:
    """Raise 409 for a change that a shared model does not take, even where the same body takes it back."""
    locked = [
        *(["category"] if form.category is not None and form.category != old["category"] else []),
        *(["abilities"] if form.abilities is not None and set(form.abilities) != set(old["abilities"] or []) else []),
    ]
    if old["is_shared"] and locked:
        raise refuse(409, answers.SHARED_LOCKED.format(fields=" and ".join(locked)))


def _said(form: UpdateForm) -> Row:
    """Give the columns that the form sets: a key that says nothing is none, and names are spelled canonically."""
    dropped = {"share_with_users", "language", "voice", "format", "sample_rate"}
    said = form.model_dump(exclude_unset=True, exclude=dropped)
    if not said.get("api_key"):
        said.pop("api_key", None)
    if "model_provider" in said:
        if said["model_provider"] is None:
            raise ServerFault
        said["model_provider"] = providers.canonical(said["model_provider"])
    return said


def _bedrock_changes(user: Row, old: Row, row: Row, form: UpdateForm) -> Row:
    """Give what a change of a model at Bedrock, or to it, changes besides."""
    if row["category"] != "llm":
        raise refuse(400, bedrock.LLM_ONLY)
    moved = old["model_provider"] != bedrock.PROVIDER
    own = {"bedrock_region", "bedrock_auth_mode", "api_key", "base_url"}
    said = form.model_fields_set
    if not moved and not own & said:
        return {}
    before: dict[str, Any] = dict.fromkeys(own) if moved else old
    region, address = (getattr(form, key) if key in said else before[key] for key in ("bedrock_region", "base_url"))
    mode = (form.bedrock_auth_mode if "bedrock_auth_mode" in said else before["bedrock_auth_mode"]) or "api_key"
    key = _bedrock_key(mode, form.api_key or ("" if moved or mode == bedrock.CHAIN else old["api_key"]))
    bedrock.check(user, region, mode, key, address)
    changes = {"bedrock_region": region, "bedrock_auth_mode": mode, "base_url": address}
    return {**changes, "api_key": ""} if mode == bedrock.CHAIN else changes


def _bedrock_key(mode: str, key: str) -> str:
    return "" if mode == bedrock.CHAIN and bedrock.is_placeholder(key) else key


def _check_name(provider: str, model_name: str) -> None:
    if provider == providers.ROUTER:
        raise refuse(400, answers.ROUTER_MANAGED)
    if provider == "deepseek" and model_name not in providers.DEEPSEEK_MODELS:
        known = ", ".join(providers.DEEPSEEK_MODELS)
        raise refuse(400, answers.UNKNOWN_DEEPSEEK.format(name=model_name, known=known))


def _unshare(state: State, user: Row, row: Row) -> None:
    """Forget the defaults of others on the model; raise 409 where the owner's is among them."""
    rows = state.defaults_on(row)
    if any(default["user_id"] == user["id"] for default in rows):
        raise refuse(409, answers.UNSHARE_OWN_DEFAULT)
    for default in rows:
        state.defaults.drop(str(default["id"]))


def _storable(state: State, row: Row) -> Row:
    """Give the row as the database takes it; raise `ServerFault` for what it does not take."""
    if any(row[name] is None for name in _NEEDED):
        raise ServerFault
    for name in _TEXTS:
        if row[name] is not None and len(state.bound_text(row[name])) > state.dialect.widths.get(name, math.inf):
            raise ServerFault
    for name in ("context_window", "dimension"):
        state.bound(row[name] or 0)
    temperature = row["temperature"]
    finite = temperature is None or math.isfinite(temperature)
    return row if finite else {**row, "temperature": None}
