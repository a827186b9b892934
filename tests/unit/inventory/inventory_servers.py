"""Starts a server of the S3 protocol on loopback, in this process.

Takes nothing, gives its address with an empty bucket `tests`. It serves one request at a time, so that a condition and
the write that it is for are one step, as they are at the vendor's; moto alone would let another request in between.

    with s3() as endpoint: ...
    with s3(heeds_conditions=False) as endpoint: ...     a server that ignores If-Match and If-None-Match
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}


@contextmanager
def s3(*, heeds_conditions: bool = True) -> Iterator[str]:
    """Serve until the context ends."""
    from moto.server import DomainDispatcherApplication, create_backend_app  # half a second
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    serve = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, serve if heeds_conditions else _without_conditions(serve))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    httpx.put(f"{endpoint}/tests", trust_env=False).raise_for_status()
    try:
        yield endpoint
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _without_conditions(serve: Callable[..., Any]) -> Callable[..., Any]:
    def serve_all(environment: dict[str, Any], start: Any) -> Any:
        for name in ("HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH"):
            environment.pop(name, None)
        return serve(environment, start)

    return serve_all
