"""`make fuzz`: both engines over all targets, on two processors, and the figures of it.

Takes how many inputs, prints a table, writes what failed to the corpus; ends with 1 where something did.
"""

from __future__ import annotations

import argparse
import base64
import importlib.util
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from tests.fuzz import corpus
from tests.fuzz.targets import TARGETS

PROCESSES = 2
HYPOTHESIS_SHARE = 0.15


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--inputs", type=int, default=20_000, help="over all targets")
    parser.add_argument("--target", choices=sorted(TARGETS), help="only this one gets all of them")
    parser.add_argument("--keep", action="store_true", help="add what reaches new code to the corpus")
    asked = parser.parse_args()
    places, began = Path(mkdtemp(prefix="fuzz-figures-")), time.monotonic()
    with ThreadPoolExecutor(PROCESSES) as pool:
        figures = list(pool.map(lambda job: _tried(job, places), _jobs(asked.inputs, asked.target)))
    _print(figures, time.monotonic() - began)
    for row in figures:
        corpus.add(row["target"], [(base64.b64decode(data), fault) for fault, data in sorted(row["faults"].items())])
        if asked.keep and row["found"]:
            files = sorted(path for path in Path(row["found"]).iterdir() if not path.name.startswith("seed-"))
            corpus.keep(TARGETS[row["target"]], [path.read_bytes() for path in files])
    return int(any(row["faults"] for row in figures))


def _jobs(inputs: int, only: str | None) -> list[tuple[str, str, int]]:
    """Give (engine, target, inputs); without atheris Hypothesis makes all of them."""
    guided = importlib.util.find_spec("atheris") is not None
    shares = {only: 1} if only else {name: target.share for name, target in TARGETS.items()}
    jobs = []
    for name, share in shares.items():
        whole = -(-inputs * share // sum(shares.values()))
        made = round(whole * HYPOTHESIS_SHARE) if guided else whole
        jobs += [("hypothesis", name, made), *([("atheris", name, whole - made)] if guided else [])]
    return jobs


def _tried(job: tuple[str, str, int], places: Path) -> dict[str, Any]:
    engine, name, inputs = job
    place, log = places / f"{engine}-{name}", places / f"{engine}-{name}.log"
    with log.open("wb") as said:
        command = [sys.executable, "-m", "tests.fuzz.engines", engine, name, str(inputs), str(place)]
        done = subprocess.run(command, stdout=said, stderr=said, check=False)
    if not place.exists():
        raise SystemExit(f"{engine} of {name} ended with {done.returncode}:\n{log.read_text()[-3000:]}")
    found = Path(f"{place}.found")
    row: dict[str, Any] = json.loads(place.read_text())
    print(
        f"{engine:<10} {name:<12} {row['inputs']:>8,} in {row['seconds']:.0f} s, {len(row['faults'])} faults",
        flush=True,
    )
    return {**row, "found": found.read_text() if found.exists() else ""}


def _print(figures: list[dict[str, Any]], seconds: float) -> None:
    print(
        "\n| target | engine | inputs | refused | per second | new | slowest | peak |\n|---|---|--:|--:|--:|--:|--:|--:|"
    )
    for row in figures:
        print(
            f"| {row['target']} | {row['engine']} | {row['inputs']:,} | {row['refused'] / row['inputs']:.0%} "
            f"| {row['inputs'] / row['seconds']:,.0f} | {row['new']:,} | {row['slowest']:.2f} s | {row['peak'] >> 20} MB |"
        )
    faults = sorted({(row["target"], fault) for row in figures for fault in row["faults"]})
    print(f"\n{sum(row['inputs'] for row in figures):,} inputs in {seconds:.0f} s, {len(faults)} faults")
    for target, fault in faults:
        print(f"  {target}: {fault}")


if __name__ == "__main__":
    sys.exit(main())
