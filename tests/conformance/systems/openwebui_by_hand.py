"""A person's hands on Open WebUI's API, behind Reconciler's back.

Takes an address and a token, gives what `subjects.Hands` promises. The API is spelled here from its contract, without a
line of the provider that is under test.
"""

from __future__ import annotations

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
_KEEP_SECONDS = 2.0
"""Less than the five after which the server closes an idle connection."""


class ByHand:
    """An admin at the API."""

    def __init__(self, url: str, token: str) -> None:
        self._api = httpx.Client(
            base_url=f"{url}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            limits=httpx.Limits(keepalive_expiry=_KEEP_SECONDS),
            timeout=30,
            trust_env=False,
        )
        users = {user["email"]: user["id"] for user in self._get("/users/all")["users"]}
        if SECOND not in users:
            form = {"name": "Second", "email": SECOND, "password": "second-pass-1", "role": "user"}
            users[SECOND] = self._post("/auths/add", form)["id"]
        self._users = users

    def rows(self, kind: str) -> list[Row]:
        """Give every object of a kind."""
        if kind == "Model":
            return [Row(model["id"], model["id"], _spelled(model), model) for model in self._get("/models/all")]
        if kind == "Group":
            return [self._group(group) for group in self._get("/groups/")]
        held = self._get("/configs/models")
        split = {key: [one for one in (held[key] or "").split(",") if one] for key in _COMMA_LISTS}
        return [Row("models", "", {**held, **split}, held)]

    def create(self, kind: str, name: str, body: Body) -> str:
        """Create a model or a group."""
        if kind == "Model":
            made = self._post("/models/create", {"params": {}, "meta": {}, **body, "id": name})
        else:
            made = self._post("/groups/create", {**body, "name": name})
        return str(made["id"])

    def edit(self, kind: str, row: Row, changes: At) -> None:
        """Change fields, others staying as they are."""
        body = row.body
        for path, value in changes.items():
            body = replace_at(body, parse_path(path), value)
        if kind == "Model":
            self._post("/models/model/update", body)
            if "access_grants" in changes:
                self._post("/models/model/access/update", {"id": row.id, "access_grants": body["access_grants"]})
        elif kind == "Group":
            self._post(f"/groups/id/{row.id}/update", {key: value for key, value in body.items() if key != "members"})
            if "members" in changes:
                self._set_members(row, changes["members"])
        else:
            joined = {key: ",".join(body[key]) for key in _COMMA_LISTS}
            self._post("/configs/models", {**body, **joined})

    def delete(self, kind: str, row: Row) -> None:
        """Delete a model or a group."""
        if kind == "Model":
            self._post("/models/model/delete", {"id": row.id})
        else:
            self._api.delete(f"/groups/id/{row.id}/delete").raise_for_status()

    def reset(self, kind: str) -> None:
        """Unset the defaults."""
        self._post("/configs/models", _AT_FIRST)

    def close(self) -> None:
        """Release connections."""
        self._api.close()

    def _group(self, group: Body) -> Row:
        members = [user["email"] for user in self._post(f"/groups/id/{group['id']}/users", None)]
        return Row(group["id"], group["name"], {**group, "members": members}, {**group, "members": members})

    def _set_members(self, row: Row, members: list[str]) -> None:
        self._post(f"/groups/id/{row.id}/users/remove", {"user_ids": list(self._users.values())})
        for email in members:
            self._post(f"/groups/id/{row.id}/users/add", {"user_ids": [self._users[email]]})

    def _get(self, path: str) -> Any:
        return self._api.get(path).raise_for_status().json()

    def _post(self, path: str, body: Any) -> Any:
        return self._api.post(path, json=body).raise_for_status().json()


def _spelled(model: Body) -> Body:
    keys = ("principal_type", "principal_id", "permission")
    return {**model, "access_grants": [{key: grant[key] for key in keys} for grant in model["access_grants"]]}
