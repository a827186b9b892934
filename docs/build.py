"""Writes `docs/systems/<system>.md`: a target, the vendor's operations, what is odd, every kind and field.

Takes the schemas, what `docs/systems/<system>.yaml` says in words, and the conformance cases that a kind cannot play;
gives pages, or with `--check` says which of them are out of date. Never speaks to a server.

    python -m docs.build [--check]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from reconciler import providers, schema
from reconciler.model import Kind
from reconciler.schema import FieldHelp
from tests.conformance.registry import SYSTEMS
from tests.conformance.subjects import Subject

PAGES = Path(__file__).parent / "systems"
DEEPEST = 6
"""Fields further down are in the schema, and on no page: recursive definitions would never end."""

Words = dict[str, Any]


def pages() -> dict[Path, str]:
    """Give the text of every page by its path."""
    kinds = schema.load_kinds()
    return {PAGES / f"{system}.md": page(system, kinds) for system in sorted(providers.SYSTEMS)}


def page(system: str, kinds: schema.Kinds) -> str:
    """Give one system's page."""
    said = words(system)
    sections = [
        f"# {said['title']}",
        "Made by `make docs` from the schemas and the words beside this page; do not edit it.",
        said["intro"].strip(),
        "## A target",
        *_target(system, said),
        "## What to know",
        "\n".join(f"- {' '.join(oddity.split())}" for oddity in said["oddities"]),
        "## The vendor's operations",
        _operations(said),
        *(part for name in kinds.of(system) for part in _kind(kinds.get(system, name))),
    ]
    return "\n\n".join(sections) + "\n"


def words(system: str) -> Words:
    """Give what people wrote about a system: title, intro, target, oddities, operations."""
    found: Words = yaml.safe_load((PAGES / f"{system}.yaml").read_text(encoding="utf-8"))
    return found


def _target(system: str, said: Words) -> Iterator[str]:
    yield f"```yaml\n{said['target'].strip()}\n```"
    own = schema.target_settings(system).values()
    if own:
        rows = [(f"`{s.name}`", "yes" if s.required else "no", s.description) for s in own]
        yield table(("setting of its own", "required", "meaning"), rows)


def _operations(said: Words) -> str:
    rows = [
        (
            row["operation"],
            f"`{row['call']}`" if "call" in row else "",
            row["use"] if "use" in row else f"left out: {row['left_out']}",
        )
        for row in said["operations"]
    ]
    return table(("operation", "call", "what Reconciler uses it for"), rows)


def _kind(kind: Kind) -> Iterator[str]:
    help_ = schema.explain(kind)
    yield f"## {kind.name}"
    yield help_.description
    notes = [*help_.flags, *(f"lives in a {kind.parent}" for _ in [0] if kind.parent)]
    if notes:
        yield "\n".join(f"- {note}" for note in notes)
    yield table(("field", "type", "default", "meaning"), [_row(field) for field in _fields(kind, help_)])
    cannot = _cannot(kind)
    if cannot:
        yield f"Of the conformance cases, {kind.name} does not play:"
        yield "\n".join(f"- {case.replace('_', ' ')}: {reason}" for case, reason in sorted(cannot.items()))


def _fields(kind: Kind, parent: FieldHelp, depth: int = 1) -> Iterator[FieldHelp]:
    for child in parent.children:
        yield child
        if depth < DEEPEST:
            yield from _fields(kind, schema.explain(kind, child.path), depth + 1)


def _row(field: FieldHelp) -> tuple[str, str, str, str]:
    name = f"`{field.path}`" + (" (required)" if field.required else "")
    default = f"`{yaml.safe_dump(field.default, default_flow_style=True).splitlines()[0]}`" if field.has_default else ""
    meaning = " ".join([field.description, *(f"({flag})" for flag in field.flags)])
    return name, ", ".join([field.type, *field.limits]), default, meaning


def _cannot(kind: Kind) -> dict[str, str]:
    """Give the cases that the kind cannot play in the newest version of its system."""
    for system in SYSTEMS:
        if system.name == kind.system:
            newest = next(variant for variant in system.variants if variant.newest)
            subjects: tuple[Subject, ...] = system.subjects(newest)
            return next((dict(s.cannot) for s in subjects if s.kind == kind.name), {})
    return {}


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Give a Markdown table; what would end a cell is escaped."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def main() -> int:
    """Write the pages, or say which are out of date."""
    stale = [path for path, text in pages().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path.name} is out of date: make docs")
        return 1 if stale else 0
    for path in stale:
        path.write_text(pages()[path], encoding="utf-8")
        print(f"wrote {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
