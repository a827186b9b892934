"""What every apply leaves behind, however it ends: on the tiny system, with the engine in this process."""

from __future__ import annotations

import asyncio

import pytest

from reconciler import history
from reconciler.errors import InventoryError, Rejected, StalePlan
from reconciler.model import Request, Status
from reconciler.planning.receipts import NO_ENDING, Record
from tests.unit.execution.estate import PLAIN, Estate, document, group, item, operations, statuses
from tests.unit.execution.undoing import by_hand, records, refusals, rolling_back, updated


def test_a_saved_rollback_is_refused_once_the_world_moved(estate: Estate) -> None:
    updated(estate)
    saved = estate.plan(rolling_back(estate))
    by_hand(estate, title="A2")
    with pytest.raises(StalePlan) as raised:
        estate.apply(PLAIN, saved=saved)
    assert [d.summary for d in raised.value.diagnostics] == ["one/Item/one moved"]
    by_hand(estate, title="B")
    assert statuses(estate.apply(PLAIN, saved=saved)) == ["done"]
    assert records(estate)[0].receipt.rollback == saved.rollback


def test_a_rollback_can_be_rolled_back(estate: Estate) -> None:
    updated(estate)
    estate.apply(rolling_back(estate))
    plan = estate.plan(rolling_back(estate))
    assert operations(plan) == ["update one"]
    assert not [d for d in plan.diagnostics if d.code == "rollback.manifests"]
    estate.apply(rolling_back(estate))
    assert estate.plan().operations == ()


def test_an_apply_that_does_nothing_leaves_no_receipt(estate: Estate) -> None:
    estate.declare(item("one"))
    estate.apply()
    estate.apply()
    assert len(records(estate)) == 1


def test_what_failed_and_what_was_skipped_is_on_the_receipt(estate: Estate) -> None:
    estate.declare(group("g"), document("Item", "one", "group: {ref: g}, title: A"), item("two"))
    estate.server.odd.errors["create"] = [Rejected("no")]
    applied = estate.apply(Request(parallelism=1))
    (record,) = records(estate)
    assert [o.status for o in record.outcomes] == [o.status for o in applied.outcomes]
    assert {o.status for o in record.outcomes} == {Status.FAILED, Status.SKIPPED, Status.DONE}
    assert [o.error for o in record.outcomes] == [o.error for o in applied.outcomes]
    assert operations(estate.plan(rolling_back(estate))) == ["delete two"]


def test_an_apply_that_broke_off_left_a_receipt_that_knows_nothing(estate: Estate) -> None:
    estate.declare(item("one"), item("two"))

    def leave(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        estate.apply(on_outcome=leave)
    (record,) = records(estate)
    assert record.ending is None
    assert [(o.status, o.error) for o in record.outcomes] == [(Status.UNKNOWN, NO_ENDING)] * 2
    assert history.row(record)["ended"] == "broke off: how it ended is unknown"
    plan = estate.plan(rolling_back(estate))
    assert set(operations(plan)) <= {"delete one", "delete two"}
    assert all(summary.endswith("what the apply left behind is not known") for summary in refusals(plan))


def test_an_interrupted_apply_says_so(estate: Estate) -> None:
    estate.items(9)
    stop = asyncio.Event()
    estate.apply(Request(parallelism=1), stop=stop, on_outcome=lambda *_: stop.set())
    (record,) = records(estate)
    assert history.row(record)["ended"].endswith("skipped, interrupted")
    assert len(operations(estate.plan(rolling_back(estate)))) == statuses_of(record).count("done")


def statuses_of(record: Record) -> list[str]:
    return [outcome.status.value for outcome in record.outcomes]


def test_nothing_is_sent_where_no_receipt_can_be_kept(estate: Estate) -> None:
    (estate.folder / ".reconciler").mkdir()
    (estate.folder / ".reconciler" / "inventory.json.receipts").write_text("in the way")
    estate.declare(item("one"))
    with pytest.raises(InventoryError):
        estate.apply()
    assert estate.holds("Item") == {}


def test_an_apply_whose_ending_cannot_be_kept_says_so(estate: Estate) -> None:
    estate.declare(item("one"))
    folder = estate.folder / ".reconciler" / "inventory.json.receipts"

    def spoil(*_: object) -> None:
        (name,) = (path.name for path in folder.iterdir())
        (folder / f"{name}end").mkdir()
        (folder / f"{name}end" / "x").touch()

    applied = estate.apply(on_outcome=spoil)
    assert statuses(applied) == ["done"]
    assert [d.code for d in applied.plan.diagnostics] == ["inventory.receipt"]


def test_no_secret_gets_into_a_receipt(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRST", "canary-one")
    monkeypatch.setenv("SECOND", "canary-two")
    secret = document("Item", "one", "title: A, secret: {env: FIRST}, token: {env: FIRST}")
    estate.declare(secret)
    estate.apply()
    estate.declare(secret.replace("FIRST", "SECOND").replace("title: A", "title: B"))
    estate.apply()
    plan = estate.plan(rolling_back(estate))
    assert [change.path for change in plan.operations[0].changes] == ["title"]
    assert [(d.code, d.summary) for d in plan.diagnostics if d.code == "rollback.secret"] == [
        ("rollback.secret", "one/Item/one: secret, token cannot be restored")
    ]
    estate.apply(rolling_back(estate))
    (body,) = estate.holds("Item").values()
    assert (body["title"], body["token"]) == ("A", "canary-two"), "what nobody knows is not taken away either"
    files = [path.read_bytes() for path in estate.folder.rglob("*") if path.is_file()]
    assert not [text for text in files if b"canary" in text]
    estate.declare(secret)
    assert [change.path for change in estate.plan().operations[0].changes] == ["secret", "token"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"{", "no JSON that can be read"),
        (b"[]", "not of this version"),
        (b'{"format": "reconciler-receipt/1", "content": {"began": 1}}', "began: "),
        (b'{"format": "reconciler-receipt/2", "content": {}}', "not of this version"),
    ],
)
def test_a_receipt_that_cannot_be_read_is_told(estate: Estate, content: bytes, told: str) -> None:
    folder = estate.folder / ".reconciler" / "inventory.json.receipts"
    folder.mkdir(parents=True)
    (folder / "0000000001-a").write_bytes(content)
    with pytest.raises(InventoryError) as raised:
        records(estate)
    assert raised.value.message.startswith("receipt 0000000001-a: ")
    assert told in raised.value.message
    assert raised.value.exit_code == 3
