"""Good inputs to begin from: the project's own examples and schemas, and what an apply of one leaves behind.

Takes nothing, gives bytes, target by target.
"""

from __future__ import annotations

import json
from pathlib import Path

from reconciler.inventory import codec
from reconciler.model import Action, Address, Change, Diagnostic, DriftItem, Operation, Plan, Source
from reconciler.planning import planfile
from reconciler.report import view
from reconciler.report.about import PLAN
from reconciler.report.formats import FORMATS
from tests.fuzz.files import ENDING, HERE, OVERLAY
from tests.fuzz.mutate import SECRET
from tests.fuzz.scenes import recorded
from tests.unit.manifests.test_manifest_fast_yaml import FRAMES, PLAIN

_ROOT = Path(__file__).parents[2]
_SETTINGS = """\
apiVersion: reconciler/v1
manifests: [manifests, more]
overlays: [overlays/prod]
inventory: {store: postgres, path: a, url: {env: DATABASE}}
targets:
  chat: {system: openwebui, url: "https://chat.example.com", prefix: /api/v1, auth: {bearer: {command: [pass, show]}}}
  flags:
    system: launchdarkly
    url: https://app.example.com
    project: default
    auth: {header: {name: Authorization, value: {file: token}}}
    account: {id: "1"}
    concurrency: 8
    requests_per_second: 2.5
    timeout: 10
  agents: {system: xagent, url: "http://127.0.0.1:8000", auth: {login: {username: admin, password: {env: P}}}}
limits: {deletes: 10%, updates: 33.3 %}
"""


def _files(pattern: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted(_ROOT.glob(pattern))]


def yaml() -> list[bytes]:
    """Manifests, and files of every odd form."""
    frames = [frame.format("x").encode() for frame in FRAMES]
    return [*_files("examples/*/manifests/*.yaml"), *frames, PLAIN.encode(), f"{PLAIN}---\n{PLAIN}".encode()]


def settings() -> list[bytes]:
    """Settings; some with a secret where none may stand."""
    literal = _SETTINGS.replace("{command: [pass, show]}", SECRET)
    buckets = [
        _SETTINGS.replace("{store: postgres, path: a, url: {env: DATABASE}}", one)
        for one in (
            "{store: s3, path: b/p, endpoint: 'https://s3.example.com', region: x}",
            "{store: git, remote: origin}",
        )
    ]
    named = literal.replace("https://chat", f"https://me:{SECRET}@chat")
    return [*_files("examples/*/reconciler.yaml"), *(text.encode() for text in (_SETTINGS, literal, named, *buckets))]


def manifests() -> list[bytes]:
    """Manifests of every kind, some with overlays and every word of the envelope."""
    folders = sorted(path.parent for path in _ROOT.glob("examples/*/reconciler.yaml"))
    whole = [b"---\n".join(_files(f"examples/{folder.name}/manifests/*.yaml")) for folder in folders]
    overlay = b"apiVersion: openwebui/v1\nkind: Group\nmetadata: {name: g}\nspec: {description: b}\n"
    base = b"""\
apiVersion: openwebui/v1
kind: Group
metadata:
  name: g
  labels: {team: a}
  dependsOn: [Group/h]
  previousNames: [old]
  lifecycle: {protect: true, onRemove: orphan, ignore: [{path: description, reason: r, until: 2026-01-01}]}
spec: {description: a}
---
apiVersion: openwebui/v1
kind: Group
metadata: {name: h, target: openwebui}
spec: {name: H}
"""
    return [base + OVERLAY + overlay, *whole, *_files("examples/*/manifests/*.yaml")]


def plan() -> list[bytes]:
    """Plans with every word that a plan has."""
    return [planfile.dump(made) for made in (_plan(), Plan())]


def _plan() -> Plan:
    operations = tuple(
        Operation(
            action,
            Address("chat", "Model", f"m{number}"),
            "manifest changed",
            (
                Change("params.system", "a\nb", "a\nc"),
                Change("meta.tags[name=x].name", [1, None], {"a": 1.5}, removed=True),
                Change("key", "(sensitive)", "(sensitive, changed)", sensitive=True, replaces=True),
            ),
            (Address("chat", "Group", "g"),),
            Source("manifests/a.yaml", 2, 3),
            "id-1",
            "7",
            "ab",
        )
        for number, action in enumerate(Action)
    )
    drift = DriftItem(
        Address("chat", "Group", "g"), "name", "conflict", "a", None, "ab12", changed_at="2026-01-01T00:00:00Z"
    )
    return Plan(
        operations,
        3,
        (drift,),
        (Diagnostic("warning", "s", "d", "h", drift.address, Source("a.yaml", 1, 1), "code", "spec.x"),),
        inventory_id="id-1",
        inventory_serial=3,
        accounts={"chat": "https://chat.example.com 1"},
        unmanaged=(Address("chat", "Tool", "t"),),
        created="2026-01-01T00:00:00+00:00",
        expires="2026-01-02T00:00:00+00:00",
        fields={"drift": 1, "pending": 2},
    )


def receipt() -> list[bytes]:
    """The receipts of an apply, each with its ending."""
    found = []
    for folder in (recorded("openwebui").settings.root, recorded("openwebui").settings.root / "elsewhere"):
        kept = sorted(path for path in (folder / ".reconciler").rglob("*") if path.is_file())
        receipts = [path.read_bytes() for path in kept if b"reconciler-receipt/1" in path.read_bytes()[-200:]]
        endings = [path.read_bytes() for path in kept if b"reconciler-receipt-ending/1" in path.read_bytes()[-200:]]
        assert receipts, kept
        found += receipts + [one + ENDING + end for one, end in zip(receipts, endings, strict=False)]
    return found


def inventory() -> list[bytes]:
    """The inventories that an apply leaves, and an empty one."""
    whole = (recorded("openwebui").settings.root / ".reconciler" / "inventory.json").read_bytes()
    full = codec.decode(whole, "f")
    few = dict(list(full.entries.items())[:4])
    small = codec.encode(type(full)(full.id, full.salt, full.serial, few))
    return [small, whole, codec.encode(type(full)("id-1", "00ff" * 16, 0, {}))]


def journal() -> list[bytes]:
    """A journal of some entries, and of one that is no longer ours."""
    full = codec.decode(inventory()[1], "f")
    head = codec.encode_head(type(full)("id-1", "00ff" * 16, 3, {}))
    lines = [codec.encode_record(address, entry) for address, entry in list(full.entries.items())[:5]]
    gone = codec.encode_record(next(iter(full.entries)), None)
    return [head + b"".join(lines) + gone, head, head + gone + lines[0][:30]]


def lock() -> list[bytes]:
    """A lock, as a blob and as a file say it."""
    held = {"owner": {"user": "u", "host": "h", "pid": 7}, "since": 1.5e9}
    claims = [
        {"held": held, "job": "", "mark": f"{HERE.decode()} {pid} 99", "token": "t"} for pid in ("7", "999999", "x")
    ]
    return [json.dumps(one).encode() for one in (*claims, held)]


def baseline() -> list[bytes]:
    """What `drift` writes as JSON."""
    return [FORMATS["json"](view.of_drift(_plan()), PLAN).encode()]


def schema() -> list[bytes]:
    """The schemas of all kinds."""
    return sorted(_files("schemas/*/[A-Z]*.json"), key=len)
