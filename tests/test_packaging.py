"""The wheel is whole and built the same everywhere: beside its pins, it finds its schemas from any folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from reconciler.pipelines import FILES
from requirements.sbom import install

ROOT = Path(__file__).parents[1]
BUILT_FROM = ("reconciler", "schemas", ".gitignore", "README.md", "CHANGELOG.md", "pyproject.toml")


def build(source: Path, folder: Path) -> dict[str, Path]:
    """Build as `make dist` does; gives the files by how their names end."""
    command = [sys.executable, "-m", "build", "--quiet", "--no-isolation", "--outdir", str(folder), str(source)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
    subprocess.run(command, check=True, capture_output=True, env=environment)
    return {path.suffix: path for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return build(ROOT, tmp_path_factory.mktemp("dist"))


def test_the_wheel_holds_schemas_and_no_tests(built: dict[str, Path]) -> None:
    names = zipfile.ZipFile(built[".whl"]).namelist()
    assert "reconciler/schemas/openwebui/Model.json" in names
    assert "reconciler/schemas/meta.json" in names
    assert {f"reconciler/report/page/page.{end}" for end in ("css", "html.jinja", "js")} <= set(names)
    assert {f"reconciler/pipelines/{name}" for pipelines in FILES.values() for name in pipelines.values()} <= set(names)
    assert not [name for name in names if name.startswith(("tests", "benchmarks", "requirements", "schemas/"))]


def test_another_checkout_at_another_time_gives_the_same_bytes(built: dict[str, Path], tmp_path: Path) -> None:
    source = tmp_path / "elsewhere"
    source.mkdir()
    for name in BUILT_FROM:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, copy_function=shutil.copy)  # not their times
        else:
            shutil.copy(ROOT / name, source / name)
    again = build(source, tmp_path / "dist")
    assert sorted(built) == [".gz", ".whl"]
    assert {end: path.name for end, path in again.items()} == {end: path.name for end, path in built.items()}
    assert [end for end in built if again[end].read_bytes() != built[end].read_bytes()] == []


def test_beside_what_is_pinned_it_lists_the_kinds_from_an_empty_folder(built: dict[str, Path], tmp_path: Path) -> None:
    """With every extra; nothing that it needs is left out of `requirements/runtime.txt`."""
    python = install(tmp_path / "env")
    uv = [sys.executable, "-m", "uv", "pip"]
    wheel = f"{built['.whl']}[bucket,notify,postgres,sandbox]"
    subprocess.run([*uv, "install", "--quiet", "--offline", "--python", str(python), "--no-deps", wheel], check=True)
    subprocess.run([*uv, "check", "--quiet", "--python", str(python)], check=True)
    (tmp_path / "empty").mkdir()
    command = [str(python.parent / "reconciler"), "schema", "list"]
    done = subprocess.run(command, cwd=tmp_path / "empty", capture_output=True, text=True, check=True)
    assert "openwebui/Model" in done.stdout
    assert list((tmp_path / "empty").iterdir()) == []
