"""The conformance cases: one set, written once, for every kind of every system.

Takes nothing, gives `CASES`; `play` takes one, with a kind, and a ground to play it on. A kind that cannot play a case
says why in `Subject.cannot`; nothing here names a system.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.model import Action
from tests.conformance import cost, estates, life, meaning, ownership, trouble, undo
from tests.conformance.peers import Ground
from tests.conformance.stage import Stage
from tests.conformance.subjects import Subject, System, Variant


@dataclass(frozen=True)
class Case:
    """A case, and on what it can be played."""

    act: Callable[[Stage], Mapping[str, Action] | None]
    once: bool = False
    """It is about us and the network, not about what a version of a server does: the newest is enough."""
    newest_real: bool = False
    """Of real servers the newest is enough: of an older one other cases hold what this one is made of."""
    sandbox_only: bool = False
    """No real server can be made to do it."""
    like: str = ""
    """Who cannot play that case cannot play this one."""

    @property
    def name(self) -> str:
        """What tests and exemptions call it."""
        return self.act.__name__

    @property
    def theme(self) -> str:
        """Which module it stands in."""
        return self.act.__module__.rpartition(".")[2]

    def is_for(self, variant: Variant, kind: str, *, on_sandbox: bool) -> bool:
        """Say whether it is played with a kind of a variant."""
        if self.once and not variant.newest:
            return False
        if not on_sandbox:
            return not self.sandbox_only and (variant.newest or not self.newest_real)
        if variant.themes and self.theme not in variant.themes:
            return False
        return kind in (variant.kinds or (kind,))


CASES: tuple[Case, ...] = (
    Case(life.created),
    Case(life.unchanged),
    Case(life.updated),
    Case(life.updated_in_steps),
    Case(life.removed),
    Case(life.drifted),
    Case(life.conflicted, newest_real=True),
    Case(life.came_true, newest_real=True),
    Case(life.replaced),
    Case(life.deleted),
    Case(life.gone_before_delete, newest_real=True),
    Case(life.gone_while_deleting, newest_real=True),
    Case(life.gone_while_updating, newest_real=True),
    Case(life.deleted_outside, newest_real=True),
    Case(life.followed),
    Case(life.many, once=True),
    Case(meaning.cleared),
    Case(meaning.nulls),
    Case(meaning.nulls_at_first),
    Case(meaning.unordered),
    Case(meaning.ordered),
    Case(meaning.numbers),
    Case(meaning.booleans),
    Case(meaning.spelled),
    Case(meaning.ignored),
    Case(meaning.normalised),
    Case(meaning.elided),
    Case(ownership.equal, once=True),
    Case(ownership.equal_by_hand, once=True),
    Case(ownership.different, once=True),
    Case(ownership.different_and_left, once=True),
    Case(ownership.several, once=True),
    Case(ownership.taken_while_creating, newest_real=True),
    Case(ownership.identity_taken, once=True),
    Case(ownership.renamed_outside, once=True),
    Case(ownership.made_again_outside, newest_real=True),
    Case(ownership.lost_inventory, once=True),
    Case(estates.exported, newest_real=True),
    Case(trouble.busy, once=True),
    Case(trouble.busy_at_first, once=True),
    Case(trouble.failing_reads, once=True),
    Case(trouble.unreachable, once=True),
    Case(trouble.answer_lost_on_create, newest_real=True),
    Case(trouble.answer_lost_on_update, newest_real=True),
    Case(trouble.answer_lost_on_delete, newest_real=True),
    Case(trouble.not_stored, once=True),
    Case(trouble.cut_between_steps, newest_real=True),
    Case(trouble.stale, once=True, sandbox_only=True),
    Case(trouble.stale_and_lost, once=True, sandbox_only=True),
    Case(trouble.interrupted, once=True),
    Case(undo.update_rolled_back, once=True, like="updated"),
    Case(undo.delete_rolled_back, once=True, like="deleted"),
    Case(undo.replace_rolled_back, once=True, like="replaced"),
    Case(undo.destroy_rolled_back, once=True, like="deleted"),
    Case(undo.creation_rolled_back, once=True, like="deleted"),
    Case(cost.only_reads, once=True),
    Case(cost.lists_only, once=True),
    Case(cost.details, once=True),
)


@dataclass(frozen=True)
class Scene:
    """A case, and what it is played with."""

    system: System
    variant: Variant
    subject: Subject
    case: Case

    def __str__(self) -> str:
        return f"{self.system.name}-{self.variant.name}-{self.subject.kind}-{self.case.name}"


def scenes(system: System, variant: Variant, *, on_sandbox: bool) -> Iterator[Scene]:
    """Give every case that every kind of a variant can play."""
    for subject in system.subjects(variant):
        for case in CASES:
            if not {case.name, case.like} & set(subject.cannot) and case.is_for(
                variant, subject.kind, on_sandbox=on_sandbox
            ):
                yield Scene(system, variant, subject, case)


def play(scene: Scene, ground: Ground, folder: Path) -> None:
    """Play one scene, and check what holds after every one."""
    peer, hands = ground.at(scene.system, scene.variant)
    stage = Stage(scene.system, scene.variant, scene.subject, peer, hands, folder)
    stage.open()
    left = scene.case.act(stage)
    stage.close(left or {})
