"""Says what a system's verbs look like on the wire: a table of routes per kind.

Takes templates such as `PATCH /projects/{project}/ai-configs/{id}`, gives methods and quoted paths. Pure: what a
field means stands in the schema, and nothing here sends anything.

A route's place in the table says whether it reads: `list` and `read` may be repeated whatever their method is, since
some APIs list by POST; `create`, `update` and `delete` may not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from reconciler.errors import Rejected
from reconciler.model import Json, Live
from reconciler.providers.paging import Paging, whole

Quoting = Callable[[str], str]
NO_HEADERS: Mapping[str, str] = {}


def quote_part(text: str) -> str:
    """Quote a value for one segment of a path, or for one value of a query."""
    if text in {"", ".", ".."}:
        raise Rejected(f"{text!r} cannot be part of a URL", hint="choose another id")
    return quote(text, safe="")


def quote_twice(text: str) -> str:
    """Quote for a server that decodes a path twice (Xagent 0.8.4, observed), and so takes `.` and `..` for names."""
    once = text.replace(".", "%2E") if text in {".", ".."} else quote_part(text)
    return quote(once, safe="")


def quote_but_slash(text: str) -> str:
    """Quote for a server that wants `/` as it is inside a name (Respan's SDK sends it so)."""
    return "/".join(quote_part(part) for part in text.split("/"))


@dataclass(frozen=True, slots=True)
class Route:
    """How one kind is listed, read, created, updated and deleted; a verb that is None does not exist.

    Each verb is `METHOD /path`, under the target's prefix. In it `{id}` stands for the object's id, `{<Kind>}` for
    the id of its parent of that kind, and `{<name>}` for a setting of the target.
    """

    list: str | None = None
    read: str | None = None
    create: str | None = None
    update: str | None = None
    delete: str | None = None
    id: str = "id"
    """The key of an object's id in an answer."""
    item: str | None = None
    """The key that holds the object in the answer to read, create and update; None: the answer is the object."""
    paging: Paging = whole
    list_body: Json = None
    delete_body: Callable[[Live], Json] | None = None
    partial: bool = False
    """An update sends the changed top-level fields only (PATCH)."""
    upserts: bool = False
    """Create overwrites what it finds: look first."""
    quoting: Quoting = quote_part
    headers: Mapping[str, str] = field(default_factory=dict)
    """What its requests carry beyond the provider's own headers, and instead of them."""


_PLACE = re.compile(r"\{(\w+)\}")


def fill(verb: str, values: Mapping[str, str], quoting: Quoting = quote_part) -> tuple[str, str]:
    """Give the method and the path of a verb, each value quoted."""
    method, _, template = verb.partition(" ")

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name not in values:
            raise Rejected(f"the route {verb} needs {name}", hint=f"set `{name}` on the target")
        return quoting(values[name])

    return method, _PLACE.sub(value, template)


def places(live: Live | None, parent: Live | None, options: Mapping[str, Json]) -> dict[str, str]:
    """Give what the templates of an object's routes may name."""
    values = {name: str(value) for name, value in options.items()}
    above = parent
    while above is not None:
        values[above.kind.name] = above.id
        above = above.parent
    if live is not None:
        values["id"] = live.id
    return values
