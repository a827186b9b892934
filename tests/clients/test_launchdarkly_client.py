"""The vendor's own client drives the sandbox through the life of every kind, and finds each answer in its models.

Its models refuse an answer that lacks a field or has one of another type. Two things it cannot do: its own header
`LD-API-Version` overrides the one of a beta call, and a semantic patch goes out with the content type of a JSON patch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import launchdarkly_api as ld
import orjson
import pytest
from launchdarkly_api.api.agent_control_api import AgentControlApi
from launchdarkly_api.api.other_api import OtherApi
from launchdarkly_api.exceptions import ApiException, ForbiddenException, NotFoundException, UnauthorizedException

from reconciler.sandbox import app
from reconciler.sandbox.launchdarkly.instructions import INSTRUCTIONS

PROJECT = "default"
BETA = "beta"
SEMANTIC_PATCH = "application/json; domain-model=launchdarkly.semanticpatch"


@contextmanager
def _connected(*, token: str = "sandbox", version: str = "20240415", **seeds: Any) -> Iterator[ld.ApiClient]:
    with app.running(app.Options(seeds={"launchdarkly": seeds})) as (url, _):
        settings = ld.Configuration(host=f"{url}/launchdarkly", api_key={"ApiKey": token}, retries=0)
        with ld.ApiClient(settings) as client:
            client.set_default_header("LD-API-Version", version)
            yield client
            client.rest_client.pool_manager.clear()


@contextmanager
def _api(**options: Any) -> Iterator[AgentControlApi]:
    with _connected(**options) as client:
        yield AgentControlApi(client)


def _raw(api: AgentControlApi, method: str, path: str, body: Any, content_type: str) -> tuple[int, Any]:
    """Send what no method of the client can send."""
    client = api.api_client
    asked = client.param_serialize(
        method, path, header_params={"Content-Type": content_type}, body=body, auth_settings=["ApiKey"]
    )
    answer = client.call_api(*asked)
    return answer.status, orjson.loads(answer.read())


def _gone(read: Any, *keys: str) -> None:
    with pytest.raises(NotFoundException):
        read(PROJECT, *keys)


def test_who_asks() -> None:
    with _connected() as client:
        caller = OtherApi(client).get_caller_identity()
    assert (caller.token_name, bool(caller.account_id), bool(caller.member_id)) == ("sandbox", True, True)
    with _connected(token="wrong") as client, pytest.raises(UnauthorizedException):
        OtherApi(client).get_caller_identity()


def test_the_life_of_a_model_config() -> None:
    with _api() as api:
        body = ld.ModelConfigPost(key="Acme.a/b:1", id="a/b:1", name="A", provider="Acme", cost_per_input_token=1e-06)
        made = api.post_model_config(PROJECT, body)
        assert (made.version, made.var_global, made.is_restricted) == (1, False, False)
        assert [row.key for row in api.list_model_configs(PROJECT) if not row.var_global] == ["Acme.a/b:1"]
        changed = api.patch_model_config(PROJECT, made.key, ld.ModelConfigPatch(cost_per_input_token=2e-06, tags=["t"]))
        assert (changed.version, changed.cost_per_input_token, changed.tags) == (2, 2e-06, ["t"])
        assert api.get_model_config(PROJECT, made.key, version=1).cost_per_input_token == 1e-06
        assert [row.version for row in api.list_model_config_versions(PROJECT, made.key).items] == [2, 1]
        api.delete_model_config(PROJECT, made.key)
        _gone(api.get_model_config, made.key)


def test_restricted_models() -> None:
    with _api() as api:
        keys = ld.RestrictedModelsRequest(keys=["OpenAI.gpt-4o", "nobody"])
        answer = api.post_restricted_models(PROJECT, keys)
        assert (answer.successes, [error.code for error in answer.errors]) == (["OpenAI.gpt-4o"], [404])
        assert [row.key for row in api.list_model_configs(PROJECT, restricted=True)] == ["OpenAI.gpt-4o"]
        api.delete_restricted_models(PROJECT, ld.RestrictedModelsRequest(keys=["OpenAI.gpt-4o"]))
        assert api.list_model_configs(PROJECT, restricted=True) == []


def test_the_life_of_a_tool() -> None:
    with _api() as api:
        api.post_ai_tool(PROJECT, ld.AIToolPost(key="t", var_schema={"type": "object"}, custom_parameters={"a": 1}))
        assert [row.key for row in api.list_ai_tools(PROJECT).items] == ["t"]
        assert api.patch_ai_tool(PROJECT, "t", ld.AIToolPatch(description="x")).version == 2
        assert api.get_ai_tool(PROJECT, "t").description == "x"
        assert api.list_ai_tool_versions(PROJECT, "t").total_count == 2
        assert api.list_ai_tool_references(PROJECT, "t").items == []
        api.delete_ai_tool(PROJECT, "t")
        _gone(api.get_ai_tool, "t")


def test_the_life_of_a_prompt_snippet() -> None:
    with _api() as api:
        api.post_prompt_snippet(PROJECT, ld.PromptSnippetPost(key="s", name="S", text="x"))
        assert [row.key for row in api.list_prompt_snippets(PROJECT).items] == ["s"]
        assert api.patch_prompt_snippet(PROJECT, "s", ld.PromptSnippetPatch(text="y")).version == 2
        assert api.get_prompt_snippet(PROJECT, "s").text == "y"
        assert api.list_prompt_snippet_versions(PROJECT, "s").total_count == 2
        assert api.list_prompt_snippet_references(PROJECT, "s").items == []
        api.delete_prompt_snippet(PROJECT, "s")
        _gone(api.get_prompt_snippet, "s")


def test_the_life_of_a_skill() -> None:
    with _api() as api:
        api.post_agent_skill(PROJECT, ld.AgentSkillPost(key="k", name="K", markdown="x"))
        assert [row.key for row in api.list_agent_skills(PROJECT).items] == ["k"]
        assert api.patch_agent_skill(PROJECT, "k", ld.AgentSkillPatch(markdown="y")).version == 2
        assert api.get_agent_skill(PROJECT, "k").markdown == "y"
        assert api.list_agent_skill_versions(PROJECT, "k").total_count == 2
        assert api.list_agent_skill_references(PROJECT, "k").items == []
        api.delete_agent_skill(PROJECT, "k")
        _gone(api.get_agent_skill, "k")


def test_the_life_of_a_config_and_its_variations() -> None:
    with _api(Tool=[{"key": "t", "schema": {}}]) as api:
        api.post_ai_config(PROJECT, ld.AIConfigPost(key="bot", name="Bot", description="helps"))
        assert [row.key for row in api.get_ai_configs(PROJECT).items] == ["bot"]
        changed = api.patch_ai_config(PROJECT, "bot", ld.AIConfigPatch(tags=["x"], description=""))
        assert (changed.version, changed.tags, changed.description) == (2, ["x"], "")
        body = ld.AIConfigVariationPost(
            key="a",
            name="A",
            messages=[ld.Message(role="system", content="Hi")],
            model={"modelName": "m", "parameters": {}},
            tools=[ld.VariationToolPost(key="t", version=1)],
        )
        made = api.post_ai_config_variation(PROJECT, "bot", body)
        assert (made.version, [tool.key for tool in made.tools or ()]) == (1, ["t"])
        assert api.patch_ai_config_variation(PROJECT, "bot", "a", ld.AIConfigVariationPatch(tools=[])).version == 2
        api.get_ai_config_variation(PROJECT, "bot", "a")
        items = api.get_ai_config_variation(PROJECT, "bot", "a").items
        assert sorted(item.version for item in items) == [1, 2]
        api.post_ai_config_variation(PROJECT, "bot", ld.AIConfigVariationPost(key="b", name="B"))
        api.delete_ai_config_variation(PROJECT, "bot", "b")
        assert {variation.key for variation in api.get_ai_config(PROJECT, "bot").variations} == {"a"}
        with pytest.raises(ApiException, match="could not delete AI Config"):
            api.delete_ai_config(PROJECT, "bot")
        api.delete_ai_config(PROJECT, "bot")
        _gone(api.get_ai_config, "bot")


def test_a_config_that_the_client_creates_without_a_description_is_refused() -> None:
    """It always sends an empty one, which the server does not take."""
    with _api() as api, pytest.raises(ApiException, match="description must not be empty"):
        api.post_ai_config(PROJECT, ld.AIConfigPost(key="bot", name="Bot"))


CONFIGS = [{"key": "one", "name": "One", "mode": "agent"}, {"key": "two", "name": "Two", "mode": "agent"}]


def test_targeting_goes_through_the_raw_call() -> None:
    variations = [{"config": "one", "key": "a", "name": "A"}]
    with _api(AIConfig=CONFIGS, Variation=variations) as api:
        stub, served = api.get_ai_config_targeting(PROJECT, "one").variations
        assert (stub.name, served.name) == ("disabled", "A")
        patch = {
            "environmentKey": "production",
            "instructions": [{"kind": "updateFallthroughVariationOrRollout", "variationId": served.id}],
        }
        with pytest.raises(ApiException) as failure:
            api.patch_ai_config_targeting(PROJECT, "one", ld.AIConfigTargetingPatch.from_dict(patch))
        assert failure.value.status == 400
        path = f"/api/v2/projects/{PROJECT}/ai-configs/one/targeting"
        status, answer = _raw(api, "PATCH", path, patch, SEMANTIC_PATCH)
        assert (status, answer["environments"]["production"]["fallthrough"]) == (200, {"variation": 1})
        environments = api.get_ai_config_targeting(PROJECT, "one").environments
        assert environments["production"].fallthrough.variation == 1


def test_the_clients_documents_name_the_instructions_that_the_sandbox_follows() -> None:
    documented = re.findall(r"(?<!#)#### (\w+)", AgentControlApi.patch_ai_config_targeting.__doc__ or "")
    assert sorted(documented) == sorted(set(INSTRUCTIONS) - {"startAutomatedRelease", "stopAutomatedRelease"})


def test_a_beta_call_is_overridden_by_the_clients_own_header() -> None:
    with _api() as api, pytest.raises(ForbiddenException):
        api.list_agent_graphs(BETA, PROJECT)


def test_the_life_of_a_graph() -> None:
    with _api(version=BETA, AIConfig=CONFIGS) as api:
        edge = ld.AgentGraphEdgePost(key="e", source_config="one", target_config="two")
        body = ld.AgentGraphPost(key="g", name="G", root_config_key="one", edges=[edge])
        assert len(api.post_agent_graph(BETA, PROJECT, body).edges or ()) == 1
        (row,) = api.list_agent_graphs(BETA, PROJECT).items
        assert (row.key, row.edges) == ("g", None)
        api.patch_agent_graph(BETA, PROJECT, "g", ld.AgentGraphPatch(name="H"))
        assert api.get_agent_graph(BETA, PROJECT, "g").name == "H"
        api.delete_agent_graph(BETA, PROJECT, "g")
        with pytest.raises(NotFoundException):
            api.get_agent_graph(BETA, PROJECT, "g")


def test_the_life_of_an_optimization() -> None:
    with _api(version=BETA, AIConfig=CONFIGS) as api:
        body = ld.AgentOptimizationPost(key="o", ai_config_key="one", max_attempts=3, judge_model="m")
        made = api.post_agent_optimization(PROJECT, body)
        assert [row.key for row in api.list_agent_optimizations(PROJECT).items] == ["o"]
        assert api.patch_agent_optimization(PROJECT, "o", ld.AgentOptimizationPatch(max_attempts=4)).version == 2
        assert api.get_agent_optimization(PROJECT, "o").id == made.id
        run = str(uuid4())
        attempt = ld.AgentOptimizationResultPost(
            run_id=run, agent_optimization_version=2, iteration=1, instructions="Do.", user_input="Hi"
        )
        result = api.post_agent_optimization_result(PROJECT, "o", attempt)
        done = ld.AgentOptimizationResultPatch(status="PASSED", activity="COMPLETED")
        assert api.patch_agent_optimization_result(PROJECT, "o", result.id, done).status == "PASSED"
        assert api.list_agent_optimization_results(PROJECT, "o").total_count == 1
        assert api.list_all_agent_optimization_results(PROJECT, "o").total_count == 1
        assert api.list_agent_optimization_results_by_run_id(PROJECT, "o", run).total_count == 1
        assert [str(row.run_id) for row in api.list_agent_optimization_runs(PROJECT, "o").items] == [run]
        api.delete_agent_optimization_run(BETA, PROJECT, "o", run)
        api.delete_agent_optimization(PROJECT, "o")
        _gone(api.get_agent_optimization, "o")


def test_metrics_are_read() -> None:
    with _api(AIConfig=CONFIGS) as api:
        assert api.get_ai_config_metrics(PROJECT, "one", 0, 1, "test").input_tokens == 0
        assert api.get_ai_config_metrics_by_variation(PROJECT, "one", 0, 1, "test") == []
        assert api.get_ai_config_quick_stats(PROJECT, "test").active_configs == 0
