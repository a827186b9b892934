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
    is_unwritten: bool = field(default=False, init=False)
    """Whether a report that was asked for could not be written."""

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
        self.write_files(document)
        if self.wants_text:
            self.out.show(human.result_lines(document))
        self.write_out(document)

    def write_files(self, document: Document) -> None:
        """Write the files of --write. One that cannot be written is told, and keeps no other from being written."""
        from reconciler.cli.files import write_whole

        for name, path in self.writes:
            try:
                text = self._render(name, document)
                if text is not None:
                    write_whole(path, text)
            except Exception as error:  # what an apply did must be told, whatever becomes of its reports
                self.lament(error)

    def write_out(self, document: Document) -> None:
        """Write a result to stdout in the format that was asked for, unless that is text."""
        if self.wants_text:
            return
        try:
            text = self._render(self.format, document)
        except Exception as error:  # the same
            self.lament(error)
            return
        if self.out.obeys and self.format != "github":
            from reconciler.report.escape import no_command

            text = no_command(text or "")
        self.out.write(text or "")

    def _render(self, name: str, document: Document) -> str | None:
        """Give the document in a format; None where there is no such format, or it cannot show this document."""
        from reconciler.manifests.files import find_repository
        from reconciler.report.about import About
        from reconciler.report.formats import FORMATS, shows

        here = Path.cwd()
        about = About(self.verb or "reconciler", str(self.config or ""), str(here), str(find_repository(here) or ""))
        return FORMATS[name](document, about) if name in FORMATS and shows(name, document) else None

    def lament(self, error: Exception) -> None:
        """Say that a file which was asked for could not be written; the exit code will tell."""
        from reconciler.cli.failures import tell

        self.is_unwritten = True
        tell(error, self)

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

        is_workflow = self.environ.get("GITHUB_ACTIONS") == "true"
        return Screen(stream, stream.isatty(), wants_colour(self.colour, stream, self.environ), is_workflow)
