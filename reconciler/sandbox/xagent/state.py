"""What one Xagent server holds, and the few questions that several routes ask of it.

Takes numbers and texts, gives rows; times in them are epoch seconds.
It never answers a request.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from reconciler.sandbox.store import Row, Store, Table
from reconciler.sandbox.system import CREDENTIAL, Clock
from reconciler.sandbox.xagent.answers import ServerFault
from reconciler.sandbox.xagent.dialect import Dialect

ADMIN = "admin"
ADMIN_EMAIL = "admin@example.com"
ACCESS_SECONDS = 7200
REFRESH_SECONDS = 7 * 24 * 3600


class State:
    """One server's tables, clock and dialect. Rows are keyed by their number as text; tokens by themselves."""

    def __init__(self, store: Store, clock: Clock, dialect: Dialect) -> None:
        self.dialect = dialect
        self.now = clock
        self.models = store.table("xagent.models")
        self.defaults = store.table("xagent.defaults")
        self.users = store.table("xagent.users")
        self.tokens = store.table("xagent.tokens")
        self.keys = store.table("xagent.keys")
        self.attempts: dict[str, list[float]] = {}
        self._used = store.table("xagent.used_numbers")
        if not len(self.users):
            self.add_user(ADMIN, ADMIN_EMAIL, CREDENTIAL, is_admin=True)

    def new_number(self, table: Table) -> int:
        """Give the next primary key of a table."""
        highest = max((row["id"] for row in table.all()), default=0)
        if self.dialect.reuses_numbers:
            return highest + 1
        used = self._used.get(table.name)
        number: int = (highest if used is None else used["highest"]) + 1
        self._used.put(table.name, {"highest": number})
        return number

    def add_row(self, table: Table, row: Row) -> Row:
        """Store a new row under the next number."""
        number = self.new_number(table)
        return table.put(str(number), {"id": number, **row})

    def change_row(self, table: Table, row: Row) -> Row:
        """Store a changed row; it keeps its number, and on some databases not its place."""
        if self.dialect.changed_rows_move:
            table.drop(str(row["id"]))
        return table.put(str(row["id"]), row)

    def bound(self, number: int) -> int:
        """Give a number that the database can take; raise `ServerFault` where it cannot."""
        if not -self.dialect.largest_number - 1 <= number <= self.dialect.largest_number:
            raise ServerFault
        return number

    def bound_text(self, text: str) -> str:
        """Give a text that the database can take; raise `ServerFault` where it cannot."""
        lone = any("\ud800" <= character <= "\udfff" for character in text)
        if lone or ("\0" in text and not self.dialect.takes_nul):
            raise ServerFault
        return text

    def time(self, moment: float | None) -> str | None:
        """Write a time as the database gives it back."""
        if moment is None:
            return None
        if self.dialect.zoned_times:
            return datetime.fromtimestamp(moment, UTC).isoformat()
        return datetime.fromtimestamp(int(moment), UTC).replace(tzinfo=None).isoformat()

    def add_user(self, username: str, email: str, password: str, *, is_admin: bool = False) -> Row:
        """Store a user. The password stands as it is: nobody keeps one worth anything here."""
        now = self.now()
        row: Row = {
            "username": username,
            "email": email,
            "password": password,
            "is_admin": is_admin,
            "epoch": None,
            "refresh_token": None,
            "created_at": now,
            "updated_at": now,
        }
        return self.add_row(self.users, row)

    def user(self, number: int) -> Row | None:
        """Give the user of that number."""
        return self.users.get(str(number))

    def user_by(self, field: str, value: str) -> Row | None:
        """Give the first user whose field has that value."""
        return next((user for user in self.users.all() if user[field] == value), None)

    def new_token(self, user: Row, kind: str, seconds: int) -> str:
        """Give a token that speaks for the user until it expires, or the user's `epoch` changes."""
        token = f"eyJ{secrets.token_urlsafe(32)}"
        claims = {key: user[key] for key in ("username", "epoch")}
        self.tokens.put(token, {**claims, "user_id": user["id"], "type": kind, "expires_at": self.now() + seconds})
        return token

    def model(self, number: int) -> Row | None:
        """Give the model of that number."""
        return self.models.get(str(number))

    def find_model(self, text: str) -> Row | None:
        """Give the model of that number, else of that id, else of that name, whoever owns it."""
        text = self.bound_text(text.strip())
        number = _number(text)
        found = None if number is None else self.model(self.bound(number))
        rows = self.models.all() if found is None else []
        for field in ("model_id", "model_name"):
            found = found or next((row for row in rows if row[field] == text), None)
        return found

    def sees(self, user: Row, model: Row) -> bool:
        """Say whether the user owns the model or an administrator shares it."""
        if model["owner"] == user["id"]:
            return True
        owner = None if model["owner"] is None else self.user(model["owner"])
        return bool(model["is_shared"] and owner is not None and owner["is_admin"])

    def seen_models(self, user: Row) -> list[Row]:
        """Give the models that the user sees, inactive ones too."""
        return [row for row in self.models.all() if self.sees(user, row)]

    def defaults_on(self, model: Row) -> list[Row]:
        """Give every user's defaults that are this model."""
        return [row for row in self.defaults.all() if row["model_id"] == model["id"]]


def _number(text: str) -> int | None:
    """Read digits as the server does: `isdigit` knows more of them than `int`."""
    try:
        return int(text) if text.isdigit() else None
    except ValueError:
        return None
