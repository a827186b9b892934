"""Exchanges with Open WebUI: tools and functions, which are Python that the server runs."""

from __future__ import annotations

from typing import Any

from tests.e2e.fidelity.exchange import Step, get, post
from tests.e2e.fidelity.openwebui_sharing import by_a_maker, sharing
from tests.e2e.fidelity.words import PUBLIC, V1, grant

TOOLS = V1 + "/tools"
FUNCTIONS = V1 + "/functions"

WEATHER = '''"""
title: Weather
Author: ann
version: 0.1
required_open_webui_version: 0.4.0
no field here
"""

from typing import Literal, Optional

from pydantic import BaseModel, Field


class Tools:
    class Valves(BaseModel):
        key: str = Field("", description="The key")

    class UserValves(BaseModel):
        unit: str = "C"

    def __init__(self):
        self.valves = self.Valves()

    async def forecast(self, city: str, days: int = 1, __user__: dict = {}) -> str:
        """
        Tell what the weather will be.

        :param city: Which city.
        :param days: How many days.
        """
        return f"{city}: {days}"

    def average(
        self, values: list[float], exact: bool = False, unit: Optional[str] = None, kind: Literal["a", "b"] = "a"
    ):
        """Average some values."""
        return sum(values)

    def plain(self, anything, table: dict, texts: list):
        pass

    def _hidden(self):
        pass
'''
BARE = "class Tools:\n    pass\n"
OLD_IMPORTS = "from utils.misc import get_last_user_message\n\n\nclass Tools:\n    pass\n"
NO_CLASS = "class Toolbox:\n    pass\n"
NO_PYTHON = "class Tools(:\n"

FILTER = '''"""
title: Polite
version: 1.0
"""


class Filter:
    def inlet(self, body: dict) -> dict:
        return body
'''
OLD_FILTER = OLD_IMPORTS.replace("Tools", "Filter")
SWITCH = "class Filter:\n    def __init__(self):\n        self.toggle = True\n"
PIPE = "class Pipe:\n    def pipe(self, body: dict) -> str:\n        return 'hi'\n"
ACTION = "class Action:\n    async def action(self, body: dict):\n        pass\n"
EVENT = "class Event:\n    pass\n"


def plugin(id_: str, content: str, **fields: Any) -> dict[str, Any]:
    """A body of create or update."""
    return {"id": id_, "name": id_.title(), "content": content, "meta": {}, **fields}


def create_tools() -> list[Step]:
    """Create tools."""
    create = TOOLS + "/create"
    meta = {
        "description": "Tells the weather",
        "manifest": {"title": "mine"},
        "has_user_valves": False,
        "i18n": {"de": {"name": "Wetter"}},
        "weight": 1,
        "none": None,
    }
    shared = [PUBLIC, PUBLIC, grant("group", "{dev}"), {"principal_type": "user"}]
    return [
        get("no tool yet", TOOLS + "/"),
        get("no tool to export yet", TOOLS + "/export"),
        post("create a tool", create, plugin("bare", BARE), save={"bare1": "version_id"}),
        post(
            "create a full tool",
            create,
            plugin("Weather", WEATHER, meta=meta, access_grants=shared, commit_message="c0ffee", specs=[], typo=1),
            save={"weather1": "version_id"},
        ),
        post("create a tool of the same id", create, plugin("bare", BARE)),
        post("create a tool of the same id in capitals", create, plugin("BARE", BARE)),
        post("create a tool with a dash in its id", create, plugin("a-b", BARE)),
        post("create a tool with an empty id", create, plugin("", BARE)),
        post("create a tool with a digit first", create, plugin("1a", BARE)),
        post("create a tool with an accent", create, plugin("Été", BARE)),
        post("create a tool with old imports", create, plugin("old", OLD_IMPORTS)),
        post("create a tool without a class", create, plugin("no_class", NO_CLASS)),
        post("create a tool that is no Python", create, plugin("no_python", NO_PYTHON)),
        post("create a tool without content", create, {"id": "x", "name": "x", "meta": {}}),
        post("create a tool without meta", create, {"id": "x", "name": "x", "content": BARE}),
        post(
            "create a tool with wrong types",
            create,
            {"id": 1, "name": None, "content": [], "meta": {"description": 1, "i18n": {"de": 1}}, "access_grants": {}},
        ),
        post("create a tool with null meta", create, plugin("x", BARE, meta=None)),
        post("create a tool by nobody", create, plugin("x", BARE), by="none"),
        post("create a tool by a user", create, plugin("x", BARE), by="ann_token"),
    ]


def read_tools() -> list[Step]:
    """Read tools."""
    return [
        get("tools", TOOLS + "/"),
        get("tools with rights", TOOLS + "/list"),
        get("tools to export", TOOLS + "/export"),
        get("tools by query", TOOLS + "/?query=WEATHER"),
        get("one tool", TOOLS + "/id/weather"),
        get("one tool in capitals", TOOLS + "/id/Weather"),
        get("one unknown tool", TOOLS + "/id/nowhere"),
        get("tools by a user", TOOLS + "/", by="ann_token"),
        get("tools with rights by a user", TOOLS + "/list", by="ann_token"),
        get("tools to export by a user", TOOLS + "/export", by="ann_token"),
        get("one tool by a user", TOOLS + "/id/weather", by="ann_token"),
        get("one private tool by a user", TOOLS + "/id/bare", by="ann_token"),
        get("tools by nobody", TOOLS + "/", by="none"),
    ]


def update_tools() -> list[Step]:
    """Update and share tools."""
    weather = TOOLS + "/id/weather"
    update = weather + "/update"
    same = plugin("weather", WEATHER, name="Weather")
    return [
        post("update a tool", update, same),
        post("update a tool with the same", update, same),
        post("update a tool with a note", update, {**same, "name": "W", "commit_message": "beef"}),
        post("update a tool's meta", update, {**same, "meta": {"description": "new", "weight": 1}}),
        post("update a tool's meta to true", update, {**same, "meta": {"description": "new", "weight": True}}),
        get("the tool whose one should be true", weather),
        post("update a tool's meta to null", update, {**same, "meta": {"description": None, "i18n": None}}),
        post("update a tool's content", update, {**same, "content": BARE}),
        post("update a tool with old imports", update, {**same, "content": OLD_IMPORTS}),
        post("update a tool without a class", update, {**same, "content": NO_CLASS}),
        post("update a tool that is no Python", update, {**same, "content": NO_PYTHON}),
        get("the tool after what failed", weather),
        post("update a tool to another id", update, {**same, "id": "Other Id"}),
        post("update a tool without an id", update, {"name": "x", "content": BARE, "meta": {}}),
        post("update a tool with grants", update, {**same, "access_grants": [grant("user", "u1")]}),
        post("update a tool with no grants", update, {**same, "access_grants": []}),
        post("update a tool with null grants", update, {**same, "access_grants": None}),
        post("update an unknown tool", TOOLS + "/id/nowhere/update", same),
        post("update a tool by a user", update, same, by="ann_token"),
        *sharing("tool", weather + "/access/update", TOOLS + "/id/nowhere/access/update"),
        post("update a tool's name by a writer", update, {**same, "name": "By a writer"}, by="ann_token"),
        post("update a tool's content by a writer", update, {**same, "content": BARE}, by="ann_token"),
        get("history of a tool", weather + "/history"),
        *by_a_maker("tool", TOOLS + "/create", plugin("by_ann", BARE), TOOLS + "/id/by_ann/access/update"),
    ]


def delete_tools() -> list[Step]:
    """Delete tools."""
    return [
        Step("delete a tool by a user", "DELETE", TOOLS + "/id/bare/delete", by="ann_token"),
        Step("delete a tool", "DELETE", TOOLS + "/id/bare/delete"),
        Step("delete a tool again", "DELETE", TOOLS + "/id/bare/delete"),
        get("a deleted tool", TOOLS + "/id/bare"),
    ]


def create_functions() -> list[Step]:
    """Create functions."""
    create = FUNCTIONS + "/create"
    meta = {"description": "Be kind", "manifest": {"title": "mine"}, "toggle": True, "weight": 1, "none": None}
    return [
        get("no function yet", FUNCTIONS + "/"),
        get("no function to export yet", FUNCTIONS + "/export"),
        post("create a filter", create, plugin("polite", FILTER), save={"polite1": "version_id"}),
        post(
            "create a full filter",
            create,
            plugin("Switch", SWITCH, meta=meta, is_active=True, is_global=True, type="pipe", commit_message="c0ffee"),
        ),
        post("create a pipe", create, plugin("pipe", PIPE)),
        post("create an action", create, plugin("action", ACTION, meta={"toggle": True})),
        post("create an event", create, plugin("event", EVENT)),
        post("create a function of two classes", create, plugin("two", FILTER + "\n\n" + PIPE)),
        post("create a function of the same id", create, plugin("polite", FILTER)),
        post("create a function of the same id in capitals", create, plugin("POLITE", FILTER)),
        post("create a function with a dash in its id", create, plugin("a-b", FILTER)),
        post("create a function with old imports", create, plugin("old", OLD_IMPORTS.replace("Tools", "Action"))),
        post("create a function without a class", create, plugin("no_class", NO_CLASS)),
        post("create a function that is no Python", create, plugin("no_python", NO_PYTHON)),
        post("create a function without meta", create, {"id": "x", "name": "x", "content": FILTER}),
        post("create a function with wrong types", create, {"id": 1, "name": 1, "content": 1, "meta": {"manifest": 1}}),
        post("create a function by nobody", create, plugin("x", FILTER), by="none"),
        post("create a function by a user", create, plugin("x", FILTER), by="ann_token"),
    ]


def read_functions() -> list[Step]:
    """Read functions."""
    return [
        get("functions", FUNCTIONS + "/"),
        get("functions with owners", FUNCTIONS + "/list"),
        get("functions to export", FUNCTIONS + "/export"),
        get("functions to export with valves", FUNCTIONS + "/export?include_valves=true"),
        get("one function", FUNCTIONS + "/id/polite"),
        get("one function with a switch", FUNCTIONS + "/id/switch"),
        get("one unknown function", FUNCTIONS + "/id/nowhere"),
        get("functions by a user", FUNCTIONS + "/", by="ann_token"),
        get("functions to export by a user", FUNCTIONS + "/export", by="ann_token"),
        get("one function by a user", FUNCTIONS + "/id/polite", by="ann_token"),
    ]


def update_functions() -> list[Step]:
    """Update, toggle and delete functions."""
    polite = FUNCTIONS + "/id/polite"
    update = polite + "/update"
    same = plugin("polite", FILTER, name="Polite")
    described = {"description": "new", "weight": 1}
    return [
        post("toggle a function", polite + "/toggle"),
        post("toggle a function for all", polite + "/toggle/global"),
        post("update a function", update, same),
        post("update a function with a note", update, {**same, "name": "P", "commit_message": "beef"}),
        post("update a function to be inactive", update, {**same, "is_active": False, "is_global": False}),
        post("update a function's meta", update, {**same, "meta": described}),
        post("update a function's meta to true", update, {**same, "meta": {**described, "weight": True}}),
        get("the function whose one should be true", polite),
        post("update a function's meta to null", update, {**same, "meta": {"description": None}}),
        post("update a function's type", update, {**same, "content": PIPE}),
        post("update a function with a switch", update, {**same, "content": SWITCH}),
        get("the function with a switch", polite),
        post("update a function, sending its switch back", update, {**same, "meta": {"toggle": True}}),
        post(
            "update a function with old imports",
            update,
            {**same, "content": OLD_FILTER},
        ),
        post("update a function without a class", update, {**same, "content": NO_CLASS}),
        get("the function after what failed", polite),
        post("update a function to another id", update, {**same, "id": "Other Id"}),
        post("update a function without an id", update, {"name": "x", "content": FILTER, "meta": {}}),
        post("update an unknown function", FUNCTIONS + "/id/nowhere/update", same),
        post("update a function by a user", update, same, by="ann_token"),
        post("toggle a function again", polite + "/toggle"),
        post("toggle a function for all again", polite + "/toggle/global"),
        post("toggle an unknown function", FUNCTIONS + "/id/nowhere/toggle"),
        post("toggle an unknown function for all", FUNCTIONS + "/id/nowhere/toggle/global"),
        post("toggle a function by a user", polite + "/toggle", by="ann_token"),
        get("history of a function", polite + "/history"),
        Step("delete a function by a user", "DELETE", polite + "/delete", by="ann_token"),
        Step("delete a function", "DELETE", polite + "/delete"),
        Step("delete a function again", "DELETE", polite + "/delete"),
        get("a deleted function", polite),
        get("functions at last", FUNCTIONS + "/"),
    ]
