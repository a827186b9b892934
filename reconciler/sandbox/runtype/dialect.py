"""How the served generations of Runtype's API differ, one field per difference.

Takes a generation, gives what is known of it: `A` is the published reference of 2024, `C` what the vendor's own client
5.5.0 speaks.
It never decides anything: the modules beside it ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Dialect:
    """One generation; each field says what holds in it."""

    organizations: bool = True
    """In an organisation rows belong to it, credentials of model providers are connections with a policy, and what was
    moved there answers 409 under its old id."""
    promotions: bool = True
    """Models tell their discount, which comes and goes."""
    typed_settings: bool = True
    """Settings are `maxTokens`, `temperature` and `customModel`; other keys vanish without a word. Before, any key
    was kept."""
    milliseconds: bool = True
    """Times carry milliseconds."""
    distinct_models: bool = False
    """There is a list of distinct models in use."""


C = Dialect()

A = replace(C, organizations=False, promotions=False, typed_settings=False, milliseconds=False, distinct_models=True)

DIALECTS: Mapping[str, Dialect] = {"C": C, "A": A}
