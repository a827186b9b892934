"""Judges the manifests of one target by what they say together, before any network.

Takes resources, gives objections. Never asks a server: which names its built-in models have, and which generation of
the API it speaks, is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from reconciler.model import Address, Objection, Resource

_VENDORS = (
    *("anthropic", "azure", "bedrock", "cohere", "deepseek", "gemini"),
    *("groq", "mistral", "openai", "togetherai", "vertex_ai", "xai"),
)
"""What names of built-in models usually begin with; the vendor publishes no whole list."""
_SECRET = re.compile(r"(?:^|[_-])(?:key|secret|token|password|credentials?)$", re.IGNORECASE)
_KEPT_SECRET = "api_key"  # noqa: S105 - the name of a field


def judge(resources: Sequence[Resource]) -> Iterator[Objection]:
    """Give what is wrong, or looks wrong, with the manifests of one target."""
    models = [resource for resource in resources if resource.kind.name == "Model"]
    yield from _circles(models)
    for model in models:
        yield from _built_in(model)
        yield from _homeless(model)
    for resource in resources:
        if resource.kind.name == "Provider":
            yield from _open_secrets(resource)


def _circles(models: Sequence[Resource]) -> Iterator[Objection]:
    """Refuse a model that is its own base, directly or over others; references alone were looked at before."""
    names = {model.address: str(model.spec["model_name"]) for model in models}
    bases = {names[model.address]: _base(model, names) for model in models}
    for model in models:
        name = names[model.address]
        path = [name]
        while (base := bases.get(path[-1])) is not None and base not in path:
            path.append(base)
        if base == name:
            yield Objection(
                model,
                ("base_model_name",),
                "a model cannot take its properties from itself: " + " → ".join([*path, name]),
                "let one of them have a built-in model as its base, or none",
            )


def _base(model: Resource, names: Mapping[Address, str]) -> str | None:
    """Give the name of a model's base, written out or referred to."""
    to = next((ref.to for ref in model.refs if ref.path == ("base_model_name",)), None)
    base = model.spec.get("base_model_name") if to is None else names.get(to)
    return base if base is None else str(base)


def _built_in(model: Resource) -> Iterator[Objection]:
    """Warn of a name that a built-in model may bear: nobody can change that, and only the server knows them all."""
    vendor, slash, _ = str(model.spec["model_name"]).partition("/")
    if slash and vendor in _VENDORS:
        yield Objection(
            model,
            ("model_name",),
            f"Respan's built-in models have names that begin with {vendor}/; one of that name cannot be changed",
            "choose another name, and name the built-in model in `base_model_name`",
            "warning",
        )


def _homeless(model: Resource) -> Iterator[Objection]:
    """Warn of a model that generation 3 refuses; generations 1 and 2 take it."""
    if model.spec.get("base_model_name") is None and model.spec.get("custom_provider_id") is None:
        yield Objection(
            model,
            (),
            "neither `base_model_name` nor `custom_provider_id` is set: generation 3 of the API refuses such a model",
            "name the model that it takes its properties from, or the provider that it is called through",
            "warning",
        )


def _open_secrets(provider: Resource) -> Iterator[Objection]:
    """Warn of a setting that is called like a secret: only `api_key` is kept out of plans and git."""
    for key in provider.spec.get("extra_kwargs") or {}:
        if key != _KEPT_SECRET and _SECRET.search(key):
            yield Objection(
                provider,
                ("extra_kwargs", key),
                "is called like a secret, and would be shown in plans: only `api_key` is kept secret",
                "if it is one, use `api_key: {env: NAME}` or set it on Respan's own pages and leave it out here",
                "warning",
            )
