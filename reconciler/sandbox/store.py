"""What the sandbox's systems remember: tables of rows, in memory or in a SQLite file.

Takes and gives rows as plain objects; a row is replaced, never changed in place.
It never interprets a row: keys, order and meaning belong to the system that owns the table.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeAlias

import orjson

Row: TypeAlias = dict[str, Any]
Undo: TypeAlias = dict[tuple[str, str], Row | None]

_SCHEMA = """
create table if not exists row (
  position integer primary key, "table" text not null, key text not null, body blob not null, unique ("table", key)
)
"""
_PUT = """
insert into row ("table", key, body) values (?, ?, ?) on conflict ("table", key) do update set body = excluded.body
"""
_DROP = 'delete from row where "table" = ? and key = ?'

_undo: ContextVar[Undo | None] = ContextVar("undo", default=None)
_view: ContextVar[Undo | None] = ContextVar("view", default=None)


class Store:
    """Every table of every system; one per sandbox."""

    def __init__(self, path: Path | None = None) -> None:
        self._tables: dict[str, Table] = {}
        self._last: Undo = {}
        self._file = None if path is None else _open(path)

    def table(self, name: str) -> Table:
        """Give the table of that name, with what the file holds of it."""
        if name not in self._tables:
            self._tables[name] = Table(name, self._load(name), self._file)
        return self._tables[name]

    @contextmanager
    def request(self, *, stale: bool = False) -> Iterator[None]:
        """Make what is written inside one unit; with `stale`, reads inside see the state before the last such unit."""
        undo: Undo = {}
        tokens = (_undo.set(undo), _view.set(self._last if stale else None))
        try:
            yield
        finally:
            _undo.reset(tokens[0])
            _view.reset(tokens[1])
            if undo:
                self._last = undo
                if self._file is not None:
                    self._file.commit()

    def close(self) -> None:
        """Write out what is pending and close the file."""
        if self._file is not None:
            self._file.commit()
            self._file.close()
            self._file = None

    def _load(self, name: str) -> dict[str, Row]:
        if self._file is None:
            return {}
        rows = self._file.execute('select key, body from row where "table" = ? order by position', (name,))
        return {key: orjson.loads(body) for key, body in rows}


class Table:
    """Rows by key, in the order in which they were first put."""

    def __init__(self, name: str, rows: dict[str, Row], file: sqlite3.Connection | None) -> None:
        self.name = name
        self._rows = rows
        self._file = file

    def get(self, key: str) -> Row | None:
        """Give the row, or None."""
        view = _view.get()
        if view and (self.name, key) in view:
            return view[self.name, key]
        return self._rows.get(key)

    def all(self) -> list[Row]:
        """Give every row, oldest first."""
        view = {key: row for (table, key), row in (_view.get() or {}).items() if table == self.name}
        if not view:
            return list(self._rows.values())
        rows: dict[str, Row | None] = {**self._rows, **view}
        return [row for row in rows.values() if row is not None]

    def put(self, key: str, row: Row) -> Row:
        """Store the row under the key, replacing what was there, and give it back."""
        self._remember(key)
        self._rows[key] = row
        if self._file is not None:
            self._file.execute(_PUT, (self.name, key, orjson.dumps(row)))
        return row

    def drop(self, key: str) -> bool:
        """Forget the row; say whether there was one."""
        if key not in self._rows:
            return False
        self._remember(key)
        del self._rows[key]
        if self._file is not None:
            self._file.execute(_DROP, (self.name, key))
        return True

    def clear(self) -> None:
        """Forget every row."""
        for key in list(self._rows):
            self.drop(key)

    def __len__(self) -> int:
        return len(self._rows)

    def _remember(self, key: str) -> None:
        undo = _undo.get()
        if undo is not None:
            undo.setdefault((self.name, key), self._rows.get(key))


def _open(path: Path) -> sqlite3.Connection:
    """Open the file, making it where there is none. A commit survives the end of the process, not of the machine."""
    file = None
    try:
        file = sqlite3.connect(path, check_same_thread=False)
        file.execute("pragma journal_mode = wal")
        file.execute("pragma synchronous = normal")
        file.execute(_SCHEMA)
        file.commit()
    except sqlite3.DatabaseError as error:
        if file is not None:
            file.close()
        raise ValueError(f"{path} is not a file of the sandbox: {error}") from error
    return file
