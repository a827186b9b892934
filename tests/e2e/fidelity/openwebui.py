"""The table of exchanges with Open WebUI, and what differs from server to server in its answers.

Takes nothing, gives `TABLE`.
It never asks a server: `exchange.play` does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tests.e2e.fidelity import openwebui_changes as changes
from tests.e2e.fidelity import openwebui_groups as groups
from tests.e2e.fidelity import openwebui_knowledge as knowledge
from tests.e2e.fidelity import openwebui_models as models
from tests.e2e.fidelity import openwebui_plugins as plugins
from tests.e2e.fidelity import openwebui_prompts as prompts
from tests.e2e.fidelity import openwebui_routes as routes
from tests.e2e.fidelity import openwebui_sharing as sharing
from tests.e2e.fidelity import openwebui_users as users
from tests.e2e.fidelity.exchange import UPSTREAM, Json, Step, Table

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


_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_KEY = re.compile(r"sk-[0-9a-f]{32}")
_TIMES = ("created_at", "updated_at", "last_active_at", "expires_at")


def _made_up(key: str, value: Json) -> Json:
    if (key in _TIMES and isinstance(value, int)) or (key == "created" and value not in _CREATED):
        return "<time>"
    return "<token>" if key == "token" and isinstance(value, str) else value


def _text(value: str, names: Mapping[Json, str]) -> str:
    if "validation error for" in value:
        return "<validation error>"  # tells the version of the library
    text = _UUID.sub(lambda match: "{%s}" % names[match[0]] if match[0] in names else "<uuid>", value)  # noqa: UP031
    return _KEY.sub("<key>", text)


_CREATED = [model["created"] for model in UPSTREAM]

TABLE = Table(
    system="openwebui",
    steps=STEPS,
    made_up=_made_up,
    text=_text,
    rows=frozenset({"items", "users", "data", "user_ids"}),
    sets=frozenset({"access_grants"}),
)
