"""What one Open WebUI server holds, and the few questions that several routes ask of it.

Takes ids, gives rows; rows are kept in the shape in which the API answers them.
It never answers a request.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable

from reconciler.sandbox.openwebui.dialect import Dialect, Permissions
from reconciler.sandbox.store import Row, Store
from reconciler.sandbox.system import CREDENTIAL, Clock

ADMIN_EMAIL = "admin@example.com"
SESSION_SECONDS = 28 * 24 * 3600

_VERSIONED = ("model", "prompt", "tool", "function")

CONFIG_AT_FIRST: Row = {
    "DEFAULT_MODELS": None,
    "DEFAULT_PINNED_MODELS": None,
    "MODEL_ORDER_LIST": [],
    "DEFAULT_MODEL_METADATA": {},
    "DEFAULT_MODEL_PARAMS": {},
}


class State:
    """One server's tables, clock and dialect."""

    def __init__(self, store: Store, clock: Clock, dialect: Dialect) -> None:
        self.dialect = dialect
        self._clock = clock
        self.models = store.table("openwebui.models")
        self.prompts = store.table("openwebui.prompts")
        self.tools = store.table("openwebui.tools")
        self.functions = store.table("openwebui.functions")
        self.knowledge = store.table("openwebui.knowledge")
        self.histories = {kind: store.table(f"openwebui.{kind}_history") for kind in _VERSIONED}
        self.groups = store.table("openwebui.groups")
        self.users = store.table("openwebui.users")
        self.sessions = store.table("openwebui.sessions")
        self.keys = store.table("openwebui.keys")
        self.config = store.table("openwebui.config")
        self.upstream = store.table("openwebui.upstream")
        self.sign_ins: dict[str, list[float]] = {}
        if not len(self.users):
            self.add_user("Admin", ADMIN_EMAIL, CREDENTIAL, "admin")

    def now(self) -> int:
        """Give the time in epoch seconds, as every row counts it."""
        return int(self._clock())

    def new_id(self) -> str:
        """Give an id of the kind that the server makes up."""
        return str(uuid.uuid4())

    def add_user(self, name: str, email: str, password: str, role: str) -> Row:
        """Store a user. The password stands as it is: nobody keeps one worth anything here."""
        now = self.now()
        unset = (
            "username profile_banner_image_url bio gender date_of_birth timezone presence_state status_emoji"
            " status_message status_expires_at info settings oauth scim"
        )
        row: Row = {
            "id": self.new_id(),
            "email": email.lower(),
            "name": name,
            "role": role,
            "password": password,
            "profile_image_url": "/user.png",
            **dict.fromkeys(unset.split()),
            "last_active_at": now,
            "updated_at": now,
            "created_at": now,
        }
        return self.users.put(row["id"], row)

    def user_by_email(self, email: str) -> Row | None:
        """Give the user of that address; `admin` alone stands for the first one."""
        if email == "admin":
            return self.first_admin()
        return next((user for user in self.users.all() if user["email"] == email.lower()), None)

    def first_admin(self) -> Row:
        """Give the user that owns the word `sandbox`."""
        return next(user for user in self.users.all() if user["role"] == "admin")

    def new_session(self, user: Row) -> tuple[str, int]:
        """Give a session token of the user and when it expires."""
        token, expires = "eyJ" + secrets.token_urlsafe(32), self.now() + SESSION_SECONDS
        self.sessions.put(token, {"user_id": user["id"], "expires_at": expires})
        return token, expires

    def owner_of(self, row: Row) -> Row | None:
        """Give the owner of an object as lists show one."""
        owner = self.users.get(row["user_id"])
        return None if owner is None else {key: owner[key] for key in ("id", "name", "role", "email")}

    def groups_of(self, user_id: str) -> list[Row]:
        """Give the groups that the user is a member of."""
        return [group for group in self.groups.all() if user_id in group["members"]]

    def ancestors(self, group_id: str | None) -> list[str]:
        """Give the group's id, its parent's, and so on upwards."""
        chain: list[str] = []
        while group_id is not None and group_id not in chain:
            chain.append(group_id)
            group_id = (self.groups.get(group_id) or {}).get("parent_group_id")
        return chain

    def effective_groups(self, user_id: str) -> dict[str, Row]:
        """Give the groups whose rights the user has: those of membership and all above them."""
        ids = [above for group in self.groups_of(user_id) for above in self.ancestors(group["id"])]
        return {id_: group for id_ in ids if (group := self.groups.get(id_)) is not None}

    def permissions_of(self, user_id: str) -> Permissions:
        """Give what the user may do: the defaults, and what any group adds."""
        permissions = {section: dict(words) for section, words in self.dialect.permissions.items()}
        for group in self.effective_groups(user_id).values():
            for section, words in (group["permissions"] or {}).items():
                if isinstance(words, dict):
                    mine = permissions.setdefault(section, {})
                    for word, allowed in words.items():
                        mine[word] = mine.get(word) or allowed
        return permissions

    def may(self, user: Row, permission: str) -> bool:
        """Say whether an admin, or a user with that permission (`section.word`), is asking."""
        section, _, word = permission.partition(".")
        return user["role"] == "admin" or bool(self.permissions_of(user["id"]).get(section, {}).get(word))

    def has_grant(self, user_id: str, row: Row, permission: str, groups: Iterable[str]) -> bool:
        """Say whether a grant of the object gives the user that permission; `write` does not imply `read`."""
        principals = {("user", "*"), ("user", user_id), *(("group", group) for group in groups)}
        return any(
            grant["permission"] == permission and (grant["principal_type"], grant["principal_id"]) in principals
            for grant in row["access_grants"]
        )
