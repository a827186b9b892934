"""The bugs, each with a seed whose world shows it and words of the invariant that says so.

Takes a name, gives a bug that the product has while it is at work. `python -m tests.simulation.bugs` finds the seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from unittest.mock import patch

from tests.simulation.bugs import made
from tests.simulation.course import Report


@dataclass(frozen=True, slots=True)
class Bug:
    """A bug, a seed whose world shows it, and words of the invariant that says so."""

    swaps: Callable[[], list[made.Swap]]
    seed: int
    said: str

    @property
    def law(self) -> str:
        """The law that it breaks."""
        return (self.swaps.__doc__ or "").strip()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let the product have the bug."""
        with ExitStack() as swapped:
            for owner, name, wrong in self.swaps():
                swapped.enter_context(patch.object(owner, name, wrong))
            yield


def seen_by(report: Report) -> str:
    """Give what an invariant says; "" where there is nothing, or only that a piece put in by hand has crashed."""
    said = [wrong for wrong in report.wrong if not wrong.startswith(("a bug:", "the simulation itself"))]
    return said[0].split("\n")[0] if said else ""


BUGS: dict[str, Bug] = {
    "skip the journal": Bug(made.skip_the_journal, 70, "the server holds 0 of it"),
    "drop the journal first": Bug(made.drop_the_journal_first, 53, "the server holds 0 of it"),
    "drop the lock": Bug(made.drop_the_lock, 21, "two runs wrote at the same time"),
    "write on reading": Bug(made.write_on_reading, 7, "a verb that reads changed the inventory"),
    "skip the end of the receipt": Bug(made.skip_the_end_of_the_receipt, 0, "no receipt says what the apply said"),
    "keep what was deleted": Bug(made.keep_what_was_deleted, 2, "the inventory holds it still"),
    "send a lost write again": Bug(made.send_a_lost_write_again, 6, "is called failed, and it was made"),
    "cancel a write": Bug(made.cancel_a_write, 16, "is called failed, and it was made"),
    "call a lost create failed": Bug(made.call_a_lost_create_failed, 6, "is called failed, and it was made"),
    "call a lost update done": Bug(made.call_a_lost_update_done, 208, "is called done, and"),
    "call a lost delete done": Bug(made.call_a_lost_delete_done, 142, "is an orphan"),
    "remember the wrong id": Bug(made.remember_the_wrong_id, 0, "is called done, and"),
    "compare before normalising": Bug(made.compare_before_normalising, 0, "a rerun without faults"),
    "trust an id": Bug(made.trust_an_id, 77, "is nobody's, and it was deleted"),
    "take an outage for nothing": Bug(made.take_an_outage_for_nothing, 18, "is to be created, and it is there"),
    "believe a short list": Bug(made.believe_a_short_list, 478, "is to be created, and it is there"),
    "forget the edges": Bug(made.forget_the_edges, 2, "a rerun without faults"),
    "forget the edges of deletes": Bug(made.forget_the_edges_of_deletes, 28, "began before"),
    "do what was not shown": Bug(made.do_what_was_not_shown, 1, "its plan names nothing"),
    "take without consent": Bug(made.take_without_consent, 23, "changed without consent"),
    "forget what was removed": Bug(made.forget_what_was_removed, 5, "is an orphan"),
    "show a body": Bug(made.show_a_body, 276, "a secret"),
    "show a header": Bug(made.show_a_header, 49, "a secret"),
    "keep a secret in clear": Bug(made.keep_a_secret_in_clear, 0, "a secret stands in"),
}
"""Name → bug, in the order in which they are told."""
