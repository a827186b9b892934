"""Overlays: RFC 7386, who fits whom, and where merged values stand."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.manifests.overlays import merge_patch
from reconciler.model import Target

from .demo_project import Project, thing

# The examples of RFC 7386, appendix A.
RFC_7386: list[tuple[Any, Any, Any]] = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("base", "patch", "expected"), RFC_7386)
def test_merge_patch(base: Any, patch: Any, expected: Any) -> None:
    assert merge_patch(base, patch) == expected


def overlaid(project: Project, base: str, *overlays: str) -> Project:
    project.overlays = tuple(f"overlays/{n}" for n in range(len(overlays)))
    project.add("manifests/a.yaml", base)
    for n, text in enumerate(overlays):
        project.add(f"overlays/{n}/o.yaml", text)
    return project


def test_later_overlays_win_and_null_removes(project: Project) -> None:
    base = thing("x", "{size: 1, prompt: a, tags: [{name: p}], options: {temperature: 1, other: 2}}")
    first = thing("x", "{size: 2, prompt: null, tags: [], options: {temperature: null}}", ", labels: {a: b}")
    second = thing("x", "{size: 3}")
    (resource,) = overlaid(project, base, first, second).check()[0]
    assert resource.spec == {"id": "x", "size": 3, "tags": [], "options": {"other": 2}}
    assert resource.labels == {"a": "b"}
    assert [str(layer) for layer in resource.layers] == ["overlays/0/o.yaml:1:1", "overlays/1/o.yaml:1:1"]
    assert str(resource.source) == "manifests/a.yaml:1:1"


def test_mistakes_are_found_where_they_were_made(project: Project) -> None:
    base = thing("x", "  size: 1\n  prompt: 5\n  options: {temperature: warm}")
    overlay = thing("x", "  size: big\n  options:\n    temperatur: 1")
    refused = overlaid(project, base, overlay).refused()
    assert [line.partition(": expected")[0] for line in refused] == [
        "manifests/a.yaml:6:11: spec.prompt",
        "manifests/a.yaml:7:26: spec.options.temperature",
        "overlays/0/o.yaml:5:9: spec.size",
    ]


@pytest.mark.parametrize(
    ("overlay", "expected"),
    [
        (thing("y"), "overlay of Thing/y has no base -> an overlay has the kind, name and target of its base"),
        (thing("support-y"), "overlay of Thing/support-y has no base -> did you mean `Thing/support-x`?"),
        (
            thing("x", kind="Team"),
            "overlay of Team/x has no base -> an overlay has the kind, name and target of its base",
        ),
        (
            thing("support-x", metadata=", target: other"),
            "overlay of Thing/support-x on target other has no base -> the manifests of that name are for main",
        ),
    ],
)
def test_an_overlay_needs_a_base(project: Project, overlay: str, expected: str) -> None:
    base = thing("support-x", metadata=", target: main") + "---\n" + thing("q", kind="Group")
    refused = overlaid(project, base, overlay).refused()
    assert refused == [f"overlays/0/o.yaml:1:1: {expected}"]


def test_targets_of_overlays(project: Project) -> None:
    project.targets["second"] = Target("second", "demo", "https://second.example.com")
    both = thing("x", metadata=", target: main") + "---\n" + thing("x", metadata=", target: second")
    overlaid(project, both, thing("x", "{size: 2}", ", target: second"))
    sizes = {str(address): r.spec.get("size") for address, r in project.link().resources.items()}
    assert sizes == {"main/Thing/x": None, "second/Thing/x": 2}
    refused = overlaid(project, both, thing("x", "{size: 2}")).refused()
    assert refused == [
        "overlays/0/o.yaml:1:1: overlay of Thing/x fits several manifests -> say which by metadata.target"
    ]
    overlaid(project, thing("x"), thing("x", "{size: 2}", ", target: second"))
    assert [str(address) for address in project.link().resources] == ["second/Thing/x"]


def test_overlays_among_the_manifests_are_no_bases(project: Project) -> None:
    project.add("manifests/a.yaml", thing("x"))
    project.add("manifests/prod/o.yaml", thing("x", "{size: 2}"))
    project.overlays = ("manifests/prod",)
    (resource,) = project.check()[0]
    assert resource.spec["size"] == 2
