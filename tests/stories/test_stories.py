"""Plays every story in this folder: manifests and acts behind our back in, plan and outcome as text out.

A story is a list of steps. A step may replace all manifests (`manifests`), set the environment (`env`), act on the
server (`server`: put, renumber, set, drop; `odd`), say what a person says yes to (`request`), and expects `plan`,
`apply` and `drift` as text. After an apply the next plan must be empty, unless the step says `then: <plan>`.

Run with `--accept` to write what was found as what is expected, then read the diff.
"""

from __future__ import annotations

import asyncio
import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler import engine, settings
from reconciler.errors import DiagnosticsError, ReconcilerError
from reconciler.model import Consent, Plan, Request, Selection
from reconciler.report import human, view
from tests.tiny import provider as tiny

STORIES = sorted(Path(__file__).parent.glob("*.yaml"))
SETTINGS = """\
apiVersion: reconciler/v1
targets:
  t: {system: tiny, url: "http://127.0.0.1:9"}
"""


@pytest.mark.parametrize("path", STORIES, ids=[path.stem for path in STORIES])
def test_story(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config) -> None:
    story = yaml.safe_load(path.read_text())
    server = tiny.Server()
    monkeypatch.setitem(tiny.SERVERS, "http://127.0.0.1:9", server)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reconciler.yaml").write_text(SETTINGS)
    (tmp_path / "manifests").mkdir()
    found = []
    for step in story["steps"]:
        for name, value in step.get("env", {}).items():
            monkeypatch.setenv(name, value) if value is not None else monkeypatch.delenv(name, raising=False)
        found.append({**step, **play(step, server, tmp_path)})
    if pytestconfig.getoption("--accept"):
        path.write_text(write({**story, "steps": found}))
    assert found == story["steps"]


def play(step: dict[str, Any], server: tiny.Server, folder: Path) -> dict[str, Any]:
    """Carry out one step; gives the texts that it led to."""
    if "manifests" in step:
        (folder / "manifests" / "all.yaml").write_text(whole(step["manifests"]))
    act(step.get("server", {}), server)
    request = request_of(step.get("request", {}))
    if "inventory" in step:
        (folder / ".reconciler" / "inventory.json").unlink()
    config = settings.load(folder / "reconciler.yaml")
    found: dict[str, Any] = {}
    if "plan" in step:
        found["plan"] = text_of(lambda: asyncio.run(engine.make_plan(config, request)))
    if "drift" in step:
        found["drift"] = text_of(lambda: asyncio.run(engine.find_drift(config, request)), view.of_drift)
    if "apply" in step:
        found["apply"] = applied_text(config, request)
        server.odd = tiny.Oddities() if not step.get("stays_odd") else server.odd
        after = text_of(lambda: asyncio.run(engine.make_plan(config, Request())))
        if "then" in step or not after.endswith("Plan: 0 to create, 0 to update, 0 to replace, 0 to delete.\n"):
            found["then"] = after
    if "calls" in step:
        found["calls"] = [call for call in server.calls if not call.startswith("fetch")]
    if "holds" in step:
        found["holds"] = {kind: copy.deepcopy(list(held.values())) for kind, held in server.objects.items() if held}
    server.calls.clear()
    return found


def act(acts: dict[str, Any], server: tiny.Server) -> None:
    """Change what the server holds, or how it behaves, behind Reconciler's back."""
    for kind, bodies in acts.get("put", {}).items():
        for body in bodies:
            server.put(kind, body)
    for kind, ids in acts.get("renumber", {}).items():
        for old, new in ids.items():
            server.objects[kind][new] = server.objects[kind].pop(old)
    for kind, changes in acts.get("set", {}).items():
        for key, change in changes.items():
            server.objects[kind][key].update(change)
    for kind, keys in acts.get("drop", {}).items():
        for key in keys:
            del server.objects[kind][key]
    odd = acts.get("odd", {})
    server.odd.ignores = tuple(odd.get("ignores", ()))
    server.odd.hides = tuple(odd.get("hides", ()))
    server.odd.inherits = odd.get("inherits", {})
    server.odd.chooses = odd.get("chooses", {})
    server.odd.keeps_deleted = odd.get("keeps_deleted", False)
    for verb in odd.get("lost_before", ()):
        server.odd.errors.setdefault(verb, []).append(tiny.lost_answer(verb))
    for verb in odd.get("lost_after", ()):
        server.odd.after.setdefault(verb, []).append(tiny.lost_answer(verb))
    for verb, text in odd.get("refuses", {}).items():
        server.odd.errors.setdefault(verb, []).append(tiny.refusal(text))


def request_of(said: dict[str, Any]) -> Request:
    """Give what a person asked for."""
    chosen = {name: tuple(said.get(name, ())) for name in ("targets", "kinds", "names", "labels", "exclude")}
    consent = Consent(said.get("adopt", False), said.get("deletes"), said.get("updates"))
    return Request(
        Selection(**chosen), consent, destroy=said.get("destroy", False), show_unmanaged=said.get("unmanaged", False)
    )


def text_of(make: Any, view_of: Any = view.of_plan) -> str:
    try:
        plan: Plan = make()
    except ReconcilerError as error:
        return error_text(error)
    return human.render(view_of(plan))


def applied_text(config: settings.Settings, request: Request) -> str:
    try:
        applied = asyncio.run(engine.apply_plan(config, request))
    except ReconcilerError as error:
        return error_text(error)
    if not applied.confirmed:
        return "refused\n"
    lines = [f"{o.status.value} {o.action.value} {o.address} {o.error}".rstrip() for o in applied.outcomes]
    lines += [f"  left: {c.path} {c.before!r} -> {c.after!r}" for o in applied.outcomes for c in o.left]
    return "".join(line + "\n" for line in lines) or "nothing\n"


def error_text(error: ReconcilerError) -> str:
    found = error.diagnostics if isinstance(error, DiagnosticsError) else ()
    lines = [f"{type(error).__name__}: {error.message}"]
    lines += [f"  {d.source}: {d.summary} | {d.hint}" for d in found]
    return "\n".join(lines) + "\n"


def whole(manifests: str) -> str:
    """Manifests of stories leave out the first line, which is always the same."""
    documents = [text.strip("\n") for text in manifests.split("---\n")]
    return "---\n".join(f"apiVersion: tiny/v1\n{text}\n" for text in documents if text)


class Text(yaml.SafeDumper):
    """Writes texts of several lines as they are."""

    def ignore_aliases(self, data: Any) -> bool:
        """Say everything in full, wherever it stands."""
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


Text.add_representer(str, _text)


def write(story: dict[str, Any]) -> str:
    return yaml.dump(story, Dumper=Text, sort_keys=False, allow_unicode=True, width=1000)
