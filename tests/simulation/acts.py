"""What people do in a simulated world, with Reconciler and behind its back.

Takes a world, dice and the trouble that befalls a run; gives the runs that were made. Each act is one line of a table.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import httpx

from reconciler import engine
from reconciler.model import Request
from tests.conformance.bodies import laid, resolved
from tests.simulation.estate import NAMES, Place, edited, lean_on
from tests.simulation.process import CALM, Trouble
from tests.simulation.run import Run
from tests.simulation.world import WILLING, Key, World

Act = Callable[[World, random.Random, Trouble], list[Run]]


# --- people with an editor --------------------------------------------------------------------


def edit(w: World, dice: random.Random, trouble: Trouble) -> list[Run]:
    """Change manifests, and apply."""
    for place in _some(w.declared.movable(), dice):
        subject = w.corners[place.target].subject(place.kind)
        if subject is not None:
            w.declared.change(place, edited(subject, subject.plain, dice))
    return _commit_and_apply(w, trouble)


def add(w: World, dice: random.Random, trouble: Trouble) -> list[Run]:
    """Declare objects that were not, and apply."""
    for target, corner in w.corners.items():
        for subject in corner.subjects:
            missing = [n for n in NAMES if Place(target, subject.kind, n) not in w.declared.specs]
            taken = {w.declared.identity(p) for p in w.declared.specs if p[:2] == (target, subject.kind)}
            missing = [n for n in missing if subject.identity is not None and subject.named(n) not in taken]
            if missing:
                w.declared.declare(
                    Place(target, subject.kind, dice.choice(missing)), dice.choice((subject.base, subject.plain))
                )
            lean_on(w.declared, target, subject, dice)
    return _commit_and_apply(w, trouble)


def remove(w: World, dice: random.Random, trouble: Trouble) -> list[Run]:
    """Remove manifests, and apply."""
    for place in _some(w.declared.movable(), dice):
        if len(w.declared.specs) > 2:
            w.declared.remove(place)
    return _commit_and_apply(w, trouble)


def rename(w: World, dice: random.Random, trouble: Trouble) -> list[Run]:
    """Move a manifest to another address, with or without a word about it, and apply."""
    places = [p for p in w.declared.movable() if p.name in NAMES and Place(*p[:2], "moved") not in w.declared.specs]
    places = [p for p in places if not any(p in w.declared.needs(o) for o in w.declared.specs)]
    if places:
        place = dice.choice(places)
        subject, spec = w.corners[place.target].subject(place.kind), w.declared.specs.pop(place)
        w.declared.previous.pop(place, None)
        moved = Place(place.target, place.kind, "moved")
        kept = {} if subject is None or subject.identity is None else {subject.identity: subject.named(place.name)}
        w.declared.specs[moved] = {**kept, **spec}
        if dice.random() < 0.7:
            w.declared.previous[moved] = (place.name,)
    return _commit_and_apply(w, trouble)


def identify_anew(w: World, dice: random.Random, trouble: Trouble) -> list[Run]:
    """Let a manifest mean another object, and apply."""
    for place in _some(w.declared.movable(), dice)[:1]:
        subject = w.corners[place.target].subject(place.kind)
        if subject is None or subject.identity is None or subject.always:
            continue
        taken = {w.declared.identity(p) for p in w.declared.specs if p[:2] == place[:2]}
        free = [subject.named(n) for n in (*NAMES, "third") if subject.named(n) not in taken]
        if free:
            w.declared.specs[place] = laid(w.declared.specs[place], {subject.identity: free[0]})
    return _commit_and_apply(w, trouble)


def revert(w: World, dice: random.Random, trouble: Trouble) -> list[Run]:
    """Revert to an earlier commit, and apply."""
    if w.commits:
        w.declared = dice.choice(w.commits).copy()
    return _commit_and_apply(w, trouble)


def rotate(w: World, dice: random.Random, trouble: Trouble) -> list[Run]:
    """Change every secret, and apply."""
    w.rotate_secrets()
    return [w.apply(trouble)]


# --- people with Reconciler -------------------------------------------------------------------


def plan(w: World, dice: random.Random, trouble: Trouble) -> list[Run]:
    """Plan, without doing anything."""
    return [w.plan(trouble, dice.choice((WILLING, Request())))]


def drift(w: World, dice: random.Random, trouble: Trouble) -> list[Run]:
    """Look for drift."""
    return [w.drift(trouble)]


def apply(w: World, dice: random.Random, trouble: Trouble) -> list[Run]:
    """Apply once more."""
    return [w.apply(trouble, replace(WILLING, parallelism=dice.choice((None, 1, 3))))]


def apply_unwilling(w: World, dice: random.Random, trouble: Trouble) -> list[Run]:
    """Change manifests or remove some, and apply without any consent."""
    if dice.random() < 0.5:
        edit_only(w, dice)
    else:
        for place in _some(w.declared.movable(), dice):
            w.declared.remove(place)
        w.write_manifests()
    return [w.apply(trouble, Request())]


def apply_saved(w: World, dice: random.Random, trouble: Trouble) -> list[Run]:
    """Apply a saved plan, after somebody changed something or nobody did."""
    runs = edit_only(w, dice)
    made = w.plan()
    runs.append(made)
    if made.plan is None or made.plan.refused:
        return runs
    path = w.folder / "saved.plan"
    engine.save_plan(made.plan, path)
    if dice.random() < 0.4:
        runs += meddle(w, dice, CALM)
    return [*runs, w.apply(trouble, saved=engine.open_plan(path))]


def edit_only(w: World, dice: random.Random) -> list[Run]:
    """Change manifests and nothing else."""
    for place in _some(w.declared.movable(), dice):
        subject = w.corners[place.target].subject(place.kind)
        if subject is not None:
            w.declared.change(place, edited(subject, subject.plain, dice))
    w.write_manifests()
    return []


def apply_twice(w: World, dice: random.Random, trouble: Trouble) -> list[Run]:
    """Change manifests, and start two applies at once."""
    edit_only(w, dice)
    return w.apply_twice(trouble, CALM)


def meddle_while_applying(w: World, dice: random.Random, trouble: Trouble) -> list[Run]:
    """Change manifests and apply; between the plan and its first write somebody does something by hand."""
    edit_only(w, dice)
    return [w.apply(trouble, then=lambda: meddle(w, dice, CALM) and None)]


def destroy(w: World, dice: random.Random, trouble: Trouble) -> list[Run]:
    """Delete everything that is ours."""
    return [w.apply(trouble, replace(WILLING, destroy=True))]


def forget(w: World, dice: random.Random, trouble: Trouble) -> list[Run]:
    """Let go of an object, which stays and is nobody's."""
    owned = [place for place in sorted(w.entries()) if Place(*place) in w.declared.movable()]
    w.let_go = w.let_go or bool(owned)
    return [w.forget(["/".join(dice.choice(owned))], trouble)] if owned else []


def adopt(w: World, dice: random.Random, trouble: Trouble) -> list[Run]:
    """Take an object over that is nobody's."""
    places = [place for place in w.declared.movable() if tuple(place) not in w.entries()]
    return [w.adopt(["/".join(dice.choice(places))], trouble)] if places else []


# --- people with neither ----------------------------------------------------------------------


def meddle(w: World, dice: random.Random, trouble: Trouble) -> list[Run]:
    """Edit, delete, make again or make something by hand."""
    ours = [key for key in sorted(w.owned()) if key in w.rows()]
    way = dice.choice(("edit", "edit", "undeclared", "delete", "again", "stranger", "swap", "swap"))
    try:
        if way == "stranger":
            _stranger(w, dice)
        elif ours:
            # The newest number is the one that a server may give away again.
            _at_ours(w, dice, way, ours[-1] if way == "swap" else dice.choice(ours))
    except httpx.HTTPStatusError:
        pass  # the server says no to a person, too
    return []


def _at_ours(w: World, dice: random.Random, way: str, key: Key) -> None:
    target, kind, _ = key
    subject, hands, row = w.corners[target].subject(kind), w.hands[target], w.rows()[key]
    assert subject is not None
    if way in ("edit", "undeclared"):
        changes = subject.drift if way == "edit" else subject.undeclared
        meant = {path: resolved(value, lambda ref: w.live_id(target, kind, ref)) for path, value in changes.items()}
        if meant and all(value is not None for value in meant.values()):
            hands.edit(kind, row, meant)
        return
    hands.delete(kind, row)
    if way in ("again", "swap"):
        name = row.name if way == "again" else subject.named("stranger")
        _make(w, key, name)


def _stranger(w: World, dice: random.Random) -> None:
    target = dice.choice(sorted(w.corners))
    subject = dice.choice(w.corners[target].listed)
    free = [n for n in (*NAMES, "stranger") if (target, subject.kind, subject.named(n)) not in _bearers(w)]
    if free:
        _make(w, (target, subject.kind, ""), subject.named(dice.choice(free)))


def _bearers(w: World) -> set[Key]:
    return {(target, kind, row.name) for (target, kind, _), row in w.rows().items()}


def _make(w: World, key: Key, name: str) -> None:
    """Make an object by hand, which is nobody's but the person's."""
    target, kind, _ = key
    subject = w.corners[target].subject(kind)
    assert subject is not None
    body = resolved({**subject.plain, **subject.bystander}, lambda ref: w.live_id(target, kind, ref))
    if None in body.values() or (target, kind, name) in _bearers(w):
        return
    made = w.hands[target].create(kind, name, body)
    w.remember_foreign((target, kind, made))


def lose_inventory(w: World, dice: random.Random, trouble: Trouble) -> list[Run]:
    """Lose the inventory, or get an old one back."""
    if not w.inventory_file.exists():
        return []
    old = dice.choice(w.inventories) if w.inventories and dice.random() < 0.6 else None
    w.let_go = True
    w.inventory_file.with_name("inventory.json.journal").unlink(missing_ok=True)
    if old is None:
        w.inventory_file.unlink()
    else:
        w.inventory_file.write_bytes(old)
    w.disown()
    return []


def _some(places: list[Place], dice: random.Random) -> list[Place]:
    return dice.sample(places, dice.randint(1, len(places))) if places else []


def _commit_and_apply(w: World, trouble: Trouble) -> list[Run]:
    w.commits.append(w.declared.copy())
    w.write_manifests()
    return [w.apply(trouble)]


ACTS: dict[str, tuple[int, Act]] = {
    "edit": (5, edit),
    "add": (3, add),
    "remove": (3, remove),
    "rename": (2, rename),
    "identify anew": (2, identify_anew),
    "revert": (2, revert),
    "rotate secrets": (1, rotate),
    "plan": (1, plan),
    "drift": (1, drift),
    "apply": (3, apply),
    "apply unwilling": (1, apply_unwilling),
    "apply saved": (2, apply_saved),
    "apply twice": (2, apply_twice),
    "meddle": (4, meddle),
    "meddle while applying": (3, meddle_while_applying),
    "destroy": (1, destroy),
    "forget": (1, forget),
    "adopt": (1, adopt),
    "lose the inventory": (2, lose_inventory),
}
"""Name → how often, and what is done."""
LETS_GO = ("forget", "lose the inventory")
"""After these, objects that are declared are nobody's."""
