"""Which writes an update of a model takes, and what each sends.

Takes what is live and what shall be, gives forms in order. Pure: no I/O, no clock.

What a form must say, and why (0.8.4, observed): what is left out is kept; a shared model takes no other category or
abilities, not even in the write that takes the sharing back; a model that comes to Bedrock, or back from the server's
own AWS credentials, needs its key although it did not change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.model import Body, Json
from reconciler.providers.xagent.config_types import GENERATE, GENERATING

SHARED = "share_with_users"
BEDROCK = "bedrock"
CHAIN = "credentials_chain"
_LOCKED = ("category", "abilities")


def forms(held: Body, body: Body, touched: Sequence[str]) -> tuple[Body, ...]:
    """Give the writes that make a live body be `body` in the fields that are touched."""
    form = {name: body.get(name) for name in (*touched, *_also(held, body, touched))}
    if not (held[SHARED] and is_locked(held, form)):
        return (form,)
    shared = form.pop(SHARED, True)
    again = ({SHARED: True},) if shared else ()
    return ({SHARED: False}, form, *again)


def is_locked(held: Body, changes: Mapping[str, Json]) -> bool:
    """Say whether a shared model would not take these changes; null abilities it takes."""
    category = changes.get("category", held["category"])
    abilities = changes.get("abilities")
    return category != held["category"] or (abilities is not None and set(abilities) != set(held["abilities"] or ()))


def _also(held: Body, body: Body, touched: Sequence[str]) -> tuple[str, ...]:
    """Give what must be sent although it did not change."""
    if body["model_provider"] != BEDROCK or "api_key" in touched or body.get("api_key") is None:
        return ()
    moved = held["model_provider"] != BEDROCK or held.get("bedrock_auth_mode") == CHAIN
    return ("api_key",) if moved else ()


def missing(held: Body, body: Body) -> Body:
    """Give the form of what a create was asked for and did not store; a key is never shown, and taken as stored."""
    return {name: value for name, value in body.items() if name != "api_key" and not _same(held.get(name), value)}


def chosen_by_server(row: Body) -> frozenset[str]:
    """Give the fields in which a model that was never changed may hold what the server chose when it was made."""
    if row["updated_at"] is not None:
        return frozenset()
    generates = row["category"] in GENERATING and row["abilities"] == [GENERATE]
    return frozenset(("base_url", "abilities") if generates else ("base_url",))


def _same(held: Json, value: Json) -> bool:
    if isinstance(held, list) and isinstance(value, list):
        return set(held) == set(value)
    return bool(held == value)
