"""The routes that list and change model configurations. There is none for a single one.

Takes bodies, gives configurations as they are told.
It never reports what it left out: keys that a body cannot set vanish without a word.
"""

from __future__ import annotations

from fastapi import APIRouter, Response

from reconciler.sandbox.control import answer_json
from reconciler.sandbox.runtype import catalogue, forms, rows
from reconciler.sandbox.runtype.account import HasState, require_byok
from reconciler.sandbox.runtype.answers import RawBody, parse, refuse
from reconciler.sandbox.runtype.state import State
from reconciler.sandbox.store import Row

router = APIRouter(prefix="/v1/model-configs")

NOT_FOUND = "Model configuration not found"
TAKEN = "This model is configured already"
LAST_DEFAULT = "The default model configuration cannot be deleted"
MIGRATED = "This model configuration was replaced by the organization's"
NEEDS_CONFIGURATION = "This model configuration needs to be configured"
_CONFLICT = "Teammates' settings differ; update the configuration with all of its settings"


@router.get("")
async def read_all(state: HasState) -> Response:
    """Every configuration. Where there is none, one is made first: this read writes."""
    if not len(state.configs):
        rows.insert(state, {"provider": catalogue.FIRST.provider, "modelId": catalogue.FIRST.id, "isDefault": True})
    data = [rows.shown(state, row) for row in state.configs.all()]
    return answer_json({"data": data, "total": len(data)})


@router.post("")
async def create(body: RawBody, state: HasState) -> Response:
    """Create a configuration: enabled, and not the default, whatever the body says."""
    form = parse(forms.CREATE_CONFIG, body)
    key = form.get("providerKeyId", rows.PLATFORM)
    if key != rows.PLATFORM:
        require_byok(state)
    for row in state.configs.all():
        if (row["provider"], row["modelId"]) == (form["provider"], form["modelId"]):
            _require_ready(row)
            if state.account["duplicates"] == "refuse":
                raise refuse(409, TAKEN)
    fields = {
        "provider": form["provider"],
        "modelId": form["modelId"],
        "providerKeyId": rows.select_key(state, form["provider"], key),
        "settings": _settings(state, form.get("settings", {})),
    }
    return answer_json(rows.shown(state, rows.insert(state, fields)), 201)


@router.put("/{id}")
async def update(id: str, body: RawBody, state: HasState) -> Response:  # noqa: A002 - the API's name
    """Change what the body names. All of its settings and its key together make an undecided one ready."""
    form = parse(forms.UPDATE_CONFIG, body)
    row = _existing(state, id)
    decides = {"settings", "providerKeyId"} <= form.keys()
    if not decides:
        _require_ready(row)
    fields = rows.part(form, "isDefault", "isEnabled")
    if "providerKeyId" in form:
        fields["providerKeyId"] = rows.select_key(state, row["provider"], form["providerKeyId"])
    if "settings" in form:
        fields["settings"] = state.written(row["settings"], _settings(state, form["settings"]))
    if "configurationStatus" in row:
        fields["configurationStatus"] = "ready"
    return answer_json(rows.shown(state, rows.change(state, row, fields)))


@router.delete("/{id}", status_code=204)
async def delete(id: str, state: HasState) -> None:  # noqa: A002
    """Delete a configuration."""
    row = _ready(state, id)
    if row["isDefault"] and state.account["deleteDefault"] == "refuse":
        raise refuse(400, LAST_DEFAULT)
    state.configs.drop(id)


@router.patch("/{id}/default")
async def set_default(id: str, state: HasState) -> Response:  # noqa: A002
    """Make a configuration the default; the one before is no longer."""
    row = rows.change(state, _ready(state, id), {"isDefault": True})
    told = {"success": True, "message": "Default model configuration set", "data": rows.shown(state, row)}
    return answer_json(told)


@router.patch("/{id}/status")
async def set_status(id: str, body: RawBody, state: HasState) -> Response:  # noqa: A002
    """Enable or disable a configuration; the answer does not show it."""
    form = parse(forms.STATUS, body)
    rows.change(state, _ready(state, id), form)
    return answer_json({"success": True, "message": "Model configuration status updated"})


def _settings(state: State, settings: Row) -> Row:
    return parse(forms.SETTINGS, settings, at="settings") if state.dialect.typed_settings else settings


def _existing(state: State, config_id: str) -> Row:
    moved = state.moved.get(config_id)
    if moved is not None:
        told = {"code": "ORGANIZATION_MODEL_CONFIG_MIGRATED", "configId": moved["id"]}
        raise refuse(409, MIGRATED, **told, details="Use the configuration that replaced it")
    row = state.configs.get(config_id)
    if row is None:
        raise refuse(404, NOT_FOUND)
    return row


def _ready(state: State, config_id: str) -> Row:
    row = _existing(state, config_id)
    _require_ready(row)
    return row


def _require_ready(row: Row) -> None:
    """Raise 409 where teammates' settings were in conflict and nobody has decided since."""
    if row.get("configurationStatus") == "needs_configuration":
        told = {
            "code": "ORGANIZATION_MODEL_CONFIG_NEEDS_CONFIGURATION",
            "configId": row["id"],
            "candidateCount": row["migrationCandidateCount"],
            **rows.part(row, "provider", "modelId"),
        }
        raise refuse(409, NEEDS_CONFIGURATION, **told, details=_CONFLICT)
