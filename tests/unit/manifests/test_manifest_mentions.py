"""Objects that a text names inside it are edges, and what nobody declares is an error."""

from __future__ import annotations

from reconciler.model import Address, Ref

from .demo_project import Project, thing

SPEAKING = """ messages:
  - {role: system, content: "As {{group.ops}} and {{group.dev-1.x}}, then {{group.ops}}; not {{group.other#3}}."}
  - {role: user, content: Nothing}
 notes: {a: "{{group.ops}}"}
 size: 1"""


def test_a_mention_is_an_edge(project: Project) -> None:
    project.add("manifests/a.yaml", thing("x", SPEAKING))
    project.add("manifests/g.yaml", thing("g", "{name: ops}", kind="Group"))
    project.add("manifests/h.yaml", thing("dev-1.x", kind="Group"))
    desired = project.link()
    ops, dev = Address("main", "Group", "g"), Address("main", "Group", "dev-1.x")
    x = Address("main", "Thing", "x")
    content = ("messages", 0, "content")
    assert desired.resources[x].refs == (
        Ref(content, ops, "id", ("{{group.ops}}", "{{group.ops#VALUE}}")),
        Ref(content, dev, "id", ("{{group.dev-1.x}}", "{{group.dev-1.x#VALUE}}")),
        Ref(("notes", "a"), ops, "id", ("{{group.ops}}", "{{group.ops#VALUE}}")),
    )
    assert desired.needs[x] == (dev, ops)


def test_a_mention_of_what_nobody_declares(project: Project) -> None:
    project.add("manifests/a.yaml", thing("x", ' notes: {a: "{{group.ops}}"}'))
    (found,) = project.refused()
    where, _, hint = found.partition(" -> ")
    assert where == "manifests/a.yaml:5:13: spec.notes.a: no manifest declares what {{group.ops}} names"
    assert hint == "declare it, or name the id of one that lives elsewhere: {{group.ops#1}}"


def test_manifests_of_another_target_are_not_meant(project: Project) -> None:
    project.targets["second"] = project.targets["main"].__class__("second", "demo", "https://second.example.com")
    project.add("manifests/a.yaml", thing("x", ' notes: {a: "{{group.ops}}"}', ", target: main"))
    project.add("manifests/g.yaml", thing("ops", "{}", ", target: second", "Group"))
    assert len(project.refused()) == 1


def test_a_value_that_the_vendor_may_have_added_is_a_warning(project: Project) -> None:
    project.add("manifests/a.yaml", thing("a", "{style: larg}"))
    project.add("manifests/b.yaml", thing("b", "{style: medium}"))
    project.add("manifests/c.yaml", thing("c", "{style: small}"))
    warnings = project.link().diagnostics
    assert [(w.severity, w.code, str(w.source), w.summary, w.hint) for w in warnings] == [
        (
            *("warning", "manifest.unknown-value", "manifests/a.yaml:4:15"),
            "spec.style: 'larg' is none of the values that are known: large, small",
            "did you mean `large`?",
        ),
        (
            *("warning", "manifest.unknown-value", "manifests/b.yaml:4:15"),
            "spec.style: 'medium' is none of the values that are known: large, small",
            "right where the vendor has added it since",
        ),
    ]
