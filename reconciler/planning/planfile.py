"""Writes and reads plan files.

Takes a plan and gives JSON bytes, and back. A file that is not exactly what this format says is refused with the place
of the fault. Pure: no I/O.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from reconciler.errors import PlanError
from reconciler.model import Plan
from reconciler.redact import UNKEYED, digest

if TYPE_CHECKING:
    from pydantic import TypeAdapter

FORMAT = "reconciler-plan/1"
_HINT = "make it again with `reconciler plan --out FILE`"


def dump(plan: Plan) -> bytes:
    """Give the bytes of a plan file: sorted, indented, one trailing newline."""
    body = json.loads(_adapter().dump_json(plan))
    document = {"format": FORMAT, "digest": digest(UNKEYED, body), "plan": body}
    return (json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def parse(content: bytes, name: str) -> Plan:
    """Read a plan file; raise `PlanError` naming the file and the place where it is wrong."""
    from pydantic import ValidationError

    try:
        document = json.loads(content.decode("utf-8"), object_pairs_hook=_without_repetition)
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise PlanError(f"{name}:1:1: not a plan file of this version (expected format {FORMAT!r})", hint=_HINT)
        if set(document) != {"format", "digest", "plan"} or document["digest"] != digest(UNKEYED, document["plan"]):
            raise PlanError(f"{name}:1:1: not a plan file any more: it was changed after it was written", hint=_HINT)
        return _adapter().validate_json(json.dumps(document["plan"]), strict=False)
    except json.JSONDecodeError as error:
        raise PlanError(f"{name}:{error.lineno}:{error.colno}: not a plan file: {error.msg}", hint=_HINT) from error
    except UnicodeDecodeError as error:
        raise PlanError(f"{name}:1:{error.start + 1}: not a plan file: bytes that are not UTF-8", hint=_HINT) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise PlanError(f"{name}:1:1: not a plan file: {place}: {first['msg']}", hint=_HINT) from error
    except (TypeError, ValueError, RecursionError) as error:
        raise PlanError(f"{name}:1:1: not a plan file: it holds what no plan holds", hint=_HINT) from error


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Plan]:
    from pydantic import TypeAdapter

    return TypeAdapter(Plan)
