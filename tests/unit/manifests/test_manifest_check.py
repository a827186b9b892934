"""What `check` says about manifests that are wrong, and what it makes of those that are right."""

from __future__ import annotations

import pytest

from reconciler.errors import ManifestError
from reconciler.manifests.places import compile_places, rename
from reconciler.model import (
    Address,
    IgnoreRule,
    Lifecycle,
    Ref,
    Resource,
    SecretPlace,
    Source,
    Target,
    ValueSource,
)

from .demo_project import Project, lined, thing

LONG = "an environment variable, or `{file: path}` for a file that git ignores"
KINDS = "known: `Child`, `Group`, `One`, `Team`, `Thing`"

ENVELOPES = {
    "a: 1\n": ["1:1: `apiVersion` is missing -> write `apiVersion: demo/v1`"],
    "apiVersion: 1\n": ["1:1: `apiVersion` is no text -> write `apiVersion: demo/v1`"],
    "apiVersion: dmo/v1\n": ["1:13: apiVersion: unknown system 'dmo' -> did you mean `demo/v1`?"],
    "apiVersion: demo\n": ["1:13: apiVersion: unknown version 'demo' -> write `apiVersion: demo/v1`"],
    "apiVersion: demo/v2\n": ["1:13: apiVersion: unknown version 'demo/v2' -> write `apiVersion: demo/v1`"],
    "apiVersion: demo/v1\n": [f"1:1: `kind` is missing -> {KINDS}"],
    "apiVersion: demo/v1\nkind: [a]\n": [f"1:1: `kind` is no text -> {KINDS}"],
    "apiVersion: demo/v1\nkind: thing\n": ["2:7: kind: demo has no kind 'thing' -> did you mean `Thing`?"],
    thing("x") + "sepc: {}\n": ["5:1: sepc: unknown key `sepc` -> did you mean `spec`?"],
    thing("x", "[1]"): ["4:7: spec: expected a mapping, got a list"],
    thing("x", metadata=", target: mian"): [
        "3:29: metadata.target: no target 'mian' is configured -> did you mean `main`?"
    ],
    thing("x", metadata=", target: 5"): ["3:29: metadata.target: no target 5 is configured -> known: `main`"],
    thing("x", metadata=", target: foreign"): [
        "3:29: metadata.target: target foreign holds openwebui, not demo -> known: `main`"
    ],
    thing("x", metadata=", lifecycle: {ignor: []}"): [
        "3:33: metadata.lifecycle.ignor: unknown key `ignor` -> did you mean `ignore`?"
    ],
    thing("x", metadata=", lifecycle: {ignore: [{path: sise}, {path: 'a b'}, {path: size, until: 2027-02-30}]}"): [
        "3:49: metadata.lifecycle.ignore[0].path: Thing has no field 'sise' -> did you mean `size`?",
        "3:63: metadata.lifecycle.ignore[1].path: 'a b' is no path -> write it as `meta.description`",
        "3:91: metadata.lifecycle.ignore[2].until: '2027-02-30' is no day -> write it as 2027-01-31",
    ],
    thing("x", metadata=", lifecycle: {ignore: [{path: size.x}, {path: 'grants[0].whoo'}]}"): [
        "3:49: metadata.lifecycle.ignore[0].path: Thing has no field 'size.x'",
        "3:65: metadata.lifecycle.ignore[1].path: Thing has no field 'grants[0].whoo' -> did you mean `who`?",
    ],
    thing("x", metadata=", dependsOn: [Tam/y, mian/Thing/x]"): [
        "3:33: metadata.dependsOn[0]: no kind is called 'Tam' -> did you mean `Team`?",
        "3:40: metadata.dependsOn[1]: no target 'mian' is configured -> did you mean `main`?",
    ],
}
SPECS = {
    "  idd: a\n  size: big": [
        "5:3: spec.idd: unknown key `idd` -> did you mean `id`?",
        "6:9: spec.size: expected a whole number, got 'big' -> x",
    ],
    "  id: null": [
        "5:7: spec.id: null where a value identifies the object -> leave `id` out: it is then metadata.name"
    ],
    "  token: s3cr3t\n  headers: {plain: a, X-Key: s3cr3t, Y: {env: A}}": [
        f"5:10: spec.token: a secret must not stand in a manifest -> write `{{env: NAME}}` for {LONG}",
        f"6:30: spec.headers.X-Key: a secret must not stand in a manifest -> write `{{env: NAME}}` for {LONG}",
    ],
    "  token: {env: 5}": [
        (
            "5:11: spec.token.env: expected text that is not empty, got a literal"
            " -> name where the secret is kept; a manifest never holds it"
        )
    ],
    "  token: {envv: s3cr3t}": [
        f"5:10: spec.token: a secret must not stand in a manifest -> write `{{env: NAME}}` for {LONG}"
    ],
    "  token: [s3cr3t]": [
        f"5:10: spec.token: a secret must not stand in a manifest -> write `{{env: NAME}}` for {LONG}"
    ],
    "  token: {file: ../../x}": [
        "5:10: spec.token: ../../x: outside the repository -> keep what manifests need inside it"
    ],
    "  tags: [{name: a}, {name: b}, {}, {}, {name: a}]": [
        (
            "5:47: spec.tags[4].name: a second item with name 'a', which tells the items of this list apart"
            " -> keep one of them"
        )
    ],
    "  rows: [{at: 1}, {at: 1}]": [
        "5:24: spec.rows[1].at: a second item with at 1, which tells the items of this list apart -> keep one of them"
    ],
    "  grants: [{who: a, whom: b}]": [
        "5:21: spec.grants[0].whom: `whom` is another spelling of `who`, which is there too -> keep one of them"
    ],
    "  grants:\n  - rank: x\n    whom: a": ["6:11: spec.grants[0].level: expected a whole number, got 'x'"],
    "  by_name: {a: {whom: 5}}": ["5:23: spec.by_name.a.who: expected text, got 5 -> put it in quotes: '5'"],
    "  base: {ref: y}": [
        "5:9: spec.base: no manifest declares main/Thing/y -> what no manifest declares is written as a literal id"
    ],
    "  owner: {ref: min/Team/y}": ["5:10: spec.owner: no target 'min' is configured -> did you mean `main`?"],
    "  owner: {ref: foreign/Team/y}": [
        "5:10: spec.owner: target foreign holds openwebui, not demo -> write the other system's id as a literal"
    ],
    "  owner: {ref: Group/g, field: idd}": ["5:32: spec.owner.field: Group has no field 'idd' -> did you mean `id`?"],
    "  prompt: {file: prompts/y.md}": ["5:11: spec.prompt: prompts/y.md: no such file -> did you mean `prompts/x.md`?"],
    "  prompt: {file: nowhere/y.md}": [
        "5:11: spec.prompt: nowhere/y.md: no such file -> the path counts from the folder of reconciler.yaml"
    ],
    "  prompt: {file: ../y.md}": [
        "5:11: spec.prompt: ../y.md: outside the repository -> keep what manifests need inside it"
    ],
    "  prompt: {file: bad.md}": ["5:11: spec.prompt: bad.md:2:1: bytes that are not UTF-8 -> save the file as UTF-8"],
    "  prompt: {file: prompts}": ["5:11: spec.prompt: prompts: no regular file -> name a file"],
    "  prompt: {file: long.md}": [
        f"5:11: spec.prompt: expected text of at most 30 characters, got '{'a' * 31}' -> Some text"
    ],
}


@pytest.fixture
def prepared(project: Project) -> Project:
    project.targets["foreign"] = Target("foreign", "openwebui", "https://x.example.com")
    project.add("prompts/x.md", "a text\n")
    project.add("bad.md", b"ab\n\xff")
    project.add("long.md", "a" * 31)
    return project


@pytest.mark.parametrize("text", ENVELOPES)
def test_envelope(prepared: Project, text: str) -> None:
    prepared.add("manifests/a.yaml", text)
    assert prepared.refused() == [f"manifests/a.yaml:{line}" for line in ENVELOPES[text]]


@pytest.mark.parametrize("spec", SPECS)
def test_spec(prepared: Project, spec: str) -> None:
    prepared.add("manifests/a.yaml", thing("x", spec))
    prepared.add("manifests/g.yaml", thing("g", kind="Group"))
    refused = prepared.refused()
    assert refused == [f"manifests/a.yaml:{line}" for line in SPECS[spec]]
    assert "s3cr3t" not in str(refused)


def test_everything_in_one_run_in_order(prepared: Project) -> None:
    prepared.add("manifests/b.yaml", thing("x", "{size: a}") + "---\n" + thing("y", "{base: {ref: nothing}}"))
    prepared.add("manifests/a.yaml", thing("p", "{base: {ref: q}}") + "---\n" + thing("q", "{base: {ref: p}}"))
    prepared.add("manifests/c.yaml", "- a\n")
    with pytest.raises(ManifestError) as caught:
        prepared.check()
    assert [lined(d).split(" ")[0] for d in caught.value.diagnostics] == [
        "manifests/a.yaml:4:14:",
        "manifests/b.yaml:4:14:",
        "manifests/b.yaml:9:14:",
        "manifests/c.yaml:1:1:",
    ]
    assert caught.value.message == "the manifests are not valid: 4 errors in 3 files"
    assert [d.code for d in caught.value.diagnostics] == [
        "manifest.cycle",
        "manifest.schema",
        "manifest.dangling",
        "manifest.yaml",
    ]
    assert caught.value.diagnostics[1].address == Address("main", "Thing", "x")


def test_message_counts_one(prepared: Project) -> None:
    prepared.add("manifests/a.yaml", "a: 1\n")
    with pytest.raises(ManifestError, match=r"not valid: 1 error$"):
        prepared.check()


DUPLICATES = {
    thing("x") + "---\n" + thing("x", "{id: z}"): (
        "8:18: metadata.name: main/Thing/x is declared twice [the other one is at manifests/a.yaml:1:1]"
        " -> rename one, or merge them into one"
    ),
    thing("x", "{id: a}") + "---\n" + thing("y", "{id: a}"): (
        "9:12: spec.id: two manifests declare the Thing on main with id 'a' [the other one is at manifests/a.yaml:1:1]"
        " -> keep one of them"
    ),
    thing("x", "{id: y}") + "---\n" + thing("y"): (
        "9:1: spec.id: two manifests declare the Thing on main with id 'y' [the other one is at manifests/a.yaml:1:1]"
        " -> keep one of them"
    ),
    thing("x", kind="One") + "---\n" + thing("y", kind="One"): (
        "7:7: kind: a second One on main [the other one is at manifests/a.yaml:1:1]"
        " -> a target has one of it: merge them"
    ),
}


@pytest.mark.parametrize("text", DUPLICATES)
def test_duplicates_name_both_places(project: Project, text: str) -> None:
    project.add("manifests/a.yaml", text)
    assert project.refused() == [f"manifests/a.yaml:{DUPLICATES[text]}"]


def test_children_of_several_parents_may_share_a_key(project: Project) -> None:
    child = "apiVersion: demo/v1\nkind: Child\nmetadata: {name: %s}\nspec: {thing: {ref: %s}, key: a}\n"
    project.add("manifests/t.yaml", thing("t") + "---\n" + thing("u"))
    project.add("manifests/c.yaml", child % ("a", "t") + "---\n" + child % ("b", "u"))
    a, b, *_ = project.check()[0]
    assert [str(a.parent), str(b.parent)] == ["main/Thing/t", "main/Thing/u"]
    project.add("manifests/d.yaml", child % ("c", "main/Thing/u"))
    (line,) = project.refused()
    assert "two manifests declare the Child on main with thing 'main/Thing/u', key 'a'" in line


def test_target_is_the_only_one_of_the_system(project: Project) -> None:
    project.add("manifests/a.yaml", thing("x"))
    project.targets["second"] = Target("second", "demo", "https://second.example.com")
    assert project.refused() == [
        "manifests/a.yaml:3:11: metadata: several targets hold demo -> say which: `target: main or second`"
    ]
    project.add(
        "manifests/a.yaml", thing("x", metadata=", target: second") + "---\n" + thing("x", metadata=", target: main")
    )
    assert [r.address.target for r in project.check()[0]] == ["second", "main"]
    project.targets.clear()
    project.add("manifests/a.yaml", thing("x"))
    assert project.refused() == [
        (
            "manifests/a.yaml:1:13: apiVersion: no target of system demo is configured"
            " -> add a target with `system: demo` to reconciler.yaml"
        )
    ]
    project.add("manifests/a.yaml", thing("x", metadata=", target: y"))
    assert project.refused() == ["manifests/a.yaml:3:29: metadata.target: no target 'y' is configured"]


FULL = """\
apiVersion: demo/v1
kind: Thing
metadata:
  name: x
  target: main
  labels: {team: support}
  dependsOn: [Team/t, main/Thing/y]
  previousNames: [w]
  lifecycle:
    protect: true
    onRemove: orphan
    ignore: [{path: options.temperature, reason: why, until: 2027-01-31}, {path: size}]
spec:
  owner: {field: id, ref: Group/g}
  token: {env: TOKEN}
  headers: {plain: a, X-Key: {file: secret.txt}}
  prompt: {file: prompts/x.md}
  options: {temperature: 1, other: {env: kept}}
  grants: [{whom: {ref: g}, rank: 1}, {who: literal}]
  by_name: {a: {whom: b}}
"""


def test_a_full_manifest(prepared: Project) -> None:
    prepared.add("manifests/a.yaml", FULL)
    prepared.add(
        "manifests/b.yaml", thing("t", kind="Team") + "---\n" + thing("g", kind="Group") + "---\n" + thing("y")
    )
    resources, warnings = prepared.check()
    group = Address("main", "Group", "g")
    assert warnings == ()
    assert resources[0] == Resource(
        address=Address("main", "Thing", "x"),
        kind=prepared.kinds.get("demo", "Thing"),
        spec={
            "id": "x",
            "owner": {"field": "id", "ref": "Group/g"},
            "token": {"env": "TOKEN"},
            "headers": {"plain": "a", "X-Key": {"file": "secret.txt"}},
            "prompt": "a text\n",
            "options": {"temperature": 1, "other": {"env": "kept"}},
            "grants": [{"who": {"ref": "g"}, "level": 1}, {"who": "literal"}],
            "by_name": {"a": {"who": "b"}},
        },
        source=Source("manifests/a.yaml", 1, 1),
        refs=(Ref(("owner",), group, "id"), Ref(("grants", 0, "who"), group, "id")),
        secrets=(
            SecretPlace(("token",), ValueSource("env", "TOKEN")),
            SecretPlace(("headers", "X-Key"), ValueSource("file", "secret.txt")),
        ),
        depends_on=(Address("main", "Team", "t"), Address("main", "Thing", "y")),
        labels={"team": "support"},
        lifecycle=Lifecycle(
            protect=True,
            on_remove="orphan",
            ignore=(IgnoreRule("options.temperature", "why", "2027-01-31"), IgnoreRule("size")),
        ),
        previous_names=("w",),
    )


def test_other_spellings_beside_what_is_no_mapping(project: Project) -> None:
    place = compile_places(project.kinds.get("demo", "Thing").root)
    assert place is not None
    spec = {"grants": [{"whom": "a"}, 5], "tags": [{}], "by_name": {"a": 5}}
    assert rename(place, spec) == {"grants": [{"who": "a"}, 5], "tags": [{}], "by_name": {"a": 5}}


def test_one_file_may_serve_several_manifests(prepared: Project) -> None:
    text = thing("x", "{prompt: {file: prompts/x.md}}", ", lifecycle: {}")
    prepared.add("manifests/a.yaml", f"{text}---\n{text.replace('name: x', 'name: y')}")
    assert [resource.spec["prompt"] for resource in prepared.check()[0]] == ["a text\n"] * 2


def test_what_was_loaded_is_not_changed(prepared: Project) -> None:
    prepared.add("manifests/a.yaml", FULL)
    prepared.add(
        "manifests/b.yaml", thing("t", kind="Team") + "---\n" + thing("g", kind="Group") + "---\n" + thing("y")
    )
    loaded = prepared.load()
    before = repr(loaded.manifests)
    prepared.check()
    assert repr(loaded.manifests) == before


def test_warnings(project: Project) -> None:
    project.add("manifests/a.yaml", thing("x", "  old: a\n  options: {temprature: 1, mine: 2}"))
    _, warnings = project.check()
    assert [(d.severity, d.code, str(d.source)) for d in warnings] == [
        ("warning", "manifest.deprecated", "manifests/a.yaml:5:3"),
        ("warning", "manifest.near-miss", "manifests/a.yaml:6:13"),
    ]
    assert warnings[1].hint == "did you mean `temperature`?"
    assert project.link().diagnostics == warnings


def test_warnings_do_not_hide_errors(project: Project) -> None:
    project.add("manifests/a.yaml", thing("x", "  old: a\n  size: b"))
    assert len(project.refused()) == 1


def test_a_missing_name_is_said_once(project: Project) -> None:
    project.add("manifests/a.yaml", "apiVersion: demo/v1\nkind: Thing\nmetadata: [x]\nspec: {}\n")
    (line,) = project.refused()
    assert line.startswith("manifests/a.yaml:3:11: metadata: expected a mapping, got a list")


def test_a_file_that_changed_since_it_was_loaded(project: Project) -> None:
    from reconciler import manifests

    file = project.add("manifests/a.yaml", thing("x", "  size: big"))
    loaded = project.load()
    for text in ("a: [", "", "\n\n" + thing("x")):
        file.write_text(text)
        with pytest.raises(ManifestError) as caught:
            manifests.check(loaded, project.kinds, project.targets)
        assert str(caught.value.diagnostics[0].source) == "manifests/a.yaml:1:1"
