"""The kept inputs: one file of JSON lines per target, an input a line, and why it is kept.

Takes bytes, gives them back. What failed once stays for good; what reaches new code is chosen anew by `keep`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from pathlib import Path

import coverage

from tests.fuzz.judge import judge
from tests.fuzz.targets import Target

FOLDER = Path(__file__).parent / "corpus"
MOST_KEPT, MOST_BYTES = 40, 4000
"""Of one target, and of one input."""
NEW_CODE = "reaches code that no seed reaches"


def kept(name: str) -> list[tuple[bytes, str]]:
    """Give the inputs of a target, and why each is kept."""
    path = FOLDER / f"{name}.jsonl"
    rows = map(json.loads, path.read_text().splitlines()) if path.exists() else ()
    return [(base64.b64decode(row["input"]), row["why"]) for row in rows]


def add(name: str, inputs: Iterable[tuple[bytes, str]]) -> None:
    """Write inputs to those of a target, without those that are there."""
    rows = dict(kept(name))
    rows.update({data: why for data, why in inputs if data not in rows})
    lines = [json.dumps({"why": why, "input": base64.b64encode(data).decode()}) for data, why in rows.items()]
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.jsonl").write_text("".join(f"{line}\n" for line in lines))


def keep(target: Target, found: Iterable[bytes]) -> int:
    """Keep what reaches lines that neither a seed nor a smaller input reaches; give how many."""
    known: set[tuple[str, int, int]] = set()
    for data in (*target.seeds(), *(data for data, _ in kept(target.name))):
        known |= _arcs(target, data)
    chosen: list[tuple[bytes, str]] = []
    for data in sorted({data for data in found if len(data) <= MOST_BYTES}, key=lambda data: (len(data), data)):
        reached = _arcs(target, data)
        if reached - known and len(chosen) < MOST_KEPT:
            chosen.append((data, NEW_CODE))
            known |= reached
    add(target.name, chosen)
    return len(chosen)


def _arcs(target: Target, data: bytes) -> set[tuple[str, int, int]]:
    seen = coverage.Coverage(data_file=None, branch=True, include=["*/reconciler/*"], config_file=False)
    seen.start()
    try:
        judge(target, data)
    finally:
        seen.stop()
    lines = seen.get_data()
    return {(file, *arc) for file in lines.measured_files() for arc in lines.arcs(file) or ()}
