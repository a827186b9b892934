"""Starts servers of the S3 protocol, and of git's over HTTP, on loopback in this process.

Takes nothing or a folder of bare repositories, gives an address. Each serves one request at a time, so that a condition
and the write that it is for are one step, as they are at the vendor's; moto alone would let another request in between.

    with s3() as endpoint: ...                              with an empty bucket `tests`
    with s3(ignores=("HTTP_IF_MATCH",)) as endpoint: ...    a server that takes no notice of a header
    with forge(folder) as endpoint: ...                     READER may fetch, WRITER may also push
"""

from __future__ import annotations

import base64
import logging
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
READER, WRITER = "r3ader", "wr1ter"
"""What a token of a pipeline's job is called that may read a repository, and one that may write it too."""
Application = Callable[..., Any]


@contextmanager
def s3(*, ignores: tuple[str, ...] = ()) -> Iterator[str]:
    """Serve until the context ends."""
    from moto.server import DomainDispatcherApplication, create_backend_app  # half a second

    serve = DomainDispatcherApplication(create_backend_app)

    def serve_all(environment: dict[str, Any], start: Any) -> Any:
        for name in ignores:
            environment.pop(name, None)
        return serve(environment, start)

    with serving(serve_all) as endpoint:
        httpx.put(f"{endpoint}/tests", trust_env=False).raise_for_status()
        yield endpoint


@contextmanager
def forge(folder: Path) -> Iterator[str]:
    """Serve bare repositories by git's own program, to those who have a token."""

    def serve(environment: dict[str, Any], start: Any) -> Any:
        given = environment.get("HTTP_AUTHORIZATION", "").partition(" ")[2]
        token = base64.b64decode(given).decode().partition(":")[2]
        if token not in (READER, WRITER):
            start("401 Unauthorized", [("WWW-Authenticate", 'Basic realm="forge"')])
            return [b""]
        if token == READER and "receive-pack" in environment["PATH_INFO"] + environment["QUERY_STRING"]:
            start("403 Forbidden", [("Content-Type", "text/plain")])
            return [b"this token may only read"]
        return [_ask_git(folder, environment, start)]

    with serving(serve) as endpoint:
        yield endpoint


def _ask_git(folder: Path, environment: dict[str, Any], start: Any) -> bytes:
    """Pass a request on as CGI does."""
    names = ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "CONTENT_TYPE", "CONTENT_LENGTH", "HTTP_CONTENT_ENCODING")
    cgi = {name: str(environment[name]) for name in (*names, "HTTP_GIT_PROTOCOL") if name in environment}
    cgi |= {"GIT_PROJECT_ROOT": str(folder), "GIT_HTTP_EXPORT_ALL": "1", "REMOTE_USER": "job"}
    body = environment["wsgi.input"].read(int(environment.get("CONTENT_LENGTH") or 0))
    done = subprocess.run(["git", "http-backend"], input=body, capture_output=True, check=True, env=cgi)
    head, _, answer = done.stdout.partition(b"\r\n\r\n")
    fields = [tuple(line.split(": ", 1)) for line in head.decode().splitlines()]
    start(dict(fields).get("Status", "200 OK"), [field for field in fields if field[0] != "Status"])
    return answer


@contextmanager
def serving(application: Application) -> Iterator[str]:
    """Serve a WSGI application, one request at a time."""
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, application)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
