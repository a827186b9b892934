"""Judges the manifests of one project by what they say together, before any network.

Takes resources, gives objections. Never asks a server: which models the catalog has, and who looks at what is served,
is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from reconciler.model import Field, Json, Objection, Path, Resource
from reconciler.paths import format_path, value_at
from reconciler.providers.launchdarkly.estate import Estate, keys_of, literals

DEAREST_TOKEN = 0.01
"""In US dollars: what costs more is the price of a million (no model's token has ever cost a cent)."""
WHOLE = 100_000
_COSTS = ("costPerInputToken", "costPerOutputToken", "costPerCachedInputToken")
_OF_MODES = {"instructions": ("agent",), "messages": ("completion", "judge"), "classifiers": ("judge",)}
"""What of a variation configs of other modes never serve."""


def judge(resources: Sequence[Resource]) -> Iterator[Objection]:
    """Give what is wrong, or looks wrong, with the manifests of one target."""
    estate = Estate(resources)
    for resource in resources:
        for rule in _RULES.get(resource.kind.name, ()):
            yield from rule(resource, estate)
        yield from _same_keys(resource, estate)
        yield from _unreferenced(resource, estate)
        yield from _nulls(resource)


def _warn(resource: Resource, path: Path, summary: str, hint: str) -> Objection:
    return Objection(resource, path, summary, hint, "warning")


# --- model configs --------------------------------------------------------------------------------


def _prices(model: Resource, _: Estate) -> Iterator[Objection]:
    for name in _COSTS:
        cost = model.spec.get(name)
        if isinstance(cost, (int, float)) and cost > DEAREST_TOKEN:
            yield _warn(
                model,
                (name,),
                f"${cost:g} for one token looks like the price of a million",
                f"if it is, write {cost / 1_000_000:.15g}",
            )


def _key_form(model: Resource, _: Estate) -> Iterator[Objection]:
    key, provider = str(model.spec["key"]), str(model.spec.get("provider") or "")
    prefix = key.partition(".")[0]
    if prefix == key:
        hint = f"call it {provider or 'Provider'}.{model.spec['id']}"
        yield _warn(model, ("key",), "newer servers let variations use only keys of the form Provider.model-id", hint)
    elif provider and prefix != provider:
        yield _warn(
            model, ("key",), f"begins with {prefix}, and the provider is {provider}", f"begin it with {provider}."
        )


# --- variations -----------------------------------------------------------------------------------


def _restricted(variation: Resource, estate: Estate) -> Iterator[Objection]:
    key = estate.key(variation, ("modelConfigKey",))
    for restriction in estate.of("RestrictedModels"):
        if key is not None and key in [
            estate.key(restriction, ("keys", n)) for n in range(len(restriction.spec["keys"]))
        ]:
            yield Objection(
                variation,
                ("modelConfigKey",),
                f"{key} is restricted by {restriction.address} ({restriction.source}): no variation may choose it",
                "choose another model, or take it off the list",
            )


def _model_name(variation: Resource, estate: Estate) -> Iterator[Objection]:
    name = (variation.spec.get("model") or {}).get("modelName")
    key = estate.key(variation, ("modelConfigKey",))
    model = estate.find("ModelConfig", key)
    if name and model is not None and model.spec["id"] != name:
        yield _warn(
            variation,
            ("model", "modelName"),
            f"{name} is not the model of the model config {key}, which is {model.spec['id']}",
            "leave it out: it is filled in from the model config",
        )
    for other in estate.of("ModelConfig"):
        if key is not None and model is None and other.spec["id"] == key:
            yield _warn(
                variation,
                ("modelConfigKey",),
                f"{key} is the id that a provider gives a model, and here stands the key of a model config",
                f"did you mean {{ref: {other.address.name}}}?",
            )
            return


def _pins(variation: Resource, estate: Estate) -> Iterator[Objection]:
    """A version says nothing without the thing that it is one of."""
    if "modelConfigVersion" in variation.spec and "modelConfigKey" not in variation.spec:
        hint = "name the model config in modelConfigKey"
        yield Objection(variation, ("modelConfigVersion",), "a version of which model config?", hint)
    for ref in variation.refs:
        beside = ("modelConfigKey",) if ref.path == ("modelConfigVersion",) else (*ref.path[:-1], "key")
        if ref.inside is not None or ref.field != "version":
            continue
        pinned, named = estate.key_of(ref.to), estate.key(variation, beside)
        if named is not None and pinned != named:
            yield Objection(
                variation,
                ref.path,
                f"the version of {pinned}, beside {format_path(beside)} {named}",
                f"refer to one {ref.to.kind} in both",
            )


def _judges(variation: Resource, estate: Estate) -> Iterator[Objection]:
    judges = (variation.spec.get("judgeConfiguration") or {}).get("judges") or ()
    first: dict[str, str] = {}
    for index in range(len(judges)):
        path = ("judgeConfiguration", "judges", index, "judgeConfigKey")
        key = estate.key(variation, path)
        config = estate.find("AIConfig", key)
        if config is None or key is None:
            continue
        if estate.mode(config) != "judge":
            yield _warn(variation, path, f"{key} is no judge", "name an AI Config of the mode `judge`")
            continue
        metric = str(config.spec.get("evaluationMetricKey"))
        if first.setdefault(metric, key) != key:
            yield Objection(
                variation,
                path,
                f"{key} and {first[metric]} have one evaluation metric, {metric}",
                "give them a metric each, or keep one of them",
            )


def _mode(variation: Resource, estate: Estate) -> Iterator[Objection]:
    config = estate.find("AIConfig", estate.key(variation, ("config",)))
    for name, modes in _OF_MODES.items():
        if variation.spec.get(name) and config is not None and estate.mode(config) not in modes:
            yield _warn(
                variation,
                (name,),
                f"the AI Config {config.spec['key']} is of the mode {estate.mode(config)}, which serves no {name}",
                f"they are for the mode {' or '.join(modes)}",
            )


# --- targeting, graphs, optimizations -------------------------------------------------------------


def _weights(targeting: Resource, _: Estate) -> Iterator[Objection]:
    places: list[Path] = [("fallthrough",), *(("rules", n) for n in range(len(targeting.spec.get("rules") or ())))]
    for place in places:
        path = (*place, "rollout", "variations")
        parts = value_at(targeting.spec, path)
        total = sum(part["weight"] for part in parts or ())
        if parts is not None and total != WHOLE:
            yield Objection(targeting, path, f"the weights come to {total}, and have to come to {WHOLE}", "")


def _contexts(targeting: Resource, estate: Estate) -> Iterator[Objection]:
    """One entry for each kind of context and variation, and no context twice."""
    entries: dict[tuple[str, str], int] = {}
    served: dict[tuple[str, str], int] = {}
    for index, target in enumerate(targeting.spec.get("targets") or ()):
        kind = str(target.get("contextKind") or "user")
        variation = str(estate.key(targeting, ("targets", index, "variation")))
        if entries.setdefault((kind, variation), index) != index:
            summary = f"{variation} has an entry for {kind} already"
            yield Objection(targeting, ("targets", index), summary, f"add to targets[{entries[kind, variation]}]")
        for number, value in enumerate(target["values"]):
            if served.setdefault((kind, value), index) != index:
                yield Objection(
                    targeting,
                    ("targets", index, "values", number),
                    f"{kind} {value} is in targets[{served[kind, value]}] already",
                    "a context is served one variation",
                )


def _of_one_config(field: str) -> Callable[[Resource, Estate], Iterator[Objection]]:
    def rule(resource: Resource, estate: Estate) -> Iterator[Objection]:
        """A reference gives the key alone: a variation of another config would silently be one of this."""
        config = estate.key(resource, (field,))
        for ref in resource.refs:
            variation = estate.at(ref.to) if ref.to.kind == "Variation" else None
            other = estate.key(variation, ("config",)) if variation is not None else None
            if other is not None and other != config:
                yield Objection(
                    resource,
                    ref.path,
                    f"{ref.to.name} is a variation of {other}, not of {config}",
                    f"refer to a variation of {config}",
                )

    return rule


def _nodes(graph: Resource, estate: Estate) -> Iterator[Objection]:
    edges = range(len(graph.spec.get("edges") or ()))
    ends: list[Path] = [("edges", n, end) for n in edges for end in ("sourceConfig", "targetConfig")]
    for path in (("rootConfigKey",), *ends):
        config = estate.find("AIConfig", estate.key(graph, path))
        if config is not None and estate.mode(config) != "agent":
            yield _warn(
                graph,
                path,
                f"{config.spec['key']} is of the mode {estate.mode(config)}, and nodes are agents",
                "name an AI Config of the mode `agent`: with another one the graph does not work",
            )


# --- several kinds ----------------------------------------------------------------------------------


def _twice(resource: Resource, estate: Estate) -> Iterator[Objection]:
    """What is written out in one manifest and referred to in the other is the same all the same."""
    first = estate.find(resource.kind.name, estate.name(resource))
    if first is not None and first is not resource:
        yield Objection(
            resource,
            (resource.kind.identity[-1],),
            f"{first.address} ({first.source}) declares {estate.name(resource)} already",
            "merge them, or remove one",
        )


def _same_keys(resource: Resource, estate: Estate) -> Iterator[Objection]:
    """What a list names twice, once by a reference and once written out, the API would take once."""
    first: dict[tuple[Path, str], Path] = {}
    for path in keys_of(resource.spec, resource.kind.root, ()):
        named = estate.key(resource, path)
        if named is None or first.setdefault((path[:-2], named), path) == path:
            continue
        yield Objection(resource, path, f"{named} stands in {format_path(first[path[:-2], named])} already", "keep one")


def _unreferenced(resource: Resource, estate: Estate) -> Iterator[Objection]:
    """A literal that a manifest declares: nothing says that it has to be there first."""
    for path, kinds, key in literals(resource.spec, resource.kind.root, ()):
        for kind in kinds:
            if kind == "Variation":
                named = estate.variation(
                    estate.key(resource, ("config",)) or estate.key(resource, ("aiConfigKey",)), key
                )
            else:
                named = estate.find(kind, key)
            if named is not None and named is not resource:
                yield _warn(
                    resource,
                    path,
                    f"{key} is declared by {named.address}, and nothing says that it has to be there first",
                    f"write {{ref: {kind}/{named.address.name}}}",
                )


def _nulls(resource: Resource) -> Iterator[Objection]:
    """The API keeps a null inside a free mapping as a value of its own."""
    for name, field in resource.kind.root.properties.items():
        for path in _null_paths(resource.spec.get(name), field, (name,)):
            yield _warn(
                resource, path, "null is kept here as a value, and sent to whoever reads it", "leave the key out"
            )


def _null_paths(value: Json, field: Field, path: Path) -> Iterator[Path]:
    if isinstance(value, dict):
        for name, item in value.items():
            below = field.properties.get(name)
            if item is None and below is None:
                yield (*path, name)
            else:
                yield from _null_paths(item, below or Field(), (*path, name))


_RULES: dict[str, tuple[Callable[[Resource, Estate], Iterator[Objection]], ...]] = {
    "AgentGraph": (_nodes,),
    "ModelConfig": (_prices, _key_form),
    "Optimization": (_of_one_config("aiConfigKey"),),
    "Targeting": (_twice, _weights, _contexts, _of_one_config("config")),
    "Variation": (_twice, _restricted, _model_name, _pins, _judges, _mode),
}
