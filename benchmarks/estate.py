"""Makes the estate that is measured: N models, each about 600 bytes in a file of its own.

Takes a number and a folder, gives manifests for Reconciler, the same resources for terraform, or the server's rows.
Every run gives the same bytes.

    python -m benchmarks.estate manifests 1000 FOLDER
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
  labels: {{team: {team}}}
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
inventory: {{store: file, path: .reconciler/inventory.json}}
targets:
  bench:
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


def fields(number: int) -> dict[str, Any]:
    """Give what differs between the models; texts as YAML and HCL both read them."""
    team = TEAMS[number % len(TEAMS)]
    return {
        "id": f"assistant-{number:05}",
        "resource": f"assistant_{number:05}",
        "base": BASE,
        "name": f"{team.title()} assistant {number}",
        "team": team,
        "active": "false" if number % 10 == 9 else "true",
        "vision": "true" if number % 2 else "false",
        "temperature": f"0.{number % 9 + 1}",
        "top_p": "0.95",
        "max_tokens": 1024 + number % 7 * 512,
        "system": (
            f"You help the {team} team with question {number}. Answer in the language of the question.",
            "Name your sources, keep it short.",
        ),
        "description": f"Answers what the {team} team asks most often",
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


def write_manifests(count: int, folder: Path) -> None:
    """Write `manifests/`, one file per model."""
    _write(count, folder / "manifests", _MANIFEST, ".yaml")


def write_terraform(count: int, folder: Path) -> None:
    """Write a terraform module, one file per resource."""
    _write(count, folder, _RESOURCE, ".tf")


def write_settings(folder: Path, url: str, concurrency: int) -> None:
    """Write `reconciler.yaml` for a server at `url`."""
    (folder / "reconciler.yaml").write_text(_SETTINGS.format(url=url, concurrency=concurrency))


def _write(count: int, folder: Path, template: str, suffix: str) -> None:
    folder.mkdir(parents=True)
    for number in range(count):
        values = fields(number)
        (folder / (values["id"] + suffix)).write_text(template.format(**values))


WRITERS: dict[str, Callable[[int, Path], None]] = {"manifests": write_manifests, "terraform": write_terraform}

if __name__ == "__main__":
    WRITERS[sys.argv[1]](int(sys.argv[2]), Path(sys.argv[3]))
