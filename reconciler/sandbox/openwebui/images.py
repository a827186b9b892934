"""Which addresses of images the server takes.

Takes text, gives it back or raises ValueError with the server's words.
It never fetches an image.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_KNOWN = frozenset({"", "/user.png", "/favicon.png", "/static/favicon.png"})
_OF_USER = re.compile(r"/api/v1/users/[^/?#]+/profile/image\Z")
_OF_FILE = re.compile(r"/api/v1/files/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/content\Z")
_DATA = re.compile(r"data:image/(gif|jpeg|png|webp);base64,", re.IGNORECASE)


def check_image(value: object) -> str:
    """Give the address of a profile image: a known path, a web address with a host, or raster data."""
    if not isinstance(value, str):
        raise ValueError("Invalid image URL.")  # noqa: TRY004 - pydantic wants it
    if value in _KNOWN or _OF_USER.match(value) or _DATA.match(value):
        return value
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"}:
        raise ValueError(
            "Invalid profile image URL: must be a known internal path, "
            "an HTTP(S) URL with a host, or a data:image URI (png/jpeg/gif/webp)."
        )
    if not parts.hostname:
        raise ValueError("Invalid profile image URL: HTTP(S) URLs must include a host.")
    return value


def check_background(value: object) -> str:
    """Give the address of a background image: a file of this server."""
    if not isinstance(value, str):
        raise ValueError("Invalid image URL.")  # noqa: TRY004 - pydantic wants it
    if not _OF_FILE.match(value):
        raise ValueError("Invalid background image URL: must reference an internal file.")
    return value
