"""What there is to report of manifests alone, before any server is asked.

Takes what is desired, gives a listing or a graph, in address order. Pure: no I/O, no clock.
"""

from __future__ import annotations

from reconciler.model import Desired
from reconciler.report.view import Graph, Listing, diagnostic_rows


def of_manifests(desired: Desired) -> Listing:
    """View manifests that are valid, with what deserves a warning."""
    number = len(desired.resources)
    return Listing(
        name="manifests",
        columns=("address", "source"),
        rows=tuple(
            {"address": str(address), "source": str(desired.resources[address].source)}
            for address in sorted(desired.resources)
        ),
        closing="1 manifest is valid." if number == 1 else f"{number} manifests are valid.",
        brief=True,
        diagnostics=diagnostic_rows(desired.diagnostics),
    )


def of_graph(desired: Desired) -> Graph:
    """View which manifests need which."""
    return Graph(
        nodes=tuple(str(address) for address in sorted(desired.resources)),
        sources={str(address): resource.source for address, resource in desired.resources.items()},
        needs={str(address): tuple(map(str, needs)) for address, needs in desired.needs.items()},
        diagnostics=diagnostic_rows(desired.diagnostics),
    )
