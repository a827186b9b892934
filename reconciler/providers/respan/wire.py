"""Turns bodies of manifests into forms of Respan, and answers into bodies.

Takes and gives JSON values; answers are changed in place, since nobody else holds them. Pure: no I/O, no clock.

What a model does not set it takes from its base, or it is 0, and its answer does not tell the two apart (vendor's
documentation, March 2026): whoever writes a model whole must leave out what it merely takes over.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal, InvalidOperation

from reconciler import redact
from reconciler.model import Body, Change, Json, Kind, Live
from reconciler.paths import parse_path

BASE, PROVIDER, OVERRIDE = "base_model_name", "custom_provider_id", "supported_params_override"
KWARGS, KEY = "extra_kwargs", "api_key"
OF_OLD = frozenset({"display_name", "streaming_support"})
"""Fields of a model that generation 3 takes without a word, and neither stores nor shows."""

_MASKS = ("***", "•••", "…")
_SCRUBBED_FROM = 8
"""A shorter key is a placeholder such as `EMPTY`: cleaning it out of messages would spoil them and hide nothing."""


# --- answers --------------------------------------------------------------------------------------


def is_custom(row: Body) -> bool:
    """Say whether a model is an organization's own; raises KeyError where the answer does not tell."""
    if row.get("affiliation_category") is not None:
        return bool(row["affiliation_category"] == "custom")
    if isinstance(row.get("is_managed"), bool):
        return not row["is_managed"]
    return bool(row["source"] == "db")


def read_model(kind: Kind, row: Body) -> Body:
    """Give a model as manifests spell it: the provider by its id, switches as numbers."""
    provider = row.get("provider")
    row[PROVIDER] = str(provider["provider_id"] if "provider_id" in provider else provider["id"]) if provider else None
    for name in settable(kind):
        if isinstance(row.get(name), bool):
            row[name] = int(row[name])
    return row


def read_provider(row: Body) -> Body:
    """Give a provider as it is; its key, where it is answered, is known from now on as a secret."""
    key = (row.get(KWARGS) or {}).get(KEY)
    if isinstance(key, str) and len(key) >= _SCRUBBED_FROM:
        redact.remember(key)
    return row


def unseen(kind: Kind, row: Body) -> frozenset[str]:
    """Give the fields that an answer came without; what is never answered is known to be so."""
    fields = kind.root.properties
    return frozenset(name for name in settable(kind) if not fields[name].write_only and name not in row)


# --- forms ----------------------------------------------------------------------------------------


def settable(kind: Kind) -> list[str]:
    """Give the fields that a form may hold."""
    return [name for name, field in kind.root.properties.items() if not field.read_only]


def changeable(kind: Kind) -> list[str]:
    """Give the fields that a form of an update may hold."""
    return [name for name in settable(kind) if not kind.root.properties[name].identity]


def form(kind: Kind, body: Body, names: Collection[str]) -> Body:
    """Give the form that holds some fields; null is no value that the server takes, so what is null is left out."""
    found = {name: body[name] for name in settable(kind) if name in names and body.get(name) is not None}
    if KWARGS in found:
        found[KWARGS] = {key: value for key, value in found[KWARGS].items() if value is not None}
    return found


def unmasked(body: Body, held: Body) -> Body:
    """Give a provider's body without settings that the server had blotted out when it answered them."""
    before = held.get(KWARGS) or {}
    kept = {key: value for key, value in (body.get(KWARGS) or {}).items() if not _is_masked(value, before.get(key))}
    return {**body, KWARGS: kept} if body.get(KWARGS) is not None else body


def _is_masked(value: Json, held: Json) -> bool:
    return isinstance(value, str) and value == held and any(mask in value for mask in _MASKS)


def touched(changes: Iterable[Change]) -> set[str]:
    """Give the top-level fields of changes."""
    return {str(parse_path(change.path)[0]) for change in changes}


def removed(changes: Iterable[Change]) -> set[str]:
    """Give the top-level fields that go back as a whole."""
    paths = [parse_path(change.path) for change in changes if change.removed]
    return {str(path[0]) for path in paths if len(path) == 1}


def beyond_patch(live: Live, body: Body, changes: Sequence[Change]) -> list[str]:
    """Give the fields of a model that a partial update cannot make as they should be, in order.

    It sets values and takes none away; null is no way out (undocumented), and before generation 3 a new override is
    laid over the earlier one.
    """
    names = touched(changes)
    gone = {name for name in names if body.get(name) is None} | removed(changes)
    laid = {OVERRIDE} if OVERRIDE in names and not live.unseen & OF_OLD else set()
    return sorted((gone - (live.unseen & OF_OLD)) | laid)


# --- a model written whole ------------------------------------------------------------------------


def whole_form(live: Live, body: Body, changes: Sequence[Change], base: Body | None) -> Body:
    """Give the form that replaces a model: what `body` says, and what was set in it besides and is not inherited.

    `live` and `base`, the model that it takes from, were read at one time.
    """
    own, gone = live.body, removed(changes)
    meant = {name for name in (*body, *touched(changes)) if name not in gone}
    kept: Body = {OVERRIDE: laid_over(own, base)} if base is not None else {}
    kept |= {
        name: own[name]
        for name in changeable(live.kind)
        if name not in meant and name in own and not _is_inherited(live.kind, name, own, base or {})
    }
    whole = {name: value for name, value in kept.items() if name not in gone and value not in (None, {})}
    return form(live.kind, {**whole, **{name: body.get(name) for name in meant}}, changeable(live.kind))


def laid_over(own: Body, base: Body) -> Body:
    """Give the override that must have been laid over a base's parameters: no answer tells it itself."""
    mine, theirs = own.get("supported_params"), base.get("supported_params")
    if not isinstance(mine, dict) or not isinstance(theirs, dict):
        return {}
    laid = {name: value for name, value in mine.items() if value != theirs.get(name) and isinstance(value, dict)}
    return {**laid, **{name: None for name in theirs if name not in mine}}


def _is_inherited(kind: Kind, name: str, own: Body, base: Body) -> bool:
    """Say whether a value is what the model would have without setting it."""
    field = kind.root.properties[name]
    if not field.inherits or "string" in field.types:
        return field.inherits and bool(own[name] == base.get(name))
    return _amount(own[name]) == _amount(base.get(name))


def _amount(value: Json) -> Decimal | str:
    """Give an amount, whether it came as a number or as a text; nothing is 0."""
    try:
        return Decimal(str(value or 0))
    except InvalidOperation:
        return str(value)
