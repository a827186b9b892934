"""Says where the time of a command goes.

Takes a command line, runs it once under Python's profiler, gives shares of own time by part of the program. The
profiler slows small functions down more than large ones, so the shares are a hint, not a measure.
"""

from __future__ import annotations

import pstats
from collections import Counter
from pathlib import Path

from benchmarks.measure import ROOT, Command, run

IMPORTING = ("builtins.exec", "marshal.loads", "__build_class__", "_imp.", "builtins.compile")
"""What Python does while it imports modules."""


def shares(command: Command, folder: Path, most: int = 15) -> list[tuple[str, float]]:
    """Give the parts that took most, largest first, as shares of all."""
    record = folder / "profile"
    python, _, module, *rest = command.words
    words = (python, "-m", "cProfile", "-o", str(record), "-m", module, *rest)
    run(Command(words, command.environment, folder=command.folder))
    own: Counter[str] = Counter()
    for (file, _, function), (_, _, seconds, _, _) in pstats.Stats(str(record)).stats.items():  # type: ignore[attr-defined]
        own[part(file, function)] += seconds
    total = sum(own.values())
    return [(name, seconds / total) for name, seconds in own.most_common(most)]


def part(file: str, function: str) -> str:
    """Name the part of the program that a function belongs to."""
    if any(word in function for word in IMPORTING):
        return "importing"
    if file == "~":
        return function.strip("<>").replace("built-in method ", "").replace("method ", "")
    if file.startswith("<"):
        return "importing"
    path = Path(file)
    if path.is_relative_to(ROOT):
        return str(path.relative_to(ROOT))
    if "site-packages" in path.parts:
        return path.parts[path.parts.index("site-packages") + 1]
    return "python: " + path.stem
