"""The command line: one module per verb, each parse → engine → report → exit code.

Takes arguments and the environment, gives text on stdout and stderr and the exit code. Holds no rules of its own and
speaks to no server.
"""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line of this process, and end it."""
    from reconciler.cli.app import run  # so that `import reconciler.cli` costs nothing

    sys.exit(run(sys.argv[1:]))
