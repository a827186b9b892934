"""Counts of drift in Prometheus' text format, for its textfile collector.

Takes a view of drift, the targets of the settings and the moment of the run; gives text. Labels are targets, kinds and
classes, never names or values, so that there are few of them. Pure: no I/O; the clock is an argument.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from reconciler.report.summary import kind_of, target_of
from reconciler.report.view import View

Sample = tuple[Mapping[str, str], float]
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


def render(view: View, targets: Iterable[str], now: float) -> str:
    """Give the whole file."""
    families: tuple[tuple[str, str, list[Sample]], ...] = (
        ("reconciler_drift_fields", "Fields that moved outside git.", _fields(view)),
        ("reconciler_drift_new_fields", "Of them, those that the baseline does not know.", _new(view)),
        (
            "reconciler_drift_resolved_fields",
            "Fields of the baseline that moved no longer.",
            [({}, len(view.resolved))],
        ),
        ("reconciler_managed_fields", "Managed fields that were compared.", _classes(view)),
        ("reconciler_target_read", "Whether a target could be read.", _read(view, targets)),
        ("reconciler_drift_complete", "Whether everything could be read.", [({}, view.complete)]),
        ("reconciler_drift_last_run_timestamp_seconds", "When drift was last looked for.", [({}, now)]),
    )
    return "".join(line + "\n" for name, text, samples in families for line in _family(name, text, samples))


def _family(name: str, text: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} gauge"
    for labels, value in samples:
        said = ",".join(f'{label}="{text.translate(_ESCAPES)}"' for label, text in labels.items())
        yield f"{name}{{{said}}} {_number(value)}" if said else f"{name} {_number(value)}"


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _fields(view: View) -> list[Sample]:
    counts = Counter((target_of(row.address), kind_of(row.address), row.classification) for row in view.drift)
    return [({"target": t, "kind": k, "class": c}, number) for (t, k, c), number in sorted(counts.items())]


def _new(view: View) -> list[Sample]:
    return [({}, sum(row.standing != "known" for row in view.drift))]


def _classes(view: View) -> list[Sample]:
    return [({"class": name}, number) for name, number in view.fields.items()]


def _read(view: View, targets: Iterable[str]) -> list[Sample]:
    """One of each target of the settings that this run was to read."""
    failed = {row.summary.partition(":")[0] for row in view.diagnostics if row.code.startswith("target.")}
    known = sorted({*targets, *view.origin.accounts} & {*view.origin.accounts, *failed})
    return [({"target": name}, name not in failed) for name in known]
