"""The fast reader never gives another answer than the strict one."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.errors import ManifestError
from reconciler.manifests import strict, yaml
from reconciler.manifests.text import MAX_BYTES

ATOMS = [
    *("a", "key: v", "- ", "  ", "    ", "\n", "\n  ", "\n    ", "\n- ", ": ", ":", "'", '"', "|", "|-", "|+", ">"),
    *("\n---\n", "---", "--- ", "--- # c\n", "...", "\n...\n", "#", " # c", "\t", "\r\n", "\r", "{", "}", "[", "]"),
    *(", ", ",", "? ", "! ", "!x ", "!!str ", "&a ", "*a", "&", "~", "null", "true", "TRUE", "tRue", "off", "yes"),
    *("1", "0", "010", "-0", "1_0", "0x1F", "-0x1", "0o7", "0b1", "+1", ".5", "1.", "1e3", "1e400", "-.inf", ".nan"),
    *("nan", "+inf", "infinity", "12345678901234567890", "9" * 45, "2020-01-01", "12:30", "<<: ", "%YAML 1.1\n", "%"),
    *(
        "@",
        "`",
        "\\",
        "\\n",
        "\\x41",
        "\\u263a",
        "\u2028",
        "\x85",
        "\ufeff",
        "\x00",
        "\x1f",
        "\x7f",
        "\x80",
        "\uffff",
        "é",
    ),
    *("😀", "\xa0", "=", "+", "-.", "e", "E5", "00.5", "-0.0", "--", "a b", "a#b", "\u3000", '"a":', "\x0b", "\x1c"),
]
SCALARS = st.lists(st.sampled_from(list("0123456789+-._eExXob~nulNtrasfINF:")), min_size=1, max_size=9).map("".join)
SOUP = st.lists(st.one_of(st.sampled_from(ATOMS), st.text(max_size=2)), max_size=12).map("".join)
FRAMES = [
    *("{}", "a: {}\n", "a:\n  {}\n", "a:\n  - {}\nb: 1\n", "a: |\n  {}\n", "a: {{{}}}\n", "{}: 1\n"),
    *("a: 1\n---\nb: {}", "a:\n---\n#{}\n---\nb:\n", "a:\n--- #{}\nb:\n"),
]
QUICK = settings(max_examples=400, deadline=None, database=None, suppress_health_check=list(HealthCheck))


def _agree(text: str) -> None:
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return  # half a surrogate pair is in no file
    found = yaml._parse_fast(data)
    if found is not None:
        assert repr(found) == repr(strict.parse(data, "f"))


@QUICK
@given(st.sampled_from(FRAMES), SOUP)
def test_agrees_on_anything(frame: str, text: str) -> None:
    _agree(frame.format(text))


@QUICK
@given(st.lists(SCALARS, min_size=1, max_size=4))
def test_agrees_on_scalars(scalars: list[str]) -> None:
    _agree("".join(f"k{n}: {scalar}\n" for n, scalar in enumerate(scalars)))
    _agree("k:\n" + "".join(f"  - {scalar}\n" for scalar in scalars))
    _agree("".join(f"{scalar}: x\n" for scalar in scalars))
    _agree("k: [" + ", ".join(scalars) + "]\n")


PLAIN = """\
# a comment
apiVersion: demo/v1
kind: Thing
metadata: {name: x, labels: {team: a}}
spec:
  name: "Hello: World! R&D"
  date: 2026-01-31
  id: 3f1e100a-12345678901234567890-0e123
  model: gpt-4o-2024-08-06
  size: 0.25
  text: |
    *Emphasis* and **more**, 10:30, R&D, 50% off!
    - one
  list: [1, -2, 1e3, off, ~]
"""
FAST = {
    PLAIN: [2],
    PLAIN.replace("\n", "\r\n"): [2],
    "\ufeff" + PLAIN: [2],
    "---\n" + PLAIN: [3],
    "# c\n\n--- # d\n# e\na: ü\n---\nb: 1\n": [5, 7],
    f"{PLAIN}---\n{PLAIN}": [2, 17],
    "a: 1\n...\n": [1],
    "a: Phone 007\nb: [agent 0x1F, C+ 010]\n": [1],
}


@pytest.mark.parametrize("text", FAST)
def test_takes_plain_documents(text: str) -> None:
    found = yaml._parse_fast(text.encode())
    assert found is not None
    assert repr(found) == repr(strict.parse(text.encode(), "f"))
    assert [document.line for document in found] == FAST[text]


LEFT_TO_THE_STRICT = [
    *("a: !x 1\n", "a: &x 1\n", "a: 010\n", "a: -0x1\n", "a: [0o7]\n", "a: .inf\n", "a: 1e400\n", f"a: {'1' * 17}\n"),
    *(
        "a: b\tc\n",
        "a: b\rc: d\n",
        "a: x\u2028y\n",
        "1: a\n",
        "a:\n  1: b\n",
        "[a]\n",
        "- a\n",
        "a: [\n",
        "--- {a: 1}\n",
    ),
    *(
        "a: 1\n---\n- b\n",
        "%YAML 1.2\n---\na: 1\n",
        "a: 1\n...\n---\nb: 1\n",
        "a: 1\na: 1\n",
        "a: {? [b] : c}\n",
        "a: [?00]\n",
        "a: |\n---#x\nb: 1\n",
        "",
        "x\n",
    ),
]


@pytest.mark.parametrize("text", LEFT_TO_THE_STRICT)
def test_leaves_doubt_to_the_strict_reader(text: str) -> None:
    assert yaml._parse_fast(text.encode()) is None


def test_gives_the_strict_readers_answer_otherwise() -> None:
    assert yaml.parse(b"a: 010\n", "f") == strict.parse(b"a: 010\n", "f")
    for data in (b"a: 1\na: 2\n", b"a: \xff\n", b"a: " + b"x" * MAX_BYTES):
        with pytest.raises(ManifestError, match=r"^f:"):
            yaml.parse(data, "f")
