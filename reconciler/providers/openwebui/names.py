"""Turns names that people write into ids that Open WebUI knows.

Takes specs and lists of groups and users, each read at most once for this; gives ids. Never guesses: a name that
nobody bears, or that several bear, is an `UnresolvedName`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from reconciler.errors import UnresolvedName
from reconciler.model import Body, Json, Path

EVERYBODY = "*"


@dataclass(frozen=True, slots=True)
class Names:
    """Who bears which name; e-mails in lower case, group names as they are."""

    noun: str
    ids: frozenset[str]
    by_name: Mapping[str, tuple[str, ...]]

    def bearers(self, text: str) -> tuple[str, ...]:
        """Give the ids that a text stands for: itself where it is one, else all that bear the name."""
        return (text,) if text in self.ids else self.by_name.get(self.spelled(text), ())

    def spelled(self, text: str) -> str:
        """Give a name as it is compared."""
        return text.lower() if self.noun == "user" else text


def names_of(noun: str, key: str, rows: Iterable[Body]) -> Names:
    """Index rows by id and by the name under `key`."""
    found: dict[str, tuple[str, ...]] = {}
    ids = []
    for row in rows:
        ids.append(row["id"])
        name = row[key].lower() if noun == "user" else row[key]
        found[name] = (*found.get(name, ()), row["id"])
    return Names(noun, frozenset(ids), found)


class Listing:
    """A list of the server that names are looked up in, and that a fetch may use once."""

    def __init__(self, noun: str, key: str, read: Callable[[], Awaitable[list[Body]]]) -> None:
        self._noun = noun
        self._key = key
        self._read = read
        self._lock = asyncio.Lock()
        self._rows: list[Body] | None = None
        self._names: Names | None = None
        self._handed_out = False
        self._written = False

    async def names(self) -> Names:
        """Give the names, reading the list if it was never read."""
        async with self._lock:
            if self._rows is None:
                await self._load()
            return self._indexed()

    async def names_again(self) -> Names | None:
        """Give the names after what we wrote since they were read, or None if we wrote nothing."""
        async with self._lock:
            if not self._written:
                return None
            await self._load()
            return self._indexed()

    async def rows(self) -> list[Body]:
        """Give the rows for a fetch: what a look-up has just read serves once, after that the server is asked."""
        async with self._lock:
            if self._rows is None or self._handed_out:
                await self._load()
            self._handed_out = True
            assert self._rows is not None  # noqa: S101 - just loaded
            return self._rows

    def wrote(self) -> None:
        """Say that the list is not what the server holds any more."""
        self._handed_out = self._written = True

    @property
    def known(self) -> Names | None:
        """The names, if the list was read."""
        return self._indexed() if self._rows is not None else None

    async def _load(self) -> None:
        self._rows = await self._read()
        self._names, self._handed_out, self._written = None, False, False

    def _indexed(self) -> Names:
        if self._names is None:
            self._names = names_of(self._noun, self._key, self._rows or ())
        return self._names


@dataclass(frozen=True, slots=True)
class Directory:
    """The groups and users of one server."""

    target: str
    groups: Listing
    users: Listing

    async def grants(self, grants: list[Json], at: Path) -> list[Json]:
        """Give grants with ids instead of names; the same list where nothing changes. References are left alone."""
        changed: dict[int, Json] = {}
        for index, grant in enumerate(grants):
            listing = {"group": self.groups, "user": self.users}.get(grant.get("principal_type"))
            literal = grant.get("principal_id")
            if listing is None or not isinstance(literal, str) or literal == EVERYBODY:
                continue
            found = await self.resolve(listing, literal, (*at, index, "principal_id"))
            if found != literal:
                changed[index] = {**grant, "principal_id": found}
        return [changed.get(index, grant) for index, grant in enumerate(grants)] if changed else grants

    async def emails(self, members: list[Json], at: Path) -> list[Json]:
        """Give e-mails in the server's spelling, each a user's; the same list where nothing changes."""
        for index, member in enumerate(members):
            await self.resolve(self.users, member, (*at, index))
        spelled = [member.lower() for member in members]
        return members if spelled == members else spelled

    async def resolve(self, listing: Listing, text: str, at: Path) -> str:
        """Give the one id that a text stands for; raises `UnresolvedName`."""
        names = await listing.names()
        found = names.bearers(text)
        if not found and (newer := await listing.names_again()) is not None:
            names, found = newer, newer.bearers(text)
        if len(found) == 1:
            return found[0]
        raise self._several(names, text, found, at) if found else self._nobody(names, text, at)

    def _nobody(self, names: Names, text: str, at: Path) -> UnresolvedName:
        near = get_close_matches(names.spelled(text), sorted(names.by_name), n=1)
        hints = [f"did you mean {near[0]}?"] if near else []
        if names.noun == "group":
            hints.append("a group that a manifest makes is written {ref: Group/<its name>}")
        else:
            hints.append("write the e-mail of a user that exists; users are not made by manifests")
        said = "id or name" if names.noun == "group" else "id or e-mail"
        return UnresolvedName(f"{self.target} has no {names.noun} with the {said} {text!r}", at, hint="; ".join(hints))

    def _several(self, names: Names, text: str, found: tuple[str, ...], at: Path) -> UnresolvedName:
        return UnresolvedName(
            f"{self.target} has {len(found)} {names.noun}s called {text!r}", at,
            hint=f"write the id of the one that is meant: {', '.join(sorted(found))}",
        )  # fmt: skip
