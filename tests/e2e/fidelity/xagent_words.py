"""Words that the Xagent tables share."""

from __future__ import annotations

from typing import Any

from tests.e2e.fidelity.exchange import Step

AUTH = "/api/auth"
MODELS = "/api/models"
REGISTER = MODELS + "/register"
BY_ID = MODELS + "/by-id"
DEFAULT = MODELS + "/user-default"

NOWHERE = "http://127.0.0.1:9/v1"
"""An address where nothing listens, and that a server does not call: it is private."""


def model(id_: str, **fields: Any) -> dict[str, Any]:
    """A body of create."""
    return {"model_id": id_, "model_provider": "openai", "model_name": f"{id_}-name", **fields}


def put(name: str, id_: str, body: Any, by: str = "admin", **more: Any) -> Step:
    """A PUT to a model."""
    return Step(name, "PUT", f"{BY_ID}/{id_}", body, by=by, **more)


def delete(name: str, path: str, by: str = "admin") -> Step:
    """A DELETE."""
    return Step(name, "DELETE", path, by=by)


def default(name: str, config_type: Any, model_id: Any, by: str = "admin") -> Step:
    """A POST of a default."""
    return Step(name, "POST", DEFAULT, {"config_type": config_type, "model_id": model_id}, by=by)
