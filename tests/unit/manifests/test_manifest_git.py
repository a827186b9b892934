"""Manifests from a git revision are what a checkout of it would give."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.errors import ManifestError, UsageError
from reconciler.manifests import git
from reconciler.manifests.git import Revision
from reconciler.manifests.text import MAX_BYTES

from .demo_project import Project, thing

pytestmark = pytest.mark.usefixtures("git")


@pytest.fixture
def history(project: Project) -> Project:
    project.overlays = ("overlays",)
    project.add("manifests/a.yaml", thing("x", "{prompt: {file: prompts/x.md}}"))
    project.add("manifests/.hidden/b.yaml", "a: [")
    project.add("manifests/deep/c.yml", thing("g", kind="Group"))
    project.add("overlays/o.yaml", thing("x", "{size: 1}"))
    project.add("prompts/x.md", "old text")
    project.commit("first")
    project.git("tag", "v1")
    for name in ("manifests/a.yaml", "overlays/o.yaml", "prompts/x.md"):
        project.add(name, "changed")
    return project


def test_reads_manifests_overlays_and_files(history: Project) -> None:
    desired = history.link(rev="v1")
    x = next(resource for address, resource in desired.resources.items() if address.name == "x")
    assert x.spec == {"id": "x", "prompt": "old text", "size": 1}
    assert (x.source.file, desired.commit) == ("manifests/a.yaml", history.git("rev-parse", "HEAD"))
    assert len(desired.resources) == 2


def test_a_file_that_the_revision_lacks(history: Project) -> None:
    history.add("manifests/a.yaml", thing("x", "{prompt: {file: prompts/new.md}}"))
    history.add("overlays/o.yaml", "")
    history.commit()
    history.add("prompts/new.md", "new")
    (line,) = history.refused(rev="HEAD")
    assert line.startswith("manifests/a.yaml:4:16: spec.prompt: prompts/new.md: no such file")


def test_knows_the_commit_of_the_work_tree(history: Project) -> None:
    assert git.head(history.root) == history.git("rev-parse", "HEAD") == history.load().commit


def test_without_git_there_is_no_commit(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    assert git.head(project.root) == ""
    project.git("init", "-q")
    assert git.head(project.root) == ""
    project.commit()
    monkeypatch.setenv("PATH", "")
    assert git.head(project.root) == ""
    with pytest.raises(UsageError, match="git cannot be run"):
        Revision(project.root, "HEAD")


def test_a_hook_of_another_repository_does_not_disturb(history: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "nowhere")
    assert len(history.load(rev="HEAD").manifests) == 2


@pytest.mark.parametrize(
    ("rev", "message", "hint"),
    [
        ("-x", "--rev '-x' is no revision", "name a commit, a tag or a branch"),
        ("", "--rev '' is no revision", "name a commit, a tag or a branch"),
        ("man", "--rev man: no such revision in ", "did you mean `main`?"),
        ("zzzzzzz", "--rev zzzzzzz: no such revision in ", "fetch it, or name a commit, a tag or a branch"),
        ("HEAD:prompts", "--rev HEAD:prompts: no such", "fetch it, or name a commit, a tag or a branch"),
    ],
)
def test_refuses_what_is_no_revision(history: Project, rev: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        Revision(history.root, rev)
    assert caught.value.message.startswith(message)
    assert caught.value.hint == hint


def test_repeats_what_git_says(project: Project) -> None:
    project.add(".git", "nonsense")
    with pytest.raises(UsageError, match=r"--rev HEAD: git says: fatal: invalid gitfile format") as caught:
        Revision(project.root, "HEAD")
    assert caught.value.hint == "`git status` says more"


def test_needs_a_repository(project: Project) -> None:
    with pytest.raises(UsageError, match="is in no git work tree"):
        project.load(rev="HEAD")


def test_settings_in_a_folder_of_the_repository(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.add("envs/prod/manifests/a.yaml", thing("x", "{prompt: {file: ../../common/x.md}}"))
    project.add("common/x.md", "text")
    project.add("common/b.yaml", thing("y"))
    project.commit()
    inner = project.root / "envs/prod"
    revision = Revision(inner, "HEAD")
    assert revision.discover("manifests") == (["envs/prod/manifests/a.yaml"], [])
    assert revision.discover("../../common") == (["common/b.yaml"], [])
    assert revision.discover(str(project.root / "common/b.yaml"))[0] == [str(project.root / "common/b.yaml")]
    assert revision.read(revision.locate("../../common/x.md")) == b"text"
    monkeypatch.chdir(inner)
    assert Revision(inner, "HEAD").discover("manifests")[0] == ["manifests/a.yaml"]
    assert Revision(inner, "HEAD").discover("../../..")[1][0].summary == "outside the repository"


def test_the_whole_tree_may_be_the_folder(history: Project) -> None:
    assert Revision(history.root, "v1").discover(".")[0] == [
        "manifests/a.yaml",
        "manifests/deep/c.yml",
        "overlays/o.yaml",
    ]


def test_what_is_not_in_the_revision_is_named(history: Project) -> None:
    history.add("new/x.yaml", "")
    revision = Revision(history.root, "v1")
    assert revision.discover("new")[1][0].summary.startswith("no such file or folder in ")
    with pytest.raises(ManifestError) as caught:
        revision.locate("prompts/y.md")
    assert (caught.value.message, caught.value.hint) == ("prompts/y.md: no such file", "did you mean `prompts/x.md`?")
    with pytest.raises(ManifestError, match=r"new/x.yaml: no such file"):
        revision.read("new/x.yaml")
    for path in ("../x", "/etc/hosts"):
        with pytest.raises(ManifestError, match="outside the repository"):
            revision.refuse_outside(path)


def test_symbolic_links_are_followed_inside_the_revision(project: Project, tmp_path: Path) -> None:
    project.add("common/a.yaml", thing("x"))
    project.add("common/deep/b.yaml", thing("y"))
    folder = project.root / "manifests"
    links = {
        "a.yaml": "../common/a.yaml",
        "folder": "../common/deep",
        "folder-again": "../common/deep",
        "text.md": "../common/a.yaml",
        "up": "..",
        "out.yaml": "../../secret.yaml",
        "absolute.yaml": str(tmp_path / "x.yaml"),
        "round.yaml": "round2.yaml",
        "round2.yaml": "round.yaml",
        "broken.yaml": "nothing.yaml",
    }
    for name, target in links.items():
        (folder / name).symlink_to(target)
    project.commit()
    revision = Revision(project.root, "HEAD")
    found, refused = revision.discover("manifests")
    assert found == ["manifests/a.yaml", "manifests/broken.yaml", "manifests/folder/b.yaml"]
    assert sorted((str(d.source), d.summary) for d in refused) == [
        ("manifests/absolute.yaml", "a symbolic link out of the repository"),
        ("manifests/out.yaml", "a symbolic link out of the repository"),
        ("manifests/round.yaml", "symbolic links in a circle"),
        ("manifests/round2.yaml", "symbolic links in a circle"),
    ]
    assert revision.read("manifests/a.yaml") == thing("x").encode()
    assert revision.discover("manifests/folder") == (["manifests/folder/b.yaml"], [])
    with pytest.raises(ManifestError, match=r"manifests/broken.yaml: no such file"):
        revision.read("manifests/broken.yaml")


def test_submodules_and_large_files(project: Project) -> None:
    with (project.add("manifests/big.yaml", "")).open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    project.commit()
    oid = project.git("rev-parse", "HEAD")
    project.git("update-index", "--add", "--cacheinfo", f"160000,{oid},manifests/module.yaml")
    project.git("commit", "-q", "-m", "module")
    revision = Revision(project.root, "HEAD")
    assert revision.discover("manifests") == (["manifests/big.yaml"], [])
    with pytest.raises(ManifestError, match="larger than 10 MB"):
        revision.read("manifests/big.yaml")
    with pytest.raises(ManifestError, match="no such file"):
        revision.read("manifests/module.yaml")


def test_names_that_are_no_ascii(project: Project) -> None:
    name = os.fsdecode("manifests/ü ö\n.yaml".encode())
    project.add(name, thing("x"))
    project.commit()
    assert Revision(project.root, "HEAD").discover("manifests")[0] == [name]


def test_positions_are_those_of_the_revision(history: Project) -> None:
    history.add("manifests/a.yaml", thing("x", "{size: big}"))
    history.commit()
    history.add("manifests/a.yaml", "# a comment\n\n" + thing("x", "{size: big}"))
    assert history.refused(rev="HEAD")[0].startswith("manifests/a.yaml:4:14: spec.size")
