"""Makes inventory entries out of operations and what the server then holds.

Takes the work behind an operation and live objects, gives `Entry` values. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model import Address, Body, Entry, Identity, Live, Path, Phase, Resource
from reconciler.paths import format_path, parse_path, value_at
from reconciler.planning.canonical import digest_leaf, is_hidden, leaves, matches, spec_digest
from reconciler.planning.diff import Removal, without
from reconciler.planning.removals import is_under
from reconciler.planning.shared import together
from reconciler.planning.work import Secrets


@dataclass(frozen=True, slots=True)
class Work:
    """What an entry is made from, beside the spec and the live object."""

    resource: Resource
    entry: Entry | None
    needs: tuple[Address, ...]
    salt: str
    commit: str
    secrets: Secrets = field(default_factory=Secrets)
    """Their leaves are never compared with what is live."""
    spared: tuple[Path, ...] = ()
    """Fields that this run leaves as they are: what is known of them stays."""


def pending(work: Work, want: Body, *, live: Live | None, identity: Identity) -> Entry:
    """Give the entry that is journaled before a write: what is meant, and all that we managed before."""
    before = dict(work.entry.applied) if work.entry is not None and live is not None else {}
    meant = together(work.resource.kind.root, before, _digests(work, want))
    return _entry(work, live.id if live else None, identity, Phase.PENDING, meant, "")


def settled(work: Work, want: Body, live: Live, intent: Entry | None = None, undone: tuple[Removal, ...] = ()) -> Entry:
    """Give the entry of a finished write; where the server holds something else, that is what is remembered.

    `intent` is the entry that was journaled before the write, if there was one: its digests are not made again.
    `undone` are removed fields that did not go back: they stay ours, so that the next plan says so.
    """
    meant = intent.applied if intent is not None and work.entry is None else _digests(work, want)
    held = {} if matches(want, live.body, work.resource.kind.root) else _held_digests(work, want, live)
    applied = {**_kept(work, undone), **together(work.resource.kind.root, meant, held)}
    digest = "" if undone else spec_digest(work.salt, work.resource.spec)
    if work.spared and work.entry is not None:
        applied, digest = _as_before(applied, work.entry.applied, work.spared), work.entry.digest
    return _entry(work, live.id, live.identity, Phase.SETTLED, applied, digest)


def _as_before(applied: dict[str, str], before: Mapping[str, str], spared: tuple[Path, ...]) -> dict[str, str]:
    """Give what was applied, with spared fields as they were remembered before."""
    touched = {text: digest for text, digest in applied.items() if not is_under(parse_path(text), spared)}
    return touched | {text: digest for text, digest in before.items() if is_under(parse_path(text), spared)}


def _kept(work: Work, undone: tuple[Removal, ...]) -> dict[str, str]:
    """Keep what is known of fields that did not go back, and of secrets that are not set in this process."""
    if work.entry is None:
        return {}
    texts = [format_path(path) for path in (*(removal.path for removal in undone), *work.secrets.leaves)]
    return {text: work.entry.applied[text] for text in texts if text in work.entry.applied}


def _held_digests(work: Work, want: Body, live: Live) -> dict[str, str]:
    """Digest what the server holds where it is not what was meant."""
    digests = {}
    for path, value, leaf in leaves(without(want, work.secrets.leaves), work.resource.kind.root):
        held = value_at(live.body, path)
        if not is_hidden(path, leaf, live) and not matches(value, held, leaf):
            digests[format_path(path)] = digest_leaf(work.salt, held, value, leaf)
    return digests


def _digests(work: Work, want: Body) -> dict[str, str]:
    visible = leaves(without(want, work.secrets.leaves), work.resource.kind.root)
    return {format_path(path): digest_leaf(work.salt, value, value, leaf) for path, value, leaf in visible} | (
        work.secrets.digests or {}
    )


def _entry(
    work: Work, live_id: str | None, identity: Identity, phase: Phase, applied: dict[str, str], digest: str
) -> Entry:
    lifecycle = work.resource.lifecycle
    return Entry(
        address=work.resource.address,
        system=work.resource.kind.system,
        id=live_id,
        identity=identity,
        phase=phase,
        applied=dict(sorted(applied.items())),
        digest=digest,
        needs=work.needs,
        parent=work.resource.parent,
        protect=lifecycle.protect,
        on_remove=lifecycle.on_remove,
        commit=work.commit,
    )
