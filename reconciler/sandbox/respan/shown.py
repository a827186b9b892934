"""How models and providers are answered: the keys of the generation, with what is inherited and computed.

Takes rows, gives objects as the API shows them.
It never shows a secret where the generation keeps it back.
"""

from __future__ import annotations

from typing import Any

from reconciler.sandbox.respan.answers import moment
from reconciler.sandbox.respan.catalogue import VENDORS
from reconciler.sandbox.respan.state import State
from reconciler.sandbox.store import Row

ORGANISATION = 123
_IDLE = {"average_tps": None, "average_ttft": None, "average_latency": None, "number_of_requests": 0}
_RELEASED = 1_704_067_200
"""When the built-in models came to be: 2024-01-01."""


def model(state: State, row: Row) -> Row:
    """Give a model as the generation shows it."""
    builtin = is_builtin(row)
    values: Row = {
        **state.inherited(row),
        "id": row["model_name"],
        "model_name": row["model_name"],
        "base_model_name": row.get("base_model_name"),
        "display_name": row.get("display_name"),
        "affiliation_category": category(state, row),
        "is_called_by_custom_name": not builtin and not row.get("base_model_name"),
        "source": "hardcoded" if builtin else "db",
        "supported_params": state.params(row),
        "provider": _nested(state, row),
        "throughput": _IDLE,
        "created_at": moment(row.get("created_at", _RELEASED)),
        "updated_at": moment(row.get("updated_at", _RELEASED)),
    }
    return {key: values[key] for key in state.dialect.model_keys}


def public(row: Row) -> Row:
    """Give a built-in model as the public catalogue shows it."""
    costs = {"prompt_cost": row["input_cost"], "completion_cost": row["output_cost"]}
    plain = {key: row[key] for key in ("model_name", "max_context_window", "input_cost", "output_cost")}
    vendor = {"moderation": "Filtered", "credential_fields": ["api_key"]}
    named = {"provider_id": row["vendor"], "provider_name": vendor_name(row)}
    return {**plain, **costs, "rate_limit": 30_000, "provider": {**named, **vendor}}


def provider(state: State, row: Row) -> Row:
    """Give a provider as its own routes show it."""
    kwargs = row["extra_kwargs"]
    return _provider(state.dialect.provider_keys, row, open_kwargs(kwargs) if state.dialect.key_beside else kwargs)


def is_builtin(row: Row) -> bool:
    """Say whether a model belongs to no organisation."""
    return "vendor" in row


def category(state: State, row: Row) -> str:
    """Give the word for whose model it is."""
    return state.dialect.builtin_category if is_builtin(row) else "custom"


def vendor_name(row: Row) -> str:
    """Give the name of a built-in model's vendor."""
    vendor: str = row["vendor"]
    return VENDORS.get(vendor, vendor)


def provider_of(state: State, row: Row) -> Row | None:
    """Give the custom provider that a model is called through: its own, or its base's."""
    name = state.inherited(row)["provider"]
    return None if name is None else state.providers.get(name)


def open_kwargs(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Give a provider's settings without the secret."""
    return {key: value for key, value in kwargs.items() if key != "api_key"}


def _nested(state: State, row: Row) -> Row | None:
    found = provider_of(state, row)
    if found is None:
        return None
    return _provider(state.dialect.nested_keys, found, open_kwargs(found["extra_kwargs"]))


def _provider(keys: tuple[str, ...], row: Row, kwargs: dict[str, Any]) -> Row:
    values = {
        "id": row["provider_id"],
        "provider_id": row["provider_id"],
        "provider_name": row["provider_name"],
        "organization_id": ORGANISATION,
        "extra_kwargs": kwargs,
        "created_at": moment(row["created_at"]),
        "updated_at": moment(row["updated_at"]),
    }
    return {key: values[key] for key in keys}
