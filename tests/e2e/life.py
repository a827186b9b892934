"""The life of an Open WebUI estate, driven as an outsider would: by settings, manifests, the command line and the API.

Takes a folder and a server, plays every chapter of `CHAPTERS` in order. The same story runs against the sandbox and
against real servers; a difference is a bug of the sandbox.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ADMIN = "admin@example.com"


@dataclass
class Life:
    """A folder with manifests, and the server that they are for."""

    folder: Path
    url: str
    token: str

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "manifests").mkdir()
        self.api = httpx.Client(
            base_url=f"{self.url}/api/v1", headers={"Authorization": f"Bearer {self.token}"}, timeout=30
        )
        settings = {
            "apiVersion": "reconciler/v1",
            "targets": {"chat": {"system": "openwebui", "url": self.url, "auth": {"bearer": {"env": "CHAT_TOKEN"}}}},
        }
        (self.folder / "reconciler.yaml").write_text(json.dumps(settings))

    def __enter__(self) -> Life:
        return self

    def __exit__(self, *_: object) -> None:
        self.api.close()

    def reconciler(self, *arguments: str, expect: int = 0) -> str:
        """Run a command; gives stdout. Fails the test with everything that was said, if the exit code is another."""
        done = subprocess.run(
            [sys.executable, "-m", "reconciler", *arguments],
            cwd=self.folder,
            env={**os.environ, "CHAT_TOKEN": self.token},
            capture_output=True,
            text=True,
            check=False,
        )
        said = f"reconciler {' '.join(arguments)} gave {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert done.returncode == expect, said
        assert self.token not in done.stdout + done.stderr or self.token == "sandbox"
        return done.stdout

    def json(self, *arguments: str, expect: int = 0) -> dict[str, Any]:
        """Run a command with JSON output."""
        document: dict[str, Any] = json.loads(self.reconciler(*arguments, "-o", "json", expect=expect))
        return document

    def write(self, name: str, kind: str, spec: dict[str, Any], **metadata: Any) -> None:
        """Write one manifest, as a person would, but in JSON, which is YAML."""
        document = {
            "apiVersion": "openwebui/v1",
            "kind": kind,
            "metadata": {"name": name, **metadata},
            "spec": spec,
        }
        (self.folder / "manifests" / f"{kind}-{name}.yaml").write_text(json.dumps(document, indent=2))

    def remove(self, name: str, kind: str) -> None:
        """Remove a manifest."""
        (self.folder / "manifests" / f"{kind}-{name}.yaml").unlink()

    def get(self, path: str, **query: str) -> Any:
        """Read from the server."""
        return self.api.get(path, params=query).raise_for_status().json()

    def post(self, path: str, body: Any) -> Any:
        """Write to the server, behind Reconciler's back."""
        return self.api.post(path, json=body).raise_for_status().json()

    def model(self, model_id: str) -> dict[str, Any]:
        """Read one model."""
        found: dict[str, Any] = self.get("/models/model", id=model_id)
        return found

    def models(self) -> dict[str, dict[str, Any]]:
        """Read all workspace models and overrides."""
        workspace = self.get("/models/export")
        return {model["id"]: model for model in [*workspace, *self.get("/models/base")]}

    def group(self, name: str) -> dict[str, Any]:
        """Read one group."""
        (found,) = [group for group in self.get("/groups/") if group["name"] == name]
        return dict(found)

    def settles(self) -> None:
        """The next plan is empty, and nothing has drifted."""
        assert self.reconciler("plan", "--detailed-exitcode").splitlines()[-1] == EMPTY
        self.reconciler("drift")


EMPTY = "Plan: 0 to create, 0 to update, 0 to replace, 0 to delete."

ASSISTANT: dict[str, Any] = {
    "name": "Assistant",
    "base_model_id": {"ref": "gpt-4o"},
    "params": {"temperature": 0.2, "max_tokens": 500, "seed": 7},
    "meta": {"description": "Helps", "capabilities": {"vision": True}, "tags": [{"name": "support"}]},
    "access_grants": [{"principal_type": "group", "principal_id": {"ref": "Group/devs"}, "permission": "read"}],
}


def made_by_hand(life: Life) -> None:
    """Objects that were there before; nobody declares them."""
    life.post("/models/create", {"id": "by-hand", "name": "By hand", "base_model_id": "x", "params": {}, "meta": {}})
    life.post("/groups/create", {"name": "by-hand", "description": "by hand"})


def created(life: Life) -> None:
    """A group, a base, a model with a grant to the group, defaults: planned, applied, and nothing is left."""
    life.write("devs", "Group", {"description": "builders", "members": [ADMIN]})
    life.write("gpt-4o", "Model", {"name": "GPT-4o", "params": {}, "meta": {}, "access_grants": EVERYONE})
    life.write("assistant", "Model", ASSISTANT)
    life.write("defaults", "DefaultModels", {"DEFAULT_MODELS": [{"ref": "assistant"}, "by-hand"]})
    life.reconciler("validate")
    plan = life.reconciler("plan", "--detailed-exitcode", expect=2)
    assert plan.splitlines()[-1] == "Plan: 3 to create, 1 to update, 0 to replace, 0 to delete."
    life.reconciler("apply", "--yes")
    life.settles()
    model, group = life.model("assistant"), life.group("devs")
    assert model["params"] == {"temperature": 0.2, "max_tokens": 500, "seed": 7}
    assert [(g["principal_id"], g["permission"]) for g in model["access_grants"]] == [(group["id"], "read")]
    assert life.get("/configs/models")["DEFAULT_MODELS"] == "assistant,by-hand"
    assert group["member_count"] == 1


def drifted(life: Life) -> None:
    """A change behind our back is drift, said field by field, and git wins."""
    model = life.model("assistant")
    life.post("/models/model/update", {**model, "params": {**model["params"], "temperature": 1.5, "top_p": 0.5}})
    life.post("/models/model/access/update", {"id": "assistant", "access_grants": EVERYONE})
    report = life.json("drift", expect=2)
    assert {(item["path"], item["address"]) for item in report["drift"]} == {
        ("access_grants", "chat/Model/assistant"),
        ("params.temperature", "chat/Model/assistant"),
    }
    text = life.reconciler("drift", expect=2)
    assert "1.5" in text
    assert "0.2" in text
    life.reconciler("apply", "--yes")
    life.settles()
    assert life.model("assistant")["params"]["temperature"] == 0.2
    assert life.model("assistant")["params"]["top_p"] == 0.5, "an undeclared field was touched"


def a_field_removed(life: Life) -> None:
    """A field that leaves the manifest goes back to its default."""
    spec = {**ASSISTANT, "params": {"temperature": 0.2}, "meta": {"capabilities": {"vision": True}}}
    spec = {key: value for key, value in spec.items() if key != "access_grants"}
    life.write("assistant", "Model", spec)
    life.write("devs", "Group", {"members": []})
    life.reconciler("apply", "--yes")
    life.settles()
    model = life.model("assistant")
    assert "seed" not in model["params"]
    assert "max_tokens" not in model["params"]
    assert model["meta"]["description"] is None
    assert not model["meta"].get("tags")
    assert model["access_grants"] == []
    assert life.group("devs")["description"] == ""
    assert life.group("devs")["member_count"] == 0


def adopted(life: Life) -> None:
    """An equal object is adopted; one that differs is refused until a person says so."""
    life.post(
        "/models/create", {"id": "equal", "name": "Equal", "base_model_id": "x", "params": {"top_k": 3}, "meta": {}}
    )
    life.post("/models/create", {"id": "other", "name": "Other", "base_model_id": "x", "params": {}, "meta": {}})
    life.write("equal", "Model", {"name": "Equal", "base_model_id": "x", "params": {"top_k": 3}, "meta": {}})
    before = life.model("equal")
    assert life.reconciler("plan").splitlines()[-1] == EMPTY[:-1] + ", 1 to adopt."
    life.reconciler("apply", "--yes")
    life.settles()
    assert life.model("equal") == before
    life.write("other", "Model", {"name": "Mine", "base_model_id": "x", "params": {}, "meta": {}})
    life.reconciler("plan", expect=5)
    life.reconciler("apply", "--yes", expect=5)
    assert life.model("other")["name"] == "Other"
    life.reconciler("apply", "--yes", "--adopt")
    life.settles()
    assert life.model("other")["name"] == "Mine"


def named(life: Life) -> None:
    """Grants name people by e-mail and groups by the name of a live one; a name that nobody bears is refused."""
    grants = [
        {"principal_type": "user", "principal_id": ADMIN, "permission": "write"},
        {"principal_type": "user", "principal_id": ADMIN, "permission": "read"},
        {"access_type": "group", "access_id": "by-hand", "permission": "read"},
    ]
    life.write("assistant", "Model", {**ASSISTANT, "access_grants": grants})
    life.reconciler("apply", "--yes")
    life.settles()
    held = life.model("assistant")["access_grants"]
    assert life.group("by-hand")["id"] in {grant["principal_id"] for grant in held}
    assert len(held) == 3
    wrong = [{"principal_type": "group", "principal_id": "no-such-group", "permission": "read"}]
    life.write("assistant", "Model", {**ASSISTANT, "access_grants": wrong})
    life.reconciler("plan", expect=3)
    life.write("assistant", "Model", {**ASSISTANT, "access_grants": grants})


def a_saved_plan(life: Life) -> None:
    """A saved plan is applied exactly, and refused when the world has moved."""
    life.write("other", "Model", {"name": "Newer", "base_model_id": "x", "params": {}, "meta": {}})
    life.reconciler("plan", "--out", "my.plan")
    life.post("/models/model/update", {**life.model("other"), "name": "By hand again"})
    life.reconciler("apply", "my.plan", expect=6)
    assert life.model("other")["name"] == "By hand again"
    life.reconciler("plan", "--out", "my.plan")
    life.reconciler("show", "my.plan")
    life.reconciler("apply", "my.plan")
    life.settles()
    assert life.model("other")["name"] == "Newer"


def deleted_outside(life: Life) -> None:
    """What was deleted behind our back comes back, and its dependents get its new id."""
    life.write("assistant", "Model", ASSISTANT)
    life.reconciler("apply", "--yes")
    life.api.delete(f"/groups/id/{life.group('devs')['id']}/delete").raise_for_status()
    life.reconciler("drift", expect=2)
    life.reconciler("apply", "--yes")
    life.settles()
    (grant,) = life.model("assistant")["access_grants"]
    assert grant["principal_id"] == life.group("devs")["id"]


def pruned(life: Life) -> None:
    """A manifest that is removed takes its object with it, and nothing else."""
    life.remove("defaults", "DefaultModels")
    life.remove("assistant", "Model")
    plan = life.reconciler("plan", "--allow-deletes", "2")
    assert plan.splitlines()[-1] == "Plan: 0 to create, 0 to update, 0 to replace, 2 to delete."
    life.reconciler("plan", expect=5)
    life.reconciler("apply", "--yes", "--allow-deletes", "2")
    life.settles()
    assert sorted(life.models()) == ["by-hand", "equal", "gpt-4o", "other"]
    assert life.get("/configs/models")["DEFAULT_MODELS"] in (None, "")


def an_empty_folder(life: Life) -> None:
    """An empty set of manifests looks like a wrong folder, and is refused."""
    kept = {path: path.read_text() for path in sorted((life.folder / "manifests").iterdir())}
    for path in kept:
        path.unlink()
    life.reconciler("plan", "--allow-deletes", "99", expect=5)
    for path, text in kept.items():
        path.write_text(text)


def destroyed(life: Life) -> None:
    """Destroy takes what is ours and leaves what was made by hand."""
    life.reconciler("destroy", "--yes", expect=5)
    life.reconciler("destroy", "--yes", "--allow-deletes", "9")
    assert sorted(life.models()) == ["by-hand"]
    assert [group["name"] for group in life.get("/groups/")] == ["by-hand"]
    assert life.json("inventory", "list")["entries"] == []


EVERYONE = [{"principal_type": "user", "principal_id": "*", "permission": "read"}]

CHAPTERS: tuple[Callable[[Life], None], ...] = (
    made_by_hand,
    created,
    drifted,
    a_field_removed,
    adopted,
    named,
    a_saved_plan,
    deleted_outside,
    pruned,
    an_empty_folder,
    destroyed,
)


def play(life: Life) -> None:
    """Play the whole story."""
    for chapter in CHAPTERS:
        chapter(life)
