"""The table of what is fuzzed: for each target its seeds, how one is changed, and what reads it.

A new target is a line here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from tests.fuzz import files, mutate, seeds, servers

Attempt: TypeAlias = Callable[[bytes], None]


@dataclass(frozen=True)
class Target:
    """One reader of what others write."""

    name: str
    attempt: Attempt
    """Reads; raises nothing but errors of the product."""
    seeds: Callable[[], list[bytes]]
    mutate: mutate.Mutate
    share: int
    """Of a hundred inputs, so many are this target's."""
    holds_secrets: bool = False
    """What is in its inputs may be a secret; in those of others nothing is, and all of it may be told."""


TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        Target("yaml", files.read_yaml, seeds.yaml, mutate.as_text, 20),
        Target("settings", files.read_settings, seeds.settings, mutate.as_yaml, 4, holds_secrets=True),
        Target("manifests", files.read_manifests, seeds.manifests, mutate.as_yaml, 2),
        Target("plan", files.read_plan, seeds.plan, mutate.as_json, 4),
        Target("receipt", files.read_receipt, seeds.receipt, mutate.of_parts(files.ENDING), 2),
        Target("inventory", files.read_inventory, seeds.inventory, mutate.as_json, 18),
        Target("journal", files.read_journal, seeds.journal, mutate.as_lines, 24),
        Target("lock", files.read_lock, seeds.lock, mutate.as_json, 8),
        Target("baseline", files.read_baseline, seeds.baseline, mutate.as_json, 6),
        Target("schema", files.read_schema, seeds.schema, mutate.as_json, 2),
        *(
            Target(system, partial(servers.attempt, system), partial(servers.seeds, system), servers.mutate, 2, True)
            for system in servers.SYSTEMS
        ),
    )
}
