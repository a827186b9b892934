from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from reconciler import manifests
from reconciler.manifests import parallel, yaml

COUNT = 2 * parallel.LEAST + 1


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    for number in range(COUNT):
        (tmp_path / f"{number:05}.yaml").write_text(f"a: {number}\nb: [1.5, null, ü]\n---\nc: {2**63}\n")
    return [str(file) for file in sorted(tmp_path.iterdir())]


def _parse(file: str) -> parallel.Documents:
    return yaml.parse(Path(file).read_bytes(), file)


def test_the_documents_are_those_of_one_process(files: list[str]) -> None:
    found = parallel.parse_most(files, _parse)
    assert found == {file: _parse(file) for file in files}


def test_what_is_wrong_is_left_to_the_caller(files: list[str]) -> None:
    wrong = files[:2]  # one of each share
    for file in wrong:
        Path(file).write_text("a: [\n")
    assert files[2:] == sorted(parallel.parse_most(files, _parse))


def test_a_helper_that_dies_is_made_up_for(files: list[str]) -> None:
    parent = os.getpid()

    def parse(file: str) -> parallel.Documents:
        if os.getpid() != parent:
            os._exit(9)
        return _parse(file)

    assert sorted(parallel.parse_most(files, parse)) == files[::2]


def test_few_files_one_processor_and_threads_are_no_case_for_it(
    files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert parallel.parse_most(files[: parallel.LEAST], _parse) == {}
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    assert parallel.parse_most(files, _parse) == {}
    monkeypatch.undo()
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert parallel.parse_most(files, _parse) == {}


def test_a_helpers_share_is_answered_through_the_pipe(files: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy of a process is not seen by whoever measures the coverage: its part runs here once."""
    answer, pipe = os.pipe()
    ends: list[int] = []
    monkeypatch.setattr(os, "_exit", ends.append)
    work = parallel._Work(_parse, parallel._pack_documents, parallel._unpack_documents)
    parallel._answer(files[:2], work, pipe)
    with os.fdopen(answer, "rb") as out:
        assert out.read().count(b"[[{") == 2
    assert ends == [0]


def test_manifests_come_in_order_and_mistakes_are_told(files: list[str], tmp_path: Path) -> None:
    Path(files[3]).write_text("a: [\n")
    loaded = manifests.load(tmp_path, (".",))
    assert [m.document.get("a") for m in loaded.manifests][::2] == [n for n in range(COUNT) if n != 3]
    assert [d.code for d in loaded.diagnostics] == ["manifest.yaml"]
