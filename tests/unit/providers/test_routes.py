from __future__ import annotations

from typing import Any

import pytest

from reconciler.errors import Rejected
from reconciler.model import Field, Kind, Live
from reconciler.providers.routes import Quoting, Route, fill, places, quote_but_slash, quote_part, quote_twice

PROJECT = Kind("s", "AIConfig", "", {}, Field(), ("key",))
VARIATION = Kind("s", "Variation", "", {}, Field(), ("config", "key"), parent="AIConfig")


@pytest.mark.parametrize(
    ("text", "quoting", "quoted"),
    [
        ("a b/c?d#é%:@+", quote_part, "a%20b%2Fc%3Fd%23%C3%A9%25%3A%40%2B"),
        ("team/a%2Fx", quote_twice, "team%252Fa%25252Fx"),
        ("..", quote_twice, "%252E%252E"),
        ("openai/gpt 4", quote_but_slash, "openai/gpt%204"),
        ("...", quote_part, "..."),
    ],
)
def test_quoting(text: str, quoting: Quoting, quoted: str) -> None:
    assert quoting(text) == quoted


@pytest.mark.parametrize(
    ("text", "quoting"), [("", quote_part), ("..", quote_part), ("", quote_twice), ("a/../b", quote_but_slash)]
)
def test_ids_that_would_climb_are_refused(text: str, quoting: Quoting) -> None:
    with pytest.raises(Rejected, match="cannot be part of a URL"):
        quoting(text)


def test_a_verb_is_filled_from_settings_parents_and_the_object() -> None:
    parent = Live(PROJECT, "bot/1", ("bot/1",), {})
    live = Live(VARIATION, "v 1", ("bot/1", "v 1"), {}, parent)
    values: dict[str, Any] = places(live, live.parent, {"project": "default", "n": 3})
    assert fill("PATCH /projects/{project}/ai-configs/{AIConfig}/variations/{id}?n={n}", values) == (
        "PATCH",
        "/projects/default/ai-configs/bot%2F1/variations/v%201?n=3",
    )


def test_a_setting_that_is_missing_is_named() -> None:
    with pytest.raises(Rejected, match="needs project") as caught:
        fill("GET /projects/{project}", places(None, None, {}))
    assert "`project`" in caught.value.hint


def test_a_route_says_nothing_by_itself() -> None:
    assert (Route().list, Route().id, Route().partial, Route().upserts) == (None, "id", False, False)
