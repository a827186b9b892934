"""What bodies may hold: one form per resource, for its creation and its changes alike.

Takes JSON, gives the fields that were sent and that the form knows; what it does not know is dropped without a word.
It never looks up what a field names.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypeAlias

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from reconciler.sandbox.launchdarkly.answers import Refusal
from reconciler.sandbox.store import Row

Key: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
Tags: TypeAlias = list[Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]]
Object: TypeAlias = dict[str, Any]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Version: TypeAlias = Annotated[int, Field(ge=1)]
Uuid: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")]


class Form(BaseModel):
    """A body; null is as absent."""

    model_config = ConfigDict(strict=True, extra="ignore", alias_generator=to_camel, protected_namespaces=())


class Maintained(Form):
    """What has somebody who looks after it."""

    key: Key | None = None
    description: str | None = None
    tags: Tags | None = None
    maintainer_id: str | None = None
    maintainer_team_key: str | None = None


class ModelConfigForm(Maintained):
    """A model config."""

    key: Annotated[str, Field(min_length=1)] | None = None
    id: str | None = None
    name: str | None = None
    provider: str | None = None
    icon: str | None = None
    params: Object | None = None
    custom_params: Object | None = None
    cost_per_input_token: float | None = None
    cost_per_output_token: float | None = None
    cost_per_cached_input_token: float | None = None


class KeysForm(Form):
    """Keys of model configs that are restricted, or are so no longer."""

    keys: list[str] | None = None


class ToolForm(Maintained):
    """An AI tool."""

    schema_: Object | None = Field(None, alias="schema")
    custom_parameters: Object | None = None


class SnippetForm(Maintained):
    """A prompt snippet."""

    name: str | None = None
    text: str | None = None


class SkillForm(Maintained):
    """An agent skill."""

    key: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64)] | None = None
    name: str | None = None
    markdown: str | None = None


class Message(Form):
    """A part of a prompt."""

    role: str
    content: str


class Pin(Form):
    """A version of a tool or a skill."""

    key: str
    version: int


class Judge(Form):
    """A judge, and which share of the answers it sees."""

    judge_config_key: str
    sampling_rate: Share


class JudgeConfiguration(Form):
    """The judges of a variation."""

    judges: list[Judge] = []


class Classifier(Form):
    """A question that a judge answers."""

    key: str
    type: Literal["bool", "enum", "float"]
    instructions: str
    criteria: Any = None


class VariationForm(Form):
    """A variation."""

    key: Key | None = None
    name: str | None = None
    comment: str | None = None
    instructions: str | None = None
    messages: list[Message] | None = None
    model: Object | None = None
    model_config_key: Annotated[str, Field(min_length=1)] | None = None
    model_config_version: Version | None = None
    tools: list[Pin] | None = None
    skills: list[Pin] | None = None
    output_format: Object | None = None
    judge_configuration: JudgeConfiguration | None = None
    classifiers: list[Classifier] | None = None
    state: Literal["archived", "published"] | None = None


class ConfigForm(Maintained):
    """An AI Config."""

    name: str | None = None
    mode: Literal["agent", "completion", "judge"] | None = None
    evaluation_metric_key: str | None = None
    is_inverted: bool | None = None
    default_variation: VariationForm | None = None


class Edge(Form):
    """A way from one node of a graph to another."""

    key: str
    source_config: str
    target_config: str
    handoff: Object | None = None


class GraphForm(Maintained):
    """An agent graph."""

    name: str | None = None
    root_config_key: str | None = None
    edges: list[Edge] | None = None


class Statement(Form):
    """What an answer must satisfy."""

    statement: str
    threshold: float


class Threshold(Form):
    """A judge, and the score that it must give."""

    key: str
    threshold: float


class OptimizationForm(Form):
    """The definition of an optimization."""

    key: Key | None = None
    ai_config_key: str | None = None
    max_attempts: int | None = None
    model_choices: list[str] | None = None
    judge_model: str | None = None
    variable_choices: list[Object] | None = None
    acceptance_statements: list[Statement] | None = None
    judges: list[Threshold] | None = None
    user_input_options: list[str] | None = None
    ground_truth_responses: list[str] | None = None
    metric_key: str | None = None
    token_limit: int | None = None
    variation_key: str | None = None
    label: str | None = None
    latency_optimization: bool | None = None
    token_optimization: bool | None = None
    auto_commit: bool | None = None


class ResultForm(Form):
    """What a runner reports of one attempt."""

    run_id: Uuid | None = None
    agent_optimization_version: int | None = None
    iteration: int | None = None
    instructions: str | None = None
    user_input: str | None = None
    parameters: Object | None = None


class ResultPatchForm(Form):
    """What a runner reports of an attempt later."""

    status: Literal["RUNNING", "PASSED", "FAILED", "ERRORED"] | None = None
    activity: (
        Literal["PENDING", "GENERATING", "EVALUATING", "GENERATING_VARIATION", "VALIDATING", "COMPLETED"] | None
    ) = None
    completion_response: str | None = None
    variation: Object | None = None
    scores: Object | None = None
    generation_tokens: Object | None = None
    evaluation_tokens: Object | None = None
    generation_latency: int | None = None
    evaluation_latencies: Object | None = None
    created_variation_key: str | None = None


class TargetingForm(Form):
    """A semantic patch of a config's targeting."""

    environment_key: str | None = None
    comment: str | None = None
    instructions: list[Object] | None = None


def read(form: type[Form], body: Any, *, needs: Iterable[str] = (), leave: Iterable[str] = ()) -> Row:
    """Give the fields that were sent, but those to `leave`; raise 400 where one does not fit or is missing."""
    try:
        told: Row = _kept(form.model_validate(body).model_dump(exclude_unset=True, by_alias=True))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise Refusal(400, f"{where or 'body'}: {first['msg']}") from error
    fields = {name: value for name, value in told.items() if value is not None}
    for name in needs:
        if name not in fields:
            raise Refusal(400, f"{name}: Field required")
    left = tuple(leave)
    return {name: value for name, value in fields.items() if name not in left}


def same(one: Any, other: Any) -> bool:
    """Say whether two values are one in JSON, where true is not 1."""
    return orjson.dumps(one, option=orjson.OPT_SORT_KEYS) == orjson.dumps(other, option=orjson.OPT_SORT_KEYS)


def _kept(value: Any) -> Any:
    """Give a value as the server, which knows one type of number, answers it: 1.0 is 1."""
    if isinstance(value, dict):
        return {name: _kept(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_kept(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value
