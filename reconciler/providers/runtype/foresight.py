"""Says in which order a plan can be carried out, what goes along with a key, and what must never happen.

Takes the moves on one account and its configurations, gives a `Review`. Pure: asks no server and reads no clock.

    keys ──▶ configurations ──▶ default        create, update: left to right
    keys ◀── configurations ◀── default        delete: right to left, also where no reference says so
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from reconciler.model import Action, Address, Body, Diagnostic, Json, Move, Review
from reconciler.providers.runtype import notes
from reconciler.providers.runtype.scene import Scene, name_of, some, warning
from reconciler.words import counted

_ENDPOINT = "generic-openai"
"""A key of this provider takes the configurations along that use it (vendor's client 5.5.0)."""


@dataclass(slots=True)
class _Found:
    """A review in the making."""

    needs: dict[Address, set[Address]] = field(default_factory=dict)
    replaces: dict[Address, str] = field(default_factory=dict)
    told: list[Diagnostic] = field(default_factory=list)
    carried: list[Body] = field(default_factory=list)
    """Configurations that go along with a key."""

    def order(self, later: Address, earlier: Address) -> None:
        self.needs.setdefault(later, set()).add(earlier)


def review(scene: Scene) -> Review:
    """Judge the moves."""
    found = _Found()
    for key in scene.ending("ProviderKey"):
        _let_go(scene, key, found)
    _keep_one(scene, found)
    _move_default_first(scene, found)
    needs = {address: tuple(sorted(earlier)) for address, earlier in sorted(found.needs.items())}
    return Review(needs, found.replaces, (*found.told, *notes.all_of(scene)))


def takes_along(scene: Scene) -> bool:
    """Say whether a key would go that takes configurations along."""
    return any(_is_endpoint(key) for key in scene.ending("ProviderKey"))


# --- keys that go -------------------------------------------------------------------------------


def _let_go(scene: Scene, key: Move, found: _Found) -> None:
    """Let configurations leave a key before it goes; those that cannot are made again, in the way, or told of."""
    key_id = key.before.id if key.before is not None else ""
    strangers: list[Body] = []
    for config in scene.configs:
        if config.get("providerKeyId") != key_id:
            continue
        move = scene.move_of(config)
        if move is not None and _follows(scene, move, key):
            if _is_endpoint(key):
                found.carried.append(config)
                found.replaces[move.address] = f"it goes along with the key that {key.address} was"
        elif move is not None and (move.action is not Action.UPDATE or _new_key(move) not in (None, key_id)):
            if move.action is Action.UPDATE or key.action is Action.DELETE:
                found.order(key.address, move.address)
        elif scene.declares(config):
            found.told.append(_in_use(key, config))
        else:
            strangers.append(config)
    if strangers:
        found.carried += strangers if _is_endpoint(key) else ()
        found.told.append(_goes_along(key, strangers))


def _is_endpoint(key: Move) -> bool:
    return key.before is not None and key.before.identity[0] == _ENDPOINT


def _follows(scene: Scene, move: Move, key: Move) -> bool:
    """Say whether a configuration waits for what takes the key's place."""
    resource = scene.desired.resources.get(move.address)
    return resource is not None and any(ref.to == key.address for ref in resource.refs)


def _new_key(move: Move) -> Json:
    """Give the key that a configuration gets; None where it keeps the one that it has."""
    return next((change.after for change in move.changes if change.path == "providerKeyId"), None)


def _in_use(key: Move, config: Body) -> Diagnostic:
    return Diagnostic(
        "error",
        f"{key.address} would be deleted, and {name_of(config)}, which a manifest declares, goes on using it",
        f"its providerKeyId is {config['providerKeyId']}",
        "give it another key first: `providerKeyId: platform`, or a reference to a ProviderKey",
        key.address,
        key.source,
        "guard.key-in-use",
    )


def _goes_along(key: Move, configs: Sequence[Body]) -> Diagnostic:
    what = "deletes" if _is_endpoint(key) else "takes the key from"
    return warning(
        "plan.goes-along",
        f"deleting {key.address} also {what} {counted(len(configs), 'model configuration')} that no manifest declares: "
        + some([name_of(config) for config in configs]),
        "Runtype deletes the configurations of an endpoint with its key" if _is_endpoint(key) else "",
        "ask whose they are before you apply",
        key,
    )


# --- never none ---------------------------------------------------------------------------------


def _keep_one(scene: Scene, found: _Found) -> None:
    """Refuse to leave no configuration at all, not even for a moment: the next list would make one by itself."""
    deletes = [move for move in scene.of("ModelConfig") if move.action is Action.DELETE]
    gone = {move.before.id for move in deletes if move.before is not None} | {c["id"] for c in found.carried}
    if not gone or any(config["id"] not in gone for config in scene.configs):
        return
    creates = [move for move in scene.of("ModelConfig") if move.action is Action.CREATE]
    if found.carried or not creates:
        found.told.append(_last_row(scene, carried=bool(found.carried)))
    for delete in deletes:
        for create in creates:
            found.order(delete.address, create.address)


def _last_row(scene: Scene, *, carried: bool) -> Diagnostic:
    return Diagnostic(
        "error",
        f"{scene.target}: every model configuration of the account would be deleted",
        "Runtype makes a default one by itself as soon as somebody lists an account without any",
        "first apply one that does not use the key"
        if carried
        else "keep one: leave it out with --exclude, or let it go with `lifecycle.onRemove: orphan`, applied before",
        code="guard.last-row",
    )


# --- the default --------------------------------------------------------------------------------


def _move_default_first(scene: Scene, found: _Found) -> None:
    """Let the default move on before the configuration that bears its mark is disabled or deleted."""
    default = next(iter(scene.of("DefaultModelConfig")), None)
    if default is None:
        return
    resource = scene.desired.resources.get(default.address)
    meant = {ref.to for ref in resource.refs} if resource is not None else set()
    for move in scene.of("ModelConfig"):
        is_marked = move.before is not None and move.before.body.get("isDefault") is True
        disables = any(change.path == "isEnabled" and change.after is False for change in move.changes)
        if is_marked and move.address not in meant and (move.action is Action.DELETE or disables):
            found.order(move.address, default.address)
