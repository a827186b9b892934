"""Whatever is broken ends with exit code 3 and its position, before any network, without a traceback or a write.

Takes one broken file after the other, runs the command line on it in this process. The target's port is closed and its
credential is not set: whoever asked it would end with 7 or 8 instead.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import jsonschema_rs
import pytest

from reconciler.cli.app import run

SETTINGS = """\
apiVersion: reconciler/v1
targets:
  chat:
    system: openwebui
    url: http://127.0.0.1:9
    auth: {bearer: {env: BAD_INPUT_TOKEN}}
"""
GROUP = "apiVersion: openwebui/v1\nkind: Group\nmetadata: {name: g}\nspec:\n"
MODEL = "apiVersion: openwebui/v1\nkind: Model\nmetadata: {name: m}\nspec:\n  name: M\n"
HEAD = "apiVersion: openwebui/v1\nkind: Group\n"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{of}'] * 10)}]\n" for of, name in zip("abcde", "bcdef", strict=True)
)
INVENTORY = '{"format_version": 1, "id": "i", "salt": "00", "serial": 1, "entries": [\n%s]}\n'
OUTPUT = jsonschema_rs.validator_for(json.loads((Path(__file__).parents[1] / "schemas" / "output.json").read_bytes()))

MANIFESTS: Mapping[str, tuple[str | bytes, str]] = {
    # what YAML 1.2 alone refuses
    "duplicate key": (GROUP + "  description: a\n  description: b\n", "6:3"),
    "duplicate key in flow": (GROUP + "  permissions: {chat: {edit: true, edit: false}}\n", "5:36"),
    "unknown tag": (GROUP + "  description: !secret a\n", "5:16"),
    "python tag": (GROUP + "  description: !!python/object/apply:os.system [id]\n", "5:16"),
    "alias bomb": (BOMB, "5:"),
    "alias without anchor": (GROUP + "  description: *nowhere\n", "5:16"),
    "tab as indentation": (GROUP + "\tdescription: a\n", "5:1"),
    "not a number": (GROUP + "  description: .nan\n", "5:16"),
    "infinity": (GROUP + "  description: -.inf\n", "5:16"),
    "too large a float": (GROUP + "  description: 1e999\n", "5:16"),
    "beyond 64 bits": (GROUP + "  description: 99999999999999999999999\n", "5:16"),
    "not UTF-8": (GROUP.encode() + b"  description: \xff\n", "5:16"),
    "UTF-16": (GROUP.encode("utf-16"), "1:1"),
    "control character": (GROUP + '  description: "a\x07"\n', "5:18"),
    "a list": ("- a\n", "1:1"),
    "a text": ("hello\n", "1:1"),
    "second document no mapping": (GROUP + "  description: a\n--- text\n", "6:5"),
    "open bracket": (GROUP + "  description: [a\n", "6:1"),
    "open quote": (GROUP + '  description: "a\n', "6:1"),
    "key that is no text": (GROUP + "  3: a\n", "5:3"),
    "too deep": (GROUP + f"  description: {'[' * 200}{']' * 200}\n", "5:142"),
    # what stands around a spec
    "unknown system": ("apiVersion: openwebu/v1\nkind: Group\nmetadata: {name: g}\nspec: {}\n", "1:13"),
    "unknown version": ("apiVersion: openwebui/v2\nkind: Group\nmetadata: {name: g}\nspec: {}\n", "1:13"),
    "unknown kind": ("apiVersion: openwebui/v1\nkind: Grup\nmetadata: {name: g}\nspec: {}\n", "2:7"),
    "no apiVersion": ("kind: Group\nmetadata: {name: g}\nspec: {}\n", "1:1"),
    "no kind": ("apiVersion: openwebui/v1\nmetadata: {name: g}\nspec: {}\n", "1:1"),
    "no metadata": (HEAD + "spec: {}\n", "1:1"),
    "no name": (HEAD + "metadata: {}\nspec: {}\n", "3:11"),
    "no spec": (HEAD + "metadata: {name: g}\n", "1:1"),
    "spec of null": (HEAD + "metadata: {name: g}\nspec:\n", "4:6"),
    "spec of a list": (HEAD + "metadata: {name: g}\nspec: [1]\n", "4:7"),
    "name of a number": (HEAD + "metadata: {name: 12}\nspec: {}\n", "3:18"),
    "name with a bad start": (HEAD + "metadata: {name: -g}\nspec: {}\n", "3:18"),
    "name that is too long": (HEAD + f"metadata: {{name: {'g' * 101}}}\nspec: {{}}\n", "3:18"),
    "unknown top key": (HEAD + "metdata: {name: g}\nspec: {}\n", "3:1"),
    "unknown target": (HEAD + "metadata: {name: g, target: caht}\nspec: {}\n", "3:29"),
    "label of a number": (HEAD + "metadata: {name: g, labels: {a: 1}}\nspec: {}\n", "3:30"),
    "yes is no boolean": (HEAD + "metadata: {name: g, lifecycle: {protect: yes}}\nspec: {}\n", "3:42"),
    "unknown onRemove": (HEAD + "metadata: {name: g, lifecycle: {onRemove: orfan}}\nspec: {}\n", "3:43"),
    "ignore of no field": (
        HEAD + "metadata: {name: g, lifecycle: {ignore: [{path: descripton, reason: r}]}}\nspec: {}\n",
        "3:49",
    ),
    "dependency on nothing": (HEAD + "metadata: {name: g, dependsOn: [Group/h]}\nspec: {}\n", "3:33"),
    "dependency on itself": (HEAD + "metadata: {name: g, dependsOn: [Group/g]}\nspec: {}\n", "3:33"),
    "two of one address": (GROUP + "  description: a\n---\n" + GROUP + "  description: b\n", "9:18"),
    "two of one identity": (
        HEAD + "metadata: {name: a}\nspec: {name: same}\n---\n" + HEAD + "metadata: {name: b}\nspec: {name: same}\n",
        "9:14",
    ),
    # what the schema refuses
    "unknown field": (GROUP + "  descripton: a\n", "5:3"),
    "wrong type": (GROUP + "  description: 3\n", "5:16"),
    "read-only field": (GROUP + "  user_id: x\n", "5:12"),
    "merge key": (GROUP + "  <<: {description: a}\n", "5:3"),
    "env where no secret is": (GROUP + "  description: {env: HOME}\n", "5:16"),
    "out of range": (MODEL + "  params: {temperature: 9}\n", "6:25"),
    "no list": (MODEL + "  access_grants: x\n", "6:18"),
    "list of numbers": (MODEL + "  access_grants: [3]\n", "6:19"),
    "null as identity": (MODEL + "  id: null\n", "6:7"),
    "reference to nothing": (MODEL + "  base_model_id: {ref: nope}\n", "6:18"),
    "reference of bad form": (MODEL + "  base_model_id: {ref: a/b/c/d}\n", "6:19"),
    "missing file": (MODEL + "  params: {system: {file: nope.md}}\n", "6:20"),
    "file above the repository": (MODEL + "  params: {system: {file: ../../../../etc/hostname}}\n", "6:20"),
    "file elsewhere": (MODEL + "  params: {system: {file: /etc/passwd}}\n", "6:20"),
    "file that is a folder": (MODEL + "  params: {system: {file: manifests}}\n", "6:20"),
    "file behind a link": (MODEL + "  params: {system: {file: link.md}}\n", "6:20"),
    "file that is too large": (MODEL + "  params: {system: {file: large.md}}\n", "6:20"),
}
"""Broken manifest → its text, and the position that an error must name."""

SETTINGS_FILES: Mapping[str, tuple[str | bytes, str]] = {
    "empty": ("", ""),
    "a list": ("- a\n", ":1:1"),
    "open bracket": ("apiVersion: [\n", ":2:1"),
    "duplicate key": (SETTINGS + "targets: {}\n", ":7:1"),
    "tab": (SETTINGS + "\tx: 1\n", ":7:1"),
    "not UTF-8": (b"apiVersion: reconciler/v1 # \xe9\n", ":1:29"),
    "two documents": (SETTINGS + "---\na: 1\n", ":8:1"),
    "unknown key": (SETTINGS + "manifest: [a]\n", ":7:1"),
    "unknown version": (SETTINGS.replace("reconciler/v1", "reconciler/v2"), ":1:13"),
    "no targets": ("apiVersion: reconciler/v1\n", ":1:1"),
    "unknown system": (SETTINGS.replace("openwebui", "openwebu"), ":4:13"),
    "plain http off loopback": (SETTINGS.replace("127.0.0.1:9", "chat.example.com"), ":5:10"),
    "no http": (SETTINGS.replace("http:", "ftp:"), ":5:10"),
    "literal secret": (SETTINGS.replace("{env: BAD_INPUT_TOKEN}", "CANARY"), ":6:20"),
    "secret in an address": (SETTINGS.replace("http://", "http://user:CANARY@"), ":5:10"),
    "two credentials": (SETTINGS.replace("{bearer:", "{header: {name: a, value: {env: B}}, bearer:"), ":6:11"),
    "no share": (SETTINGS + "limits: {deletes: 10}\n", ":7:19"),
    "unknown store": (SETTINGS + "inventory: {store: floppy, path: x}\n", ":7:20"),
    "no concurrency": (SETTINGS + "    concurrency: 0\n", ":7:18"),
    "too large": (SETTINGS + "#" + "x" * 10_000_000, ""),
}
"""Broken settings → their text, and the position after the name of the file; "" where the whole file is at fault."""

INVENTORIES: Mapping[str, tuple[str | bytes, str]] = {
    "empty": ("", "inventory.json:1:1"),
    "cut": ('{"format_version": 1,', "inventory.json:1:"),
    "a list": ("[]", "inventory.json:1:1"),
    "newer": ((INVENTORY % "").replace("1", "9", 1), "inventory.json:1:20"),
    "not UTF-8": (b"\xff\xfe", "inventory.json:1:1"),
    "no serial": ((INVENTORY % "").replace('"serial": 1', '"serial": "x"'), "inventory.json:1:"),
    "no entry": (INVENTORY % '{"address": "x"}\n', "inventory.json:2:"),
    "unknown key": ((INVENTORY % "").replace("{", '{"zzz": 1, ', 1), "inventory.json:1:"),
}

SCHEMAS: Mapping[str, tuple[str | bytes, str]] = {
    "cut": ('{\n "title": ', "Wrong.json:2:11"),
    "a list": ("[]", "Wrong.json"),
    "not UTF-8": (b'{"title": "\xff"}', "Wrong.json:1:12"),
    "no kind": ('{"title": "T"}', "Wrong.json"),
}


@dataclass(frozen=True)
class Place:
    """A folder to break things in."""

    root: Path
    capture: Callable[[], tuple[str, str]]

    def write(self, name: str, content: str | bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def contents(self) -> dict[str, bytes | None]:
        return {str(p): p.read_bytes() if p.is_file() else None for p in sorted(self.root.rglob("*"))}

    def refused(self, where: str, *args: str) -> str:
        """Run a command line that must be refused, as text and as JSON; give what stderr said."""
        before = self.contents()
        self.capture()
        assert run(args) == 3
        out, err = self.capture()
        assert out == ""
        assert where in err
        for unwanted in ("Traceback", "bug", "CANARY"):
            assert unwanted not in out + err
        assert run([*args, "-o", "json"]) == 3
        document = json.loads(self.capture()[0])
        assert [error.message for error in OUTPUT.iter_errors(document)] == []
        assert document["error"]["exit_code"] == 3
        assert document["complete"] is False
        assert self.contents() == before
        return err


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Place:
    for name in [name for name in os.environ if name.startswith("RECONCILER_")]:
        monkeypatch.delenv(name)
    root = tmp_path / "repository"
    root.mkdir()
    monkeypatch.chdir(root)
    made = Place(root, capsys.readouterr)
    made.write("reconciler.yaml", SETTINGS)
    (root / "manifests").mkdir()
    return made


VERBS = (("validate",), ("plan",), ("apply", "--yes"), ("drift",), ("graph",), ("plan", "--out", "p.json"))
OWNING_VERBS = (("plan",), ("apply", "--yes"), ("drift",), ("destroy", "--yes"), ("inventory", "list"))


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_broken_manifest(name: str, place: Place) -> None:
    text, position = MANIFESTS[name]
    place.write("manifests/x.yaml", text)
    if "large.md" in str(text):
        place.write("large.md", "x" * 10_000_001)
    if "link.md" in str(text):
        (place.root / "link.md").symlink_to("/etc/passwd")
    for verb in VERBS:
        place.refused(f"manifests/x.yaml:{position}", *verb)


def test_every_broken_manifest_is_reported_in_one_run(place: Place) -> None:
    readable = {name: text for name, (text, _) in MANIFESTS.items() if ".md" not in str(text)}
    for number, text in enumerate(readable.values()):
        place.write(f"manifests/{number:02}.yaml", text)
    err = place.refused("", "validate")
    assert [n for n in range(len(readable)) if f"manifests/{n:02}.yaml" not in err] == []


def test_manifests_that_may_not_be_read(place: Place) -> None:
    place.write("manifests/large.yaml", GROUP + f"  description: {'x' * 10_000_000}\n")
    (place.root / "manifests" / "linked.yaml").symlink_to("/etc/passwd")
    (place.root / "manifests" / "folder").symlink_to("/etc")
    (place.root / "manifests" / "dangling.yaml").symlink_to("nowhere.yaml")
    err = place.refused("manifests/large.yaml", "validate")
    assert "error: larger than 10 MB\n  at manifests/large.yaml" in err
    assert "error: a symbolic link out of the repository\n  at manifests/linked.yaml" in err
    assert "error: a symbolic link out of the repository\n  at manifests/folder" in err
    assert "at manifests/dangling.yaml" in err


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ("manifests: [manifest]\n", "at manifest\n  hint: did you mean `manifests`?"),
        ("manifests: [../..]\n", "error: outside the repository\n  at ../.."),
        ("manifests: [/etc]\n", "error: outside the repository\n  at /etc"),
        ("overlays: [overlays]\n", "at overlays"),
        ("overlays: [baseless]\n", "at baseless/x.yaml:1:1"),
        ("overlays: [wrong]\n", "at wrong/x.yaml:4:8"),
    ],
)
def test_folders_and_overlays(settings: str, where: str, place: Place) -> None:
    place.write("reconciler.yaml", SETTINGS + settings)
    place.write("manifests/x.yaml", GROUP + "  description: a\n")
    place.write("baseless/x.yaml", HEAD + "metadata: {name: other}\nspec: {description: b}\n")
    place.write("wrong/x.yaml", HEAD + "metadata: {name: g}\nspec: {descripton: b}\n")
    for verb in VERBS:
        place.refused(where, *verb)


@pytest.mark.parametrize("name", SETTINGS_FILES)
def test_broken_settings(name: str, place: Place) -> None:
    text, position = SETTINGS_FILES[name]
    place.write("reconciler.yaml", text)
    for verb in (*VERBS, ("destroy", "--yes"), ("inventory", "list"), ("inventory", "unlock")):
        place.refused(f"error: reconciler.yaml{position}", *verb)
    assert run(["doctor"]) == 3


def test_no_settings(place: Place) -> None:
    (place.root / "reconciler.yaml").unlink()
    for verb in VERBS:
        place.refused("no reconciler.yaml in", *verb)
        place.refused("nowhere.yaml", "-c", "nowhere.yaml", *verb)
    assert run(["schema", "list"]) == run(["explain", "openwebui/Model"]) == run(["schema", "check"]) == 0


@pytest.mark.parametrize("name", INVENTORIES)
def test_a_broken_inventory(name: str, place: Place) -> None:
    text, where = INVENTORIES[name]
    place.write("manifests/x.yaml", GROUP + "  description: a\n")
    place.write(".reconciler/inventory.json", text)
    for verb in OWNING_VERBS:
        place.refused(f".reconciler/{where}", *verb)
    assert run(["validate"]) == 0  # it has no say in that


@pytest.mark.parametrize("text", ['{"a"\n', "\n\n", "[]\n{}\n", b"\xff\n", '{"format_version": 9}\n'])
def test_a_broken_journal(text: str | bytes, place: Place) -> None:
    place.write(".reconciler/inventory.json", INVENTORY % "")
    place.write(".reconciler/inventory.json.journal", text)
    for verb in OWNING_VERBS:
        place.refused(".reconciler/inventory.json.journal:1:", *verb)


def test_a_broken_plan_file(place: Place) -> None:
    assert run(["plan", "--out", "good.json"]) == 0  # no manifests and nothing owned: no network either
    good = json.loads((place.root / "good.json").read_bytes())
    text = json.dumps(good, indent=1)
    changed = {
        "empty.json": "",
        "cut.json": text[: len(text) // 2],
        "list.json": "[]",
        "null.json": "null",
        "binary.json": b"\xff\xfe{",
        "deep.json": "[" * 100_000,
        "manifest.json": GROUP,
        "newer.json": json.dumps({**good, "format": "reconciler-plan/99"}),
        "destroys.json": json.dumps({**good, "plan": {**good["plan"], "destroy": True}}),
        "later.json": json.dumps({**good, "plan": {**good["plan"], "expires": "2999-01-01T00:00:00+00:00"}}),
        "bare.json": json.dumps({"format": good["format"]}),
    }
    for name, content in changed.items():
        place.write(name, content)
        place.refused(name, "apply", name)
        place.refused(name, "show", name)
    place.refused("nowhere.json", "apply", "nowhere.json")
    place.refused("manifests", "apply", "manifests")


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_broken_schema(name: str, place: Place) -> None:
    text, where = SCHEMAS[name]
    place.write("Wrong.json", text)
    place.refused(where, "schema", "check", "Wrong.json")


@pytest.mark.parametrize(
    ("args", "where"),
    [
        (("validate", "manifests/nowhere.yaml"), "at manifests/nowhere.yaml"),
        (("validate", "/etc/passwd"), "outside the repository"),
        (("plan", "--rev", "HEAD"), "--rev HEAD: "),
        (("plan", "--target", "chta"), "did you mean `chat`?"),
        (("plan", "--kind", "Grup"), "did you mean `Group`?"),
        (("plan", "--allow-deletes", "many"), "--allow-deletes"),
        (("plan", "--write", "json=no/such/folder"), "'no/such'"),
        (("plan", "--out", "no/such/folder"), "'no/such'"),
        (("plan", "--nonsense"), "--nonsense"),
        (("apply",), "--yes"),
        (("destroy",), "--yes"),
        (("explain", "Modle"), "did you mean `Model`?"),
        (("explain", "openwebui/Model.parms"), "did you mean `params`?"),
        (("show",), "FILE"),
    ],
)
def test_wrong_words(args: tuple[str, ...], where: str, place: Place) -> None:
    place.write("manifests/x.yaml", GROUP + "  description: a\n")
    place.refused(where, *args)


def test_wrong_words_in_the_environment(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("ALLOW_DELETES", "many"), ("ADOPT", "maybe"), ("EXPIRES", "0"), ("TARGET", "chta")):
        monkeypatch.setenv(f"RECONCILER_{name}", value)
        place.refused(name.lower().replace("_", "-"), "plan")
        monkeypatch.delenv(f"RECONCILER_{name}")


@pytest.mark.parametrize(
    ("args", "where"),
    [
        (("--port", "99999"), "--port"),
        (("--fault", "earthquake"), "'earthquake' is not a fault"),
        (("--fault", "500@2"), "from 0 to 1"),
        (("--dialect", "openwebui"), "SYSTEM=NAME"),
        (("--dialect", "openwebui=1"), "the dialects of openwebui are"),
        (("--seed", "nowhere.yaml"), "nowhere.yaml"),
        (("--seed", "seeds.yaml"), "`name` is missing"),
        (("--seed", "binary.yaml"), "binary.yaml"),
        (("--data", "no/such/x.db"), "no/such/x.db"),
        (("--data", "seeds.yaml"), "seeds.yaml is not a file of the sandbox"),
    ],
)
def test_a_sandbox_that_cannot_start(args: tuple[str, ...], where: str, place: Place) -> None:
    place.write("seeds.yaml", "openwebui: {Group: [{nme: x}]}\n# " + "x" * 200 + "\n")
    place.write("binary.yaml", b"\xff\n")
    assert run(["sandbox", *args]) == 3
    out, err = place.capture()
    assert out == ""
    assert where in err
    assert "Traceback" not in err
    assert "bug" not in err
