"""The wheel is whole: installed into an empty environment, it finds its schemas from any folder."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from reconciler.pipelines import FILES

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (found,) = folder.glob("*.whl")
    return found


def test_the_wheel_holds_schemas_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "reconciler/schemas/openwebui/Model.json" in names
    assert "reconciler/schemas/meta.json" in names
    assert {f"reconciler/report/page/page.{end}" for end in ("css", "html.jinja", "js")} <= set(names)
    assert {f"reconciler/pipelines/{name}" for pipelines in FILES.values() for name in pipelines.values()} <= set(names)
    assert not [name for name in names if name.startswith(("tests", "benchmarks", "schemas/"))]


def test_an_empty_environment_lists_the_kinds_from_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--only-binary", ":all:", f"{wheel}[sandbox]"]
    subprocess.run(install, check=True, capture_output=True)
    (tmp_path / "empty").mkdir()
    command = [str(tmp_path / "env" / "bin" / "reconciler"), "schema", "list"]
    done = subprocess.run(command, cwd=tmp_path / "empty", capture_output=True, text=True, check=True)
    assert "openwebui/Model" in done.stdout
    assert list((tmp_path / "empty").iterdir()) == []
