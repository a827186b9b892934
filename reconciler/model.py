"""Every noun of Reconciler: frozen values that the stages hand to each other.

Takes nothing and gives types; holds no behaviour beyond derived properties, and never does I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal, TypeAlias

Json: TypeAlias = Any
"""A JSON value: None, bool, int, float, str, list or dict with string keys."""

Body: TypeAlias = dict[str, Any]
"""A JSON object."""

Path: TypeAlias = tuple[str | int, ...]
"""Keys and list indexes from the root of a spec; `reconciler.paths` writes and reads it as text."""

Identity: TypeAlias = tuple[str, ...]
"""The values of a kind's identity fields, in the schema's order, the parent's first; () for a singleton."""

KNOWN_AFTER_APPLY = "(known after apply)"
"""Stands in a plan for a value that a server will assign."""


# --- where things are ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """`target/Kind/name`; its ordering is the order of every report."""

    target: str
    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.target}/{self.kind}/{self.name}"


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """A position in a file, `file` as the person would type it; line and column count from 1, 0 is unknown."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])


# --- schema: what each field means --------------------------------------------------------------


class ListType(Enum):
    """How a list is compared (`x-list`)."""

    ORDERED = "ordered"
    SET = "set"
    MAP = "map"


class NumberType(Enum):
    """How a number is compared (`x-number`), where two equal 64-bit floats are not all that is equal."""

    DECIMAL = "decimal"
    SINGLE = "single"


class ReplaceOrder(Enum):
    """Which half of a replace comes first (`x-resource.replace`)."""

    DELETE_FIRST = "delete-first"
    CREATE_FIRST = "create-first"


@dataclass(frozen=True, slots=True)
class RefTarget:
    """What a field may refer to (`x-ref`): kinds of the same system, and the live field that replaces the ref."""

    kinds: tuple[str, ...]
    field: str


@dataclass(frozen=True, slots=True)
class TextRefTarget:
    """What a text may name inside it (`x-text-ref`): KEY in `written` is an identity, VALUE in `sent` a live field."""

    kind: str
    field: str
    written: str
    sent: str


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One node of a kind's schema, compiled once; a tree: objects have `properties`, lists have `items`."""

    name: str = ""
    types: tuple[str, ...] = ()
    identity: bool = False
    renamable: bool = False
    """Of an identity: the server can change it in place (`x-renamable`)."""
    immutable: bool = False
    read_only: bool = False
    write_only: bool = False
    sensitive: bool = False
    deprecated: bool = False
    long_text: bool = False
    media_type: str = ""
    """What a text is written in (`contentMediaType`); "" where nobody says."""
    atomic: bool = False
    """A map that the API replaces as a whole: a key left out of a write is gone (`x-map: atomic`)."""
    kept: bool = False
    """Removed from a manifest, it stays as it is and is not managed any more (`x-removal: keep`)."""
    inherits: bool = False
    """Removed from a manifest, it is left out of the next write; what the server then holds is right
    (`x-removal: inherit`)."""
    lasting: bool = False
    """Removed from a manifest, it asks for another object: the API cannot take it away (`x-removal: replace`)."""
    among: bool = False
    """A server may hold several values where a manifest names one: being among them is enough (`x-among`)."""
    nullable: bool = False
    has_default: bool = False
    default: Json = None
    ref: RefTarget | None = None
    text_ref: TextRefTarget | None = None
    known_values: tuple[str, ...] = ()
    """Of a list that the vendor may extend: another value is worth a warning."""
    number: NumberType | None = None
    list: ListType | None = None
    key: str | None = None
    shared: str | None = None
    """Of a set: others may have items in it, which are left alone; the name of the field that says otherwise."""
    aliases: tuple[str, ...] = ()
    """Other spellings of this property's name that a manifest may use (`x-aliases`)."""
    changed: str = ""
    """It tells who wrote the object last, or when (`x-changed`)."""
    description: str = ""
    properties: Mapping[str, Field] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    """The properties that must be there, in one of its forms at least."""
    extra: Field | None = None
    """What keys beyond `properties` are, or None where the object is closed."""
    items: Field | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A type of thing that a system holds, made from `schemas/<system>/<Kind>.json`."""

    system: str
    name: str
    title: str
    schema: Mapping[str, Json]
    root: Field
    identity: tuple[str, ...]
    """The names of the identity fields, top level of the spec, in the schema's order."""
    parent: str | None = None
    replace: ReplaceOrder = ReplaceOrder.DELETE_FIRST
    singleton: bool = False
    renumbered: bool = False
    """The server may give an object another id: where ours is gone, the only bearer of its identity is ours."""
    mark: str | None = None


# --- manifests: what should be ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IgnoreRule:
    """`lifecycle.ignore`: a path that is not compared, why, and until which day (ISO date)."""

    path: str
    reason: str = ""
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """What may happen to an object; `protect` and `on_remove` outlive the manifest in the inventory."""

    protect: bool = False
    on_remove: Literal["delete", "orphan"] = "delete"
    ignore: tuple[IgnoreRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Metadata:
    """The `metadata` block of a manifest."""

    name: str
    target: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    lifecycle: Lifecycle = Lifecycle()
    previous_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ref:
    """An edge of the graph: the place in the spec, the manifest it names, and the field to read there."""

    path: Path
    to: Address
    field: str
    inside: tuple[str, str] | None = None
    """Where it names the object inside a text: what stands there, and what takes its place, VALUE being the field."""


@dataclass(frozen=True, slots=True)
class ValueSource:
    """Where a secret comes from, never the secret: `{env: NAME}`, `{file: path}` or `{command: [..]}`."""

    scheme: Literal["env", "file", "command"]
    value: str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SecretPlace:
    """A place in a spec that a secret fills."""

    path: Path
    source: ValueSource


@dataclass(frozen=True, slots=True)
class Resource:
    """A validated manifest.

    `spec` holds literals, files already read in; refs and secrets stand in it as their mappings
    (`{"ref": ..}`, `{"env": ..}`) at the paths that `refs` and `secrets` list.
    """

    address: Address
    kind: Kind
    spec: Body
    source: Source
    refs: tuple[Ref, ...] = ()
    secrets: tuple[SecretPlace, ...] = ()
    depends_on: tuple[Address, ...] = ()
    parent: Address | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    lifecycle: Lifecycle = Lifecycle()
    previous_names: tuple[str, ...] = ()
    layers: tuple[Source, ...] = ()
    """The overlay documents that are merged into it, in order."""


@dataclass(frozen=True, slots=True)
class Objection:
    """What a system's own rules have against a manifest; `path` is the place in its spec."""

    resource: Resource
    path: Path
    summary: str
    hint: str = ""
    severity: Literal["error", "warning"] = "error"


@dataclass(frozen=True, slots=True)
class Leaving:
    """How an object leaves that no resource stands for, and why."""

    on_remove: Literal["delete", "orphan"]
    reason: str


@dataclass(frozen=True, slots=True)
class Desired:
    """The graph of what should be; `resources` in address order, `needs` sorted."""

    resources: Mapping[Address, Resource]
    needs: Mapping[Address, tuple[Address, ...]]
    diagnostics: tuple[Diagnostic, ...] = ()
    digest: str = ""
    """Of all manifests; equal text gives an equal digest on any machine."""
    commit: str = ""
    leaving: Mapping[Address, Leaving] | None = None
    """What of ours leaves; None: everything that no resource stands for, as it is with manifests."""


# --- targets ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Auth:
    """How a target is authenticated: `bearer`, `header` or `login`."""

    scheme: Literal["bearer", "header", "login"]
    secret: ValueSource
    header: str = "Authorization"
    username: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """A configured instance of a system."""

    name: str
    system: str
    url: str
    auth: Auth | None = None
    prefix: str | None = None
    account: str | None = None
    concurrency: int | None = None
    requests_per_second: float | None = None
    timeout: float = 30.0
    options: Mapping[str, Json] = field(default_factory=dict)
    """Settings of the system's own, such as `project` for LaunchDarkly."""


# --- live: what is ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Live:
    """What the API returned for one object, in the spelling of manifests."""

    kind: Kind
    id: str
    identity: Identity
    body: Body
    parent: Live | None = None
    version: str | None = None
    owner: str | None = None
    unseen: frozenset[str] = frozenset()
    """Top-level fields that this server, or this answer, does not show: unknown, not absent."""
    defaulted: frozenset[str] = frozenset()
    """Top-level fields that may hold what the server itself chose when it made the object, whatever was asked of it."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whom a credential speaks for, and what answers."""

    id: str
    name: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything that was read; `failures` names the targets whose answer is missing or incomplete."""

    live: Mapping[tuple[str, str], tuple[Live, ...]]
    """(target, kind name) → objects; a missing key means that the kind was not read."""
    accounts: Mapping[str, Account] = field(default_factory=dict)
    failures: Mapping[str, Diagnostic] = field(default_factory=dict)


# --- plan ---------------------------------------------------------------------------------------


class Action(Enum):
    """What an operation does; the value is its name in JSON."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    ADOPT = "adopt"
    FORGET = "forget"

    @property
    def sign(self) -> str:
        """One character for people."""
        return {"create": "+", "update": "~", "replace": "±", "delete": "-", "adopt": "←", "forget": "."}[self.value]


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs; `before` and `after` are already redacted where `sensitive`."""

    path: str
    before: Json
    after: Json
    replaces: bool = False
    sensitive: bool = False
    removed: bool = False
    """The manifest no longer sets it: it goes back to the default."""


@dataclass(frozen=True, slots=True)
class DriftItem:
    """One field of a live object that moved away from what was last applied."""

    address: Address
    path: str
    classification: Literal["drift", "conflict"]
    wanted: Json
    live: Json
    fingerprint: str
    source: Source | None = None
    """Where the object is declared, if a manifest declares it."""
    changed_at: str = ""
    """When the object was last written, as an ISO time, where the API tells."""
    changed_by: str = ""
    """Who wrote it last, where the API tells."""
    standing: Literal["", "new", "known"] = ""
    """What a baseline says of it; empty without one."""


@dataclass(frozen=True, slots=True)
class KnownDrift:
    """One drifted field of an earlier report, a baseline."""

    address: str
    path: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Operation:
    """A node of the plan; `reason` is for people and never drives apply."""

    action: Action
    address: Address
    reason: str
    changes: tuple[Change, ...] = ()
    needs: tuple[Address, ...] = ()
    source: Source | None = None
    live_id: str | None = None
    live_version: str | None = None
    precondition: str = ""
    """Digest of the live fields that were compared; apply of a saved plan refuses where it moved."""


@dataclass(frozen=True, slots=True)
class Move:
    """What an operation would do to one object, as a system's own rules see it."""

    address: Address
    kind: Kind
    action: Action
    before: Live | None
    """What is live; None where it is not there yet."""
    after: Body | None
    """What is wanted, references resolved as far as the plan can know; None where it leaves."""
    changes: tuple[Change, ...] = ()
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """What a system's own rules say of the moves on one target."""

    needs: Mapping[Address, tuple[Address, ...]] = field(default_factory=dict)
    """Moves that must follow others, where no reference says so."""
    replaces: Mapping[Address, str] = field(default_factory=dict)
    """Updates that this server can only do by replacing the object, and why."""
    diagnostics: tuple[Diagnostic, ...] = ()
    """Warnings, and refusals (`guard.*`)."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """An error or a warning as data; `code` is its stable rule name, such as `guard.deletes`."""

    severity: Literal["error", "warning"]
    summary: str
    detail: str = ""
    hint: str = ""
    address: Address | None = None
    source: Source | None = None
    code: str = ""
    path: str = ""
    """The field of a manifest that it is about, from the document down; "" for none."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which operations a run is limited to; empty tuples mean no limit."""

    targets: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    since: str = ""
    """The revision that `among` was made of."""
    among: tuple[str, ...] | None = None
    """The only addresses, sorted; None means no limit."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person said yes to; a saved plan carries it."""

    adopt: bool = False
    deletes: int | None = None
    updates: int | None = None
    overwrite: bool = False
    """A rollback takes back what was changed since, too."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asked of one run."""

    selection: Selection = Selection()
    consent: Consent = Consent()
    rev: str | None = None
    destroy: bool = False
    rollback: str = ""
    """The receipt whose objects are to be as they were; it stands in the place of manifests."""
    only_drift: bool = False
    """Put drifted fields back, and change nothing else."""
    since: str | None = None
    """Limit the run to what changed since this git revision, and to what depends on it."""
    show_unmanaged: bool = False
    parallelism: int | None = None
    lock_timeout: float = 0.0
    expires_hours: float = 24.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Share of what we own in a target that one run may touch, in percent."""

    deletes: float = 10.0
    updates: float = 30.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done, in which order, and why; `operations` in address order."""

    operations: tuple[Operation, ...] = ()
    unchanged: int = 0
    drift: tuple[DriftItem, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    """Warnings, unreadable targets (`target.unreachable`, `target.unauthorized`) and refusals (`guard.*`)."""
    complete: bool = True
    """False where a target could not be read: what is missing is unknown, never clean."""
    inventory_id: str = ""
    inventory_serial: int = 0
    manifests_digest: str = ""
    commit: str = ""
    accounts: Mapping[str, str] = field(default_factory=dict)
    """Target → `url account-id`."""
    selection: Selection = Selection()
    consent: Consent = Consent()
    destroy: bool = False
    rollback: str = ""
    """The receipt that it rolls back."""
    only_drift: bool = False
    unmanaged: tuple[Address, ...] = ()
    """Live objects that are neither declared nor ours; `name` is their identity."""
    tool_version: str = ""
    created: str = ""
    expires: str = ""
    fingerprint: str = ""
    fields: Mapping[str, int] = field(default_factory=dict)
    """Pending, drift, conflict, converged, unseen → how many managed fields are; only where drift was asked for."""
    resolved: tuple[KnownDrift, ...] = ()
    """What a baseline names and is no drift any more."""

    @property
    def refused(self) -> bool:
        """A guard said no: nothing of this plan may be applied."""
        return any(diagnostic.code.startswith("guard.") for diagnostic in self.diagnostics)


# --- apply --------------------------------------------------------------------------------------


class Status(Enum):
    """How an operation ended; *diverged*: accepted, but reading back still differs."""

    DONE = "done"
    DIVERGED = "diverged"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one operation ended; there is one per operation, always."""

    address: Address
    action: Action
    status: Status
    live_id: str | None = None
    error: str = ""
    left: tuple[Change, ...] = ()
    cause: Address | None = None
    """The operation that made this one be skipped."""
    attempts: int = 0
    seconds: float = 0.0
    exit_code: int = 0
    """What the error alone would end the process with: 7, 8, or 4."""


# --- inventory ----------------------------------------------------------------------------------


class Phase(Enum):
    """What we know about the last write of an entry."""

    PENDING = "pending"
    SETTLED = "settled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Entry:
    """What we remember of one object that we own; no values, no secrets."""

    address: Address
    system: str
    id: str | None
    """None while a create is pending."""
    identity: Identity
    phase: Phase = Phase.SETTLED
    applied: Mapping[str, str] = field(default_factory=dict)
    """Managed path (text) → keyed digest of the value that we last applied."""
    digest: str = ""
    """Keyed digest of the whole spec that was applied: equal means that the manifest did not change; "" that it was
    not applied as a whole."""
    needs: tuple[Address, ...] = ()
    parent: Address | None = None
    protect: bool = False
    on_remove: Literal["delete", "orphan"] = "delete"
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What we own: an index, never the truth."""

    id: str
    salt: str
    """Hex; keys the digests."""
    serial: int = 0
    entries: Mapping[Address, Entry] = field(default_factory=dict)
