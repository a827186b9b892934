"""Reads the receipts that past applies left in the inventory's store.

Takes a store, gives records, newest first. Changes nothing, and speaks to no target.
"""

from __future__ import annotations

from collections import Counter

from reconciler.inventory import Store, beginnings, name_ending
from reconciler.model import Body, Operation, Plan, Status
from reconciler.planning import receiptfile
from reconciler.planning.receipts import Deed, Ending, Image, Receipt, Record, Result


def records(store: Store, last: int) -> tuple[Record, ...]:
    """Give the newest receipts, at most `last`."""
    names = store.receipts()
    chosen = beginnings(names)[::-1][:last]
    return tuple(_read(store, name, is_ended=name_ending(name) in names) for name in chosen)


def record(store: Store, name: str) -> Record:
    """Give one receipt; raise `InventoryError` where there is none of this name."""
    return _read(store, name, is_ended=name_ending(name) in store.receipts())


def _read(store: Store, name: str, *, is_ended: bool) -> Record:
    receipt, ending = receiptfile.parse(store.receipt(name), Receipt, name), name_ending(name)
    found = receiptfile.parse(store.receipt(ending), Ending, ending) if is_ended else None
    return Record(name, receipt, found)


def plan_of(record: Record) -> Plan:
    """Give the plan that was carried out, as far as the receipt keeps it."""
    deeds = record.receipt.deeds
    operations = tuple(Operation(deed.action, deed.address, deed.reason, deed.changes) for deed in deeds)
    return Plan(operations, commit=record.receipt.commit, rollback=record.receipt.rollback)


def row(record: Record) -> Body:
    """Give what a list says of one apply."""
    receipt, ending = record.receipt, record.ending
    return {
        "receipt": record.name,
        "began": receipt.began,
        "ended_at": ending.ended if ending else None,
        "user": receipt.author.user,
        "job": receipt.author.job or None,
        "commit": receipt.commit or None,
        "plan": receipt.plan,
        "destroy": receipt.destroy,
        "rollback": receipt.rollback or None,
        "interrupted": ending.interrupted if ending else False,
        "complete": ending is not None,
        "ended": _in_words(record),
    }


def details(record: Record) -> Body:
    """Give what a receipt says of each operation."""
    return {"operations": [_deed(deed, record.results[deed.address]) for deed in record.receipt.deeds]}


def _deed(deed: Deed, result: Result) -> Body:
    outcome = result.outcome
    return {
        "action": deed.action.value,
        "address": str(deed.address),
        "reason": deed.reason,
        "status": outcome.status.value,
        "error": outcome.error or None,
        "live_id": outcome.live_id,
        "changes": [
            {"path": c.path, "before": c.before, "after": c.after, "sensitive": c.sensitive} for c in deed.changes
        ],
        "before": _image(deed.before),
        "after": _image(result.after),
    }


def _image(image: Image | None) -> Body | None:
    return None if image is None else {"id": image.id, "body": image.body, "left_out": list(image.left_out)}


def _in_words(record: Record) -> str:
    """Say how it ended; a run that broke off is never taken for a good one."""
    if record.ending is None:
        return "broke off: how it ended is unknown"
    counts = Counter(result.outcome.status.value for result in record.ending.results)
    words = [f"{counts[status.value]} {status.value}" for status in Status if counts[status.value]]
    return ", ".join([*words, *(["interrupted"] if record.ending.interrupted else [])])
