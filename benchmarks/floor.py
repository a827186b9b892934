"""The least that a plan can cost: read, parse, validate, fetch, compare, and nothing else.

Takes a folder of manifests, the kind's schema as a file, a server and the paths to fetch; prints how many differ.
It has no messages, no positions, no inventory, no order, no guards, and no idea of what a field means.

    python benchmarks/floor.py MANIFESTS SCHEMA URL PATH...     what answers with a list are the models
"""

from __future__ import annotations

import http.client
import os
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import jsonschema_rs
import orjson

PARSERS = (("yaml12", "parse_yaml"), ("ryaml", "loads"))
"""The fastest first; whichever is installed."""


def fastest_parser() -> Callable[[str], Any]:
    """Give the function that reads one YAML document."""
    for module, function in PARSERS:
        if find_spec(module):
            parse: Callable[[str], Any] = getattr(import_module(module), function)
            return parse
    raise SystemExit("no YAML parser is installed")


def main(manifests: str, schema: str, url: str, *paths: str) -> int:
    """Give how many manifests differ from what the server holds."""
    with open(schema, "rb") as file:  # noqa: PTH123
        is_valid = jsonschema_rs.validator_for(orjson.loads(file.read())).is_valid
    parse = fastest_parser()
    wanted = []
    for name in os.listdir(manifests):  # noqa: PTH208
        with open(f"{manifests}/{name}", encoding="utf-8") as file_of_one:  # noqa: PTH123
            document = parse(file_of_one.read())
        if not is_valid(document):
            raise SystemExit(f"{name} is not valid")
        wanted.append(document)
    live = {row["id"]: row for page in fetch(url, paths) if type(page) is list for row in page}
    return sum(differs(document, live) for document in wanted)


def fetch(url: str, paths: tuple[str, ...]) -> list[Any]:
    """Give every page, over one connection."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"))
    pages = []
    for path in paths:
        connection.request("GET", path, headers={"authorization": "Bearer " + os.environ["BENCH_TOKEN"]})
        pages.append(orjson.loads(connection.getresponse().read()))
    return pages


def differs(document: Any, live: dict[str, Any]) -> bool:
    """Compare what is declared, level by level."""
    spec = document["spec"]
    row = live.get(spec.get("id", document["metadata"]["name"]))
    return row is None or not holds(row, spec)


def holds(row: Any, spec: Any) -> bool:
    """Say whether every declared key has its value."""
    for key, value in spec.items():
        have = row[key]
        if have == value:
            continue
        if type(value) is dict and type(have) is dict:
            if not holds(have, value):
                return False
        elif type(value) is list and type(have) is list and len(value) == len(have):
            if not all(holds(one, other) for one, other in zip(have, value, strict=True)):
                return False
        else:
            return False
    return True


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
