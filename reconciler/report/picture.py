"""Lays out the graph of a plan or of manifests as a picture, from left to right in the order of doing.

Takes boxes and which of them come before which, gives their places and the curves between them. The order within the
layers is that of the library grandalf, with few crossings. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.report.escape import one_line
from reconciler.report.summary import kind_of, name_of

BOX_WIDTH, BOX_HEIGHT = 210, 44
BETWEEN_LAYERS, BETWEEN_BOXES, BETWEEN_PARTS = 44, 14, 36
MOST_BETWEEN_LAYERS = 180
"""Where many arrows lead from one layer to the next, they have more room."""
MOST_BOXES = 120
"""More would be no picture any more; the rest is counted."""
ROW_WIDTH = 1_100
"""Parts that hang together stand side by side up to this width."""
MARGIN = 8
MOST_LETTERS = 26
"""Of a name in a box."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A thing in the picture: its address, what happens to it, and the style and link it is drawn with."""

    address: str
    what: str = ""
    style: str = ""
    link: str = ""

    @property
    def kind(self) -> str:
        """The kind's name."""
        return one_line(kind_of(self.address))

    @property
    def name(self) -> str:
        """The name, as much of it as there is room for."""
        name = one_line(name_of(self.address))
        return name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 1]}…"


@dataclass(frozen=True, slots=True)
class Placed:
    """A box with its upper left corner."""

    box: Box
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Arrow:
    """A curve, as SVG writes paths, and the links of the boxes at its ends."""

    path: str
    first: str
    then: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Where everything is. What is left out is counted, and what stands alone."""

    width: int
    height: int
    boxes: tuple[Placed, ...]
    arrows: tuple[Arrow, ...]
    left_out: int = 0
    alone: int = 0


def draw(boxes: Sequence[Box], edges: Iterable[tuple[str, str]]) -> Picture | None:
    """Place the boxes that an edge connects, an edge being what comes first and what comes after it; None if none."""
    known = {box.address: box for box in boxes}
    found = sorted({(first, then) for first, then in edges if first in known and then in known and first != then})
    touched = {address for edge in found for address in edge}
    connected = [box for box in boxes if box.address in touched]
    drawn = {box.address: box for box in connected[:MOST_BOXES]}
    shown = [(first, then) for first, then in found if first in drawn and then in drawn]
    if not shown:
        return None
    placed, arrows, width, height = _in_rows(_parts(drawn, shown))
    alone = len(boxes) - len(connected)
    return Picture(width, height, tuple(placed), tuple(arrows), len(connected) - len(placed), alone)


@dataclass(frozen=True, slots=True)
class _Part:
    """Boxes that hang together: the centre of each, and the points that each edge goes through."""

    centres: tuple[tuple[Box, Point], ...]
    routes: tuple[tuple[Box, Box, tuple[Point, ...]], ...]
    width: float
    height: float


class _Shape:
    """What the library measures a box by, and where it says the place: layers grow downwards there, rightwards here."""

    def __init__(self) -> None:
        self.w, self.h = BOX_HEIGHT, BOX_WIDTH
        self.xy: Point = (0.0, 0.0)


class _Route:
    """Where the library says which points an edge goes through."""

    def __init__(self) -> None:
        self.points: tuple[Point, ...] = ()

    def setpath(self, points: list[Point]) -> None:
        """Keep the points."""
        self.points = tuple((y, x) for x, y in points)


def _parts(boxes: dict[str, Box], edges: list[tuple[str, str]]) -> list[_Part]:
    from grandalf.graphs import Edge, Graph, Vertex
    from grandalf.layouts import SugiyamaLayout

    used = {address for edge in edges for address in edge}
    vertices = {address: Vertex(address) for address in boxes if address in used}
    for vertex in vertices.values():
        vertex.view = _Shape()
    arrows = [Edge(vertices[first], vertices[then]) for first, then in edges]
    for arrow in arrows:
        arrow.view = _Route()
    parts = []
    for core in Graph(list(vertices.values()), arrows).C:
        layout = SugiyamaLayout(core)
        between = min(MOST_BETWEEN_LAYERS, BETWEEN_LAYERS + len(core.sE))
        layout.xspace, layout.yspace = BETWEEN_BOXES, between
        layout.route_edge = lambda edge, points: None
        layout.init_all(optimize=False)
        layout.draw(3)
        parts.append(_part(boxes, core))
    return sorted(parts, key=lambda part: part.centres[0][0].address)


def _part(boxes: dict[str, Box], core: Any) -> _Part:
    """Read a layout, and move it to the origin."""
    ends = {vertex.data: (vertex.view.xy[1], vertex.view.xy[0]) for vertex in core.sV}
    routes = [(boxes[edge.v[0].data], boxes[edge.v[1].data], edge.view.points) for edge in core.sE]
    points = [*ends.values(), *(point for _, _, route in routes for point in route)]
    left, top = min(x for x, _ in points) - BOX_WIDTH / 2, min(y for _, y in points) - BOX_HEIGHT / 2
    right, bottom = max(x for x, _ in points) + BOX_WIDTH / 2, max(y for _, y in points) + BOX_HEIGHT / 2
    routes.sort(key=lambda route: (route[0].address, route[1].address))
    return _Part(
        tuple((boxes[address], (x - left, y - top)) for address, (x, y) in sorted(ends.items())),
        tuple((first, then, tuple((x - left, y - top) for x, y in route)) for first, then, route in routes),
        right - left,
        bottom - top,
    )


def _in_rows(parts: list[_Part]) -> tuple[list[Placed], list[Arrow], int, int]:
    """Put parts side by side, and below each other where a row is full."""
    placed: list[Placed] = []
    arrows: list[Arrow] = []
    x, y, row_height, width = 0.0, 0.0, 0.0, 0.0
    for part in parts:
        if x and x + part.width > ROW_WIDTH:
            x, y, row_height = 0.0, y + row_height + BETWEEN_PARTS, 0.0
        for box, (centre_x, centre_y) in part.centres:
            left, top = x + centre_x - BOX_WIDTH / 2, y + centre_y - BOX_HEIGHT / 2
            placed.append(Placed(box, round(left) + MARGIN, round(top) + MARGIN))
        for first, then, route in part.routes:
            curve = _curve([(x + MARGIN + a, y + MARGIN + b) for a, b in route])
            arrows.append(Arrow(curve, first.link, then.link))
        width, row_height = max(width, x + part.width), max(row_height, part.height)
        x += part.width + BETWEEN_PARTS
    placed.sort(key=lambda found: found.box.address)
    return placed, arrows, round(width) + 2 * MARGIN, round(y + row_height) + 2 * MARGIN


def _curve(points: list[Point]) -> str:
    """Give a curve from the right edge of the first box to the left edge of the last.

    It goes up and down between the layers, and straight through those that it only passes.
    """
    (x, y), *between, (end_x, end_y) = points
    x += BOX_WIDTH / 2
    path = [f"M{x:.0f} {y:.0f}"]
    for to_x, to_y in (*between, (end_x - 2, end_y)):
        edge = to_x - BOX_WIDTH / 2
        middle = (x + edge) / 2
        path.append(f"C{middle:.0f} {y:.0f} {middle:.0f} {to_y:.0f} {edge:.0f} {to_y:.0f}")
        x, y = to_x + BOX_WIDTH / 2, to_y
        if (to_x, to_y) in between:
            path.append(f"H{x:.0f}")
    return "".join(path)
