"""What an account holds before anyone asks it: bodies from a seed file.

Takes bodies by kind, puts them where nothing of the same key is yet, in the order below.
It never overwrites: a second start on the same data file changes nothing, and restricts or rolls out nothing again.

    Member            {_id, email, role}
    Team              {key, name}
    Environment       {key, name, requires_approval}     where a variation in use is changed only after approval
    Segment           {key}
    ModelConfig       {key, id, name, ...}                `global: true` puts it into the catalog
    RestrictedModels  {keys}
    Tool, PromptSnippet, Skill                            bodies of a creation
    AIConfig          {key, name, ...}
    Variation         {config, key, name, ...}
    AgentGraph, Optimization                              bodies of a creation
    Rollout           {config, environment, type}         an `experiment` or a `measuredRollout` owns the fallthrough
    Metrics           {config, variation, env, at, ...}   `at` in epoch milliseconds, and counts as the API names them
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from reconciler.sandbox.launchdarkly import catalog, configs, forms, graphs, models, targeting, variations, versioned
from reconciler.sandbox.launchdarkly.answers import Refusal
from reconciler.sandbox.launchdarkly.state import GLOBAL_MODELS, State
from reconciler.sandbox.store import Row
from reconciler.sandbox.system import Seeds


def plant(state: State, seeds: Seeds) -> None:
    """Put the catalog and the bodies; raise ValueError naming the one that the server would not take."""
    for kind in seeds:
        if kind not in _PLANTERS:
            raise ValueError(f"launchdarkly has no kind {kind!r} to seed; it has {', '.join(_PLANTERS)}")
    is_first = not len(state.models)
    for body in GLOBAL_MODELS:
        _plant_model(state, {**body, "global": True})
    for kind, planter in _PLANTERS.items():
        for place, body in enumerate(seeds.get(kind) or []):
            try:
                if is_first or kind not in _ONCE:
                    planter(state, body)
            except KeyError as error:
                raise ValueError(f"seed launchdarkly.{kind}[{place}]: `{error.args[0]}` is missing") from error
            except Refusal as error:
                raise ValueError(f"seed launchdarkly.{kind}[{place}]: {error}") from error


def _plant_row(table: str, key: str, state: State, body: Row) -> None:
    if state.table(table).get(body[key]) is None:
        state.table(table).put(body[key], body)


def _plant_environment(state: State, body: Row) -> None:
    held = state.environments.get(body["key"]) or {"name": body["key"]}
    state.environments.put(body["key"], {**held, **body})


def _plant_model(state: State, body: Row) -> None:
    form = forms.read(forms.ModelConfigForm, body, needs=models.NEEDS)
    if state.models.get(form["key"]) is None:
        models.insert(state, form, is_global=bool(body.get("global")))


def _plant_restricted(state: State, body: Row) -> None:
    for key in body["keys"]:
        models.current(state, key)
        state.restricted.put(key, {"key": key})


def _plant_config(state: State, body: Row) -> None:
    form = forms.read(forms.ConfigForm, body, needs=configs.NEEDS)
    if state.configs.get(form["key"]) is None:
        configs.insert(state, form)


def _plant_variation(state: State, body: Row) -> None:
    config = state.config(body["config"])
    form = forms.read(forms.VariationForm, body, needs=variations.NEEDS, leave=("state",))
    if form["key"] not in config["variations"]:
        state.configs.put(config["key"], variations.added(state, config, form))


def _plant_graph(state: State, body: Row) -> None:
    form = forms.read(forms.GraphForm, body, needs=graphs.NEEDS, leave=graphs.DROPPED)
    if state.graphs.get(form["key"]) is None:
        graphs.insert(state, form)


def _plant_rollout(state: State, body: Row) -> None:
    config = state.config(body["config"])
    targeting.start_rollout(state, config, state.environment(body["environment"])["key"], body["type"])


def _plant_metrics(state: State, body: Row) -> None:
    state.metrics.put("/".join(str(body[name]) for name in ("config", "variation", "env", "at")), body)


_ONCE = {"RestrictedModels", "Rollout"}
"""What would undo what was changed since."""


def _versioned(resource: versioned.Resource) -> Callable[[State, Row], None]:
    return lambda state, body: versioned.plant(state, resource, body)


_PLANTERS: dict[str, Callable[[State, Row], None]] = {
    "Member": partial(_plant_row, "members", "_id"),
    "Team": partial(_plant_row, "teams", "key"),
    "Environment": _plant_environment,
    "Segment": partial(_plant_row, "segments", "key"),
    "ModelConfig": _plant_model,
    "RestrictedModels": _plant_restricted,
    "Tool": _versioned(catalog.TOOL),
    "PromptSnippet": _versioned(catalog.SNIPPET),
    "Skill": _versioned(catalog.SKILL),
    "AIConfig": _plant_config,
    "Variation": _plant_variation,
    "AgentGraph": _plant_graph,
    "Optimization": _versioned(catalog.OPTIMIZATION),
    "Rollout": _plant_rollout,
    "Metrics": _plant_metrics,
}
