"""Changes one value in the text of a YAML file, and leaves every other byte as it is.

Takes a text, the number of a document in it and a path, gives the new text, or raises `Uneditable`. What it gives has
been read again: that value differs, and nothing else. Pure: no I/O, no clock.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Any

import orjson
import yaml

from reconciler.errors import ManifestError
from reconciler.manifests import strict
from reconciler.manifests.scalars import flow, literal, scalar
from reconciler.manifests.text import BOM
from reconciler.model import Body, Json, Path
from reconciler.paths import remove_at, replace_at, value_at


class Uneditable(Exception):
    """A value cannot be changed where it stands without changing something else."""


class _Gone:
    """Stands for a key that is to be removed."""


REMOVED = _Gone()

Span = tuple[int, int, str]
"""From where to where, and what comes there instead."""


def edit(text: str, number: int, path: Path, value: Json) -> str:
    """Give the text with this value at a path of its document `number`; `REMOVED` takes the key away."""
    if text.startswith(BOM):  # the two readers of PyYAML do not agree on where it puts what follows
        return BOM + edit(text.removeprefix(BOM), number, path, value)
    before = documents(text)
    old = before[number]
    new: Body = remove_at(old, path) if value is REMOVED else replace_at(old, path, value)
    wanted = [*before[:number], new, *before[number + 1 :]]
    for way in (_finely, _wholly):
        try:
            result = way(text, number, path, old, new)
            if _same(documents(result), wanted):
                return result
        except (Uneditable, ManifestError, yaml.YAMLError):
            continue
    raise Uneditable


def documents(text: str) -> list[Body]:
    """Give the documents of a text, without empty ones."""
    return [document.value for document in strict.parse(text.encode(), "")]


def _finely(text: str, number: int, _: Path, old: Body, new: Body) -> str:
    """Touch only the lines of what differs."""
    root = _nodes(text)[number]
    return _applied(text, _Edit(text).change(root, old, new, (root.start_mark.column, root.start_mark.index, False)))


def _wholly(text: str, number: int, path: Path, _: Body, new: Body) -> str:
    """Put one plain line in the place of the whole value."""
    node = _nodes(text)[number]
    for step in path:
        node = _below(node, step)
    return _applied(text, [(node.start_mark.index, _Edit(text).end(node), flow(value_at(new, path)))])


def _nodes(text: str) -> list[Any]:
    found = yaml.compose_all(text, Loader=strict.LOADER)
    return [node for node in found if isinstance(node, yaml.MappingNode)]


def _below(node: Any, step: str | int) -> Any:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
        return node.value[step]
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == step:
                return value
    raise Uneditable


def _applied(text: str, spans: list[Span]) -> str:
    for start, end, replacement in sorted(spans, reverse=True):
        text = text[:start] + replacement + text[end:]
    return text


def _same(left: Json, right: Json) -> bool:
    return orjson.dumps(left, option=orjson.OPT_SORT_KEYS) == orjson.dumps(right, option=orjson.OPT_SORT_KEYS)


Place = tuple[int, int, bool]
"""The column of what holds a value, where its whole may be replaced from, and whether it is inside brackets."""


class _Edit:
    """Finds what to replace in one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._break = "\r\n" if "\r\n" in text else "\n"

    def change(self, node: Any, old: Json, new: Json, place: Place) -> list[Span]:
        """Give the spans that turn one value into another."""
        if _same(old, new):
            return []
        if isinstance(node, yaml.MappingNode) and isinstance(new, dict) and isinstance(old, dict):
            return self._mapping(node, old, new, place)
        if isinstance(node, yaml.SequenceNode) and isinstance(new, list) and isinstance(old, list) and new:
            return self._sequence(node, old, new, place)
        return [self._whole(node, new, place)]

    def _mapping(self, node: Any, old: Body, new: Body, place: Place) -> list[Span]:
        gone = [key for key in old if key not in new]
        added = {key: value for key, value in new.items() if key not in old}
        if (node.flow_style and (gone or added)) or not (old.keys() & new.keys()):
            return [self._whole(node, new, place)]
        in_flow = place[2] or bool(node.flow_style)
        spans = []
        for key, value in node.value:
            if key.value in gone:
                spans.append(self._lines(key.start_mark.index, self.end(value)))
            elif key.value in new:
                inner = (key.start_mark.column, self._after_colon(key), in_flow)
                spans += self.change(value, old[key.value], new[key.value], inner)
        if added:
            column = node.value[0][0].start_mark.column
            made = "".join(self._entry(name, value, column) for name, value in added.items())
            end = self._end_of_line(self.end(node))
            spans.append((end, end, made))
        return spans

    def _sequence(self, node: Any, old: list[Json], new: list[Json], place: Place) -> list[Span]:
        column, in_flow = node.start_mark.column, place[2] or bool(node.flow_style)
        if node.flow_style and len(old) != len(new):
            return [self._whole(node, new, place)]
        if node.flow_style:
            pairs = zip(node.value, old, new, strict=True)
            return [span for n, o, w in pairs for span in self.change(n, o, w, (column, n.start_mark.index, True))]
        spans: list[Span] = []
        matcher = SequenceMatcher(None, list(map(_key, old)), list(map(_key, new)), autojunk=False)
        for word, i, j, k, m in matcher.get_opcodes():
            if word == "equal":
                continue
            paired = min(j - i, m - k)
            for n, o, w in zip(node.value[i : i + paired], old[i:], new[k : k + paired], strict=False):
                spans += self.change(n, o, w, (column, n.start_mark.index, in_flow))
            spans += [self._item_lines(n, column) for n in node.value[i + paired : j]]
            made = "".join(self._break + " " * column + "- " + flow(item) for item in new[k + paired : m])
            if made:
                spans.append(self._insertion(node, i + paired, column, made))
        return spans

    def _insertion(self, node: Any, index: int, column: int, made: str) -> Span:
        """Put lines after the item before `index`, or before the first."""
        if index:
            at = self._end_of_line(self.end(node.value[index - 1]))
            return at, at, made
        at = self._item_lines(node.value[0], column)[0]
        return at, at, made.removeprefix(self._break) + self._break

    def _whole(self, node: Any, new: Json, place: Place) -> Span:
        column, lead, in_flow = place
        start, end = node.start_mark.index, self.end(node)
        style = node.style or None if isinstance(node, yaml.ScalarNode) else None
        if isinstance(new, str) and not in_flow and (style in ("|", ">") or ("\n" in new and style is None)):
            block = literal(new, self._indent(node, column), self._break)
            if block is not None:
                return self._from(lead, start), end, " " * (self._from(lead, start) != start) + block
        made = scalar(new, style, in_flow) if not isinstance(new, (dict, list)) else flow(new)
        start = self._from(lead, start)
        return start, end, f" {made}" if self._text[start - 1 : start] == ":" else made

    def _from(self, lead: int, start: int) -> int:
        """Begin at the colon where only space lies between it and the value."""
        between = self._text[lead:start]
        return lead if lead < start and "\n" in between and not between.strip() else start

    def _indent(self, node: Any, column: int) -> int:
        """Give the indentation of a block of text: the one that it has, or two more than its key's."""
        lines = self._text[node.start_mark.index : self.end(node)].split("\n")[1:]
        first = next((line for line in lines if line.strip()), "")
        return len(first) - len(first.lstrip(" ")) if first else column + 2

    def _entry(self, name: str, value: Json, column: int) -> str:
        block = literal(value, column + 2, self._break) if isinstance(value, str) and "\n" in value else None
        made = block if block is not None else flow(value) if isinstance(value, (dict, list)) else scalar(value)
        return f"{self._break}{' ' * column}{scalar(name)}: {made}"

    def _after_colon(self, key: Any) -> int:
        colon = self._text.find(":", key.end_mark.index)
        return colon + 1 if colon >= 0 else int(key.end_mark.index)

    def _item_lines(self, node: Any, column: int) -> Span:
        start = self._text.rfind("\n", 0, node.start_mark.index) + 1 + column
        if self._text[start : start + 1] != "-":
            raise Uneditable  # the dash stands on a line of its own
        return self._lines(start, self.end(node))

    def _lines(self, start: int, end: int) -> Span:
        """Give the whole lines from one place to another; what shares the first one with others is left."""
        beginning = self._text.rfind("\n", 0, start) + 1
        if self._text[beginning:start].strip():
            raise Uneditable
        return beginning, min(self._end_of_line(end) + len(self._break), len(self._text)), ""

    def _end_of_line(self, index: int) -> int:
        found = self._text.find(self._break, index)
        return found if found >= 0 else len(self._text)

    def end(self, node: Any) -> int:
        """Give where a value ends, without the comments and empty lines that follow it."""
        if isinstance(node, yaml.ScalarNode):
            return self._end_of_block(node) if node.style in ("|", ">") else int(node.end_mark.index)
        if node.flow_style or not node.value:
            return int(node.end_mark.index)
        last = node.value[-1]
        return self.end(last[1] if isinstance(last, tuple) else last)

    def _end_of_block(self, node: Any) -> int:
        start = node.start_mark.index
        lines = self._text[start : node.end_mark.index].splitlines(keepends=True)
        while len(lines) > 1 and not lines[-1].strip():
            lines.pop()
        return int(start + len("".join(lines).rstrip("\r\n")))


def _key(item: Json) -> bytes:
    return orjson.dumps(item, option=orjson.OPT_SORT_KEYS)
