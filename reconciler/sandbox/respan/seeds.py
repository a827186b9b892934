"""What an organisation holds before anyone asks it: bodies from a seed file.

Takes bodies by kind, puts them where nothing of the same identity is yet.
It never overwrites: a second start on the same data file changes nothing.

    BuiltIn    {model_name, input_cost, ...}                a built-in model beyond the catalogue; the name is enough
    Provider   {provider_id, provider_name, ...}            `is_managed: true` makes one that cannot be changed
    Model      {model_name, custom_provider_id, ...}        the body of a create, in the words of the generation
"""

from __future__ import annotations

from collections.abc import Callable

from reconciler.sandbox.respan import catalogue, fields, models, providers
from reconciler.sandbox.respan.answers import Refusal
from reconciler.sandbox.respan.state import State
from reconciler.sandbox.store import Row
from reconciler.sandbox.system import Seeds


def plant(state: State, seeds: Seeds) -> None:
    """Put the bodies; raise ValueError naming the one that the server would not take."""
    for kind in seeds:
        if kind not in _PLANTERS:
            raise ValueError(f"respan has no kind {kind!r} to seed; it has {', '.join(_PLANTERS)}")
    for kind, planter in _PLANTERS.items():
        for place, body in enumerate(seeds.get(kind) or []):
            try:
                planter(state, body)
            except Refusal as error:
                why = bytes(error.response.body).decode()
                raise ValueError(f"seed respan.{kind}[{place}]: {why}") from error


def _plant_builtin(state: State, body: Row) -> None:
    values = fields.read(models.readers(state.dialect), body, state.dialect, ["model_name"])
    name = values["model_name"]
    if state.model(name) is None:
        state.seeded.put(name, {**catalogue.row(name, 128_000, [0.0] * 4, ""), **values})


def _plant_provider(state: State, body: Row) -> None:
    values = fields.read(providers.readers(state.dialect), body, state.dialect, ["provider_id", "provider_name"])
    if state.providers.get(values["provider_id"]) is None:
        providers.write(state, {"is_managed": True} if body.get("is_managed") is True else {}, values)


def _plant_model(state: State, body: Row) -> None:
    values = fields.read(models.readers(state.dialect), body, state.dialect, ["model_name"])
    if state.model(values["model_name"]) is None:
        models.write(state, {}, values)


_PLANTERS: dict[str, Callable[[State, Row], None]] = {
    "BuiltIn": _plant_builtin,
    "Provider": _plant_provider,
    "Model": _plant_model,
}
