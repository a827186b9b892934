"""`drift` at the command line: exit codes, baselines, metrics, notices, accepting; and `--only-drift`, `--since`."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import jsonschema
import pytest
from prometheus_client.parser import text_string_to_metric_families

from reconciler.cli import drifting, notices
from tests.unit.cli.conftest import ROOT, Run, Sandbox, write_group

SCHEMA = json.loads((ROOT / "schemas" / "output.json").read_text())
URL = "/openwebui/api/v1/groups"


@pytest.fixture
def applied(cli: Run, sandbox: Sandbox) -> Sandbox:
    """A group that is applied."""
    assert cli("apply", "--yes").code == 0
    return sandbox


def by_hand(sandbox: Sandbox, description: str) -> None:
    """Change the group behind the back of the command line."""
    (group,) = sandbox.call("GET", f"{URL}/")  # type: ignore[misc]
    sandbox.call("POST", f"{URL}/id/{group['id']}/update", {**group, "description": description})


def asked(cli: Run, *args: str) -> dict[str, object]:
    document = json.loads(cli("drift", "-o", "json", *args).out)
    jsonschema.validate(document, SCHEMA)
    return dict(document)


def test_a_nightly_job_shouts_once(cli: Run, applied: Sandbox) -> None:
    assert cli("drift").out == "Drift: none.\n"
    by_hand(applied, "by hand")
    first = cli("drift", "--write", "json=baseline.json", "--metrics", "drift.prom")
    assert first.code == 2
    assert "last written 20" in first.out
    again = cli("drift", "--baseline", "baseline.json")
    assert (again.code, again.out.splitlines()[-1]) == (
        0,
        "Drift: 1 field of 1 object moved outside git (0 new, 1 known).",
    )
    by_hand(applied, "by hand again")
    document = asked(cli, "--baseline", "baseline.json", "--confirm", "1")
    assert [row["standing"] for row in document["drift"]] == ["new"]  # type: ignore[attr-defined]
    assert document["classes"] == {"pending": 0, "drift": 1, "conflict": 0, "converged": 1, "unseen": 0}
    assert len(document["resolved"]) == 1  # type: ignore[arg-type]
    by_hand(applied, "People who write code")
    resolved = cli("drift", "--baseline", "baseline.json")
    assert (resolved.code, "resolved openwebui/Group/developers   description" in resolved.out) == (0, True)


def samples(path: str) -> dict[str, float]:
    """What Prometheus reads."""
    families = text_string_to_metric_families(Path(path).read_text())
    return {
        f"{s.name}{sorted(s.labels.items()) if s.labels else ''}": s.value
        for family in families
        for s in family.samples
    }


def test_prometheus_reads_the_metrics(cli: Run, applied: Sandbox) -> None:
    by_hand(applied, "by hand")
    assert cli("drift", "--metrics", "drift.prom").code == 2
    found = samples("drift.prom")
    assert found.pop("reconciler_drift_last_run_timestamp_seconds") > 1_700_000_000
    assert found.pop("reconciler_drift_fields[('class', 'drift'), ('kind', 'Group'), ('target', 'openwebui')]") == 1
    assert found["reconciler_drift_new_fields"] == found["reconciler_drift_complete"] == 1
    assert found["reconciler_target_read[('target', 'openwebui')]"] == 1
    applied.faults("500:/groups")
    assert cli("drift", "--metrics", "drift.prom").code == 8
    found = samples("drift.prom")
    assert found["reconciler_drift_complete"] == found["reconciler_target_read[('target', 'openwebui')]"] == 0


def test_metrics_that_cannot_be_written_are_told_after_the_drift(cli: Run, applied: Sandbox) -> None:
    ran = cli("drift", "--metrics", "/dev/full")
    assert (ran.code, ran.out) == (1, "Drift: none.\n")
    assert "No space left" in ran.err


class Receiver(HTTPServer):
    """A service that is notified."""

    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"json://user:c4nary-pass@127.0.0.1:{self.server_port}/c4nary-path"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bodies.append(json.loads(body))  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base's name)
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_notice_says_what_moved_and_no_value(cli: Run, applied: Sandbox, receiver: Receiver) -> None:
    assert cli("drift", "--notify", receiver.url).code == 0
    assert receiver.bodies == []
    by_hand(applied, "by c4nary hand")
    ran = cli("drift", "--notify", receiver.url)
    assert (ran.code, ran.err) == (2, f"{drifting.ANSWERS}\n")
    (body,) = receiver.bodies
    assert body["title"] == "Drift: 1 field of 1 object moved outside git."
    assert body["message"] == "openwebui/Group/developers description"


@pytest.mark.parametrize("case", ["refused", "unreachable", "no-such-scheme", "not-installed"])
def test_a_notice_that_fails_is_a_warning_and_hides_nothing(
    case: str, cli: Run, applied: Sandbox, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand(applied, "by hand")
    receiver.status = 500
    urls = {"unreachable": "json://127.0.0.1:9/c4nary", "no-such-scheme": "c4nary://c4nary"}
    if case == "not-installed":
        monkeypatch.setitem(__import__("sys").modules, "apprise", None)
    monkeypatch.setenv("RECONCILER_NOTIFY", urls.get(case, receiver.url))
    ran = cli("drift", "-o", "json", "--write", "markdown=report.md")
    document = json.loads(ran.out)
    assert (ran.code, len(document["drift"])) == (2, 1)
    assert [d["code"] for d in document["diagnostics"]] == ["notify.failed"]
    assert "warning: the notice could not be sent: " in ran.err
    assert (notices.INSTALL in ran.err) == (case == "not-installed")
    assert "c4nary" not in ran.out + ran.err + Path("report.md").read_text()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "cannot read the baseline baseline.json"),
        ("no json", "it is not JSON"),
        ("[]", "it is not what `drift` writes"),
        ('{"format_version": "2.0", "drift": [], "classes": {}}', "it is not what `drift` writes"),
        ('{"format_version": "1.1", "drift": [], "classes": {}, "error": {}}', "the run that wrote it failed"),
        ('{"format_version": "1.1", "drift": [{}], "classes": {}}', "has no fingerprint"),
        ('{"format_version": "1.1", "drift": [{"address": 1}], "classes": {}}', "has no fingerprint"),
    ],
)
def test_what_is_no_baseline_is_refused(cli: Run, sandbox: Sandbox, text: str | None, words: str) -> None:
    if text is not None:
        Path("baseline.json").write_text(text)
    ran = cli("drift", "--baseline", "baseline.json")
    assert (ran.code, words in ran.err, "--write json=FILE" in ran.err) == (3, True, True)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--patch"], "--patch goes with --accept"),
        (["--accept", "--rev", "HEAD"], "leave --rev out"),
        (["--accept", "--confirm", "1"], "--accept takes no --confirm"),
        (["--accept", "--metrics", "m.prom"], "--accept takes no --metrics"),
        (["--accept", "--patch", "-o", "json"], "leave --output out"),
    ],
)
def test_options_that_say_nothing_together_are_refused(cli: Run, sandbox: Sandbox, args: list[str], words: str) -> None:
    ran = cli("drift", *args)
    assert (ran.code, words in ran.err + ran.out) == (3, True)


def test_accepting_edits_the_manifest_or_prints_a_patch(cli: Run, applied: Sandbox) -> None:
    git("init", "-q")
    by_hand(applied, "by hand")
    path = Path("manifests/developers.yaml")
    before = path.read_text()
    patch = cli("drift", "--accept", "--patch")
    assert (patch.code, path.read_text()) == (2, before)
    Path("drift.patch").write_text(patch.out)
    git("apply", "--check", "drift.patch")
    ran = cli("drift", "--accept", "-o", "json")
    document = json.loads(ran.out)
    jsonschema.validate(document, SCHEMA)
    assert (ran.code, document["files"]) == (0, [{"status": "edited", "path": "manifests/developers.yaml"}])
    assert path.read_text() == before.replace("People who write code", "by hand")
    assert cli("drift").code == 0
    assert cli("drift", "--accept").out == "Accepted: nothing.\n"


def test_nothing_costly_is_imported_before_it_is_used() -> None:
    code = "import sys, reconciler.cli.drift; sys.exit(bool({'apprise', 'yaml', 'httpx'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_only_drift_puts_back_what_was_clicked(cli: Run, applied: Sandbox) -> None:
    by_hand(applied, "by hand")
    write_group(Path(), "newcomers", "New")
    ran = cli("apply", "--only-drift", "--yes")
    assert (ran.code, "newcomers" in ran.out) == (0, False)
    (group,) = applied.call("GET", f"{URL}/")  # type: ignore[misc]
    assert group["description"] == "People who write code"


def git(*args: str) -> None:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    subprocess.run(["git", *who, *args], check=True, capture_output=True)


def commit(message: str) -> None:
    git("add", "-A", "manifests")
    git("commit", "-qm", message)


def test_since_limits_a_run_to_what_a_branch_changed(cli: Run, applied: Sandbox) -> None:
    git("init", "-q", "-b", "main")
    write_group(Path(), "leavers", "Old")
    assert cli("apply", "--yes").code == 0
    commit("main")
    git("checkout", "-q", "-b", "change")
    Path("manifests/leavers.yaml").unlink()
    write_group(Path(), "newcomers", "New")
    commit("change")
    git("checkout", "-q", "main")
    write_group(Path(), "developers", "Somebody else's change")
    commit("main moves on")
    git("checkout", "-q", "change")
    document = json.loads(cli("plan", "--since", "main", "-o", "json", "--out", "p.plan", "--allow-deletes", "5").out)
    jsonschema.validate(document, SCHEMA)
    found = [(o["action"], o["address"]) for o in document["operations"]]
    assert found == [("delete", "openwebui/Group/leavers"), ("create", "openwebui/Group/newcomers")]
    assert document["origin"]["limited"] == ["--since main"]
    assert cli("apply", "p.plan").code == 0
    assert cli("plan", "--since", "HEAD").out.splitlines()[-1].startswith("Plan: 0 to create, 0 to update")


@pytest.mark.parametrize("rev", ["--output=stolen", "nowhere", ""])
def test_since_takes_revisions_and_nothing_else(cli: Run, sandbox: Sandbox, rev: str) -> None:
    git("init", "-q")
    commit("all")
    ran = cli("plan", f"--since={rev}")
    assert (ran.code, "--since" in ran.err) == (3, True)
    assert not Path("stolen").exists()


def test_since_needs_git_and_a_common_commit(cli: Run, sandbox: Sandbox) -> None:
    assert "is in no git work tree" in cli("plan", "--since", "main").err
    git("init", "-q", "-b", "main")
    commit("all")
    git("checkout", "-q", "--orphan", "other")
    commit("begun anew")
    ran = cli("plan", "--since", "main")
    assert (ran.code, "no common commit" in ran.err) == (3, True)
