"""The published page of Open WebUI's API: its examples are answered as it says, and all it names can be declared."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler import engine, settings
from reconciler.model import Request, Status
from reconciler.paths import parse_path, replace_at
from reconciler.sandbox import app
from tests.unit.sandbox.asking import V1, ask

PAGE: dict[str, Any] = json.loads(Path(__file__).with_name("openwebui.json").read_text(encoding="utf-8"))
SYSTEM = "/openwebui"
ANY_TEXT = "<string>"
"""What a schematic example says for any text; a model based on itself would be a model without a base."""
MADE_UP = ("user_id", "created_at", "updated_at")
"""What a server gives to an object, and a page can only make an example of."""
GROUP = {"name": "developers"}


def _send(sandbox: app.Sandbox, body: Any, token: str = "sandbox") -> httpx.Response:
    return ask(sandbox, PAGE["method"], SYSTEM + PAGE["path"], body, token)


@pytest.mark.parametrize("example", PAGE["examples"])
def test_an_example_is_answered_with_the_pages_keys_and_types(example: str) -> None:
    request, response = PAGE["examples"][example].values()
    answer = _send(app.create_app(), {key: key if value == ANY_TEXT else value for key, value in request.items()})
    assert answer.status_code == 200
    assert {key: type(value) for key, value in answer.json().items()} == {
        key: type(value) for key, value in response.items()
    }


def test_the_concrete_example_is_answered_with_the_pages_values() -> None:
    request, response = PAGE["examples"]["concrete"].values()
    answer = _send(app.create_app(), request).json()
    assert {**answer, **{key: response[key] for key in MADE_UP}} == response


@pytest.mark.parametrize("case", PAGE["refusals"])
def test_refusals_are_the_pages(case: str) -> None:
    sandbox = app.create_app()
    body = PAGE["examples"]["concrete"]["request"]
    user = {"name": "Ann", "email": "ann@example.com", "password": "secret-1", "role": "user"}
    token = ask(sandbox, "POST", f"{V1}/auths/add", user).json()["token"]
    _send(sandbox, body)
    sent = {
        "not permitted": ({**body, "id": "another"}, token),
        "taken": (body, "sandbox"),
        "too long": ({**body, "id": "x" * 257}, "sandbox"),
    }
    answer = _send(sandbox, *sent[case])
    assert {"status": answer.status_code, "body": answer.json()} == PAGE["refusals"][case]


def test_every_field_of_the_page_can_be_set_from_a_manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A manifest with all that the page names, applied under the page's prefix, is held as it was declared."""
    spec: dict[str, Any] = {}
    for path, value in PAGE["fields"].items():
        spec = replace_at(spec, parse_path(path), value)
    _named_by_the_examples(spec)
    monkeypatch.setenv("SANDBOX_TOKEN", "sandbox")
    with app.running(app.Options(seeds={"openwebui": {"Group": [GROUP]}})) as (url, sandbox):
        applied = _apply(tmp_path, url, spec)
        assert [outcome.status for outcome in applied.outcomes] == [Status.DONE]
        (group,) = ask(sandbox, "GET", f"{V1}/groups/").json()
        held = ask(sandbox, "GET", f"{SYSTEM}/api/models/model?id={spec['id']}").json()
    grants = [
        {**grant, "access_id": group["id"]} if grant["access_id"] == GROUP["name"] else grant
        for grant in spec["access_grants"]
    ]
    assert {key: held[key] for key in spec} == {**spec, "access_grants": grants}


def _named_by_the_examples(spec: dict[str, Any]) -> None:
    """The fields are all those that the page's requests have."""
    for example in PAGE["examples"].values():
        assert set(example["request"]) == set(spec)
        assert set(example["request"]["meta"]) <= set(spec["meta"])
        assert set(example["request"]["params"]) <= set(spec["params"])


def _apply(folder: Path, url: str, spec: dict[str, Any]) -> engine.Applied:
    auth = {"bearer": {"env": "SANDBOX_TOKEN"}}
    target = {"system": "openwebui", "url": url + SYSTEM, "prefix": "/api", "auth": auth}
    document = {"apiVersion": "openwebui/v1", "kind": "Model", "metadata": {"name": "page"}, "spec": spec}
    (folder / "manifests").mkdir()
    (folder / "manifests" / "page.yaml").write_text(json.dumps(document))
    (folder / "reconciler.yaml").write_text(json.dumps({"apiVersion": "reconciler/v1", "targets": {"page": target}}))
    return asyncio.run(engine.apply_plan(settings.load(folder / "reconciler.yaml"), Request(), confirm=lambda _: True))
