"""Which operations a run is limited to.

Takes a `Selection` and gives a yes or no per address; patterns are shell globs. Pure: no I/O, no clock.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase

from reconciler.model import Address, Selection

EVERYTHING = Selection()
"""No limit."""


def selects_target(selection: Selection, target: str) -> bool:
    """Say whether anything on a target can be selected."""
    return _any(selection.targets, target)


def selects_kind(selection: Selection, kind: str) -> bool:
    """Say whether anything of a kind can be selected."""
    return _any(selection.kinds, kind)


def selects(selection: Selection, address: Address, labels: Mapping[str, str] | None) -> bool:
    """Say whether a run may change this address; `labels` is None for what has no manifest any more.

    `exclude` patterns are matched against the name, `Kind/name` and `target/Kind/name`; labels are `key` or
    `key=value`, and all of them must fit.
    """
    if any(_fits(pattern, address) for pattern in selection.exclude):
        return False
    return (
        (selection.among is None or _is_among(selection.among, str(address)))
        and _any(selection.targets, address.target)
        and _any(selection.kinds, address.kind)
        and (not selection.names or any(_fits(pattern, address) for pattern in selection.names))
        and all(labels is not None and _has_label(labels, label) for label in selection.labels)
    )


def idle(selection: Selection, addresses: Iterable[Address]) -> tuple[str, ...]:
    """Give the options that fit none of the addresses, as they were written."""
    known = tuple(addresses)
    fits: tuple[tuple[str, tuple[str, ...], Callable[[str, Address], bool]], ...] = (
        ("--target", selection.targets, lambda pattern, address: fnmatchcase(address.target, pattern)),
        ("--kind", selection.kinds, lambda pattern, address: fnmatchcase(address.kind, pattern)),
        ("--name", selection.names, _fits),
        ("--exclude", selection.exclude, _fits),
    )
    return tuple(
        f"{option} {pattern}"
        for option, patterns, fit in fits
        for pattern in patterns
        if not any(fit(pattern, address) for address in known)
    )


def _is_among(addresses: tuple[str, ...], address: str) -> bool:
    place = bisect_left(addresses, address)
    return place < len(addresses) and addresses[place] == address


def _any(patterns: tuple[str, ...], value: str) -> bool:
    return not patterns or any(fnmatchcase(value, pattern) for pattern in patterns)


def _fits(pattern: str, address: Address) -> bool:
    names = (address.name, f"{address.kind}/{address.name}", str(address))
    return any(fnmatchcase(name, pattern) for name in names)


def _has_label(labels: Mapping[str, str], label: str) -> bool:
    key, wants_value, value = label.partition("=")
    return key in labels and (not wants_value or labels[key] == value)
