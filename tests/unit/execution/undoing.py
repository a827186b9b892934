"""What the tests of receipts and rollbacks share: the records of an estate, and a request that rolls one back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reconciler import history, survey
from reconciler.model import Consent, Plan, Request
from reconciler.planning.receipts import Record
from tests.unit.execution.estate import Estate, document, item

MANY = Request(consent=Consent(deletes=9, updates=9))


def records(estate: Estate) -> tuple[Record, ...]:
    """Newest first."""
    return history.records(survey.open_store(estate.settings), 99)


def rolling_back(estate: Estate, request: Request = MANY, of: int = 0) -> Request:
    return replace(request, rollback=records(estate)[of].name)


def held(estate: Estate) -> dict[str, list[dict[str, Any]]]:
    """What the server holds, but for ids and versions that it makes up."""
    names = {key: body.get("name") for key, body in estate.holds("Group").items()}

    def plain(body: dict[str, Any]) -> dict[str, Any]:
        return {k: names.get(str(v), v) for k, v in body.items() if k not in ("id", "version") and v is not None}

    kinds = sorted(kind for kind, bodies in estate.server.objects.items() if bodies)
    found = {kind: [body for body in map(plain, estate.holds(kind).values()) if body] for kind in kinds}
    return {kind: sorted(bodies, key=str) for kind, bodies in found.items() if bodies}


def refusals(plan: Plan) -> list[str]:
    return [d.summary for d in plan.diagnostics if d.code == "guard.conflict"]


def by_hand(estate: Estate, **changes: Any) -> None:
    (body,) = [body for body in estate.holds("Item").values() if body["key"] == "one"]
    body.update(changes)


def updated(estate: Estate) -> None:
    estate.declare(document("Item", "one", "title: A, note: N, price: 1"), item("two"))
    estate.apply()
    estate.declare(document("Item", "one", "title: B, note: N, price: 1"), item("two"))
    estate.apply()
