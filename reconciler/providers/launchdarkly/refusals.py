"""Says what LaunchDarkly's refusals mean, where the status alone does not.

Takes a status and what the answer says, gives an error or None. Never puts more of a body into a message than that.

The same 403 means that a role lacks an action, that the header of a beta resource got lost, or that a change needs an
approval; the same 400 that a key is taken, or that something is still in use (the vendor's REST pages, its Terraform
provider 3.1.3, and labs).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from reconciler.errors import Conflict, ProviderError, Rejected

RATE_LIMITED = re.compile(r"rate.?limit", re.IGNORECASE)
"""Making a config or a variation makes a flag: older servers told of that call's 429 as a 400."""
CANNOT_DELETE_YET = re.compile(r"could not delete AI Config", re.IGNORECASE)
LAST_VARIATION = re.compile(r"cannot delete the last variation", re.IGNORECASE)


class _Meaning(NamedTuple):
    statuses: tuple[int, ...]
    methods: tuple[str, ...]
    path: str
    says: re.Pattern[str]
    error: type[ProviderError]
    hint: str


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_WRITES = ("POST", "PATCH", "DELETE")
_MEANINGS = (
    _Meaning(
        (400, 403),
        ("GET", *_WRITES),
        "",
        _words(r"\bbeta\b|LD-?API-?Version"),
        Rejected,
        "something between here and LaunchDarkly changes the header LD-API-Version; the credential is not the cause",
    ),
    _Meaning(
        (403,),
        _WRITES,
        "",
        _words("approv"),
        Rejected,
        "it needs an approval in LaunchDarkly, not another credential: request it there, or leave this out by "
        "--exclude until the environment asks for none",
    ),
    _Meaning(
        (409,),
        ("PATCH",),
        "/targeting",
        _words(""),
        Conflict,
        "an experiment or a guarded rollout runs in this environment and decides what is served: "
        "stop it in LaunchDarkly, or leave this out by --exclude until it has ended",
    ),
    _Meaning(
        (400,),
        ("POST",),
        "/ai-configs",
        _words('invalid variation "default"'),
        Conflict,
        "this is how the server says that an AI Config of this key exists already: plan again",
    ),
    _Meaning(
        (400,),
        ("DELETE",),
        "",
        LAST_VARIATION,
        Rejected,
        "the last variation goes with its AI Config alone: make another one first, or remove the AI Config too",
    ),
    _Meaning(
        (400, 409), ("DELETE",), "", _words(r"\buse"), Conflict, "remove it where it is used, and apply that first"
    ),
)


def meaning(what: str, method: str, url: str, status: int, text: str) -> ProviderError | None:
    """Give the error that a refusal stands for, None where its status says all; `what` names target and request."""
    for one in _MEANINGS:
        if status in one.statuses and method in one.methods and url.endswith(one.path) and one.says.search(text):
            return one.error(f"{what}: HTTP {status}" + (f": {text}" if text else ""), hint=one.hint)
    return None
