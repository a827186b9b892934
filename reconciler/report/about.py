"""Which command line a document answers, and where it ran.

Takes names and folders as texts, gives how a file is named for machines. Pure: no I/O, no clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from os.path import normpath
from pathlib import PurePath


@dataclass(frozen=True, slots=True)
class About:
    """The command line that a document answers: its verb, and the settings file as it was named, if it was."""

    command: str = "plan"
    config: str = ""
    here: str = ""
    """The folder that it ran in: files are named from there."""
    top: str = ""
    """The top of that folder's repository, if it is in one."""

    def from_top(self, file: str) -> str:
        """Name a file from the top of the repository, where forges look for it; any other stays as it is."""
        path = PurePath(normpath(PurePath(self.here, file)))
        return path.relative_to(self.top).as_posix() if self.top and path.is_relative_to(self.top) else file


PLAN = About()
