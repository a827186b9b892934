"""Custom models: a create that would overwrite, names with slashes, what is inherited, overrides that are not shown."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from reconciler.errors import Conflict, Malformed, NotFound, Rejected
from reconciler.model import Action, Status
from reconciler.providers.respan import wire

from .respan_estate import Estate, codes, estate, operations
from .respan_place import GPT, VLLM, Place, by_hand, kind, play

__all__ = ["estate"]

GENERATIONS = ("3", "2", "1")
WITH_PUT = ("3", "2")


# --- create ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", GENERATIONS)
def test_create_never_overwrites_though_the_endpoint_would(dialect: str) -> None:
    async def story(place: Place) -> None:
        await place.create("Model", model_name="team/a", **GPT, input_cost=1)
        place.ear.heard.clear()
        with pytest.raises(Conflict, match="a model called 'team/a' exists already"):
            await place.create("Model", model_name="team/a", **GPT, input_cost=2)
        assert place.lines == ["GET /models/team/a/"]
        assert (await place.find("Model", "team/a")).body["input_cost"] == 1

    play(story, dialect)


@pytest.mark.parametrize("dialect", GENERATIONS)
def test_a_built_in_model_is_in_nobodys_way_but_of_its_name(dialect: str) -> None:
    async def story(place: Place) -> None:
        with pytest.raises(Conflict, match="'openai/gpt-4o' is a built-in model of Respan") as taken:
            await place.create("Model", model_name="openai/gpt-4o", input_cost=0)
        assert "choose another `model_name`" in taken.value.hint
        assert place.lines == ["GET /models/openai/gpt-4o/"]
        assert (await place.create("Model", model_name="gpt-4o", **GPT)).id == "gpt-4o"

    play(story, dialect)


def test_a_create_that_changed_somebody_elses_model_says_so(estate: Estate) -> None:
    estate.declare(("Model", "m", {**GPT, "input_cost": 1}))
    theirs = {"model_name": "m", **GPT, "output_cost": 9}

    def meanwhile() -> None:
        with estate.sandbox.store.request():
            estate.sandbox.store.table("respan.models").put("m", {**theirs, "created_at": 0.0, "updated_at": 0.0})

    estate.ear.before["POST /models/"] = meanwhile
    applied = estate.apply()
    (outcome,) = applied.outcomes
    assert outcome.status is Status.FAILED
    assert "was made by somebody else after we had looked, and this create has changed it" in outcome.error
    assert "offers to take it over" in outcome.error
    assert operations(estate.plan()) == {"Model/m": Action.ADOPT}
    estate.settle()
    assert estate.by_hand("GET", "/models/m/")["output_cost"] == 9


@pytest.mark.parametrize("name", ["team/fast", "a/b/c", "née:7b@x", "50%", "a b".replace(" ", "+"), "list/x", "q?x#y"])
def test_names_travel_as_they_are(name: str) -> None:
    async def story(place: Place) -> None:
        made = await place.create("Model", model_name=name, **GPT)
        assert made.identity == (name,)
        assert (await place.update(made, input_cost=3)).body["input_cost"] == 3
        assert [live.id for live in await place.fetch("Model")] == [name]
        assert [live.id for live in await place.fetch("Model", {(name,): frozenset()})] == [name]
        await place.provider.delete(made)
        assert await place.fetch("Model", {(name,): frozenset()}) == []
        assert all(asked.path.partition("?")[0].endswith("/") for asked in place.asked)

    play(story)


def test_slashes_are_raw_and_all_else_is_quoted() -> None:
    async def story(place: Place) -> None:
        made = await place.create("Model", model_name="team/50% née", **GPT)
        await place.update(made, input_cost=1)
        await place.provider.delete(made)
        assert {asked.path for asked in place.asked} == {"/models/", "/models/team/50%25%20n%C3%A9e/"}

    play(story)


def test_what_is_null_is_not_sent() -> None:
    async def story(place: Place) -> None:
        await place.create("Provider", **VLLM)
        await place.create("Model", model_name="m", base_model_name=None, custom_provider_id="vllm", input_cost=0)
        assert place.written[1] == ("POST /models/", {"model_name": "m", "custom_provider_id": "vllm", "input_cost": 0})

    play(story)


def test_a_base_that_does_not_exist_is_told_in_the_servers_words() -> None:
    async def story(place: Place) -> None:
        with pytest.raises(Rejected, match="HTTP 400: Base model not found"):
            await place.create("Model", model_name="m", base_model_name="nowhere")

    play(story)


@pytest.mark.parametrize("dialect", GENERATIONS)
def test_a_built_in_model_cannot_be_changed_and_the_key_is_not_blamed(dialect: str) -> None:
    async def story(place: Place) -> None:
        mine = await place.create("Model", model_name="m", **GPT)
        theirs = type(mine)(mine.kind, "openai/gpt-4o", ("openai/gpt-4o",), mine.body)
        with pytest.raises(Rejected, match="Cannot modify hardcoded models"):
            await place.update(theirs, input_cost=0)
        with pytest.raises(Rejected, match="Cannot delete hardcoded models"):
            await place.provider.delete(theirs)

    play(story, dialect)


# --- what an answer says --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dialect", "unseen"), [("3", {"display_name", "streaming_support"}), ("2", set()), ("1", set())]
)
def test_fields_that_are_not_shown_are_unknown(dialect: str, unseen: set[str]) -> None:
    async def story(place: Place) -> None:
        made = await place.create("Model", model_name="m", **GPT, display_name="M", streaming_support=0)
        assert made.unseen == unseen
        assert {live.unseen for live in await place.fetch("Model")} == {frozenset(unseen)}

    play(story, dialect)


@pytest.mark.parametrize(
    ("row", "body"),
    [
        ({"provider": {"id": "p", "provider_id": "p", "provider_name": "P"}}, {"custom_provider_id": "p"}),
        ({"provider": {"id": 7}}, {"custom_provider_id": "7"}),
        ({"provider": None}, {"custom_provider_id": None}),
        ({}, {"custom_provider_id": None}),
        ({"function_call": True, "image_support": False}, {"function_call": 1, "image_support": 0}),
        ({"is_managed": False}, {"is_managed": False}),
    ],
)
def test_an_answer_in_the_spelling_of_manifests(row: dict[str, Any], body: dict[str, Any]) -> None:
    async def story(place: Place) -> None:
        told = {"model_name": "m", "affiliation_category": "custom", **row}
        live = place.provider.decode(kind("Model"), dict(told), None)
        assert live is not None
        assert {name: live.body[name] for name in body} == body
        assert all(type(live.body[name]) is type(value) for name, value in body.items())

    play(story, known=False)


@pytest.mark.parametrize(
    "row",
    [{"model_name": "m", "affiliation_category": "custom", "provider": {"x": 1}}, {"affiliation_category": "custom"}],
)
def test_another_shape_is_malformed(row: dict[str, Any]) -> None:
    async def story(place: Place) -> None:
        with pytest.raises(Malformed, match="not a Model as the API's contract describes it"):
            place.provider.decoded(kind("Model"), row, None)
        place.ear.instead["GET /models/m/"] = (200, [])
        with pytest.raises(Malformed, match="the answer about the model m is no object"):
            await place.create("Model", model_name="m", **GPT)

    play(story)


# --- update ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", GENERATIONS)
def test_an_update_sends_what_changes(dialect: str) -> None:
    async def story(place: Place) -> None:
        made = await place.create("Model", model_name="m", **GPT, input_cost=1)
        place.ear.heard.clear()
        now = await place.update(made, input_cost=2, image_support=0)
        assert place.written == [("PATCH /models/m/", {"input_cost": 2, "image_support": 0})]
        assert (now.body["input_cost"], now.body["image_support"]) == (2, 0)

    play(story, dialect)


@pytest.mark.parametrize("dialect", WITH_PUT)
def test_a_value_that_leaves_takes_a_whole_write_without_what_is_inherited(dialect: str) -> None:
    async def story(place: Place) -> None:
        await place.create("Provider", **VLLM)
        made = await place.create(
            "Model", model_name="m", **GPT, custom_provider_id="vllm", input_cost=1, output_cost=3, image_support=0
        )
        await place.fetch("Model")
        place.ear.heard.clear()
        now = await place.update(made, "output_cost")
        assert place.lines == ["GET /models/m/", "GET /models/openai/gpt-4o/", "PUT /models/m/"]
        assert (now.body["output_cost"], now.body["input_cost"]) == (10, 1)
        place.ear.heard.clear()
        await place.update(now, "input_cost", "custom_provider_id")
        assert place.written == [("PUT /models/m/", {**GPT, "image_support": 0})]

    play(story, dialect)


def test_what_a_base_costs_is_not_pinned_by_a_whole_write(estate: Estate) -> None:
    """Also where the base changes in the same run: what the model had from it before is not its own."""
    base = {"custom_provider_id": {"ref": "vllm"}, "input_cost": 4, "output_cost": 5}
    provider = ("Provider", "vllm", {"provider_name": "vLLM"})
    estate.declare(
        provider, ("Model", "base", base), ("Model", "m", {"base_model_name": {"ref": "base"}, "input_cost": 1})
    )
    estate.settle()
    estate.declare(
        provider, ("Model", "base", {**base, "output_cost": 6}), ("Model", "m", {"base_model_name": {"ref": "base"}})
    )
    estate.settle()
    estate.declare(
        provider,
        ("Model", "base", {**base, "input_cost": 8, "output_cost": 9}),
        ("Model", "m", {"base_model_name": {"ref": "base"}}),
    )
    estate.settle()
    held = estate.by_hand("GET", "/models/m/")
    assert (held["input_cost"], held["output_cost"]) == (8, 9)


def test_what_a_manifest_sets_stays_set_where_the_base_says_the_same(estate: Estate) -> None:
    """Else a later change of the base would change the model, and the plan after it would not be empty."""
    base = {"custom_provider_id": {"ref": "vllm"}, "input_cost": 4}
    model = {"base_model_name": {"ref": "base"}, "input_cost": 4}
    provider = ("Provider", "vllm", {"provider_name": "vLLM"})
    estate.declare(provider, ("Model", "base", base), ("Model", "m", {**model, "output_cost": 1}))
    estate.settle()
    estate.declare(provider, ("Model", "base", base), ("Model", "m", model))
    estate.settle()
    assert [asked.body["input_cost"] for asked in estate.written] == [4]
    estate.declare(provider, ("Model", "base", {**base, "input_cost": 5}), ("Model", "m", model))
    estate.settle()
    assert estate.by_hand("GET", "/models/m/")["input_cost"] == 4


@pytest.mark.parametrize("dialect", WITH_PUT)
def test_what_others_set_stays_through_a_whole_write(dialect: str) -> None:
    async def story(place: Place) -> None:
        made = await place.create("Model", model_name="m", **GPT, input_cost=1)
        answer = by_hand(place, "PATCH", "/models/m/", {"cache_hit_input_cost": 7, "max_context_window": 9})
        assert answer.status_code == 200
        place.ear.heard.clear()
        now = await place.update(made, "input_cost")
        assert (now.body["cache_hit_input_cost"], now.body["max_context_window"], now.body["input_cost"]) == (7, 9, 2.5)

    play(story, dialect)


@pytest.mark.parametrize("dialect", WITH_PUT)
def test_a_model_that_loses_its_base_keeps_what_is_its_own(dialect: str) -> None:
    async def story(place: Place) -> None:
        await place.create("Provider", **VLLM)
        made = await place.create("Model", model_name="m", **GPT, custom_provider_id="vllm", input_cost=1)
        now = await place.update(made, base_model_name=None)
        assert place.written[-1] == ("PUT /models/m/", {"custom_provider_id": "vllm", "input_cost": 1})
        assert (now.body["base_model_name"], now.body["output_cost"], now.body["input_cost"]) == (None, 0, 1)
        now = await place.update(now, "input_cost")
        assert place.written[-1] == ("PUT /models/m/", {"custom_provider_id": "vllm"})

    play(story, dialect)


@pytest.mark.parametrize("cost", ["2.50", "much", None])
def test_whatever_a_base_costs(cost: Any) -> None:
    """A whole write that cannot read an amount keeps it: nobody knows that it is inherited."""

    async def story(place: Place) -> None:
        made = await place.create("Model", model_name="m", **GPT, output_cost=1)
        base = by_hand(place, "GET", "/models/openai/gpt-4o/").json()
        place.ear.instead["GET /models/openai/gpt-4o/"] = (200, {**base, "input_cost": cost})
        await place.update(made, "output_cost")
        kept = {} if cost == "2.50" else {"input_cost": 2.5}
        assert place.written[-1] == ("PUT /models/m/", {**GPT, **kept})

    play(story)


def test_a_base_in_another_shape_is_malformed() -> None:
    async def story(place: Place) -> None:
        made = await place.create("Model", model_name="m", **GPT, input_cost=1)
        place.ear.instead["GET /models/openai/gpt-4o/"] = (200, {"model_name": "openai/gpt-4o", "provider": 7})
        with pytest.raises(Malformed):
            await place.update(made, "input_cost")

    play(story)


def test_a_base_by_its_bare_name_leaves_open_what_is_inherited() -> None:
    async def story(place: Place) -> None:
        made = await place.create("Model", model_name="m", base_model_name="gpt-4o", input_cost=1)
        with pytest.raises(Rejected, match="the base gpt-4o of the model m cannot be read") as unknown:
            await place.update(made, "input_cost")
        assert "by its whole name such as openai/gpt-4o" in unknown.value.hint
        assert (await place.find("Model", "m")).body["input_cost"] == 1

    play(story)


def test_a_model_that_is_gone_is_not_written_whole() -> None:
    async def story(place: Place) -> None:
        made = await place.create("Model", model_name="m", **GPT, input_cost=1)
        await place.provider.delete(made)
        with pytest.raises(NotFound):
            await place.update(made, "input_cost")
        with pytest.raises(NotFound):
            await place.update(made, input_cost=3)
        with pytest.raises(NotFound):
            await place.provider.delete(made)
        assert await place.fetch("Model") == []

    play(story)


def test_without_put_a_value_cannot_leave() -> None:
    async def story(place: Place) -> None:
        made = await place.create("Model", model_name="m", **GPT, input_cost=1, output_cost=2)
        with pytest.raises(Rejected, match="no way to unset input_cost, output_cost of the model m"):
            await place.update(made, "input_cost", "output_cost")

    play(story, "1")


def test_generation_1_makes_a_model_anew_to_unset_a_value(tmp_path_factory: pytest.TempPathFactory) -> None:
    estate = Estate(tmp_path_factory.mktemp("estate"), "1")
    estate.declare(("Model", "m", {**GPT, "input_cost": 1, "output_cost": 2}))
    estate.settle()
    estate.declare(("Model", "m", {**GPT, "output_cost": 2}))
    (operation,) = estate.plan().operations
    assert (operation.action, operation.reason) == (
        Action.REPLACE,
        "this server (generation 1) cannot unset input_cost in place",
    )
    estate.settle()
    assert [(asked.method, asked.path) for asked in estate.written] == [("DELETE", "/models/m/"), ("POST", "/models/")]
    assert estate.by_hand("GET", "/models/m/")["input_cost"] == 2.5
    estate.declare(("Model", "m", {**GPT, "output_cost": 3}))
    assert operations(estate.plan()) == {"Model/m": Action.UPDATE}
    estate.sandbox.store.close()


# --- overrides of parameters ----------------------------------------------------------------------

WARM = {"temperature": {"default": 0.7}}
COLD = {"top_p": {"default": 0.1}}


def overridden(place: Place, name: str = "m") -> dict[str, Any]:
    """Give the default of each parameter that is not as built in."""
    params = by_hand(place, "GET", f"/models/{name}/").json()["supported_params"]
    builtin = by_hand(place, "GET", "/models/openai/gpt-4o/").json()["supported_params"]
    return {name: params[name]["default"] for name in params if params[name] != builtin.get(name)}


@pytest.mark.parametrize(("dialect", "verb"), [("3", "PATCH"), ("2", "PUT")])
def test_a_new_override_takes_the_place_of_the_earlier_one(dialect: str, verb: str) -> None:
    async def story(place: Place) -> None:
        made = await place.create("Model", model_name="m", **GPT, input_cost=1, supported_params_override=WARM)
        assert overridden(place) == {"temperature": 0.7}
        place.ear.heard.clear()
        now = await place.update(made, supported_params_override=COLD)
        ((line, sent),) = place.written
        assert (line, sent["supported_params_override"]) == (f"{verb} /models/m/", COLD)
        assert overridden(place) == {"top_p": 0.1}
        await place.update(now, "supported_params_override", input_cost=2)
        assert overridden(place) == {}

    play(story, dialect)


@pytest.mark.parametrize("dialect", WITH_PUT)
def test_an_override_that_no_manifest_sets_stays_through_a_whole_write(dialect: str) -> None:
    dropped = {"frequency_penalty": None} if dialect == "3" else {}

    async def story(place: Place) -> None:
        made = await place.create("Model", model_name="m", **GPT, input_cost=1)
        by_hand(place, "PATCH", "/models/m/", {"supported_params_override": {**WARM, **dropped}})
        before = by_hand(place, "GET", "/models/m/").json()["supported_params"]
        assert ("frequency_penalty" in before) is (dialect == "2")
        await place.update(made, "input_cost")
        assert by_hand(place, "GET", "/models/m/").json()["supported_params"] == before

    play(story, dialect)


def test_an_override_is_compared_with_what_was_last_applied(estate: Estate) -> None:
    estate.declare(("Model", "m", {**GPT, "supported_params_override": WARM}))
    estate.settle()
    estate.by_hand("PATCH", "/models/m/", {"supported_params_override": {}})
    assert (estate.plan().operations, estate.drift().drift) == ((), ())
    estate.declare(("Model", "m", {**GPT, "supported_params_override": COLD}))
    (operation,) = estate.plan().operations
    assert [(change.path, change.before, change.after) for change in operation.changes] == [
        ("supported_params_override", None, COLD)
    ]
    estate.settle()
    estate.declare(("Model", "m", GPT))
    assert [change.removed for change in estate.plan().operations[0].changes] == [True]
    estate.settle()
    assert estate.by_hand("GET", "/models/m/")["supported_params"]["top_p"]["default"] == 1


def test_an_override_is_not_in_the_inventory(estate: Estate) -> None:
    estate.declare(("Model", "m", {**GPT, "supported_params_override": {"temperature": {"default": 0.123456}}}))
    estate.settle()
    kept = (estate.folder / ".reconciler" / "inventory.json").read_text()
    assert "supported_params_override" in kept
    assert "0.123456" not in kept


def test_generation_1_makes_a_model_anew_for_another_override(tmp_path_factory: pytest.TempPathFactory) -> None:
    """It lays the new over the old, and what is taken out would stay without anybody seeing it."""
    estate = Estate(tmp_path_factory.mktemp("estate"), "1")
    estate.declare(("Model", "m", {**GPT, "supported_params_override": WARM}))
    estate.settle()
    estate.declare(("Model", "m", {**GPT, "supported_params_override": COLD}))
    assert operations(estate.plan()) == {"Model/m": Action.REPLACE}
    estate.settle()
    assert estate.by_hand("GET", "/models/m/")["supported_params"]["temperature"]["default"] == 1
    estate.sandbox.store.close()


@pytest.mark.parametrize(
    ("own", "base", "override"),
    [
        ({"t": {"max": 1}}, {"t": {"max": 2}}, {"t": {"max": 1}}),
        ({"t": {"max": 1}}, {"t": {"max": 1}}, {}),
        ({}, {"t": {"max": 1}}, {"t": None}),
        ({"new": {}, "t": {}}, {"t": {}}, {"new": {}}),
        ({"t": True, "new": {}}, {"t": False}, {"new": {}}),  # some examples of the vendor have it so
        (None, {"t": {}}, {}),
        (["t"], {"t": {}}, {}),
        ({"t": {}}, None, {}),
    ],
)
def test_what_was_laid_over_a_base(own: Any, base: Any, override: dict[str, Any]) -> None:
    assert wire.laid_over({"supported_params": own}, {"supported_params": base}) == override


# --- money ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "held"),
    [(0.03, "0.030"), (3, "3.0"), (3.0, 3), (0.1 + 0.2, 0.3), (0, 0.0), (1e-6, "0.000001"), (2.5, Decimal("2.50"))],
)
def test_amounts_are_equal_as_decimals(estate: Estate, declared: float, held: Any) -> None:
    estate.declare(("Model", "m", {**GPT, "input_cost": declared}))
    estate.settle()
    row = estate.by_hand("GET", "/models/m/")
    told = {**row, "input_cost": str(held) if isinstance(held, Decimal) else held}
    page = {"count": 1, "next": None, "previous": None, "results": [told]}
    estate.ear.instead["POST /models/list/?page_size=1000&sort_by=model_name&page=1"] = (200, page)
    plan = estate.plan()
    assert (plan.operations, plan.drift) == ((), ())


def test_what_was_never_set_is_answered_as_0_and_no_difference(estate: Estate) -> None:
    estate.declare(("Model", "m", {**GPT, "cache_creation_input_cost": 0}))
    estate.settle()
    assert codes(estate.plan()) == []
