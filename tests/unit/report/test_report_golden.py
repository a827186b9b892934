"""Every format of every document, as it was agreed: the files in `golden/`.

Run with `--accept` to write what was found as what is expected, then read the diff.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconciler import __version__
from reconciler.report.formats import EVERYTHING, FINDINGS, FORMATS
from reconciler.report.view import Facts, Graph

from .samples import documents

GOLDEN = Path(__file__).with_name("golden")
ENDINGS = {"markdown": "md", "html": "html", "junit": "xml", "sarif": "sarif", "github": "txt"}
DOCUMENTS = documents()
CASES = [
    (name, form)
    for name, (document, _) in DOCUMENTS.items()
    for form in ENDINGS
    if form in (EVERYTHING if isinstance(document, (Graph, Facts)) else FINDINGS)
]


@pytest.mark.parametrize(("name", "form"), CASES)
def test_as_agreed(name: str, form: str, pytestconfig: pytest.Config) -> None:
    path = GOLDEN / f"{name}.{ENDINGS[form]}"
    found = filtered(FORMATS[form](*DOCUMENTS[name]))
    if pytestconfig.getoption("--accept"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


def filtered(text: str) -> str:
    """Leave out what is in files of its own already, and the version."""
    text = re.sub(r"(<style>).*?(</style>)", r"\1\2", text, flags=re.DOTALL)
    text = re.sub(r"(<script>).*?(</script>)", r"\1\2", text, flags=re.DOTALL)
    text = re.sub(r"sha256-[A-Za-z0-9+/=]+", "sha256", text)
    return text.replace(__version__, "VERSION")


def test_nothing_else_is_agreed() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {f"{name}.{ENDINGS[form]}" for name, form in CASES}
