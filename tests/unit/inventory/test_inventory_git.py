"""The store in git: what it leaves alone, whom it asks, and what becomes of remotes that refuse, hang or fail."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler import git as our_git
from reconciler.errors import InventoryConflict, InventoryError, SettingsError
from reconciler.inventory import Journal, open_store, refs
from reconciler.inventory.git import GitRef
from reconciler.inventory.refs import Refs, choose_remote
from reconciler.inventory.store import Moved

from .inventory_places import Git, run_git
from .inventory_samples import entry
from .test_inventory_crashes import OPEN, start

pytestmark = pytest.mark.usefixtures("git")

RECEIPT = "0000000001-20260131T101112000000Z"


@pytest.fixture
def place(tmp_path: Path) -> Git:
    return Git(tmp_path)


def record(journal: Journal, *names: str) -> None:
    async def record_all() -> None:
        await asyncio.gather(*(journal.record(entry(name).address, entry(name)) for name in names))

    asyncio.run(record_all())


def apply(place: Git, *names: str) -> None:
    """Do with the store what an apply does."""
    store = place.open()
    with store.lock(0):
        journal = store.begin(store.load())
        record(journal, *names)
        saved = store.commit(journal)
        store.keep(f"{saved.serial:010}-x", b"receipt")


def names(place: Git) -> list[str]:
    return sorted(address.name for address in place.open().load().entries)


def everything_in(folder: Path) -> str:
    """Give a digest of every file in a folder, with its time."""
    rows = [f"{path} {path.lstat().st_mtime_ns} {path.lstat().st_size}" for path in sorted(folder.rglob("*"))]
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


# --- what it leaves alone -----------------------------------------------------------------------


@pytest.mark.parametrize("shallow", [False, True])
def test_nothing_in_the_clone_is_changed(tmp_path: Path, shallow: bool) -> None:
    place = Git(tmp_path, shallow=shallow)
    (place.repository / "not-committed").write_text("mine")
    (place.repository / "staged").write_text("mine")
    run_git(place.repository, "add", "staged")
    before = everything_in(place.repository)
    apply(place, "a")
    assert names(place) == ["a"]
    assert place.open().receipts() == ("0000000001-x",)
    apply(place, "b")
    assert everything_in(place.repository) == before


def test_nothing_but_refs_of_its_own_is_made_on_the_remote(place: Git) -> None:
    def others() -> list[str]:
        return [row for row in run_git(place.keeper, "for-each-ref").splitlines() if "refs/reconciler/" not in row]

    before = others()
    apply(place, "a")
    apply(place, "b")
    place.open().keep("0000000012-x", b"receipt")
    assert others() == before
    assert run_git(place.keeper, "for-each-ref", "--format=%(refname)", "refs/reconciler").split() == [
        "refs/reconciler/prod",
        "refs/reconciler/prod.receipts/000000000",
        "refs/reconciler/prod.receipts/000000001",
    ]
    assert run_git(place.keeper, "rev-list", "--count", "refs/reconciler/prod") == "1\n", "what is fetched never grows"


def test_without_a_remote_only_refs_and_objects_are_made(tmp_path: Path) -> None:
    place = Git(tmp_path, remote=False)
    before = run_git(place.repository, "status", "--porcelain"), run_git(place.repository, "for-each-ref", "refs/heads")
    apply(place, "a")
    assert (
        run_git(place.repository, "status", "--porcelain"),
        run_git(place.repository, "for-each-ref", "refs/heads"),
    ) == before
    assert names(place) == ["a"]


def test_a_folder_for_objects_goes_with_the_store(place: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    apply(place, "a")
    store = place.open()
    store.load()
    assert len(list(folder.iterdir())) == 1
    del store
    assert list(folder.iterdir()) == []


def test_nobodys_hooks_signatures_or_settings_take_part(place: Git) -> None:
    hook = f"#!/bin/sh\ntouch {place.folder}/hooked\nexit 1\n"
    hooks = place.folder / "hooks"
    hooks.mkdir()
    for name in ("pre-push", "reference-transaction", "post-commit", "pre-commit"):
        (hooks / name).write_text(hook)
        (hooks / name).chmod(0o755)
    for key, value in {
        "core.hooksPath": str(hooks),
        "commit.gpgSign": "true",
        "gpg.program": "/bin/false",
        "push.gpgSign": "true",
        "push.followTags": "true",
        "remote.origin.mirror": "true",
        "fetch.prune": "true",
        "user.useConfigOnly": "true",
    }.items():
        run_git(place.repository, "config", key, value)
    run_git(place.repository, "config", "--replace-all", "remote.origin.fetch", "+refs/*:refs/*")
    before = run_git(place.repository, "for-each-ref")
    apply(place, "a")
    assert names(place) == ["a"]
    assert run_git(place.repository, "for-each-ref") == before
    assert not (place.folder / "hooked").exists()


def test_a_hooks_environment_does_not_disturb(place: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_QUARANTINE_PATH"):
        monkeypatch.setenv(name, str(place.folder / "nowhere"))
    store = place.open()
    with store.lock(0):
        record(store.begin(store.load()), "a")
    monkeypatch.undo()
    assert names(place) == ["a"]


# --- which repository, which remote -------------------------------------------------------------


def test_settings_may_lie_in_a_folder_or_in_a_linked_work_tree(place: Git) -> None:
    inner = place.repository / "environments" / "prod"
    inner.mkdir(parents=True)
    apply(place, "a")
    assert [a.name for a in open_store("git", "prod", inner, {}).load().entries] == ["a"]
    run_git(place.repository, "worktree", "add", "-q", str(place.folder / 'a "linked" tree'), "-b", "branch")
    store = open_store("git", "prod", place.folder / 'a "linked" tree', {})
    with store.lock(0):
        journal = store.begin(store.load())
        record(journal, "b")
        store.commit(journal)
    assert names(place) == ["a", "b"]


def test_inventories_of_several_names_do_not_meet(place: Git) -> None:
    staging = open_store("git", "staging", place.repository, {})
    with staging.lock(0):
        apply(place, "a")
        assert not staging.load().entries


def test_outside_a_repository_it_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="git keeps it in a repository") as caught:
        open_store("git", "prod", tmp_path, {})
    assert "git init" in caught.value.hint


def test_without_git_it_cannot_be_used(place: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SettingsError, match=r"git says nothing of .*: cannot be run \(No such file or directory\)"):
        place.open()


def test_the_remote_is_the_one_that_is_named_or_origin_or_the_only_one(place: Git) -> None:
    here = place.repository
    assert choose_remote(here, "") == "origin"
    with pytest.raises(SettingsError, match="there is no remote 'upstream'") as caught:
        choose_remote(here, "upstream")
    assert caught.value.hint == "the remotes are: origin"
    run_git(here, "remote", "rename", "origin", "upstream")
    assert choose_remote(here, "") == choose_remote(here, "upstream") == "upstream"
    run_git(here, "remote", "add", "mine", "/nowhere")
    with pytest.raises(SettingsError, match="which of the remotes keeps it") as caught:
        choose_remote(here, "")
    assert "remote: mine" in caught.value.hint
    assert choose_remote(here, "mine") == "mine"
    for name in ("mine", "upstream"):
        run_git(here, "remote", "remove", name)
    assert choose_remote(here, "") == ""
    with pytest.raises(SettingsError, match="there is no remote 'mine'") as caught:
        choose_remote(here, "mine")
    assert caught.value.hint == "this repository has no remote"


def test_a_remote_that_is_pushed_to_elsewhere_is_read_there_too(place: Git) -> None:
    (place.folder / "fork").mkdir()
    run_git(place.folder / "fork", "init", "-q", "--bare")
    run_git(place.repository, "config", "remote.origin.pushurl", str(place.folder / "fork"))
    apply(place, "a")
    assert names(place) == ["a"]
    assert place.content() == {}


def test_refs_that_only_end_alike_are_other_refs(place: Git) -> None:
    apply(place, "a")
    tip = run_git(place.keeper, "rev-parse", "refs/reconciler/prod").strip()
    run_git(place.keeper, "update-ref", "refs/x/refs/reconciler/prod", tip)
    run_git(place.keeper, "update-ref", "refs/x/refs/reconciler/prod.receipts/000000000", tip)
    assert Refs(place.repository, "origin").find("refs/reconciler/prod") == {"refs/reconciler/prod": tip}
    assert place.open().receipts() == ("0000000001-x",)
    assert Refs(place.keeper).find("refs/reconciler/prod") == {"refs/reconciler/prod": tip}
    assert Refs(place.keeper).find("refs/reconciler") == {}


# --- a remote that refuses, or fails ------------------------------------------------------------


def failing(times: int, error: Callable[[list[str]], Exception], verb: str, *, after: bool = False) -> Any:
    """Let git fail so often at a verb, before it did anything or after it was done."""
    real = our_git.run
    left = [times]

    def run(repository: Path, *arguments: str, **options: Any) -> bytes:
        if verb in arguments and left[0]:
            left[0] -= 1
            if after:
                real(repository, *arguments, **options)
            raise error(list(arguments))
        return real(repository, *arguments, **options)

    return run


def said(text: str) -> Callable[[list[str]], Exception]:
    return lambda arguments: subprocess.CalledProcessError(128, arguments, b"", text.encode())


HUNG_UP = said("fatal: the remote end hung up unexpectedly\n")


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited, without waiting."""
    found: list[float] = []
    monkeypatch.setattr(Refs.__init__, "__kwdefaults__", {"sleep": found.append})
    return found


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("verb", ["push", "ls-remote", "fetch"])
def test_a_remote_that_could_not_be_reached_is_asked_again(
    place: Git, monkeypatch: pytest.MonkeyPatch, pauses: list[float], verb: str, after: bool
) -> None:
    apply(place, "a")
    monkeypatch.setattr(our_git, "run", failing(2, HUNG_UP, verb, after=after))
    apply(place, "b")
    assert names(place) == ["a", "b"]
    assert pauses == list(refs.PAUSES_SECONDS)


def test_a_remote_that_stays_away_is_told(place: Git, pauses: list[float]) -> None:
    store = place.open()
    run_git(place.repository, "remote", "set-url", "origin", "https://user:s3cr3t@127.0.0.1:1/x.git")
    with pytest.raises(
        InventoryError, match=r"^git ls-remote: fatal: unable to access 'https://127.0.0.1:1/x.git/'"
    ) as caught:
        store.load()
    assert "s3cr3t" not in str(caught.value)
    assert caught.value.exit_code == 1
    assert pauses == list(refs.PAUSES_SECONDS)


def test_what_is_not_there_is_told_at_once(place: Git, pauses: list[float]) -> None:
    store = place.open()
    place.keeper.rename(place.folder / "elsewhere")
    with pytest.raises(InventoryError, match=r"git ls-remote: fatal: .*does not appear to be a git repository"):
        store.load()
    assert pauses == []


def test_a_remote_that_does_not_answer_is_given_up(place: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refs, "NETWORK_TIMEOUT_SECONDS", 0.2)
    monkeypatch.setattr(refs, "PAUSES_SECONDS", ())
    monkeypatch.setenv("GIT_SSH_COMMAND", "sleep 5; #")
    run_git(place.repository, "remote", "set-url", "origin", "ssh://git@127.0.0.1/x.git")
    started = time.monotonic()
    with pytest.raises(InventoryError, match=r"git ls-remote: no answer within 0\.2 seconds"):
        place.open().load()
    assert time.monotonic() - started < 3


def test_a_hook_of_the_server_that_refuses_is_told(place: Git) -> None:
    hook = place.keeper / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho not here >&2\nexit 1\n")
    hook.chmod(0o755)
    with (
        pytest.raises(InventoryError, match=r"cannot be written: .*remote rejected.*hook declined") as caught,
        place.open().lock(0),
    ):
        pytest.fail("held")
    assert "refs/reconciler" in caught.value.hint


@pytest.mark.parametrize("setting", ["receive.denyNonFastForwards", "receive.denyDeletes"])
def test_rules_about_branches_do_not_matter(place: Git, setting: str) -> None:
    run_git(place.keeper, "config", setting, "true")
    apply(place, "a")
    apply(place, "b")
    assert names(place) == ["a", "b"]


def test_a_push_that_may_not_be_says_what_it_needs(place: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    forbidden = said("remote: Permission to o/r.git denied to bot.\nfatal: unable to access 'https://x/': error: 403\n")
    monkeypatch.setattr(our_git, "run", failing(9, forbidden, "push"))
    with (
        pytest.raises(InventoryError, match=r"git push: remote: Permission to o/r\.git denied to bot") as caught,
        place.open().lock(0),
    ):
        pytest.fail("held")
    assert "allowed to push" in caught.value.hint


def test_an_answer_that_got_lost_is_found_by_looking(place: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not tried again at once, but the next write meets what the lost one left."""
    store = place.open()
    with store.lock(0):
        journal = store.begin(store.load())
        record(journal, "a")
        with monkeypatch.context() as patch:
            patch.setattr(our_git, "run", failing(1, said("fatal: something new"), "push", after=True))
            with pytest.raises(InventoryError, match="something new"):
                record(journal, "b")
        record(journal, "c")
        store.commit(journal)
    assert names(place) == ["a", "b", "c"]
    assert place.beside_the_lock().keys() == {"inventory"}


def test_a_ref_that_never_stands_still_is_given_up(place: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    apply(place, "a")
    ref = GitRef(Refs(place.repository, "origin"), "refs/reconciler/prod")
    tips = iter(["1" * 40, "2" * 40, "3" * 40, "4" * 40, "5" * 40])
    monkeypatch.setattr(Refs, "find", lambda self, pattern: {"refs/reconciler/prod": next(tips)})
    with pytest.raises(InventoryError, match="refs/reconciler/prod of origin moves faster than it can be read"):
        ref.refresh()


def test_blocks_that_never_stand_still_are_given_up(place: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    apply(place, "a")
    store = place.open()
    monkeypatch.setattr(Refs, "obtain", lambda self, wanted: False)
    with pytest.raises(InventoryError, match="receipts of origin moves faster than it can be read"):
        store.receipts()


def test_other_blobs_that_move_are_no_conflict_but_not_forever(place: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs may keep receipts in one block at once; the one that comes second puts its own beside."""
    here, there = (GitRef(Refs(place.repository, "origin"), "refs/reconciler/x") for _ in range(2))
    here.refresh()
    there.refresh()
    here.write("receipts/a", b"a", None)
    there.write("receipts/b", b"b", None)
    here.refresh()
    assert here.keys("receipts") == ("receipts/a", "receipts/b")
    real, number = Refs.swap, iter(range(100))

    def swap_after_another(self: Refs, ref: str, old: str | None, new: str) -> str:
        other = GitRef(Refs(place.repository, "origin"), ref)
        monkeypatch.setattr(Refs, "swap", real)
        other.refresh()
        other.write(f"receipts/other-{next(number)}", b"x", None)
        monkeypatch.setattr(Refs, "swap", swap_after_another)
        return real(self, ref, old, new)

    monkeypatch.setattr(Refs, "swap", swap_after_another)
    with pytest.raises(InventoryError, match="moves faster than it can be written"):
        there.write("receipts/c", b"c", None)


def test_without_a_remote_two_writers_race_as_well(tmp_path: Path) -> None:
    place = Git(tmp_path, remote=False)
    apply(place, "a")
    late, other = (GitRef(Refs(place.repository), "refs/reconciler/prod") for _ in range(2))
    late.refresh()
    other.refresh()
    there = late.read("inventory")
    assert there is not None
    other.write("inventory", b"theirs", there.version)
    with pytest.raises(Moved):
        late.write("inventory", b"ours", there.version)


def test_a_run_whose_lock_was_removed_cannot_write_anything_more(place: Git) -> None:
    store = place.open()
    with store.lock(0):
        journal = store.begin(store.load())
        place.break_lock()
        with pytest.raises(InventoryConflict, match="the lock of this one was removed"):
            record(journal, "a")
        with pytest.raises(InventoryConflict, match="its lock was removed"):
            store.commit(journal)
    assert names(place) == []


# --- an interrupt -------------------------------------------------------------------------------

SLOW_PUSH = f"""{OPEN}
import signal
signal.signal(signal.SIGINT, lambda *_: print("interrupted", flush=True))
store_ = open_it()
with store_.lock(0):
    journal = store_.begin(store_.load())
    print("recording", flush=True)
    record(journal, "a")
    print("recorded", flush=True)
    store_.commit(journal)
"""


def test_an_interrupt_from_the_keyboard_does_not_end_a_push(place: Git) -> None:
    """Ctrl-C goes to every process of the terminal: git would stop in the middle of recording what was done."""
    hook = place.keeper / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nsleep 0.7\n")
    hook.chmod(0o755)
    with start(SLOW_PUSH, place, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "recording\n"
        time.sleep(0.3)
        os.killpg(process.pid, signal.SIGINT)
        assert process.stdout.read().split() == ["interrupted", "recorded"]
    assert process.returncode == 0
    assert names(place) == ["a"]
