"""The body of an update: what is live, overlaid by what is wanted, without what was removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.errors import SecretMissing
from reconciler.execution.bind import fill_secrets, update_body
from reconciler.model import Address, Body, Field, Resource, SecretPlace, Source, ValueSource
from reconciler.planning.diff import Removal
from tests.tiny.kinds import ITEM

WHOLE = Field(atomic=True)
"""An object that the API replaces as a whole: what is left out of a write is gone."""


@pytest.mark.parametrize(
    ("have", "want", "expected"),
    [
        ({"a": {"b": {"c": 1}}}, {}, {}),
        ({"a": {"b": {"c": 1}}, "x": 1}, {}, {"x": 1}),
        ({"a": {"b": {"c": 1, "d": 2}}}, {}, {"a": {"b": {"d": 2}}}),
        ({"a": {"b": {"c": 1}, "d": 2}}, {}, {"a": {"d": 2}}),
        ({"a": {"b": {"c": 1}}}, {"a": {"b": {}}}, {"a": {"b": {}}}),
        ({"x": 1}, {}, {"x": 1}),
    ],
)
def test_what_held_only_a_removed_key_goes_with_it(have: Body, want: Body, expected: Body) -> None:
    removal = Removal(("a", "b", "c"), None, omitted=True)
    assert update_body(WHOLE, have, want, (removal,)) == expected


def test_what_is_live_in_a_field_that_inherits_is_not_pinned() -> None:
    root = Field(properties={"base": Field(), "cost": Field(inherits=True), "limit": Field(inherits=True)})
    have = {"base": "b", "cost": 1, "limit": 2}
    assert update_body(root, have, {"limit": 3}, ()) == {"base": "b", "limit": 3}


def test_a_secret_that_is_gone_is_never_sent_as_its_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = {"key": "a", "secret": {"env": "SECRET"}}
    place = SecretPlace(("secret",), ValueSource("env", "SECRET"))
    resource = Resource(Address("t", "Item", "a"), ITEM, spec, Source("f"), secrets=(place,))
    monkeypatch.setenv("SECRET", "canary-one")
    assert fill_secrets(resource, spec, tmp_path) == {"key": "a", "secret": "canary-one"}
    assert fill_secrets(resource, {"key": "a"}, tmp_path) == {"key": "a"}
    monkeypatch.delenv("SECRET")
    with pytest.raises(SecretMissing, match=r"t/Item/a: .*SECRET is not set"):
        fill_secrets(resource, spec, tmp_path)
