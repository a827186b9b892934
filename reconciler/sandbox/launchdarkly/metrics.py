"""What configs were used for, as far as a seed tells: read only.

Takes calls, gives sums of what was seeded for the config, the environment and the time. It never counts anything.
"""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.sandbox.launchdarkly.answers import Refusal
from reconciler.sandbox.launchdarkly.call import CONFIGS, Call, Operation
from reconciler.sandbox.launchdarkly.query import number
from reconciler.sandbox.store import Row

CONFIG = f"{CONFIGS}/{{configKey}}"
LONGEST = 100 * 24 * 3600 * 1000
"""The longest span, in milliseconds."""

COUNTS = (
    "inputTokens",
    "outputTokens",
    "totalTokens",
    "generationCount",
    "generationSuccessCount",
    "generationErrorCount",
    "thumbsUp",
    "thumbsDown",
    "durationMs",
    "timeToFirstTokenMs",
    "inputCost",
    "outputCost",
)


def _read(call: Call) -> Row:
    return _sum(_seeded(call))


def _read_by_variation(call: Call) -> list[Row]:
    rows = _seeded(call)
    keys = dict.fromkeys(row["variation"] for row in rows)
    return [{"variationKey": key, "metrics": _sum(row for row in rows if row["variation"] == key)} for key in keys]


def _read_quick_stats(call: Call) -> Row:
    environment = _environment(call)
    rows = [row for row in call.state.metrics.all() if row["env"] == environment]
    active = {row["config"] for row in rows}
    return {
        "activeConfigs": len(active),
        "activeExperiments": 0,
        "spendMonthToDate": sum(row.get("inputCost", 0) + row.get("outputCost", 0) for row in rows),
    }


def _seeded(call: Call) -> list[Row]:
    config = call.state.config(call.keys["configKey"])
    environment = _environment(call)
    since, until = number(call, "from"), number(call, "to")
    if not since < until <= since + LONGEST:
        raise Refusal(400, "`to` must be after `from`, by 100 days at most")
    if "contextKey" in call.query and "contextKind" not in call.query:
        raise Refusal(400, "contextKey requires contextKind")
    rows = call.state.metrics.all()
    mine = [row for row in rows if row["config"] == config["key"] and row["env"] == environment]
    return [row for row in mine if since <= row["at"] < until]


def _environment(call: Call) -> str:
    if "env" not in call.query:
        raise Refusal(400, "env: missing")
    return str(call.state.environment(call.query["env"])["key"])


def _sum(rows: Iterable[Row]) -> Row:
    kept = list(rows)
    return {name: sum(row.get(name, 0) for row in kept) for name in COUNTS}


OPERATIONS = (
    Operation("GET", f"{CONFIG}/metrics", _read),
    Operation("GET", f"{CONFIG}/metrics-by-variation", _read_by_variation),
    Operation("GET", f"{CONFIGS}/quick-stats", _read_quick_stats),
)
