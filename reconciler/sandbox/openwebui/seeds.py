"""What a server holds before anyone asks it: bodies from a seed file.

Takes bodies by kind, puts them where nothing of the same identity is yet.
It never overwrites: a second start on the same data file changes nothing.

    User           {name, email, password, role}          password defaults to `sandbox`, role to `user`
    BaseModel      {id, name, owned_by}                   what an upstream lists; `id` alone is enough
    Group          {name, description, ...}               `members` may list e-mails
    Prompt         {command, name, content, ...}          `is_active` counts here
    Tool           {id, name, content, ...}               `meta` may be left out
    Function       {id, name, content, ...}               likewise; `is_active` and `is_global` count here
    Knowledge      {name, description, ...}
    Model          {id, name, ...}
    DefaultModels  {DEFAULT_MODELS, ...}                  lists of ids are joined with commas

A grant's `principal_id` may be a group's name or an e-mail.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import HTTPException
from pydantic import ValidationError

from reconciler.sandbox.openwebui import (
    access,
    chat,
    configs,
    functions,
    groups,
    knowledge,
    model_rows,
    plugin_rows,
    prompts,
    tools,
)
from reconciler.sandbox.openwebui.model_forms import form_of
from reconciler.sandbox.openwebui.plugins import BrokenPluginError
from reconciler.sandbox.openwebui.state import State
from reconciler.sandbox.store import Row, Table
from reconciler.sandbox.system import CREDENTIAL, Seeds


def plant(state: State, seeds: Seeds) -> None:
    """Put the bodies; raise ValueError naming the one that the server would not take."""
    for kind in seeds:
        if kind not in _PLANTERS:
            raise ValueError(f"openwebui has no kind {kind!r} to seed; it has {', '.join(_PLANTERS)}")
    for kind, planter in _PLANTERS.items():
        for place, body in enumerate(seeds.get(kind) or []):
            try:
                planter(state, body)
            except KeyError as error:
                raise ValueError(f"seed openwebui.{kind}[{place}]: `{error.args[0]}` is missing") from error
            except (ValidationError, HTTPException, BrokenPluginError) as error:
                why = error.detail if isinstance(error, HTTPException) else error
                raise ValueError(f"seed openwebui.{kind}[{place}]: {why}") from error


def _plant_user(state: State, body: Row) -> None:
    if state.user_by_email(body["email"]) is None:
        password, role = str(body.get("password", CREDENTIAL)), body.get("role", "user")
        state.add_user(str(body.get("name", body["email"])), body["email"], password, role)


def _plant_base(state: State, body: Row) -> None:
    state.upstream.put(body["id"], chat.upstream_entry(body, state.now()))


def _plant_group(state: State, body: Row) -> None:
    if _group_id(state, body["name"]) is not None:
        return
    form = groups.form_of(state.dialect).model_validate({"description": "", **body})
    row = groups.insert(state, form, state.first_admin()["id"])
    members = [user["id"] for email in body.get("members", []) if (user := state.user_by_email(email)) is not None]
    state.groups.put(row["id"], {**row, "members": members})


def _plant_model(state: State, body: Row) -> None:
    form = form_of(state.dialect).model_validate({"name": body["id"], "meta": {}, "params": {}, **body})
    if state.models.get(form.id) is None:
        model_rows.insert(state, form, state.first_admin()["id"], _grants(state, form.access_grants))


def _plant_prompt(state: State, body: Row) -> None:
    form = prompts.PromptForm.model_validate(body)
    if not _bears(state.prompts, "command", form.command):
        row = prompts.insert(state, form, state.first_admin()["id"], _grants(state, form.access_grants))
        state.prompts.put(row["id"], {**row, "is_active": body.get("is_active", True)})


def _plant_tool(state: State, body: Row) -> None:
    form = tools.form_of(state.dialect).model_validate({"meta": {}, **body})
    if state.tools.get(form.id.lower()) is None:
        tool_id = plugin_rows.free_id(state.tools, form.id)
        tools.insert(state, tool_id, form, state.first_admin()["id"], _grants(state, form.access_grants))


def _plant_function(state: State, body: Row) -> None:
    form = functions.FunctionForm.model_validate({"meta": {}, **body})
    if state.functions.get(form.id.lower()) is None:
        function_id = plugin_rows.free_id(state.functions, form.id)
        functions.insert(state, function_id, form, state.first_admin()["id"])
        for key in ("is_active", "is_global"):
            if body.get(key):
                functions.flip(state, function_id, key)


def _plant_knowledge(state: State, body: Row) -> None:
    form = knowledge.KnowledgeForm.model_validate(body)
    if not _bears(state.knowledge, "name", form.name):
        knowledge.insert(state, form, state.first_admin()["id"], _grants(state, form.access_grants))


def _plant_defaults(state: State, body: Row) -> None:
    if state.config.get(configs.KEY) is None:
        joined = {key: ",".join(body[key]) for key in _JOINED if isinstance(body.get(key), list)}
        configs.replace(state, configs.DefaultsForm.model_validate({**configs.current(state), **body, **joined}))


_JOINED = ("DEFAULT_MODELS", "DEFAULT_PINNED_MODELS")

_PLANTERS: dict[str, Callable[[State, Row], None]] = {
    "User": _plant_user,
    "BaseModel": _plant_base,
    "Group": _plant_group,
    "Prompt": _plant_prompt,
    "Tool": _plant_tool,
    "Function": _plant_function,
    "Knowledge": _plant_knowledge,
    "Model": _plant_model,
    "DefaultModels": _plant_defaults,
}


def _bears(table: Table, key: str, value: str) -> bool:
    return any(row[key] == value for row in table.all())


def _grants(state: State, grants: list[dict[Any, Any]] | None) -> list[access.Grant]:
    return access.normalise([_resolved(state, grant) for grant in grants or []])


def _resolved(state: State, grant: dict[str, Any]) -> dict[str, Any]:
    name = str(grant.get("principal_id"))
    user = state.user_by_email(name) if "@" in name else None
    return {**grant, "principal_id": user["id"] if user else _group_id(state, name) or name}


def _group_id(state: State, name: str) -> str | None:
    return next((group["id"] for group in state.groups.all() if group["name"] == name), None)
