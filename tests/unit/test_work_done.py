"""What a run does not do: counted, as seconds depend on the machine."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from benchmarks import cases
from benchmarks.measure import environment, run
from reconciler.inventory.codec import encode_record
from reconciler.inventory.journal import RunJournal
from reconciler.model import Address, Entry, Inventory

EXPLAINING = ("deepdiff", "jsonschema", "pydantic", "yaml", "trio", "rich", "aiohttp")
"""What is for things that differ, that are wrong, or that a plan without changes does not do."""


def imported_by(folder: Path, *words: str) -> set[str]:
    """Give the names of all modules that a command line imports."""
    code = "import sys; from reconciler.cli.app import run; code = run(sys.argv[1:]); "
    code += "print(*sys.modules, file=sys.stderr); sys.exit(code)"
    command = [sys.executable, "-c", code, *words]
    done = subprocess.run(command, env=environment(), cwd=folder, capture_output=True, text=True, check=True)
    return set(done.stderr.splitlines()[-1].split())


def test_a_plan_of_what_is_equal_explains_nothing_and_asks_for_lists_alone(tmp_path: Path) -> None:
    with cases.peer(0.0) as url:
        cases.make_estate(20, tmp_path, url)
        run(cases.reconciler(tmp_path, "apply", "--yes"))
        cases.ask(url, "page")
        cases.ask(url, "counts")
        modules = imported_by(tmp_path, "plan")
        assert not modules & set(EXPLAINING)
        assert sum(cases.ask(url, "counts").values()) == 3


def test_the_version_is_told_by_next_to_nothing(tmp_path: Path) -> None:
    modules = imported_by(tmp_path, "--version")
    ours = {name for name in modules if name.split(".")[0] == "reconciler"}
    assert ours == {"reconciler", *(f"reconciler.cli{name}" for name in ("", ".app", ".session", ".verb"))}
    assert "asyncio" not in modules


class Counted:
    """Counts the bytes of a journal."""

    def __init__(self) -> None:
        self.written = 0

    def append(self, lines: bytes) -> None:
        self.written += len(lines)

    def close(self) -> None:
        """Nothing is open."""


def test_a_record_is_as_long_however_much_is_ours() -> None:
    one = Address("chat", "Model", "one")
    entry = Entry(one, "openwebui", "one", ("one",), applied={"name": "0" * 32})
    for size in (0, 1000):
        others = [Address("chat", "Model", f"m{number}") for number in range(size)]
        owned = {address: Entry(address, "openwebui", address.name, (address.name,)) for address in others}
        lines = Counted()
        journal = RunJournal(Inventory("id", "00", 1, owned), lines, name="journal")
        asyncio.run(journal.record(one, entry))
        assert lines.written == len(encode_record(one, entry))
