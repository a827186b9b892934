"""A person's hands on Open WebUI's API, behind Reconciler's back.

Takes an address and a token, gives what `subjects.Hands` promises. The API is spelled here from its contract, without a
line of the provider that is under test.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx

from reconciler.paths import parse_path, replace_at
from tests.conformance.subjects import At, Body, Row

ADMIN, SECOND = "admin@example.com", "second@example.com"

_COMMA_LISTS = ("DEFAULT_MODELS", "DEFAULT_PINNED_MODELS")
_AT_FIRST: Body = {
    "DEFAULT_MODELS": None,
    "DEFAULT_PINNED_MODELS": None,
    "MODEL_ORDER_LIST": [],
    "DEFAULT_MODEL_METADATA": {},
    "DEFAULT_MODEL_PARAMS": {},
}
_PATHS = {
    "Group": "/groups/id/{id}",
    "Prompt": "/prompts/id/{id}",
    "Tool": "/tools/id/{id}",
    "Function": "/functions/id/{id}",
    "Knowledge": "/knowledge/{id}",
}
"""Kind → the path of one object, which its verbs are appended to; models have their ids in the body."""
_NAMES = {"Model": "id", "Group": "name", "Prompt": "command", "Tool": "id", "Function": "id", "Knowledge": "name"}
_SWITCHES = {"Prompt": {"is_active": "toggle"}, "Function": {"is_active": "toggle", "is_global": "toggle/global"}}
_LEAST: dict[str, Body] = {"Model": {"params": {}, "meta": {}}, "Tool": {"meta": {}}, "Function": {"meta": {}}}
"""What a create must say beyond a name."""
_KEEP_SECONDS = 2.0
"""Less than the five after which the server closes an idle connection."""


class ByHand:
    """An admin at the API."""

    def __init__(self, url: str, token: str, transport: httpx.BaseTransport | None = None) -> None:
        self._api = httpx.Client(
            base_url=f"{url}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            limits=httpx.Limits(keepalive_expiry=_KEEP_SECONDS),
            timeout=30,
            trust_env=False,
            transport=transport,
        )
        users = {user["email"]: user["id"] for user in self._get("/users/all")["users"]}
        if SECOND not in users:
            form = {"name": "Second", "email": SECOND, "password": "second-pass-1", "role": "user"}
            users[SECOND] = self._post("/auths/add", form)["id"]
        self._users = users

    def rows(self, kind: str) -> list[Row]:
        """Give every object of a kind."""
        if kind == "DefaultModels":
            held = self._get("/configs/models")
            split = {key: [one for one in (held[key] or "").split(",") if one] for key in _COMMA_LISTS}
            return [Row("models", "", {**held, **split}, held)]
        return [Row(row["id"], row[_NAMES[kind]], _spelled(row), row) for row in self._listed(kind)]

    def create(self, kind: str, name: str, body: Body) -> str:
        """Create an object, switches included."""
        form = {"description": "", **_LEAST.get(kind, {}), **body, _NAMES[kind]: name}
        made = self._post(f"/{_noun(kind)}/create", form)
        self._flip(kind, made, body)
        return str(made["id"])

    def edit(self, kind: str, row: Row, changes: At) -> None:
        """Change fields, others staying as they are."""
        body = row.body
        for path, value in changes.items():
            body = replace_at(body, parse_path(path), value)
        if kind == "DefaultModels":
            self._post("/configs/models", {**body, **{key: ",".join(body[key]) for key in _COMMA_LISTS}})
            return
        unsent = {"members"} if kind == "Group" else {"access_grants"} if kind != "Model" else set()
        form = {key: value for key, value in body.items() if key not in unsent}
        self._post("/models/model/update" if kind == "Model" else self._path(kind, row, "update"), form)
        if "access_grants" in changes:
            grants = {"id": row.id, "access_grants": body["access_grants"]}
            path = "/models/model/access/update" if kind == "Model" else self._path(kind, row, "access/update")
            self._post(path, grants)
        if "members" in changes:
            self._set_members(row, changes["members"])
        self._flip(kind, row.raw, changes)

    def delete(self, kind: str, row: Row) -> None:
        """Delete an object."""
        if kind == "Model":
            self._post("/models/model/delete", {"id": row.id})
        else:
            self._api.delete(self._path(kind, row, "delete")).raise_for_status()

    def reset(self, kind: str) -> None:
        """Unset the defaults."""
        self._post("/configs/models", _AT_FIRST)

    def close(self) -> None:
        """Release connections."""
        self._api.close()

    def _listed(self, kind: str) -> list[Body]:
        if kind in ("Prompt", "Knowledge"):
            return list(self._pages("/prompts/list" if kind == "Prompt" else "/knowledge/"))
        lists = {
            "Model": "/models/all",
            "Group": "/groups/",
            "Tool": "/tools/export",
            "Function": "/functions/export",
        }
        rows: list[Body] = self._get(lists[kind])
        return [self._with_members(row) for row in rows] if kind == "Group" else rows

    def _pages(self, path: str) -> Iterator[Body]:
        number = 1
        while items := self._get(f"{path}?page={number}")["items"]:
            yield from items
            number += 1

    def _path(self, kind: str, row: Row, verb: str) -> str:
        return f"{_PATHS[kind].format(id=row.id)}/{verb}"

    def _flip(self, kind: str, held: Body, wanted: At) -> None:
        for name, verb in _SWITCHES.get(kind, {}).items():
            if name in wanted and held[name] != wanted[name]:
                self._post(f"{_PATHS[kind].format(id=held['id'])}/{verb}", None)

    def _with_members(self, group: Body) -> Body:
        members = [user["email"] for user in self._post(f"/groups/id/{group['id']}/users", None)]
        return {**group, "members": members}

    def _set_members(self, row: Row, members: list[str]) -> None:
        self._post(f"/groups/id/{row.id}/users/remove", {"user_ids": list(self._users.values())})
        for email in members:
            self._post(f"/groups/id/{row.id}/users/add", {"user_ids": [self._users[email]]})

    def _get(self, path: str) -> Any:
        return self._api.get(path).raise_for_status().json()

    def _post(self, path: str, body: Any) -> Any:
        return self._api.post(path, json=body).raise_for_status().json()


def _noun(kind: str) -> str:
    return kind.lower() if kind == "Knowledge" else f"{kind.lower()}s"


def _spelled(row: Body) -> Body:
    keys = ("principal_type", "principal_id", "permission")
    grants = row.get("access_grants")
    return row if grants is None else {**row, "access_grants": [{key: grant[key] for key in keys} for grant in grants]}
