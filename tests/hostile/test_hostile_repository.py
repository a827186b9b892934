"""Whoever may change a repository gets nothing run, nothing read outside it, and no credential that is not theirs."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from reconciler.cli.app import run

from .server import SECRET

SETTINGS = """\
apiVersion: reconciler/v1
inventory: {store: postgres, url: {env: HOSTILE_DATABASE}}
targets:
  ours: {system: runtype, url: "http://127.0.0.1:9", auth: {bearer: {env: PEER_TOKEN}}}
  theirs: {system: runtype, url: "http://127.0.0.1:10", auth: {bearer: {file: keys/theirs}}}
"""
CHAT = """\
apiVersion: reconciler/v1
targets: {chat: {system: openwebui, url: "http://127.0.0.1:9", auth: {bearer: {file: keys/theirs}}}}
"""
KEY = """\
apiVersion: runtype/v1
kind: ProviderKey
metadata: {name: openai, target: theirs}
spec: {provider: openai, name: openai, apiKey: SOURCE}
"""
MODEL = """\
apiVersion: openwebui/v1
kind: Model
metadata: {name: m}
spec: {name: M, meta: {}, params: {system: {file: PLACE}}}
"""
ATTACK = "touch pwned; : "


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "work"
    (root / "manifests").mkdir(parents=True)
    (root / "keys").mkdir()
    (root / "keys" / "theirs").write_text(SECRET)
    (root / "keys" / "link").symlink_to("theirs")
    (root / "reconciler.yaml").write_text(SETTINGS)
    monkeypatch.chdir(root)
    return root


def _git(folder: Path, *args: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run(["git", *who, *args], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize(
    ("source", "owner"),
    [
        ("{env: PEER_TOKEN}", "the target ours"),
        ("{env: HOSTILE_DATABASE}", "the inventory"),
        ("{env: RECONCILER_NOTIFY}", "Reconciler itself"),
        ("{file: keys/theirs}", "the target theirs"),
        ("{file: manifests/../keys/theirs}", "the target theirs"),
        ("{file: keys/link}", "the target theirs"),
    ],
)
def test_no_manifest_sends_a_credential(
    source: str, owner: str, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (work / "manifests" / "key.yaml").write_text(KEY.replace("SOURCE", source))
    assert run(["validate"]) == 3
    said = capsys.readouterr().err
    assert f"is the credential of {owner}, and no manifest may send it\n  at manifests/key.yaml:4:" in said
    assert SECRET not in said


def test_a_secret_of_its_own_is_what_a_manifest_names(work: Path) -> None:
    (work / "manifests" / "key.yaml").write_text(KEY.replace("SOURCE", "{env: OPENAI_API_KEY}"))
    assert run(["validate"]) == 0


@pytest.mark.usefixtures("git")
@pytest.mark.parametrize("flag", ["--rev", "--since"])
@pytest.mark.parametrize(
    "rev",
    [
        *("--output=pwned", "-opwned", "--upload-pack=touch pwned", "--exec=touch pwned", "--help", "-", ""),
        *("HEAD --output=pwned", "HEAD:manifests", ":/first", "HEAD\n--all", "$(touch pwned)", "`touch pwned`", ";"),
        *("@{-1}", "../../etc/passwd", "ext::sh -c touch% pwned", "\x1b]8;;http://x\x07HEAD", "\u202eHEAD", "^HEAD"),
    ],
)
def test_a_revision_is_never_an_option_nor_a_command(
    flag: str, rev: str, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (work / "reconciler.yaml").write_text(CHAT)
    _git(work, "init", "-q")
    _git(work, "add", "reconciler.yaml")
    _git(work, "commit", "-qm", "first")
    before = sorted(path.name for path in work.iterdir())
    code = run(["plan", flag, rev])
    out, err = capsys.readouterr()
    assert code == 3 or rev == ":/first"  # which names the commit
    assert [line for line in (out + err).split("\n") if not line.isprintable()] == []
    assert "Traceback" not in err
    assert "bug" not in err
    assert sorted(path.name for path in work.iterdir()) == before


@pytest.mark.usefixtures("git")
def test_nothing_of_a_repositorys_settings_is_run(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (work / "reconciler.yaml").write_text(
        SETTINGS.replace("store: postgres, url: {env: HOSTILE_DATABASE}", "store: git")
    )
    (work / "manifests" / "key.yaml").write_text(KEY.replace("SOURCE", "{env: OPENAI_API_KEY}"))
    (work / ".gitattributes").write_text("* filter=evil diff=evil merge=evil\n")
    _git(work, "init", "-q", "-b", "$(touch${IFS}pwned)")
    _git(work, "add", "manifests", "reconciler.yaml", ".gitattributes")
    _git(work, "commit", "-qm", "first")
    _git(work, "tag", "\u200bv1;touch-pwned")
    hooks = work / ".git" / "hooks"
    for hook in ("post-checkout", "reference-transaction", "pre-push", "pre-commit", "fsmonitor-watchman"):
        (hooks / hook).write_text(f"#!/bin/sh\n{ATTACK}\n")
        (hooks / hook).chmod(0o755)
    for name in (
        *(
            "core.fsmonitor",
            "core.pager",
            "core.editor",
            "core.sshCommand",
            "core.askPass",
            "core.alternateRefsCommand",
        ),
        *("filter.evil.smudge", "filter.evil.clean", "filter.evil.process", "diff.evil.textconv", "diff.external"),
        *("credential.helper", "gpg.program", "pager.rev-parse", "alias.rev-parse", "uploadpack.packObjectsHook"),
    ):
        _git(work, "config", name, f"!{ATTACK}" if name.startswith(("alias", "credential")) else ATTACK)
    _git(work, "remote", "add", "origin", "ext::sh -c touch% pwned")
    _git(work, "config", "protocol.ext.allow", "always")
    for line in (
        *(["validate"], ["validate", "--rev", "HEAD"], ["plan", "--since", "HEAD"], ["inventory", "list"]),
        *(["plan"], ["history"], ["apply", "--yes"]),
    ):
        run(line)
    assert "Traceback" not in capsys.readouterr().err
    assert not list(work.rglob("pwned"))
    assert not list(Path(work, ".git").rglob("pwned"))


@pytest.mark.usefixtures("git")
def test_a_replaced_object_is_not_what_a_commit_holds(work: Path) -> None:
    (work / "manifests" / "key.yaml").write_text(KEY.replace("SOURCE", "{env: OPENAI_API_KEY}"))
    _git(work, "init", "-q")
    _git(work, "add", "manifests", "reconciler.yaml")
    _git(work, "commit", "-qm", "first")
    (work / "manifests" / "key.yaml").write_text("kind: broken\n")
    _git(work, "commit", "-qam", "second")
    _git(work, "replace", "HEAD~1", "HEAD")
    assert run(["validate", "--rev", "HEAD"]) == 3
    _git(work, "tag", "first", "HEAD~1")
    assert run(["validate", "--rev", "first"]) == 0


@pytest.mark.usefixtures("git")
@pytest.mark.parametrize(
    "place",
    ["link", "folder/hostname", "../outside", "/etc/hostname", "loop", ".git/config", "keys/theirs", "keys/link"],
)
def test_no_path_leads_out_of_the_repository(
    place: str, work: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "outside").write_text("OUTSIDE")
    (work / "link").symlink_to("/etc/hostname")
    (work / "folder").symlink_to("/etc")
    (work / "loop").symlink_to("loop")
    (work / "reconciler.yaml").write_text(CHAT)
    (work / "manifests" / "m.yaml").write_text(MODEL.replace("PLACE", place))
    _git(work, "init", "-q")
    _git(work, "add", ".")
    _git(work, "commit", "-qm", "first")
    for line in (["validate"], ["validate", "--rev", "HEAD"], ["plan", "--rev", "HEAD"]):
        assert run(line) == 3
        assert "at manifests/m.yaml:4:" in capsys.readouterr().err


def test_a_pipe_in_the_place_of_a_file_is_no_file(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(work / "manifests" / "pipe.yaml")
    (work / "manifests" / "device.yaml").symlink_to("/dev/zero")
    assert run(["validate"]) == 3
    said = capsys.readouterr().err
    assert "error: no regular file\n  at manifests/pipe.yaml" in said
    assert "error: a symbolic link out of the repository\n  at manifests/device.yaml" in said
