"""A person's hands on Xagent's API, behind Reconciler's back.

Takes an address and a token, gives what `subjects.Hands` promises. The API is spelled here from its contract, without a
line of the provider that is under test.
"""

from __future__ import annotations

from typing import Any

import httpx

from reconciler.paths import parse_path, replace_at
from tests.conformance.subjects import At, Body, Row

TYPES = (
    *("general", "small_fast", "visual", "compact", "embedding", "image", "image_edit"),
    *("video", "asr", "tts", "speech", "sound_effect", "music", "rerank"),
)
_KEEP_SECONDS = 2.0
"""Less than the five after which the server closes an idle connection."""
_PAGE = 1000


class ByHand:
    """The owner of the models at the API."""

    def __init__(self, url: str, token: str, transport: httpx.BaseTransport | None = None) -> None:
        self._api = httpx.Client(
            base_url=f"{url}/api/models",
            headers={"Authorization": f"Bearer {token}"},
            limits=httpx.Limits(keepalive_expiry=_KEEP_SECONDS),
            timeout=30,
            trust_env=False,
            transport=transport,
        )

    def rows(self, kind: str) -> list[Row]:
        """Give the models of the account, or its default of every type."""
        if kind == "DefaultModel":
            return [self._default(config_type) for config_type in TYPES]
        return [
            Row(str(row["id"]), row["model_id"], {**row, "share_with_users": row["is_shared"]}, row)
            for row in self._models()
            if row["is_owner"]
        ]

    def create(self, kind: str, name: str, body: Body) -> str:
        """Create a model; there is a default of every type always."""
        assert kind == "Model"
        return str(self._ask("POST", "/register", {**body, "model_id": name})["id"])

    def edit(self, kind: str, row: Row, changes: At) -> None:
        """Change fields, others staying as they are."""
        if kind == "DefaultModel":
            self._ask("POST", "/user-default", {"config_type": row.id, **changes})
            return
        body: Body = {}
        for path, value in changes.items():
            body = replace_at(body, parse_path(path), value)
        self._ask("PUT", f"/by-id/{row.id}", body)

    def delete(self, kind: str, row: Row) -> None:
        """Delete a model; where the server refuses it, the account's own defaults on it go first."""
        assert kind == "Model"
        if self._api.delete(f"/by-id/{row.id}").status_code == 409:
            for default in self.rows("DefaultModel"):
                if str(default.body["model_id"]) == row.id:
                    self._ask("DELETE", f"/user-default/{default.id}")
            self._ask("DELETE", f"/by-id/{row.id}")

    def reset(self, kind: str) -> None:
        """Unset every default."""
        assert kind == "DefaultModel"
        for default in self.rows(kind):
            if default.raw is not None:
                self._ask("DELETE", f"/user-default/{default.id}")

    def close(self) -> None:
        """Release connections."""
        self._api.close()

    def _default(self, config_type: str) -> Row:
        held = self._ask("GET", f"/user-default/{config_type}")
        return Row(config_type, config_type, held or {"config_type": config_type, "model_id": None}, held)

    def _models(self) -> list[Body]:
        found: dict[int, Body] = {}
        for active in ("true", "false"):
            skip, page = 0, [{}] * _PAGE
            while len(page) == _PAGE:
                page = self._ask("GET", f"/?limit={_PAGE}&skip={skip}&is_active={active}")
                found |= {row["id"]: row for row in page}
                skip += _PAGE
        return list(found.values())

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        return self._api.request(method, path, json=body).raise_for_status().json()
