"""The readers of files as targets: the bytes of a file in, what the product makes of it and shows of it out.

Each `read_*` goes as far as the command that reads such a file: what was read is checked, shown and written again.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from reconciler import engine, history, manifests, schema, settings, survey
from reconciler.cli.baselines import read_baseline as baseline_of
from reconciler.errors import ManifestError, ReconcilerError, Unreadable
from reconciler.inventory import claim, codec, holder, replay
from reconciler.inventory.lock import FileLock
from reconciler.manifests import strict, yaml
from reconciler.model import Inventory, Plan
from reconciler.planning import baseline, planfile, receiptfile, rollback
from reconciler.planning.receipts import Ending, Receipt, Record
from reconciler.planning.saved import require_fresh
from reconciler.redact import UNKEYED, digest
from reconciler.report import view
from reconciler.report.about import PLAN
from reconciler.report.formats import FORMATS
from reconciler.schema import files
from reconciler.schema.compile import compile_kind
from reconciler.schema.vocabulary import check_file
from reconciler.settings import Settings
from tests.fuzz.mutate import SECRET

EXAMPLES = Path(__file__).parents[2] / "examples"
OVERLAY = b"\n#--- overlay ---\n"
"""Stands between a manifest and its overlay in one input."""
ENDING = b"\n#--- ending ---\n"
"""Stands between a receipt and its ending."""
HERE = b"HERE"
"""Stands in a lock for the boot and namespace of the machine that reads it."""
FILE = "the-file"

_SECRET_AS_SECRET = re.compile(rb"((?:bearer|password|value|url)\W{0,20}|me:)?" + SECRET.encode())
"""What is told of other places is no secret."""
_SHOWN = ("text", "json", "markdown", "junit", "sarif", "github")
_SAVED = Inventory("id-1", "00ff" * 16, 3, {})


@cache
def folder() -> Path:
    """Give a folder of this process's own."""
    return Path(mkdtemp(prefix="fuzz-files-"))


def written(data: bytes, *names: str) -> Path:
    """Write a file into that folder."""
    path = folder().joinpath(*names)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def read_yaml(data: bytes) -> None:
    """Read by both readers; the fast one takes nothing that the strict one does not, nor otherwise."""
    fast = yaml._parse_fast(data)
    try:
        slow = strict.parse(data, FILE)
    except ManifestError:
        assert fast is None, "the fast reader takes what the strict one refuses"
        with suppress(ManifestError):
            strict.parse_marked(data, FILE)
            raise AssertionError("only the reader without positions refuses it") from None
        raise
    assert fast is None or repr(fast) == repr(slow), "the two readers differ"
    for document, marks in strict.parse_marked(data, FILE):
        assert marks.values[()] == (document.line, document.column)


def read_settings(data: bytes) -> None:
    """Load a settings file."""
    elsewhere = _SECRET_AS_SECRET.sub(lambda found: found[0] if found[1] else b"x", data)
    settings.load(written(elsewhere, "settings", "reconciler.yaml"))


def read_plan(data: bytes) -> None:
    """Read a plan as it is; and its content under a digest that fits, which anybody can compute."""
    try:
        plan = planfile.parse(data, FILE)
    except ReconcilerError:
        plan = planfile.parse(_sealed(data), FILE)
    _show(plan)
    assert planfile.dump(planfile.parse(planfile.dump(plan), FILE)) == planfile.dump(plan)
    require_fresh(plan, plan, plan.created)


def _sealed(data: bytes) -> bytes:
    try:
        document = json.loads(data)
        sealed = {"format": planfile.FORMAT, "digest": digest(UNKEYED, document["plan"]), "plan": document["plan"]}
        return json.dumps(sealed).encode()
    except (ValueError, KeyError, TypeError, RecursionError):
        return data


def _show(plan: Plan) -> None:
    for shown in (view.of_plan(plan), view.of_drift(plan)):
        for form in _SHOWN:
            FORMATS[form](shown, PLAN)


def read_receipt(data: bytes) -> None:
    """Read a receipt and its ending, show them, and say what rolling back would want."""
    beginning, _, ending = data.partition(ENDING)
    receipt = receiptfile.parse(beginning, Receipt, FILE)
    record = Record("r", receipt, receiptfile.parse(ending, Ending, FILE) if ending else None)
    history.row(record)
    history.details(record)
    _show(history.plan_of(record))
    rollback.undo(record, _SAVED, survey.kinds().get, "")


def read_inventory(data: bytes) -> None:
    """Read an inventory; what was read is written so that it reads the same."""
    with suppress(Unreadable):
        codec.decode_head(data.split(b"\n")[0], lambda: data, FILE)
    found = codec.decode(data, FILE)
    assert codec.decode(codec.encode(found), FILE) == found


def read_journal(data: bytes) -> None:
    """Read a journal, and lay it over an inventory."""
    records = codec.decode_records(data, FILE)
    assert records.length <= len(data)
    base = replay.continued(records, _SAVED, FILE, FILE)
    found = replay.replayed(base.entries if base is not None else {}, records.entries)
    again = Inventory("id-1", _SAVED.salt, 4, found)
    assert codec.decode(codec.encode(again), FILE) == again


def read_lock(data: bytes) -> None:
    """Read who holds a lock, as a blob and as a file say it."""
    here = " ".join(holder.mark(os.getpid()).split(" ")[:2]).encode()
    data = data.replace(HERE, here)
    found = claim.decode_claim(data)
    if found is not None:
        holder.describe(found.held, time.time(), found.job)
        holder.is_alive(found.mark)
    lock = FileLock(written(data, "lock", "inventory.lock"), name=FILE)
    lock.remove()


def read_schema(data: bytes) -> None:
    """Check a kind's schema; one that is right is made into what editors read."""
    path = written(data, "schemas", "Wrong.json")
    if check_file(path):
        return
    kind = compile_kind(files.bundle(files.read(path), path))
    schema.compiled(kind)({"kind": "Wrong", "spec": {"name": 1}})


def read_baseline(data: bytes) -> None:
    """Read a baseline, and hold a plan against it."""
    baseline.against(Plan(), baseline_of(written(data, "baseline", "drift.json")), ())


def read_manifests(data: bytes) -> None:
    """Check a file of manifests and one of overlays."""
    base, _, overlay = data.partition(OVERLAY)
    written(base, "estate", "manifests", "a.yaml")
    written(overlay, "estate", "overlays", "b.yaml")
    desired = engine.check(_estate())
    for address, resource in desired.resources.items():
        manifests.locate(resource, ("name",), _estate().root)
        str(address)


@cache
def _estate() -> Settings:
    lines = ["apiVersion: reconciler/v1", "overlays: [overlays]", "targets:"]
    for system in schema.load_kinds().systems():
        own = " ".join(f"{s.name}: {s.example or 'x'}," for s in schema.target_settings(system).values() if s.required)
        lines.append(f"  {system}: {{system: {system}, {own} url: https://x.example, auth: {{bearer: {{env: X}}}}}}")
    path = written("\n".join(lines).encode(), "estate", "reconciler.yaml")
    for texts in EXAMPLES.glob("*/*/"):  # what manifests call `{file: prompts/..}`
        shutil.copytree(texts, path.parent / texts.name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.yaml"))
    return settings.load(path)
