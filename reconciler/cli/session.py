"""What one command line asks of its surroundings: which settings, which format, which streams.

Takes arguments and the environment, shows documents of `report` on stdout, diagnostics and progress on stderr. Decides
nothing about content.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from reconciler.report.terminal import Progress, Screen, When
    from reconciler.report.view import DiagnosticRow, Document
    from reconciler.settings import Settings


@dataclass
class Session:
    """One run of the command line; the options fill it in as they are parsed."""

    environ: Mapping[str, str] = field(default_factory=dict)
    config: Path | None = None
    verb: str = ""
    format: str = "text"
    writes: tuple[tuple[str, Path], ...] = ()
    colour: When = "auto"

    @cached_property
    def out(self) -> Screen:
        """Where results go."""
        return self._screen(sys.stdout)

    @cached_property
    def err(self) -> Screen:
        """Where everything else goes."""
        return self._screen(sys.stderr)

    @property
    def wants_text(self) -> bool:
        """Whether stdout is for people."""
        return self.format == "text"

    def settings(self) -> Settings:
        """Load the settings that -c names, or the nearest ones."""
        from reconciler import settings

        return settings.load(self.config)

    def progress(self) -> Progress:
        """Give a progress bar; it shows only on a terminal."""
        from reconciler.report.terminal import Progress

        return Progress(self.err)

    def can_ask(self) -> bool:
        """Say whether a person sees the plan and can answer."""
        shown_on = self.out if self.wants_text else self.err
        return sys.stdin is not None and sys.stdin.isatty() and shown_on.is_terminal and self.err.is_terminal

    def show(self, document: Document) -> None:
        """Show a result: what was found wrong on stderr, the document on stdout, and in the files of --write."""
        from reconciler.report import human

        self.warn(human.diagnostics_of(document))
        if self.wants_text:
            self.out.show(human.result_lines(document))
        self.publish(document)

    def publish(self, document: Document) -> None:
        """Write a result in every format that was asked for, but not as text on stdout."""
        from reconciler.report.formats import FORMATS

        if self.format in FORMATS and not self.wants_text:
            self.out.write(FORMATS[self.format](document))
        for name, path in self.writes:
            path.write_text(FORMATS[name](document), encoding="utf-8")

    def warn(self, rows: tuple[DiagnosticRow, ...]) -> None:
        """Show errors and warnings on stderr."""
        from reconciler.report.blocks import diagnostic_lines

        self.err.show(diagnostic_lines(rows))

    def remark(self, text: str) -> None:
        """Say something on stderr that is no result."""
        from reconciler.report.lines import line

        self.err.show([line((text, "muted"))])

    def _screen(self, stream: TextIO) -> Screen:
        from reconciler.report.terminal import Screen, wants_colour

        return Screen(stream, stream.isatty(), wants_colour(self.colour, stream, self.environ))
