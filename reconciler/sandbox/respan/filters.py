"""The filters of a list of models: `{"field": {"operator": "..", "value": [..]}}`.

Takes filters and rows, gives the rows that meet every condition; raises the refusal of a filter that is none.
It never changes a row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from reconciler.sandbox.respan import shown
from reconciler.sandbox.respan.answers import wrong
from reconciler.sandbox.respan.state import State
from reconciler.sandbox.store import Row

Conditions: TypeAlias = Mapping[str, list[tuple[str, list[Any]]]]
"""Field → operator and values, each of which must hold."""

_LOOSE = re.compile(r"[-_. ]")


def parse(filters: Any) -> Conditions:
    """Read filters as a body has them."""
    if not isinstance(filters, dict):
        raise wrong("filters must be an object")
    conditions: dict[str, list[tuple[str, list[Any]]]] = {}
    for name, told in filters.items():
        if name not in _FIELDS:
            raise wrong(f"Unsupported filter field: {name}")
        conditions[name] = [_condition(name, item) for item in (told if isinstance(told, list) else [told])]
    return conditions


def normalised(conditions: Conditions) -> Row:
    """Give the filters as the answer repeats them."""
    told = {name: [{"operator": op, "value": value} for op, value in items] for name, items in conditions.items()}
    return {name: items[0] if len(items) == 1 else items for name, items in told.items()}


def matching(state: State, rows: list[Row], conditions: Conditions) -> list[Row]:
    """Give the rows that meet every condition."""
    return [row for row in rows if _meets(state, row, conditions)]


def _meets(state: State, row: Row, conditions: Conditions) -> bool:
    return all(
        _OPERATORS[operator](*_loosened(name, operator, _FIELDS[name](state, row), value))
        for name, items in conditions.items()
        for operator, value in items
    )


def _condition(name: str, told: Any) -> tuple[str, list[Any]]:
    operator, value = (told.get("operator", ""), told.get("value")) if isinstance(told, dict) else (None, None)
    if not isinstance(operator, str) or operator not in _OPERATORS or not isinstance(value, list) or not value:
        raise wrong(f"Invalid filter on {name}: expected an operator and a list of values")
    return operator, value


def _loosened(name: str, operator: str, held: Any, value: list[Any]) -> tuple[Any, list[Any]]:
    """`gemini3` finds `gemini-3`: without these signs names are compared, where case does not count either."""
    if (name, operator) != ("model_name", "icontains"):
        return held, value
    return _LOOSE.sub("", held), [_LOOSE.sub("", str(item)) for item in value]


def _provider_id(state: State, row: Row) -> str | None:
    found = shown.provider_of(state, row)
    return row.get("vendor") if found is None else found["provider_id"]


def _provider_name(state: State, row: Row) -> str | None:
    if shown.is_builtin(row):
        return shown.vendor_name(row)
    found = shown.provider_of(state, row)
    return None if found is None else found["provider_name"]


def _inherited(key: str) -> Callable[[State, Row], Any]:
    return lambda state, row: state.inherited(row)[key]


_FIELDS: Mapping[str, Callable[[State, Row], Any]] = {
    "model_name": lambda _, row: row["model_name"],
    "base_model_name": lambda _, row: row.get("base_model_name"),
    "provider__provider_id": _provider_id,
    "provider__provider_name": _provider_name,
    "affiliation_category": shown.category,
    "is_managed": lambda _, row: shown.is_builtin(row),
    "status": lambda _, row: row.get("status", "active"),
    "model_type": _inherited("model_type"),
    "input_cost": _inherited("input_cost"),
    "output_cost": _inherited("output_cost"),
    "max_context_window": _inherited("max_context_window"),
    "has_discount": lambda *_: False,
    "available_to_user": lambda *_: True,
}


def _compared(holds: Callable[[Any, Any], bool]) -> Callable[[Any, list[Any]], bool]:
    def of(held: Any, value: list[Any]) -> bool:
        try:
            return bool(holds(held, value[0]))
        except TypeError:  # nothing is less than null
            return False

    return of


def _spelled(holds: Callable[[str, str], bool], *, negated: bool = False) -> Callable[[Any, list[Any]], bool]:
    return lambda held, value: holds("" if held is None else str(held), str(value[0])) is not negated


_OPERATORS: Mapping[str, Callable[[Any, list[Any]], bool]] = {
    "": lambda held, value: held in value,
    "in": lambda held, value: held in value,
    "not": lambda held, value: held not in value,
    "not_in": lambda held, value: held not in value,
    "lt": _compared(lambda held, value: held < value),
    "lte": _compared(lambda held, value: held <= value),
    "gt": _compared(lambda held, value: held > value),
    "gte": _compared(lambda held, value: held >= value),
    "contains": _spelled(lambda held, value: value in held),
    "not_contains": _spelled(lambda held, value: value in held, negated=True),
    "icontains": _spelled(lambda held, value: value.lower() in held.lower()),
    "startswith": _spelled(str.startswith),
    "not_startswith": _spelled(str.startswith, negated=True),
    "endswith": _spelled(str.endswith),
    "not_endswith": _spelled(str.endswith, negated=True),
    "empty": lambda held, _: held in (None, ""),
    "not_empty": lambda held, _: held not in (None, ""),
}
