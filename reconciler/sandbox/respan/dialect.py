"""How the three generations of Respan's API differ, one field per difference.

Takes a generation, gives what is known of it: from the vendor's documentation of March 2026 (1), the vendor's client
0.1.29 (2) and 0.1.49 (3).
It never decides anything: the modules beside it ask.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

_COMMON = (
    *("id", "model_name", "base_model_name", "affiliation_category", "is_called_by_custom_name"),
    *("input_cost", "output_cost", "cache_hit_input_cost", "cache_creation_input_cost", "max_context_window"),
    *("function_call", "image_support", "supported_params", "provider"),
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """One generation; each field says what holds in it."""

    model_keys: tuple[str, ...] = (*_COMMON, "model_type")
    """What a model is answered with."""
    nested_keys: tuple[str, ...] = (
        *("id", "provider_id", "provider_name", "extra_kwargs", "created_at", "updated_at"),
    )
    """What a provider is answered with inside a model; a secret in `extra_kwargs` never is."""
    provider_keys: tuple[str, ...] = (
        *("id", "provider_id", "provider_name", "extra_kwargs", "created_at", "updated_at"),
    )
    """What a provider is answered with by its own routes."""
    builtin_category: str = "keywordsai"
    """The `affiliation_category` of built-in models."""

    # models
    gone: frozenset[str] = frozenset({"display_name", "streaming_support"})
    """Fields of a request that are not looked at any more."""
    get_lists: bool = False
    """`GET /models/` lists."""
    post_lists: bool = True
    """`POST /models/list/` and `/models/summary/` exist."""
    anonymous: bool = True
    """Lists answer whoever has no valid key, with the built-in models alone."""
    largest_page: int = 1000
    """More rows than this are never on a page, whatever `page_size` says."""
    needs_provider: bool = True
    """A model must have a provider of its own or a base."""
    missing_provider: int = 404
    """The status for a model whose provider does not exist."""
    merges_overrides: bool = False
    """`supported_params_override` is laid over the earlier one; now it replaces it, and null drops a parameter."""
    ranges: bool = True
    """Limits of a parameter stand in `range`; before, beside `default`."""
    replaces: bool = True
    """PUT exists, for models and providers."""
    tells_status: bool = True
    """`/models/{name}/status/` exists."""

    # providers
    providers_upsert: bool = False
    """`POST /providers/` changes a provider that exists; otherwise it refuses."""
    pages_providers: bool = True
    """The list of providers comes in pages."""
    key_beside: bool = False
    """The secret is `api_key`, and never answered; otherwise it is `extra_kwargs.api_key`, and answered."""
    numbers_providers: bool = False
    """A provider can be asked for by its number in the database, which no answer tells."""

    # refusals
    unauthenticated: int = 403
    """The status without a valid key."""
    invalid: int = 400
    """The status for a field that does not fit; 422 wraps the fields in `errors`."""


THIRD = Dialect()

SECOND = replace(
    THIRD,
    model_keys=(
        *(*THIRD.model_keys, "display_name", "streaming_support", "source"),
        *("throughput", "created_at", "updated_at"),
    ),
    builtin_category="respan",
    gone=frozenset(),
    get_lists=True,
    anonymous=False,
    largest_page=100,
    needs_provider=False,
    merges_overrides=True,
    pages_providers=False,
    tells_status=False,
    key_beside=True,
    unauthenticated=401,
)

FIRST = replace(
    SECOND,
    model_keys=(*_COMMON, "display_name", "streaming_support", "source"),
    nested_keys=("id", "provider_id", "provider_name", "organization_id"),
    provider_keys=("id", "provider_id", "provider_name", "created_at", "updated_at"),
    post_lists=False,
    missing_provider=400,
    ranges=False,
    replaces=False,
    providers_upsert=True,
    numbers_providers=True,
    invalid=422,
)

DIALECTS = {"3": THIRD, "2": SECOND, "1": FIRST}
