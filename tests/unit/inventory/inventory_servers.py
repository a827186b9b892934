"""Starts a server of the S3 protocol on loopback, in this process.

Takes nothing, gives its address with an empty bucket `tests`. It serves one request at a time, so that a condition and
the write that it is for are one step, as they are at the vendor's; moto alone would let another request in between.

    with s3() as endpoint: ...
    with s3(ignores=("HTTP_IF_MATCH",)) as endpoint: ...    a server that takes no notice of a header
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
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
