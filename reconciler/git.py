"""Runs git's plumbing in a repository, for every stage that reads or writes there.

Takes a repository and arguments, gives what git printed. It asks nobody for anything, and listens to no environment
that names another repository; whoever calls it makes sure that an argument cannot be read as an option.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

# A hook's environment names the hook's repository; ours is the one that holds the settings.
_NOT_INHERITED = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_QUARANTINE_PATH",
)

# Nothing of a repository's own settings is run: they came with it where it was unpacked or shared, and not cloned.
_RUNS_NOTHING = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.ext.allow=never")


def run(
    repository: Path,
    *arguments: str,
    stdin: bytes = b"",
    environment: Mapping[str, str] | None = None,
    timeout: float | None = None,
    undisturbed: bool = False,
) -> bytes:
    """Give what git printed; raise `CalledProcessError`, `TimeoutExpired` or `OSError`.

    `environment` is added to what is inherited. `undisturbed`: an interrupt from the keyboard does not reach git.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
    quiet = {
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",  # a commit holds what its id says
        "LC_ALL": "C",
    }
    done = subprocess.run(
        ["git", "-C", str(repository), *_RUNS_NOTHING, *arguments],
        input=stdin,
        capture_output=True,
        check=True,
        env=inherited | quiet | dict(environment or {}),
        timeout=timeout,
        start_new_session=undisturbed,
    )
    return done.stdout
