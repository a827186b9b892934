"""What pipelines ask of a forge: comments, merged pull requests, artifacts; on loopback, as GitHub and GitLab answer.

Knows only the routes that the written pipelines use: any other one is answered with 404, and fails the step.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

REPOSITORY = "example/models"
TOKEN = "forge-token"


@dataclass
class Forge:
    """What a forge holds, and where it answers."""

    url: str = ""
    comments: list[dict[str, object]] = field(default_factory=list)
    merged: dict[str, str] = field(default_factory=dict)
    """Commit on the branch → head of the pull request that brought it."""
    artifacts: list[dict[str, object]] = field(default_factory=list)

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: dict[str, str]) -> object:
        """Give what a request is answered with, or None for 404."""
        if found := re.fullmatch(rf"/repos/{REPOSITORY}/commits/(\w+)/pulls", path):
            head = self.merged.get(found[1])
            return [{"merged_at": "2026-01-01T00:00:00Z", "head": {"sha": head}}] if head else []
        if path == f"/repos/{REPOSITORY}/actions/artifacts":
            return {"artifacts": [item for item in self.artifacts if item["name"] == query["name"][0]]}
        comments = rf"/repos/{REPOSITORY}/issues/\d+/comments|/projects/\d+/merge_requests/\d+/notes"
        if re.fullmatch(comments, path):
            if method == "GET":
                return self.comments
            self.comments.append({"id": len(self.comments) + 1, "user": {"type": "Bot"}, "body": body["body"]})
            return self.comments[-1]
        one = rf"(?:/repos/{REPOSITORY}/issues/comments|/projects/\d+/merge_requests/\d+/notes)/(\d+)"
        if (found := re.fullmatch(one, path)) and method in ("PATCH", "PUT"):
            self.comments[int(found[1]) - 1]["body"] = body["body"]
            return self.comments[int(found[1]) - 1]
        return None


@contextmanager
def serving() -> Iterator[Forge]:
    """Run a forge."""
    forge = Forge()

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            parts = urlsplit(self.path)
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            body = json.loads(sent) if sent.startswith("{") else {name: v[0] for name, v in parse_qs(sent).items()}
            known = TOKEN in (self.headers.get("Authorization") or "") + (self.headers.get("PRIVATE-TOKEN") or "")
            found = forge.answer(self.command, parts.path, parse_qs(parts.query), body) if known else None
            data = json.dumps(found).encode()
            self.send_response(404 if found is None else 200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_PUT = _do  # noqa: N815 (the library's names)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    forge.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield forge
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
