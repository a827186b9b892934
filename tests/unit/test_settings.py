"""reconciler.yaml: what it may say, what is refused, and where."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from reconciler import settings, stores
from reconciler.errors import SettingsError
from reconciler.model import Auth, Limits, Target, ValueSource
from reconciler.settings import InventorySettings

FULL = """\
# where things are
apiVersion: reconciler/v1
manifests: [models, groups]
overlays: [overlays/prod]
inventory: {store: file, path: state/inventory.json}
targets:
  prod:
    system: openwebui
    url: https://chat.example.com/
    prefix: /api/v1/
    auth: {bearer: {env: TOKEN}}
    account: {id: 8a6d}
    concurrency: 8
    requests_per_second: 5
    timeout: 2.5
  header:
    system: openwebui
    url: http://localhost:8080/base
    prefix: ""
    auth: {header: {name: X-Key, value: {file: ../token}}}
  login:
    system: openwebui
    url: http://[::1]:80
    auth: {login: {username: admin, password: {command: [pass, show, x]}}}
limits: {deletes: 5%, updates: 12.5 %}
"""
MINIMAL = "apiVersion: reconciler/v1\ntargets:\n  prod: {system: openwebui, url: https://chat.example.com%s}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, text: str | bytes) -> Path:
    file = folder / "reconciler.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def refused(folder: Path, text: str | bytes) -> list[str]:
    write(folder, text)
    with pytest.raises(SettingsError) as caught:
        settings.load()
    lines = caught.value.message.removeprefix("reconciler.yaml:").split("\nreconciler.yaml:")
    return [f"{lines[0]} ({caught.value.hint})"] if caught.value.hint else lines


def test_everything_that_a_file_may_say(folder: Path) -> None:
    write(folder, FULL)
    found = settings.load()
    assert (found.root, found.file) == (folder, "reconciler.yaml")
    assert (found.manifests, found.overlays) == (("models", "groups"), ("overlays/prod",))
    assert found.inventory == InventorySettings("file", "state/inventory.json")
    assert found.limits == Limits(5.0, 12.5)
    assert list(found.targets.values()) == [
        Target(
            name="prod",
            system="openwebui",
            url="https://chat.example.com",
            auth=Auth("bearer", ValueSource("env", "TOKEN")),
            prefix="/api/v1",
            account="8a6d",
            concurrency=8,
            requests_per_second=5.0,
            timeout=2.5,
        ),
        Target(
            name="header",
            system="openwebui",
            url="http://localhost:8080/base",
            prefix="",
            auth=Auth("header", ValueSource("file", "../token"), header="X-Key"),
        ),
        Target(
            name="login",
            system="openwebui",
            url="http://[::1]:80",
            auth=Auth("login", ValueSource("command", ("pass", "show", "x")), username="admin"),
        ),
    ]


def test_defaults(folder: Path) -> None:
    write(folder, MINIMAL % "")
    found = settings.load()
    assert (found.manifests, found.overlays) == (("manifests",), ())
    assert found.inventory == InventorySettings("file", ".reconciler/inventory.json")
    assert found.limits == Limits()
    assert found.targets == {"prod": Target("prod", "openwebui", "https://chat.example.com")}


def test_the_nearest_file_upwards(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, MINIMAL % "")
    deep = folder / "a" / "b"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    found = settings.load()
    assert (found.root, found.file) == (folder, "../../reconciler.yaml")
    write(deep, MINIMAL % "")
    assert settings.load().file == "reconciler.yaml"
    assert settings.load(Path("..") / "..").root.resolve() == folder
    other = folder / "other.yaml"
    other.write_text(MINIMAL % "")
    assert settings.load(other).file == "../../other.yaml"


KEYS = "(known: `system`, `url`, `prefix`, `auth`, `account`, `concurrency`, `requests_per_second`, `timeout`)"
TARGETS = "(write `targets: {NAME: {system: .., url: .., auth: ..}}`; `reconciler init` shows how)"
LETTERS = "(letters, digits, `.`, `_` and `-`, at most 100, beginning with a letter or digit)"


BROUGHT = """\
from pathlib import Path
SCHEMAS = Path(__file__).parent / "schemas"
"""
OWN = """\
{"required": ["project"], "properties": {"project":
  {"type": "string", "description": "The key of a project.", "pattern": "^[a-z]+$", "examples": ["default"]}}}
"""
KIND = """\
{"title": "T", "x-resource": {"system": "settled", "name": "Thing"}, "type": "object", "unevaluatedProperties": false,
  "properties": {"id": {"type": "string", "x-identity": true}}}
"""


@pytest.fixture
def settled(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package that brings a system whose targets have a setting of their own."""
    root = tmp_path_factory.mktemp("package")
    for name, text in {
        "settled_system.py": BROUGHT,
        "settled-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: settled\nVersion: 1.0\n",
        "settled-1.0.dist-info/entry_points.txt": "[reconciler.systems]\nsettled = settled_system\n",
        "schemas/settled/Thing.json": KIND,
        "schemas/settled/target.json": OWN,
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    monkeypatch.syspath_prepend(str(root))


def test_settings_of_one_system(folder: Path, settled: None) -> None:
    assert refused(folder, MINIMAL % ", projct: default") == [f"3:60: targets.prod.projct: unknown key `projct` {KEYS}"]
    own = MINIMAL.replace("openwebui", "settled")
    write(folder, own % ", project: abc")
    assert settings.load().targets["prod"].options == {"project": "abc"}
    assert refused(folder, own % ", projct: default") == [
        "3:9: targets.prod: `project` is missing, which every target of settled needs (write `project: default`)",
        "3:58: targets.prod.projct: unknown key `projct` (did you mean `project`?)",
    ]
    for value in ("ABC", "3", "''"):
        (found,) = refused(folder, own % f", project: {value}")
        assert found == "3:67: targets.prod.project: not fit for: The key of a project. (write `project: default`)"


INIT = "(`reconciler init` writes one; `--config FILE` names another)"
SOURCE = "(write `{env: NAME}`, `{file: path}` or `{command: [program, argument]}`)"
URL = "(write it as `https://chat.example.com`)"
IN_BUCKET = "(write the bucket, then the path in it: `path: my-bucket/reconciler/prod.json`)"
SHARE = "expected a share between 0% and 100% (write it as `10%`)"
WRONG = {
    "": [f"reconciler.yaml is empty {INIT}"],
    "# nothing\n": [f"reconciler.yaml is empty {INIT}"],
    "a: 1\n---\nb: 1\n": ["3:1: a second document (keep one)"],
    "a: 1\na: 2\n": ["2:1: duplicate key 'a' (keep one of them)"],
    "- a\n": ["1:1: a document that is no mapping (begin it with `apiVersion:`)"],
    b"a: \xff\n": ["1:4: bytes that are not UTF-8 (save the file as UTF-8)"],
    (MINIMAL % "").replace("v1", "v2", 1): [
        "1:13: apiVersion: expected 'reconciler/v1' (write `apiVersion: reconciler/v1`)"
    ],
    "manifests: [a]\n": [
        "1:1: `apiVersion` is missing (write `apiVersion: reconciler/v1`)",
        f"1:1: `targets` is missing {TARGETS}",
    ],
    "apiVersion: reconciler/v1\ntargets: {}\n": [f"2:10: targets: expected at least one {TARGETS}"],
    (MINIMAL % "") + "target: 1\n": ["4:1: target: unknown key `target` (did you mean `targets`?)"],
    (MINIMAL % "") + "manifests: models\n": ["4:12: manifests: expected a list (write `manifests: [manifests]`)"],
    (MINIMAL % "") + "manifests: []\n": ["4:12: manifests: expected at least one (write `manifests: [manifests]`)"],
    (MINIMAL % "") + "overlays: [5]\n": ["4:12: overlays[0]: expected text"],
    (MINIMAL % "") + "inventory: {pth: x}\n": ["4:13: inventory.pth: unknown key `pth` (did you mean `path`?)"],
    (MINIMAL % "") + "inventory: file\n": ["4:12: inventory: expected a mapping"],
    (MINIMAL % "") + "inventory: {store: consul}\n": [
        "4:20: inventory.store: expected 'file', 'git', 's3', 'gcs', 'azure' or 'postgres'"
    ],
    (MINIMAL % "") + "inventory: {store: s3}\n": [
        f"4:12: inventory: `path` is missing, which the store s3 needs {IN_BUCKET}"
    ],
    (MINIMAL % "") + "inventory: {endpoint: https://x, region: eu, store: azure, path: 's3://b/p'}\n": [
        "4:34: inventory.region: `region` is not for the store azure (it is for s3)",
        f"4:66: inventory.path: no path for the store azure {IN_BUCKET.replace('bucket', 'container')}",
    ],
    (MINIMAL % "") + "inventory: {store: file, endpoint: https://x}\n": [
        "4:26: inventory.endpoint: `endpoint` is not for the store file (it is for s3 and gcs and azure)"
    ],
    (MINIMAL % "") + "inventory: {store: s3, path: b/p, endpoint: http://minio, region: 1}\n": [
        "4:45: inventory.endpoint: plain http would show the credential to the network (write `https://minio`)",
        "4:67: inventory.region: expected text",
    ],
    (MINIMAL % "") + "inventory: {store: s3, path: b/p, endpoint: 'https://a:s3cr3t@x'}\n": [
        "4:45: inventory.endpoint: credentials must not stand in an address (they come from the environment)"
    ],
    (MINIMAL % "") + "inventory: {store: git, path: a/b, remote: --upload-pack=x}\n": [
        "4:44: inventory.remote: no name of a remote (write `remote: origin`, as `git remote` says it)",
    ],
    (MINIMAL % "") + "inventory: {store: git, path: a/b}\n": [
        "4:31: inventory.path: no path for the store git (letters, digits, `_` and `-`, such as `path: prod`)",
    ],
    (MINIMAL % "") + "inventory: {store: postgres, path: prod}\n": [
        "4:12: inventory: `url` is missing, which the store postgres needs (write `url: {env: DATABASE_URL}`)",
    ],
    (MINIMAL % "") + "inventory: {store: postgres, url: 'postgresql://u:s3cr3t@x/y'}\n": [
        f"4:35: inventory.url: a secret must not stand in the settings {SOURCE}",
    ],
    "apiVersion: [\n": ["2:1: a value was expected (close the bracket, or quote the text)"],
    (MINIMAL % "") + "limits: {deletes: 10, updates: 101%}\n": [
        f"4:19: limits.deletes: {SHARE}",
        f"4:32: limits.updates: {SHARE}",
    ],
    "apiVersion: reconciler/v1\ntargets: {a b: {system: openwebu, url: 'https://x'}}\n": [
        f"2:11: targets[\"a b\"]: 'a b' is no name for a target {LETTERS}",
        "2:25: targets[\"a b\"].system: no system is called 'openwebu' (did you mean `openwebui`?)",
    ],
    "apiVersion: reconciler/v1\ntargets: {x: {url: 'https://x'}, y: 5}\n": [
        "2:14: targets.x: `system` is missing (the API product, such as `system: openwebui`)",
        "2:37: targets.y: expected a mapping",
    ],
    MINIMAL % ", account: {id: 5, nam: x}": [
        "3:74: targets.prod.account.id: expected text",
        "3:77: targets.prod.account.nam: unknown key `nam` (known: `id`)",
    ],
    MINIMAL % ", concurrency: 0, requests_per_second: 0, timeout: x, prefix: api": [
        "3:73: targets.prod.concurrency: expected a number of at least 1",
        "3:97: targets.prod.requests_per_second: expected a number greater than 0",
        "3:109: targets.prod.timeout: expected a number",
        "3:120: targets.prod.prefix: 'api' does not begin with a slash (write `/api`)",
    ],
    MINIMAL % ", concurrency: 2000": ["3:73: targets.prod.concurrency: expected a number of at most 1000"],
    MINIMAL % ", concurrency: 1.5": ["3:73: targets.prod.concurrency: expected a whole number"],
    MINIMAL % ", concurrency: true": ["3:73: targets.prod.concurrency: expected a whole number"],
    MINIMAL % ", auth: {}": [
        "3:66: targets.prod.auth: expected one of `bearer`, `header` and `login` (write `auth: {bearer: {env: NAME}}`)"
    ],
    MINIMAL % ", auth: {bearer: s3cr3t}": [
        f"3:75: targets.prod.auth.bearer: a secret must not stand in the settings {SOURCE}"
    ],
    MINIMAL % ", auth: {header: {name: X, value: s3cr3t}}": [
        f"3:92: targets.prod.auth.header.value: a secret must not stand in the settings {SOURCE}"
    ],
    MINIMAL % ", auth: {login: {username: a, password: s3cr3t}}": [
        f"3:98: targets.prod.auth.login.password: a secret must not stand in the settings {SOURCE}"
    ],
    MINIMAL % ", auth: {bearer: {env: A, file: b}, baerer: 1}": [
        "3:75: targets.prod.auth.bearer: expected one of `env`, `file` and `command` (write `{env: NAME}`)",
        "3:94: targets.prod.auth: an unknown key (did you mean `bearer`?)",
    ],
    MINIMAL % ", auth: {bearer: {envv: s3cr3t}}": [
        "3:76: targets.prod.auth.bearer: an unknown key (did you mean `env`?)"
    ],
    MINIMAL % ", auth: {bearer: {env: ''}}": ["3:81: targets.prod.auth.bearer.env: expected text that is not empty"],
    MINIMAL % ", auth: {login: {username: a}}": ["3:74: targets.prod.auth.login: `password` is missing"],
}
URLS = {
    "chat.example.com": f"expected an address that begins with https:// {URL}",
    "ftp://x": f"expected an address that begins with https:// {URL}",
    "https://": f"expected an address that begins with https:// {URL}",
    "'https://a b'": f"expected an address that begins with https:// {URL}",
    "https://x:port": f"no address that can be read {URL}",
    "'https://[x'": f"no address that can be read {URL}",
    "https://user:s3cr3t@x": "credentials must not stand in an address (say them by `auth`)",
    "https://x?a=b": f"an address without `?` and `#` was expected {URL}",
    "http://chat.example.com:80": (
        "plain http would show the credential to the network (write `https://chat.example.com:80`)"
    ),
    "http://10.0.0.1": "plain http would show the credential to the network (write `https://10.0.0.1`)",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_said_with_its_position(folder: Path, text: str | bytes) -> None:
    found = refused(folder, text)
    assert found == WRONG[text]
    assert "s3cr3t" not in str(found)


@pytest.mark.parametrize("url", URLS)
def test_addresses(folder: Path, url: str) -> None:
    (line,) = refused(folder, (MINIMAL % "").replace("https://chat.example.com", url))
    assert line == f"3:34: targets.prod.url: {URLS[url]}"
    assert "s3cr3t" not in line


def test_the_stores_are_those_that_there_are() -> None:
    from reconciler.inventory import STORES

    assert get_args(settings.InventoryStore) == tuple(STORES) == tuple(stores.KNOWN)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{path: a b/i.json}", InventorySettings("file", "a b/i.json")),
        ("{store: file}", InventorySettings("file", ".reconciler/inventory.json")),
        ("{store: git}", InventorySettings("git", "inventory")),
        ("{store: git, path: prod, remote: up/stream}", InventorySettings("git", "prod", {"remote": "up/stream"})),
        ("{store: s3, path: b.c/i}", InventorySettings("s3", "b.c/i")),
        (
            "{store: s3, path: b/r/i.json, endpoint: 'http://127.0.0.1:9/', region: eu}",
            InventorySettings("s3", "b/r/i.json", {"endpoint": "http://127.0.0.1:9", "region": "eu"}),
        ),
        ("{store: gcs, path: b/..x/i}", InventorySettings("gcs", "b/..x/i")),
        ("{store: azure, path: c/i}", InventorySettings("azure", "c/i")),
        (
            "{store: postgres, url: {env: DATABASE_URL}}",
            InventorySettings("postgres", "inventory", {"url": ValueSource("env", "DATABASE_URL")}),
        ),
    ],
)
def test_where_the_inventory_may_be(folder: Path, text: str, expected: InventorySettings) -> None:
    write(folder, (MINIMAL % "") + f"inventory: {text}\n")
    assert settings.load().inventory == expected


@pytest.mark.parametrize(
    "path", ["b", "b/", "/b", "b//i", "b/./i", "b/../i", "b/..", "-b/i", "b/a c", "b/a\\c", "s3://b/i"]
)
def test_a_path_in_a_bucket_is_plain(folder: Path, path: str) -> None:
    (line,) = refused(folder, (MINIMAL % "") + f"inventory: {{store: s3, path: '{path}'}}\n")
    assert line == f"4:30: inventory.path: no path for the store s3 {IN_BUCKET}"


def test_no_file(folder: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        settings.load()
    assert caught.value.message == f"no reconciler.yaml in {folder} or above it"
    assert "`reconciler init`" in caught.value.hint
    with pytest.raises(SettingsError, match=r"nowhere.yaml cannot be read: No such file or directory"):
        settings.load(Path("nowhere.yaml"))
    with pytest.raises(SettingsError, match=r"reconciler.yaml cannot be read"):
        settings.load(folder)
