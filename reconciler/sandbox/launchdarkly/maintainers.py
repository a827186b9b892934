"""Who looks after a thing: a member or a team, never both.

Takes the two fields of a body and what is stored, gives what is to be stored, or what an answer shows.
"""

from __future__ import annotations

from reconciler.sandbox.launchdarkly.answers import Refusal
from reconciler.sandbox.launchdarkly.state import MEMBER, State
from reconciler.sandbox.store import Row, Table

FIELDS = ("maintainerId", "maintainerTeamKey")
NOBODY: Row = {}
DEFAULT: Row = {"maintainerId": MEMBER["_id"]}
"""Who it is where a creation does not say: the token's member."""


def settle(state: State, body: Row, before: Row, clears: tuple[str, ...] = ()) -> Row:
    """Give the maintainer after a body.

    Setting one kind clears the other. An empty text clears that kind alone, but any where the field is in `clears`.
    """
    told = {name: body[name] for name in FIELDS if name in body}
    named = {name: key for name, key in told.items() if key}
    if len(named) > 1:
        raise Refusal(400, "set maintainerId or maintainerTeamKey, not both")
    for name, key in named.items():
        if _table(state, name).get(key) is None:
            raise Refusal(400, f"{name}: there is no {key}")
        return {name: key}
    if any(name in clears or name in before for name in told):
        return NOBODY
    return before


def shown(state: State, maintainer: Row) -> Row:
    """Give `_maintainer`, or nothing where nobody is."""
    for name, key in maintainer.items():
        return {"_maintainer": _table(state, name).get(key)}
    return {}


def _table(state: State, name: str) -> Table:
    return state.members if name == "maintainerId" else state.teams
