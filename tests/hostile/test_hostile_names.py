"""Names that a server chose are shown by every verb in every format, and neither act, nor lead elsewhere."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

from reconciler.cli.app import run

from .server import SECRET, Hostile, answer, serving

NAMES = (
    "../../../admin",
    "..%2F..%2Fadmin",
    "a?delete=all#b",
    "line\n::error file=x::injected\n##[command]",
    "\x1b]8;;http://evil.example\x07click\x1b]8;;\x07\x1b[2J",
    "\u202egpj.exe\u200b\ufeff",
    "<script>alert(1)</script>",
    "[x](javascript:alert(1)) @everyone",
    "nul\0inside",
    "${{ secrets.TOKEN }} $(touch pwned) `id`",
    "'; DROP TABLE group; --",
    "- a: &b *b !!python/object:x",
)
SETTINGS = """\
apiVersion: reconciler/v1
targets: {chat: {system: openwebui, url: "URL", auth: {bearer: {env: PEER_TOKEN}}}}
"""
PREFIX = "/api/v1"
# a command that fails while it still reads may leave sockets to the end of its process, which here is the tests' own
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def _group(number: int, name: str) -> dict[str, object]:
    """Give a group whose every text is hostile; the description repeats the credential that it was asked with."""
    facts = {"user_id": "u", "created_at": 1, "updated_at": 1, "permissions": {}, "data": None, "meta": None}
    return {"id": name if number % 2 else f"id-{number}", "name": name, "description": f"{name}\n{SECRET}", **facts}


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hostile]:
    """A server that holds these names, on a thread of its own, and a folder with its settings."""
    groups = [_group(number, name) for number, name in enumerate(NAMES)]
    me = {"id": "u", "role": "admin", "name": NAMES[4], "email": "a@example.com", "permissions": {}}
    answers = {"/auths/": me, "/groups/": groups, "/auths/admin/config": {}, "/users/all": {"users": [], "total": 0}}

    async def _serve(head: str, writer: asyncio.StreamWriter) -> None:
        path = head.split(" ")[1].partition("?")[0].removeprefix(PREFIX)
        found = (
            []
            if path.endswith("/users")
            else answers.get(path, {"version": "0.8.12"} if path in ("/api/version", "/api/config") else None)
        )
        status = "200 OK" if found is not None else "404 No"
        writer.write(answer(json.dumps({"detail": NAMES[3]} if found is None else found), status=status))

    hostile = Hostile(_serve)
    loop, ready, stop = asyncio.new_event_loop(), threading.Event(), asyncio.Event()

    async def _run() -> None:
        async with serving(hostile) as url:
            (tmp_path / "reconciler.yaml").write_text(SETTINGS.replace("URL", url))
            ready.set()
            await stop.wait()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            await asyncio.sleep(0.01)

    thread = threading.Thread(target=loop.run_until_complete, args=(_run(),))
    thread.start()
    ready.wait(10)
    (tmp_path / "manifests").mkdir()
    monkeypatch.chdir(tmp_path)
    yield hostile
    loop.call_soon_threadsafe(stop.set)
    thread.join(10)
    loop.close()


def _harmless(text: str) -> None:
    assert [line for line in text.split("\n") if not line.isprintable()] == []
    assert not [line for line in text.split("\n") if line.lstrip().startswith(("::error file=x", "##[command]"))]


FORMATS = ("text", "json", "markdown", "html", "junit", "sarif", "github")


@pytest.mark.parametrize("form", FORMATS)
def test_names_are_shown_and_never_act(
    form: str, server: Hostile, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    for line in (
        ["plan", "--kind", "Group", "--show-unmanaged"],
        ["export", "--kind", "Group", "--to", "out"],
        ["drift"],
        ["doctor"],
        ["inventory", "list"],
        ["history"],
    ):
        run([*line, "-o", form])
        out, err = capsys.readouterr()
        _harmless(out + err)
        assert SECRET not in out + err
    assert server.heads


def test_an_export_with_the_credential_inside_is_none(
    server: Hostile, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["export", "--kind", "Group", "--to", "out"]) == 3
    assert "would hold a secret of this run; nothing was written" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert server.heads


def test_an_export_writes_where_it_was_told_and_what_reads_back(
    server: Hostile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEER_TOKEN", "another-credential")
    before = {path for path in tmp_path.parent.rglob("*") if tmp_path not in (path, *path.parents)}
    run(["export", "--kind", "Group", "--to", "out"])
    assert {path for path in tmp_path.parent.rglob("*") if tmp_path not in (path, *path.parents)} == before
    files = sorted((tmp_path / "out").rglob("*.yaml"))
    written = {yaml.safe_load(file.read_text())["spec"]["name"] for file in files}
    assert written <= set(NAMES)
    assert len(written) > len(NAMES) / 2
    for file in (path for path in (tmp_path / "out").rglob("*") if path.is_file()):
        assert file.name.isascii()
    paths = {unquote(line.split(" ")[1]) for line in server.lines}
    assert not [path for path in paths if path.startswith((f"{PREFIX}/admin", "/admin"))]
