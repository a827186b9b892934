from __future__ import annotations

from typing import Any

import pytest

from reconciler.model import Address, Body, Desired, Diagnostic, Observed, Ref, Resource, Source

from .sandboxes import Place, kind, play

FILTER = "class Filter:\n    pass\n"
ACTION = "class Action:\n    pass\n"
SEEDS: dict[str, list[Body]] = {
    "Function": [
        {"id": "on", "name": "On", "content": FILTER, "is_active": True},
        {"id": "off", "name": "Off", "content": FILTER},
        {"id": "button", "name": "Button", "content": ACTION, "is_active": True},
    ],
    "Tool": [{"id": "weather", "name": "Weather", "content": "class Tools:\n    pass\n"}],
}


def _resource(kind_name: str, name: str, spec: Body, target: str = "here", refs: tuple[Ref, ...] = ()) -> Resource:
    return Resource(Address(target, kind_name, name), kind(kind_name), spec, Source("m.yaml"), refs)


def _model(name: str, target: str = "here", **meta: Any) -> Resource:
    refs = tuple(
        Ref(("meta", key, index), Address("here", "Tool" if key == "toolIds" else "Function", item["ref"]), "id")
        for key, items in meta.items()
        for index, item in enumerate(items or ())
        if isinstance(item, dict)
    )
    return _resource("Model", name, {"id": name, "name": name, "meta": meta}, target, refs)


def _found(*resources: Resource, read: tuple[str, ...] = ("Model", "Tool", "Function")) -> list[tuple[str, str]]:
    async def story(place: Place) -> list[Diagnostic]:
        observed = Observed({("here", name): tuple(await place.fetch(name, {})) for name in read})
        desired = Desired({resource.address: resource for resource in resources}, {})
        place.sent.clear()
        found = list((await place.provider.review(desired, observed, ())).diagnostics)
        assert place.sent == []
        return found

    found = play(story, SEEDS)
    assert all(one.severity == "warning" and one.hint for one in found)
    return [(one.code, one.summary) for one in found]


@pytest.mark.parametrize(
    ("meta", "code", "said"),
    [
        ({"filterIds": ["on"], "defaultFilterIds": ["on"], "actionIds": ["button"], "toolIds": ["weather"]}, "", ""),
        ({"toolIds": ["server:weather", "server:mcp:x"], "filterIds": None}, "", ""),
        ({"filterIds": ["off"]}, "lint.function-useless", "function off is not active: it does nothing for m"),
        ({"filterIds": ["button"]}, "lint.function-useless", "function button is of the type action, not filter"),
        ({"actionIds": ["on"]}, "lint.function-useless", "function on is of the type filter, not action"),
        ({"actionIds": ["nowhere"]}, "lint.function-useless", "function nowhere is not there"),
        ({"toolIds": ["nowhere"]}, "lint.tool-useless", "tool nowhere is not there: it does nothing for m"),
        ({}, "", ""),
    ],
)
def test_what_a_model_names(meta: Body, code: str, said: str) -> None:
    found = _found(_model("m", **meta))
    assert [one for one, _ in found] == ([code] if code else [])
    assert all(said in summary for _, summary in found)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"id": "new", "content": FILTER, "is_active": True}, ""),
        ({"id": "new", "content": FILTER}, "function new is not active"),
        ({"id": "off", "content": FILTER, "is_active": True}, ""),
        ({"id": "on", "content": FILTER}, ""),
        ({"id": "on", "content": FILTER, "is_active": False}, "function on is not active"),
        ({"id": "button", "content": ACTION}, "function button is of the type action, not filter"),
        ({"id": "button", "content": FILTER}, ""),
    ],
)
def test_a_function_as_it_will_be(spec: Body, said: str) -> None:
    """What a manifest declares counts, then what is live; the type is known only while the code stays."""
    function = _resource("Function", "f", {"name": "F", **spec})
    found = _found(function, _model("m", filterIds=[{"ref": "f"}]))
    assert len(found) == bool(said)
    assert all(said in summary for _, summary in found)


def test_one_warning_per_cause() -> None:
    models = [_model(f"m{n}", filterIds=["off"], defaultFilterIds=["off"]) for n in range(5)]
    ((_, summary),) = _found(*models)
    assert summary == "here: function off is not active: it does nothing for m0, m1, m2 and 2 more"


def test_kinds_that_were_not_read_and_other_targets() -> None:
    named = {"filterIds": ["nowhere"], "toolIds": ["nowhere"]}
    assert _found(_model("m", **named), read=("Model",)) == []
    assert _found(_model("m", "elsewhere", **named)) == []
