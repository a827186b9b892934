"""Holds an answer against what an OpenAPI document says of it.

Takes a document, a request's method and path, a status and a body; gives what is wrong with the answer. It never sends
anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import jsonschema_rs

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Operation:
    """One operation of a document."""

    id: str
    method: str
    path: str
    facts: Mapping[str, Any]

    def fits(self, method: str, path: str) -> bool:
        """Say whether a request is one of this operation."""
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(self.path))
        return method == self.method and re.fullmatch(pattern, path) is not None


class Document:
    """A document as it lies beside this file."""

    def __init__(self, name: str) -> None:
        self.facts: dict[str, Any] = json.loads((Path(__file__).parent / f"{name}.json").read_text())

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """Every operation; of two whose paths fit, the one with fewer parameters comes first."""
        found = [
            Operation(facts["operationId"], method.upper(), path, facts)
            for path, methods in self.facts["paths"].items()
            for method, facts in methods.items()
            if method in METHODS
        ]
        return tuple(sorted(found, key=lambda operation: operation.path.count("{")))

    def operation(self, method: str, path: str) -> Operation | None:
        """Give the operation that a request is one of."""
        return next((operation for operation in self.operations if operation.fits(method, path)), None)

    def schema(self, operation: Operation, status: int) -> dict[str, Any] | None:
        """Give the schema of an answer; {} where it has no body, None where the document does not list the status."""
        response = operation.facts["responses"].get(str(status))
        if response is None:
            return None
        if "$ref" in response:
            response = self.facts["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
        schema: dict[str, Any] = response.get("content", {}).get("application/json", {}).get("schema", {})
        return schema

    def problems(self, schema: Mapping[str, Any], body: Any) -> list[str]:
        """Say what is wrong with a body."""
        whole = {**schema, "components": self.facts["components"]}
        validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
        return [f"{'/'.join(map(str, error.instance_path))}: {error.message}" for error in validator.iter_errors(body)]
