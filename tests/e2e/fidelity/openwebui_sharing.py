"""Exchanges with Open WebUI: what all kinds that are shared by grants have in common."""

from __future__ import annotations

from typing import Any

from tests.e2e.fidelity.exchange import Step, post
from tests.e2e.fidelity.words import GROUPS, PUBLIC, grant


def makers() -> list[Step]:
    """A group whose members may make things, and share them with groups."""
    may = {"prompts": True, "tools": True, "knowledge": True}
    permissions = {"workspace": may, "sharing": may, "access_grants": {"allow_users": False, "allow_groups": True}}
    return [
        post(
            "create a group of makers",
            GROUPS + "/create",
            {"name": "Makers", "description": "", "permissions": permissions},
            save={"makers": "id"},
        ),
    ]


def sharing(noun: str, share: str, unknown: str) -> list[Step]:
    """Share an object: to nobody, to some, in wrong ways, and lastly so that a user may write it."""
    some = [PUBLIC, grant("group", "g1"), grant("group", "g1"), grant("user", "u1", "write")]
    published = [{"access_type": "group", "access_id": "g", "permission": "read"}]
    writing = [grant("user", "{ann}"), grant("user", "{ann}", "write")]
    return [
        post(f"share a {noun}", share, {"access_grants": some}),
        post(f"share a {noun} in the published spelling", share, {"access_grants": published}),
        post(f"share a {noun} with anyone", share, {"access_grants": [PUBLIC, grant("anyone", "*")]}),
        post(f"share a {noun} with null", share, {"access_grants": None}),
        post(f"share a {noun} without grants", share, {}),
        post(f"share an unknown {noun}", unknown, {"access_grants": []}),
        post(f"share a {noun} by a user", share, {"access_grants": []}, by="ann_token"),
        post(f"share a {noun} with a writer", share, {"access_grants": writing}),
    ]


def by_a_maker(noun: str, create: str, body: dict[str, Any], share: str) -> list[Step]:
    """Create and share as a user who may, but not with everybody."""
    wanted = [PUBLIC, grant("group", "{dev}"), grant("user", "{bob}")]
    members = GROUPS + "/id/{makers}/users"
    return [
        post(f"let a user make a {noun}", members + "/add", {"user_ids": ["{ann}"]}),
        post(
            f"create a {noun} by a maker",
            create,
            {**body, "access_grants": wanted},
            by="ann_token",
            save={f"ann_{noun}": "id"},
        ),
        post(f"share a {noun} with everybody by a maker", share, {"access_grants": wanted}, by="ann_token"),
        post(f"share a {noun} with a group by a maker", share, {"access_grants": wanted[1:2]}, by="ann_token"),
        post(f"let a user make no {noun} any more", members + "/remove", {"user_ids": ["{ann}"]}),
    ]
