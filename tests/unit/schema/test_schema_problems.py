"""Explanations of manifests that a schema refuses."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import schema
from reconciler.model import Field, Kind
from reconciler.paths import format_path
from reconciler.schema.problems import Outline, explain

SPEC: dict[str, Any] = {"zone": "north", "port": 80}


def _manifest(spec: Any, /, **over: Any) -> dict[str, Any]:
    return {"apiVersion": "acme/v1", "kind": "Service", "metadata": {"name": "api"}, "spec": spec} | over


def _explained(kind: Kind, document: Any) -> list[tuple[str, str, str]]:
    assert not schema.compiled(kind)(document)
    return [(format_path(path), summary, hint) for path, summary, hint in schema.explain_errors(kind, document)]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            {"port": "80"},
            ("spec.port", "expected a whole number of at least 1 and below 65536, got '80'", "remove the quotes"),
        ),
        ({"port": 0}, ("spec.port", "expected a whole number of at least 1 and below 65536, got 0", "The port")),
        ({"port": 1.5}, ("spec.port", "expected a whole number of at least 1 and below 65536, got 1.5", "The port")),
        ({"port": None}, ("spec.port", "expected a whole number of at least 1 and below 65536, got null", "The port")),
        (
            {"port": [80]},
            ("spec.port", "expected a whole number of at least 1 and below 65536, got a list", "The port"),
        ),
        ({"mode": "saef"}, ("spec.mode", "expected one of `fast`, `safe`, got 'saef'", "did you mean `safe`?")),
        ({"mode": 1}, ("spec.mode", "expected one of `fast`, `safe`, got 1", "put it in quotes: '1'")),
        ({"old": True}, ("spec.old", "expected text, got true", "put it in quotes: 'true'")),
        ({"old": []}, ("spec.old", "expected text, got an empty list", "Use `mode`")),
        ({"key": "a1"}, ("spec.key", "expected text that matches `^[a-z]+$`, got 'a1'", "Which")),
        ({"key": "API"}, ("spec.key", "expected text that matches `^[a-z]+$`, got 'API'", "did you mean `api`?")),
        ({"key": "/api"}, ("spec.key", "expected text that matches `^[a-z]+$`, got '/api'", "did you mean `api`?")),
        ({"key": " api"}, ("spec.key", "expected text that matches `^[a-z]+$`, got ' api'", "did you mean `api`?")),
        (
            {"key": "A" * 101},
            ("spec.key", "expected text that matches `^[a-z]+$`, got text of 101 characters", "Which"),
        ),
        (
            {"key": "x" * 99 + "!"},
            ("spec.key", "expected text that matches `^[a-z]+$`, got text of 100 characters", "Which"),
        ),
        ({"prot": 1}, ("spec.prot", "unknown key `prot`", "did you mean `port`?")),
        ({"burst": 1}, ("spec.burst", "unknown key `burst`", "did you mean `spec.limits.burst`?")),
        ({"protect": 1}, ("spec.protect", "unknown key `protect`", "did you mean `metadata.lifecycle.protect`?")),
        ({"qqq": 1}, ("spec.qqq", "unknown key `qqq`", "")),
        (
            {"revision": 1},
            ("spec.revision", "`revision` is set by the server, a manifest cannot set it", "Counted by the server"),
        ),
        (
            {"upstream": 1},
            (
                "spec.upstream",
                "expected text or a mapping such as `{ref: Service/name}`, got 1",
                "put it in quotes: '1'",
            ),
        ),
        ({"upstream": {"reff": "x"}}, ("spec.upstream.reff", "unknown key `reff`", "did you mean `ref`?")),
        ({"upstream": {"env": "x"}}, ("spec.upstream.env", "`{env: …}` is not accepted here", "known: `ref`, `field`")),
        (
            {"upstream": {"ref": "Servcie/x"}},
            ("spec.upstream.ref", "expected text such as `Service/name`, got 'Servcie/x'", "did you mean `Service/x`?"),
        ),
        (
            {"upstream": {"ref": "prod/Zoen/x"}},
            (
                "spec.upstream.ref",
                "expected text such as `Service/name`, got 'prod/Zoen/x'",
                "did you mean `prod/Zone/x`?",
            ),
        ),
        (
            {"upstream": {"ref": "x"}},
            (
                "spec.upstream.ref",
                "expected text such as `Service/name`, got 'x'",
                "Which manifest: `Service/name`, or with its target `target/Service/name`",
            ),
        ),
        (
            {"upstream": "a", "backend": "b"},
            ("spec.backend", "`upstream` and `backend` are two spellings of one field", "keep `upstream`"),
        ),
        ({"limits": {}}, ("spec.limits", "expected 1 to 3 keys, got 0", "Limits")),
        ({"limits": {"a": 1, "b": 2, "c": 3, "d": 4}}, ("spec.limits", "expected 1 to 3 keys, got 4", "Limits")),
        ({"limits": {"a": "1"}}, ("spec.limits.a", "expected a number, got '1'", "remove the quotes")),
        ({"limits": {"burst": 1, "rate": "x"}}, ("spec.limits.rate", "expected a number, got 'x'", "Limits")),
        ({"limits": {"burst": 1}}, ("spec.limits.burst", "`burst` needs `rate` beside it", "")),
        ({"limits": "x"}, ("spec.limits", "expected a mapping, got 'x'", "Limits")),
        ({"rules": [{"name": "a", "deny": "x"}] * 3}, ("spec.rules", "expected at most 2 items, got 3", "Rules")),
        (
            {"rules": [{"name": "a", "deny": 1}]},
            ("spec.rules[0].deny", "expected text, got 1", "put it in quotes: '1'"),
        ),
        (
            {"rules": [{"name": "a", "allow": "on"}]},
            ("spec.rules[0].allow", "expected true or false, got 'on'", "write true"),
        ),
        (
            {"rules": [{"name": "a", "allow": "No"}]},
            ("spec.rules[0].allow", "expected true or false, got 'No'", "write false"),
        ),
        ({"rules": ["a"]}, ("spec.rules[0]", "expected a mapping, got 'a'", "Rules")),
        ({"rules": "a"}, ("spec.rules", "expected a list, got 'a'", "write a list: [a]")),
        (
            {"token": "s3cret"},
            (
                "spec.token",
                "expected null, a mapping such as `{env: NAME}` or a mapping such as `{file: path}`, got a literal",
                "name where the secret is kept; a manifest never holds it",
            ),
        ),
        ({"extra": {"password": "s3cret"}}, ("spec.extra.password", "unknown key `password`", "known: `env`")),
        (
            {"tree": {"children": [{"lief": 1}]}},
            ("spec.tree.children[0].lief", "unknown key `lief`", "did you mean `leaf`?"),
        ),
    ],
)
def test_one_problem(service: Kind, change: dict[str, Any], problem: tuple[str, str, str]) -> None:
    path, summary, hint = _explained(service, _manifest({**SPEC, **change}))[0]
    assert (path, summary) == problem[:2]
    assert hint.startswith(problem[2])
    assert hint or not problem[2]


@pytest.mark.parametrize(
    ("document", "problems"),
    [
        ({}, ["`apiVersion` is missing", "`kind` is missing", "`metadata` is missing", "`spec` is missing"]),
        ([], ["expected a mapping, got an empty list"]),
        (_manifest({"zone": "n", "prot": 80}), ["unknown key `prot`"]),  # and not that `port` is missing
        (
            _manifest({"port": "x", "qqq": 1}),
            [
                "unknown key `qqq`",
                "expected a whole number of at least 1 and below 65536, got 'x'",
                "`zone` is missing",
            ],
        ),
        (_manifest(SPEC, labels={"team": "x"}), ["unknown key `labels`"]),
        (
            _manifest(SPEC, apiVersion="acme/v2", kind="Servcie"),
            ["expected `acme/v1`, got 'acme/v2'", "expected `Service`, got 'Servcie'"],
        ),
        ({1: 2}, ["a key must be text, got `1`"]),
        (_manifest({"port": float("inf")}), ["expected a finite number, got inf"]),
        (_manifest({"old": "\ud800"}), ["expected text, got half of a surrogate pair"]),
        (_manifest({"\ud800": 1}), ["a key holds half of a surrogate pair"]),
        (_manifest({"old": [{1, 2}]}), ["expected a JSON value, got a Python set"]),
    ],
)
def test_all_problems_the_most_telling_first(service: Kind, document: Any, problems: list[str]) -> None:
    assert [summary for _, summary, _ in _explained(service, document)] == problems


def test_problems_stand_in_the_order_of_the_document(service: Kind) -> None:
    document = _manifest({"rules": [{"name": "a", "deny": 1}, {"name": 2, "deny": "x"}], "port": "x", "zone": 3})
    assert [path for path, _, _ in _explained(service, document)] == [
        "spec.rules[0].deny",
        "spec.rules[1].name",
        "spec.port",
        "spec.zone",
    ]


def test_a_secret_is_never_shown(service: Kind) -> None:
    for literal in ("canary-1", "canary-1" * 20, 4711, True):
        text = repr(_explained(service, _manifest({**SPEC, "token": literal, "extra": {"deep": literal}})))
        assert "canary" not in text
        assert "4711" not in text


def test_no_union_is_left_unexplained(service: Kind) -> None:
    for value in (1, 1.5, True, None, [], {}, "", {"a": 1}, [[]]):
        for key in ("zone", "upstream", "token", "rules", "tree"):
            document = _manifest({**SPEC, key: value})
            if not schema.compiled(service)(document):
                assert all("schema" not in summary for _, summary, _ in _explained(service, document))


NODES: list[tuple[dict[str, Any], Any, list[str]]] = [
    ({"type": "string", "minLength": 2}, "a", ["expected text of at least 2 characters, got 'a'"]),
    ({"type": "string", "minLength": 2, "maxLength": 3}, "a", ["expected text of 2 to 3 characters, got 'a'"]),
    ({"type": "string", "minLength": 1}, "", ["expected text that is not empty, got ''"]),
    ({"type": "string", "maxLength": 1}, "ab", ["expected text of at most 1 character, got 'ab'"]),
    ({"pattern": "^a$"}, "b", ["expected text that matches `^a$`, got 'b'"]),
    ({"type": "number", "maximum": 1}, 2, ["expected a number of at most 1, got 2"]),
    ({"type": "number", "exclusiveMinimum": 0}, 0, ["expected a number above 0, got 0"]),
    ({"type": ["integer", "boolean", "null"]}, "x", ["expected a whole number, true or false or null, got 'x'"]),
    (
        {"enum": list("abcdefghijklmn")},
        1,
        ["expected one of " + ", ".join(f"`{c}`" for c in "abcdefghijkl") + ", …, got 1"],
    ),
    ({"const": {"a": [1, ""]}}, {}, ['expected `{a: [1, ""]}`, got an empty mapping']),
    ({"not": {"const": "*"}}, "*", ["'*' is not accepted here"]),
    ({"not": {}}, 1, ["1 is not accepted here"]),
    ({"not": {"anyOf": [{"required": ["a", "b"]}]}}, {"a": 1, "b": 1}, ["`a` and `b` are two spellings of one field"]),
    ({"type": "object", "not": {"anyOf": [{"required": ["a", "b"]}]}}, 3, ["expected a mapping, got 3"]),
    ({"type": "object", "not": {"anyOf": [{"required": ["a", "b"]}]}}, ["a", "b"], ["expected a mapping, got a list"]),
    ({"uniqueItems": True}, ["a", "b", "a"], ["'a' is in the list twice"]),
    ({"oneOf": [{"type": "integer"}, {"minimum": 0}]}, 1, ["expected a whole number, got 1"]),
    (
        {"anyOf": [{"anyOf": [{"type": "integer"}, {"type": "null"}]}, {"type": "object", "required": ["a"]}]},
        {},
        ["`a` is missing"],
    ),
    (
        {"anyOf": [{"anyOf": [{"type": "integer"}, {"type": "null"}]}, {"type": "object"}]},
        "x",
        ["expected a whole number, null or a mapping, got 'x'"],
    ),
    (
        {"type": "object", "propertyNames": {"pattern": "^a", "examples": ["ab"]}},
        {"b": 1},
        ["expected text such as `ab` as a key, got 'b'"],
    ),
    ({"type": "array", "items": {"type": ["string", "null"]}}, 1, ["expected a list, got 1"]),
    ({"type": "array", "items": {"type": "integer"}}, 1, ["expected a list of whole numbers, got 1"]),
    ({"type": "object", "examples": [{"a": "b"}]}, 1, ["expected a mapping such as `{a: b}`, got 1"]),
    ({"type": "array", "minItems": 1}, [], ["expected at least 1 item, got 0"]),
    (
        {"type": "string", "examples": ["x" * 80], "pattern": "y"},
        "z",
        [f"expected text such as `{'x' * 59}…`, got 'z'"],
    ),
    ({"type": "boolean"}, {"a": 1}, ["expected true or false, got a mapping"]),
    ({"enum": [0, 1]}, True, ["expected one of `0`, `1`, got true"]),
    (
        {"if": {"type": "string"}, "then": {"minLength": 3, "description": "Long ones. Only."}},
        "ab",
        ["expected any value, got 'ab'"],
    ),
]


@pytest.mark.parametrize(("node", "value", "problems"), NODES)
def test_every_word_has_an_explanation(node: dict[str, Any], value: Any, problems: list[str]) -> None:
    found = explain(node, value, Outline(lambda path: "", known=Field()))
    assert [summary for _, summary, _ in found] == problems


@pytest.mark.parametrize(
    ("node", "value", "hint"),
    [
        ({"enum": [0, 1]}, True, "write 1"),
        ({"enum": [0, 1]}, False, "write 0"),
        ({"enum": [0, 1]}, "1", "remove the quotes"),
        ({"enum": [1, 2], "description": "How many. No more."}, True, "How many"),
        ({"enum": [True, 1, 0.5]}, 0.7, ""),
    ],
)
def test_switches_that_are_numbers(node: dict[str, Any], value: Any, hint: str) -> None:
    described = node.get("description", "")
    ((_, _, found),) = explain(node, value, Outline(lambda path: described, known=Field()))
    assert found == hint


def test_a_document_that_only_the_compiled_validator_refuses_is_explained_too(
    service: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = _manifest({**SPEC, "port": "x"})
    monkeypatch.setattr("reconciler.schema.diagnose.explain", lambda *_: [])
    assert _explained(service, document) == [
        ("", "is not a manifest of acme/Service", "`reconciler explain` shows what it may hold")
    ]
