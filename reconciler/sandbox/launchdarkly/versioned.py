"""Things that are found by their key and keep every version: one implementation for all of them.

Takes calls and the `Resource` that a thing is, gives its operations. A row holds its versions, oldest first; what each
kind of thing is, is data in `catalog.py`. It never takes anything away from a version that was once stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from reconciler.sandbox.launchdarkly import answers, forms, maintainers
from reconciler.sandbox.launchdarkly.answers import Refusal
from reconciler.sandbox.launchdarkly.call import PROJECT, Call, Operation
from reconciler.sandbox.launchdarkly.query import page
from reconciler.sandbox.launchdarkly.state import State, found
from reconciler.sandbox.store import Row, Table

Uses = Callable[[Row], Iterable[tuple[str, int]]]
"""Says of a variation which keys it uses, in which version."""


@dataclass(frozen=True, slots=True)
class Resource:
    """What one kind of thing is."""

    noun: str
    table: str
    path: str
    """Of its list, below the project."""
    parameter: str
    form: type[forms.Form]
    needs: tuple[str, ...]
    """Fields that a creation must have."""
    fixed: tuple[str, ...] = ("key",)
    """Fields that a change leaves as they are."""
    bumps: tuple[str, ...] | None = None
    """Fields whose change makes a new version; None: every one."""
    at_first: Row = field(default_factory=dict)
    """What fields hold that were never set."""
    maintained: bool = True
    has_page: bool = True
    """Whether it says where the user interface shows it."""
    check: Callable[[State, Row], None] | None = None
    """Raises a refusal where a creation names what is not there."""
    uses: Uses | None = None
    version_field: str = "resourceVersion"
    """What a reference calls the version."""
    in_use_status: int | None = None
    """What answers the deletion of something in use; None: it is let through."""


def operations(resource: Resource) -> tuple[Operation, ...]:
    """Give the operations of a kind of thing."""
    listed = f"{PROJECT}/{resource.path}"
    one = f"{listed}/{{{resource.parameter}}}"
    found_by_key = (
        Operation("GET", listed, partial(_list, resource)),
        Operation("POST", listed, partial(_create, resource), 201),
        Operation("GET", one, partial(_read, resource)),
        Operation("PATCH", one, partial(_update, resource)),
        Operation("DELETE", one, partial(_delete, resource), 204),
    )
    if resource.uses is None:
        return found_by_key
    return (
        *found_by_key,
        Operation("GET", f"{one}/versions", partial(_versions, resource)),
        Operation("GET", f"{one}/references", partial(_references, resource)),
    )


def amended(versions: list[Row], changes: Row, bumps: tuple[str, ...] | None = None) -> list[Row]:
    """Give the versions after a change: one more, the last one changed in place, or the same where nothing differs."""
    newest = versions[-1]
    differing = {name for name, value in changes.items() if name not in newest or not forms.same(newest[name], value)}
    if not differing:
        return versions
    if bumps is None or differing & set(bumps):
        return [*versions, {**newest, **changes, "version": newest["version"] + 1}]
    return [*versions[:-1], {**newest, **changes}]


def stored_tags(body: Row) -> Row:
    """Give the body with its tags as they are stored: each once, in an order that nobody promised."""
    return {**body, "tags": sorted(set(body["tags"]), reverse=True)} if "tags" in body else body


def plant(state: State, resource: Resource, body: Row) -> None:
    """Store a seed, unless its key is there already."""
    form = forms.read(resource.form, body, needs=resource.needs)
    if _table(state, resource).get(form["key"]) is None:
        _insert(state, resource, form)


def _table(state: State, resource: Resource) -> Table:
    return state.table(resource.table)


def _list(resource: Resource, call: Call) -> Row:
    return page(call, _table(call.state, resource).all(), partial(_shown, resource, call))


def _create(resource: Resource, call: Call) -> Row:
    body = forms.read(resource.form, call.body, needs=resource.needs)
    if _table(call.state, resource).get(body["key"]) is not None:
        raise Refusal(409, f"{resource.noun} key {body['key']} already exists")
    return _shown(resource, call, _insert(call.state, resource, body))


def _insert(state: State, resource: Resource, body: Row) -> Row:
    if resource.check is not None:
        resource.check(state, body)
    maintainer = maintainers.settle(state, body, maintainers.DEFAULT) if resource.maintained else {}
    held = {name: value for name, value in stored_tags(body).items() if name not in maintainers.FIELDS}
    first = {**resource.at_first, **held, "version": 1, "createdAt": state.now()}
    row = {"key": body["key"], "id": state.new_id(), "maintainer": maintainer, "versions": [first]}
    return _table(state, resource).put(row["key"], row)


def _read(resource: Resource, call: Call) -> Row:
    return _shown(resource, call, _found(resource, call))


def _update(resource: Resource, call: Call) -> Row:
    row = _found(resource, call)
    body = forms.read(resource.form, call.body, leave=resource.fixed)
    changes = {name: value for name, value in stored_tags(body).items() if name not in maintainers.FIELDS}
    changed = {
        **row,
        "maintainer": maintainers.settle(call.state, body, row["maintainer"]),
        "versions": amended(row["versions"], changes, resource.bumps),
    }
    if not forms.same(changed, row):
        _table(call.state, resource).put(row["key"], changed)
    return _shown(resource, call, changed)


def _delete(resource: Resource, call: Call) -> None:
    key = _found(resource, call)["key"]
    if resource.in_use_status is not None and _uses_of(resource, call.state, key):
        raise Refusal(resource.in_use_status, f"{resource.noun} {key} is still in use by a variation")
    _table(call.state, resource).drop(key)


def _versions(resource: Resource, call: Call) -> Row:
    row = _found(resource, call)
    newest_first = [{**row, "versions": [version]} for version in reversed(row["versions"])]
    return page(call, newest_first, partial(_shown, resource, call))


def _references(resource: Resource, call: Call) -> Row:
    key = _found(resource, call)["key"]
    uses = _uses_of(resource, call.state, key)
    return page(call, uses, resourceKey=key, resourceType=resource.table.removesuffix("s"))


def _uses_of(resource: Resource, state: State, key: str) -> list[Row]:
    return [
        {
            "aiConfigKey": config["key"],
            "aiConfigName": config["name"],
            "variationId": variation["_id"],
            "variationKey": variation["key"],
            "variationName": variation["name"],
            resource.version_field: version,
        }
        for config, variation in state.variations()
        for used, version in (resource.uses(variation) if resource.uses is not None else ())
        if used == key
    ]


def _found(resource: Resource, call: Call) -> Row:
    key = call.keys[resource.parameter]
    return found(_table(call.state, resource).get(key), resource.noun, key)


def _shown(resource: Resource, call: Call, row: Row) -> Row:
    """Give a thing as answers show it, in the last of its versions."""
    listed = call.below(f"{PROJECT}/{resource.path}")
    self = call.below(f"{PROJECT}/{resource.path}/{{{resource.parameter}}}", **{resource.parameter: row["key"]})
    return {
        "key": row["key"],
        "_access": answers.access(f"update {resource.noun}"),
        "_links": {"self": answers.link(self), "parent": answers.link(listed)},
        **(
            {"_site": answers.site(f"/projects/{call.state.project}/{resource.path}/{row['key']}")}
            if resource.has_page
            else {}
        ),
        **maintainers.shown(call.state, row["maintainer"]),
        **({} if resource.maintained else {"id": row["id"]}),
        **row["versions"][-1],
    }
