"""Entries and inventories for the tests of this folder."""

from __future__ import annotations

from hypothesis import strategies as st

from reconciler.model import Address, Entry, Inventory, Phase

SALT = "00ff" * 16


def entry(name: str, *, live_id: str | None = "same", phase: Phase = Phase.SETTLED, kind: str = "Model") -> Entry:
    """An entry whose live id is its name, unless said otherwise."""
    address = Address("prod", kind, name)
    applied = {"name": f"digest of {name}", "meta.tags": "d2"}
    return Entry(address, "openwebui", name if live_id == "same" else live_id, (name,), phase, applied, "whole")


def inventory(*names: str, serial: int = 0) -> Inventory:
    """An inventory of entries with these names."""
    entries = [entry(name) for name in names]
    return Inventory("id-1", SALT, serial, {item.address: item for item in entries})


_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_part = _text.map(lambda text: text.replace("/", ""))
addresses = st.builds(Address, _part, _part, _text)
entries = st.builds(
    Entry,
    addresses,
    _text,
    st.none() | _text,
    st.lists(_text, max_size=3).map(tuple),
    st.sampled_from(Phase),
    st.dictionaries(_text, _text, max_size=4),
    _text,
    st.lists(addresses, max_size=2).map(tuple),
    st.none() | addresses,
    st.booleans(),
    st.sampled_from(["delete", "orphan"]),
    _text,
)
inventories = st.builds(
    Inventory,
    _text.filter(bool),
    st.binary(min_size=1, max_size=64).map(bytes.hex),
    st.integers(0, 2**53),
    st.lists(entries, max_size=4).map(lambda items: {item.address: item for item in items}),
)
