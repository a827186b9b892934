"""Lists what the package needs at run time, in CycloneDX: `python -m requirements.sbom FILE`.

Takes `runtime.txt` beside it, gives a file: the same bytes for the same pins, Python and system. It lists the package's
extras too, since each is somebody's run time. Never touches the environment that it runs in.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from reconciler import __version__

PINS = Path(__file__).parent / "runtime.txt"
PROJECT = PINS.parents[1] / "pyproject.toml"


def install(folder: Path) -> Path:
    """Make a virtual environment that holds what is pinned and nothing else; give its interpreter."""
    uv, python = [sys.executable, "-m", "uv"], folder / "bin" / "python"
    subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True)
    pinned = ["--no-deps", "--require-hashes", "--requirement", str(PINS)]
    subprocess.run([*uv, "pip", "install", "--quiet", "--python", str(python), *pinned], check=True)
    return python


def write(python: Path, out: Path, *, validated: bool = True) -> None:
    """Write the list of an environment."""
    options = ["--output-reproducible", "--of", "JSON", "--validate" if validated else "--no-validate"]
    line = [sys.executable, "-m", "cyclonedx_py", "environment", "--pyproject", str(PROJECT), *options]
    done = subprocess.run([*line, str(python)], check=True, stdout=subprocess.PIPE)
    found = json.loads(done.stdout)
    found["metadata"]["component"]["version"] = __version__  # pyproject.toml leaves it to the package
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        write(install(Path(made)), Path(sys.argv[1]))
