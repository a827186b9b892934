"""Manifests for LaunchDarkly that are wrong, or look wrong, before anything is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler import engine, settings
from reconciler.cli.app import run
from reconciler.errors import ManifestError
from reconciler.model import Body, Diagnostic

Manifest = tuple[str, str, Body]

MODEL: Body = {"key": "OpenAI.support", "id": "gpt-4o", "name": "M", "provider": "OpenAI"}
CONFIG: Manifest = ("AIConfig", "bot", {"name": "Bot"})
AGENT: Manifest = ("AIConfig", "agent", {"name": "Agent", "mode": "agent"})
BOT = {"ref": "bot"}
RULE = {"clauses": [{"attribute": "country", "op": "in", "values": ["DE"]}]}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages name files as a person would type them."""
    monkeypatch.chdir(tmp_path)


def _write(folder: Path, *manifests: Manifest) -> None:
    auth = {"header": {"name": "Authorization", "value": {"env": "NO_TOKEN"}}}
    target = {"system": "launchdarkly", "url": "http://127.0.0.1:9", "project": "default", "auth": auth}
    document = {"apiVersion": "reconciler/v1", "targets": {"here": target}}
    (folder / "reconciler.yaml").write_text(yaml.safe_dump(document))
    (folder / "manifests").mkdir()
    for number, (kind, name, spec) in enumerate(manifests):
        manifest = {"apiVersion": "launchdarkly/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}
        (folder / "manifests" / f"{number:02}.yaml").write_text(yaml.safe_dump(manifest, sort_keys=False))


def _check(folder: Path, *manifests: Manifest) -> tuple[Diagnostic, ...]:
    """Give what is said of manifests, errors or warnings; no network is there."""
    _write(folder, *manifests)
    try:
        return engine.check(settings.load(folder / "reconciler.yaml")).diagnostics
    except ManifestError as error:
        return error.diagnostics


def _variation(name: str = "v", config: Any = BOT, **fields: Any) -> Manifest:
    return ("Variation", name, {"config": config, "key": name, "name": "V", **fields})


def _targeting(config: Any = BOT, **fields: Any) -> Manifest:
    return ("Targeting", "t", {"config": config, "environment": "test", **fields})


def _judge(name: str, metric: str) -> Manifest:
    return ("AIConfig", name, {"name": name, "mode": "judge", "evaluationMetricKey": metric})


def _judged(*names: str) -> Body:
    return {"judges": [{"judgeConfigKey": {"ref": name}, "samplingRate": 0.1} for name in names]}


def _rollout(*weights: int) -> Body:
    return {
        "rollout": {
            "variations": [{"variation": f"v{number}", "weight": weight} for number, weight in enumerate(weights)]
        }
    }


CASES: dict[str, tuple[list[Manifest], str, str, str]] = {
    "a reserved key of a config": (
        [("AIConfig", "model-configs", {"name": "X"})],
        *("error", "spec.key", "keeps this word"),
    ),
    "a reserved key of a model config": (
        [("ModelConfig", "restricted", {"id": "x", "name": "X"})],
        *("error", "spec.key", "keeps this word"),
    ),
    "the key of the stub": ([CONFIG, _variation("disabled")], *("error", "spec.key", "stub by this word")),
    "a judge without a metric": (
        [("AIConfig", "j", {"name": "J", "mode": "judge"})],
        *("error", "evaluationMetricKey", ""),
    ),
    "a tag that is none": (
        [("AIConfig", "x", {"name": "X", "tags": ["two words"]})],
        *("error", "spec.tags[0]", ""),
    ),
    "two lists of restricted models": (
        [("RestrictedModels", "a", {"keys": ["X.y"]}), ("RestrictedModels", "b", {"keys": []})],
        *("error", "a second RestrictedModels on here", "merge them"),
    ),
    "two manifests of one variation": (
        [CONFIG, _variation("v"), ("Variation", "w", {"config": "bot", "key": "v", "name": "W"})],
        *("error", "spec.key: here/Variation/v (manifests/01.yaml:1:1) declares bot/v already", "remove one"),
    ),
    "two manifests of one place": (
        [CONFIG, _targeting(), ("Targeting", "u", {"config": "bot", "environment": "test"})],
        *(
            "error",
            "spec.environment: here/Targeting/t (manifests/01.yaml:1:1) declares bot/test already",
            "remove one",
        ),
    ),
    "two manifests of one key": (
        [("Tool", "a", {"key": "x", "schema": {}}), ("Tool", "b", {"key": "x", "schema": {}})],
        *("error", "two manifests declare the Tool on here with key 'x'", "keep one"),
    ),
    "a role that is not known": (
        [CONFIG, _variation(messages=[{"role": "systme", "content": "x"}])],
        *("warning", "spec.messages[0].role", "system"),
    ),
    "an operator that is not known": (
        [
            CONFIG,
            _targeting(rules=[{"clauses": [{"attribute": "a", "op": "equals", "values": ["x"]}], "variation": "v"}]),
        ],
        *("warning", "spec.rules[0].clauses[0].op", ""),
    ),
    "a null that is a value": (
        [("ModelConfig", "m", {**MODEL, "params": {"stop": {"a": None}}})],
        *("warning", "spec.params.stop.a: null is kept here as a value", "leave the key out"),
    ),
    "the price of a million": (
        [("ModelConfig", "m", {**MODEL, "costPerInputToken": 2.5})],
        *("warning", "spec.costPerInputToken: $2.5 for one token looks like the price of a million", "write 2.5e-06"),
    ),
    "a key without a provider": (
        [("ModelConfig", "m", {**MODEL, "key": "support"})],
        *("warning", "only keys of the form Provider.model-id", "call it OpenAI.gpt-4o"),
    ),
    "a key of another provider": (
        [("ModelConfig", "m", {**MODEL, "key": "Anthropic.support"})],
        *("warning", "begins with Anthropic, and the provider is OpenAI", "begin it with OpenAI."),
    ),
    "a restricted model in use": (
        [
            ("ModelConfig", "m", MODEL),
            ("RestrictedModels", "r", {"keys": ["X.y", {"ref": "m"}]}),
            CONFIG,
            _variation(modelConfigKey={"ref": "m"}),
        ],
        *(
            "error",
            "spec.modelConfigKey: OpenAI.support is restricted by here/RestrictedModels/r (manifests/01.yaml:1",
            "choose another model, or take it off the list",
        ),
    ),
    "a restricted model of the catalog in use": (
        [("RestrictedModels", "r", {"keys": ["OpenAI.gpt-4o"]}), CONFIG, _variation(modelConfigKey="OpenAI.gpt-4o")],
        *("error", "spec.modelConfigKey: OpenAI.gpt-4o is restricted", "choose another model"),
    ),
    "another model than the config's": (
        [
            ("ModelConfig", "m", MODEL),
            CONFIG,
            _variation(modelConfigKey={"ref": "m"}, model={"modelName": "gpt-5"}),
        ],
        *(
            "warning",
            "spec.model.modelName: gpt-5 is not the model of the model config OpenAI.support, which is gpt-4o",
            "leave it out",
        ),
    ),
    "a provider's id for a key": (
        [("ModelConfig", "m", MODEL), CONFIG, _variation(modelConfigKey="gpt-4o")],
        *("warning", "spec.modelConfigKey: gpt-4o is the id that a provider gives a model", "did you mean {ref: m}?"),
    ),
    "a version of nothing": (
        [CONFIG, _variation(modelConfigVersion=2)],
        *("error", "spec.modelConfigVersion: a version of which model config?", "modelConfigKey"),
    ),
    "the version of another model config": (
        [
            ("ModelConfig", "m", MODEL),
            ("ModelConfig", "n", {**MODEL, "key": "OpenAI.other"}),
            CONFIG,
            _variation(modelConfigKey={"ref": "m"}, modelConfigVersion={"ref": "n"}),
        ],
        *(
            "error",
            "the version of OpenAI.other, beside modelConfigKey OpenAI.support",
            "refer to one ModelConfig in both",
        ),
    ),
    "the version of another tool": (
        [
            ("Tool", "a", {"schema": {}}),
            ("Tool", "b", {"schema": {}}),
            CONFIG,
            _variation(tools=[{"key": {"ref": "a"}, "version": {"ref": "b"}}]),
        ],
        *("error", "spec.tools[0].version: the version of b, beside tools[0].key a", "refer to one Tool in both"),
    ),
    "two judges of one metric": (
        [CONFIG, _judge("j", "m"), _judge("k", "m"), _variation(judgeConfiguration=_judged("j", "k"))],
        *("error", "judges[1].judgeConfigKey: k and j have one evaluation metric, m", "a metric each"),
    ),
    "a judge of somebody else's is not known": (
        [
            CONFIG,
            _judge("j", "m"),
            _judge("k", "m"),
            _variation(
                judgeConfiguration={
                    "judges": [
                        {"judgeConfigKey": "theirs", "samplingRate": 0.1},
                        *_judged("j", "k")["judges"],
                    ]
                }
            ),
        ],
        *("error", "judges[2].judgeConfigKey: k and j have one evaluation metric, m", ""),
    ),
    "a judge that is none": (
        [CONFIG, AGENT, _variation(judgeConfiguration=_judged("agent"))],
        *("warning", "judges[0].judgeConfigKey: agent is no judge", "of the mode `judge`"),
    ),
    "instructions that nobody sees": (
        [CONFIG, _variation(instructions="Help.")],
        *("warning", "spec.instructions: the AI Config bot is of the mode completion", "for the mode agent"),
    ),
    "messages to an agent": (
        [AGENT, _variation(config={"ref": "agent"}, messages=[{"role": "user", "content": "x"}])],
        *("warning", "spec.messages: the AI Config agent is of the mode agent", "completion or judge"),
    ),
    "weights that do not add up": (
        [CONFIG, _targeting(fallthrough=_rollout(60000, 30000))],
        *("error", "fallthrough.rollout.variations: the weights come to 90000, and have to come to 100000", ""),
    ),
    "weights of a rule": (
        [CONFIG, _targeting(rules=[{**RULE, "variation": "v"}, {**RULE, **_rollout(1)}])],
        *("error", "rules[1].rollout.variations: the weights come to 1", ""),
    ),
    "a variation with two entries": (
        [
            CONFIG,
            _targeting(
                targets=[
                    {"variation": "v", "values": ["a"]},
                    {"variation": "v", "contextKind": "user", "values": ["b"]},
                ]
            ),
        ],
        *("error", "spec.targets[1]: v has an entry for user already", "add to targets[0]"),
    ),
    "a context with two variations": (
        [CONFIG, _targeting(targets=[{"variation": "v", "values": ["a"]}, {"variation": "w", "values": ["b", "a"]}])],
        *("error", "spec.targets[1].values[1]: user a is in targets[0] already", "one variation"),
    ),
    "a variation of another config": (
        [CONFIG, AGENT, _variation(config={"ref": "agent"}), _targeting(offVariation={"ref": "v"})],
        *("error", "spec.offVariation: v is a variation of agent, not of bot", "refer to a variation of bot"),
    ),
    "an optimization of another config's variation": (
        [
            CONFIG,
            AGENT,
            _variation(config={"ref": "agent"}),
            (
                "Optimization",
                "o",
                {"aiConfigKey": BOT, "maxAttempts": 1, "judgeModel": "x", "variationKey": {"ref": "v"}},
            ),
        ],
        *("error", "spec.variationKey: v is a variation of agent, not of bot", ""),
    ),
    "a node that is no agent": (
        [
            CONFIG,
            AGENT,
            (
                "AgentGraph",
                "g",
                {
                    "name": "G",
                    "rootConfigKey": {"ref": "agent"},
                    "edges": [{"key": "e", "sourceConfig": {"ref": "agent"}, "targetConfig": BOT}],
                },
            ),
        ],
        *("warning", "spec.edges[0].targetConfig: bot is of the mode completion, and nodes are agents", "`agent`"),
    ),
    "a literal that a manifest declares": (
        [CONFIG, ("Variation", "v", {"config": "bot", "name": "V"})],
        *(
            "warning",
            "spec.config: bot is declared by here/AIConfig/bot, and nothing says that it has to be there first",
            "write {ref: AIConfig/bot}",
        ),
    ),
    "a literal variation that a manifest declares": (
        [CONFIG, _variation("v"), _targeting(fallthrough={"variation": "v"})],
        *("warning", "spec.fallthrough.variation: v is declared by here/Variation/v", "write {ref: Variation/v}"),
    ),
}


@pytest.mark.parametrize(("manifests", "severity", "summary", "hint"), CASES.values(), ids=CASES)
def test_it_is_told_at_its_place(
    tmp_path: Path, manifests: list[Manifest], severity: str, summary: str, hint: str
) -> None:
    found = _check(tmp_path, *manifests)
    told = [d for d in found if d.severity == severity and summary in d.summary and hint in f"{d.hint} {d.summary}"]
    assert len(told) == 1, [(d.severity, d.summary, d.hint) for d in found]
    assert told[0].source is not None
    assert told[0].source.line > 0


def test_what_goes_together_is_told_nothing_of(tmp_path: Path) -> None:
    ours = [
        ("ModelConfig", "m", {**MODEL, "costPerInputToken": 0.0000025}),
        ("Tool", "a", {"schema": {"required": ["x"]}}),
        ("RestrictedModels", "r", {"keys": ["OpenAI.gpt-4o"]}),
        AGENT,
        _judge("j", "m"),
        _judge("k", "n"),
        _variation(
            config={"ref": "agent"},
            instructions="Help.",
            model={"modelName": "gpt-4o"},
            modelConfigKey={"ref": "m"},
            modelConfigVersion={"ref": "m"},
            tools=[{"key": {"ref": "a"}, "version": {"ref": "a"}}],
            judgeConfiguration=_judged("j", "k"),
        ),
        _targeting(
            config={"ref": "agent"},
            targets=[{"variation": {"ref": "v"}, "values": ["a"]}],
            rules=[{**RULE, "variation": "disabled"}],
        ),
        ("Targeting", "production", {"config": {"ref": "agent"}, "environment": "production", "trackEvents": True}),
    ]
    assert _check(tmp_path, *ours) == ()


@pytest.mark.parametrize(
    ("made", "path"),
    [
        (
            _targeting(
                fallthrough={
                    "rollout": {
                        "variations": [
                            {"variation": {"ref": "v"}, "weight": 50000},
                            {"variation": "v", "weight": 50000},
                        ]
                    }
                }
            ),
            "fallthrough.rollout.variations[1].variation: v stands in fallthrough.rollout.variations[0].variation",
        ),
        (
            _variation("w", tools=[{"key": {"ref": "up"}, "version": 1}, {"key": "up", "version": 1}]),
            "tools[1].key: up stands in tools[0].key",
        ),
    ],
)
def test_one_key_written_in_two_ways_is_one_key(tmp_path: Path, made: Manifest, path: str) -> None:
    """The schema sees two items, and the server would keep one of them."""
    found = _check(tmp_path, CONFIG, ("Tool", "up", {"schema": {}}), _variation(), made)
    assert [d.summary for d in found if d.severity == "error"] == [f"spec.{path} already"]


def test_an_error_ends_with_3_and_shows_the_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _write(tmp_path, *CASES["a version of nothing"][0])
    assert run(["validate"]) == 3
    said = capsys.readouterr()
    assert "manifests/01.yaml:10:23" in said.out + said.err
