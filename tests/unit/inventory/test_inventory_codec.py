"""The file format: what is written, that it is read back, and what is refused with which position."""

from __future__ import annotations

import gc
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.errors import InventoryError, Unreadable
from reconciler.inventory import codec
from reconciler.model import Address, Phase

from .inventory_samples import addresses, entries, entry, inventories, inventory

FILE = codec.encode(inventory("b", "a", serial=3)).decode()


def test_file_is_readable_sorted_and_one_line_per_entry() -> None:
    lines = FILE.splitlines()
    assert json.loads(lines[0] + "]}") == {
        "format_version": 1,
        "id": "id-1",
        "salt": "00ff" * 16,
        "serial": 3,
        "entries": [],
    }
    assert [json.loads(line.rstrip(","))["address"] for line in lines[1:-1]] == ["prod/Model/a", "prod/Model/b"]
    assert lines[1].startswith('{"address":"prod/Model/a","applied":{"meta.tags":')
    assert lines[-1] == "]}"
    assert codec.encode(inventory("a", "b", serial=3)).decode() == FILE


def test_defaults_are_left_out() -> None:
    assert json.loads(codec.encode_record(entry("a").address, entry("a"))).keys() == {
        *("address", "applied", "commit", "digest", "id", "identity", "phase", "system")
    }
    full = replace(
        entry("a", kind="Group"),
        needs=(Address("prod", "Model", "b"),),
        parent=Address("prod", "Group", "g"),
        protect=True,
        on_remove="orphan",
    )
    row = json.loads(codec.encode_record(full.address, full))
    assert row["needs"] == ["prod/Model/b"]
    assert row["parent"] == "prod/Group/g"
    assert row["protect"] is True
    assert row["on_remove"] == "orphan"


@given(inventories)
def test_every_inventory_comes_back(value: codec.Inventory) -> None:
    data = codec.encode(value)
    assert codec.decode(data, "f") == value
    assert codec.encode(codec.decode(data, "f")) == data
    head = codec.decode_head(data.split(b"\n")[0], lambda: pytest.fail("read all of it"), "f")
    assert (head.id, head.salt, head.serial) == (value.id, value.salt, value.serial)


@given(inventories, st.lists(st.tuples(addresses, st.none()) | entries.map(lambda item: (item.address, item))))
def test_every_journal_comes_back(value: codec.Inventory, records: list[tuple[Address, codec.Entry | None]]) -> None:
    data = codec.encode_head(value) + b"".join(codec.encode_record(*record) for record in records)
    read = codec.decode_records(data, "j")
    assert read.head == replace(value, entries={})
    assert read.entries == dict(records)
    assert read.length == len(data)


def test_a_journal_torn_at_any_byte_keeps_its_whole_lines() -> None:
    lines = [
        codec.encode_head(inventory(serial=2)),
        codec.encode_record(entry("a").address, entry("a")),
        codec.encode_record(entry("é").address, entry("é")),
        codec.encode_record(entry("a").address, None),
    ]
    data = b"".join(lines)
    for length in range(len(data) + 1):
        read = codec.decode_records(data[:length], "j")
        whole = sum(len(b"".join(lines[: n + 1])) <= length for n in range(4))
        assert read.length == len(b"".join(lines[:whole]))
        assert (read.head is None) == (whole == 0)
        expected = [{}, {}, {"a": True}, {"a": True, "é": True}, {"a": False, "é": True}][whole]
        assert {address.name: item is not None for address, item in read.entries.items()} == expected


# --- what is refused ----------------------------------------------------------------------------


HERE = "§"
"""Stands in a broken file where the message must point; it is taken out first."""


def pointing(text: str) -> tuple[bytes, str]:
    """Give the file without the mark, and the mark's line and column."""
    before = text[: text.index(HERE)]
    return text.replace(HERE, "").encode(), f"{before.count(chr(10)) + 1}:{len(before.split(chr(10))[-1]) + 1}"


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        (FILE, "§", "not JSON"),
        (FILE, "§[]", "this is not an inventory"),
        (FILE, ' §{"terraform_version": 4}', "this is not an inventory"),
        ('"format_version": 1', '"format_version": §2', "written by a newer version (format 2)"),
        ('"format_version": 1', '"format_version": §"1"', "expected a whole number"),
        ('"format_version": 1', '"format_version": §true', "expected a whole number"),
        ('"serial": 3', '"serial": §-3', "expected a whole number from 0"),
        ('"id": "id-1"', '"id": §""', "id: expected a text"),
        ('{"format_version": 1, "id": "id-1", ', '§{"format_version": 1,', "id is missing"),
        ('"salt": "00', '"salt": §"0x', "salt: expected up to 64 bytes"),
        ('"serial": 3', '"serial": 3, "lineage": §1', "a key that this version does not know"),
        ('"entries": [', '"rows": §[', "a key that this version does not know"),
        (FILE[FILE.index('"entries"') :], '"entries": §{}}', "expected a list of entries"),
        (FILE, '§{"format_version": 1, "id": "i", "salt": "00", "serial": 0}', "expected a list of entries"),
        ('"prod/Model/b"', '§"prod/Model/a"', "entries[1].address: a second entry of prod/Model/a"),
        ('"prod/Model/b"', '§"prod"', "entries[1].address: expected target/Kind/name"),
        ('{"meta.tags":"d2","name":"digest of b"', '§{"meta.tags":7', "entries[1].applied: expected an object"),
        ('"phase":"settled"', '"phase":§"done"', "expected pending or settled or unknown"),
        ('"phase":"settled"', '"phase":§[]', "expected pending or settled or unknown"),
        ('"identity":["a"]', '"identity":§"a"', "entries[0].identity: expected a list of texts"),
        ('"identity":["a"]', '"identity":§[["a"]]', "entries[0].identity: expected a list of texts"),
        ('"identity":["a"],', '"identity":["a"],"needs":§["a"],', "entries[0].needs: expected a list of"),
        ('"identity":["a"],', '"identity":["a"],"on_remove":§[],', "expected delete or orphan"),
        ('"identity":["a"],', '"identity":["a"],"protect":§1,', "expected true or false"),
        ('"identity":["a"],', '"identity":["a"],"tags":§1,', "a key that this version does not know"),
        ('{"address":"prod/Model/a",', "§{", "entries[0]: address is missing"),
        ('"system":"openwebui"},', '"system":§null},', "entries[0].system: expected a text"),
        ('{"address":"prod/Model/b"', '§7, {"address":"prod/Model/b"', "entries[1]: expected an entry"),
        ("},\n{", "}\n§{", "not JSON"),
        ("},\n{", "},\n§<<<<<<< HEAD\n{", "not JSON"),
        ("prod/Model/a", 'prod/Modèle/a"§digest', "not JSON"),
    ],
)
def test_refuses_with_position(before: str, after: str, problem: str) -> None:
    assert before in FILE
    data, position = pointing(FILE.replace(before, after, 1))
    with pytest.raises(Unreadable) as caught:
        codec.decode(data, "inventory.json")
    assert caught.value.message.startswith(f"inventory.json:{position}: ")
    assert problem in caught.value.message
    assert caught.value.hint
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("collects", [True, False])
def test_leaves_the_garbage_collector_as_it_was(collects: bool) -> None:
    was_on = gc.isenabled()
    try:
        (gc.enable if collects else gc.disable)()
        codec.decode(FILE.encode(), "f")
        assert gc.isenabled() is collects
    finally:
        (gc.enable if was_on else gc.disable)()


def test_points_at_bytes_that_are_not_utf_8() -> None:
    data, position = pointing(FILE.replace("prod/Model/a", "prod/Modèle§/a"))
    with pytest.raises(Unreadable, match=f"^f:{position}: not JSON"):
        codec.decode(data.replace("èle".encode(), "èle".encode() + b"\xff"), "f")


def test_a_file_that_a_person_reformatted_is_read() -> None:
    text = json.dumps(json.loads(FILE), indent=2)
    assert codec.decode(text.encode(), "f") == inventory("a", "b", serial=3)
    assert codec.decode_head(text.splitlines()[0].encode(), text.encode, "f") == inventory(serial=3)
    data, position = pointing(text.replace('"applied": {', '"applied": §{'))
    with pytest.raises(Unreadable, match=rf"^f:{position}: entries\[0\]\.applied: expected"):
        codec.decode(data.replace(b'"digest of a"', b"null"), "f")


HEAD = codec.encode_head(inventory()).decode()


@pytest.mark.parametrize(
    "text",
    [
        "§\n",
        "§{}\n",
        HEAD.replace('"serial"', '"entries": §[], "serial"'),
        HEAD + "§\n",
        HEAD + '§{"address":"a/b/c"}\n',
        HEAD + '{"address":§"a/b","removed":true}\n',
        HEAD + '{"address":"a/b/c","removed":§false}\n',
        HEAD + HEAD.replace(" 1", " §1", 1),
        HEAD + "§[]\n",
    ],
)
def test_refuses_a_broken_journal_line(text: str) -> None:
    lines, position = pointing(text)
    for torn in (b"", b'{"addr'):
        with pytest.raises(Unreadable, match=f"^j:{position}: "):
            codec.decode_records(lines + torn, "j")


@given(st.data(), inventories)
@settings(max_examples=200)
def test_whatever_is_broken_is_refused_or_read_but_never_crashes(data: st.DataObject, value: codec.Inventory) -> None:
    document = json.loads(codec.encode(value))
    place = data.draw(st.sampled_from([document, *document["entries"]]))
    key = data.draw(st.sampled_from(sorted(place)))
    place[key] = data.draw(st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.none() | st.text()))
    mangled = json.dumps(document).encode()
    cut = data.draw(st.integers(0, len(mangled)))
    for candidate in (mangled, mangled[:cut], mangled[cut:]):
        try:
            read = codec.decode(candidate, "f")
        except Unreadable:
            continue
        assert codec.decode(codec.encode(read), "f") == read


@given(entries, st.sampled_from(sorted(codec.ENTRY)), st.none() | st.integers() | st.text() | st.lists(st.text()))
def test_the_quick_way_to_read_an_entry_agrees_with_the_careful_one(
    value: codec.Entry, key: str, mangled: codec.Json
) -> None:
    row = json.loads(codec.encode_record(value.address, value))
    for candidate in (row, {**row, key: mangled}, {k: v for k, v in row.items() if k != key}):
        quick = codec._decode_plain_entry(candidate)
        assert quick is None or quick == codec._decode_entry(candidate)


def test_the_quick_way_is_the_usual_one() -> None:
    row = json.loads(codec.encode_record(entry("a").address, entry("a")))
    assert codec._decode_plain_entry(row) == entry("a")
    assert codec._decode_plain_entry({**row, "phase": Phase.PENDING.value}) is None


@pytest.mark.parametrize("address", [Address("a/b", "Model", "x"), Address("a", "b/c", "x")])
def test_refuses_to_write_an_address_that_would_come_back_as_another(address: Address) -> None:
    with pytest.raises(InventoryError, match="with a slash"):
        codec.encode_record(address, None)


def test_refuses_to_write_what_no_file_can_hold() -> None:
    with pytest.raises(InventoryError, match=r"^prod/Model/a: cannot be stored"):
        codec.encode_record(entry("a").address, entry("a", live_id="\ud800"))
