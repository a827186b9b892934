"""What a server holds before anyone asks it: bodies from a seed file.

Takes bodies by kind, puts them where nothing of the same identity is yet.
It never overwrites: a second start on the same data file changes nothing.

    User          {username, email, password, is_admin}   password defaults to `sandbox`
    Model         {model_id, model_name, ...}             what a create takes; `owner` is a user's name, and
                                                          `is_active: false` is what no route can make
    DefaultModel  {config_type, model_id, user}           the text `model_id` of a model; `user` defaults to `admin`
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import HTTPException
from pydantic import ValidationError

from reconciler.sandbox.store import Row
from reconciler.sandbox.system import CREDENTIAL, Seeds
from reconciler.sandbox.xagent import defaults, model_rows
from reconciler.sandbox.xagent.answers import ServerFault
from reconciler.sandbox.xagent.model_forms import CreateForm
from reconciler.sandbox.xagent.state import ADMIN, State


def plant(state: State, seeds: Seeds) -> None:
    """Put the bodies; raise ValueError naming the one that the server would not take."""
    for kind in seeds:
        if kind not in _PLANTERS:
            raise ValueError(f"xagent has no kind {kind!r} to seed; it has {', '.join(_PLANTERS)}")
    for kind, planter in _PLANTERS.items():
        for place, body in enumerate(seeds.get(kind) or []):
            where = f"seed xagent.{kind}[{place}]"
            try:
                planter(state, body)
            except KeyError as error:
                raise ValueError(f"{where}: `{error.args[0]}` is missing") from error
            except HTTPException as error:
                raise ValueError(f"{where}: {error.detail}") from error
            except ValidationError as error:
                raise ValueError(f"{where}: {error}") from error
            except ServerFault as error:
                raise ValueError(f"{where}: a value is too long or too large for the database") from error


def _plant_user(state: State, body: Row) -> None:
    name = str(body["username"])
    if state.user_by("username", name) is None:
        email, password = str(body.get("email", f"{name}@example.com")), str(body.get("password", CREDENTIAL))
        state.add_user(name, email.lower(), password, is_admin=bool(body.get("is_admin")))


def _plant_model(state: State, body: Row) -> None:
    if any(row["model_id"] == body["model_id"] for row in state.models.all()):
        return
    form = CreateForm.model_validate({"model_provider": "openai", "model_name": body["model_id"], **body})
    row = model_rows.insert(state, _user(state, body.get("owner")), form)
    if body.get("is_active") is False:
        state.models.put(str(row["id"]), {**row, "is_active": False})


def _plant_default(state: State, body: Row) -> None:
    form = {**body, "model_id": 0}
    config_type = defaults.DefaultForm.model_validate(form).config_type
    model = next((row for row in state.models.all() if row["model_id"] == body["model_id"]), None)
    if model is None:
        raise HTTPException(404, f"there is no model {body['model_id']!r}")
    user = _user(state, body.get("user"))
    if defaults.own(state, user, config_type) is None:
        defaults.replace(state, user, config_type, model)


_PLANTERS: dict[str, Callable[[State, Row], None]] = {
    "User": _plant_user,
    "Model": _plant_model,
    "DefaultModel": _plant_default,
}


def _user(state: State, name: Any) -> Row:
    user = state.user_by("username", str(name or ADMIN))
    if user is None:
        raise HTTPException(404, f"there is no user {name!r}")
    return user
