"""Shows styled lines on a stream: coloured and wrapped on a terminal, plain everywhere else.

Takes lines and a stream, writes to that stream; draws a progress bar where somebody can see it. Decides nothing about
content.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TextIO, TypeAlias

from reconciler.report.escape import no_command
from reconciler.report.lines import Line, marked_text, plain_text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as RichProgress

When: TypeAlias = Literal["auto", "always", "never"]

NARROW = 40
"""Columns; a narrower terminal is left to wrap by itself."""

STYLES: Mapping[str, str] = {
    "create": "green",
    "update": "yellow",
    "replace": "magenta",
    "delete": "red",
    "adopt": "cyan",
    "forget": "dim",
    "address": "bold",
    "path": "cyan",
    "before": "red",
    "after": "green",
    "gone-word": "red reverse",
    "new-word": "green reverse",
    "muted": "dim",
    "heading": "bold",
    "strong": "bold",
    "good": "green",
    "warning": "yellow",
    "error": "bold red",
    "hint": "cyan",
}
"""Only the sixteen colours that a terminal's own theme defines."""


def wants_colour(when: When, stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Say whether to colour; the flag wins over NO_COLOR, that over FORCE_COLOR, that over what the stream is."""
    if when != "auto":
        return when == "always"
    if environ.get("NO_COLOR"):
        return False
    return bool(environ.get("FORCE_COLOR")) or (stream.isatty() and environ.get("TERM") != "dumb")


@dataclass
class Screen:
    """A stream, and how it wants its lines."""

    stream: TextIO
    is_terminal: bool = False
    colour: bool = False
    obeys: bool = False
    """Whether who reads the stream carries out commands in it, as GitHub's runner does."""

    @cached_property
    def console(self) -> Console:
        """The painter; made only where lines are wrapped or coloured."""
        from rich.console import Console  # 60 ms to import, and only terminals need it

        return Console(
            file=self.stream,
            force_terminal=self.is_terminal or self.colour,
            color_system="standard" if self.colour else None,
            no_color=not self.colour,
            highlight=False,
            markup=False,
            emoji=False,
        )

    def show(self, lines: Iterable[Line]) -> None:
        """Write the lines at once."""
        if self.obeys:
            lines = [Line(tuple((no_command(text), style) for text, style in s.spans), s.hang) for s in lines]
        if self.is_terminal or self.colour:
            for styled in lines:
                self._paint(styled)
        else:
            self.stream.write(plain_text(list(lines)))
        self.stream.flush()

    def write(self, text: str) -> None:
        """Write text as it is."""
        self.stream.write(text)
        self.stream.flush()

    def _paint(self, styled: Line) -> None:
        from rich.text import Text

        text = Text()
        for piece, style in styled.spans:
            text.append(piece if self.colour else marked_text(piece, style), STYLES.get(style) if self.colour else None)
        text.rstrip()
        width = self.console.width
        if not self.is_terminal or width < NARROW or text.cell_len <= width:
            self.console.print(text, soft_wrap=True)
            return
        hang = min(styled.hang, width // 2)
        for number, part in enumerate(text.wrap(self.console, width - hang)):
            self.console.print(Text(" " * hang * (number > 0)).append_text(part), soft_wrap=True)


RATE_WINDOW = 180.0
"""Seconds that the time left is estimated from: servers allow so much a minute, and stand still for the rest of it."""


@dataclass
class Progress:
    """A progress bar on a terminal; elsewhere nothing. Use it as a context."""

    screen: Screen
    clock: Callable[[], float] = time.monotonic
    """What the time left is estimated by."""
    _bar: RichProgress | None = field(default=None, init=False)
    _label: str = field(default="", init=False)

    def __call__(self, label: str, done: int, total: int) -> None:
        """Show that `done` of `total` steps of `label` are done; a total of 0 is not known yet."""
        if not self.screen.is_terminal:
            return
        bar = self._bar or self._start()
        if label != self._label:
            for task in bar.task_ids:
                bar.remove_task(task)
            bar.add_task(label, total=total or None)
            self._label = label
        bar.update(bar.task_ids[0], completed=done, total=total or None)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Take the bar away; the next step brings it back."""
        if self._bar is not None:
            self._bar.stop()
        self._bar, self._label = None, ""

    def beside(self, out: Screen) -> Screen:
        """Give the screen for lines that appear while the bar shows: above it where both share a terminal."""
        return self.screen if self._bar is not None and out.is_terminal else out

    def _start(self) -> RichProgress:
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        # stdout is not rich's to redirect: it may go elsewhere than the bar
        self._bar = RichProgress(
            *columns,
            console=self.screen.console,
            get_time=self.clock,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            speed_estimate_period=RATE_WINDOW,
        )
        self._bar.start()
        return self._bar
