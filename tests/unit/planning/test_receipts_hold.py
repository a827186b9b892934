"""What a receipt keeps of a live object, and what it leaves out."""

from __future__ import annotations

import pytest

from reconciler.model import Field, Kind, Live
from reconciler.paths import parse_path
from reconciler.planning import receipts

SECRET, OPEN = Field(sensitive=True), Field(extra=Field())
ROOT = Field(
    properties={
        "plain": Field(),
        "secret": SECRET,
        "blind": Field(write_only=True),
        "free": Field(),
        "open": OPEN,
        "closed": Field(properties={"known": Field(), "secret": SECRET}),
        "items": Field(items=Field(properties={"known": Field()})),
        "keys": Field(items=Field(properties={"key": SECRET})),
        "late": Field(),
    }
)
KIND = Kind("s", "K", "A kind", {}, ROOT, ())
BODY = {
    "plain": 1,
    "secret": "canary",
    "blind": "canary",
    "free": {"a": {"b": [1]}},
    "open": {"x": 1},
    "closed": {"known": 1, "secret": "canary", "surprise": "canary"},
    "items": [{"known": 1, "surprise": "canary"}],
    "keys": [{"key": "canary"}],
    "late": None,
    "surprise": "canary",
}


def test_what_no_schema_describes_and_every_secret_is_left_out() -> None:
    image = receipts.image(Live(KIND, "1", (), BODY, unseen=frozenset({"late"})))
    assert image is not None
    assert image.body == {
        "plain": 1,
        "free": {"a": {"b": [1]}},
        "open": {"x": 1},
        "closed": {"known": 1},
        "items": [{"known": 1}],
    }
    assert image.left_out == ("blind", "closed.secret", "keys", "late", "secret")


@pytest.mark.parametrize(
    ("path", "is_kept"),
    [("plain", True), ("items[0].known", True), ("keys[0].key", False), ("closed.secret", False), ("gone", False)],
)
def test_whether_a_place_is_kept(path: str, is_kept: bool) -> None:
    assert receipts.is_kept(parse_path(path), KIND) is is_kept
