"""The routes of custom providers.

Takes what was asked, gives providers as they are now.
It never asks whether a model still needs the provider: a delete leaves such models without one. `extra_kwargs` is
replaced as a whole, which the vendor does not say: a client that sends half of it loses the secret in it.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from reconciler.sandbox.respan import fields, lists, shown
from reconciler.sandbox.respan.answers import (
    MANAGED_KEPT,
    MANAGED_STAYS,
    NOT_FOUND,
    PROVIDER_TAKEN,
    Asked,
    answer,
    gone,
    invalid,
    refused,
    wrong,
)
from reconciler.sandbox.respan.dialect import Dialect
from reconciler.sandbox.respan.fields import Reader
from reconciler.sandbox.respan.state import State
from reconciler.sandbox.store import Row


def read_all(state: State, asked: Asked) -> Response:
    """Every provider of the organisation."""
    rows = [shown.provider(state, row) for row in state.providers.all()]
    return answer(lists.page(state, asked, rows) if state.dialect.pages_providers else rows)


def create(state: State, asked: Asked) -> Response:
    """Create a provider; where there is one of that id, change it or refuse, as the generation does."""
    values = fields.read(readers(state.dialect), asked.body, state.dialect, ["provider_id", "provider_name"])
    old = state.providers.get(values["provider_id"])
    if old is not None and not state.dialect.providers_upsert:
        raise invalid(state.dialect, {"provider_id": [PROVIDER_TAKEN]})
    return answer(shown.provider(state, write(state, old or {}, values)), 201 if old is None else 200)


def read(state: State, asked: Asked) -> Response:
    """One provider."""
    return answer(shown.provider(state, _existing(state, asked.name)))


def patch(state: State, asked: Asked) -> Response:
    """Change what the body names."""
    return _change(state, asked, _unmanaged(state, asked.name, MANAGED_KEPT), [])


def replace(state: State, asked: Asked) -> Response:
    """Replace all that can be changed: settings that the body does not name are gone."""
    row = _unmanaged(state, asked.name, MANAGED_KEPT)
    kept = {key: row[key] for key in ("provider_id", "number", "created_at")}
    return _change(state, asked, kept, ["provider_name"])


def delete(state: State, asked: Asked) -> Response:
    """Delete a provider; its models have none then."""
    row = _unmanaged(state, asked.name, MANAGED_STAYS)
    state.providers.drop(row["provider_id"])
    for model in state.models.all():
        if model.get("provider") == row["provider_id"]:
            left = {key: value for key, value in model.items() if key != "provider"}
            state.models.put(model["model_name"], left)
    return gone()


def readers(dialect: Dialect) -> Mapping[str, Reader]:
    """Give the reader of each field that the generation looks at."""
    known: dict[str, Reader] = {
        "provider_id": fields.text,
        "provider_name": fields.text,
        "extra_kwargs": fields.mapping,
    }
    return {**known, "api_key": fields.text} if dialect.key_beside else known


def write(state: State, before: Row, values: Row) -> Row:
    """Store the values over what is kept of a provider."""
    now = state.clock()
    number = 1 + max((row["number"] for row in state.providers.all()), default=0)
    at_first = {"number": number, "extra_kwargs": {}, "created_at": now}
    row: Row = {**at_first, **before, **values, "updated_at": now}
    return state.providers.put(row["provider_id"], row)


def _change(state: State, asked: Asked, kept: Row, required: list[str]) -> Response:
    known = {name: reader for name, reader in readers(state.dialect).items() if name != "provider_id"}
    values = fields.read(known, asked.body, state.dialect, required)
    return answer(shown.provider(state, write(state, kept, values)))


def _existing(state: State, name: str) -> Row:
    row = state.provider(name)
    if row is None:
        raise refused(404, NOT_FOUND)
    return row


def _unmanaged(state: State, name: str, refusal: str) -> Row:
    row = _existing(state, name)
    if row.get("is_managed"):
        raise wrong(refusal, 403)
    return row
