"""Positions are found again when somebody asks."""

from __future__ import annotations

import pytest

from reconciler import manifests
from reconciler.model import Path

from .demo_project import Project, thing

SPEC = "  base: a\n  grants:\n  - {whom: p, rank: 1}\n  by_name: {k: {whom: q}}\n  options:\n    temperature: 1"
PLACES: dict[Path, str] = {
    ("base",): "manifests/a.yaml:6:9",
    ("grants", 0, "who"): "manifests/a.yaml:8:12",
    ("grants", 0, "level"): "manifests/a.yaml:8:21",
    ("grants", 1, "who"): "manifests/a.yaml:7:3",
    ("by_name", "k", "who"): "manifests/a.yaml:9:23",
    ("options", "temperature"): "overlays/o.yaml:5:26",
    ("options", "other", "deep"): "manifests/a.yaml:10:3",
    ("nothing", 0, "here"): "manifests/a.yaml:5:1",
    (): "overlays/o.yaml:4:1",
}


@pytest.mark.parametrize("rev", [None, "HEAD"])
@pytest.mark.parametrize("path", PLACES)
def test_place_in_a_spec(project: Project, path: Path, rev: str | None) -> None:
    project.add("manifests/a.yaml", "# first\n" + thing("x", SPEC))
    project.add("overlays/o.yaml", thing("x", "  options: {temperature: 2}"))
    project.overlays = ("overlays",)
    project.commit()
    if rev is not None:
        project.add("manifests/a.yaml", thing("x", SPEC))
    (resource,) = project.check(rev=rev)[0]
    assert str(manifests.locate(resource, path, project.root, rev)) == PLACES[path]


def test_place_by_source_alone(project: Project) -> None:
    project.add("manifests/a.yaml", thing("x") + "---\n" + thing("y", "{size: 1}"))
    source = project.check()[0][1].source
    assert str(manifests.locate(source, ("size",), project.root)) == "manifests/a.yaml:9:14"
