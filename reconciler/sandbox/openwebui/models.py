"""The routes that change models: create, update, share, toggle, delete, import, sync.

Takes bodies, gives the models as they are stored now.
It never reports what it left out: grants and keys that the server does not take vanish without a word.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from pydantic import ValidationError

from reconciler.sandbox.openwebui import access, answers, model_rows
from reconciler.sandbox.openwebui.answers import RawBody, answer, parse, refuse
from reconciler.sandbox.openwebui.auths import ADMINS, Admin, Caller, HasState, Verified
from reconciler.sandbox.openwebui.model_forms import AccessForm, IdForm, ImportForm, ModelForm, SyncForm, form_of
from reconciler.sandbox.openwebui.state import State
from reconciler.sandbox.store import Row

router = APIRouter(prefix="/api/v1/models")


@router.post("/create")
async def create(caller: Verified, body: RawBody, state: HasState) -> Response:
    """Create a model with a client's id."""
    form = parse(form_of(state.dialect), body)
    if not state.may(caller.user, "workspace.models"):
        raise refuse(401, answers.UNAUTHORIZED)
    if len(form.id) > 256:
        raise refuse(400, answers.MODEL_ID_TOO_LONG)
    if state.models.get(form.id) is not None:
        raise refuse(401, answers.MODEL_ID_TAKEN)
    if not caller.is_admin:
        if not form.base_model_id or form.base_model_id == form.id:
            raise refuse(401, answers.UNAUTHORIZED)
        if state.upstream.get(form.id) is not None:
            raise refuse(401, answers.MODEL_ID_TAKEN)
    _check_files(form, None)
    return answer(model_rows.insert(state, form, caller.id, access.allowed(state, caller, "model", form.access_grants)))


@router.post("/model/update")
async def update(caller: Verified, body: RawBody, state: HasState) -> Response:
    """Replace a model's configuration."""
    form = parse(form_of(state.dialect), body)
    old = _existing(state, form.id)
    if not access.may_write(state, caller, old):
        raise refuse(400, answers.ACCESS_PROHIBITED)
    base = form.base_model_id if form.given("base_model_id") else old["base_model_id"]
    if not caller.is_admin and old["base_model_id"] and (not base or base == form.id):
        raise refuse(401, answers.UNAUTHORIZED)
    _check_files(form, old)
    row = access.updated(state, caller, "model", model_rows.replace(state, old, form, caller.id), form.access_grants)
    return answer(state.models.put(form.id, row))


@router.post("/model/access/update")
async def update_access(caller: Verified, body: RawBody, state: HasState) -> Response:
    """Replace a model's grants; for an id that has no row, an admin makes one."""
    form = parse(AccessForm, body)
    row = state.models.get(form.id)
    if row is None:
        if not caller.is_admin:
            raise refuse(403, answers.ACCESS_PROHIBITED)
        row = model_rows.insert_bare(state, form.id, form.name or form.id, caller.id)
    if not access.may_write(state, caller, row):
        raise refuse(400, answers.ACCESS_PROHIBITED)
    return answer(model_rows.share(state, row, access.validated(state, caller, "model", form.access_grants)))


@router.post("/model/toggle")
async def toggle(caller: Verified, id: str, state: HasState) -> Response:  # noqa: A002 - the API's name
    """Make an active model inactive and the other way round."""
    row = _writable(state, caller, id)
    changed = {**row, "is_active": not row["is_active"], "updated_at": state.now()}
    return answer(state.models.put(id, changed))


@router.post("/model/delete")
async def delete(caller: Verified, body: RawBody, state: HasState) -> Response:
    """Delete a model; what is based on it stays."""
    form = parse(IdForm, body)
    _writable(state, caller, form.id)
    model_rows.remove(state, form.id)
    return answer(True)


@router.delete("/delete/all", dependencies=ADMINS)
async def delete_all(state: HasState) -> Response:
    """Delete every model."""
    state.models.clear()
    state.histories["model"].clear()
    return answer(True)


@router.post("/import")
async def import_models(caller: Verified, body: RawBody, state: HasState) -> Response:
    """Create and update many models; ids that cannot be are left out without a word."""
    form = parse(ImportForm, body)
    if not state.may(caller.user, "workspace.models_import"):
        raise refuse(401, answers.UNAUTHORIZED)
    for body_of_one in form.models:
        try:
            _import_one(state, caller, body_of_one)
        except ValidationError as error:
            raise refuse(400, str(error)) from error
    return answer(True)


@router.post("/sync")
async def sync(caller: Admin, body: RawBody, state: HasState) -> Response:
    """Make the models be exactly these."""
    form = parse(SyncForm, body)
    if not state.dialect.sync_works:
        return answer([])
    wanted = [model.id for model in form.models]
    for row in state.models.all():
        if row["id"] not in wanted:
            model_rows.remove(state, row["id"])
    return answer([_sync_one(state, caller, model) for model in form.models])


def _sync_one(state: State, caller: Caller, form: ModelForm) -> Row:
    old = state.models.get(form.id)
    if old is None:
        return model_rows.insert(state, form, caller.id, access.normalise(form.access_grants))
    return model_rows.replace(state, old, form, caller.id)


def _import_one(state: State, caller: Caller, body: dict[str, Any]) -> None:
    model_id = body.get("id")
    if not isinstance(model_id, str) or not model_id or len(model_id) > 256 or any(map(str.isspace, model_id)):
        return
    old = state.models.get(model_id)
    defaults: Row = {"meta": {}, "params": {}}
    if old is not None:
        if not access.may_write(state, caller, old):
            raise refuse(401, answers.MODEL_ID_TAKEN)
        defaults = {**old, "params": {}}
        body = {**body, "meta": {**old["meta"], **(body.get("meta") or {})}}
    form = form_of(state.dialect).model_validate({**defaults, **body})
    if old is None and (caller.is_admin or form.base_model_id):
        model_rows.insert(state, form, caller.id, access.allowed(state, caller, "model", form.access_grants))
    elif old is not None:
        row = model_rows.replace(state, old, form, caller.id)
        if state.dialect.import_grants and "access_grants" in body:
            model_rows.share(state, row, access.allowed(state, caller, "model", form.access_grants))


def _check_files(form: ModelForm, old: Row | None) -> None:
    """Raise 403 for a file that is new to the model: the sandbox holds none that a caller could read."""
    before = {} if old is None else old["meta"]
    after = form.dump_meta()
    if after["background_image_url"] and after["background_image_url"] != before.get("background_image_url"):
        raise refuse(403, "Background image is not accessible.")
    avatar = after.get("voice_avatar") if form.given("meta", "voice_avatar") else None
    if hasattr(form.meta, "voice_avatar") and avatar and avatar != before.get("voice_avatar"):
        raise refuse(403, "Avatar or animation file is not accessible. Upload it again.")


def _existing(state: State, model_id: str) -> Row:
    row = state.models.get(model_id)
    if row is None:
        raise refuse(401, answers.NOT_FOUND)
    return row


def _writable(state: State, caller: Caller, model_id: str) -> Row:
    row = _existing(state, model_id)
    if not access.may_write(state, caller, row):
        raise refuse(401, answers.UNAUTHORIZED)
    return row
