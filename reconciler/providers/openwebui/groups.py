"""Lists, creates and updates Open WebUI groups, and their members.

Takes complete bodies, members as e-mails; gives what the server then holds. Never touches the members of a group
whose manifest does not declare them: logins through OAuth, LDAP or SCIM may rewrite memberships.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.errors import Incomplete, NotFound, ProviderError, Rejected, UnresolvedName
from reconciler.model import Body, Change, Json, Kind, Live
from reconciler.paths import parse_path
from reconciler.providers.base import Wanted
from reconciler.providers.openwebui.names import Directory
from reconciler.providers.paging import rows_of
from reconciler.providers.routes import quote_part

if TYPE_CHECKING:
    from reconciler.providers.openwebui.provider import OpenWebUI

_MISSING = (401, 404)


class Groups:
    """The group verbs of one server."""

    def __init__(self, api: OpenWebUI, directory: Directory) -> None:
        self._api = api
        self._directory = directory

    async def rows(self, wanted: Wanted | None) -> Sequence[Body]:
        """Give all groups; members of those for which they are wanted, one request each: no list tells them."""
        rows = await self._directory.groups.rows()
        asked = [row for row in rows if wanted is None or "members" in wanted.get((row["name"],), ())]
        members = await asyncio.gather(*(self._members(row["id"]) for row in asked))
        for row, emails in zip(asked, members, strict=True):
            row["members"] = sorted(emails)
        return rows

    async def create(self, kind: Kind, body: Body) -> Live:
        """Create, then add the members."""
        answer = await self._api.post("/groups/create", self._api.encode(kind, body, None))
        self._directory.groups.wrote()
        try:
            made = self._api.held(kind, answer)
        except NotFound as error:  # the parent group, not this one
            raise Rejected(error.message, hint="check parent_group_id") from error
        return await self._set_members(made, body, new=True)

    async def update(self, live: Live, body: Body, changes: Sequence[Change]) -> Live:
        """Send the complete form and set the members, each only where it changes."""
        touched = {parse_path(change.path)[0] for change in changes}
        held = live
        if not touched or touched - {"members"}:
            answer = await self._api.post(f"{_path(live.id)}/update", self._api.encode(live.kind, body, live))
            self._directory.groups.wrote()
            await self._api.require_there(live, answer, lambda: self.exists(live.id))
            held = self._api.held(live.kind, answer)
        if "members" in touched or not touched:
            return await self._set_members(held, body)
        return _with_members(held, live.body.get("members"))

    async def exists(self, group_id: str) -> bool:
        """Say whether a group has the id; a missing one is a 401 before 0.12 (0.11.4, observed)."""
        path = f"{self._api.base}{_path(group_id)}"
        answer = await self._api.session.send("GET", path, reads=True)
        if answer.status in _MISSING:
            return False
        self._api.result("GET", answer, reads=True)
        return True

    async def _set_members(self, live: Live, body: Body, *, new: bool = False) -> Live:
        wanted = body.get("members")
        if wanted is None:
            return live
        try:
            have = {} if new else await self._members(live.id)
            add = [await self._user(email, index) for index, email in enumerate(wanted) if email.lower() not in have]
            keep = {email.lower() for email in wanted}
            remove = [user for email, user in sorted(have.items()) if email not in keep]
            for verb, users in (("add", add), ("remove", remove)):
                if users:
                    path = f"{_path(live.id)}/users/{verb}"
                    self._api.result("POST", await self._api.post(path, {"user_ids": users}), reads=False)
            if add or remove:
                have = await self._members(live.id)
        except (ProviderError, UnresolvedName) as error:
            raise Incomplete(f"{error.message}; the group itself was stored", live, hint=error.hint) from error
        return _with_members(live, sorted(have))

    async def _user(self, email: str, index: int) -> str:
        return await self._directory.resolve(self._directory.users, email, ("members", index))

    async def _members(self, group_id: str) -> dict[str, str]:
        """Give e-mail → id of a group's members; this list is a POST."""
        path = f"{self._api.base}{_path(group_id)}/users"
        users = rows_of(await self._api.call("POST", path, reads=True), None, path)
        return {user["email"].lower(): user["id"] for user in users}


def _path(group_id: str) -> str:
    """Give the address of a group; its id is the server's word, and must lead to no other."""
    return f"/groups/id/{quote_part(group_id)}"


def _with_members(live: Live, members: Json) -> Live:
    return live if members is None else replace(live, body={**live.body, "members": members})
