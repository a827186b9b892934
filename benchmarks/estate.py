"""Makes the estate that is measured: N models, each about 600 bytes in a file of its own.

Takes a number and a folder, gives manifests for Reconciler, the same resources for terraform, or the server's rows.
Every run gives the same bytes. Over several targets every one gets its share, in turns.

    python -m benchmarks.estate manifests 1000 FOLDER [TARGETS]
    python -m benchmarks.estate terraform 1000 FOLDER
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

TEAMS = ("support", "sales", "legal", "research", "finance")
BASE = "gpt-4o"
"""The provider's model that all others are built on; the server has a row of it, which no manifest declares."""

_MANIFEST = """\
apiVersion: openwebui/v1
kind: Model
metadata:
  name: {id}
{target}  labels: {{team: {team}}}
spec:
  base_model_id: {base}
  name: {name}
  is_active: {active}
  params:
    temperature: {temperature}
    top_p: {top_p}
    max_tokens: {max_tokens}
    system: |
      {system[0]}
      {system[1]}
  meta:
    description: {description}
    tags: [{{name: {team}}}, {{name: assistant}}]
    capabilities: {{vision: {vision}, usage: true}}
  access_grants:
    - {{principal_type: user, principal_id: "*", permission: read}}
"""

_RESOURCE = """\
resource "terraform_data" "{resource}" {{
  input = {{
    id            = "{id}"
    base_model_id = "{base}"
    name          = "{name}"
    is_active     = {active}
    params = {{
      temperature = {temperature}
      top_p       = {top_p}
      max_tokens  = {max_tokens}
      system      = <<-EOT
        {system[0]}
        {system[1]}
      EOT
    }}
    meta = {{
      description  = "{description}"
      tags         = [{{ name = "{team}" }}, {{ name = "assistant" }}]
      capabilities = {{ vision = {vision}, usage = true }}
    }}
    access_grants = [{{ principal_type = "user", principal_id = "*", permission = "read" }}]
  }}
}}
"""

_SETTINGS = """\
apiVersion: reconciler/v1
manifests: [manifests]
inventory: {store: file, path: .reconciler/inventory.json}
targets:
"""

_TARGET = """\
  {name}:
    system: openwebui
    url: {url}
    auth: {{bearer: {{env: BENCH_TOKEN}}}}
    concurrency: {concurrency}
"""

_PROVIDER_MODEL: dict[str, Any] = {
    "id": BASE,
    "name": "GPT-4o",
    "base_model_id": None,
    "params": {},
    "meta": {},
    "access_grants": [{"principal_type": "user", "principal_id": "*", "permission": "read"}],
}

_EMPTY_META: dict[str, None] = dict.fromkeys(
    (
        "profile_image_url",
        "background_image_url",
        "description",
        "i18n",
        "capabilities",
        "knowledge",
        "voice",
        "voice_avatar",
    )
)
"""What the server sends of `meta` although nobody set it (Open WebUI 0.12.4, observed)."""


def place(number: int, targets: int) -> str:
    """Name the target of a model."""
    return f"t{number % targets:03}"


def fields(number: int, targets: int = 1, more: int = 0) -> dict[str, Any]:
    """Give what differs between the models; texts as YAML and HCL both read them."""
    team = TEAMS[number % len(TEAMS)]
    return {
        "id": f"assistant-{number:06}",
        "target": f"  target: {place(number, targets)}\n" if targets > 1 else "",
        "resource": f"assistant_{number:06}",
        "base": BASE,
        "name": f"{team.title()} assistant {number}",
        "team": team,
        "active": "false" if number % 10 == 9 else "true",
        "vision": "true" if number % 2 else "false",
        "temperature": f"0.{number % 9 + 1}",
        "top_p": "0.95",
        "max_tokens": 1024 + number % 7 * 512 + more,
        "system": (
            f"You help the {team} team with question {number}. Answer in the language of the question.",
            "Name your sources, keep it short.",
        ),
        "description": f"Answers what the {team} team asks most often",
    }


def body(number: int) -> dict[str, Any]:
    """Give what a create of a model sends."""
    said = fields(number)
    return {
        "id": said["id"],
        "base_model_id": BASE,
        "name": said["name"],
        "is_active": said["active"] == "true",
        "params": {
            "temperature": float(said["temperature"]),
            "top_p": float(said["top_p"]),
            "max_tokens": said["max_tokens"],
            "system": "".join(f"{line}\n" for line in said["system"]),
        },
        "meta": {
            "description": said["description"],
            "tags": [{"name": said["team"]}, {"name": "assistant"}],
            "capabilities": {"vision": said["vision"] == "true", "usage": True},
        },
        "access_grants": [{"principal_type": "user", "principal_id": "*", "permission": "read"}],
    }


def row(body: dict[str, Any], number: int = 0) -> dict[str, Any]:
    """Give what the server holds after a create with this body."""
    grants = body.get("access_grants") or []
    return {
        "version_id": f"00000000-0000-4000-8000-{number:012}",
        "id": body["id"],
        "user_id": "8a6d0000-0000-4000-8000-000000000001",
        "base_model_id": body.get("base_model_id"),
        "name": body["name"],
        "params": body["params"],
        "meta": {**_EMPTY_META, **body["meta"]},
        "access_grants": [
            {
                "id": f"10000000-0000-4000-8000-{number:08}{index:04}",
                "resource_type": "model",
                "resource_id": body["id"],
                "principal_type": grant["principal_type"],
                "principal_id": grant["principal_id"],
                "permission": grant["permission"],
                "created_at": 1795175049,
            }
            for index, grant in enumerate(grants)
        ],
        "is_active": body.get("is_active", True),
        "updated_at": 1795175049,
        "created_at": 1795175049,
    }


def provider_model() -> dict[str, Any]:
    """Give the row of the base model."""
    return row(_PROVIDER_MODEL)


def write_manifests(count: int, folder: Path, targets: int = 1) -> None:
    """Write `manifests/`, one file per model."""
    _write(count, folder / "manifests", _MANIFEST, ".yaml", targets)


def change_manifests(count: int, folder: Path, targets: int, more: int) -> None:
    """Write the first manifests anew, one field in each being so much more than it was at first."""
    _write(count, folder / "manifests", _MANIFEST, ".yaml", targets, more)


def write_terraform(count: int, folder: Path, targets: int = 1) -> None:
    """Write a terraform module, one file per resource."""
    _write(count, folder, _RESOURCE, ".tf", targets)


def write_settings(folder: Path, url: str, concurrency: int, targets: int = 1) -> None:
    """Write `reconciler.yaml` for a server at `url`, or for as many as there are targets, below it."""
    names = (
        {"bench": url}
        if targets == 1
        else {name: f"{url}/{name}" for name in (place(n, targets) for n in range(targets))}
    )
    said = (_TARGET.format(name=name, url=where, concurrency=concurrency) for name, where in names.items())
    (folder / "reconciler.yaml").write_text(_SETTINGS + "".join(said))


def _write(count: int, folder: Path, template: str, suffix: str, targets: int, more: int = 0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        values = fields(number, targets, more)
        (folder / (values["id"] + suffix)).write_text(template.format(**values))


WRITERS: dict[str, Callable[[int, Path, int], None]] = {"manifests": write_manifests, "terraform": write_terraform}

if __name__ == "__main__":
    WRITERS[sys.argv[1]](int(sys.argv[2]), Path(sys.argv[3]), *map(int, sys.argv[4:]))
