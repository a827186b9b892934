"""Says what was wanted of each figure, and whether it came out.

Takes figures, gives aims. It judges by medians.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.cases import CONCURRENCY, FILES, Figures


@dataclass(frozen=True, slots=True)
class Aim:
    """What was wanted, and what came out; `name` is that of its reason, where it is missed."""

    name: str
    text: str
    figure: str
    reached: bool
    case: str


def aims(figures: Figures) -> Iterator[Aim]:
    """Yield every aim that there are figures for."""
    yield from _of_plans(figures)
    yield from _of_applies(figures)
    for case in figures.commands:
        milliseconds = case.series.median * 1000
        if case.text == "`--version`":
            yield Aim("version", "`--version` under 100 ms", f"{milliseconds:.0f} ms", milliseconds < 100, case.name)
        if case.text.startswith(f"validate of {FILES} files among 10,000"):
            text = f"validate of {FILES} changed files of 10,000 under 300 ms"
            yield Aim("validate", text, f"{milliseconds:.0f} ms", milliseconds < 300, case.name)
    if len(figures.journals) == 2:
        few, many = figures.journals.values()
        text = "an apply of 10,000 journals in the time of one of 1,000, per operation (at most 1.2 ×)"
        yield Aim("journal", text, f"{many / few:.2f} ×", many / few <= 1.2, "journal")


def _of_plans(figures: Figures) -> Iterator[Aim]:
    still = {(case.size, case.targets): case for case in figures.plans if not case.changed}
    plans = {place: case.series["plan"] for place, case in still.items()}
    ten, hundred = plans.get((10_000, 1)), plans.get((100_000, 1))
    if ten is not None:
        ratio = ten.median / still[10_000, 1].series["floor"].median
        yield Aim("floor", "plan at 10,000 within 1.5 × floor", f"{ratio:.2f} ×", ratio <= 1.5, "plan-10000")
        yield Aim("memory-10000", "10,000 under 300 MB", f"{ten.peak:.0f} MB", ten.peak < 300, "plan-10000")
    other = still[1000, 1].series.get("terraform") if (1000, 1) in still else None
    if ten is not None and other is not None:
        text, ratio = "plan at 10,000 no slower than `terraform plan` of 1,000", ten.median / other.median
        yield Aim("terraform", text, f"{ratio:.2f} ×", ratio <= 1, '"plan-1000 plan-10000"')
    if hundred is not None:
        yield Aim("memory", "100,000 in under 1 GB", f"{hundred.peak:.0f} MB", hundred.peak < 1000, "plan-100000")
    if ten is not None and hundred is not None:
        text, ratio = "100,000 in at most 11 × the time of 10,000", hundred.median / ten.median
        yield Aim("growth", text, f"{ratio:.1f} ×", ratio <= 11, '"plan-10000 plan-100000"')
    each = [sum(case.requests.values()) for (_, targets), case in still.items() if targets == 1]
    if len(each) > 1:
        text = "requests of a plan: list pages only, however many manifests"
        yield Aim("requests", text, " / ".join(map(str, each)), len(set(each)) == 1, '"plan-100 plan-1000"')


def _of_applies(figures: Figures) -> Iterator[Aim]:
    for case in figures.applies:
        if case.latency and not case.refused:
            ratio = case.series.median / (case.size * case.latency / CONCURRENCY)
            text = (
                f"apply of {case.size:,} at {case.latency * 1000:.0f} ms within 1.2 × creates × latency ÷ concurrency"
            )
            yield Aim(f"apply-{case.size}", text, f"{ratio:.2f} ×", ratio <= 1.2, case.name)
