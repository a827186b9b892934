"""Tables in memory and in a file, and reads that are a write behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.sandbox.store import Store


def test_rows_keep_the_order_in_which_they_came() -> None:
    table = Store().table("t")
    for key in "bca":
        table.put(key, {"key": key})
    table.put("c", {"key": "c", "changed": True})
    assert [row["key"] for row in table.all()] == ["b", "c", "a"]
    assert table.get("c") == {"key": "c", "changed": True}
    assert table.get("z") is None
    assert len(table) == 3


def test_drop_says_whether_there_was_one() -> None:
    table = Store().table("t")
    table.put("a", {})
    assert (table.drop("a"), table.drop("a")) == (True, False)


def test_a_file_keeps_rows_and_their_order(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.db"
    store = Store(path)
    with store.request():
        table = store.table("t")
        for key in "bca":
            table.put(key, {"key": key})
        table.put("b", {"key": "b", "n": 1})
        table.drop("a")
        store.table("other").put("b", {})
    store.close()
    store.close()
    again = Store(path)
    assert again.table("t").all() == [{"key": "b", "n": 1}, {"key": "c"}]
    again.table("t").clear()
    again.close()
    last = Store(path)
    assert (last.table("t").all(), last.table("other").all()) == ([], [{}])
    last.close()


def test_what_a_request_wrote_survives_without_closing(tmp_path: Path) -> None:
    store = Store(tmp_path / "sandbox.db")
    with store.request():
        store.table("t").put("a", {"n": 1})
    other = Store(tmp_path / "sandbox.db")
    assert other.table("t").all() == [{"n": 1}]
    other.close()
    store.close()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.db"
    path.write_text("hello " * 1000)
    with pytest.raises(ValueError, match=r"sandbox\.db is not a file of the sandbox"):
        Store(path)


def test_a_stale_read_sees_the_state_before_the_last_write() -> None:
    store = Store()
    table, other = store.table("t"), store.table("other")
    with store.request():
        table.put("a", {"n": 1})
        table.put("b", {"n": 1})
        other.put("x", {})
    with store.request():
        table.put("a", {"n": 2})
        table.put("a", {"n": 3})
        table.drop("b")
        table.put("c", {"n": 3})
    with store.request(stale=True):
        assert (table.get("a"), table.get("b"), table.get("c")) == ({"n": 1}, {"n": 1}, None)
        assert table.all() == [{"n": 1}, {"n": 1}]
        assert other.all() == [{}]
    assert table.all() == [{"n": 3}, {"n": 3}]


def test_a_request_that_wrote_nothing_is_not_the_last_write() -> None:
    store = Store()
    table = store.table("t")
    with store.request():
        table.put("a", {})
    with store.request():
        table.all()
    with store.request(stale=True):
        assert table.all() == []
