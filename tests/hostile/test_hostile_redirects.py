"""No redirect, and no link of a page, takes the credential or a write to where the settings do not say."""

from __future__ import annotations

import asyncio

import pytest

from reconciler.errors import ProviderError

from .server import BOTH, Hostile, always, answer, serving, session

ELSEWHERE = {
    "another port": "{other}/steal",
    "without a scheme": "//127.0.0.1:{port}/steal",
    "another name of the same machine": "http://localhost:{here}/steal",
    "https": "https://127.0.0.1:{here}/steal",
    "a user before the host": "http://a:b@127.0.0.1:{here}/steal",
    "our host as a user": "http://127.0.0.1:{here}@127.0.0.1:{port}/steal",
    "backslashes": "http:\\\\127.0.0.1:{port}\\steal",
    "a tab in the scheme": "ht\ttp://127.0.0.1:{port}/steal",
    "no port": "http://127.0.0.1:0/steal",
    "no such port": "http://127.0.0.1:99999/steal",
    "no address": "http://[/steal",
    "a file": "file:///etc/passwd",
    "a script": "javascript:alert(1)",
    "terminal": "http://\x1b]8;;x\x07/steal",
}


def _redirected(
    method: str, reads: bool, status: int, location: str, switch_after: int
) -> tuple[Hostile, Hostile, str]:
    thief = Hostile(always(answer()))

    async def run() -> tuple[Hostile, str]:
        victim = Hostile(always(b""))
        async with serving(thief) as other, serving(victim) as url:
            facts = {"other": other, "port": other.rpartition(":")[2], "here": url.rpartition(":")[2]}
            victim.act = always(answer(b"", f"Location: {location.format(**facts)}", f"{status} Moved"))
            opened = session(url, switch_after, timeout=1.0)
            try:
                said = (await opened.send(method, "/a", reads=reads, body=None if method == "GET" else {})).text
            except ProviderError as error:
                said = error.message
            finally:
                await opened.close()
            return victim, said

    victim, said = asyncio.run(run())
    return victim, thief, said


@BOTH
@pytest.mark.parametrize("name", ELSEWHERE)
@pytest.mark.parametrize(
    ("method", "reads", "status"),
    [("GET", True, 302), ("POST", True, 307), ("POST", False, 308), ("DELETE", False, 307)],
)
def test_no_redirect_leads_elsewhere(method: str, reads: bool, status: int, name: str, switch_after: int) -> None:
    victim, thief, said = _redirected(method, reads, status, ELSEWHERE[name], switch_after)
    assert thief.heads == []
    assert victim.lines[0] == f"{method} /a"
    assert len(victim.lines) == 1 or reads  # what a browser takes for another host is a path of this one to us
    assert said.isprintable()


@BOTH
def test_a_write_is_not_redirected_even_here(switch_after: int) -> None:
    victim, _, said = _redirected("POST", False, 308, "/b", switch_after)
    assert victim.lines == ["POST /a"]
    assert said.startswith("it redirects to http://127.0.0.1:")


@BOTH
def test_a_read_that_is_sent_from_place_to_place_ends(switch_after: int) -> None:
    victim, _, _ = _redirected("GET", True, 302, "/a?again", switch_after)
    assert len(victim.heads) == 5


@BOTH
@pytest.mark.parametrize("name", ELSEWHERE)
def test_no_link_to_a_next_page_leads_elsewhere(name: str, switch_after: int) -> None:
    thief = Hostile(always(answer()))

    async def run() -> str:
        async with serving(thief) as other, serving(Hostile(always(answer()))) as url:
            facts = {"other": other, "port": other.rpartition(":")[2], "here": url.rpartition(":")[2]}
            opened = session(url, switch_after)
            try:
                await opened.send("GET", ELSEWHERE[name].format(**facts), reads=True)
            except ProviderError as error:
                return error.message
            finally:
                await opened.close()
        return ""

    if "://" in ELSEWHERE[name]:  # all else is no URL, and never gets here as one
        said = asyncio.run(run())
        assert "another origin" in said
        assert said.isprintable()
    assert thief.heads == []
