"""The table of exchanges with Open WebUI, and what real servers answered to it.

Takes nothing, gives `STEPS` and the recorded answers by version.
It never asks a server: `exchange.play` does.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.fidelity import openwebui_changes as changes
from tests.e2e.fidelity import openwebui_groups as groups
from tests.e2e.fidelity import openwebui_knowledge as knowledge
from tests.e2e.fidelity import openwebui_models as models
from tests.e2e.fidelity import openwebui_plugins as plugins
from tests.e2e.fidelity import openwebui_prompts as prompts
from tests.e2e.fidelity import openwebui_routes as routes
from tests.e2e.fidelity import openwebui_sharing as sharing
from tests.e2e.fidelity import openwebui_users as users
from tests.e2e.fidelity.exchange import Record, Step

STEPS: tuple[Step, ...] = (
    *routes.routes_and_credentials(),
    *models.create_models(),
    *models.model_controls(),
    *models.read_models(),
    *changes.update_models(),
    *changes.history(),
    *changes.import_and_sync(),
    *users.users(),
    *users.as_a_user(),
    *groups.groups(),
    *groups.update_groups(),
    *groups.members(),
    *sharing.makers(),
    *prompts.create_prompts(),
    *prompts.read_prompts(),
    *prompts.update_prompts(),
    *prompts.many_prompts(),
    *prompts.delete_prompts(),
    *plugins.create_tools(),
    *plugins.read_tools(),
    *plugins.update_tools(),
    *plugins.delete_tools(),
    *plugins.create_functions(),
    *plugins.read_functions(),
    *plugins.update_functions(),
    *knowledge.create_knowledge(),
    *knowledge.read_knowledge(),
    *knowledge.update_knowledge(),
    *knowledge.many_knowledge_bases(),
    *routes.config(),
    *changes.deletes(),
    *knowledge.delete_knowledge(),
    *routes.keys(),
)


def recorded(version: str) -> dict[str, Record]:
    """Give what a real server of that version answered, by step."""
    records: dict[str, Record] = json.loads(_file(version).read_text(encoding="utf-8"))
    return records


def record(version: str, records: dict[str, Record]) -> None:
    """Write what a real server of that version answered, a line a step."""
    lines = [f"{json.dumps(name)}: {json.dumps(answer, sort_keys=True)}" for name, answer in records.items()]
    _file(version).write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _file(version: str) -> Path:
    return Path(__file__).with_name(f"openwebui-{version}.json")
