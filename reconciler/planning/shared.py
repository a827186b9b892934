"""Which items of a set are ours, where others have items in it too (`x-shared`).

Takes a live object, what is wanted and what was last applied; gives the object with only those items that concern us.
What nobody here declares, or declared, is never shown, and so never compared and never taken away. Pure: no I/O, no
clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.model import Body, Field, Live
from reconciler.paths import parse_path
from reconciler.planning.canonical import digest_leaf, field_at

AUTHORITATIVE = "authoritative"
"""The word beside a set that makes it exactly what the manifest says."""
NOTHING_APPLIED: Mapping[str, str] = {}


def ours(live: Live, want: Body, applied: Mapping[str, str], salt: str) -> Live:
    """Give the live object without the items of shared sets that are neither wanted nor were ever applied."""
    narrowed = {
        name: _items(live.body[name], want.get(name), field, applied.get(name, ""), salt)
        for name, field in live.kind.root.properties.items()
        if field.shared is not None and live.body.get(name) and want.get(field.shared) != AUTHORITATIVE
    }
    return replace(live, body={**live.body, **narrowed}) if narrowed else live


def together(root: Field, before: Mapping[str, str], meant: Mapping[str, str]) -> dict[str, str]:
    """Give what is ours of two moments: an item stays ours until it is gone, and is so before a read shows it."""
    known = {**before, **meant}
    shared = [text for text in before.keys() & meant.keys() if field_at(root, parse_path(text)).shared is not None]
    both = {text: " ".join(sorted({*before[text].split(), *meant[text].split()})) for text in shared}
    return {**known, **both}


def _items(held: list[object], wanted: list[object] | None, field: Field, applied: str, salt: str) -> list[object]:
    mine = {*applied.split(), *digest_leaf(salt, wanted or [], wanted or [], field).split()}
    return [item for item in held if digest_leaf(salt, [item], [item], field) in mine]
