"""What must hold after a crash, said by the servers, by the inventory and by every file.

Takes a place and the estate that is declared there, gives nothing; what is broken is an `AssertionError` in words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.model import Address, Inventory
from tests.conformance.bodies import differences
from tests.conformance.subjects import Manifest, Row
from tests.crashes.estates import Estate
from tests.crashes.place import PLAN, Key, Place, subjects_of, system_of


def all_kept(place: Place, estate: Estate, foreign: Mapping[Key, Row]) -> None:
    """The servers hold what is declared, once, and all that was there before; the inventory knows just that."""
    rows, known = place.ground.rows(), place.known()
    nothing_foreign_was_touched(estate, rows, foreign)
    no_duplicate_and_no_orphan(estate, rows, known, foreign)
    broken = list(not_as_declared(estate, rows, known))
    assert not broken, "apply said that it was done, and the server holds something else: " + "; ".join(broken)
    before = contents(place)
    place.must(*PLAN)
    assert contents(place) == before, "a plan wrote a file"
    no_secret_is_written(place)


def nothing_foreign_was_touched(estate: Estate, rows: Mapping[Key, Row], foreign: Mapping[Key, Row]) -> None:
    """What was there before, and is nobody's here, is there as it was."""
    ours = set(_singletons(estate))
    for key, row in foreign.items():
        if key not in ours:
            assert key in rows, f"{key} was there before, and is gone"
            assert rows[key].raw == row.raw, f"{key} was there before, and was changed"


def no_duplicate_and_no_orphan(
    estate: Estate, rows: Mapping[Key, Row], known: Inventory, foreign: Mapping[Key, Row]
) -> None:
    """What comes and goes is there as often as it is declared; the inventory knows all of it, and nothing else."""
    for system, manifests in estate.manifests.items():
        for subject in subjects_of(system):
            if subject.is_singleton:
                continue
            of_kind = [(key, row) for key, row in rows.items() if key[:2] == (system, subject.kind)]
            meant = sorted(identity_of(system, one) for one in manifests if one.kind == subject.kind)
            there = sorted(row.name for key, row in of_kind if key not in foreign)
            assert there == meant, f"of {system}/{subject.kind} there are {there}, and not {meant}"
            ids = sorted(key[2] for key, _ in of_kind if key not in foreign)
            entries = [e for a, e in known.entries.items() if (a.target, a.kind) == (system, subject.kind)]
            assert sorted(str(entry.id) for entry in entries) == ids, f"the inventory knows {entries}, there are {ids}"


def every_write_was_journaled(rows: Mapping[Key, Row], before: Mapping[Key, Row], known: Inventory) -> None:
    """What came to be on a server is known to the inventory or its journal, by its id or by its identity."""
    ids = {(address.target, address.kind, entry.id) for address, entry in known.entries.items()}
    names = {(a.target, a.kind, entry.identity[-1]) for a, entry in known.entries.items() if entry.identity}
    for (system, kind, live_id), row in rows.items():
        if (system, kind, live_id) not in before:
            is_known = (system, kind, live_id) in ids or (system, kind, row.name) in names
            assert is_known, f"{system}/{kind} {row.name} was created, and no journal says so"


def not_as_declared(estate: Estate, rows: Mapping[Key, Row], known: Inventory) -> Iterator[str]:
    """Say where a server does not hold what is declared; secrets it shows to nobody."""
    by_name = {(system, kind, row.name): row for (system, kind, _), row in rows.items()}
    for system, manifests in estate.manifests.items():
        identities = {(one.kind, one.name): identity_of(system, one) for one in manifests}
        for one in manifests:
            row = by_name.get((system, one.kind, identities[one.kind, one.name]))
            if row is None:
                yield f"{system}/{one.kind}/{one.name} is not there"
                continue
            want = _shown(one.spec)
            refs = _Refs(system, known)
            yield from (f"{system}/{one.kind}/{one.name}{found}" for found in differences(want, row.body, refs))


def no_secret_is_written(place: Place) -> None:
    """No file here holds a secret: not the inventory, not its journal or receipts, not what was said."""
    for path, content in place.texts():
        for secret in place.canaries:
            assert secret.encode() not in content, f"{path.relative_to(place.folder)} holds a secret"


def contents(place: Place) -> dict[str, bytes]:
    """Give what is written of the inventory, as bytes."""
    found = (path for path in sorted((place.folder / "state").rglob("*")) if path.is_file())
    return {str(path.relative_to(place.folder)): path.read_bytes() for path in found}


def identity_of(system: str, manifest: Manifest) -> str:
    """Give what an object of a manifest is called on the server."""
    (subject,) = [subject for subject in subjects_of(system) if subject.kind == manifest.kind]
    if subject.identity is None:
        return ""
    return str(manifest.spec.get(subject.identity, manifest.name))


class _Refs:
    """Gives what stands on the server for a reference."""

    def __init__(self, system: str, known: Inventory) -> None:
        self._system = system
        self._known = known

    def __call__(self, ref: str) -> Any:
        kind, _, name = ref.rpartition("/")
        entries = self._known.entries
        found = entries.get(Address(self._system, kind, name)) or next(
            (entry for address, entry in entries.items() if (address.target, address.name) == (self._system, name)),
            None,
        )
        if found is None or found.id is None:
            return None
        is_name = self._system == "respan" and kind == "Model"
        return found.identity[-1] if is_name else system_of(self._system).id_of(str(found.id))


def _shown(spec: Any) -> Any:
    """Leave out what no server shows, and what depends on how often it was written."""
    if isinstance(spec, dict):
        return {
            key: _shown(value)
            for key, value in spec.items()
            if not (isinstance(value, dict) and set(value) == {"env"}) and key != "version"
        }
    return [_shown(item) for item in spec] if isinstance(spec, list) else spec


def _singletons(estate: Estate) -> Iterator[Key]:
    """Give the keys of what is always there, and declared here."""
    for system, manifests in estate.manifests.items():
        kinds = {subject.kind: subject for subject in subjects_of(system)}
        for one in manifests:
            if kinds[one.kind].always:
                yield system, one.kind, one.name
            elif kinds[one.kind].is_singleton:
                yield system, one.kind, _IDS_OF_THE_ONE[one.kind]


_IDS_OF_THE_ONE = {"DefaultModels": "models", "RestrictedModels": "restricted", "DefaultModelConfig": "default"}
"""What a person's hands call the one object of a kind."""
