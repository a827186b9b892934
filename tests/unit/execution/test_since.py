"""What `--since` limits a run to."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from reconciler.model import Plan, Request
from tests.unit.execution.estate import PLAIN, Estate, document


def git(folder: Path, *args: str) -> None:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    subprocess.run(["git", "-C", str(folder), *who, *args], check=True, capture_output=True)


FILES = {
    "manifests/group.yaml": document("Group", "g", "note: n"),
    "manifests/needs.yaml": document("Item", "needs", "title: T, group: {ref: g}"),
    "manifests/plain.yaml": document("Item", "plain", "title: T"),
    "manifests/text.yaml": document("Item", "text", "title: T, note: {file: notes/a.md}"),
    "manifests/other.yaml": document("Item", "other", "title: T", target="two"),
    "notes/a.md": "one",
    "overlays/plain.yaml": document("Item", "plain", "price: 1"),
}


def write(estate: Estate, name: str, text: str | None) -> None:
    path = estate.folder / name
    path.parent.mkdir(exist_ok=True)
    if text is None:
        path.unlink()
    else:
        path.write_text(text if name.startswith("notes") else f"apiVersion: tiny/v1\n{text}\n")


@pytest.fixture
def branched(estate: Estate) -> Estate:
    """A committed folder that is applied."""
    for name, text in FILES.items():
        write(estate, name, text)
    with (estate.folder / "reconciler.yaml").open("a") as file:
        file.write("overlays: [overlays]\nlimits: {deletes: 100%, updates: 100%}\n")
    git(estate.folder, "init", "-q", "-b", "main")
    git(estate.folder, "add", "-A", "manifests", "notes", "overlays", "reconciler.yaml")
    git(estate.folder, "commit", "-qm", "all")
    estate.apply()
    for held in (estate.holds("Item"), estate.servers["two"].objects["Item"]):
        for body in held.values():
            body["title"] = "by hand"  # so that every object would be updated
    return estate


def found(plan: Plan) -> list[str]:
    return [f"{operation.action.value} {operation.address.name}" for operation in plan.operations]


@pytest.mark.parametrize(
    ("name", "text", "operations"),
    [
        ("manifests/plain.yaml", document("Item", "plain", "title: U"), ["update plain"]),
        ("manifests/plain.yaml", document("Item", "plain", "title: T", "labels: {a: b}"), ["update plain"]),
        ("manifests/plain.yaml", "\n# a comment\n" + document("Item", "plain", "title: T"), []),
        ("manifests/group.yaml", document("Group", "g", "note: m"), ["update g", "update needs"]),
        ("notes/a.md", "two", ["update text"]),
        ("overlays/plain.yaml", document("Item", "plain", "price: 2"), ["update plain"]),
        ("manifests/other.yaml", document("Item", "other", "title: U", target="two"), ["update other"]),
        ("manifests/text.yaml", None, ["delete text"]),
        ("manifests/new.yaml", document("Item", "new", "title: T"), ["create new"]),
    ],
)
def test_a_run_is_limited_to_what_changed(branched: Estate, name: str, text: str | None, operations: list[str]) -> None:
    write(branched, name, text)
    plan = branched.plan(Request(since="main"))
    assert found(plan) == operations
    assert plan.selection.since == "main"


def test_a_manifest_that_moved_to_another_file_did_not_change(branched: Estate) -> None:
    write(branched, "manifests/plain.yaml", None)
    write(branched, "manifests/moved.yaml", FILES["manifests/plain.yaml"])
    assert found(branched.plan(Request(since="main"))) == []


def test_what_the_other_side_changed_is_not_ours(branched: Estate) -> None:
    git(branched.folder, "checkout", "-q", "-b", "change")
    git(branched.folder, "checkout", "-q", "main")
    write(branched, "manifests/text.yaml", document("Item", "text", "title: U"))
    git(branched.folder, "commit", "-qam", "main moves on")
    git(branched.folder, "checkout", "-q", "change")
    assert found(branched.plan(Request(since="main"))) == []
    assert found(branched.plan(Request(since="change", rev="main"))) == ["update text"]


def test_a_target_that_nothing_changed_on_is_not_read(branched: Estate) -> None:
    write(branched, "manifests/plain.yaml", document("Item", "plain", "title: U"))
    branched.servers["two"].calls.clear()
    branched.plan(Request(since="main"))
    assert branched.servers["two"].calls == []


def test_an_apply_leaves_the_rest_alone(branched: Estate) -> None:
    write(branched, "manifests/plain.yaml", document("Item", "plain", "title: U"))
    applied = branched.apply(Request(since="main"))
    assert [(o.address.name, o.status.value) for o in applied.outcomes] == [("plain", "done")]
    assert branched.holds("Item")["text"]["title"] == "by hand"
    assert found(branched.plan(PLAIN)) == ["update needs", "update text", "update other"]
