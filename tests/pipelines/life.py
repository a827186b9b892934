"""The whole life of a change in git: proposed, planned, merged, applied; strayed from, accepted; rolled back.

Takes a repository and an Open WebUI server, which may be the sandbox or a real one; the written pipelines run step by
step as a runner would, and people do the rest.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.conformance.subjects import Hands
from tests.pipelines.repository import Repository
from tests.pipelines.runner import Ran, git

SETTINGS = """\
apiVersion: reconciler/v1
inventory: {{store: git}}
targets:
  chat: {{system: openwebui, url: {url}, auth: {{bearer: {{env: OPENWEBUI_TOKEN}}}}}}
"""
GROUP = """\
apiVersion: openwebui/v1
kind: Group
metadata: {name: developers}
spec: {description: People who write code}
"""
MODEL = """\
apiVersion: openwebui/v1
kind: Model
metadata:
  name: helper   # nobody may rename it
spec:
  name: "Helper"
  base_model_id: gpt-4o
  params:
    temperature: 0.2 # careful
    system: {file: prompts/helper.md}
  meta: {}
"""
PROMPT = "You help.\nBe brief.\n"
EMPTY = "Plan: 0 to create, 0 to update, 0 to replace, 0 to delete."


def play(repository: Repository, url: str, hands: Hands) -> None:
    """Play all of it, in order."""
    life = _Life(repository, hands)
    life.begun(url)
    receipt, merge = life.changed()
    life.strayed()
    life.accepted()
    life.rolled_back(receipt, merge)


class _Life:
    def __init__(self, repository: Repository, hands: Hands) -> None:
        self.repository = repository
        self.hands = hands

    # --- chapters -----------------------------------------------------------------------------

    def begun(self, url: str) -> None:
        """Pipelines are written into a repository; its first plan is approved by hand."""
        it = self.repository
        self.write("reconciler.yaml", SETTINGS.format(url=url))
        self.write("manifests/developers.yaml", GROUP)
        self.write("manifests/helper.yaml", MODEL)
        self.write("prompts/helper.md", PROMPT)
        it.reconciler("init", "--ci", "github")
        it.commit("Begin")
        it.push()
        ran = it.runner.github("reconciler-apply.yml", "reviewed", "push", {})
        assert "::error title=No reviewed plan::" in ran.said
        assert self.rows("Group") == []
        self.ends_well(it.runner.github("reconciler-apply.yml", "again", "workflow_dispatch", {}))
        self.ends_well(it.runner.github("reconciler-apply.yml", "approved", "workflow_dispatch", {}))
        assert self.rows("Group") == ["People who write code"]
        self.settled()

    def changed(self) -> tuple[str, str]:
        """A branch is validated, planned and told in one comment; its merge carries out that plan."""
        it = self.repository

        def change() -> None:
            self.write("manifests/developers.yaml", GROUP.replace("write", "review"))

        head = it.propose("Say what they do", change)
        self.ends_well(it.checked("validate", head))
        self.ends_well(it.checked("plan", head))
        (comment,) = (str(comment["body"]) for comment in it.runner.forge.comments)
        assert "## Plan: 0 to create, 1 to update" in comment
        assert "People who review code" in comment
        assert self.rows("Group") == ["People who write code"]
        merge = it.merge(head)
        self.ends_well(it.runner.github("reconciler-apply.yml", "reviewed", "push", {}))
        assert self.rows("Group") == ["People who review code"]
        self.settled()
        newest = json.loads(it.reconciler("history", "--last", "1", "-o", "json"))["receipts"][0]
        assert newest["commit"] == merge
        return str(newest["receipt"]), merge

    def strayed(self) -> None:
        """What somebody changes by hand is reported at night, and nothing is done about it."""
        it = self.repository
        self.ends_well(it.runner.github("reconciler-drift.yml", "drift", "schedule", {}))
        (row,) = self.hands.rows("Model")
        self.hands.edit("Model", row, {"params.temperature": 0.9, "params.system": "You help.\nBe kind.\n"})
        ran = it.runner.github("reconciler-drift.yml", "drift", "schedule", {})
        assert ran.steps["Drift"]["code"] == 2
        assert "Be {+kind+}." in ran.summary
        kept = it.runner.home / "artifacts" / "reconciler-drift" / "reconciler-drift.json"
        paths = [item["path"] for item in json.loads(kept.read_text())["drift"]]
        assert paths == ["params.system", "params.temperature"]

    def accepted(self) -> None:
        """It is taken into git by a commit, whose plan has nothing left to do."""
        it = self.repository

        def accept() -> None:
            it.reconciler("drift", "--accept")

        head = it.propose("Keep what was done by hand", accept)
        changed = git(it.work, "diff", "--name-only", "main", "change").splitlines()
        assert changed == ["models/manifests/helper.yaml", "models/prompts/helper.md"]
        assert git(it.work, "show", "change:models/manifests/helper.yaml") == MODEL.replace("0.2", "0.9").strip()
        self.ends_well(it.checked("plan", head))
        assert "## Plan: 0 to create, 0 to update" in str(it.runner.forge.comments[0]["body"])
        it.merge(head)
        self.ends_well(it.runner.github("reconciler-apply.yml", "reviewed", "push", {}))
        self.ends_well(it.runner.github("reconciler-drift.yml", "drift", "schedule", {}))
        self.settled()

    def rolled_back(self, receipt: str, merge: str) -> None:
        """An apply is undone by a plan that a person reviews; with its commit reverted, nothing is left to do."""
        it = self.repository
        shown = it.reconciler("rollback", receipt, "--out", "undo.plan")
        assert "People who write code" in shown
        assert self.rows("Group") == ["People who review code"]
        it.reconciler("apply", "undo.plan")
        (it.models / "undo.plan").unlink()
        assert self.rows("Group") == ["People who write code"]
        git(it.work, "revert", "--no-edit", "-m", "1", merge)
        it.push()
        self.settled()
        self.ends_well(it.runner.github("reconciler-drift.yml", "drift", "schedule", {}))

    # --- what they share ----------------------------------------------------------------------

    def write(self, name: str, text: str) -> None:
        """Write a file beside the settings."""
        path: Path = self.repository.models / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def rows(self, kind: str) -> list[str]:
        """Give what the objects of a kind say of themselves."""
        return [row.body["description"] for row in self.hands.rows(kind)]

    def settled(self) -> None:
        """Nothing is left to do, as a person sees it from the newest commit."""
        plan = self.repository.reconciler("plan", "--detailed-exitcode")
        assert plan.splitlines()[-1] == EMPTY

    def ends_well(self, ran: Ran) -> None:
        """A job ran, and did not fail."""
        assert ran.done
        assert not ran.failed, ran.said
