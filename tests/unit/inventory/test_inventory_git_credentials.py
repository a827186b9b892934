"""The store in git with a job's own credential, as GitHub's checkout and GitLab's runner leave it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reconciler.errors import InventoryError
from reconciler.inventory import Store, open_store
from reconciler.inventory.store import LockedStore

from .inventory_places import Git, run_git
from .inventory_samples import entry
from .inventory_servers import READER, WRITER, forge

pytestmark = pytest.mark.usefixtures("git")


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[str]:
    """The address of a server of a bare repository `remote.git`, in which there is a branch."""
    Git(tmp_path)
    with forge(tmp_path) as address:
        yield address


def checkout_of_github(endpoint: str, folder: Path, token: str) -> None:
    """Do what `actions/checkout` does: a shallow fetch, and the token as a header of the clone's settings."""
    header = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    run_git(folder, "init", "-q")
    run_git(folder, "remote", "add", "origin", f"{endpoint}/remote.git")
    run_git(folder, "config", f"http.{endpoint}/.extraheader", f"AUTHORIZATION: basic {header}")
    run_git(folder, "fetch", "-q", "--no-tags", "--depth=1", "origin", "+refs/heads/main:refs/remotes/origin/main")
    run_git(folder, "checkout", "-q", "--detach", "origin/main")


def checkout_of_gitlab(endpoint: str, folder: Path, token: str) -> None:
    """Do what GitLab's runner does: the job's token stands in the address of the remote."""
    address = endpoint.replace("//", f"//gitlab-ci-token:{token}@")
    run_git(folder, "clone", "-q", "--depth=1", "--branch=main", f"{address}/remote.git", ".")


Checkout = Callable[[str, Path, str], None]
EITHER = pytest.mark.parametrize("checkout", [checkout_of_github, checkout_of_gitlab], ids=["github", "gitlab"])


def checked_out(checkout: Checkout, endpoint: str, folder: Path, token: str) -> LockedStore:
    folder.mkdir()
    checkout(endpoint, folder, token)
    return open_store("git", "prod", folder, {})


def apply(store: LockedStore) -> None:
    with store.lock(0):
        journal = store.begin(store.load())
        asyncio.run(journal.record(entry("a").address, entry("a")))
        store.commit(journal)


def names(store: Store) -> list[str]:
    return [address.name for address in store.load().entries]


@EITHER
def test_a_job_that_may_write_applies_and_one_that_may_read_plans(
    checkout: Checkout, endpoint: str, tmp_path: Path
) -> None:
    apply(checked_out(checkout, endpoint, tmp_path / "apply", WRITER))
    plan = checked_out(checkout, endpoint, tmp_path / "plan", READER)
    assert names(plan) == ["a"]
    with pytest.raises(InventoryError, match=r"git push: .*403") as caught:
        apply(plan)
    assert "allowed to push" in caught.value.hint
    assert READER not in str(caught.value)


def test_a_checkout_that_kept_no_credential_cannot_read_and_says_why(endpoint: str, tmp_path: Path) -> None:
    """It must not read as an inventory that is not there yet."""
    store = checked_out(checkout_of_github, endpoint, tmp_path / "plan", READER)
    run_git(tmp_path / "plan", "config", "--unset-all", f"http.{endpoint}/.extraheader")
    with pytest.raises(InventoryError, match=r"git ls-remote: fatal: could not read Username") as caught:
        store.load()
    assert "persist-credentials" in caught.value.hint
