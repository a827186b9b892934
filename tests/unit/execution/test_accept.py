"""Taking drift into git: what the manifests then say, and what is refused with words."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from reconciler import engine
from tests.unit.execution.estate import PLAIN, Estate

ITEM = """\
# who owns this: the support team
apiVersion: tiny/v1
kind: Item
metadata:
  name: i
  target: one   # the first
spec:
  title: 'T'    # shown to people
  note: {file: notes/i.md}
  group: {ref: red}
  grants:
    - {who: {ref: red}, may: read}   # readers
    - {who: "x", may: write}
  tools:
    - name: a     # by hand
      weight: 1
  params: {temperature: 0.2, top: 1}
"""
GROUPS = "apiVersion: tiny/v1\nkind: Group\nmetadata: {name: %s, target: one}\nspec: {note: n}\n"


@pytest.fixture
def told(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> Estate:
    """An item with everything in it, applied."""
    monkeypatch.chdir(estate.folder)
    write("manifests/i.yaml", ITEM)
    write("manifests/groups.yaml", GROUPS % "red" + "---\n" + GROUPS % "blue")
    write("notes/i.md", "Line one\nline two\n")
    assert not [o for o in estate.apply().outcomes if o.error]
    return estate


def write(name: str, text: str) -> None:
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text(text)


def accept(estate: Estate) -> engine.Accepted:
    """Accept, write what it says, and hold the next run to it."""
    accepted = asyncio.run(engine.accept_drift(estate.settings, PLAIN))
    for name, (before, after) in accepted.files.items():
        assert Path(name).read_bytes() == before
        Path(name).write_bytes(after)
    assert not estate.plan().operations or accepted.plan.drift
    return accepted


def item(estate: Estate) -> dict[str, object]:
    return estate.holds("Item")["i"]


def replaced(*pairs: tuple[str, str]) -> str:
    text = ITEM
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


def test_each_sort_of_field_is_edited_where_it_stands(told: Estate) -> None:
    groups = {body["name"]: key for key, body in told.holds("Group").items()}
    held = item(told)
    held.update(title="it's new", note="Line one\nline 2\n", group=groups["blue"])
    held["grants"] = [{"who": groups["blue"], "may": "read"}, {"who": groups["red"], "may": "read"}]
    held["tools"] = [{"name": "a", "weight": 3, "theirs": True}, {"name": "b"}]
    held["params"] = {"temperature": 0.7, "top": 1, "theirs": 2}
    accepted = accept(told)
    assert (accepted.fields, accepted.plan.drift) == (6, ())
    assert Path("notes/i.md").read_text() == "Line one\nline 2\n"
    assert Path("manifests/i.yaml").read_text() == replaced(
        ("'T' ", "'it''s new' "),
        ("group: {ref: red}", "group: {ref: blue}"),
        ('{who: "x", may: write}', "{who: {ref: blue}, may: read}"),
        ("weight: 1", "weight: 3\n    - {name: b}"),
        ("temperature: 0.2", "temperature: 0.7"),
    )


def test_what_is_gone_on_the_server_goes(told: Estate) -> None:
    item(told).update(note=None, grants=[])
    item(told)["params"].pop("top")  # type: ignore[attr-defined]
    assert accept(told).fields == 3
    text = Path("manifests/i.yaml").read_text()
    assert ("note: null" in text, "grants: []" in text, "top" in text) == (True, True, False)


@pytest.mark.parametrize(
    ("live", "words"),
    [
        ({"group": "g-of-nobody"}, "group of one/Item/i is not accepted: it is a reference"),
        ({"title": None}, "title of one/Item/i is not accepted: it is not set on the server, and has no default"),
        ({"note": 7}, "note of one/Item/i is not accepted: it stands in a file, and what is live is no text"),
    ],
)
def test_what_no_manifest_can_say_is_refused_with_words(told: Estate, live: dict[str, object], words: str) -> None:
    item(told).update(live)
    accepted = accept(told)
    assert (accepted.files, accepted.fields, len(accepted.plan.drift)) == ({}, 0, 1)
    assert words in next(d.summary for d in accepted.plan.diagnostics if d.code == "accept.refused")


def test_a_deleted_object_is_for_a_person_to_delete(told: Estate) -> None:
    del told.holds("Item")["i"]
    accepted = asyncio.run(engine.accept_drift(told.settings, PLAIN))
    assert (accepted.files, len(accepted.plan.drift)) == ({}, 1)
    assert "delete its manifest" in accepted.plan.diagnostics[0].summary


def test_a_file_that_others_read_is_left_alone(told: Estate) -> None:
    write("manifests/j.yaml", ITEM.replace("name: i", "name: j").replace("{ref: red}, may", "y, may"))
    told.apply()
    item(told).update(note="mine")
    accepted = asyncio.run(engine.accept_drift(told.settings, PLAIN))
    assert accepted.files == {}
    assert "other manifests read notes/i.md too" in accepted.plan.diagnostics[0].summary


def test_what_an_overlay_sets_is_edited_there(told: Estate) -> None:
    text = (told.folder / "reconciler.yaml").read_text()
    (told.folder / "reconciler.yaml").write_text(text + "overlays: [overlays]\n")
    over = "apiVersion: tiny/v1\nkind: Item\nmetadata: {name: i, target: one}\nspec:\n  title: over # here\n"
    write("overlays/i.yaml", over)
    told.apply()
    item(told).update(title="by hand", params={"temperature": 1, "top": 1})
    assert accept(told).fields == 2
    assert Path("overlays/i.yaml").read_text() == over.replace("over #", "by hand #")
    assert Path("manifests/i.yaml").read_text() == replaced(("temperature: 0.2", "temperature: 1"))


def test_a_conflict_is_accepted_over_what_git_says(told: Estate) -> None:
    write("manifests/i.yaml", ITEM.replace("'T'", "'U'"))
    item(told).update(title="by hand")
    assert accept(told).fields == 1
    assert Path("manifests/i.yaml").read_text() == replaced(("'T'", "'by hand'"))


def test_nothing_is_written_by_the_engine(told: Estate) -> None:
    item(told).update(title="by hand")
    asyncio.run(engine.accept_drift(told.settings, PLAIN))
    assert Path("manifests/i.yaml").read_text() == ITEM


def test_references_inside_a_text_stay(told: Estate) -> None:
    write(
        "manifests/p.yaml",
        ITEM.replace("name: i", "name: p").split("  title:")[0] + '  prompt: "Use {{item.i}}, please"\n',
    )
    told.apply()
    held = told.holds("Item")["p"]
    held["prompt"] = held["prompt"].replace("please", "now")
    assert accept(told).fields == 1
    assert Path("manifests/p.yaml").read_text().endswith('  prompt: "Use {{item.i}}, now"\n')


def test_a_list_in_order_keeps_what_is_the_same(told: Estate) -> None:
    write(
        "manifests/s.yaml",
        "apiVersion: tiny/v1\nkind: Item\nmetadata: {name: s, target: one}\nspec:\n  title: T\n"
        "  steps:\n    - one   # first\n    - two   # second\n",
    )
    told.apply()
    told.holds("Item")["s"]["steps"] = ["zero", "one", "2"]
    assert accept(told).fields == 1
    assert (
        Path("manifests/s.yaml")
        .read_text()
        .endswith('  steps:\n    - zero\n    - one   # first\n    - "2"   # second\n')
    )


def test_a_field_that_left_git_comes_back(told: Estate) -> None:
    write("manifests/i.yaml", replaced(("  params: {temperature: 0.2, top: 1}\n", "")))
    item(told).update(params={"temperature": 0.9, "top": 1})
    accepted = asyncio.run(engine.accept_drift(told.settings, PLAIN))
    (after,) = [after.decode() for _, after in accepted.files.values()]
    assert after.endswith("  params: {temperature: 0.9}\n")  # `top` left git and did not move: that is pending
    assert accepted.plan.fields["pending"] == 1


def test_what_no_manifest_declares_is_refused(told: Estate) -> None:
    write("manifests/i.yaml", GROUPS % "green")
    item(told).update(title="by hand")
    (refused,) = [d for d in asyncio.run(engine.accept_drift(told.settings, PLAIN)).plan.diagnostics if d.address]
    assert "no manifest declares it any more" in refused.summary


def test_what_would_change_another_manifest_is_refused(told: Estate) -> None:
    anchored = "apiVersion: tiny/v1\nkind: Item\nmetadata: {name: k, target: one}\nspec: {title: &t T, charter: *t}\n"
    write("manifests/k.yaml", anchored)
    told.apply()
    told.holds("Item")["k"]["title"] = "by hand"
    accepted = asyncio.run(engine.accept_drift(told.settings, PLAIN))
    assert (accepted.files, accepted.fields) == ({}, 0)
    assert "without changing something else" in accepted.plan.diagnostics[0].summary


def test_a_key_of_an_overlay_cannot_go(told: Estate) -> None:
    text = (told.folder / "reconciler.yaml").read_text()
    (told.folder / "reconciler.yaml").write_text(text + "overlays: [overlays]\n")
    write("overlays/i.yaml", "apiVersion: tiny/v1\nkind: Item\nmetadata: {name: i, target: one}\nspec: {price: 3}\n")
    told.apply()
    item(told).pop("price")
    accepted = asyncio.run(engine.accept_drift(told.settings, PLAIN))
    assert "an overlay sets it" in accepted.plan.diagnostics[0].summary
