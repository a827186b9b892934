"""The published schema of JSON output, closed: we may write only what is published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

SCHEMA = json.loads((Path(__file__).parents[3] / "schemas" / "output.json").read_text(encoding="utf-8"))


def closed(schema: Any) -> Any:
    """Give the schema with every object closed."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {key: closed(value) for key, value in schema.items()}
    return {**copy, "additionalProperties": False} if "properties" in schema and "type" in schema else copy


VALIDATOR = Draft202012Validator(closed(SCHEMA))
