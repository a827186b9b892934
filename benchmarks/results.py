"""Writes what was measured as Markdown: the machine, the figures, and each aim beside what was reached.

Takes figures, gives tables, or a page with new tables between its marks. It judges by medians, leaves nothing out that
missed its aim, and takes the reason of a miss from `reasons.json`, which no run writes.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterator, Mapping
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.aims import aims
from benchmarks.cases import CONCURRENCY, Figures
from benchmarks.measure import ROOT, Series

BEGIN, END = "<!-- measured: `make bench` writes from here -->", "<!-- to here -->"
PACKAGES = (
    *("ryaml", "py-yaml12", "jsonschema-rs", "orjson", "httpx", "httpx-aiohttp", "aiohttp", "pydantic", "deepdiff"),
)


def written(page: str, figures: Figures) -> str:
    """Give the page with the figures of this run in the place of the last one's."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return "\n".join([before.rstrip("\n"), "", BEGIN, "", *tables(figures), END]) + after


def tables(figures: Figures) -> Iterator[str]:
    """Yield the lines of every table that there are figures for."""
    for name, value in _machine().items():
        yield f"- {name}: {value}"
    yield ""
    yield from _aims(figures)
    if figures.plans:
        yield from _plans(figures)
    if figures.applies:
        yield from _applies(figures)
    if figures.commands or figures.journals:
        yield from _commands(figures)
    yield from _profiles(figures)


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


def _aims(figures: Figures) -> Iterator[str]:
    reasons = json.loads((ROOT / "benchmarks" / "reasons.json").read_text())
    found = list(aims(figures))
    if not found:
        return
    yield from ("## Aims", "", "| aim | measured | reached | command |", "|---|--:|---|---|")
    for aim in found:
        yield f"| {aim.text} | {aim.figure} | {'yes' if aim.reached else '**no**'} | `make bench ONLY={aim.case}` |"
    yield ""
    for aim in found:
        if not aim.reached:
            yield f"- *{aim.text}*: {reasons.get(aim.name, 'nobody has looked why yet.')}"
    yield ""


def _plans(figures: Figures) -> Iterator[str]:
    yield from ("## Plan", "")
    yield "| manifests | targets | changed | plan | floor | plan ÷ floor | terraform | memory | floor's | requests |"
    yield "|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    for case in figures.plans:
        plan, floor, other = case.series["plan"], case.series["floor"], case.series.get("terraform")
        note = " (creates)" if case.terraform_creates else ""
        cells = [
            f"{case.size:,}",
            str(case.targets),
            f"{case.changed:,}",
            _time(plan),
            _time(floor),
            f"{plan.median / floor.median:.2f}",
            _time(other) + note if other else "-",
            f"{plan.peak:.0f}",
            f"{floor.peak:.0f}",
            str(sum(case.requests.values())),
        ]
        yield f"| {' | '.join(cells)} |"
    yield ""


def _applies(figures: Figures) -> Iterator[str]:
    yield from (f"## Apply, creates only, {CONCURRENCY} at a time", "")
    yield "| creates | refused | latency | apply | ideal | apply ÷ ideal | memory | requests |"
    yield "|--:|--:|--:|--:|--:|--:|--:|--:|"
    for case in figures.applies:
        ideal = case.size * case.latency / CONCURRENCY
        cells = [
            f"{case.size:,}",
            str(case.refused),
            f"{case.latency * 1000:.0f} ms",
            _time(case.series),
            f"{ideal:.2f}" if ideal else "-",
            f"{case.series.median / ideal:.2f}" if ideal else "-",
            f"{case.series.peak:.0f}",
            str(sum(case.requests.values())),
        ]
        yield f"| {' | '.join(cells)} |"
    yield ""


def _commands(figures: Figures) -> Iterator[str]:
    yield from ("## Without a server", "", "| what | time | memory |", "|---|--:|--:|")
    for case in figures.commands:
        yield f"| {case.text} | {_time(case.series)} | {case.series.peak:.0f} |"
    for size, each in figures.journals.items():
        yield f"| journal of {size:,} operations, each | {each:.0f} µs | - |"
    yield ""


def _profiles(figures: Figures) -> Iterator[str]:
    plan = next((case for case in figures.plans if case.profile), None)
    apply = next((case for case in figures.applies if case.profile), None)
    if plan is None or apply is None:
        return
    yield from ("## Where the time goes", "")
    yield f"A plan of {plan.size:,}, and an apply of {apply.size:,} at 0 ms: shares of own time under Python's"
    yield "profiler, which makes many small calls look dearer than they are."
    yield from ("", "| plan | share | apply | share |", "|---|--:|---|--:|")
    for (left, share_left), (right, share_right) in zip(plan.profile, apply.profile, strict=False):
        yield f"| `{left}` | {share_left:.0%} | `{right}` | {share_right:.0%} |"
    yield ""


def _time(series: Series) -> str:
    sign = "" if series.finished else "> "
    return f"{sign}{series.median:.2f} ({series.best:.2f})"
