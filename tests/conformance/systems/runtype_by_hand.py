"""A person's hands on Runtype's API, behind Reconciler's back.

Takes an address and a token, gives what `subjects.Hands` promises. The API is spelled here from its contract, without a
line of the provider that is under test. What the catalogue tells of a model in passing is no part of a row.
"""

from __future__ import annotations

from typing import Any

import httpx

from reconciler.paths import parse_path, replace_at
from tests.conformance.subjects import At, Body, Row

FIRST = "gpt-4o-mini"
"""The model of the configuration that an account gets with its first list; nobody made it, and everybody keeps it."""
CREDENTIAL = {"file": "secret"}
"""The credential of a key, as manifests name it; the hands give it too, and know it by what is shown of it."""

_SECRET = "sandbox"
_OTHER_SECRET = "sk-somebody-elses"
_CONFIG = ("id", "provider", "modelId", "providerKeyId", "isEnabled", "settings", "createdAt")
_KEY = ("id", "provider", "name", "isActive", "isDefault", "settings", "keyPreview", "createdAt")
_KEEP_SECONDS = 2.0
"""Less than the five after which the server closes an idle connection."""


class ByHand:
    """A person with a key to the API."""

    def __init__(self, url: str, token: str, transport: httpx.BaseTransport | None = None) -> None:
        self._api = httpx.Client(
            base_url=f"{url}/v1",
            headers={"Authorization": f"Bearer {token}"},
            limits=httpx.Limits(keepalive_expiry=_KEEP_SECONDS),
            timeout=30,
            trust_env=False,
            transport=transport,
        )

    def rows(self, kind: str) -> list[Row]:
        """Give every object of a kind."""
        if kind == "ProviderKey":
            keys = self._ask("GET", "/provider-keys")["providerKeys"]
            return [Row(key["id"], key["name"], _spelled_key(key), _part(key, _KEY)) for key in keys]
        configs = self._configs()
        if kind == "ModelConfig":
            return [Row(row["id"], row["modelId"], _spelled_config(row), _part(row, _CONFIG)) for row in configs]
        defaults = sorted(row["id"] for row in configs if row["isDefault"])
        held = defaults if len(defaults) > 1 else next(iter(defaults), None)
        return [Row("default", "", {"modelConfigId": held}, held)]

    def create(self, kind: str, name: str, body: Body) -> str:
        """Create a key or a configuration."""
        if kind == "ProviderKey":
            form = {**body, "name": name, "apiKey": _SECRET}
            return str(self._ask("POST", "/provider-keys", form)["providerKey"]["id"])
        made = self._ask("POST", "/model-configs", {**body, "modelId": name})
        later = _part(body, ("isEnabled",))
        return str(self._ask("PUT", f"/model-configs/{made['id']}", later)["id"])

    def edit(self, kind: str, row: Row, changes: At) -> None:
        """Change fields, others staying as they are."""
        if kind == "DefaultModelConfig":
            self._ask("PATCH", f"/model-configs/{changes['modelConfigId']}/default", {})
            return
        body = row.body
        for path, value in changes.items():
            body = replace_at(body, parse_path(path), value)
        touched = {str(parse_path(path)[0]) for path in changes}
        form = {name: _OTHER_SECRET if name == "apiKey" else body[name] for name in sorted(touched)}
        method, path = ("PATCH", "provider-keys") if kind == "ProviderKey" else ("PUT", "model-configs")
        self._ask(method, f"/{path}/{row.id}", form)

    def delete(self, kind: str, row: Row) -> None:
        """Delete a key or a configuration."""
        self._ask("DELETE", f"/{'provider-keys' if kind == 'ProviderKey' else 'model-configs'}/{row.id}")

    def reset(self, kind: str) -> None:
        """Let the first configuration be the default again."""
        (first,) = [row["id"] for row in self._configs() if row["modelId"] == FIRST]
        self._ask("PATCH", f"/model-configs/{first}/default", {})

    def close(self) -> None:
        """Release connections."""
        self._api.close()

    def _configs(self) -> list[Body]:
        found: list[Body] = self._ask("GET", "/model-configs")["data"]
        return found

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._api.request(method, path, json=body).raise_for_status()
        return answer.json() if answer.content else None


def _spelled_key(key: Body) -> Body:
    """Give a key as a manifest spells it: the credential as ours where what is shown of it is ours."""
    is_ours = key["keyPreview"] == f"{_SECRET[:3]}...{_SECRET[-4:]}"
    return {**_part(key, _KEY), "apiKey": CREDENTIAL if is_ours else None}


def _spelled_config(row: Body) -> Body:
    key = row.get("organizationConnectionId") or row["providerKeyId"] or "platform"
    return {**_part(row, _CONFIG), "providerKeyId": key}


def _part(row: Body, names: tuple[str, ...]) -> Body:
    return {name: row[name] for name in names if name in row}
