"""What Runtype's schemas cannot say of manifests: which of them do not go together.

Takes the manifests of one account, gives objections. Pure: no network, and nothing is known of what is live.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.model import Objection, Resource

_PLATFORM = "platform"
_KEY, _CONFIG = "ProviderKey", "ModelConfig"


def judge(resources: Sequence[Resource]) -> Iterator[Objection]:
    """Yield what speaks against the manifests."""
    yield from _two_default_keys(resources)
    yield from _keys_called_platform(resources)
    yield from _keys_of_another_provider(resources)
    yield from _disabled_defaults(resources)
    yield from _names_for_ids(resources, _CONFIG, "providerKeyId", _KEY)
    yield from _names_for_ids(resources, "DefaultModelConfig", "modelConfigId", _CONFIG)


def _two_default_keys(resources: Sequence[Resource]) -> Iterator[Objection]:
    """Of two keys that both are a provider's default, each apply would unmark one."""
    first: dict[str, Resource] = {}
    for resource in _of(resources, _KEY):
        if resource.spec.get("isDefault") is not True:
            continue
        provider = resource.spec["provider"]
        other = first.setdefault(provider, resource)
        if other is not resource:
            yield Objection(
                resource,
                ("isDefault",),
                f"{other.address.name} is the default key of {provider} already ({other.source})",
                "a provider has one default key: leave isDefault out of one of them",
            )


def _keys_called_platform(resources: Sequence[Resource]) -> Iterator[Objection]:
    for resource in _of(resources, _KEY):
        if _PLATFORM in (resource.address.name, resource.spec["name"]):
            yield Objection(
                resource,
                ("name",),
                "a key that is called as Runtype's own: `providerKeyId: platform` never means this one",
                f"refer to it by {{ref: {_KEY}/{resource.address.name}}}, or give it another name",
                "warning",
            )


def _keys_of_another_provider(resources: Sequence[Resource]) -> Iterator[Objection]:
    keys = {key.address: key for key in _of(resources, _KEY)}
    for config in _of(resources, _CONFIG):
        for ref in config.refs:
            key = keys.get(ref.to)
            if key is not None and key.spec["provider"] != config.spec["provider"]:
                yield Objection(
                    config,
                    ref.path,
                    f"a key for {key.spec['provider']}, of a model of {config.spec['provider']}",
                    f"refer to a {_KEY} for {config.spec['provider']}: Runtype is likely to refuse this one",
                    "warning",
                )


def _disabled_defaults(resources: Sequence[Resource]) -> Iterator[Objection]:
    disabled = {config.address for config in _of(resources, _CONFIG) if config.spec.get("isEnabled") is False}
    for default in _of(resources, "DefaultModelConfig"):
        for ref in default.refs:
            if ref.to in disabled:
                yield Objection(
                    default,
                    ref.path,
                    f"{ref.to.name} is disabled: what then becomes of those who chose nothing is not known",
                    "choose another one, or enable it",
                    "warning",
                )


def _names_for_ids(resources: Sequence[Resource], kind: str, field: str, of: str) -> Iterator[Objection]:
    """A literal is an id on the server: one that is a manifest's name is most likely meant as a reference."""
    names = {resource.address.name for resource in _of(resources, of)} - {_PLATFORM}
    for resource in _of(resources, kind):
        literal = resource.spec.get(field)
        if isinstance(literal, str) and literal in names:
            yield Objection(
                resource,
                (field,),
                f"{literal!r} stands for an id on the server, and is the name of a {of} manifest",
                f"did you mean {{ref: {of}/{literal}}}?",
                "warning",
            )


def _of(resources: Sequence[Resource], kind: str) -> Iterator[Resource]:
    return (resource for resource in resources if resource.kind.name == kind)
