"""The strict reader: YAML 1.2 core values, and every refusal with its position."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from reconciler.errors import ManifestError
from reconciler.manifests import strict
from reconciler.manifests.text import MAX_BYTES

VALUES: dict[str, Any] = {
    "off": "off",
    "on": "on",
    "yes": "yes",
    "No": "No",
    "y": "y",
    "2026-01-31": "2026-01-31",
    "2026-01-31T10:00:00Z": "2026-01-31T10:00:00Z",
    "12:30:45": "12:30:45",
    "1_000": "1_000",
    "0b11": "0b11",
    "0O17": "0O17",
    "-0x1F": "-0x1F",
    "0x": "0x",
    "nan": "nan",
    "inf": "inf",
    ".": ".",
    "=": "=",
    "1.2.3": "1.2.3",
    "tRUE": "tRUE",
    "true": True,
    "TRUE": True,
    "False": False,
    "null": None,
    "~": None,
    "": None,
    "0": 0,
    "-0": 0,
    "+1": 1,
    "010": 10,
    "-010": -10,
    "0o17": 15,
    "0x1F": 31,
    "18446744073709551615": 2**64 - 1,
    "-9223372036854775808": -(2**63),
    "1e-6": 1e-6,
    "1e3": 1000.0,
    ".5": 0.5,
    "+.5": 0.5,
    "1.": 1.0,
    "-1.5E+3": -1500.0,
    "1e-400": 0.0,
    "'1'": "1",
    '"null"': "null",
    "|-\n  1": "1",
    "!!str 1": "1",
    "! 1": "1",
    "!!int '3'": 3,
    "!!float 1": 1.0,
    "!!bool 'true'": True,
    "!!null ''": None,
    "!!map {a: 1}": {"a": 1},
    "!!seq [1]": [1],
    "{<<: {a: 1}, b: 2}": {"<<": {"a": 1}, "b": 2},
    '"\\N\\L\\P\\x41"': "\x85\u2028\u2029A",
    '"{{x}}"': "{{x}}",
}


@pytest.mark.parametrize("text", VALUES)
def test_value(text: str) -> None:
    (document,) = strict.parse(f"k: {text}\n".encode(), "f")
    assert repr(document.value) == repr({"k": VALUES[text]})


@pytest.mark.parametrize("loader", [strict.LOADER, yaml.SafeLoader])
def test_structure_with_and_without_libyaml(loader: Any) -> None:
    text = "# c\n---\na:\n- x: &k v\n  *k : 1\n- [1, {b: 2}]\n...\n---\n---\nc: {}\n"
    documents = strict.parse(text.encode(), "f", loader)
    assert [(d.value, d.line, d.column) for d in documents] == [
        ({"a": [{"x": "v", "v": 1}, [1, {"b": 2}]]}, 3, 1),
        ({"c": {}}, 10, 1),
    ]


def test_aliases_are_values() -> None:
    (document,) = strict.parse(b"a: &x {p: [1]}\nb: *x\n? &y c\n: *y\n", "f")
    assert document.value == {"a": {"p": [1]}, "b": {"p": [1]}, "c": "c"}


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "---\n---\n# x\n", "\ufeff"])
def test_nothing_is_no_document(text: str) -> None:
    assert strict.parse(text.encode(), "f") == ()


def test_byte_order_mark_and_carriage_returns() -> None:
    (document,) = strict.parse("\ufeffa: 1\r\nb:\r\n  - ü\r\n".encode(), "f")
    assert (document.value, document.line) == ({"a": 1, "b": ["ü"]}, 1)


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
)
REFUSED = {
    "a: 1\nb: 2\n'a': 3\n": "f:3:1: duplicate key 'a'",
    "x: {a: 1, a: 2}\n": "f:1:11: duplicate key 'a'",
    "a: !thing x\n": "f:1:4: an unknown tag",
    "a: !!binary aGk=\n": "f:1:4: unknown tag 'binary'",
    "a: !!timestamp 2026-01-01\n": "f:1:4: unknown tag 'timestamp'",
    "a: !!set {x}\n": "f:1:4: unknown tag 'set'",
    "a: !!omap [x]\n": "f:1:4: unknown tag 'omap'",
    "a: !e!x y\n": "f:1:4: an unknown tag",
    "a: !!int x\n": "f:1:4: this is no int",
    "a: !!int 1.5\n": "f:1:4: this is no int",
    "a: .nan\n": "f:1:4: .nan is no number in JSON",
    "a: -.INF\n": "f:1:4: -.INF is no number in JSON",
    "a: 1e400\n": "f:1:4: a number too large",
    "a: 18446744073709551616\n": "f:1:4: an integer beyond 64 bits",
    f"a: -{'9' * 6000}\n": "f:1:4: an integer beyond 64 bits",
    "a: 0xFFFFFFFFFFFFFFFFF\n": "f:1:4: an integer beyond 64 bits",
    "1: a\n": "f:1:1: the key 1 is no text",
    "a: {true: b}\n": "f:1:5: the key true is no text",
    "a:\n  ~: b\n": "f:2:3: the key ~ is no text",
    "? \n: b\n": "f:1:2: the key an empty key is no text",
    "? [a]\n: b\n": "f:1:3: a key that is no text",
    "a: &x 1\n*x : b\n": "f:2:1: a key that is no text",
    "- a\n": "f:1:1: a document that is no mapping",
    "a: 1\n--- text\n": "f:2:5: a document that is no mapping",
    "null\n": "f:1:1: a document that is no mapping",
    "a:\n\tb: 1\n": "f:2:1: a tab as indentation",
    "a: {\n\tb: 1}\n": "f:2:2: a tab as indentation",
    "a: [\n  1\n\t]\n": "f:3:1: a tab as indentation",
    "a: |\n  \tx\n": "f:2:3: a tab as indentation",
    "a: *nobody\n": "f:1:4: an alias without an anchor before it",
    "a: &x [*x]\n": "f:1:8: an alias without an anchor before it",
    BOMB: "f:5:36: aliases that stand for more than 100,000 values",
    "a: " + "[" * 200 + "]" * 200: "f:1:131: nested more than 128 deep",
    "a: " + "[" * 100_000: "f:1:131: nested more than 128 deep",
    "".join(f"{' ' * i}a:\n" for i in range(2_000)): "f:129:129: nested more than 128 deep",
    "a: b: c\n": "f:1:5: a second `: ` on one line",
    "a: 'x\n": "f:2:1: the file ends inside a quoted text",
    "a: [1, 2\nb: 1\n": "f:2:2: `,` or the closing bracket was expected",
    "a:\n  b: 1\n c: 2\n": "f:3:2: a key was expected",
    "a: 1\nfoo\n": "f:3:1: a line that is no `key: value`",
    "a: - 1\n": "f:1:4: a list item where none can stand",
    "a: * b\n": "f:1:5: `*` and `&` begin aliases and anchors",
    "a: @b\n": "f:1:4: found character that cannot start any token",
    "%YAML 3.0\n---\na: 1\n": "f:1:1: a version of YAML that is not known",
    "a: x\x00y\n": "f:1:5: the character U+0000 cannot stand here",
    "a: 1\nb: 'ü\x7f'\n": "f:2:6: the character U+007F cannot stand here",
    "a: |\n  x\u2028y\n": "f:2:4: the character U+2028 cannot stand here",
    "a: x\x85\n": "f:1:5: the character U+0085 cannot stand here",
}


@pytest.mark.parametrize("text", REFUSED)
def test_refusal_has_a_position_and_advice(text: str) -> None:
    with pytest.raises(ManifestError) as caught:
        strict.parse(text.encode(), "f")
    (diagnostic,) = caught.value.diagnostics
    assert f"{diagnostic.source}: {diagnostic.summary}" == REFUSED[text] == caught.value.message
    assert diagnostic.hint
    assert (diagnostic.severity, diagnostic.code) == ("error", "manifest.yaml")


@pytest.mark.parametrize("text", ["a:\n\tb: 1\n", "a: {\n\tb: 1}\n", "a: 'x\n", "a: 1\na: 2\n", "a: *b\n", "a: .inf\n"])
def test_refusal_without_libyaml(text: str) -> None:
    with pytest.raises(ManifestError, match=r"f:[12]:"):
        strict.parse(text.encode(), "f", yaml.SafeLoader)


BYTES = {
    b"a: 1\nb: x\xffy\n": "f:2:5: bytes that are not UTF-8",
    "a: ü\xff".encode("latin-1"): "f:1:4: bytes that are not UTF-8",
    "a: 1\n".encode("utf-16"): "f:1:1: bytes that are not UTF-8",
    "a: 1\n".encode("utf-16-le"): "f:1:2: the character U+0000 cannot stand here",
    b"a: \xed\xa0\x80\n": "f:1:4: bytes that are not UTF-8",
    b"a: " + b"x" * MAX_BYTES: "f: larger than 10 MB",
}


@pytest.mark.parametrize("data", BYTES, ids=lambda data: BYTES[data])
def test_bytes_that_are_no_text(data: bytes) -> None:
    with pytest.raises(ManifestError) as caught:
        strict.parse(data, "f")
    assert caught.value.message == BYTES[data]


def test_hints_say_how_to_write_other_line_breaks() -> None:
    with pytest.raises(ManifestError) as caught:
        strict.parse("a: \u2029\n".encode(), "f")
    assert caught.value.hint == r'write "\P" in double quotes, or remove it'
    with pytest.raises(ManifestError) as caught:
        strict.parse(b"a: \x1b\n", "f")
    assert caught.value.hint == r'write "\x1b" in double quotes, or remove it'


def test_marks() -> None:
    text = "# c\na: 1\nb:\n  - x: &k y\n    z: {q: 1}\n  - *k\nlong:\n  inner: 1\n"
    ((document, marks),) = strict.parse_marked(text.encode(), "f")
    assert document.line == 2
    expected = {
        (("a",), "value"): (1, (2, 4)),
        (("a",), "key"): (1, (2, 1)),
        (("b", 0, "x"), "value"): (3, (4, 8)),
        (("b", 0), "value"): (2, (4, 5)),
        (("b", 0, "z", "q"), "value"): (4, (5, 12)),
        (("b", 0, "z", "missing"), "value"): (3, (5, 5)),
        (("b", 1), "value"): (2, (6, 5)),
        (("long",), "value"): (1, (7, 1)),
        (("nothing", "here"), "value"): (0, (2, 1)),
        ((), "value"): (0, (2, 1)),
    }
    assert {(path, at): marks.find(path, at) for path, at in expected} == expected  # type: ignore[arg-type]
