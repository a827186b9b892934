"""What the cases need to know of a system and its kinds: values, routes, and what a person can do by hand.

Takes nothing and gives types; a module under `systems/` fills them in for one system. Holds no case, and never speaks
to a server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from reconciler.providers.pace import Clock

Body = dict[str, Any]

At = Mapping[str, Any]
"""Path (text) → value there."""


@dataclass(frozen=True)
class Variant:
    """A version of a system, and how it is spoken to."""

    name: str
    version: str
    prefix: str | None = None
    newest: bool = False
    themes: tuple[str, ...] = ()
    """Which cases the sandbox plays, by their module; all, where none is named."""
    kinds: tuple[str, ...] = ()
    """Which kinds the sandbox plays them with; all, where none is named."""
    seeds: Mapping[str, list[Body]] = field(default_factory=dict)
    """What the sandbox holds at first, as a seed file says it; of such a thing as an account there is no other way."""


@dataclass(frozen=True)
class Manifest:
    """A manifest that others lean on."""

    kind: str
    name: str
    spec: Body


@dataclass(frozen=True)
class Exchange:
    """A request and its answer, bodies decoded; None where there is none, or no JSON."""

    method: str
    path: str
    """Below the system's own prefix of the sandbox."""
    sent: Any
    status: int
    answered: Any


@dataclass(frozen=True)
class Row:
    """What a server holds of one object: `body` as a manifest would spell it, `raw` as it came."""

    id: str
    name: str
    body: Body
    raw: Any


class Hands(Protocol):
    """What a person does on the server, behind Reconciler's back; bodies are in the spelling of manifests."""

    def rows(self, kind: str) -> list[Row]:
        """Give every object of a kind."""
        ...

    def create(self, kind: str, name: str, body: Body) -> str:
        """Create an object of that identity, give its id."""
        ...

    def edit(self, kind: str, row: Row, changes: At) -> None:
        """Change fields; the identity is one of them."""
        ...

    def delete(self, kind: str, row: Row) -> None:
        """Delete an object."""
        ...

    def reset(self, kind: str) -> None:
        """Make the one object of a kind be as at first."""
        ...

    def close(self) -> None:
        """Release connections."""
        ...


@dataclass(frozen=True)
class Routes:
    """Parts of paths, as faults name them: what lists a kind, and each write that a verb takes, in order."""

    list: str
    create: tuple[str, ...]
    update: tuple[str, ...]
    delete: str


@dataclass(frozen=True)
class Dependent:
    """A manifest that refers to the object under test, and where the reference ends up on the server."""

    manifest: Manifest
    path: str
    field: str = ""
    """The field of the object under test that stands there; its id, where none is named."""


@dataclass(frozen=True)
class Subject:
    """A kind under test. What a kind lacks is empty, and the cases that need it stand in `cannot` with the reason."""

    kind: str
    identity: str | None
    """The field; None where every server has one object of the kind."""
    chooses_id: bool
    """The identity is the id, or is enough where ids change: whoever makes it again makes the same object."""
    base: Body
    """A full spec, without its identity."""
    plain: Body
    """The smallest spec, the same."""
    support: tuple[Manifest, ...]
    """What the base leans on; at least one, so that the manifests are never an empty set."""
    routes: Routes
    changed: At
    """Fields of the base that an update changes, in one write."""
    stepped: At
    """Fields whose update takes every route of `routes.update`."""
    cleared: At
    """Fields of the base that a null clears, and what the server then holds."""
    removed: At
    """Fields of the base that go back when a manifest drops them, and what the server then holds."""
    drift: At
    """Managed fields, and what somebody sets them to."""
    contested: At
    """Some of these fields, and a third value."""
    undeclared: At
    """Fields that the base leaves alone, and what somebody sets them to."""
    number: str
    """A field of the base that holds an integer where fractions and booleans are taken too."""
    nulls: tuple[str, ...]
    """Fields that the base leaves alone and that take null."""
    unordered: tuple[str, ...]
    """Lists of the base, of two items or more, whose order means nothing."""
    ordered: tuple[str, ...]
    """Lists of the base whose order is meant."""
    ignored: At = field(default_factory=dict)
    """A field that the server takes and does not store."""
    normalised: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    """Fields that the server stores in another form: as sent, as held."""
    spellings: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    """Fields that a manifest may spell in two ways."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Fields of the base that a manifest may call by another name."""
    elided: At = field(default_factory=dict)
    """Fields of the base that lists do not show, one more read an object each, and what somebody sets them to."""
    dependent: Dependent | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    """What the identity is where a case calls the object by a name, where it cannot be that name."""
    bystander: Body = field(default_factory=dict)
    """What the one made by hand has beyond the smallest spec: the thing that it lives in, also made by hand."""
    always: bool = False
    """There is one for every identity, always: it is never created or deleted."""
    page: int = 30
    """More objects than this do not fit on a page of the server, where it has any."""
    is_paged: bool = False
    """A list costs a request a page."""
    lists: int = 1
    """So many lists the kind is spread over on the server."""
    initial: Body = field(default_factory=dict)
    """What a server holds at first, where every server has one object of the kind."""
    cannot: Mapping[str, str] = field(default_factory=dict)
    """Case → why this kind cannot play it."""

    @property
    def is_singleton(self) -> bool:
        """Whether it is always there, once or for every identity."""
        return self.always or self.identity is None

    def named(self, name: str) -> str:
        """Give the identity of what a case calls by a name."""
        return self.names.get(name, name)


@dataclass(frozen=True)
class System:
    """A system under test."""

    name: str
    variants: tuple[Variant, ...]
    subjects: Callable[[Variant], tuple[Subject, ...]]
    """The kinds; what leans on others comes first."""
    hands: Callable[..., Hands]
    """(URL of the target, token, transport if any) → hands, with whatever users the subjects name."""
    is_read: Callable[[str, str], bool]
    """(method, path) → whether it only reads, as the contract says of the route."""
    settings: Mapping[str, Any] = field(default_factory=lambda: {"auth": {"bearer": {"file": "token"}}})
    """What a target says beyond its system and its url; the credential stands in the file `token`."""
    waits: tuple[str, ...] = ()
    """Forms of a refusal for now that only this system has, as sandbox faults."""
    id_of: Callable[[str], Any] = str
    """How an id stands where another object refers to it."""
    clock: Clock = field(default_factory=Clock)
    """By which it waits; a quicker one where a system asks for long waits. What a server says of its own time stays."""
    objections: Callable[[Exchange], Iterable[str]] = lambda exchange: ()
    """What the vendor's published facts have against an exchange with the sandbox."""
