"""Holds an answer of LaunchDarkly's API against the vendor's published schemas.

Takes a request's method and path, the answer's status and body; gives what is wrong with it. Where the document has no
schema, `UNLISTED` says why such an answer is right all the same.
"""

from __future__ import annotations

from typing import Any

from tests.openapi.answers import Document

DOCUMENT = Document("launchdarkly")

UNLISTED = {
    ("*", 400): "the overview of the API says it of a request that cannot be understood",
    ("*", 401): "the overview says it of a token that is bad, and no operation repeats it",
    ("*", 404): "the overview says it of what is not there: here the project, or what a key of the path names",
    ("*", 405): "the overview says it of a method that a path does not have",
    ("*", 429): "may occur anywhere; three operations list it",
    ("postAITool", 409): "seen by a lab where the key exists",
    ("postAIConfigVariation", 409): "seen by a lab where the key exists",
    ("patchAIConfigVariation", 422): "seen by a lab for two judges of one metric",
    ("postAIConfigVariation", 422): "the same, on creation",
    ("patchAIConfigTargeting", 409): "seen by a lab while a guarded rollout owned the fallthrough",
    ("patchAIConfigTargeting", 422): "the overview says it of a patch that is not understood; a lab of a variation",
    ("getCallerIdentity", 200): "the document is that of AI Configs; the client's model of it demands no field",
}
"""(operation, status) → why there is such an answer, `*` standing for any operation."""


def problems(method: str, path: str, status: int, body: Any) -> list[str]:
    """Say what is wrong with an answer; `body` is None where there is none."""
    if status == 500:
        return []  # a server that broke says nothing in its own form
    operation = DOCUMENT.operation(method, path)
    name = operation.id if operation is not None else "getCallerIdentity" if path.endswith("caller-identity") else "*"
    schema = DOCUMENT.schema(operation, status) if operation is not None else None
    if schema is None:
        if not {(name, status), ("*", status)} & UNLISTED.keys():
            return [f"{name} answers {status}, which neither the document nor UNLISTED knows"]
        schema = {"$ref": "#/components/schemas/Error"} if status >= 400 else {}
    if not schema and status == 204:
        return [] if body is None else [f"{name} answers 204 with a body"]
    return [f"{name} {status} {problem}" for problem in DOCUMENT.problems(schema, body)]
