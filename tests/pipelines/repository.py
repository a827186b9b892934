"""A repository with manifests and written pipelines, the people who work in it, and its forge.

Takes a folder and a runner; gives what people and the forge do between two runs of a pipeline. Every command of a
person is that of the command line, in this process.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.cli.app import run
from tests.pipelines.forge import REPOSITORY, TOKEN, serving
from tests.pipelines.runner import Ran, Runner, git

PULLED = "refs/pull/1/merge"
"""What merging the pull request would give, as GitHub keeps it."""


@dataclass
class Repository:
    """A person's clone, and the machines of the forge."""

    work: Path
    runner: Runner

    @property
    def models(self) -> Path:
        """Where the settings lie."""
        return self.work / "models"

    def reconciler(self, *arguments: str, expect: int = 0) -> str:
        """Run a command in the person's clone; gives what it said."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.chdir(self.models)
            for name, value in self.runner.secrets.items():
                patch.setenv(name, value)
            code = run(arguments)
        said = out.getvalue() + err.getvalue()
        assert code == expect, f"reconciler {' '.join(arguments)} gave {code}\n{said}"
        return out.getvalue()

    def commit(self, words: str) -> str:
        """Commit everything; gives the commit."""
        git(self.work, "add", "-A")
        git(self.work, "commit", "-qm", words)
        return git(self.work, "rev-parse", "HEAD")

    def push(self) -> None:
        """Push the branch that everybody shares."""
        git(self.work, "push", "-q", "origin", "HEAD:main")

    def propose(self, words: str, change: Callable[[], object]) -> str:
        """Push a branch with a change, and what merging it would give; gives the branch's commit."""
        git(self.work, "checkout", "-q", "-B", "change", "main")
        change()
        head = self.commit(words)
        git(self.work, "checkout", "-q", "-B", "merged", "main")
        git(self.work, "merge", "-q", "--no-ff", "-m", "Merge", "change")
        git(self.work, "push", "-q", "--force", "origin", f"HEAD:{PULLED}")
        git(self.work, "checkout", "-q", "main")
        return head

    def merge(self, head: str) -> str:
        """Merge the pull request; gives the commit that the branch then has."""
        git(self.work, "merge", "-q", "--no-ff", "-m", "Merge", "change")
        self.push()
        merged = git(self.work, "rev-parse", "HEAD")
        self.runner.forge.merged[merged] = head
        return merged

    def checked(self, job: str, head: str, repository: str = REPOSITORY) -> Ran:
        """Run a job that GitHub starts for a pull request."""
        pull = {"number": 1, "head": {"sha": head, "repo": {"full_name": repository}}}
        return self.runner.github("reconciler-plan.yml", job, "pull_request", {"pull_request": pull}, PULLED)


@contextmanager
def opened(folder: Path, secrets: Mapping[str, str], miss: Callable[[str], None]) -> Iterator[Repository]:
    """Make an empty repository with a remote, and a forge beside it."""
    for program in ("curl", "jq"):
        if shutil.which(program) is None:
            miss(program)
    home, work, origin = (folder / name for name in ("home", "work", "origin"))
    for made in (home, work / "models"):
        made.mkdir(parents=True)
    git(folder, "init", "-q", "--bare", str(origin))
    git(work, "init", "-q")
    git(work, "remote", "add", "origin", str(origin))
    with serving() as forge:
        yield Repository(work, Runner(home, origin, forge, {**secrets, "RECONCILER_NOTE_TOKEN": TOKEN}))
