"""Colours and wrapping appear only where they should."""

from __future__ import annotations

import io

import pytest

from reconciler.report.lines import Line, line, plain
from reconciler.report.terminal import Progress, Screen, When, wants_colour

ESCAPE = "\x1b["


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("when", "is_terminal", "environ", "expected"),
    [
        ("auto", True, {}, True),
        ("auto", False, {}, False),
        ("auto", True, {"NO_COLOR": "1"}, False),
        ("auto", True, {"NO_COLOR": ""}, True),
        ("auto", True, {"TERM": "dumb"}, False),
        ("auto", False, {"FORCE_COLOR": "1"}, True),
        ("auto", False, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ("always", False, {"NO_COLOR": "1"}, True),
        ("never", True, {"FORCE_COLOR": "1"}, False),
    ],
)
def test_wants_colour(when: When, is_terminal: bool, environ: dict[str, str], expected: bool) -> None:
    stream = Terminal() if is_terminal else io.StringIO()
    assert wants_colour(when, stream, environ) is expected


LONG = line(("+ create", "create"), "   ", "word " * 60, hang=4)
MARKED = line("a ", ("old", "gone-word"), " ", ("", "new-word"), "b")


def shown(screen: Screen, *lines: Line) -> str:
    screen.show(lines)
    assert isinstance(screen.stream, io.StringIO)
    return screen.stream.getvalue()


def test_without_a_terminal_nothing_is_wrapped_or_coloured() -> None:
    assert shown(Screen(io.StringIO()), LONG, MARKED) == f"+ create   {('word ' * 60).rstrip()}\na [-old-] b\n"


def test_a_terminal_wraps_and_indents_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    rows = shown(Screen(Terminal(), is_terminal=True), LONG, MARKED).splitlines()
    assert all(len(row) <= 60 for row in rows)
    assert rows[0].startswith("+ create   word")
    assert rows[1].startswith("    word")
    assert rows[-1] == "a [-old-] b"


def test_a_narrow_terminal_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    assert len(shown(Screen(Terminal(), is_terminal=True), LONG).splitlines()) == 1


def test_colour_without_a_terminal_does_not_wrap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm")
    text = shown(Screen(io.StringIO(), colour=True), LONG, MARKED)
    assert len(text.splitlines()) == 2
    assert f"{ESCAPE}32m+ create" in text
    assert "[-" not in text  # changed words are coloured instead


def test_names_are_never_read_as_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert shown(Screen(Terminal(), is_terminal=True), line("[red]x[/red] :smile:")) == "[red]x[/red] :smile:\n"


def test_plain_marks_only_words_that_are_there() -> None:
    assert plain(line(("x", "new-word"), ("", "gone-word"))) == "{+x+}"


def test_text_goes_out_as_it_is() -> None:
    screen = Screen(io.StringIO())
    screen.write("{}\n")
    assert isinstance(screen.stream, io.StringIO)
    assert screen.stream.getvalue() == "{}\n"


def test_progress_is_silent_without_a_terminal() -> None:
    screen, out = Screen(io.StringIO()), Screen(io.StringIO())
    with Progress(screen) as progress:
        progress("reading", 1, 2)
        assert progress.beside(out) is out
    assert isinstance(screen.stream, io.StringIO)
    assert screen.stream.getvalue() == ""


def test_progress_shows_and_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    screen, terminal, file = (
        Screen(Terminal(), is_terminal=True),
        Screen(Terminal(), is_terminal=True),
        Screen(io.StringIO()),
    )
    with Progress(screen) as progress:
        progress("reading", 0, 0)
        progress("reading", 1, 2)
        progress("applying", 1, 3)
        assert progress.beside(terminal) is screen
        assert progress.beside(file) is file
        progress.stop()
        assert progress.beside(terminal) is terminal
        progress("applying", 3, 3)
    assert isinstance(screen.stream, io.StringIO)
    text = screen.stream.getvalue()
    assert "applying" in text
    assert "3/3" in text
