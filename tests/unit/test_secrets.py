"""Where secrets come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler import redact, secrets
from reconciler.model import ValueSource


def source(scheme: str, *value: str) -> ValueSource:
    return ValueSource(scheme, value if scheme == "command" else value[0])  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SET", "canary-env")
    monkeypatch.setenv("EMPTY", "")
    (tmp_path / "key").write_text("canary-file\n")
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (source("env", "SET"), "canary-env"),
        (source("env", "EMPTY"), None),
        (source("env", "NOT_SET"), None),
        (source("file", "key"), "canary-file"),
        (source("file", "empty"), None),
        (source("file", "binary"), None),
        (source("file", "nowhere"), None),
        (source("command", "printf", "canary-command\n"), "canary-command"),
        (source("command", "false"), None),
        (source("command", "true"), None),
        (source("command", "no-such-program"), None),
        (source("command", "printf", "\\377"), None),
    ],
)
def test_read(where: ValueSource, value: str | None, tmp_path: Path) -> None:
    assert secrets.read(where, tmp_path) == value


def test_a_secret_that_was_read_is_scrubbed_from_then_on(tmp_path: Path) -> None:
    secrets.read(source("env", "SET"), tmp_path)
    assert redact.scrub("it is canary-env.") == "it is (sensitive)."


@pytest.mark.parametrize(
    ("where", "words"),
    [
        (source("env", "A"), "environment variable A"),
        (source("file", "a/b"), "file a/b"),
        (source("command", "pass", "show", "x"), "command pass"),
    ],
)
def test_describe_never_says_more_than_the_place(where: ValueSource, words: str) -> None:
    assert secrets.describe(where) == words
