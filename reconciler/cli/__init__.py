"""The command line: one module per verb, each parse → engine → report → exit code.

Takes arguments and the environment, gives text on stdout and stderr and the exit code. Holds no rules of its own and
speaks to no server.
"""

from __future__ import annotations

import gc
import sys
from typing import NoReturn

OBJECTS_BETWEEN_LOOKS = 1_000_000


def main() -> NoReturn:
    """Run the command line of this process, and end it."""
    from reconciler.cli.app import run  # so that `import reconciler.cli` costs nothing

    # A run is short and leaves next to no objects that refer to each other in circles: looking for some after every
    # 700 objects, and once more among all of them at the end, would cost 80 ms of each run, and 60 more of a plan of
    # 10,000 manifests [measured].
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS)
    code = run(sys.argv[1:])
    gc.freeze()
    sys.exit(code)
