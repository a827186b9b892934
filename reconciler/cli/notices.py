"""Sends a short text to wherever a URL says, through the library apprise (the extra `notify`).

Takes a URL, which is a secret, and a text; gives what went wrong, or "". Never shows the URL, nor what a service says
of it.
"""

from __future__ import annotations

import logging
import warnings
from typing import Any

from reconciler import redact

INSTALL = "the library apprise is not installed: pip install 'reconciler[notify]'"


def send(url: str, title: str, text: str) -> str:
    """Send the text; give why it could not be sent, in words that hold nothing of the URL."""
    redact.remember(url)
    try:
        import apprise  # takes a second to import, and most runs notify nobody
    except ImportError:
        return INSTALL
    quiet = logging.getLogger("apprise")  # its warnings would name the URL's parts on stderr
    quiet.addHandler(logging.NullHandler())
    quiet.propagate = False
    try:
        with warnings.catch_warnings():  # of the library's own, which concern nobody here
            warnings.simplefilter("ignore")
            return _notify(apprise, url, title, text)
    except Exception as error:  # whatever a plugin does, the drift is still to be told
        return f"{type(error).__name__} in apprise"


def _notify(apprise: Any, url: str, title: str, text: str) -> str:
    service = apprise.Apprise()
    if not service.add(url):
        return "the URL is none that apprise knows"
    was_sent = service.notify(body=text, title=title, body_format=apprise.NotifyFormat.TEXT)
    return "" if was_sent else "the service did not take it, or could not be reached"
