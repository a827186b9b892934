"""Says what only Respan's rules know of a plan: order, updates that are replaces, refusals, warnings.

Takes the desired and live objects of one target and the moves, gives a `Review`. Pure: asks no server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.model import Action, Address, Body, Desired, Diagnostic, Live, Move, Observed, Resource, Review
from reconciler.providers.respan import wire

_SHOWN = 3
_MAKING = (Action.CREATE, Action.REPLACE)
Named = tuple[str, str]
"""Kind and id."""


@dataclass(frozen=True, slots=True)
class Server:
    """What the answers of this run have told of a server."""

    target: str
    keys_inside: bool
    """A provider's key is `extra_kwargs.api_key`: the answer of a late generation 2, or of generation 3."""
    replaces: bool
    """It has PUT: generation 2 or 3."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that the rules look at, of one target."""

    server: Server
    desired: tuple[Resource, ...]
    moves: tuple[Move, ...]
    live: Mapping[str, tuple[Live, ...]]
    """Kind → what is live of it."""


def of(server: Server, desired: Desired, observed: Observed, moves: Sequence[Move]) -> Review:
    """Ask every rule."""
    live = {kind: lives for (target, kind), lives in observed.live.items() if target == server.target}
    here = tuple(resource for address, resource in desired.resources.items() if address.target == server.target)
    scene = Scene(server, here, tuple(moves), live)
    return Review(
        needs(scene.moves),
        {} if server.replaces else replaces(scene.moves),
        tuple(diagnostic for rule in RULES for diagnostic in rule(scene)),
    )


# --- order and replaces ---------------------------------------------------------------------------


def needs(moves: Sequence[Move]) -> dict[Address, tuple[Address, ...]]:
    """Let a model follow the provider and the base that it names by a literal, and go before they do."""
    made = {_named(move.kind.name, move.after): move.address for move in moves if move.after}
    going = {
        (move.kind.name, move.before.id): move.address
        for move in moves
        if move.before is not None and move.action is Action.DELETE
    }
    found: dict[Address, set[Address]] = {move.address: set() for move in moves}
    for move in moves:
        if move.kind.name == "Model":
            found[move.address] |= {made[used] for used in _uses(move.after) if used in made}
            for used in _uses(move.before.body if move.before else None):
                if used in going and going[used] != move.address:
                    found[going[used]].add(move.address)
    return {address: tuple(sorted(before - {address})) for address, before in found.items() if before - {address}}


def needs_whole(move: Move) -> bool:
    """Say whether a move is an update that takes a value away, which PATCH cannot do."""
    return bool(_taken(move))


def replaces(moves: Sequence[Move]) -> dict[Address, str]:
    """Give the models that a server without PUT can only make anew, and why."""
    return {
        move.address: f"this server (generation 1) cannot unset {', '.join(taken)} in place"
        for move in moves
        if move.kind.name == "Model" and (taken := _taken(move))
    }


def _taken(move: Move) -> list[str]:
    if move.action is not Action.UPDATE or move.before is None or move.after is None:
        return []
    if move.kind.name == "Provider":
        return sorted(wire.removed(move.changes) & {wire.KEY})
    return wire.beyond_patch(move.before, move.after, move.changes)


# --- refusals -------------------------------------------------------------------------------------


_INSIDE = ("api_key", "extra_kwargs.api_key", "takes it without a word and does not store it")
_BESIDE = ("extra_kwargs.api_key", "api_key", "calls the endpoint with another field, and never shows this one")


def misplaced_keys(scene: Scene) -> Iterator[Diagnostic]:
    """Refuse to write a provider's key where this server does not look for it: it would be dropped without a word."""
    wrong, right, why = _INSIDE if scene.server.keys_inside else _BESIDE
    moving = {move.address: move for move in scene.moves}
    for resource in scene.desired:
        if resource.address.kind != "Provider" or not _has_key(resource.spec, inside=not scene.server.keys_inside):
            continue
        refused = resource.address in moving
        yield Diagnostic(
            "error" if refused else "warning",
            f"{resource.address}: {wrong} is not where this server keeps a provider's key",
            f"this generation of the API {why}",
            f"write it as {right}",
            resource.address,
            resource.source,
            "guard.api-key" if refused else "lint.api-key",
        )


def homeless_models(scene: Scene) -> Iterator[Diagnostic]:
    """Refuse to create a model that has neither a base nor a provider, where the server would (generation 3)."""
    if not scene.server.keys_inside:
        return
    for move in scene.moves:
        after = move.after or {}
        if (
            move.kind.name == "Model"
            and move.action in _MAKING
            and not (after.get(wire.BASE) or after.get(wire.PROVIDER))
        ):
            yield Diagnostic(
                "error",
                f"{move.address} has neither a base nor a provider",
                "this generation of the API refuses such a model",
                f"set {wire.BASE} or {wire.PROVIDER}",
                move.address,
                move.source,
                "guard.no-provider",
            )


def dropped_parameters(scene: Scene) -> Iterator[Diagnostic]:
    """Refuse a null in an override where the server knows no such thing (before generation 3)."""
    if scene.server.keys_inside:
        return
    for move in scene.moves:
        override = (move.after or {}).get(wire.OVERRIDE) or {}
        dropped = sorted(name for name, definition in override.items() if definition is None)
        if dropped:
            yield Diagnostic(
                "error",
                f"{move.address}: this server cannot drop {', '.join(dropped)}",
                f"a null in {wire.OVERRIDE} drops a parameter in generation 3 of the API, and is refused before",
                f"take {', '.join(dropped)} out of {wire.OVERRIDE}",
                move.address,
                move.source,
                "guard.dropped-parameter",
            )


# --- warnings -------------------------------------------------------------------------------------


def unseen_fields(scene: Scene) -> Iterator[Diagnostic]:
    """Warn once per field that manifests set and this server does not show."""
    for kind in ("Model", "Provider"):
        hidden = frozenset().union(*(live.unseen for live in scene.live.get(kind, ())))
        if kind == "Model" and scene.server.keys_inside and not scene.live.get(kind):
            hidden = wire.OF_OLD
        for field in sorted(hidden):
            names = [r.address.name for r in scene.desired if r.address.kind == kind and r.spec.get(field) is not None]
            if names:
                yield _unseen(scene.server.target, kind, field, names)


def _unseen(target: str, kind: str, field: str, names: Sequence[str]) -> Diagnostic:
    said = f"{target}: this server does not show {field} of a {kind}, which {_some(names)} set{'s' * (len(names) == 1)}"
    if field in wire.OF_OLD:
        return _warning(
            "lint.not-stored",
            said,
            "generation 3 of the API takes it without a word and does not store it",
            "leave it out",
        )
    lost = "; what others set in it is lost when it is written" if field == wire.KWARGS else ""
    return _warning("lint.not-shown", said, f"it is compared with what was last applied{lost}", "")


def kept_keys(scene: Scene) -> Iterator[Diagnostic]:
    """Warn of keys that leave a manifest and stay on the server, which has no way to take one back (generation 1)."""
    if scene.server.replaces:
        return
    names = [move.address.name for move in scene.moves if move.kind.name == "Provider" and _taken(move)]
    if names:
        yield _warning(
            "lint.key-stays",
            f"{scene.server.target}: the key of {_some(names)} stays on the server",
            "this server (generation 1) has no way to take a provider's key back",
            "write another key over it, or delete the provider",
        )


def lost_overrides(scene: Scene) -> Iterator[Diagnostic]:
    """Warn of models that are written whole, and may have an override that no manifest sets and no answer tells."""
    names = [
        move.address.name
        for move in scene.moves
        if scene.server.replaces and move.kind.name == "Model" and _taken(move) and _is_untold(move)
    ]
    if names:
        yield _warning(
            "lint.override-lost",
            f"{scene.server.target}: {_some(names)} will be written whole, since a value leaves",
            f"a {wire.OVERRIDE} that somebody set by hand is lost: no answer tells it",
            f"set {wire.OVERRIDE} in the manifest if there is one",
        )


def left_behind(scene: Scene) -> Iterator[Diagnostic]:
    """Warn of models that lose their provider or base with this plan: no delete is refused for them."""
    after = {
        move.before.id: _uses({**move.before.body, **move.after} if move.after is not None else None)
        for move in scene.moves
        if move.kind.name == "Model" and move.before is not None
    }
    for move in scene.moves:
        if move.action not in (Action.DELETE, Action.REPLACE) or move.before is None:
            continue
        gone = (move.kind.name, move.before.id)
        names = [
            live.id
            for live in scene.live.get("Model", ())
            if gone in _uses(live.body) and gone in after.get(live.id, {gone})
        ]
        if names:
            what = "is called through it" if gone[0] == "Provider" else "is based on it"
            yield _warning(
                "lint.still-used",
                f"{move.address} goes, and {_some(names)} {what if len(names) == 1 else what.replace('is', 'are', 1)}",
                "the server deletes it all the same",
                "move them to another first, if anybody still needs them",
            )


Rule = Callable[[Scene], Iterator[Diagnostic]]

RULES: tuple[Rule, ...] = (
    misplaced_keys,
    homeless_models,
    dropped_parameters,
    unseen_fields,
    kept_keys,
    lost_overrides,
    left_behind,
)


# --- small facts ----------------------------------------------------------------------------------


def _named(kind: str, body: Body) -> Named:
    return kind, str(body.get("model_name" if kind == "Model" else "provider_id"))


def _uses(body: Body | None) -> set[Named]:
    """Give what a model leans on."""
    leans = (("Model", (body or {}).get(wire.BASE)), ("Provider", (body or {}).get(wire.PROVIDER)))
    return {(kind, str(name)) for kind, name in leans if name is not None}


def _has_key(spec: Body, *, inside: bool) -> bool:
    return ((spec.get(wire.KWARGS) or {}) if inside else spec).get(wire.KEY) is not None


def _is_untold(move: Move) -> bool:
    """Say whether nothing tells what override a model has: no manifest, and no base to compare it with."""
    own = move.before.body if move.before is not None else {}
    is_told = own.get(wire.BASE) is not None and isinstance(own.get("supported_params"), dict)
    return (move.after or {}).get(wire.OVERRIDE) is None and not is_told


def _some(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _warning(code: str, summary: str, detail: str, hint: str) -> Diagnostic:
    return Diagnostic("warning", summary, detail, hint, code=code)
