"""Systems that other packages bring; `tests/tiny` is one."""

from __future__ import annotations

from reconciler import extensions, schema
from tests.tiny.kinds import SCHEMAS


def test_a_system_of_another_package_is_found_when_it_is_asked_for() -> None:
    assert "tiny" in extensions.names()
    kinds = schema.load_kinds()
    assert "tiny" not in kinds.systems()
    assert kinds.knows("tiny")
    assert kinds.of("tiny") == tuple(sorted(path.stem for path in SCHEMAS.glob("tiny/*.json")))
    assert kinds.get("tiny", "Item").system == "tiny"


def test_an_unknown_system_is_unknown() -> None:
    assert extensions.find("no-such-system") is None
    assert not schema.load_kinds().knows("no-such-system")
