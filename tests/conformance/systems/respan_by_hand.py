"""A person's hands on Respan's API, behind Reconciler's back.

Takes an address and a key, gives what `subjects.Hands` promises. The API is spelled here from its contract, without a
line of the provider that is under test: lists by POST in pages where there are such, else by GET; models by their
names with raw slashes; nothing of the built-in models.
"""

from __future__ import annotations

from typing import Any

import httpx

from reconciler.paths import parse_path, replace_at
from tests.conformance.subjects import At, Body, Row

_KEEP_SECONDS = 2.0
"""Less than the five after which the server closes an idle connection."""
_IDENTITIES = {"Model": "model_name", "Provider": "provider_id"}
_PATHS = {"Model": "/models/", "Provider": "/providers/"}


class ByHand:
    """Somebody with a valid key."""

    def __init__(self, url: str, token: str, transport: httpx.BaseTransport | None = None) -> None:
        self._api = httpx.Client(
            base_url=f"{url}/api",
            headers={"Authorization": f"Bearer {token}"},
            limits=httpx.Limits(keepalive_expiry=_KEEP_SECONDS),
            timeout=30,
            trust_env=False,
            transport=transport,
        )

    def rows(self, kind: str) -> list[Row]:
        """Give every object of the organization."""
        if kind == "Provider":
            return [Row(row["id"], row["id"], row, row) for row in self._pages("GET", "/providers/")]
        first = self._api.post("/models/list/", params={"page_size": 1})
        if first.status_code == 405:
            rows = self._api.get("/models/", params={"all": "true"}).raise_for_status().json()
        else:
            rows = self._pages("POST", "/models/list/")
        mine = [row for row in rows if row["affiliation_category"] == "custom"]
        return [Row(row["id"], row["model_name"], _spelled(row), row) for row in mine]

    def create(self, kind: str, name: str, body: Body) -> str:
        """Create a model or a provider."""
        made = self._api.post(_PATHS[kind], json={**body, _IDENTITIES[kind]: name}).raise_for_status()
        assert made.status_code == 201
        return str(made.json()["id"])

    def edit(self, kind: str, row: Row, changes: At) -> None:
        """Change fields, others staying as they are."""
        body = row.body
        for path, value in changes.items():
            body = replace_at(body, parse_path(path), value)
        fields = {str(parse_path(path)[0]) for path in changes}
        self._api.patch(f"{_PATHS[kind]}{row.id}/", json={name: body[name] for name in fields}).raise_for_status()

    def delete(self, kind: str, row: Row) -> None:
        """Delete a model or a provider."""
        self._api.delete(f"{_PATHS[kind]}{row.id}/").raise_for_status()

    def reset(self, kind: str) -> None:
        """Nothing is always there."""
        raise AssertionError(kind)

    def close(self) -> None:
        """Release connections."""
        self._api.close()

    def _pages(self, method: str, path: str) -> list[Any]:
        rows: list[Any] = []
        for page in range(1, 1000):
            answer = self._api.request(method, path, params={"page": page, "page_size": 100}).raise_for_status().json()
            if isinstance(answer, list):
                return answer
            rows += answer["results"]
            if answer["next"] is None:
                break
        return rows


def _spelled(model: Body) -> Body:
    provider = model["provider"]
    return {**model, "custom_provider_id": provider["id"] if provider else None}
