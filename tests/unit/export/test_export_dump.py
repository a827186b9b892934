"""What is written as YAML is read back unchanged, by both readers."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.export.dump import dump
from reconciler.manifests import strict, yaml

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.text("ab01:#-'\"|>?{}[],&*!%@` \n\t\r~.eE+x\x85\u2028\ufeff", max_size=20),
    st.sampled_from(
        ["on", "no", "1e-6", "0o7", "0x1F", "010", "1_000", "2027-01-31", "~", "null", "=", "<<", ".5", "-.5e3"]
    ),
)
NUMBERS = st.one_of(st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)


@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=4))
@example({"a": "one\ntwo\n\n"})
@example({"a": "\n  indented first\n"})
@example({"a": ["one \ntwo", {"b": "x\n"}]})
@example({"a": {"ref": "x"}, "b": {"env": "a: b"}, "c": {"file": ["no source"]}})
def test_a_document_comes_back(document: dict[str, object]) -> None:
    data = dump(document).encode()
    ((strictly,), (quickly,)) = strict.parse(data, "f"), yaml.parse(data, "f")
    assert strictly.value == document
    assert quickly.value == document


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"ref": "Group/staff"}, "a: {ref: Group/staff}\n"),
        ("one\ntwo\n", "a: |\n  one\n  two\n"),
        ("1e-6", "a: '1e-6'\n"),
        (["x", {"b": 1, "c": {}}], "a:\n  - x\n  - b: 1\n    c: {}\n"),
        ("x" * 300, f"a: {'x' * 300}\n"),
    ],
)
def test_people_like_to_read_it(value: object, text: str) -> None:
    assert dump({"a": value}) == text
