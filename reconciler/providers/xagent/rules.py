"""What Xagent's manifests must not say together, beyond their schemas.

Takes the resources of one target, gives objections. Pure: no I/O, no clock, and no network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.model import Objection, Resource
from reconciler.providers.xagent.config_types import NEEDS, misfit

_WITHOUT_ADDRESS = ("openai-compatible", "xinference")
"""Providers that answer nowhere but where they are said to (catalogue of 0.8.4)."""


def judge(resources: Sequence[Resource]) -> Iterator[Objection]:
    """Give what speaks against the manifests of one target."""
    models = {str(r.spec.get("model_id")): r for r in resources if r.kind.name == "Model"}
    for model_id, model in models.items():
        yield from _numbers(model, model_id)
        yield from _addresses(model)
    yield from _circles(models)
    for resource in resources:
        if resource.kind.name == "DefaultModel":
            yield from _misfits(resource, resources)


def _numbers(model: Resource, model_id: str) -> Iterator[Objection]:
    """The server reads digits of any script as the number of a row (0.8.4, observed); the schema knows ours alone."""
    if model_id.isdecimal() and not model_id.isascii():
        summary = f"the model_id {model_id!r} is digits alone: the server takes it for the number of a row"
        yield Objection(model, ("model_id",), summary, "add a letter")


def _addresses(model: Resource) -> Iterator[Objection]:
    provider = model.spec.get("model_provider")
    if provider in _WITHOUT_ADDRESS and model.spec.get("base_url") is None:
        summary = f"{provider} has no address of its own: without `base_url` the model answers nowhere"
        yield Objection(model, ("model_provider",), summary, "say `base_url`", "warning")


def _circles(models: Mapping[str, Resource]) -> Iterator[Objection]:
    """A model whose `model_id` is another's `model_name` must come first: in a circle none can."""
    done: set[str] = set()
    for model_id in models:
        path: list[str] = []
        while model_id in models and model_id not in done:
            done.add(model_id)
            path.append(model_id)
            model_id = str(models[model_id].spec.get("model_name"))  # noqa: PLW2901 - it walks on
        circle = path[path.index(model_id) :] if model_id in path else []
        if len(circle) > 1:
            names = " → ".join([*circle, circle[0]])
            yield Objection(
                models[circle[0]],
                ("model_name",),
                f"each of these models has the next one's model_id as its model_name: {names}",
                "the server makes no model whose model_id is a model_name already, so that none could come first: "
                "give one of them another model_id",
            )


def _misfits(default: Resource, resources: Sequence[Resource]) -> Iterator[Objection]:
    """What a manifest leaves open may be right on the server: only what is said is judged."""
    ref = next((ref for ref in default.refs if ref.path == ("model_id",)), None)
    model = next((r for r in resources if ref is not None and r.address == ref.to), None)
    if model is None:
        return
    config_type = str(default.spec.get("config_type"))
    need = NEEDS[config_type]
    category = str(model.spec.get("category", need.category))
    why = misfit(config_type, category, model.spec.get("abilities", need.abilities) or ())
    if why is not None:
        hint = f"name another model, or change {model.address.kind}/{model.address.name}"
        yield Objection(default, ("model_id",), why, hint)
