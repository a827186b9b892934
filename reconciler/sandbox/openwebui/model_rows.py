"""How model rows come to be and change: what is kept, what is replaced, what is recorded.

Takes forms that were read and rows that are stored, gives the row that is stored now.
It never asks who is calling: the routes have done that.
"""

from __future__ import annotations

from typing import Any

from reconciler.sandbox.openwebui import access, versions
from reconciler.sandbox.openwebui.access import Grant
from reconciler.sandbox.openwebui.answers import storable
from reconciler.sandbox.openwebui.model_forms import ModelForm, form_of
from reconciler.sandbox.openwebui.state import State
from reconciler.sandbox.store import Row

KEPT_META = ("profile_image_url", "background_image_url", "voice_avatar")
"""Keys of `meta` that an update keeps where they are left out; it replaces the rest as a whole."""


def insert(state: State, form: ModelForm, owner_id: str, grants: list[Grant]) -> Row:
    """Store a new model."""
    now = state.now()
    row: Row = {
        "id": form.id,
        "user_id": owner_id,
        "base_model_id": None if form.base_model_id == form.id else form.base_model_id,
        "name": form.name,
        "params": storable(form.dump_params()),
        "meta": storable(_stored_meta(state, form.dump_meta())),
        "access_grants": access.stored(state, "model", form.id, grants),
        "is_active": form.is_active,
        "updated_at": now,
        "created_at": now,
    }
    return state.models.put(form.id, _record(state, row, None, form, owner_id))


def insert_bare(state: State, model_id: str, name: str, owner_id: str) -> Row:
    """Store an override of a base model with nothing in it."""
    form = form_of(state.dialect).model_validate({"id": model_id, "name": name, "meta": {}, "params": {}})
    return insert(state, form, owner_id, [])


def replace(state: State, old: Row, form: ModelForm, user_id: str) -> Row:
    """Store the form over the row, keeping what the server keeps; grants stay as they are."""
    meta, params = form.dump_meta(), form.dump_params()
    for key in KEPT_META:
        if key in meta and not form.given("meta", key):
            meta[key] = old["meta"].get(key)
    if state.dialect.typed_extras and not form.given("params", "model_controls"):
        params |= {key: value for key, value in old["params"].items() if key == "model_controls"}
    base = form.base_model_id if form.given("base_model_id") else old["base_model_id"]
    keeps_active = not form.given("is_active") and not state.dialect.update_activates
    row = {
        **old,
        "base_model_id": None if base == form.id else base,
        "name": form.name,
        "params": storable(params),
        "meta": storable(_stored_meta(state, meta)),
        "is_active": old["is_active"] if keeps_active else form.is_active,
        "updated_at": state.now(),
    }
    return state.models.put(form.id, _record(state, row, old, form, user_id))


def share(state: State, row: Row, grants: list[Grant]) -> Row:
    """Replace the model's grants."""
    rows = access.stored(state, "model", row["id"], grants)
    return state.models.put(row["id"], {**row, "access_grants": rows, "updated_at": state.now()})


def remove(state: State, model_id: str) -> None:
    """Forget the model and its history."""
    state.models.drop(model_id)
    state.histories["model"].drop(model_id)


def _stored_meta(state: State, meta: dict[str, Any]) -> dict[str, Any]:
    if state.dialect.drops_variables:
        meta.pop("chat_variables_schema", None)
    return meta


def _record(state: State, row: Row, old: Row | None, form: ModelForm, user_id: str) -> Row:
    """Give the row with its version: a new one where the configuration differs from the one before."""
    if not state.dialect.history:
        return row
    return versions.record(state, "model", row, old, _snapshot, user_id, getattr(form, "commit_message", None))


def _snapshot(row: Row) -> Row:
    meta = {key: value for key, value in row["meta"].items() if key != "hidden"}
    return {"name": row["name"], "base_model_id": row["base_model_id"], "params": row["params"], "meta": meta}
