"""What each type of default asks of the model that it names.

Takes a type and facts of a model, says what does not fit. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

GENERATING = ("video", "sound_effect", "music")
"""Categories whose new models can generate, where nothing is said of their abilities (0.8.4, observed)."""
GENERATE = "generate"


class Need(NamedTuple):
    """The category of the model, and abilities that it must have."""

    category: str
    abilities: tuple[str, ...] = ()


NEEDS: Mapping[str, Need] = {
    "general": Need("llm"),
    "small_fast": Need("llm"),
    "visual": Need("llm", ("vision",)),
    "compact": Need("llm"),
    "embedding": Need("embedding"),
    "image": Need("image"),
    "image_edit": Need("image", ("edit",)),
    "video": Need("video", (GENERATE,)),
    "asr": Need("speech", ("asr",)),
    "tts": Need("speech", ("tts",)),
    "speech": Need("speech", ("asr", "tts")),
    "sound_effect": Need("sound_effect", (GENERATE,)),
    "music": Need("music", (GENERATE,)),
    "rerank": Need("rerank"),
}
"""Every type there is."""


def misfit(config_type: str, category: str, abilities: Collection[str]) -> str | None:
    """Say why a model cannot be the default of a type; None where it can.

    The server calls a missing ability a wrong category (0.8.4, observed).
    """
    need = NEEDS[config_type]
    if category != need.category:
        return f"`{config_type}` takes a model of the category {need.category}, and this one is of {category}"
    missing = [ability for ability in need.abilities if ability not in abilities]
    if missing:
        wanted = " and ".join(need.abilities)
        return f"`{config_type}` takes a model with {wanted} among its abilities, and this one lacks {missing[0]}"
    return None
