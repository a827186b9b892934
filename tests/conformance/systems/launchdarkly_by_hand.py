"""A person's hands on LaunchDarkly's API, behind Reconciler's back.

Takes an address and a token, gives what `subjects.Hands` promises. The API is spelled here from its contract, without a
line of the provider that is under test. What other objects say of one, as how many use it, is no part of its row.
"""

from __future__ import annotations

from typing import Any

import httpx

from reconciler.paths import parse_path, replace_at
from tests.conformance.subjects import At, Body, Row

MEMBER = "60b1f5d0c1d5a90a1f0e4c12"
"""To whom the token belongs."""
SERVED = "served"
"""The AI Config whose targeting is under test."""

_PATHS = {
    "AIConfig": "/ai-configs",
    "AgentGraph": "/agent-graphs",
    "ModelConfig": "/ai-configs/model-configs",
    "Optimization": "/agent-optimizations",
    "PromptSnippet": "/ai-configs/prompt-snippets",
    "Skill": "/ai-configs/skills",
    "Tool": "/ai-tools",
}
_OF_OTHERS = {"variations", "dependencies", "usedInCount", "isRestricted", "updatedAt"}
_PAIR = {"rootConfigKey", "edges"}
_NOT_SENT = {"config", "key"}
_SEMANTIC = {"content-type": "application/json; domain-model=launchdarkly.semanticpatch"}
_KEEP_SECONDS = 2.0
"""Less than the five after which the server closes an idle connection."""


class ByHand:
    """A person with a token of the project."""

    def __init__(self, url: str, token: str, transport: httpx.BaseTransport | None = None) -> None:
        self._api = httpx.Client(
            base_url=f"{url}/api/v2/projects/default",
            headers={"Authorization": token},
            limits=httpx.Limits(keepalive_expiry=_KEEP_SECONDS),
            timeout=30,
            trust_env=False,
            transport=transport,
        )

    def rows(self, kind: str) -> list[Row]:
        """Give every object of a kind."""
        if kind == "Variation":
            return [
                _row(f"{config['key']}/{key}", key, {"config": config["key"], **newest})
                for config in self._list("AIConfig")
                for key, newest in _newest(config["variations"]).items()
            ]
        if kind == "RestrictedModels":
            keys = sorted(row["key"] for row in self._models() if row["isRestricted"])
            return [Row("restricted", "", {"keys": keys}, keys)]
        if kind == "Targeting":
            return self._targeting()
        if kind == "ModelConfig":
            return [_row(row["key"], row["key"], row) for row in self._models() if not row["global"]]
        rows = self._list(kind)
        if kind == "AgentGraph":
            rows = [self._ask("GET", f"/agent-graphs/{row['key']}") for row in rows]
        return [_row(row["key"], row["key"], row) for row in rows]

    def create(self, kind: str, name: str, body: Body) -> str:
        """Create an object."""
        if kind == "Variation":
            self._ask("POST", f"/ai-configs/{body['config']}/variations", {**_sent(body), "key": name})
            return f"{body['config']}/{name}"
        self._ask("POST", _PATHS[kind], {**body, "key": name})
        return name

    def edit(self, kind: str, row: Row, changes: At) -> None:
        """Change fields, others staying as they are."""
        if kind == "RestrictedModels":
            self._restrict(row.body["keys"], changes["keys"])
            return
        body = row.body
        for path, value in changes.items():
            body = replace_at(body, parse_path(path), value)
        touched = sorted({str(parse_path(path)[0]) for path in changes})
        if kind == "Targeting":
            self._target(row.name, {name: body[name] for name in touched})
            return
        if kind == "AgentGraph" and _PAIR & set(touched):
            touched = sorted({*touched, *_PAIR})
        form = {name: body[name] for name in touched}
        if "tools" in form:
            form["tools"] = [{"key": pin["key"], "version": pin["version"]} for pin in form["tools"]]
        self._ask("PATCH", self._path(kind, row), form)

    def delete(self, kind: str, row: Row) -> None:
        """Delete an object; the last variation of a config is left for the config to take along."""
        if kind == "Variation":
            config = self._ask("GET", f"/ai-configs/{row.body['config']}")
            if len(_newest(config["variations"])) == 1:
                return
        answer = self._api.delete(self._path(kind, row), headers=_version(kind))
        if kind == "AIConfig" and answer.status_code == 400:  # the first time, for no reason
            answer = self._api.delete(self._path(kind, row))
        answer.raise_for_status()

    def reset(self, kind: str) -> None:
        """Restrict no model, or let the targeting under test serve the stub."""
        (row,) = self.rows(kind) if kind == "RestrictedModels" else (None,)
        if row is not None:
            self._restrict(row.body["keys"], [])
        for held in self.rows(kind) if kind == "Targeting" else []:
            self._target(held.name, STUB)

    def close(self) -> None:
        """Release connections."""
        self._api.close()

    # --- the parts that are odd ---------------------------------------------------------------

    def _models(self) -> list[Body]:
        found: list[Body] = self._ask("GET", "/ai-configs/model-configs")
        return found

    def _restrict(self, before: list[str], after: list[str]) -> None:
        gone = [key for key in before if key not in after]
        if gone:
            path = "/ai-configs/model-configs/restricted"
            self._api.request("DELETE", path, json={"keys": gone}).raise_for_status()
        self._ask("POST", "/ai-configs/model-configs/restricted", {"keys": after})

    def _targeting(self) -> list[Row]:
        answer = self._api.get(f"/ai-configs/{SERVED}/targeting")
        if answer.status_code == 404:
            return []
        shown = answer.raise_for_status().json()
        keys = [v["value"]["_ldMeta"].get("variationKey", "disabled") for v in shown["variations"]]
        return [
            Row(f"{SERVED}/{name}", name, {"config": SERVED, **_targeted(held, keys)}, None)
            for name, held in shown["environments"].items()
        ]

    def _target(self, environment: str, fields: Body) -> None:
        shown = self._ask("GET", f"/ai-configs/{SERVED}/targeting")
        ids = {v["value"]["_ldMeta"].get("variationKey", "disabled"): v["_id"] for v in shown["variations"]}
        patch = {"environmentKey": environment, "instructions": list(_instructions(fields, ids))}
        self._api.patch(f"/ai-configs/{SERVED}/targeting", json=patch, headers=_SEMANTIC).raise_for_status()

    def _list(self, kind: str) -> list[Body]:
        rows: list[Body] = []
        while True:
            page = self._ask("GET", f"{_PATHS[kind]}?limit=100&offset={len(rows)}", kind=kind)
            rows += page["items"]
            if len(rows) >= page["totalCount"]:
                return rows

    def _path(self, kind: str, row: Row) -> str:
        if kind == "Variation":
            return f"/ai-configs/{row.body['config']}/variations/{row.name}"
        return f"{_PATHS[kind]}/{row.name}"

    def _ask(self, method: str, path: str, body: Any = None, kind: str = "") -> Any:
        headers = _version(kind or ("AgentGraph" if path.startswith("/agent-graphs") else ""))
        answer = self._api.request(method, path, json=body, headers=headers).raise_for_status()
        return answer.json() if answer.content else None


def _version(kind: str) -> dict[str, str]:
    return {"LD-API-Version": "beta" if kind == "AgentGraph" else "20240415"}


def _row(row_id: str, name: str, shown: Body) -> Row:
    """Give a row; who looks after it is spelled as it was set."""
    who = shown.get("_maintainer") or {}
    spelled = {"maintainerId": who["_id"]} if "_id" in who else {"maintainerTeamKey": who["key"]} if who else {}
    raw = {key: value for key, value in shown.items() if key not in _OF_OTHERS}
    return Row(row_id, name, {**shown, **spelled}, raw)


def _newest(versions: list[Body]) -> dict[str, Body]:
    return {version["key"]: version for version in sorted(versions, key=lambda version: version["version"])}


def _sent(body: Body) -> Body:
    return {key: value for key, value in body.items() if key not in _NOT_SENT}


# --- targeting --------------------------------------------------------------------------------

_SERVED = {"variation", "rollout"}
STUB: Body = {
    "rules": [],
    "targets": [],
    "fallthrough": {"variation": "disabled"},
    "offVariation": "disabled",
    "trackEvents": False,
    "trackEventsFallthrough": False,
}


def _targeted(held: Body, keys: list[str]) -> Body:
    """Give an environment with keys for indexes."""

    def serve(shown: Body) -> Body:
        if "rollout" not in shown:
            return {"variation": keys[shown["variation"]]}
        parts = [{**part, "variation": keys[part["variation"]]} for part in shown["rollout"]["variations"]]
        return {"rollout": {**shown["rollout"], "variations": parts}}

    return {
        "rules": [
            {**{key: rule[key] for key in rule if key not in _SERVED}, "clauses": _clauses(rule), **serve(rule)}
            for rule in held["rules"]
        ],
        "targets": [
            {**target, "variation": keys[target["variation"]]} for target in held["targets"] + held["contextTargets"]
        ],
        "fallthrough": serve(held["fallthrough"]),
        "offVariation": keys[held["offVariation"]],
        "trackEvents": held["trackEvents"],
        "trackEventsFallthrough": held["trackEventsFallthrough"],
    }


def _clauses(rule: Body) -> list[Body]:
    return [{key: clause[key] for key in clause if key not in {"_id", "id"}} for clause in rule["clauses"]]


def _instructions(fields: Body, ids: dict[str, str]) -> Any:
    def serve(told: Body) -> Body:
        if "rollout" not in told:
            return {"variationId": ids[told["variation"]]}
        weights = {ids[part["variation"]]: part["weight"] for part in told["rollout"]["variations"]}
        return {"rolloutWeights": weights, "rolloutContextKind": told["rollout"].get("contextKind", "user")}

    for name, value in fields.items():
        if name == "rules":
            rules = [
                {"clauses": rule["clauses"], "description": rule.get("description", "")} | serve(rule) for rule in value
            ]
            yield {"kind": "replaceRules", "rules": rules}
        elif name == "targets":
            targets = [{**target, "variationId": ids[target["variation"]]} for target in value]
            yield {"kind": "replaceTargets", "targets": targets}
        elif name == "fallthrough":
            yield {"kind": "updateFallthroughVariationOrRollout", **serve(value)}
        elif name == "offVariation":
            yield {"kind": "updateOffVariation", "variationId": ids[value]}
        elif name == "trackEvents":
            yield {"kind": "updateTrackEvents", "trackEvents": value}
        else:
            yield {"kind": "updateTrackEventsFallthrough", "trackEvents": value}
