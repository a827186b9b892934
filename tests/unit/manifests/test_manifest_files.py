"""Which files are found, what they are called, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.errors import ManifestError
from reconciler.manifests import files
from reconciler.manifests.files import WorkTree
from reconciler.manifests.text import MAX_BYTES

from .demo_project import Project, lined, thing


def test_discovers_yaml_in_order_without_hidden_files(project: Project) -> None:
    for name in (
        "b.yaml",
        "a/z.yml",
        "a.yaml",
        "a/.schemas/x.yaml",
        ".hidden/x.yaml",
        ".x.yaml",
        "readme.md",
        "c.json",
    ):
        project.add(f"manifests/{name}", "")
    found, refused = WorkTree(project.root).discover("./manifests/")
    assert found == ["manifests/a.yaml", "manifests/a/z.yml", "manifests/b.yaml"]
    assert refused == []


@pytest.mark.parametrize(
    ("here", "expected"),
    [
        (".", "manifests/a.yaml"),
        ("..", "project/manifests/a.yaml"),
        ("manifests", "a.yaml"),
        ("sub", "../manifests/a.yaml"),
    ],
)
def test_names_are_what_a_person_would_type(
    project: Project, monkeypatch: pytest.MonkeyPatch, here: str, expected: str
) -> None:
    project.add("manifests/a.yaml", thing("x"))
    (project.root / "sub").mkdir()
    monkeypatch.chdir(project.root / here)
    assert WorkTree(project.root).discover("manifests")[0] == [expected]
    assert project.link().resources.popitem()[1].source.file == expected  # type: ignore[attr-defined]


def test_a_folder_elsewhere_is_named_in_full(project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = project.add("manifests/a.yaml", "")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert WorkTree(project.root).discover("manifests")[0] == [str(file)]


def test_the_whole_folder_may_hold_manifests_beside_the_settings(project: Project) -> None:
    project.add("reconciler.yaml", "apiVersion: reconciler/v1\ntargets: {}\n")
    project.add("x.yaml", thing("x"))
    loaded = files_loaded(project, ".")
    assert loaded == ["x.yaml"]


def files_loaded(project: Project, *folders: str) -> list[str]:
    from reconciler import manifests

    return [manifest.source.file for manifest in manifests.load(project.root, folders).manifests]


def test_a_file_may_stand_for_a_folder(project: Project) -> None:
    project.add("manifests/a.yaml", thing("x"))
    assert files_loaded(project, "manifests/a.yaml", "manifests") == ["manifests/a.yaml"]


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("nowhere", "nowhere: no such file or folder"),
        ("../elsewhere", "../elsewhere: outside the repository"),
        ("..", "..: outside the repository"),
        ("/", "/: outside the repository"),
        ("link", "link: a symbolic link out of the repository"),
    ],
)
def test_refuses_folders(project: Project, tmp_path: Path, folder: str, expected: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    (project.root / "link").symlink_to(tmp_path / "elsewhere")
    found, refused = WorkTree(project.root).discover(folder)
    assert found == []
    assert [f"{diagnostic.source}: {diagnostic.summary}" for diagnostic in refused] == [expected]
    assert refused[0].hint


def test_a_folder_that_is_not_there_is_answered_with_the_nearest(project: Project) -> None:
    project.add("manifests/a.yaml", thing("a"))
    hints = [WorkTree(project.root).discover(path)[1][0].hint for path in ("manifest", "manifests/aa.yaml", "zzz")]
    assert hints == [
        "did you mean `manifests`?",
        "did you mean `manifests/a.yaml`?",
        "create it, or correct the path where it is named",
    ]


def test_the_git_work_tree_is_the_boundary(project: Project) -> None:
    project.commit()
    inner = project.root / "inner"
    inner.mkdir()
    project.add("common/a.yaml", thing("x"))
    assert WorkTree(inner).discover("../common") == (["common/a.yaml"], [])
    assert WorkTree(inner).discover("../..")[1][0].summary == "outside the repository"


def test_symbolic_links(project: Project, tmp_path: Path) -> None:
    project.add("common/a.yaml", thing("x"))
    secret = tmp_path / "secret.yaml"
    secret.write_text("a: 1\n")
    folder = project.root / "manifests"
    links = {
        "in.yaml": project.root / "common/a.yaml",
        "folder": project.root / "common",
        "folder-again": project.root / "common",
        "up": project.root,
        "out.yaml": secret,
        "out.md": secret,
        "broken.yaml": folder / "nothing.yaml",
        "outside": tmp_path,
    }
    for name, target in links.items():
        (folder / name).symlink_to(target)
    found, refused = WorkTree(project.root).discover("manifests")
    assert found == ["manifests/broken.yaml", "manifests/folder/a.yaml", "manifests/in.yaml"]
    assert sorted(str(d.source) for d in refused if d.source) == ["manifests/out.yaml", "manifests/outside"]
    assert {d.summary for d in refused} == {"a symbolic link out of the repository"}
    with pytest.raises(ManifestError, match=r"manifests/broken.yaml: cannot be read: No such file or directory"):
        WorkTree(project.root).read("manifests/broken.yaml")


def test_reads_what_is_small_and_regular(project: Project) -> None:
    tree = WorkTree(project.root)
    project.add("a.md", "text")
    project.add("empty.md", "")
    assert (tree.read("a.md"), tree.read("empty.md")) == (b"text", b"")
    os.mkfifo(project.root / "pipe.yaml")
    for name, expected in (
        ("pipe.yaml", "no regular file"),
        ("manifests", "no regular file"),
        ("no", "cannot be read"),
    ):
        with pytest.raises(ManifestError, match=expected):
            tree.read(name)
    with (project.root / "big.yaml").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(ManifestError, match=r"big.yaml: larger than 10 MB"):
        tree.read("big.yaml")


def test_a_file_that_grows_is_read_to_its_end(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.add("a.md", "x" * 10)
    descriptor = os.open("a.md", os.O_RDONLY)
    try:
        info = os.fstat(descriptor)
        smaller = os.stat_result((*info[:6], 4, *info[7:]))
        monkeypatch.setattr(os, "fstat", lambda _: smaller)
        assert files._read_all(descriptor, "a.md") == b"x" * 10
    finally:
        os.close(descriptor)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_that_may_not_be_read_is_named(project: Project) -> None:
    folder = project.root / "manifests" / "closed"
    folder.mkdir(mode=0o000)
    assert "manifests/closed: cannot be read" in lined(WorkTree(project.root).discover("manifests")[1][0])


def test_a_folder_that_vanishes_is_named(project: Project) -> None:
    refused: list[files.Diagnostic] = []
    assert files._entries("gone", refused) == []
    assert refused[0].summary == "cannot be read: No such file or directory"


def test_every_broken_file_is_reported_in_one_run(project: Project) -> None:
    project.add("manifests/a.yaml", "a: 1\na: 2\n")
    project.add("manifests/b.yaml", b"\xff")
    project.add("manifests/c.yaml", thing("x", "{idd: 1}"))
    project.overlays = ("nowhere",)
    assert [line.partition(" ->")[0] for line in project.refused()] == [
        "manifests/a.yaml:2:1: duplicate key 'a'",
        "manifests/b.yaml:1:1: bytes that are not UTF-8",
        "manifests/c.yaml:4:8: spec.idd: unknown key `idd`",
        "nowhere: no such file or folder",
    ]


def test_findings_of_other_files_are_left_out_where_some_were_named(project: Project) -> None:
    good = project.add("manifests/good.yaml", thing("x", "{owner: {ref: Group/g}}"))
    project.add("manifests/g.yaml", thing("g", kind="Group"))
    project.add("manifests/bad.yaml", thing("y", "{size: big, base: {ref: nothing}}"))
    project.add("manifests/broken.yaml", "a: 1\na: 2\n")
    project.add("manifests/dangling.yaml", thing("z", "{base: {ref: nothing}, old: a}"))
    desired = project.link(files=[str(good)])
    assert "main/Thing/x" in [str(address) for address in desired.resources]
    assert desired.diagnostics == ()
    project.refused(files=[str(good), "manifests/bad.yaml"])
    (dangling,) = project.refused(files=["manifests/dangling.yaml"])
    assert dangling.startswith("manifests/dangling.yaml:4:14: spec.base: no manifest declares main/Thing/nothing")
    assert project.refused(files=["nowhere.yaml"])[0].startswith("manifests/bad.yaml")
    project.add("more/twice.yaml", thing("x"))
    twice = project.refused(files=["more/twice.yaml"])
    assert [line.partition(": ")[0] for line in twice] == ["more/twice.yaml:3:18"]
