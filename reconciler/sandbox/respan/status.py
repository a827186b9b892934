"""The route that tells how a model has been doing.

Takes a name and a window of time, gives the series of a server that nobody has sent a prompt through: empty ones, as
for a name that no log has.
It never looks up the model.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.responses import Response

from reconciler.sandbox.respan.answers import Asked, answer, moment, wrong
from reconciler.sandbox.respan.state import State

_LONGEST = timedelta(days=90)
_TICKS = ("minute", "hour", "day")
_UNKNOWN = ("uptime_percent", "average_tps", "average_ttft", "average_latency", "cache_hit_percentage")


def read(_: State, asked: Asked) -> Response:
    """The series of a model; what the query says wins over the body."""
    told = {**asked.body, **asked.query}
    start, end = _time(told.get("start_time")), _time(told.get("end_time"))
    tick = told.get("time_tick", "hour")
    if start is None or end is None or not start < end <= start + _LONGEST:
        raise wrong("start_time and end_time are required: a window of at most 90 days")
    if tick not in _TICKS:
        raise wrong(f"time_tick is one of {', '.join(_TICKS)}")
    window = {"time_tick": tick, "start_time": moment(start.timestamp()), "end_time": moment(end.timestamp())}
    series: dict[str, Any] = {"model": asked.name, **window, "data": [], "metrics_series": []}
    if "provider_id" in told:
        return answer({**series, "provider_id": told["provider_id"]})
    return answer({**series, "respan_uptime": [], "status": dict.fromkeys(_UNKNOWN)})


def _time(told: Any) -> datetime | None:
    """Read an ISO time, or seconds since 1970."""
    try:
        if isinstance(told, (int, float)) or str(told).replace(".", "", 1).isdigit():
            return datetime.fromtimestamp(float(told), UTC)
        found = datetime.fromisoformat(str(told))
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
