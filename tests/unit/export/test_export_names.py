"""Names that manifests will know live objects by, and what is left to others."""

from __future__ import annotations

import pytest

from reconciler import schema
from reconciler.export.names import name_all
from reconciler.model import Desired, Live, Observed

GROUP = schema.load_kinds().get("openwebui", "Group")
NOBODY_DECLARES = Desired({}, {})


def live(name: str, owner: str | None = None) -> Live:
    return Live(GROUP, f"id-of-{name}", (name,), {"name": name}, owner=owner)


def named(*objects: Live) -> list[str]:
    found = name_all(Observed({("t", "Group"): objects}), NOBODY_DECLARES)
    return [address.name for address in found.fresh]


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("staff", "staff"),
        ("a/b c", "a-b-c"),
        ("Größe", "Gro-e"),
        ("Ångström", "Angstrom"),
        ("-_.x.", "x"),
        ("日本", "group"),
        ("x" * 200, "x" * 100),
    ],
)
def test_a_name_says_as_much_of_the_identity_as_it_may(name: str, called: str) -> None:
    assert named(live(name)) == [called]


def test_names_that_would_be_one_file_get_numbers() -> None:
    assert named(live("Staff"), live("staff"), live("staff "), live("x" * 150), live("x" * 151)) == [
        "Staff",
        "staff-2",
        "staff-3",
        f"{'x' * 92}-2",
        "x" * 100,
    ]


def test_what_is_in_the_hands_of_somebody_else_is_left_out_with_a_word() -> None:
    found = name_all(Observed({("t", "Group"): (live("a", owner="an experiment"), live("b"))}), NOBODY_DECLARES)
    assert [address.name for address in found.fresh] == ["b"]
    assert [(str(loss.address), loss.why) for loss in found.foreign] == [
        ("t/Group/a", "it is in the hands of an experiment")
    ]
