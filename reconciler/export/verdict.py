"""Says what an export has come to: what was written, what was left to others, and what could not be said.

Takes drafts, their files and what the plan decides about them; gives rows and diagnostics. An export is whole where
that plan would adopt and do nothing else. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from typing import Literal

from reconciler.export.draft import Draft, Drafts
from reconciler.export.express import Loss
from reconciler.model import Action, Address, Diagnostic
from reconciler.planning.work import Decision

LOST = "export.lost"
"""The code of what no manifest can say."""


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one live object."""

    status: Literal["written", "left out"]
    address: Address
    file: FilePath | None
    says: str = ""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export did."""

    rows: tuple[Row, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    declared: int = 0
    """How many objects manifests declare already."""
    passed_over: Mapping[str, int] = field(default_factory=dict)
    """Target → how many rows are built in, or belong to another account."""

    @property
    def written(self) -> int:
        """How many manifests there are now."""
        return sum(row.status == "written" for row in self.rows)


def exported(
    drafts: Drafts,
    files: Mapping[Address, FilePath],
    decisions: Mapping[Address, Decision],
    passed_over: Mapping[str, int],
    found: Iterable[Diagnostic] = (),
) -> Exported:
    """Give what an export has come to; `found` is what else was found wrong."""
    written = [Row("written", address, file, _secrets(drafts.made[address])) for address, file in files.items()]
    foreign = [Row("left out", loss.address, None, loss.why) for loss in drafts.foreign]
    differing = [loss for address in files if address in decisions for loss in _differs(address, decisions[address])]
    lost = [_diagnostic(loss, files.get(loss.address)) for loss in (*drafts.losses, *differing)]
    rows = tuple(sorted([*written, *foreign], key=lambda row: row.address))
    unsaid = (replace(one, code=LOST) if one.code.startswith("manifest.") else one for one in found)
    return Exported(rows, (*unsaid, *lost), drafts.declared, passed_over)


def _differs(address: Address, decision: Decision) -> Iterator[Loss]:
    """Say where the plan would do anything but adopt."""
    if decision.action in (None, Action.ADOPT) and not decision.refusals and not decision.blocked:
        return
    if not decision.changes or decision.live is None:
        summaries = [refusal.summary for refusal in decision.refusals]
        yield Loss(address, "", summaries[0] if summaries else f"the plan would {_word(decision)} it")
    for change in decision.changes if decision.live is not None else ():
        yield Loss(address, change.path, "the manifest says it, and the server shows something else")


def _word(decision: Decision) -> str:
    return decision.action.value if decision.action is not None else "not touch"


def _secrets(draft: Draft) -> str:
    if draft.secrets:
        return f"secrets: {', '.join(draft.secrets)}"
    return f"no read shows {', '.join(draft.hidden)}" if draft.hidden else ""


def _diagnostic(loss: Loss, file: FilePath | None) -> Diagnostic:
    what = f"{loss.path} of {loss.address}" if loss.path else str(loss.address)
    hint = f"look at {file}, and plan before you apply" if file is not None else "no manifest was written for it"
    return Diagnostic("error", f"{what} could not be expressed: {loss.why}", "", hint, loss.address, code=LOST)
