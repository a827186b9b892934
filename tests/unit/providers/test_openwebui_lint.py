from __future__ import annotations

from typing import Any

import pytest

from reconciler.model import Address, Body, Desired, Diagnostic, Observed, Ref, Resource, Source

from .sandboxes import PUBLIC, Place, kind, play

Seeds = dict[str, list[Body]]


def _grant(sort: str, who: Any, permission: str = "read") -> Body:
    return {"principal_type": sort, "principal_id": who, "permission": permission}


def _desired(*specs: Body, target: str = "here") -> Desired:
    """Manifests: a spec with `id` is a model's, one without a group's; a base `{"ref": name}` is a reference."""
    resources = {}
    for spec in specs:
        name = "Model" if "id" in spec else "Group"
        address = Address(target, name, spec.get("id") or spec["name"])
        base = spec.get("base_model_id")
        refs = ()
        if isinstance(base, dict):
            refs = (Ref(("base_model_id",), Address(target, "Model", base["ref"]), "id"),)
        resources[address] = Resource(address, kind(name), spec, Source("m.yaml"), refs)
    return Desired(resources, {})


async def _lint(place: Place, desired: Desired) -> list[Diagnostic]:
    observed = Observed(
        {("here", name): tuple(await place.fetch(name, {})) for name in ("Model", "Group")},
    )
    place.sent.clear()
    return list((await place.provider.review(desired, observed, ())).diagnostics)


def _found(seeds: Seeds, *specs: Body, **fields: Any) -> list[tuple[str, str]]:
    async def story(place: Place) -> list[Diagnostic]:
        return await _lint(place, _desired(*specs))

    found = play(story, {"BaseModel": [{"id": "gpt-4o"}], **seeds}, **fields)
    assert all(one.severity == "warning" and one.hint and one.code for one in found)
    return [(one.code, one.summary) for one in found]


NOT_READABLE = "lint.base-not-readable"
USELESS = "but ordinary users cannot use the base"


@pytest.mark.parametrize(
    ("base", "grants", "why"),
    [
        (None, [PUBLIC], "it has no row of its own"),
        ({"access_grants": []}, [PUBLIC], "its row has no read grant"),
        ({"access_grants": [PUBLIC], "is_active": False}, [PUBLIC], "its row is not active"),
        ({"access_grants": [_grant("group", "devs")]}, [PUBLIC], "they are shared with everybody, its row is not"),
        (
            {"access_grants": [_grant("group", "ops")]},
            [_grant("group", "devs")],
            "its row has no read grant for the same groups",
        ),
        ({"access_grants": [PUBLIC]}, [PUBLIC], None),
        ({"access_grants": [PUBLIC]}, [_grant("group", "devs")], None),
        ({"access_grants": [_grant("group", "devs")]}, [_grant("group", "devs")], None),
        ({"access_grants": [_grant("group", "devs")]}, [_grant("user", "u")], None),
        (None, [], None),
        (None, [_grant("user", "u", "write"), PUBLIC], "it has no row of its own"),
    ],
)
@pytest.mark.parametrize("where", ["live", "declared"])
def test_a_shared_preset_needs_a_readable_base(
    base: Body | None, grants: list[Body], why: str | None, where: str
) -> None:
    row = {"id": "gpt-4o", "name": "GPT", **(base or {})}
    groups = [{"name": "devs"}, {"name": "ops"}]
    preset = {"id": "p", "base_model_id": "gpt-4o", "access_grants": grants}
    if base is None or where == "live":
        found = _found({"Group": groups, "Model": [row] if base else []}, preset)
    else:
        found = _found({"Group": groups}, preset, row)
    expected = f"here: p is shared, but ordinary users cannot use the base gpt-4o: {why}"
    assert found == ([] if why is None else [(NOT_READABLE, expected)])


def test_one_warning_for_all_models_of_a_cause() -> None:
    presets = [{"id": f"p{n}", "base_model_id": "gpt-4o", "access_grants": [PUBLIC]} for n in range(5)]
    others = [{"id": "q", "base_model_id": "px.one", "access_grants": [PUBLIC]}]
    assert _found({"BaseModel": [{"id": "gpt-4o"}, {"id": "px.one"}]}, *presets, *others) == [
        (NOT_READABLE, f"here: p0, p1, p2 and 2 more are shared, {USELESS} gpt-4o: it has no row of its own"),
        (NOT_READABLE, f"here: q is shared, {USELESS} px.one: it has no row of its own"),
    ]


def test_a_base_by_reference_and_groups_of_the_same_run() -> None:
    ref = _grant("group", {"ref": "Group/new"})
    base = {"id": "gpt-4o", "name": "GPT", "access_grants": [ref]}
    preset = {"id": "p", "base_model_id": {"ref": "gpt-4o"}, "access_grants": [ref]}
    assert _found({}, preset, base, {"name": "new"}) == []
    narrower = {**base, "access_grants": [_grant("group", {"ref": "here/Group/devs"})]}
    assert _found({"Group": [{"name": "devs"}]}, preset, narrower, {"name": "new"}, {"name": "devs"}) == [
        (NOT_READABLE, f"here: p is shared, {USELESS} gpt-4o: its row has no read grant for the same groups")
    ]


def test_a_reference_meets_the_live_groups_id() -> None:
    base = {"id": "gpt-4o", "name": "GPT", "access_grants": [_grant("group", "devs")]}
    preset = {"id": "p", "base_model_id": "gpt-4o", "access_grants": [_grant("group", {"ref": "Group/devs"})]}
    assert _found({"Group": [{"name": "devs"}], "Model": [base]}, preset, {"name": "devs"}) == []
    assert _found({"Group": [{"name": "devs"}], "Model": [base]}, preset) == []


def test_what_is_not_declared_counts_as_it_is_live() -> None:
    live = {"id": "p", "base_model_id": "gpt-4o", "access_grants": [PUBLIC]}
    assert _found({"Model": [live]}, {"id": "p", "name": "P"}) == [
        (NOT_READABLE, "here: p is shared, but ordinary users cannot use the base gpt-4o: it has no row of its own")
    ]


def test_a_reference_to_nothing_is_somebody_elses_error() -> None:
    dangling = {"id": "p", "base_model_id": {"ref": "nobody"}, "access_grants": [PUBLIC]}
    assert _found({}, dangling) == []

    async def story(place: Place) -> list[Diagnostic]:
        desired = _desired(dangling)
        (address, resource) = next(iter(desired.resources.items()))
        bare = Resource(address, resource.kind, resource.spec, resource.source)
        return await _lint(place, Desired({address: bare}, {}))

    assert play(story) == []


def test_old_servers_do_not_mind() -> None:
    async def story(place: Place) -> list[list[str]]:
        specs = [
            {"id": "p", "base_model_id": "gpt-4o", "access_grants": [PUBLIC]},
            {"id": "q", "base_model_id": "row", "access_grants": [PUBLIC]},
        ]
        found = []
        for version in ((0, 8, 12), (0, 10, 2), (0, 11, 0)):
            place.pretend(version)
            found.append([one.summary for one in await _lint(place, _desired(*specs))])
        return found

    seeds = {"BaseModel": [{"id": "gpt-4o"}], "Model": [{"id": "row", "access_grants": []}]}
    old, middle, new = play(story, seeds)
    assert old == []
    assert [line.split(":")[1] for line in middle] == [" q is shared, but ordinary users cannot use the base row"]
    assert len(new) == 2


# --- a base that nothing answers to ----------------------------------------------------------------


def test_a_base_that_nothing_answers_to() -> None:
    specs = [
        {"id": "a", "base_model_id": "gpt-5"},
        {"id": "b", "base_model_id": "gpt-5"},
        {"id": "c", "base_model_id": "gpt-4o"},
        {"id": "d", "base_model_id": "row"},
        {"id": "e", "base_model_id": "a"},
        {"id": "f"},
    ]
    assert _found({"Model": [{"id": "row"}]}, *specs) == [
        ("lint.base-unknown", "here: a, b are based on gpt-5, and nothing answers to that id")
    ]


@pytest.mark.parametrize(
    ("specs", "fields", "sent"),
    [
        ([{"id": "a", "base_model_id": "gpt-4o"}, {"id": "b", "base_model_id": "gpt-5"}], {}, 1),
        ([{"id": "a", "base_model_id": "row"}], {}, 0),
        ([{"id": "a", "base_model_id": "gpt-5"}], {"prefix": "/api"}, 0),
    ],
)
def test_providers_are_asked_once_and_only_if_needed(specs: list[Body], fields: Any, sent: int) -> None:
    async def story(place: Place) -> int:
        await _lint(place, _desired(*specs))
        return len(place.sent)

    assert play(story, {"Model": [{"id": "row"}]}, **fields) == sent


def test_providers_that_cannot_be_asked_are_a_warning() -> None:
    async def story(place: Place) -> list[Diagnostic]:
        place.sandbox.faults.set("500:/api/models/base")
        return await _lint(place, _desired({"id": "a", "base_model_id": "gpt-5"}))

    (one,) = play(story)
    assert one.code == "lint.base-unchecked"
    assert one.summary.startswith("here: could not check whether anything answers to gpt-5: ")
    assert "HTTP 500" in one.summary


# --- write without read ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grants", "warned"),
    [
        ([_grant("user", "u", "write")], True),
        ([_grant("user", "u", "write"), _grant("user", "v")], True),
        ([_grant("group", "u", "write"), _grant("user", "u")], True),
        ([_grant("user", "u", "write"), _grant("user", "u")], False),
        ([_grant("user", "u", "write"), PUBLIC], False),
        ([_grant("user", "u")], False),
        (None, False),
    ],
)
def test_write_without_read(grants: list[Body] | None, warned: bool) -> None:
    found = _found({}, {"id": "m", "access_grants": grants}, {"id": "n", "access_grants": grants})
    assert [code for code, _ in found] == ["lint.write-without-read"] * warned
    assert not warned or found[0][1].startswith("here: m, n are granted to somebody to write but not to read")


def test_names_and_e_mails_are_one_principal_with_their_ids() -> None:
    async def story(place: Place) -> list[Diagnostic]:
        spec = {"access_grants": [_grant("user", "ann@example.com"), _grant("group", "devs")]}
        user, group = (await place.provider.resolve_names(kind("Model"), spec))["access_grants"]
        grants = [{**user, "permission": "write"}, {**group, "permission": "write"}, *spec["access_grants"]]
        return await _lint(place, _desired({"id": "m", "access_grants": grants}))

    seeds = {"User": [{"email": "ann@example.com"}], "Group": [{"name": "devs"}]}
    assert play(story, seeds) == []


def test_targets_that_were_not_read_are_left_alone() -> None:
    async def story(place: Place) -> list[Any]:
        desired = _desired({"id": "m", "access_grants": [_grant("user", "u", "write")]}, target="elsewhere")
        here = _desired({"id": "m", "access_grants": [_grant("user", "u", "write")]})
        return [await _lint(place, desired), list((await place.provider.review(here, Observed({}), ())).diagnostics)]

    assert play(story) == [[], []]
