"""The routes of groups and their members.

Takes bodies, gives groups as they are stored now.
It never minds two groups of one name.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, field_validator

from reconciler.sandbox.openwebui import answers
from reconciler.sandbox.openwebui.answers import RawBody, answer, kept_if_equal, parse, refuse, storable
from reconciler.sandbox.openwebui.auths import ADMINS, VERIFIED, Admin, HasState, Verified
from reconciler.sandbox.openwebui.dialect import Dialect
from reconciler.sandbox.openwebui.state import State
from reconciler.sandbox.openwebui.users import user_info
from reconciler.sandbox.store import Row

router = APIRouter(prefix="/api/v1/groups")
tree_router = APIRouter(prefix="/api/v1/groups")

PAGE = 30


class GroupForm(BaseModel):
    """Body of create and update before 0.12."""

    name: str
    description: str
    permissions: dict[Any, Any] | None = None
    data: dict[Any, Any] | None = None


class TreeGroupForm(GroupForm):
    """Body of create and update since 0.12."""

    parent_group_id: str | None = None

    @field_validator("data")
    @classmethod
    def _clean_defaults(cls, data: dict[Any, Any] | None) -> dict[Any, Any] | None:
        if data is None or "config" not in data:
            return data
        config = data["config"]
        if not isinstance(config, dict):
            raise ValueError("Group config must be an object.")  # noqa: TRY004 - pydantic wants it
        models = config.get("default_models")
        if models is None:
            return data
        if not isinstance(models, list) or not all(isinstance(model, str) and model.strip() for model in models):
            raise ValueError("Default models must be a list of non-empty model IDs.")
        return {**data, "config": {**config, "default_models": list(dict.fromkeys(map(str.strip, models)))}}


class UserIdsForm(BaseModel):
    """Body of `/users/add` and `/users/remove`."""

    user_ids: list[str] | None = None


def form_of(dialect: Dialect) -> type[GroupForm]:
    """Give the class of the body of create and update."""
    return TreeGroupForm if dialect.group_trees else GroupForm


@router.get("/")
async def read_groups(caller: Verified, state: HasState) -> Response:
    """All groups, the last changed first; for a user, those whose rights the user has."""
    mine = state.effective_groups(caller.id)
    rows = [row for row in state.groups.all() if caller.is_admin or row["id"] in mine]
    rows.sort(key=lambda row: row["updated_at"], reverse=True)
    return answer([shown(row) for row in rows])


@router.post("/create")
async def create(caller: Admin, body: RawBody, state: HasState) -> Response:
    """Create a group; the server makes up its id."""
    return answer(shown(insert(state, parse(form_of(state.dialect), body), caller.id)))


@router.get("/id/{id}", dependencies=ADMINS)
async def read_one(id: str, state: HasState) -> Response:  # noqa: A002 - the API's name
    """One group."""
    return answer(shown(_readable(state, id)))


@router.get("/id/{id}/info", dependencies=VERIFIED)
async def read_info(id: str, state: HasState) -> Response:  # noqa: A002
    """One group without what only admins see."""
    hidden = {"data", "meta", "permissions"}
    return answer({key: value for key, value in shown(_readable(state, id)).items() if key not in hidden})


@router.get("/id/{id}/export", dependencies=ADMINS)
async def export(id: str, state: HasState) -> Response:  # noqa: A002
    """One group with its members' ids."""
    row = _readable(state, id)
    return answer({**shown(row), "user_ids": row["members"]})


@router.post("/id/{id}/update", dependencies=ADMINS)
async def update(id: str, body: RawBody, state: HasState) -> Response:  # noqa: A002
    """Change a group: null and absent mean as it was."""
    form = parse(form_of(state.dialect), body)
    row = _writable(state, id, "[ERROR: Error updating group]")
    values: Row = {key: value for key, value in form.model_dump().items() if value is not None}
    if isinstance(form, TreeGroupForm):
        if "parent_group_id" in form.model_fields_set:
            _check_parent(state, id, form.parent_group_id)
            values["parent_group_id"] = form.parent_group_id
        if form.data is not None:
            values["data"] = _merged(row["data"], form.data)
    new = {**row, **storable(values), "updated_at": state.now()}
    state.groups.put(id, kept_if_equal(row, new) if state.dialect.keeps_equal else new)
    return answer(shown(new))


@router.delete("/id/{id}/delete", dependencies=ADMINS)
async def delete(id: str, state: HasState) -> Response:  # noqa: A002
    """Delete a group. Since 0.12 its children move up and its grants go too; before, a missing one was no error."""
    row = state.groups.get(id)
    if state.dialect.group_trees:
        row = _writable(state, id, "")
        for child in state.groups.all():
            if child["parent_group_id"] == id:
                moved = {**child, "parent_group_id": row["parent_group_id"], "updated_at": state.now()}
                state.groups.put(child["id"], moved)
        _drop_grants(state, id)
    state.groups.drop(id)
    return answer(True)


@router.post("/id/{id}/users", dependencies=ADMINS)
async def read_members(id: str, state: HasState) -> Response:  # noqa: A002
    """The members of a group; none where there is no such group."""
    row = state.groups.get(id) or {"members": []}
    users = [user for member in row["members"] if (user := state.users.get(member)) is not None]
    return answer([user_info(state, user) for user in users])


@router.post("/id/{id}/users/add", dependencies=ADMINS)
async def add_members(id: str, body: RawBody, state: HasState) -> Response:  # noqa: A002
    """Add members; ids that nobody bears are left out without a word."""
    form = parse(UserIdsForm, body)
    row = _writable(state, id, "[ERROR: Error adding users to group]")
    known = [user_id for user_id in form.user_ids or [] if state.users.get(user_id) is not None]
    members = list(dict.fromkeys([*row["members"], *known]))
    return answer(shown(state.groups.put(id, {**row, "members": members, "updated_at": state.now()})))


@router.post("/id/{id}/users/remove", dependencies=ADMINS)
async def remove_members(id: str, body: RawBody, state: HasState) -> Response:  # noqa: A002
    """Remove members; ids that are none are left out without a word."""
    form = parse(UserIdsForm, body)
    row = _writable(state, id, "[ERROR: Error removing users from group]")
    members = [member for member in row["members"] if member not in (form.user_ids or [])]
    return answer(shown(state.groups.put(id, {**row, "members": members, "updated_at": state.now()})))


@tree_router.get("/id/{id}/members", dependencies=ADMINS)
async def read_members_page(
    id: str,  # noqa: A002
    state: HasState,
    membership: Literal["direct", "inherited", "effective"] = "effective",
    query: str = "",
    page: Annotated[int, Query(ge=1)] = 1,
) -> Response:
    """A page of the members, those of the groups below included."""
    direct = _writable(state, id, "")["members"]
    below = [group for group in state.groups.all() if id in state.ancestors(group["id"])]
    everyone = list(dict.fromkeys(member for group in below for member in group["members"]))
    inherited = [member for member in everyone if member not in direct]
    chosen = {"direct": direct, "inherited": inherited, "effective": everyone}[membership]
    users = [user for member in chosen if (user := state.users.get(member)) is not None]
    users = [user for user in users if query.lower() in user["name"].lower() or query.lower() in user["email"]]
    users.sort(key=lambda user: (user["name"], user["id"]))
    items = []
    for user in users[(page - 1) * PAGE : page * PAGE]:
        via = sorted(group["id"] for group in below if group["id"] != id and user["id"] in group["members"])
        kind = "direct" if user["id"] in direct else "inherited"
        items.append({**user_info(state, user), "last_active_at": None, "membership_type": kind, "via_group_ids": via})
    counts = {"direct": len(direct), "effective": len(everyone), "inherited": len(inherited)}
    return answer({"items": items, "total": len(users), "counts": counts})


def insert(state: State, form: GroupForm, owner_id: str) -> Row:
    """Store a new group; members come later."""
    parent = form.parent_group_id if isinstance(form, TreeGroupForm) else None
    _check_parent(state, None, parent)
    data = form.data or {}
    now = state.now()
    row: Row = {
        "id": state.new_id(),
        "user_id": owner_id,
        "name": form.name,
        "description": form.description,
        "data": storable({**data, "config": {"share": "members", **(data.get("config") or {})}}),
        "meta": None,
        "permissions": storable(form.permissions),
        "created_at": now,
        "updated_at": now,
        "members": [],
    }
    if state.dialect.group_trees:
        row["parent_group_id"] = parent
    return state.groups.put(row["id"], row)


def shown(row: Row) -> Row:
    """Give the group as routes answer it: members are counted, not listed."""
    return {**{key: value for key, value in row.items() if key != "members"}, "member_count": len(row["members"])}


def _merged(old: dict[str, Any] | None, new: dict[str, Any]) -> dict[str, Any]:
    """Merge one level of `data` and one of `data.config`: what is there can be changed, not removed."""
    before = old or {}
    return {**before, **new, "config": {**(before.get("config") or {}), **(new.get("config") or {})}}


def _check_parent(state: State, group_id: str | None, parent_id: str | None) -> None:
    if parent_id is None:
        return
    if not parent_id:
        raise refuse(400, answers.PARENT_EMPTY)
    if state.groups.get(parent_id) is None:
        raise refuse(404, answers.PARENT_NOT_FOUND)
    if group_id in state.ancestors(parent_id):
        raise refuse(400, answers.PARENT_CYCLE)


def _drop_grants(state: State, group_id: str) -> None:
    for table in (state.models, state.prompts, state.tools, state.knowledge):
        for row in table.all():
            kept = [grant for grant in row["access_grants"] if grant["principal_id"] != group_id]
            if len(kept) != len(row["access_grants"]):
                table.put(row["id"], {**row, "access_grants": kept})


def _readable(state: State, group_id: str) -> Row:
    row = state.groups.get(group_id)
    if row is None:
        raise refuse(404 if state.dialect.group_trees else 401, answers.NOT_FOUND)
    return row


def _writable(state: State, group_id: str, older_text: str) -> Row:
    row = state.groups.get(group_id)
    if row is None:
        raise refuse(404, answers.GROUP_NOT_FOUND) if state.dialect.group_trees else refuse(400, older_text)
    return row
