"""Starts throw-away PostgreSQL servers on loopback, for end-to-end tests.

Takes nothing, gives the address of an empty database. The programs are the system's; data live in a temporary folder.
It never touches a server that it did not start.

    with postgresql.running() as url:
        ...                            postgresql://tester@127.0.0.1:PORT/postgres
"""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.servers import ServerFailed, free_port, run

USER = "tester"


def programs() -> Path | None:
    """Give the folder of `initdb` and `pg_ctl`, None where the system has none. Debian keeps them off the path."""
    found = shutil.which("pg_ctl")
    if found is not None:
        return Path(found).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    return debian[-1].parent if debian else None


@contextmanager
def running() -> Iterator[str]:
    """Start a server with an empty database on a free loopback port, and stop it on the way out; give its address."""
    where = programs()
    if where is None:
        raise ServerFailed("the system package postgresql is not installed")
    with tempfile.TemporaryDirectory(prefix="postgresql-") as name:
        folder, options = Path(name), _unprivileged(Path(name))
        data, port = str(folder / "data"), free_port()
        # Trust: whoever reaches the loopback port owns the server, which holds nothing but tests.
        run([str(where / "initdb"), "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "-N"], **options)
        listen = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        # Its own output must not be a pipe: the server keeps it open, and `run` would wait for its end.
        log = str(folder / "server.log")
        run([str(where / "pg_ctl"), "-D", data, "-l", log, "-w", "-t", "60", "-o", listen, "start"], **options)
        try:
            yield f"postgresql://{USER}@127.0.0.1:{port}/postgres"
        finally:
            run([str(where / "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop"], **options)


def _unprivileged(folder: Path) -> dict[str, Any]:
    """Give the options under which its programs run: they refuse to be root's."""
    options: dict[str, Any] = {"cwd": folder}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        options |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    return options
