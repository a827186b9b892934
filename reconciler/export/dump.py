"""Writes documents as YAML that people like to read and that our own reader reads back unchanged.

Takes JSON values, gives text: block style, `{ref: name}` on one line, many lines as a literal block. Pure.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from reconciler.model import Body

_SOURCES = (("ref",), ("env",), ("file",))
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z|0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_TO_BE_ESCAPED = re.compile("[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""Tabs, YAML's other line breaks, and what cannot be seen: only between double quotes is it safe."""


class _Dumper(yaml.SafeDumper):
    """PyYAML's, which knows YAML 1.1: what is a number only in 1.2 is put in quotes too."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 (PyYAML's signature)
        """Write everything out."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:  # noqa: ARG002 (the same)
        """Indent the items of a list below their key."""
        return super().increase_indent(flow, indentless=False)


def _mapping(dumper: _Dumper, value: Body) -> yaml.Node:
    is_source = tuple(value) in _SOURCES and all(isinstance(item, str) for item in value.values())
    return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=is_source or not value)


def _text(dumper: _Dumper, value: str) -> yaml.Node:
    style = '"' if _TO_BE_ESCAPED.search(value) else "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(dict, _mapping)
_Dumper.add_representer(str, _text)
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", _NUMBER, list("-+.0123456789"))


def dump(document: Body) -> str:
    """Give the YAML text of a document."""
    text: str = yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**30, default_flow_style=False
    )
    return text
