"""Writes inventories and journal records as JSON lines, and reads them back.

Takes values and gives bytes, or bytes and gives values; what this version would not have written raises `Unreadable`
with its position. Pure: no I/O, no clock.

    {"format_version": 1, "id": "…", "salt": "…", "serial": 3, "entries": [
    {"address": …, one line per entry, sorted, defaults left out},
    ]}
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import orjson

from reconciler import collector
from reconciler.errors import InventoryError
from reconciler.inventory.locate import Wrong, positions
from reconciler.inventory.shape import ENTRY, HEAD, PHASES, PLAIN, check_key
from reconciler.model import Address, Entry, Inventory, Json, Phase

FORMAT = 1
"""Raised whenever an older version could misread what this one writes."""

_NEWER_HINT = "use that version of Reconciler, or a newer one"


@dataclass(frozen=True, slots=True)
class Records:
    """A journal as it was read."""

    head: Inventory | None
    """The inventory that it continues, without entries; None where not even the first line is whole."""
    entries: dict[Address, Entry | None] = field(default_factory=dict)
    """The last record of each address; None: no longer ours."""
    length: int = 0
    """How many bytes are whole lines; what follows was torn by a crash and never acknowledged."""


# --- writing ------------------------------------------------------------------------------------


def encode(inventory: Inventory) -> bytes:
    """Give the file of an inventory; equal inventories give equal bytes."""
    head = _head(inventory)[:-1] + b', "entries": [\n'
    entries = sorted(inventory.entries.values(), key=_order)
    return head + b",\n".join(map(_encode_entry, entries)) + b"\n]}\n"


def encode_head(inventory: Inventory) -> bytes:
    """Give the first line of a journal that continues `inventory`."""
    return _head(inventory) + b"\n"


def encode_record(address: Address, entry: Entry | None) -> bytes:
    """Give one line of a journal."""
    return (_removal(address) if entry is None else _encode_entry(entry)) + b"\n"


def _head(inventory: Inventory) -> bytes:
    return json.dumps(
        {"format_version": FORMAT, "id": inventory.id, "salt": inventory.salt, "serial": inventory.serial}
    ).encode()


def _order(entry: Entry) -> tuple[str, str, str]:
    address = entry.address  # a tuple of texts sorts ten times faster than the dataclass, in the same order
    return address.target, address.kind, address.name


def _removal(address: Address) -> bytes:
    return orjson.dumps({"address": _encode_address(address), "removed": True})


def _encode_address(address: Address) -> str:
    if "/" in address.target or "/" in address.kind:
        raise InventoryError(f"{address}: a target or a kind with a slash in its name cannot be stored")
    return f"{address.target}/{address.kind}/{address.name}"


def _encode_entry(entry: Entry) -> bytes:
    row: dict[str, Json] = {
        "address": _encode_address(entry.address),
        "system": entry.system,
        "id": entry.id,
        "identity": entry.identity,
        "phase": entry.phase.value,
        "applied": entry.applied,
        "digest": entry.digest,
        "commit": entry.commit,
    }
    if entry.needs:
        row["needs"] = [_encode_address(address) for address in entry.needs]
    if entry.parent is not None:
        row["parent"] = _encode_address(entry.parent)
    if entry.protect:
        row["protect"] = True
    if entry.on_remove != "delete":
        row["on_remove"] = entry.on_remove
    try:
        return orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
    except TypeError as error:  # half a surrogate pair, which no UTF-8 file can hold
        raise InventoryError(f"{entry.address}: cannot be stored: {error}") from error


# --- reading ------------------------------------------------------------------------------------


def decode(data: bytes, name: str) -> Inventory:
    """Read the file of an inventory; `name` is what a message calls it."""
    with collector.paused(), positions(data, name):
        document = orjson.loads(data)
        head = _decode_head(document, {"entries"})
        entries: dict[Address, Entry] = {}
        for index, row in enumerate(_rows(document)):
            try:
                entry = _decode_plain_entry(row) or _decode_entry(row)
            except Wrong as wrong:
                raise Wrong(("entries", index, *wrong.path), wrong.problem) from None
            entries[entry.address] = entry
            if len(entries) == index:
                raise Wrong(("entries", index, "address"), f"a second entry of {entry.address}")
        return Inventory(head.id, head.salt, head.serial, entries)


def decode_head(line: bytes, data: Callable[[], bytes], name: str) -> Inventory:
    """Read id, salt and serial of an inventory file, from its first line if that is as we write it, else from all."""
    try:
        return _decode_head(orjson.loads(line.rstrip() + b"]}"), {"entries"})
    except (Wrong, orjson.JSONDecodeError):
        whole = decode(data(), name)
        return Inventory(whole.id, whole.salt, whole.serial)


def decode_records(data: bytes, name: str) -> Records:
    """Read a journal; a last line without its end is left out."""
    whole = data[: data.rfind(b"\n") + 1]
    lines = whole.split(b"\n")[:-1]
    if not lines:
        return Records(None)
    with positions(lines[0], name):
        head = _decode_head(orjson.loads(lines[0]), set())
    entries: dict[Address, Entry | None] = {}
    for number, line in enumerate(lines[1:], start=2):
        with positions(line, name, number):
            address, entry = _decode_record(orjson.loads(line))
            entries[address] = entry
    return Records(head, entries, len(whole))


def _decode_head(document: Json, others: set[str]) -> Inventory:
    if not isinstance(document, dict) or "format_version" not in document:
        raise Wrong((), "this is not an inventory of Reconciler")
    version = document["format_version"]
    if type(version) is not int or version < 1:
        raise Wrong(("format_version",), "expected a whole number from 1")
    if version > FORMAT:
        raise Wrong(("format_version",), f"written by a newer version (format {version})", _NEWER_HINT)
    for key in HEAD:
        if key not in document:
            raise Wrong((), f"{key} is missing")
    for key, value in document.items():
        if key not in others and key != "format_version":
            check_key((key,), HEAD, key, value)
    return Inventory(document["id"], document["salt"], document["serial"])


def _rows(document: Json) -> list[Json]:
    rows = document.get("entries")
    if not isinstance(rows, list):
        raise Wrong(("entries",), "expected a list of entries")
    return rows


def _decode_record(row: Json) -> tuple[Address, Entry | None]:
    if isinstance(row, dict) and row.keys() == {"address", "removed"} and row["removed"] is True:
        check_key(("address",), ENTRY, "address", row["address"])
        return _address(row["address"]), None
    entry = _decode_entry(row)
    return entry.address, entry


def _decode_plain_entry(row: Json) -> Entry | None:
    """Read an entry that is exactly as we write most of them; None for any other, which may be right or wrong."""
    if type(row) is not dict or tuple(row) != PLAIN:
        return None
    address, applied, commit, digest, live_id, identity, phase, system = row.values()
    if type(identity) is not list or type(applied) is not dict or phase != "settled":
        return None
    try:
        "".join((commit, digest, live_id, system, *identity, *applied.values()))  # asks whether all are texts
        target, kind, name = address.split("/", 2)
    except (AttributeError, TypeError, ValueError):
        return None
    place = Address(target, kind, name)
    return Entry(
        place, system, live_id, tuple(identity), Phase.SETTLED, applied, digest, (), None, False, "delete", commit
    )


def _decode_entry(row: Json) -> Entry:
    if type(row) is not dict:
        raise Wrong((), "expected an entry")
    for key, value in row.items():
        if key not in ENTRY or not ENTRY[key][0](value):
            check_key((key,), ENTRY, key, value)
    try:
        return Entry(
            _address(row["address"]),
            row["system"],
            row["id"],
            tuple(row["identity"]),
            PHASES[row["phase"]],
            row["applied"],
            row["digest"],
            tuple(map(_address, row["needs"])) if "needs" in row else (),
            _address(row["parent"]) if "parent" in row else None,
            row.get("protect", False),
            row.get("on_remove", "delete"),
            row["commit"],
        )
    except KeyError as missing:
        raise Wrong((), f"{missing.args[0]} is missing") from None


def _address(text: str) -> Address:
    return Address(*text.split("/", 2))
