"""The quick reader of settings says what the thorough one says, or nothing at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import SettingsError
from reconciler.settings import usual
from reconciler.settings.problems import require_right
from reconciler.settings.values import Settings

SECRETS = st.sampled_from(
    [{"env": "TOKEN"}, {"file": "../token"}, {"command": ["pass", "x"]}, {"env": ""}, {"env": 1}, {}, "literal"]
)
AUTHS = st.one_of(
    st.fixed_dictionaries({"bearer": SECRETS}),
    st.fixed_dictionaries({"header": st.fixed_dictionaries({"name": st.just("X-Key"), "value": SECRETS})}),
    st.sampled_from([None, {}, {"bearer": {"env": "A"}, "header": None}, {"bearer": {"env": "A", "file": "b"}}]),
)
URLS = [
    *("https://chat.example.com", "https://chat.example.com/", "https://chat.example.com/a/b", "http://localhost:8080"),
    *(
        "http://127.0.0.1:1",
        "http://chat.example.com",
        "https://a@b.example.com",
        "https://x.example.com?q=1",
        "ftp://x",
    ),
    *("https://x.example.com:99999", "https://x.example.com:0", "https://", "", 7, None, "https://X.example.com"),
    *("https://x..example.com", "https://-x.example.com", "https://x.example.com/a b", "https://x.example.com:59999/a"),
]
TARGETS = st.fixed_dictionaries(
    {"system": st.sampled_from(["openwebui", "launchdarkly", "xagent", "nowhere", 1]), "url": st.sampled_from(URLS)},
    optional={
        "auth": AUTHS,
        "prefix": st.sampled_from(["/api", "/api/", "api", "", "/a b", None]),
        "account": st.sampled_from([{"id": "a"}, {"id": ""}, {}, "a", None]),
        "concurrency": st.sampled_from([1, 8, 1000, 1001, 0, True, 8.0, "8", None]),
        "requests_per_second": st.sampled_from([1, 0, 0.5, 10, "1", True, None, 10**6]),
        "timeout": st.sampled_from([30, 0, 2.5, True]),
        "project": st.sampled_from(["default", "", 3]),
        "projects": st.just("default"),
    },
)
DOCUMENTS = st.fixed_dictionaries(
    {"apiVersion": st.sampled_from(["reconciler/v1", "reconciler/v1", "reconciler/v1", "reconciler/v2", None])},
    optional={
        "manifests": st.sampled_from([["manifests"], ["a", "b"], [], "a", [""], [1], None]),
        "overlays": st.sampled_from([["overlays"], [], "a", [""], None]),
        "inventory": st.fixed_dictionaries(
            {},
            optional={
                "store": st.sampled_from(["file", "git", "s3", "postgres", "paper", 1]),
                "path": st.sampled_from(["inventory", ".reconciler/inventory.json", "a/b", "", None]),
                "remote": st.sampled_from(["origin", "-x"]),
                "url": SECRETS,
            },
        ),
        "limits": st.dictionaries(
            st.sampled_from(["deletes", "updates", "others"]),
            st.sampled_from(["10%", "100%", "101%", "0%", "1.5%", "5 %", "10", 10, "\u0661%"]),
        ),
        "targets": st.dictionaries(st.sampled_from(["prod", "a.b-c", "-x", "", "x" * 101]), TARGETS, max_size=2),
        "more": st.just(1),
    },
)


def thorough(document: dict[str, Any]) -> Settings | None:
    """What pydantic and the rules beyond it say."""
    try:
        return require_right(document, b"a: 1\n", "reconciler.yaml").value(Path("/x"), "reconciler.yaml")
    except SettingsError:
        return None


@given(DOCUMENTS)
def test_what_it_gives_is_what_the_thorough_reader_gives(document: dict[str, Any]) -> None:
    quick = usual.read(document, Path("/x"), "reconciler.yaml")
    assert quick is None or quick == thorough(document)


BEARER = {"bearer": {"env": "TOKEN"}}
CHAT = {"system": "openwebui", "url": "https://chat.example.com", "auth": BEARER}
FLAGS = {"system": "launchdarkly", "url": "https://app.launchdarkly.com", "project": "default", "auth": BEARER}


@pytest.mark.parametrize(
    "said",
    [
        {"targets": {"chat": CHAT}},
        {"targets": {"chat": {**CHAT, "url": "http://127.0.0.1:5000", "concurrency": 4, "prefix": "/api/v1"}}},
        {"targets": {"flags": {**FLAGS, "account": {"id": "8a"}, "timeout": 10, "requests_per_second": 5}}},
        {"manifests": ["a"], "overlays": ["b"], "limits": {"deletes": "5%"}, "targets": {"chat": CHAT}},
        {"inventory": {"store": "git", "path": "inventory"}, "targets": {"chat": CHAT}},
        {
            "inventory": {"store": "file", "path": "x.json"},
            "targets": {"chat": {**CHAT, "auth": {"bearer": {"file": "t"}}}},
        },
    ],
)
def test_what_most_people_write_needs_no_pydantic(said: dict[str, Any]) -> None:
    document = {"apiVersion": "reconciler/v1", **said}
    quick = usual.read(document, Path("/x"), "reconciler.yaml")
    assert quick is not None
    assert quick == thorough(document)


def test_a_run_with_usual_settings_imports_no_pydantic(tmp_path: Path) -> None:
    file = tmp_path / "reconciler.yaml"
    file.write_text("apiVersion: reconciler/v1\ntargets: {a: {system: openwebui, url: https://chat.example.com}}\n")
    code = f"import sys; from reconciler import settings; settings.load(__import__('pathlib').Path({str(file)!r})); "
    code += "sys.exit(str([m for m in ('pydantic', 'yaml', 'importlib.metadata') if m in sys.modules] or ''))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""
