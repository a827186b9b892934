"""The graph: edges, circles, references to nothing, and a digest that is the same everywhere."""

from __future__ import annotations

import dataclasses

import pytest

from reconciler import manifests
from reconciler.errors import Cycle, DanglingRef
from reconciler.manifests import graph
from reconciler.model import Address, Lifecycle

from .demo_project import Project, lined, thing


def chain(*edges: tuple[str, str]) -> str:
    return "---\n".join(thing(name, f"{{base: {{ref: {to}}}}}" if to else "{}") for name, to in edges)


def test_resources_and_needs_are_sorted(project: Project) -> None:
    project.add("manifests/b.yaml", chain(("c", "a"), ("a", "")))
    project.add("manifests/a.yaml", thing("b", "{base: {ref: c}}", ", dependsOn: [Group/z, Thing/a]"))
    project.add("manifests/g.yaml", thing("z", kind="Group"))
    desired = project.link()
    assert {str(a): [str(to) for to in needs] for a, needs in desired.needs.items()} == {
        "main/Group/z": [],
        "main/Thing/a": [],
        "main/Thing/b": ["main/Group/z", "main/Thing/a", "main/Thing/c"],
        "main/Thing/c": ["main/Thing/a"],
    }
    assert list(desired.resources) == list(desired.needs) == sorted(desired.resources)
    assert desired.commit == ""


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        ([("a", "a")], ["a:4:14: a → a"]),
        ([("a", "b"), ("b", "a")], ["a:4:14: a → b → a"]),
        ([("a", "b"), ("b", "c"), ("c", "b")], ["a:9:14: b → c → b"]),
        ([("a", "b"), ("b", "a"), ("c", "d"), ("d", "c")], ["a:4:14: a → b → a", "a:14:14: c → d → c"]),
    ],
)
def test_circles_are_printed_as_paths(project: Project, edges: list[tuple[str, str]], expected: list[str]) -> None:
    project.add("manifests/a.yaml", chain(*edges))
    loaded = project.load()
    resources, warnings = manifests.check(loaded, project.kinds, project.targets)
    with pytest.raises(Cycle) as caught:
        manifests.link(loaded, resources, warnings)
    found = [
        lined(d)
        .replace("manifests/a.yaml", "a")
        .replace("main/Thing/", "")
        .replace("spec.base: the references go round in a circle: ", "")
        for d in caught.value.diagnostics
    ]
    assert found == [f"{line} -> write one side as a literal id" for line in expected]
    more = " (and 1 more)" if len(expected) > 1 else ""
    assert caught.value.message.endswith(f"{expected[0].rpartition('→')[2].strip()}{more}")


def test_a_circle_through_depends_on(project: Project) -> None:
    project.add("manifests/a.yaml", thing("a", metadata=", dependsOn: [Thing/b]") + "---\n" + chain(("b", "a")))
    (line,) = project.refused()
    assert line.startswith("manifests/a.yaml:3:33: metadata.dependsOn[0]: the references go round in a circle")
    assert line.endswith("-> take one of them out of `dependsOn`")


def test_a_long_chain_needs_no_recursion(project: Project) -> None:
    names = [f"n{i:04d}" for i in range(3000)]
    project.add("manifests/a.yaml", chain(*zip(names, [*names[1:], ""], strict=True)))
    assert len(project.link().needs) == 3000


def test_references_to_nothing(project: Project) -> None:
    project.add("manifests/a.yaml", thing("a", "{owner: {ref: Team/support}}", ", dependsOn: [Thing/supprt-bot]"))
    project.add("manifests/b.yaml", thing("support-bot") + "---\n" + thing("support", kind="Group"))
    assert project.refused() == [
        (
            "manifests/a.yaml:3:33: metadata.dependsOn[0]: no manifest declares main/Thing/supprt-bot"
            " -> did you mean `Thing/support-bot`?"
        ),
        (
            "manifests/a.yaml:4:15: spec.owner: no manifest declares main/Team/support"
            " -> did you mean `main/Group/support`?"
        ),
    ]


def test_a_dependency_on_nothing_that_is_alike(project: Project) -> None:
    project.add("manifests/a.yaml", thing("a", metadata=", dependsOn: [Thing/zzz]"))
    (line,) = project.refused()
    assert line.endswith("no manifest declares main/Thing/zzz -> `dependsOn` can only name manifests")


def test_a_reference_to_an_invalid_manifest_is_no_second_mistake(project: Project) -> None:
    project.add("manifests/a.yaml", chain(("a", "b")) + "---\n" + thing("b", "{size: x}"))
    (line,) = project.refused()
    assert "spec.size" in line


def test_link_alone_refuses_what_check_would_have(project: Project) -> None:
    project.add("manifests/a.yaml", chain(("a", "b"), ("b", "")))
    loaded = project.load()
    resources, _ = manifests.check(loaded, project.kinds, project.targets)
    with pytest.raises(DanglingRef, match=r"manifests/a.yaml:4:14: spec.base: no manifest declares main/Thing/b"):
        manifests.link(loaded, resources[:1])


def test_hints_stop_where_nobody_reads_on(project: Project) -> None:
    known = {Address("main", "Thing", "n1")}
    project.add("manifests/a.yaml", "---\n".join(thing(f"x{i}", f"{{base: {{ref: n{i}}}}}") for i in range(99)))
    run = manifests.load(project.root)
    resources = [r for r in graph_resources(project, run) if r]
    found = graph.find_dangling(resources, known)
    assert len(found) == 98
    assert [bool(finding.problem.hint) for finding in found] == [True] * graph.MOST_HINTS + [False] * 48


def graph_resources(project: Project, loaded: manifests.Loaded) -> list[graph.Resource]:
    from reconciler.manifests.validate import _Check

    run = _Check(loaded, project.kinds, project.targets)
    return [resource for manifest in loaded.manifests if (resource := run.resource(manifest))]


def test_digest_is_of_content_alone(project: Project) -> None:
    project.add("manifests/a.yaml", thing("a", "{size: 1, prompt: x}"))
    first = project.link().digest
    project.add("manifests/a.yaml", "# moved\n" + thing("a", "{prompt: x, size: 1}"))
    assert project.link().digest == first
    assert len(first) == 32
    seen = {first}
    for text in (
        thing("a", "{size: 2, prompt: x}"),
        thing("a", "{size: 1, prompt: x}", ", labels: {a: b}"),
        thing("a", "{size: 1, prompt: x}", ", lifecycle: {protect: true}"),
        thing("a", "{size: 1, prompt: x}", ", lifecycle: {ignore: [{path: size}]}"),
        thing("a", "{size: 1, prompt: x}", ", previousNames: [b]"),
        thing("b", "{id: a, size: 1, prompt: x}"),
    ):
        project.add("manifests/a.yaml", text)
        seen.add(project.link().digest)
    assert len(seen) == 7


DIGEST = "077b815d8e0b8a351db3eea8e07ca2ab"
"""Whoever changes this makes every saved plan stale."""


def test_digest_does_not_change_between_versions(project: Project) -> None:
    project.add("manifests/a.yaml", thing("a", "{size: 1}"))
    (resource,) = project.check()[0]
    assert graph._digest([resource]) == graph._digest([dataclasses.replace(resource, lifecycle=Lifecycle())])
    assert graph._digest([resource]) == DIGEST
