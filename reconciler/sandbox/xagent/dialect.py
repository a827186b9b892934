"""How Xagent differs with the database beneath it, one field per difference.

Takes a name, gives what was observed on real servers of that version.
It never decides anything: the modules beside it ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Dialect:
    """One version on one database."""

    version: str
    reuses_numbers: bool = True
    """A freed highest primary key is given to the next row, and an upsert that changes a row uses none up."""
    changed_rows_move: bool = False
    """A row that was changed is the last of its table's lists."""
    zoned_times: bool = False
    """Times have microseconds and an offset."""
    largest_number: int = 2**63 - 1
    """A larger whole number is an error of the server."""
    takes_nul: bool = True
    """A text may hold the character NUL; where not, it is an error of the server."""
    widths: Mapping[str, int] = field(default_factory=dict)
    """A longer text in the column is an error of the server."""


ON_SQLITE = Dialect(version="0.8.4")

ON_POSTGRESQL = replace(
    ON_SQLITE,
    reuses_numbers=False,
    changed_rows_move=True,
    zoned_times=True,
    largest_number=2**31 - 1,
    takes_nul=False,
    widths={"category": 20, "model_provider": 50, "base_url": 500, "bedrock_region": 64},
)

DIALECTS = {"0.8.4": ON_SQLITE, "0.8.4-postgresql": ON_POSTGRESQL}
