"""`doctor`: is everything there that a run needs?

Takes the session, shows one line per check with what to do. Sends nothing but reads; takes the inventory's lock for a
moment, to see whether it is free.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import click

from reconciler.cli import options
from reconciler.cli.session import Session
from reconciler.cli.verb import Verb

if TYPE_CHECKING:
    from reconciler.errors import ReconcilerError
    from reconciler.model import Account, Desired, Target
    from reconciler.providers.base import Provider
    from reconciler.settings import Settings


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, what was found, what to do, and the exit code that follows."""

    status: Literal["ok", "warn", "fail"]
    check: str
    found: str
    hint: str = ""
    exit_code: int = 0


@click.command(
    cls=Verb,
    examples=(
        ("reconciler doctor", "check everything that a run needs"),
        ("reconciler -c staging/reconciler.yaml doctor -o json", "another settings file, for a machine"),
    ),
)
@options.output()
@click.pass_obj
def command(session: Session, /) -> int:
    """Check settings, manifests, secrets, inventory and every target.

    Each line says what was found, and what to do where it is wrong. Exits with the worst finding: 3 for settings,
    manifests or inventory, 7 for credentials, 8 for a target that does not answer.
    """
    from reconciler.cli import exits
    from reconciler.report.view import Listing

    checks = tuple(_examine(session))
    code = exits.worst(check.exit_code for check in checks)
    rows = tuple(
        {"status": check.status, "check": check.check, "found": check.found, "hint": check.hint} for check in checks
    )
    closing = "Everything is there." if code == exits.OK else "Something is missing."
    session.show(Listing("checks", ("status", "check", "found"), rows, closing, complete=code == exits.OK))
    return code


def _examine(session: Session) -> Iterator[Check]:
    from reconciler.errors import ReconcilerError

    try:
        settings = session.settings()
    except ReconcilerError as error:
        yield _failed("settings", error)
        return
    number = len(settings.targets)
    yield Check("ok", "settings", f"{settings.file}: {number} target{'' if number == 1 else 's'}")
    yield from _examine_manifests(settings)
    yield _examine_inventory(settings)
    yield from _examine_targets(settings)


def _examine_manifests(settings: Settings) -> Iterator[Check]:
    from reconciler import checking
    from reconciler.errors import ReconcilerError

    try:
        desired = checking.check(settings)
    except ReconcilerError as error:
        yield Check("fail", "manifests", error.message, "`reconciler validate` shows each", error.exit_code)
        return
    yield Check("ok", "manifests", f"{len(desired.resources)} valid")
    yield from _examine_secrets(desired, settings)


def _examine_secrets(desired: Desired, settings: Settings) -> Iterator[Check]:
    """Say which secrets of manifests are not set; only apply needs them, so that is no failure."""
    from reconciler import secrets

    sources = {place.source: None for resource in desired.resources.values() for place in resource.secrets}
    missing = sorted(secrets.describe(source) for source in sources if secrets.read(source, settings.root) is None)
    if missing:
        yield Check("warn", "secrets", f"not set: {', '.join(missing)}", "apply needs what it sends; plan does not")
    elif sources:
        yield Check("ok", "secrets", f"{len(sources)} set")


def _examine_inventory(settings: Settings) -> Check:
    from reconciler import survey
    from reconciler.errors import ReconcilerError
    from reconciler.words import counted

    try:
        store = survey.open_store(settings)
        inventory = store.load()
        if inventory.serial:  # an inventory that was never saved has no folder to lock in
            with store.lock(0.0):
                pass
    except ReconcilerError as error:
        return _failed("inventory", error)
    objects = counted(len(inventory.entries), "object")
    return Check("ok", "inventory", f"{objects}, save {inventory.serial}, not locked ({store.name})")


def _examine_targets(settings: Settings) -> Iterator[Check]:
    """Ask every target at once who we are."""
    import asyncio

    found = asyncio.run(_identify(settings, tuple(settings.targets)))
    yield from (_judge(settings.targets[name], found[name]) for name in sorted(settings.targets))


async def _identify(settings: Settings, names: tuple[str, ...]) -> dict[str, Account | ReconcilerError]:
    import asyncio

    from reconciler import providers

    connected = providers.connect(settings.targets, settings.root, note="")
    try:
        answers = await asyncio.gather(*(_ask(connected[name]) for name in names))
    finally:
        await asyncio.gather(*(provider.close() for provider in connected.values()))
    return dict(zip(names, answers, strict=True))


async def _ask(provider: Provider) -> Account | ReconcilerError:
    from reconciler.errors import ReconcilerError

    try:
        return await provider.identify()
    except ReconcilerError as error:
        return error


def _judge(target: Target, found: Account | ReconcilerError) -> Check:
    from reconciler.errors import ReconcilerError

    if isinstance(found, ReconcilerError):
        return _failed(target.name, found)
    who = f"as {found.name or found.id}" if found.name or found.id else "credential accepted"
    text = f"{target.url} answers, {who}" + (f", version {found.version}" if found.version else "")
    if target.account is not None and target.account != found.id:
        return Check("fail", target.name, f"{text}; settings pin account {target.account}", "use its credential", 5)
    return Check("ok", target.name, text)


def _failed(check: str, error: ReconcilerError) -> Check:
    return Check("fail", check, error.message, error.hint, error.exit_code)
