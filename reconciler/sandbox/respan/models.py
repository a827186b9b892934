"""The routes that read and change one model.

Takes what was asked, gives the model as it is now.
It never touches a built-in model. Where the vendor does not say what happens, the choice is the one that a careless
client would suffer from: an upsert keeps what it does not name, null is refused, a write of overrides in a new
generation forgets the earlier ones, and a base that is deleted leaves its name behind.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from reconciler.sandbox.respan import fields, shown
from reconciler.sandbox.respan.answers import (
    BASE_NOT_FOUND,
    HARDCODED_KEPT,
    HARDCODED_STAYS,
    NOT_FOUND,
    PROVIDER_NOT_FOUND,
    PROVIDER_REQUIRED,
    Asked,
    answer,
    gone,
    refused,
    wrong,
)
from reconciler.sandbox.respan.dialect import Dialect
from reconciler.sandbox.respan.fields import Reader
from reconciler.sandbox.respan.state import COSTS, State
from reconciler.sandbox.store import Row


def upsert(state: State, asked: Asked) -> Response:
    """Create a model, or change the one of that name."""
    values = fields.read(readers(state.dialect), asked.body, state.dialect, ["model_name"])
    if state.builtin(values["model_name"]) is not None:
        raise refused(403, HARDCODED_KEPT)
    old = state.models.get(values["model_name"])
    return answer(shown.model(state, write(state, old or {}, values)), 201 if old is None else 200)


def read(state: State, asked: Asked) -> Response:
    """One model, the organisation's own or a built-in one by its whole name."""
    row = state.model(asked.name)
    if row is None:
        raise refused(404, NOT_FOUND)
    return answer(shown.model(state, row))


def patch(state: State, asked: Asked) -> Response:
    """Change what the body names."""
    return _change(state, asked, _own(state, asked.name, HARDCODED_KEPT))


def replace(state: State, asked: Asked) -> Response:
    """Replace all that can be changed: what the body does not name is unset."""
    row = _own(state, asked.name, HARDCODED_KEPT)
    return _change(state, asked, {key: row[key] for key in ("model_name", "created_at")})


def delete(state: State, asked: Asked) -> Response:
    """Delete a model; what is built on it stays."""
    _own(state, asked.name, HARDCODED_STAYS)
    state.models.drop(asked.name)
    return gone()


def readers(dialect: Dialect) -> Mapping[str, Reader]:
    """Give the reader of each field that the generation looks at."""
    known: dict[str, Reader] = {
        **dict.fromkeys(("model_name", "base_model_name", "display_name"), fields.text),
        **dict.fromkeys(("custom_provider_id", "provider_id"), fields.text),
        **dict.fromkeys(COSTS, fields.number),
        "max_context_window": fields.whole,
        **dict.fromkeys(("streaming_support", "function_call", "image_support"), fields.flag),
        "supported_params_override": fields.overrides if dialect.merges_overrides else fields.overrides_or_nulls,
    }
    return {name: reader for name, reader in known.items() if name not in dialect.gone}


def write(state: State, before: Row, values: Row) -> Row:
    """Store the values over what is kept of a model; raise the refusal where they do not go together."""
    overrides = values.pop("supported_params_override", None)
    own_id, other_id = values.pop("custom_provider_id", None), values.pop("provider_id", None)
    now = state.clock()
    row: Row = {"created_at": now, **before, **values, "updated_at": now}
    if own_id is not None or other_id is not None:
        row["provider"] = _provider_id(state, own_id if own_id is not None else other_id)
    if overrides is not None:
        kept = before.get("overrides", {}) if state.dialect.merges_overrides else {}
        row["overrides"] = {**kept, **overrides}
    base = values.get("base_model_name")
    if base is not None and (base == row["model_name"] or state.base(base) is None):
        raise wrong(BASE_NOT_FOUND)
    if state.dialect.needs_provider and not row.get("provider") and not row.get("base_model_name"):
        raise wrong(PROVIDER_REQUIRED)
    return state.models.put(row["model_name"], row)


def _change(state: State, asked: Asked, kept: Row) -> Response:
    known = {name: reader for name, reader in readers(state.dialect).items() if name != "model_name"}
    values = fields.read(known, asked.body, state.dialect, [])
    return answer(shown.model(state, write(state, kept, values)))


def _own(state: State, name: str, refusal: str) -> Row:
    if state.builtin(name) is not None:
        raise refused(403, refusal)
    row = state.models.get(name)
    if row is None:
        raise refused(404, NOT_FOUND)
    return row


def _provider_id(state: State, name: str) -> str:
    row = state.provider(name)
    if row is None:
        status = state.dialect.missing_provider
        raise wrong(PROVIDER_NOT_FOUND) if status == 400 else refused(status, PROVIDER_NOT_FOUND)
    provider_id: str = row["provider_id"]
    return provider_id
