"""Looks at the names that manifests had before (`metadata.previousNames`).

Takes resources and what is declared, gives what is wrong with their earlier names. Pure; knows nothing of what is ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from reconciler.manifests.findings import Finding
from reconciler.manifests.manifest import Manifest
from reconciler.manifests.problem import Problem
from reconciler.model import Address, Resource


def find_clashes(resources: Iterable[Resource], declared: Mapping[Address, Manifest]) -> Iterator[Finding]:
    """Yield every earlier name that is still borne, or that two manifests say they had."""
    claimed: dict[Address, Resource] = {}
    for resource in resources:
        for index, name in enumerate(resource.previous_names):
            before = replace(resource.address, name=name)
            other = claimed.setdefault(before, resource)
            if before in declared:
                summary = f"{before} is declared still, so it has not become {resource.address}"
                source = declared[before].source
                hint = "remove one of the two manifests, or take the name out"
            elif other is not resource:
                summary = f"{other.address} was {before} too"
                source, hint = other.source, "take the name out of the manifest that is new"
            else:
                continue
            problem = Problem(
                ("metadata", "previousNames", index), summary, hint, "manifest.previous-name", other=source
            )
            yield Finding(problem, (resource.source, *resource.layers), resource.kind, resource.address)
