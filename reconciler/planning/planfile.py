"""Writes and reads plan files.

Takes a plan and gives JSON bytes, and back. A file that is not exactly what this format says is refused with the place
of the fault. Pure: no I/O.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING

from reconciler.errors import PlanError
from reconciler.model import Plan
from reconciler.redact import digest

if TYPE_CHECKING:
    from pydantic import TypeAdapter

FORMAT = "reconciler-plan/1"


def dump(plan: Plan) -> bytes:
    """Give the bytes of a plan file: sorted, indented, one trailing newline."""
    body = json.loads(_adapter().dump_json(plan))
    document = {"format": FORMAT, "digest": digest("00", body), "plan": body}
    return (json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def parse(content: bytes, name: str) -> Plan:
    """Read a plan file; raise `PlanError` naming the file and the place where it is wrong."""
    from pydantic import ValidationError

    hint = "make it again with `reconciler plan --out FILE`"
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise PlanError(f"{name} is not a plan file: {error}", hint=hint) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise PlanError(f"{name} is not a plan file of this version (expected format {FORMAT!r})", hint=hint)
    try:
        if document.get("digest") != digest("00", document.get("plan")):
            raise PlanError(f"{name} was changed after it was written", hint=hint)
        return _adapter().validate_json(json.dumps(document["plan"]), strict=False)
    except (TypeError, RecursionError) as error:
        raise PlanError(f"{name} is not a plan file: it holds what no plan holds", hint=hint) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise PlanError(f"{name} is not a plan file: {place}: {first['msg']}", hint=hint) from error


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Plan]:
    from pydantic import TypeAdapter

    return TypeAdapter(Plan)
