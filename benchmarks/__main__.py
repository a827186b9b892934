"""Measures everything and writes `benchmarks/RESULTS.md`.

Takes sizes, gives a page and what it says on stdout; ends with 1 where a process did something else than it should.
It works in a temporary folder and talks to loopback alone.

    python -m benchmarks [--sizes 100,1000,10000] [--quick] [--out FILE]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.cases import Figures, Rounds, apply_case, plan_case
from benchmarks.measure import ROOT, Failed
from benchmarks.results import page

ROUNDS = ((100, Rounds(9, 5)), (1000, Rounds(7, 3)), (10_000, Rounds(5, 1)))
"""Up to which size → how often."""
QUICK = Rounds(2, 1)
APPLIES = 1000
LATENCIES = (0.0, 0.02)


def main() -> int:
    """Measure, write, tell."""
    options = _options()
    figures, terraform_applies = Figures(), {}
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            folder = Path(name)
            for size in options.sizes:
                _say(f"plan of {size:,} manifests")
                case, terraform_applies[size] = plan_case(size, folder / f"plan-{size}", _rounds(size, options.quick))
                figures.plans.append(case)
            size = min(APPLIES, max(options.sizes))
            for latency in LATENCIES:
                _say(f"apply of {size:,} creates at {latency * 1000:.0f} ms")
                place = folder / f"apply-{latency}"
                times = 1 if options.quick else 3
                figures.applies.append(apply_case(size, place, latency, times, terraform_applies.get(size)))
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    text = page(figures)
    if options.out is not None:
        options.out.write_text(text)
    print(text)
    return 0


def _rounds(size: int, quick: bool) -> Rounds:
    if quick:
        return QUICK
    return next((rounds for limit, rounds in ROUNDS if size <= limit), ROUNDS[-1][1])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure Reconciler.")
    parser.add_argument("--sizes", type=_sizes, default=None, help="how many manifests, such as 100,1000,10000")
    parser.add_argument("--quick", action="store_true", help="few rounds, up to 1,000 manifests, no page; a smoke test")
    parser.add_argument("--out", type=Path, default=None, help="where the page goes")
    options = parser.parse_args()
    options.sizes = options.sizes or ([100, 1000] if options.quick else [100, 1000, 10_000])
    if options.out is None and not options.quick:
        options.out = ROOT / "benchmarks" / "RESULTS.md"
    return options


def _sizes(text: str) -> list[int]:
    return sorted(int(part) for part in text.split(","))


def _say(what: str) -> None:
    print(what, "...", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
