"""Writes what was measured as a page: the machine, the figures, and each aim beside what was reached.

Takes figures, gives Markdown. It judges by medians, and leaves nothing out that missed its aim.
"""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.cases import CONCURRENCY, ApplyCase, Figures, PlanCase
from benchmarks.measure import Series

PACKAGES = (
    "ryaml",
    "py-yaml12",
    "jsonschema-rs",
    "orjson",
    "httpx",
    "httpx-aiohttp",
    "aiohttp",
    "pydantic",
    "deepdiff",
)


@dataclass(frozen=True, slots=True)
class Aim:
    """What was wanted, and what came out."""

    text: str
    figure: str
    reached: bool


def page(figures: Figures) -> str:
    """Give the whole page."""
    return "\n".join([*_head(), *_plans(figures), *_applies(figures), *_aims(figures), *_profile(figures)])


def _head() -> Iterator[str]:
    yield "# Benchmarks"
    yield ""
    yield "Written by `make bench`; do not edit. Every figure is a whole process, start of the interpreter included."
    yield "The runs of one size take turns, so that a slow minute of the machine hits all of them alike."
    yield "Times are seconds, median (best); memory is the largest resident size in MB of 10^6 bytes."
    yield ""
    for name, value in _machine().items():
        yield f"- {name}: {value}"
    yield ""


def _machine() -> Mapping[str, str]:
    return {
        "date": date.today().isoformat(),
        "processor": f"{_field('/proc/cpuinfo', 'model name') or platform.processor()}, {os.cpu_count()} cores",
        "memory": _field("/proc/meminfo", "MemTotal"),
        "system": f"{platform.system()} {platform.release()}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "packages": ", ".join(f"{name} {found}" for name in PACKAGES if (found := _version(name))),
        "terraform": _terraform(),
    }


def _field(file: str, key: str) -> str:
    path = Path(file)
    lines = path.read_text().splitlines() if path.exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(key)), "")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _terraform() -> str:
    try:
        done = subprocess.run(["terraform", "version"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "not installed, so not compared"
    return next((line for line in done.stdout.splitlines() if line.startswith("Terraform v")), "unknown")


def _plans(figures: Figures) -> Iterator[str]:
    yield "## Plan, no change"
    yield ""
    yield "*Floor* is `benchmarks/floor.py`: the same files, the compiled validator, the same requests, `==`. It knows"
    yield "no inventory, no order, no guards and no messages. *terraform* plans as many `terraform_data` resources with"
    yield "the same fields, without any request."
    yield ""
    yield "| manifests | plan | floor | plan ÷ floor | terraform | terraform ÷ plan | memory | floor's | requests |"
    yield "|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    for case in figures.plans:
        plan, floor, other = case.series["plan"], case.series["floor"], case.series.get("terraform")
        note = " (creates)" if case.terraform_creates else ""
        cells = [
            f"{case.size:,}",
            _time(plan),
            _time(floor),
            f"{plan.median / floor.median:.2f}",
            _time(other) + note if other else "-",
            _ratio(other, plan),
            f"{plan.peak:.0f}",
            f"{floor.peak:.0f}",
            str(sum(case.requests.values())),
        ]
        yield f"| {' | '.join(cells)} |"
    yield ""
    for case in figures.plans[-1:]:
        asked = ", ".join(f"`{route}`" + (f" × {count}" if count > 1 else "") for route, count in case.requests.items())
        yield f"Requests of a plan: {asked}."
        yield ""


def _applies(figures: Figures) -> Iterator[str]:
    yield f"## Apply, creates only, {CONCURRENCY} at a time"
    yield ""
    yield "*Ideal* is creates × latency ÷ concurrency. terraform's apply makes no request at all, and ran once."
    yield ""
    yield "| creates | latency | apply | ideal | apply ÷ ideal | terraform apply | memory | requests |"
    yield "|--:|--:|--:|--:|--:|--:|--:|--:|"
    for case in figures.applies:
        cells = [
            f"{case.size:,}",
            f"{case.latency * 1000:.0f} ms",
            _time(case.series),
            f"{_ideal(case):.2f}" if case.latency else "-",
            f"{case.series.median / _ideal(case):.2f}" if case.latency else "-",
            f"{case.terraform.seconds:.2f}" if case.terraform else "-",
            f"{case.series.peak:.0f}",
            str(sum(case.requests.values())),
        ]
        yield f"| {' | '.join(cells)} |"
    yield ""


def _aims(figures: Figures) -> Iterator[str]:
    yield "## Aims"
    yield ""
    yield "| aim | measured | reached |"
    yield "|---|--:|---|"
    for aim in (*_plan_aims(figures.plans), *_apply_aims(figures.applies)):
        yield f"| {aim.text} | {aim.figure} | {'yes' if aim.reached else '**no**'} |"
    yield ""


def _plan_aims(plans: list[PlanCase]) -> Iterator[Aim]:
    by_size = {case.size: case for case in plans}
    for case in plans:
        plan, floor, other = case.series["plan"], case.series["floor"], case.series.get("terraform")
        if case.size == 10_000:
            ratio = plan.median / floor.median
            yield Aim("plan at 10,000 within 1.5 × floor (above 3 × is a defect)", f"{ratio:.2f} ×", ratio <= 1.5)
            yield Aim("peak memory at 10,000 under 300 MB", f"{plan.peak:.0f} MB", plan.peak < 300)
        wanted = {100: 1.0, 1000: 5.0, 10_000: 10.0}.get(case.size)
        if other is not None and wanted is not None:
            ratio = other.median / plan.median
            text = "no slower than terraform" if wanted == 1 else f"at least {wanted:.0f} × faster than terraform"
            yield Aim(f"plan at {case.size:,}: {text}", f"{ratio:.1f} ×", ratio >= wanted)
    if {1000, 10_000} <= by_size.keys():
        growth = by_size[10_000].series["plan"].median / by_size[1000].series["plan"].median
        yield Aim("from 1,000 to 10,000 manifests at most 11-fold time", f"{growth:.1f} ×", growth <= 11)
    if plans:
        each = [sum(case.requests.values()) for case in plans]
        text = "requests of a plan: list pages only, however many manifests"
        yield Aim(text, " / ".join(map(str, each)), len(set(each)) == 1)


def _apply_aims(applies: list[ApplyCase]) -> Iterator[Aim]:
    for case in applies:
        if case.latency and case.size >= 1000:  # fewer are over before the start of the process is made up for
            ratio = case.series.median / _ideal(case)
            text = f"apply of {case.size:,} at {case.latency * 1000:.0f} ms within 1.3 × ideal"
            yield Aim(text, f"{ratio:.2f} ×", ratio <= 1.3)


def _profile(figures: Figures) -> Iterator[str]:
    plan, apply = figures.plans[-1], figures.applies[0]
    yield "## Where the time goes"
    yield ""
    what = f"A plan of {plan.size:,}, and an apply of {apply.size:,} at {apply.latency * 1000:.0f} ms"
    yield f"{what}: shares of own time under Python's profiler,"
    yield "which makes many small calls look dearer than they are."
    yield ""
    yield "| plan | share | apply | share |"
    yield "|---|--:|---|--:|"
    for (left, share_left), (right, share_right) in zip(plan.profile, apply.profile, strict=False):
        yield f"| `{left}` | {share_left:.0%} | `{right}` | {share_right:.0%} |"
    yield ""


def _ideal(case: ApplyCase) -> float:
    return case.size * case.latency / CONCURRENCY


def _time(series: Series) -> str:
    sign = "" if series.finished else "> "
    return f"{sign}{series.median:.2f} ({series.best:.2f})"


def _ratio(other: Series | None, plan: Series) -> str:
    return f"{other.median / plan.median:.1f}" if other else "-"
